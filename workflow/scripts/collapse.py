from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.cells import collapse, outcome_cells
from kuntakokeilu.io import write_table
from kuntakokeilu.job import job

with job(snakemake.log[0]) as log:
    spec = snakemake.params.spec
    samples = {Path(path).stem: Path(path) for path in snakemake.input.samples}
    collapsed = []
    for name, population in spec["populations"].items():
        schemes = {scheme: spec["stratifications"][scheme] for scheme in population["strata"]}
        sample, members = samples[population["sample"]], population["members"]
        collapsed.append(collapse(sample, name, members, schemes, spec["outcomes"]))
        log.info("%s: %d cells", name, len(collapsed[-1][0]))
    cells, counts = (pd.concat(parts, ignore_index=True) for parts in zip(*collapsed, strict=True))
    for path in map(Path, snakemake.output.cells):
        write_table(outcome_cells(cells, path.stem), path, contracts.CELLS)
    write_table(counts, snakemake.output.counts, contracts.COUNTS)
