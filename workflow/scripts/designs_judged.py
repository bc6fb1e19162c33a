import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import judge_designs
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import DesignsJudged, Estimand

with job(snakemake.log[0]):
    spec, output = snakemake.params.spec, snakemake.output
    units = read_table(snakemake.input.units, contracts.UNITS)
    cells = pd.concat([read_table(path, contracts.CELLS) for path in snakemake.input.cells])
    rule = DesignsJudged(**spec["rule"])
    found = [judge_designs(cells, units, Estimand(**row), rule) for row in spec["estimands"]]
    judged, areas = (pd.concat(tables) for tables in zip(*found, strict=True))
    write_table(judged, output.designs_judged, contracts.DESIGNS_JUDGED)
    write_table(areas, output.synthetic_areas, contracts.SYNTHETIC_AREAS)
