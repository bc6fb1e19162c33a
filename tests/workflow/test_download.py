"""Open statistics from PxWeb as a user gets them: fetch from a server, then the workflow."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.cells import build_cells
from kuntakokeilu.contracts import CELLS, conform
from kuntakokeilu.facts import read_classification
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import read_study

from ..statfin.pxweb_server import Table, cut, running, sends, status
from .conftest import copy_project, snakemake

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
LIVE = "open_2021_live"
UNEMPLOYED, ACTIVATED = "StatFin/tyonv/12r5.px", "StatFin/tyonv/12u4.px"
CODES = read_classification(ROOT / "config", 2026).members()["code"].tolist()
AREAS = ["SSS", "MK01", "KU199", *(f"KU{code}" for code in CODES)]
MONTHS = [f"{year}M{month:02d}" for year in range(2018, 2025) for month in range(1, 13)]


def made_up(area, month, content, *categories):
    """A value for each place and month; one of a small municipality is suppressed."""
    if (area, month) == ("KU438", "2021M02"):
        return None
    if content.endswith("TYOVOIMATK"):
        return 100 + int(area[-3:]) if area.startswith("KU") else 9e5
    shift = len(content.removeprefix("tyonv-")) if set(categories) <= {"SSS"} else 50
    return round(5 + shift + (sum(map(ord, area)) * 7 + MONTHS.index(month) * 3) % 90 / 10, 1)


def tables():
    contents = ["tyonv-TYOTOSUUS", "tyonv-TYOVOIMATK"]
    basic = {"Alue": AREAS, "timeperiod_m": list(MONTHS), "contentscode": contents}
    more = {"Sukupuoli": ["SSS", "1", "2"], "Ikä": ["15-64", "SSS"]}
    return {
        UNEMPLOYED: Table("12r5", basic, made_up),
        ACTIVATED: Table("12u4", basic | {"contentscode": ["AKTASTE"]} | more, made_up),
    }


@pytest.fixture(scope="module")
def environment():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "127.0.0.1")
        patch.setenv("KUNTAKOKEILU_PYTHON", sys.executable)
        yield


@pytest.fixture(scope="module")
def server(environment):
    with running(tables()) as server:
        server.config = {"maxValues": 30_000, "maxCells": 30_000, "maxCalls": 40, "timeWindow": 60}
        yield server


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = copy_project(ROOT, tmp_path_factory.mktemp("download") / "project")
    shutil.copy(ROOT / "run.py", folder)
    with (folder / "config" / "studies" / LIVE / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("permutations: 99\n")  # no test here looks at them
    return folder


@pytest.fixture
def healthy(server, project):
    """The server as it is when nothing is wrong, and nothing downloaded yet."""
    shutil.rmtree(project / "data" / "downloads", ignore_errors=True)
    server.tables = tables()
    for past in (server.script, server.calls, server.queries):
        past.clear()
    return server


def run(project: Path, *arguments: str):
    """Call run.py in a copy of the project."""
    environment = dict(os.environ, KUNTAKOKEILU_DATA=str(project / "no_data_here"))
    return subprocess.run(
        [sys.executable, "run.py", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )


def fetch(project: Path, server, study: str = LIVE):
    return run(project, "fetch", "--study", study, "--url", server.address)


def answers(project: Path, study: str = LIVE) -> list[Path]:
    return sorted(path for path in (project / "data" / "downloads" / study).rglob("*.json"))


def error_of(done) -> str:
    """The one line that a user sees of a run that failed."""
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("kuntakokeilu: error: ")
    return line


# A study that fetches ----------------------------------------------------------------------------


def test_before_a_fetch_the_command_is_named(project, healthy):
    missing = error_of(run(project, "results", "--study", LIVE))
    assert "unemployment: table StatFin/tyonv/12r5.px is not downloaded yet" in missing
    assert f"python run.py fetch --study {LIVE}" in missing
    done = snakemake(project, "--config", f"study={LIVE}")
    assert done.returncode != 0
    assert "is not downloaded yet" in done.stderr
    assert healthy.calls == []


def test_fetch_then_results_then_a_table_that_grew(project, healthy):
    done = fetch(project, healthy)
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

    assert "not changed since" in fetch(project, healthy).stdout
    assert {path: path.read_bytes() for path in answers(project)} == first

    healthy.tables[UNEMPLOYED] = grown()
    assert fetch(project, healthy).returncode == 0
    assert {path: path.read_bytes() for path in first} == first
    done = make(project, LIVE, "release/manifest.json")
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


def make(project: Path, study: str, target: str, data: Path | None = None):
    """Let Snakemake make one file of a study."""
    done = snakemake(project, f"results/{study}/{target}", "--config", f"study={study}", data=data)
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def cells(project: Path, outcome: str = "unemployment_rate", study: str = LIVE) -> pd.DataFrame:
    return pd.read_parquet(
        project / "results" / study / "restricted" / "cells" / f"{outcome}.parquet"
    )


def value(frame: pd.DataFrame, unit: str, month: str) -> float:
    (found,) = frame.loc[(frame["unit"] == unit) & (frame["period"].astype(str) == month), "mean"]
    return found


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


@pytest.mark.parametrize("case", BAD)
def test_a_bad_download_ends_with_one_line(project, healthy, case):
    spoil, expected = BAD[case]
    spoil(healthy)
    line = error_of(fetch(project, healthy))
    assert expected in line
    assert "12r5" in line
    assert not [path for path in answers(project) if "manifest" in path.name]


def test_a_study_without_downloads_says_so(project, healthy):
    assert "declares no downloads" in error_of(fetch(project, healthy, "demo_2021"))


# The forms of one table --------------------------------------------------------------------------

STUDY = """\
title: {{fi: Koe, sv: Prov, en: Test}}
units: municipality
classification: 2026
frequency: M
first_period: 2020-11
last_period: 2021-06
start: 2021-03
areas: ../open_2021/areas.csv
source:
  reader: statfin_long
  form: {form}
  frozen_weight: {{path: {path}, column: TYOVOIMATK}}
{more}comparisons:
  all: {{}}
disclosure: public
seed: 1
"""
DOWNLOADS = """\
  downloads:
    table: {table: StatFin/tyonv/12r5.px, contents: [TYOTOSUUS, TYOVOIMATK], first_period: 2020-01}
"""
OUTCOMES = """\
outcome,file,column,unit,domain,label_fi,label_sv,label_en
rate,{path},TYOTOSUUS,%,employment,Osuus,Andel,Rate
"""
ESTIMANDS = """\
estimand,outcome,comparison,estimator,role
rate.main,rate,all,two_way_fixed_effects,main
"""
SPAN = [month for month in MONTHS if "2020M10" <= month <= "2021M07"]


def saved(form: str) -> bytes:
    """The same values as a file of one form."""
    contents = ["TYOTOSUUS", "TYOVOIMATK"]
    if form == "json_stat2":
        table = Table("12r5", {}, lambda c, a, m: made_up(a, m, c), time="Kuukausi")
        chosen = {"Tiedot": contents, "Alue": AREAS, "Kuukausi": SPAN}
        return json.dumps(table.answer(chosen)).encode()

    def shown(*key):
        found = made_up(*key)
        return "..." if found is None else str(found)

    if form == "long_csv":
        lines = [",".join(["kunta", "month", *contents])]
        for area in AREAS:
            for month in SPAN:
                lines.append(",".join([area, month, *(shown(area, month, c) for c in contents)]))
        return ("\n".join(lines) + "\n").encode()
    columns = [(month, content) for month in SPAN for content in contents]
    lines = ["12r5 -- Työttömät työnhakijat", ""]
    lines.append(";".join(["Alue", *(f"{month} {content}" for month, content in columns)]))
    for area in AREAS:
        # A download with a semicolon has decimal commas.
        fields = [shown(area, *column) for column in columns]
        fields = [text if text == "..." else text.replace(".", ",") for text in fields]
        lines.append(";".join([area, *fields]))
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


FORMS = ("long_csv", "json_stat2", "pxweb_csv", "download")


@pytest.fixture(scope="module")
def studies(project) -> Path:
    """The project with a study for each form of the same values."""
    (project / "data").mkdir(exist_ok=True)
    for form in FORMS:
        path, more = f"./data/{form}.txt", ""
        if form == "download":
            path, more = "table", DOWNLOADS
        else:
            (project / path).write_bytes(saved(form))
        folder = project / "config" / "studies" / f"form_{form}"
        folder.mkdir()
        for name, text in (
            ("study.yaml", STUDY.format(form=form, path=path, more=more)),
            ("outcomes.csv", OUTCOMES.format(path=path)),
            ("estimands.csv", ESTIMANDS),
        ):
            (folder / name).write_text(text, encoding="utf-8")
    return project


def test_cells_are_byte_identical_in_every_form(studies, healthy):
    assert fetch(studies, healthy, "form_download").returncode == 0
    made = {}
    for form in FORMS:
        make(studies, f"form_{form}", "restricted/cells/rate.parquet")
        folder = studies / "results" / f"form_{form}" / "restricted"
        made[form] = (folder / "cells" / "rate.parquet").read_bytes()
    assert {form for form, data in made.items() if data != made["long_csv"]} == set()
    frame = cells(studies, "rate", "form_download")
    assert len(frame) == len(CODES) * 8
    assert frame["weight"].notna().sum() == len(frame) - 8  # one weight is suppressed
    assert value(frame, "091", "2021-05") == made_up("KU091", "2021M05", "TYOTOSUUS")


@pytest.mark.parametrize(
    ("form", "spoil", "expected"),
    [
        ("json_stat2", lambda data: data[:-50], "not a whole JSON answer"),
        ("json_stat2", lambda data: data.replace(b'"12r5"', b'"12u4"'), "expected table 12r5"),
        ("pxweb_csv", lambda data: data[:-50], "fields as in the header"),
        ("pxweb_csv", lambda data: data + data.splitlines(True)[-1], "stands there twice"),
    ],
)
def test_a_bad_saved_answer_ends_with_one_line(studies, form, spoil, expected):
    path = studies / "data" / f"{form}.txt"
    whole = path.read_bytes()
    path.write_bytes(spoil(whole))
    target = f"results/form_{form}/restricted/statfin/data_{form}_txt.csv"
    done = snakemake(studies, target, "--forceall", "--config", f"study=form_{form}")
    path.write_bytes(whole)
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if "kuntakokeilu: error: " in line]
    assert expected in line
    assert f"{form}.txt" in line
    assert "Traceback" not in done.stderr
    assert not (studies / target).exists()


# The real rates ----------------------------------------------------------------------------------


@pytest.mark.real_data
def test_fetched_real_rates_give_the_cells_of_the_open_study(
    tmp_path, root, data_folder, config, healthy
):
    name, column = "12r5_unemployment_rate_2007_2025.csv", "unemployment_rate_pct"
    raw = read_csv(data_folder / "statfin" / name, ["kunta", "month", column])
    real = {(row[0], row[1]): row[2] for row in raw.itertuples(index=False)}
    table = healthy.tables[UNEMPLOYED]
    table.variables["Alue"] = [f"KU{code}" for code in CODES]

    def published(area, month, content):
        if content.endswith("TYOVOIMATK"):
            return 1000.0
        text = real[area.removeprefix("KU"), month.replace("M", "-")]
        return float(text) if text else None

    table.value = published
    project = copy_project(root, tmp_path / "project")
    shutil.copy(root / "run.py", project)
    assert fetch(project, healthy).returncode == 0
    make(project, LIVE, "restricted/cells/unemployment_rate.parquet")
    made = cells(project)

    study = read_study(config, "open_2021")
    outcome = study.outcomes["unemployment_rate"]
    units = pd.DataFrame({"unit": CODES, "weight_frozen": 1000.0})
    expected = build_cells(
        study.settings,
        outcome,
        ("2018-03", "2024-12"),
        {outcome.file: raw},
        units,
        read_classification(config, 2025),
    )
    assert len(made) == 308 * 82
    pd.testing.assert_frame_equal(made, conform(expected, CELLS))
