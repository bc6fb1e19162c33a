from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.estimation import area_effects, meta_regression
from kuntakokeilu.facts import read_service_models
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand

with job(snakemake.log[0]):
    spec, output = snakemake.params.spec, snakemake.output
    matrix = read_service_models(Path(snakemake.input.config[0]).parent, spec["areas"])
    write_table(matrix, output.service_models, contracts.SERVICE_MODELS)
    units = read_table(snakemake.input.units, contracts.UNITS)
    paths = {Path(path).stem: path for path in snakemake.input.cells}
    effects, slopes = [], []
    for row in spec["estimands"]:
        estimand = Estimand(**row)
        cells = read_table(paths[estimand.outcome], contracts.CELLS)
        effects.append(area_effects(cells, units, estimand, spec["areas"]))
        slopes.append(meta_regression(effects[-1], matrix, spec["features"]))
    write_table(pd.concat(effects), output.area_effects, contracts.AREA_EFFECTS)
    write_table(pd.concat(slopes), output.meta_regression, contracts.META_REGRESSION)
