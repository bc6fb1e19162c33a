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
    tables = [Path(path) for path in snakemake.output.tables]
    files = extract_files(extract.adapter, root, [path.stem for path in tables])
    check_room(files.values(), tables[0].parent, READING)
    findings = []
    for path in tables:
        findings.append(read_table(extract, path.stem, path))
        log.info("%s: %d findings", path.stem, len(findings[-1]))
    pd.concat(findings, ignore_index=True).to_parquet(snakemake.output.findings, index=False)
