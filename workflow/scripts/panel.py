from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.io import write_table
from kuntakokeilu.job import job
from kuntakokeilu.panel import prepare
from kuntakokeilu.study import PanelSettings

with job(snakemake.log[0]):
    spec, output = snakemake.params.spec, snakemake.output
    samples = [Path(path) for path in output.samples]
    prepared = prepare(
        tables=Path(snakemake.input.tables[0]).parent,
        settings=PanelSettings(**spec["panel"]),
        classification=read_classification("config", spec["classification"]),
        rules=read_ledger_rules("config") if snakemake.input.rules else None,
        areas=pd.DataFrame(spec["areas"]),
        start=spec["start"],
        trial_offices=frozenset(spec["trial_offices"]),
        samples=[path.stem for path in samples],
        columns=spec["columns"],
        out=samples[0].parent,
    )
    write_table(prepared.flow, output.flow, contracts.FLOW)
    write_table(prepared.eligibility, output.eligibility, contracts.ELIGIBILITY)
    write_table(prepared.conservation, output.conservation, contracts.CONSERVATION)
    write_table(prepared.survey_response, output.survey_response, contracts.SURVEY_RESPONSE)
