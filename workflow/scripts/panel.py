from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.io import write_table
from kuntakokeilu.job import job
from kuntakokeilu.needs import ADDING, check_room
from kuntakokeilu.panel import prepare
from kuntakokeilu.study import PanelSettings, Split

with job(snakemake.log[0]):
    spec, output = snakemake.params.spec, snakemake.output
    tables = [Path(path) for path in snakemake.input.tables]
    check_room(tables, Path(output.flow).parent / "panel", ADDING)
    months, sums = ([Path(path) for path in paths] for paths in (output.samples, output.sums))
    samples = [path.stem for path in months] + [path.parent.name for path in sums]
    prepared = prepare(
        tables=tables[0].parent,
        settings=PanelSettings(**spec["panel"]),
        classification=read_classification("config", spec["classification"]),
        rules=read_ledger_rules("config") if snakemake.input.rules else None,
        areas=pd.DataFrame(spec["areas"]),
        start=spec["start"],
        trial_offices=frozenset(spec["trial_offices"]),
        samples=dict.fromkeys(samples),
        columns=spec["columns"],
        splits={s: [Split(**each) for each in mine] for s, mine in spec["splits"].items()},
        out=Path(output.flow).parent / "panel",
    )
    write_table(prepared.flow, output.flow, contracts.FLOW)
    write_table(prepared.eligibility, output.eligibility, contracts.ELIGIBILITY)
    write_table(prepared.conservation, output.conservation, contracts.CONSERVATION)
    write_table(prepared.survey_response, output.survey_response, contracts.SURVEY_RESPONSE)
