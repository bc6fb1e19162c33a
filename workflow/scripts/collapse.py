from contextlib import ExitStack
from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.cells import (
    at_prices,
    cells_of_sums,
    collapse,
    counts_of_sums,
    join_cells,
    opened_sums,
)
from kuntakokeilu.io import write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import read_price_index

with job(snakemake.log[0]) as log, ExitStack() as stack:
    spec = snakemake.params.spec
    files = {Path(path).stem: Path(path) for path in snakemake.input.samples}
    folders = {}
    for path in map(Path, snakemake.input.sums):
        folders.setdefault(path.parent.name, {})[path.parent] = None
    sums = {name: stack.enter_context(opened_sums(shards)) for name, shards in folders.items()}
    index = read_price_index(Path(snakemake.input.prices[0])) if spec["price_years"] else {}
    counts, of_months = [], {}
    for name, wanted in spec["wanted"].items():
        population = spec["populations"][name]
        outcomes = {outcome: spec["outcomes"][outcome] for outcome in wanted["none"]}
        sample, members = population["sample"], population["members"]
        if sample in sums:
            counts.append(counts_of_sums(sums[sample], name, outcomes, list(wanted)))
        else:
            schemes = {each: spec["stratifications"][each] for each in wanted if each != "none"}
            of_months[name], counted = collapse(
                files[sample], name, members, schemes, outcomes, wanted
            )
            counts.append(counted)
    # An outcome at a time: all cells of a country would not fit into memory.
    for path in map(Path, snakemake.output.cells):
        outcome = {path.stem: spec["outcomes"].get(path.stem)}
        parts = [
            of_months[name]
            if name in of_months
            else cells_of_sums(sums[spec["populations"][name]["sample"]], name, outcome, wanted)
            for name, wanted in spec["wanted"].items()
            if path.stem in wanted["none"]
        ]
        cells = at_prices(join_cells(parts, path.stem), spec["price_years"], index)
        write_table(cells, path, contracts.CELLS)
        log.info("%s: %d cells", path.stem, len(cells))
    write_table(pd.concat(counts, ignore_index=True), snakemake.output.counts, contracts.COUNTS)
