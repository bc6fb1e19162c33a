import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import judge_designs
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import DesignsJudged, Estimand, Overlap

with job(snakemake.log[0]):
    spec, output = snakemake.params.spec, snakemake.output
    units = read_table(snakemake.input.units, contracts.UNITS)
    cells = pd.concat([read_table(path, contracts.CELLS) for path in snakemake.input.cells])
    rule = DesignsJudged(**spec["rule"])
    overlap = None if spec["overlap"] is None else Overlap(**spec["overlap"]["rule"])
    asked = [Estimand(**row) for row in spec["estimands"]]
    found = [judge_designs(cells, units, estimand, rule, overlap) for estimand in asked]
    judged, areas = (pd.concat(tables) for tables in zip(*found, strict=True))
    write_table(judged, output.designs_judged, contracts.DESIGNS_JUDGED)
    write_table(areas, output.synthetic_areas, contracts.SYNTHETIC_AREAS)
