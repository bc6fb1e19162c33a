import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import movers, negative_controls, recording
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import Estimand


def read_all(paths, contract):
    """Read tables into one; the contract's columns without a row if there is none."""
    tables = [read_table(path, contract) for path in paths]
    return pd.concat(tables) if tables else pd.DataFrame(columns=list(contract.columns))


with job(snakemake.log[0]):
    spec = snakemake.params.spec
    estimates = read_all(snakemake.input.estimates, contracts.ESTIMATES)
    influence = read_all(snakemake.input.influence, contracts.INFLUENCE)
    estimands = [Estimand(**row) for row in spec["estimands"]]
    parts = [
        recording(estimates, influence, estimands, spec["columns"]),
        movers(estimates, estimands, spec["columns"]),
        negative_controls(estimates, estimands, spec["negative_controls"]),
    ]
    write_table(pd.concat(parts), snakemake.output.diagnostics, contracts.DIAGNOSTICS)
