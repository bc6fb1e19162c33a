from pathlib import Path

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.disclosure import disclose, provenance, restricted_tables
from kuntakokeilu.disclosure.engine import append, read_earlier
from kuntakokeilu.disclosure.sums import LEDGER_OUTCOMES
from kuntakokeilu.facts import ledger_parameters
from kuntakokeilu.io import read_table, write_csv, write_json
from kuntakokeilu.job import job
from kuntakokeilu.private import secret_of
from kuntakokeilu.study import Comparison, DisclosureProfile, common_start

with job(snakemake.log[0]) as log:
    spec, output = snakemake.params.spec, snakemake.output
    tables = {
        name: pd.concat([read_table(path, schema) for path in snakemake.input[name]])
        for name, schema in restricted_tables(spec["tables"]).items()
    }
    tables["programme_costs"] = pd.DataFrame(spec["programme_costs"])
    tables["plan"] = pd.DataFrame(spec["plan"], columns=list(contracts.PLAN.columns))
    tables["parameters"] = ledger_parameters(Path("config"))
    given = {
        "profile": DisclosureProfile(**spec["profile"]),
        "comparison": Comparison(**spec["comparison"]),
        "span": spec["span"],
        "fails_on": spec["fails_on"],
        "planned": spec["planned"],
        "ledger": pd.DataFrame(spec["ledger"], columns=LEDGER_OUTCOMES),
    }
    ledger = Path(spec["earlier"]) if spec["earlier"] else None
    earlier = read_earlier(ledger) if ledger else []
    done = disclose(spec["tables"], tables, given, earlier)
    # A package of the former release may hold what is hidden now.
    (Path(output.study).parents[1] / "report" / "report.zip").unlink(missing_ok=True)
    for name, table in done.tables.items():
        write_csv(table, output[name])
    if done.linked is not None:
        log.info(
            "linked counts: %(numbers)d, hidden %(hidden)d; hiding all that adds up: %(naive)d",
            done.linked.lost,
        )
    if done.hidden_means or done.earlier_means:
        log.info(
            "means that would tell of few persons: hidden %d, shown as in an earlier release %d",
            done.hidden_means,
            done.earlier_means,
        )
    if ledger and done.release is not None and done.release not in earlier[-1:]:
        append(ledger, done.release)
    log.info("standard errors moved by rounding: %.2f %% on average", 100 * done.rounding)
    told = spec["study"] | {"start": common_start(tables["units"], spec["study"]["start"])}
    write_json(contracts.described(told, contracts.StudyDescription, "study.json"), output.study)
    manifest = provenance(
        inputs=dict(zip(spec["sources"], snakemake.input.sources, strict=True)),
        study=spec["settings"],
        files=[Path(path) for path in output if path != output.manifest],
        seed=spec["seed"],
        plan=spec["lock"],
        keyed=spec["keyed"],
        secret=secret_of(Path(output.manifest).parents[1]) if spec["keyed"] else b"",
    )
    write_json(manifest, output.manifest)
