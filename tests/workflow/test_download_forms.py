"""The forms of one PxWeb table give the same cells, and the real rates those of the open study."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.cells import build_cells
from kuntakokeilu.contracts import CELLS, conform
from kuntakokeilu.facts import read_classification
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import read_study

from ..statfin.pxweb_server import Table
from .conftest import run_script, snakemake
from .live import cells, fetch, fetch_script, make, make_cells, tables_of, value
from .live_tables import AREAS, CODES, LIVE, MONTHS, UNEMPLOYED, made_up

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_jobs")]


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
        if form == "download":
            make(studies, f"form_{form}", "restricted/cells/rate.parquet")
        else:
            make_cells(studies, f"form_{form}", "rate")
        folder = studies / "results" / f"form_{form}" / "restricted"
        made[form] = (folder / "cells" / "rate.parquet").read_bytes()
    assert {form for form, data in made.items() if data != made["long_csv"]} == set()
    frame = cells(studies, "rate", "form_download")
    assert len(frame) == len(CODES) * 8
    assert frame["weight"].notna().sum() == len(frame) - 8  # one weight is suppressed
    assert value(frame, "091", "2021-05") == made_up("KU091", "2021M05", "TYOTOSUUS")


@pytest.mark.parametrize(
    ("form", "spoil", "expected", "by_snakemake"),
    [
        ("json_stat2", lambda data: data[:-50], "not a whole JSON answer", True),
        ("json_stat2", lambda d: d.replace(b'"12r5"', b'"12u4"'), "expected table 12r5", False),
        ("pxweb_csv", lambda data: data[:-50], "fields as in the header", False),
        ("pxweb_csv", lambda d: d + d.splitlines(True)[-1], "stands there twice", False),
    ],
)
def test_a_bad_saved_answer_ends_with_one_line(studies, form, spoil, expected, by_snakemake):
    study, key = f"form_{form}", f"data_{form}_txt"
    path = studies / "data" / f"{form}.txt"
    folder = f"results/{study}/restricted/statfin"
    target = f"{folder}/{key}.csv"
    whole = path.read_bytes()
    path.write_bytes(spoil(whole))
    if by_snakemake:
        done = snakemake(studies, target, "--forceall", "--config", f"study={study}")
    else:
        read = read_study(studies / "config", study)
        (spec,) = tables_of(read).values()
        assert spec["key"] == key
        (studies / target).unlink(missing_ok=True)
        done = run_script(
            studies,
            "statfin_table.py",
            f"results/{study}/logs/statfin_{key}.log",
            input={"answers": [f"data/{form}.txt"]},
            output={"table": target, "changes": f"{folder}/changes/{key}.csv"},
            spec=spec,
        )
    path.write_bytes(whole)
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if "kuntakokeilu: error: " in line]
    assert expected in line
    assert f"{form}.txt" in line
    assert "Traceback" not in done.stderr
    assert not (studies / target).exists()


# The real rates ----------------------------------------------------------------------------------


@pytest.mark.real_data
def test_fetched_real_rates_give_the_cells_of_the_open_study(project, data_folder, config, healthy):
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
    shutil.rmtree(project / "results" / LIVE, ignore_errors=True)
    assert fetch_script(project, healthy).returncode == 0
    make_cells(project, LIVE, "unemployment_rate")
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
