from pathlib import Path

import pandas as pd

from kuntakokeilu.job import job
from kuntakokeilu.needs import READING, check_room
from kuntakokeilu.registers import extract_files, extract_root, open_extract, read_table

with job(snakemake.log[0]) as log:
    spec = snakemake.params.spec
    # The folder in the environment is that of a real extract, never of a twin.
    root = Path(snakemake.input.extract) if spec["twin"] else extract_root(spec["root"])
    extract = open_extract(Path("config"), Path(spec["adapter"]), root)
    tables = {}  # of each the files of all shards
    for path in map(Path, snakemake.output.tables):
        tables.setdefault(path.stem, []).append(path)
    files = extract_files(extract.adapter, root, list(tables))
    check_room(files.values(), Path(snakemake.output.findings).parent, READING)
    findings = []
    for name, paths in tables.items():
        findings.append(read_table(extract, name, *paths))
        log.info("%s: %d findings", name, len(findings[-1]))
    pd.concat(findings, ignore_index=True).to_parquet(snakemake.output.findings, index=False)
