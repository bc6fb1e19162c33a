from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.needs import ADDING, check_room
from kuntakokeilu.panel import prepare
from kuntakokeilu.study import PanelSettings, Split

with job(snakemake.log[0]):
    spec, output = snakemake.params.spec, snakemake.output
    sums = [Path(path) for path in output.get("sums", [])]
    months = [Path(path) for path in output.get("months", [])]
    out = Path(output.flow).parent if sums else months[0].parent
    tables = [Path(path) for path in snakemake.input.tables]
    if sums:  # a survey is small
        check_room(tables, out, ADDING)
    prepared = prepare(
        tables=list(dict.fromkeys(path.parent for path in tables)),
        settings=PanelSettings(**spec["panel"]),
        classification=read_classification("config", spec["classification"]),
        rules=read_ledger_rules("config") if snakemake.input.rules else None,
        areas=pd.DataFrame(spec["areas"]),
        start=spec["start"],
        trial_offices=frozenset(spec["trial_offices"]),
        samples=dict.fromkeys([path.stem for path in months] + [path.parent.name for path in sums]),
        columns=spec["columns"],
        splits={s: [Split(**each) for each in mine] for s, mine in spec["splits"].items()},
        reach=read_table(snakemake.input.reach, contracts.REACH),
        out=out,
    )
    write_table(prepared.flow, output.flow, contracts.FLOW)
    write_table(prepared.eligibility, output.eligibility, contracts.ELIGIBILITY)
    write_table(prepared.conservation, output.conservation, contracts.CONSERVATION)
    write_table(prepared.survey_response, output.survey_response, contracts.SURVEY_RESPONSE)
