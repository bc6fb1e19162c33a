from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.cells import at_prices, collapse, outcome_cells
from kuntakokeilu.io import write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import read_price_index

with job(snakemake.log[0]) as log:
    spec = snakemake.params.spec
    samples = {Path(path).stem: Path(path) for path in snakemake.input.samples}
    collapsed = []
    for name, wanted in spec["wanted"].items():
        population = spec["populations"][name]
        sample, members = samples[population["sample"]], population["members"]
        outcomes = {outcome: spec["outcomes"][outcome] for outcome in wanted["none"]}
        schemes = {each: spec["stratifications"][each] for each in wanted if each != "none"}
        collapsed.append(collapse(sample, name, members, schemes, outcomes, wanted))
        log.info("%s: %d cells", name, len(collapsed[-1][0]))
    cells, counts = (pd.concat(parts, ignore_index=True) for parts in zip(*collapsed, strict=True))
    if spec["price_years"]:
        index = read_price_index(Path(snakemake.input.prices[0]))
        cells = at_prices(cells, spec["price_years"], index)
    for path in map(Path, snakemake.output.cells):
        write_table(outcome_cells(cells, path.stem), path, contracts.CELLS)
    write_table(counts, snakemake.output.counts, contracts.COUNTS)
