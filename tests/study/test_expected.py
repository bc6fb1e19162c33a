"""What a study's own twin does and what the study promises of it: one message for a wrong file."""

from __future__ import annotations

import shutil

import pytest
import yaml

from kuntakokeilu.errors import InputError
from kuntakokeilu.study import read_study
from kuntakokeilu.study.twin_effects import Effect

STUDY = "demo_2021"
HEAD = "outcome,from_month,to_month,effect,long_term\n"


def read(folder):
    return read_study(folder.parents[1], folder.name)


def write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def folder(config, tmp_path):
    """Return the folder of the demonstration in a copy of the configuration."""
    for name in ("studies", "labels"):
        shutil.copytree(config / name, tmp_path / name)
    for path in config.glob("*.csv"):
        shutil.copy(path, tmp_path)
    shutil.copytree(config / "ledger", tmp_path / "ledger")
    given = tmp_path / "studies" / STUDY
    path = given / "study.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["source"]["twin"]["effects"] = "twin_effects.csv"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    write(given, "twin_effects.csv", f"{HEAD}services,0,45,0.5,0.25\n")
    return given


def test_a_study_has_effects_of_its_own_or_takes_the_shared_ones(config, folder):
    assert read_study(config, "evaluation_2021").effects is None
    study = read(folder)
    services = Effect(outcome="services", from_month=0, to_month=45, effect=0.5, long_term=0.25)
    assert study.effects == (services,)
    assert study.describe()["own_effects"] is True


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("services,0,45,much,0", "row 2, column effect: expected a number; found 'much'"),
        ("services,0,45,0.5,0\njobs,0,45,0.5,0", "row 3, column outcome: expected 'job_finding'"),
        ("services,9,3,0.5,0", r"row 2, column to_month: 3 is before from_month \(9\)"),
        ("services,,3,0.5,0", "row 2, column from_month: missing"),
        (
            "plans,0,45,0.1,0\nservices,0,6,0.5,0\nservices,5,45,0.5,0",
            "row 4, column from_month: row 3 has month 5 of services already",
        ),
    ],
)
def test_a_wrong_table_of_effects_is_named_with_its_row_and_column(folder, rows, said):
    write(folder, "twin_effects.csv", f"{HEAD}{rows}\n")
    with pytest.raises(InputError, match=f"^config/studies/{STUDY}/twin_effects.csv, {said}"):
        read(folder)


def test_a_table_of_effects_that_is_not_there_or_has_an_unknown_column_is_named(folder):
    write(folder, "twin_effects.csv", "outcome,from_month,to_month,effect,women\nplans,0,1,1,1\n")
    with pytest.raises(InputError, match=r"twin_effects.csv: unknown column women; expected"):
        read(folder)
    (folder / "twin_effects.csv").unlink()
    with pytest.raises(InputError, match=rf"{STUDY}/twin_effects.csv: no such file"):
        read(folder)


def test_the_demonstration_promises_each_kind_and_an_effect_in_each_domain(config):
    study = read_study(config, STUDY)
    promised = study.expected.values()
    assert {row.expected for row in promised} == {"found", "zero", "shifted", "caught"}
    main = {e.estimand: e.domain for e in study.estimands if e.role == "main"}
    found = {main.get(row.estimand) for row in promised if row.expected == "found"}
    assert found == {"employment", "cost", "wellbeing"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("employed.none,found,,", "column estimand: no estimand employed.none in estimands.csv"),
        ("employed.by_quarter,found,,", "column estimand: employed.by_quarter is a series"),
        ("employed.main,seen,,", "column expected: expected 'found', 'zero'"),
        ("employed.main,found,,pre_trend", "column check: goes with caught, not found"),
        ("employed.main,caught,employed.total,", "column check: missing; caught needs it"),
        ("shifted.main,shifted,,", "column beside: missing; shifted needs it"),
        (
            "employed.main,shifted,unemployed.main,",
            "column beside: expected two amounts of euros, found percentage points and",
        ),
        (
            "employed.main,caught,shifted.main,pre_trend",
            "column beside: expected two of one unit, found percentage points and euros",
        ),
    ],
)
def test_a_wrong_promise_is_named_with_its_row_and_column(folder, row, said):
    write(folder, "expected.csv", f"estimand,expected,beside,check\n{row}\n")
    with pytest.raises(InputError, match=f"^config/studies/{STUDY}/expected.csv, row 2, {said}"):
        read(folder)


def test_promises_are_made_once_each_and_of_a_twin_alone(folder):
    rows = "estimand,expected,beside,check\nemployed.main,found,,\nemployed.main,zero,,\n"
    write(folder, "expected.csv", rows)
    with pytest.raises(
        InputError, match=r"row 3, column estimand: employed\.main stands there twice"
    ):
        read(folder)
    path = folder / "study.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    del settings["source"]["twin"]
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    study = read(folder)  # of real registers nobody knows the truth
    assert study.expected == {} and study.effects is None
