"""Open statistics from PxWeb as a user gets them: fetch from a server, then the workflow."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from ..statfin.pxweb_server import Table, cut, sends, status
from .conftest import snakemake
from .live import answers, cells, error_of, fetch, fetch_script, make, run, value
from .live_tables import AREAS, LIVE, MONTHS, UNEMPLOYED, made_up, tables

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_jobs")]


# A study that fetches ----------------------------------------------------------------------------


def test_before_a_fetch_the_command_is_named(project, healthy):
    missing = error_of(run(project, "results", "--study", LIVE))
    assert "unemployment: table StatFin/tyonv/12r5.px is not downloaded yet" in missing
    assert f"python run.py fetch --study {LIVE}" in missing
    done = snakemake(project, "--config", f"study={LIVE}")
    assert done.returncode != 0
    assert "is not downloaded yet" in done.stderr
    assert healthy.calls == []


@pytest.mark.simulate  # test_download_forms.py goes from a fetch to cells each time
def test_fetch_then_results_then_a_table_that_grew(project, healthy):
    done = fetch(project, healthy)  # by the command; what follows runs the same job's script
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unemployment: downloaded data/downloads/open_2021_live/unemployment" in done.stdout
    assert sum(len(query["Alue"]) for query in healthy.queries) >= 2 * len(AREAS)
    assert {tuple(q["Ikä"]) for q in healthy.queries if "Ikä" in q} == {("SSS",)}
    first = {path: path.read_bytes() for path in answers(project)}
    (manifest,) = (path for path in first if "12r5" in path.name and "manifest" in path.name)
    content = json.loads(first[manifest])
    assert content["base_url"] == healthy.address
    assert len(content["retrieved"]) == 10
    assert min(content["query"]["timeperiod_m"]) == "2018M03"

    asked = len(healthy.calls)
    make(project, LIVE, "restricted/cells/unemployment_rate.parquet")
    assert len(healthy.calls) == asked  # only fetch touches the network
    before = cells(project)
    assert before["mean"].isna().sum() == 1
    assert value(before, "091", "2022-05") == made_up("KU091", "2022M05", "TYOTOSUUS")
    assert before.set_index("unit").loc["091", "weight"].unique().tolist() == [191.0]

    assert "not changed since" in fetch_script(project, healthy).stdout
    assert {path: path.read_bytes() for path in answers(project)} == first

    healthy.tables[UNEMPLOYED] = grown()
    assert fetch_script(project, healthy).returncode == 0
    assert {path: path.read_bytes() for path in first} == first
    package = project / "results" / LIVE / "report" / "report.zip"
    package.parent.mkdir()
    package.write_bytes(b"of the former release")
    done = make(project, LIVE, "release/manifest.json")
    assert not package.exists()
    changes = f"results/{LIVE}/restricted/statfin/changes/unemployment.csv"
    told = f"values changed between downloads: 1, listed in {changes}; the newest are used"
    assert f"kuntakokeilu: note: unemployment: {told}" in done.stdout
    log = project / "results" / LIVE / "logs" / "statfin_unemployment.log"
    assert told in log.read_text(encoding="utf-8")
    (change,) = pd.read_csv(project / changes, dtype=str).to_dict("records")
    assert change == {
        "kunta": "091",
        "month": "2022-05",
        "content": "TYOTOSUUS",
        "earlier": str(made_up("KU091", "2022M05", "TYOTOSUUS")),
        "later": "99.5",
        "published": "2026-09-22T05:00:00Z",
    }
    after = cells(project)
    assert value(after, "091", "2022-05") == 99.5
    assert before["mean"].fillna(-1).ne(after["mean"].fillna(-1)).sum() == 1
    activation = cells(project, "activation_rate")
    assert value(activation, "091", "2022-05") == made_up("KU091", "2022M05", "AKTASTE")
    released = (project / "results" / LIVE / "release" / "manifest.json").read_text("utf-8")
    names = [name for name in json.loads(released)["inputs"] if "downloads" in name]
    assert len(names) == 3  # two of one table, one of the other
    assert all(name.endswith("_manifest.json") for name in names)


def grown() -> Table:
    """Table 12r5 a month later: a new month, and one value published anew."""
    revised = ("KU091", "2022M05", "tyonv-TYOTOSUUS")
    table = tables()[UNEMPLOYED]
    table.variables["timeperiod_m"] = [*MONTHS, "2025M01"]
    table.updated = "2026-09-22T05:00:00Z"

    def value(area, month, content):
        if month == "2025M01":
            return 1.0
        return 99.5 if (area, month, content) == revised else made_up(area, month, content)

    table.value = value
    return table


# What goes wrong on the way ----------------------------------------------------------------------


def lose_content(server):
    server.tables[UNEMPLOYED].variables["contentscode"] = ["tyonv-TYOTOSUUS"]


def lose_area(server):
    table = server.tables[UNEMPLOYED]
    table.variables["Seutu"] = table.variables.pop("Alue")
    table.variables = {name: table.variables[name] for name in ("Seutu", *table.variables)}


def always(act):
    return lambda server: server.script.extend([act] * 50)


BAD = {
    "a download that ends early": (always(cut), "no whole answer from the server"),
    "HTML": (always(sends(lambda answer: b"<html>maintenance</html>")), "a web page, not data"),
    "another table": (
        always(sends(lambda answer: answer | {"extension": {"px": {"tableid": "12ti"}}})),
        "expected table 12r5, found 12ti",
    ),
    "a content that is gone": (
        lose_content,
        "variable contentscode has no value TYOVOIMATK; it has tyonv-TYOTOSUUS",
    ),
    "a variable that is gone": (lose_area, "no variable for the area; the table has Seutu"),
    "a refused query": (always(status(400)), "HTTP 400: the server refuses the query"),
    "a table that is gone": (lambda server: server.tables.pop(UNEMPLOYED), "HTTP 404"),
    "a busy server": (always(status(429, Retry_After="86400")), "HTTP 429"),
}


BY_COMMAND = ["HTML"]  # as a user starts it; the other cases run the script of the same job


@pytest.mark.parametrize("case", BAD)
def test_a_bad_download_ends_with_one_line(project, healthy, case):
    spoil, expected = BAD[case]
    spoil(healthy)
    started = fetch if case in BY_COMMAND else fetch_script
    line = error_of(started(project, healthy))
    assert expected in line
    assert "12r5" in line
    assert not [path for path in answers(project) if "manifest" in path.name]


def test_a_study_without_downloads_says_so(project, healthy):
    assert "declares no downloads" in error_of(fetch(project, healthy, "demo_2021"))
