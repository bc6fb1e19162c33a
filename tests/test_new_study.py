"""A study made of a file: what is guessed, that it runs, and one line where it cannot be made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.__main__ import main
from kuntakokeilu.study import read_study


@pytest.fixture
def folder(config, tmp_path, monkeypatch):
    """An empty project with the shared tables; the current folder."""
    (tmp_path / "config" / "studies").mkdir(parents=True)
    for path in config.glob("*.csv"):
        shutil.copy(path, tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def panel(**changed):
    """Four states and six years; A and B are treated from 2003 and 2004 on."""
    rows = [
        (state, year, start, int(start > 0 and year >= start), 1.5 * place + 0.25 * (year % 4))
        for place, (state, start) in enumerate({"A": 2003, "B": 2004, "C": 0, "D": 0}.items())
        for year in range(2001, 2007)
    ]
    columns = ["state", "year", "first_treat", "post", "y"]
    return pd.DataFrame(rows, columns=columns).assign(**changed)


def made(folder, frame, *options, name="panel.csv", **written):
    frame.to_csv(folder / name, index=False, **written)
    code = main(["new-study", "mine", "--data", name, *options])
    return read_study(folder / "config", "mine") if code == 0 else None


def source_of(study):
    return study.settings.source


def test_a_panel_is_recognised_and_said(folder, capsys):
    study = made(folder, panel())
    source = source_of(study)
    assert (source.unit, source.period, source.first_treated) == (["state"], "year", "first_treat")
    assert study.settings.frequency == "Y"
    assert study.outcomes["outcome"].column == "y"
    assert {e.estimator for e in study.estimands} == {"two_way_fixed_effects", "event_study"}
    said = capsys.readouterr().out
    assert "period: year, 2001 to 2006" in said
    assert "treated: first_treat, first period of treatment; 2 different starts" in said
    assert "(it might be post: --treated)" in said
    assert "python run.py results --study mine --only release" in said


def test_marks_are_taken_where_there_is_no_start(folder):
    source = source_of(made(folder, panel().drop(columns="first_treat")))
    assert source.treated == "post"


def test_what_the_user_names_goes_first(folder):
    frame = panel(z=range(24), name=list("PQRS" * 6))
    study = made(folder, frame, "--treated", "post", "--outcome", "z", "--unit", "state")
    assert source_of(study).treated == "post"
    assert study.outcomes["outcome"].column == "z"


@pytest.mark.parametrize(
    ("form", "frequency", "first"),
    [
        (lambda year: f"{year}q1", "Q", "2001Q1"),
        (lambda year: f"{year}-01-01", "Y", "2001"),
        (lambda year: f"31.12.{year}", "Y", "2001"),
        (lambda year: f"1.{1 + 3 * (year % 2)}.{year}", "Q", "2001Q2"),
        (lambda year: f"20{year % 100:02}m{1 + year % 2}", "M", "2001-02"),
        (lambda year: str(year - 2000), "Y", "0001"),
        (lambda year: str(year - 2001), "Y", "0001"),
    ],
)
def test_periods_of_every_form_run(folder, form, frequency, first):
    frame = panel().drop(columns="first_treat")
    study = made(folder, frame.assign(year=frame["year"].map(form)))
    assert (study.settings.frequency, study.settings.first_period) == (frequency, first)


def test_a_unit_may_be_named_by_two_columns(folder):
    frame = panel()
    frame = frame.assign(state=frame["state"].replace({"B": "A"}))
    frame.insert(1, "county", [1] * 6 + [2] * 6 + [1] * 12)
    assert source_of(made(folder, frame)).unit == ["state", "county"]


def test_a_repeated_cross_section_is_recognised(folder, capsys):
    frame = pd.concat([panel(), panel(y=2.5), panel(y=[x / 7 for x in range(24)])])
    study = made(folder, frame, "--unit", "state")
    assert source_of(study).layout == "repeated_cross_section"
    assert study.estimands[0].weights == "persons_current"
    assert "repeated cross-section" in capsys.readouterr().out


def test_separator_gaps_and_encoding_are_said_in_the_study(folder):
    frame = panel().replace({"state": {"A": "Äänekoski"}}).drop(index=3)
    study = made(folder, frame, sep=";", decimal=",", encoding="cp1252")
    assert source_of(study).encoding == "cp1252"
    assert not source_of(study).balanced


def test_a_start_makes_marks_of_units_a_treatment(folder):
    frame = panel().drop(columns=["first_treat", "post"])
    frame = frame.assign(treat=frame["state"].isin(["A", "B"]).astype(int))
    assert made(folder, frame) is None
    study = made(folder, frame, "--start", "2004")
    assert (source_of(study).treated, study.settings.start) == ("treat", "2004")


def test_before_and_after_with_marks_of_units_is_a_comparison_of_four_means(folder):
    """As Card & Krueger's file has it: the waves 0 and 1, the states 0 and 1, no dates."""
    frame = pd.DataFrame({"d": [0, 0, 0, 1, 1, 1] * 2, "nj": [1] * 6 + [0] * 6})
    frame["fte"] = [20.5, 21, 19, 21, 22.5, 20, 23, 24, 22.5, 21, 20, 22]
    named = ["--unit", "nj", "--period", "d", "--outcome", "fte", "--treated", "nj"]
    study = made(folder, frame, *named, "--start", "1")
    assert study.settings.start == "0002"
    assert source_of(study).waves == {"0": "0001", "1": "0002"}
    assert [e.estimator for e in study.estimands] == ["two_by_two"]


def test_a_column_that_is_passed_over_for_a_few_rows_is_named(folder, capsys):
    faulty = panel(z=["n.k.", *range(23)], first_treat=[2005] + [2003] * 5 + [2004] * 6 + [0] * 12)
    study = made(folder, faulty.rename(columns={"y": "other", "z": "rate"}))
    assert study.outcomes["outcome"].column == "other"
    said = capsys.readouterr().out
    assert "(rate was passed over: row 2 is no number (1 such row))" in said
    assert "treated: post" in said
    assert "(first_treat was passed over: row 2: unit A has 2005 here and 2003 in row 3" in said


def test_weights_clusters_and_missing_values_are_named_in_the_command(folder, capsys):
    frame = panel(people=[7] * 12 + [9] * 12, side=list("eeeeee" * 2 + "wwwwww" * 2))
    frame = frame.astype({"y": object})
    frame.loc[3, "y"] = "n.k."
    options = ["--weight", "people", "--cluster", "side", "--missing", "n.k.", "--outcome", "y"]
    study = made(folder, frame, *options)
    source = source_of(study)
    assert (source.weight, source.cluster) == ("people", "side")
    assert {e.weights for e in study.estimands} == {"persons_current"}
    said = capsys.readouterr().out
    assert "outcome: y; 1 value is missing" in said
    assert "24 rows, a panel with a row for each unit and period" in said and "balanced" not in said
    assert "no row of estimands.csv uses it" not in said
    path = folder / "config" / "studies" / "mine" / "estimands.csv"
    path.write_text(path.read_text("utf-8").replace("persons_current", "unit"), "utf-8")
    assert main(["check", "mine"]) == 0
    assert "weight people is read, but no row of estimands.csv uses it" in capsys.readouterr().out


def test_treatment_that_ends_is_ignored_on_request(folder):
    frame = panel(post=[0, 0, 1, 1, 0, 1] + [0] * 18)
    study = made(folder, frame, "--treatment-ends", "ignored")
    assert (source_of(study).treated, source_of(study).treatment_ends) == ("post", "ignored")


def test_a_missing_control_is_told_with_its_row_before_anything_runs(folder, capsys):
    made(folder, panel(z=[1.0, None, *range(22)]), "--outcome", "y")
    study = folder / "config" / "studies" / "mine"
    for name, old, new in (
        ("study.yaml", "  balanced:", '  controls: ["z"]\n  balanced:'),
        ("estimands.csv", "role\n", "role,controls\n"),
        ("estimands.csv", "main\n", "main,z\n"),
        ("estimands.csv", "robustness\n", "robustness,\n"),
    ):
        text = (study / name).read_text("utf-8")
        assert old in text
        (study / name).write_text(text.replace(old, new), "utf-8")
    assert main(["check", "mine"]) == 2
    assert "control z: no value for unit A in 2002 (./panel.csv, row 3)" in capsys.readouterr().err


def test_periods_are_told_as_the_file_has_them(folder, capsys):
    frame = panel().drop(columns="first_treat").assign(year=lambda f: f["year"] - 2001)
    made(folder, frame)
    assert "period: year, 0 to 5" in capsys.readouterr().out


FAULTS = {
    "a start that differs": (
        panel(first_treat=[2003] * 3 + [2005] + [2003] * 2 + [2004] * 6 + [0] * 12),
        ["--treated", "first_treat"],
        "panel.csv, column first_treat, row 5: unit A has 2005 here and 2003 in row 2 (1 such",
    ),
    "a start that differs, beside marks of units": (
        panel(first_treat=[2003] * 3 + [2005] + [2003] * 8 + [0] * 12, post=[1] * 12 + [0] * 12),
        [],
        "panel.csv, column first_treat, row 5: unit A has 2005 here and 2003 in row 2 (1 such",
    ),
    "a mark that is none": (
        panel(post=[0] * 4 + ["yes?"] + [1] + [0] * 18).drop(columns="first_treat"),
        [],
        "panel.csv, column post, row 6: expected 0 or 1",
    ),
    "a start beside marks that vary": (
        panel(),
        ["--treated", "post", "--start", "2005"],
        "panel.csv, column post: says itself from when on units are treated; leave out --start",
    ),
    "the wrong unit": (
        panel(),
        ["--unit", "year", "--treated", "post"],
        "panel.csv, column post, row 4: unit 2003 is both marked and not in 2003; expected one",
    ),
    "mixed dates": (
        panel(year=["2001-01-01", "2002/1"] * 12),
        ["--period", "year"],
        "panel.csv, column year, row 3: expected a period such as",
    ),
    "mixed dates, not named": (
        panel(year=["2001-01-01", "2002/1"] * 12),
        [],
        "panel.csv, column year, row 3: expected a period such as",
    ),
    "twice, of a count from zero": (
        pd.concat([panel(), panel().iloc[[3]]]).assign(year=lambda f: f["year"] - 2001),
        ["--unit", "state"],
        "panel.csv, row 26: unit A has period 3 twice (1 such row); expected one row",
    ),
    "no periods": (
        panel(year=["x"] * 24).rename(columns={"year": "u"}),
        [],
        "panel.csv: no column looks like periods; name one with --period",
    ),
    "goes back, not named": (
        panel(post=[0, 0, 1, 1, 0, 1] + [0] * 18).drop(columns="first_treat"),
        [],
        "panel.csv, column post, row 6: unit A is treated and later not (1 such unit)",
    ),
    "twice, not named": (
        pd.concat([panel(), panel().iloc[[3]]]),
        [],
        "panel.csv, row 26: unit A has period 2004 twice (1 such row); expected one row",
    ),
    "text, not named": (
        panel(y=["1.5"] * 23 + ["many"]),
        [],
        "panel.csv, column y, row 25: expected a number with a decimal point",
    ),
    "goes back": (
        panel(post=[0, 0, 1, 1, 0, 1] + [0] * 18),
        ["--treated", "post"],
        "panel.csv, column post, row 6: unit A is treated and later not (1 such unit)",
    ),
    "twice": (
        pd.concat([panel(), panel().iloc[[3]]]),
        ["--unit", "state"],
        "panel.csv, row 26: unit A has period 2004 twice (1 such row); expected one row",
    ),
    "text": (
        panel(y=["1.5"] * 23 + ["many"]),
        ["--outcome", "y"],
        "panel.csv, column y, row 25: expected a number with a decimal point",
    ),
    "nobody treated": (
        panel(first_treat=0, post=0),
        [],
        "panel.csv: no column says who is treated from when on",
    ),
    "no column": (panel(), ["--unit", "nowhere"], "panel.csv: no column nowhere; there are state"),
    "no file": (panel(), ["--data", "none.csv"], "none.csv: no such file"),
    "thousands": (
        panel(y=["1,234"] * 24),
        [],
        "panel.csv, column y, row 2: a comma before three digits may mark decimals",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults_are_told_in_one_line_and_leave_nothing(folder, capsys, case):
    frame, options, expected = FAULTS[case]
    assert made(folder, frame, *options) is None
    (line,) = capsys.readouterr().err.splitlines()
    assert line.removeprefix("kuntakokeilu: error: ").startswith(expected)
    assert not any((folder / "config" / "studies").iterdir())


NAMES = {
    "in the project": ("panel.csv", "./panel.csv"),
    "in a folder of it": ("own/panel.csv", "./own/panel.csv"),
    "beside it": ("../panel.csv", "../panel.csv"),
    "by its whole path": ("{above}/panel.csv", "{above}/panel.csv"),
    "in the project, by its whole path": ("{above}/project/panel.csv", "./panel.csv"),
    "in the data folder": ("../data/panel.csv", "panel.csv"),
}
BROKEN = {
    "no file": None,
    "an empty file": "",
    "a short row": panel().to_csv(index=False) + "D,2007\n",
    "a column less": panel().drop(columns=["y", "state"]).to_csv(index=False),
    "a text": panel(y=["many"] + [1] * 23).to_csv(index=False),
    "a period that is none": panel(year=["x", *panel()["year"][1:]]).to_csv(index=False),
}


@pytest.mark.parametrize("case", NAMES)
def test_a_file_is_called_as_the_user_or_the_study_calls_it(folder, monkeypatch, capsys, case):
    project = folder / "project"
    (folder / "config").rename(folder / "moved")
    for each in (project / "own", folder / "data"):
        each.mkdir(parents=True)
    (folder / "moved").rename(project / "config")
    monkeypatch.chdir(project)
    monkeypatch.setenv("KUNTAKOKEILU_DATA", str(folder / "data"))
    given, written = (name.format(above=folder.as_posix()) for name in NAMES[case])
    named = ["--unit", "state", "--period", "year", "--outcome", "y", "--treated", "first_treat"]
    panel().to_csv(given, index=False)
    assert main(["new-study", "kept", "--data", given, *named]) == 0
    assert source_of(read_study(project / "config", "kept")).path == written
    for fault, text in BROKEN.items():
        Path(given).unlink(missing_ok=True)
        if text is not None:
            Path(given).write_text(text, encoding="utf-8")
        for command, name in (
            (["new-study", "mine", "--data", given, *named], given),
            (["check", "kept"], written),
        ):
            capsys.readouterr()
            assert main(command) == 2, fault
            (line,) = capsys.readouterr().err.splitlines()
            assert line.startswith(
                (f"kuntakokeilu: error: {name}: ", f"kuntakokeilu: error: {name}, ")
            )


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "options", "unit", "treated"),
    [
        ("castle", ["--outcome", "l_homicide"], ["state"], "effyear"),
        ("mpdta", [], ["countyreal"], "first.treat"),
        ("ehec_medicaid", [], ["stfips"], "yexp2"),
    ],
)
def test_published_panels_are_recognised(folder, data_folder, name, options, unit, treated):
    path = data_folder / "benchmarks" / f"{name}.csv"
    assert main(["new-study", "mine", "--data", str(path), *options]) == 0
    source = source_of(read_study(folder / "config", "mine"))
    assert (source.unit, source.period, source.first_treated) == (unit, "year", treated)
