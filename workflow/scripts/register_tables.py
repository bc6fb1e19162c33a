from pathlib import Path

import pandas as pd

from kuntakokeilu.job import job
from kuntakokeilu.registers import extract_root, open_extract, read_table

with job(snakemake.log[0]) as log:
    spec, extract = snakemake.params.spec, snakemake.input.extract
    given = Path(extract) if isinstance(extract, str) and Path(extract).is_dir() else None
    root = given or extract_root(spec["root"])
    opened = open_extract(Path("config"), Path(spec["adapter"]), root)
    findings = []
    for path in map(Path, snakemake.output.tables):
        findings.append(read_table(opened, path.stem, path))
        log.info("%s: %d findings", path.stem, len(findings[-1]))
    pd.concat(findings, ignore_index=True).to_parquet(snakemake.output.findings, index=False)
