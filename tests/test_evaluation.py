"""The engine on a data frame: the numbers of published studies, and one line for each fault."""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import kuntakokeilu
from kuntakokeilu.cells import build_cells, build_units
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import estimate
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import read_study

CASTLE = {"unit": "state", "period": "year", "outcome": "l_homicide"}
REGIONS = ["nj", "centralj", "southj", "pa1", "pa2"]


@pytest.fixture
def benchmark(data_folder):
    """Read one of the published panels as pandas reads it."""
    return lambda name: pd.read_csv(data_folder / "benchmarks" / f"{name}.csv")


def toy(**changed):
    frame = pd.DataFrame(
        {
            "who": list("AABBCCDD"),
            "when": [2001, 2002] * 4,
            "since": [2002, 2002, 2002, 2002, None, None, None, None],
            "y": [1.0, 4.0, 2.0, 4.0, 3.0, 4.0, 5.0, 5.0],
        }
    )
    return frame.assign(**{"post": [0, 1, 0, 1, 0, 0, 0, 0], **changed})


def number(frame, **changed):
    asked = {"unit": "who", "period": "when", "outcome": "y", "treated": "since"} | changed
    found = kuntakokeilu.evaluate(frame, **asked)
    assert len(found) == 1
    return found.loc[0]


def test_importing_the_package_costs_nothing():
    code = (
        "import sys, kuntakokeilu; sys.exit('pandas' in sys.modules or 'pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("last", [2007, 2010])
def test_castle_by_start_and_by_marks(benchmark, last):
    """Two-way fixed effects of Cheng & Hoekstra's panel; pyfixest gives 0.0824 until 2007."""
    frame = benchmark("castle")
    by_start = kuntakokeilu.evaluate(frame, **CASTLE, treated="effyear", last_period=last)
    by_marks = kuntakokeilu.evaluate(frame, **CASTLE, treated="post", last_period=last)
    row = by_start.loc[0]
    assert row["estimate"] == pytest.approx({2007: 0.0824, 2010: 0.0818}[last], abs=5e-5)
    assert (row["n_units"], row["n_clusters"]) == (50, 50)
    shown = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "inference"]
    pd.testing.assert_frame_equal(by_start[shown], by_marks[shown])


def test_card_and_krueger(benchmark):
    """Card & Krueger 1994, table 3: the difference of differences is 2.75 (available data)."""
    found = kuntakokeilu.evaluate(
        benchmark("card_krueger"),
        unit=REGIONS,
        period="d",
        outcome="fte",
        treated="nj",
        start=1,
        layout="repeated_cross_section",
        estimator="two_by_two",
    )
    assert found.loc[0, "estimate"] == pytest.approx(2.75, abs=0.005)


def test_card_and_krueger_with_the_errors_of_textbooks(benchmark):
    """statsmodels on the 794 restaurants gives 1.6884 and, with HC1, 1.7955."""
    found = kuntakokeilu.evaluate(
        benchmark("card_krueger"),
        unit="nj",
        period="d",
        outcome="fte",
        treated="nj",
        start=1,
        layout="repeated_cross_section",
        estimator="two_by_two",
        variances=["iid", "hc1"],
    )
    errors = found.set_index("inference")["std_error"]
    assert list(errors.index) == ["two_sample", "iid", "hc1"]
    assert errors["iid"] == pytest.approx(1.6884091309, abs=1e-9)
    assert errors["hc1"] == pytest.approx(1.7954508096, abs=1e-9)


def four_means(frame, **columns):
    return kuntakokeilu.evaluate(
        frame,
        unit="nj",
        period="d",
        outcome="mean",
        treated="nj",
        start=1,
        layout="cell_means",
        count="n",
        estimator="two_by_two",
        variances=["iid", "hc1"],
        **columns,
    ).set_index("inference")


def test_card_and_krueger_from_the_means_alone(benchmark):
    """The same errors from four means, their numbers and standard deviations."""
    groups = benchmark("card_krueger").dropna(subset=["fte"]).groupby(["nj", "d"])["fte"]
    cells = groups.agg(mean="mean", n="size", sd="std").reset_index()
    found = four_means(cells, std_dev="sd")
    errors = {"two_sample": 1.8011996701, "iid": 1.6884091309, "hc1": 1.7954508096}
    for kind, error in errors.items():
        assert found.loc[kind, "estimate"] == pytest.approx(2.7536057830, abs=1e-9)
        assert found.loc[kind, "std_error"] == pytest.approx(error, abs=1e-9)
    assert four_means(cells)["std_error"].isna().all()


def test_card_and_krueger_from_their_printed_table_3():
    """Means and standard errors of means as printed, to two digits, with the numbers behind."""
    table = pd.DataFrame(
        {
            "nj": [0, 0, 1, 1],
            "d": [0, 1, 0, 1],
            "mean": [23.33, 21.17, 20.44, 21.03],
            "error": [1.35, 0.94, 0.51, 0.52],
            "n": [77, 77, 321, 319],
        }
    )
    found = four_means(table.assign(sd=table["error"] * table["n"] ** 0.5), std_dev="sd")
    assert found.loc["iid", "estimate"] == pytest.approx(2.75, abs=0.005)
    assert found.loc["iid", "std_error"] == pytest.approx(1.69, abs=0.02)


@pytest.mark.parametrize(
    ("covariates", "effect", "error"),
    [([], 2.33, 1.19), (["bk", "kfc", "roys", "co_owned"], 2.30, 1.20)],
)
def test_card_and_krueger_table_4(benchmark, covariates, effect, error):
    """Models (i) and (ii): changes of 357 restaurants, alone and given chain and ownership."""
    frame = benchmark("card_krueger")
    wide = frame.pivot(index="id", columns="d", values=["fte", "wage", "status"])
    closed = wide["status"][1] == 3
    kept = wide["fte"].notna().all(axis=1) & wide["wage"][0].notna()
    kept &= wide["wage"][1].notna() | closed
    found = kuntakokeilu.evaluate(
        frame[frame["id"].map(kept)],
        unit="id",
        period="d",
        outcome="fte",
        treated="nj",
        start=1,
        covariates=covariates,
        variances=["iid"],
    )
    row = found[found["inference"] == "iid"].iloc[0]
    assert row["n_units"] == 357
    assert row["estimate"] == pytest.approx(effect, abs=0.005)
    assert row["std_error"] == pytest.approx(error, abs=0.005)


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name", ["benchmark_castle", pytest.param("benchmark_mpdta", marks=pytest.mark.simulate)]
)
def test_the_numbers_are_those_of_the_studies(config, benchmark, data_folder, name):
    study = read_study(config, name)
    source, lead = study.settings.source, study.estimands[0]
    raw = {source.path: read_csv(data_folder / source.path)}
    units, counts = build_units(study.settings, raw, None, None)
    outcome = study.outcomes[lead.outcome]
    cells = build_cells(study.settings, outcome, study.span_of(lead.outcome), raw, units, None)
    rows, _ = estimate(cells, units, counts, [lead])
    found = kuntakokeilu.evaluate(
        benchmark(name.removeprefix("benchmark_")),
        unit=source.unit,
        period=source.period,
        outcome=outcome.column,
        treated=source.first_treated,
        seed=study.settings.seed,
    )
    own = rows[rows["leading"]].reset_index(drop=True)
    for column in ("estimate", "std_error", "ci_low", "ci_high", "p_value", "inference"):
        assert found[column].tolist() == own[column].tolist()


def reference(data_folder, config="noX|nevertreated|dr"):
    """Group-time effects of R did 2.5.1: (group, period) to estimate and standard error."""
    table = pd.read_csv(data_folder / "benchmarks" / "mpdta_reference_did_2.5.1.csv")
    rows = table[table["cfg"].eq(config) & table["what"].eq("gt")]
    keys = rows["key"].str.extract(r"\((\d+), (\d+)\)").astype(int)
    pairs = rows[["est", "se"]].to_numpy()
    return dict(zip(zip(keys[0], keys[1], strict=True), pairs, strict=True))


def test_effects_by_group_and_period_are_those_of_callaway_and_santanna(benchmark, data_folder):
    """Their estimates and analytical errors, ours without the factors of CR1.

    Before the start they compare with the period before, we with the one before the start.
    """
    found = kuntakokeilu.evaluate(
        benchmark("mpdta"),
        unit="countyreal",
        period="year",
        outcome="lemp",
        treated="first.treat",
        estimator="event_study",
        group="each",
    )
    assert set(found["inference"]) == {"cluster_area"}
    ours = found.set_index([found["group"].astype(int), found["event_time"].astype(int)])
    theirs = reference(data_folder)
    assert set(found["group"]) == {"2004", "2006", "2007"}
    assert len(ours) == 12
    for (g, t), (effect, error) in theirs.items():
        if t >= g:
            row = ours.loc[(g, t - g)]
            n, periods = row["n_units"], 5
            cr1 = n / (n - 1) * (n * periods - 1) / (n * periods - (4 + 4 + 1))
            assert row["estimate"] == pytest.approx(effect, abs=1e-9)
            assert row["std_error"] / cr1**0.5 == pytest.approx(error, abs=1e-9)
        else:
            later = sum(theirs[g, s][0] for s in range(t, g))  # changes from t - 1 to g - 1
            assert ours.loc[(g, t - 1 - g), "estimate"] == pytest.approx(-later, abs=1e-9)


def test_controls_can_be_made_alike_the_treated(benchmark):
    """Entropy weights give the controls the treated counties' mean of population, exactly."""
    frame = benchmark("mpdta").query("`first.treat` in [0, 2007]")
    asked = {"unit": "countyreal", "period": "year", "outcome": "lemp", "treated": "first.treat"}
    found = kuntakokeilu.evaluate(
        frame, **asked, covariates=["lpop"], balance="entropy", estimator="two_by_two"
    ).loc[0]
    wide = frame.pivot(index="countyreal", columns="year", values="lemp")
    change = wide[2007] - wide[[2003, 2004, 2005, 2006]].mean(axis=1)
    units = frame.drop_duplicates("countyreal").set_index("countyreal")
    treated, size = units["first.treat"] == 2007, units["lpop"]
    low, high = -20.0, 20.0
    for _ in range(200):  # the tilt of exp(tilt x size) that gives the mean
        tilt = (low + high) / 2
        w = np.exp(tilt * (size[~treated] - size[treated].mean()))
        short = np.average(size[~treated], weights=w) < size[treated].mean()
        low, high = (tilt, high) if short else (low, tilt)
    expected = change[treated].mean() - np.average(change[~treated], weights=w)
    assert found["estimate"] == pytest.approx(expected, abs=1e-6)


def test_castle_without_one_state_at_a_time(benchmark):
    """The same numbers as from the panel without the state."""
    frame = benchmark("castle")
    found = kuntakokeilu.evaluate(frame, **CASTLE, treated="post", leave_one_out=True)
    whole, without = found.loc[0, "estimate"], found.loc[1:].reset_index(drop=True)
    assert len(without) == 50
    assert (without["estimate"] - whole).abs().is_monotonic_decreasing
    for _, row in without.iloc[[0, 1, -1]].iterrows():
        kept = frame[frame["state"] != row["left_out"]]
        anew = kuntakokeilu.evaluate(kept, **CASTLE, treated="post").loc[0]
        assert row["estimate"] == pytest.approx(anew["estimate"], abs=1e-10)
        assert (row["n_units"], row["n_clusters"]) == (anew["n_units"], anew["n_clusters"])
    assert without["std_error"].isna().all()


def test_units_treated_from_the_first_period_on_are_left_out_or_compared(benchmark):
    asked = CASTLE | {"treated": "effyear", "first_period": 2007}
    out, kept = (
        kuntakokeilu.evaluate(benchmark("castle"), **asked, already_treated=how).loc[0]
        for how in ("left_out", "compared")
    )
    assert (out["n_units"], kept["n_units"]) == (32, 50)
    assert out["estimate"] != kept["estimate"]


def test_mpdta_by_event_time(benchmark):
    found = kuntakokeilu.evaluate(
        benchmark("mpdta"),
        unit="countyreal",
        period="year",
        outcome="lemp",
        treated="first.treat",
        estimator="event_study",
    )
    assert found["event_time"].tolist() == sorted(found["event_time"])
    assert found["n_units"].eq(500).all()


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"treated": "post"},
        {"estimator": "two_by_two"},
        {"weight": "even"},
        {"period": "count"},
        {"period": "day"},
        {"period": "side", "treated": "post"},
        {"unit": ["who", "even"]},
    ],
)
def test_the_same_number_however_the_frame_says_it(changed):
    """By hand: the treated rise by 2.5 on average, the others by 0.5."""
    since = pd.Series([2, 2, 2, 2, 0, 0, 0, 0])
    frame = toy(even=2, count=[7, 8] * 4, side=[0, 1] * 4)
    frame["day"] = pd.to_datetime(frame["when"].astype(str))
    if changed.get("period") == "count":
        frame["since"] = since.replace(2, 8)
    if changed.get("period") == "day":
        frame["since"] = pd.to_datetime(pd.Series(["2002-01-01"] * 4 + [None] * 4))
    assert number(frame, **changed)["estimate"] == pytest.approx(2.0)


def test_a_covariate_may_have_any_name():
    frame = toy(age=[30, 31, 40, 44, 35, 35, 50, 52]).assign(**{"Mean age.2": lambda f: f["age"]})
    plain, odd = (number(frame, covariates=[name]) for name in ("age", "Mean age.2"))
    assert odd["estimate"] == plain["estimate"] != 2.0


def test_no_file_of_the_project_is_needed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert number(toy())["estimate"] == pytest.approx(2.0)


def test_what_was_done_with_the_data_is_told():
    frame = toy()
    frame.loc[6, "y"] = np.nan
    notes = number(frame)["notes"]
    assert "1 value is missing" in notes
    assert "1 unit is not in the estimate: D" in notes
    assert "2 units have no start in column since, read as never treated: C, D" in notes


def test_a_number_that_is_not_identified_says_why():
    row = number(toy(), first_period=2002)
    assert np.isnan(row["estimate"])
    assert "not identified: " in row["notes"]


def test_failed_checks_and_missing_errors_are_told():
    assert "fails the check few_clusters: clusters in the smaller arm, 2" in number(toy())["notes"]
    alone = number(toy(since=[2002, 2002] + [None] * 6))
    assert np.isnan(alone["std_error"])
    assert "no standard error: an arm has one cluster" in alone["notes"]


FAULTS = {
    "no such column": ({"outcome": "z"}, {}, "frame: column z is missing; there are who"),
    "text": ({}, {"y": ["1"] * 7 + ["x"]}, "frame, column y, row 9: expected a number"),
    "twice": ({}, {"when": [2001] * 8}, "frame, row 3: unit A has period 2001 twice"),
    "mixed": (
        {},
        {"when": [2001, 2002, 2001, "2002q1", 2001, 2002, 2001, 2002]},
        "frame, column when, row 5: expected a period such as 2021, or a day such as 2021-03-31 or "
        "31.3.2021; found '2002q1'",
    ),
    "ends": (
        {"treated": "post"},
        {"post": [1, 0, 0, 1, 0, 0, 0, 0]},
        "frame, column post, row 3: unit A, treated from 2001 on, is not marked in 2002",
    ),
    "no start": (
        {"treated": "group"},
        {"group": [1] * 4 + [0] * 4},
        "frame, column group: the marks",
    ),
    "estimator": ({"estimator": "magic"}, {}, "evaluate, estimator: expected"),
    "control": ({"controls": ["z"]}, {"z": ["a"] * 8}, "frame, column z, row 2: expected a numb"),
    "trend": ({"unit_trends": True}, {}, "estimand outcome.main, trends unit: a trend needs thr"),
    "trends": (
        {"unit_trends": True, "estimator": "event_study"},
        {},
        "evaluate, trends: unit goes with one effect of levels, or with windows "
        "(two_way_fixed_effects, window_effects), without contrast and strata; found event_study, "
        "whose effects before and after the start would hold any trend themselves",
    ),
    "group": ({"group": 2001}, {}, "estimand outcome.main, column group: no unit that is compa"),
    "balance": ({"balance": "entropy"}, {}, "evaluate, comparisons.all.balance.covariates: "),
    "spread": ({"std_dev": "y"}, {}, "evaluate, std_dev: goes with layout cell_means"),
    "count": ({"layout": "cell_means"}, {}, "evaluate, count: goes with layout: cell"),
    "period": ({"start": "soon"}, {}, "evaluate, start: expected a period such as 2021, or a"),
    "an empty mark": (
        {"treated": "post"},
        {"post": [0, 1, 0, None, 0, 0, 0, 0]},
        "frame, column post, row 5: expected 0 or 1",
    ),
    "weights": ({"weights": "persons_current"}, {}, "evaluate, weights: persons_current needs"),
    "windows": ({"estimator": "window_effects"}, {}, "evaluate, "),
    "starts": ({}, {"since": ["soon"] * 4 + [None] * 4}, "frame, column since, row 2: expected a"),
    "a text for a list": ({"variances": "robust"}, {}, "evaluate, variances.0: expected 'iid'"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults_are_told_in_one_line(case):
    asked, data, expected = FAULTS[case]
    with pytest.raises(InputError) as caught:
        number(toy(**data), **asked)
    told = str(caught.value)
    assert told.startswith(expected)
    assert len(told.splitlines()) == 1
    assert not any(word in told for word in ("source.", "in source", "in study.yaml"))


@pytest.mark.parametrize(
    ("asked", "data"),
    [
        ({"start": "soon"}, {}),
        ({}, {"when": [0, 1, 0, 0, 0, 1, 0, 1]}),
        ({}, {"since": [1, 0] + [1, 1] + [None] * 4}),
        ({"treated": "post"}, {"post": [1, 0, 0, 1, 0, 0, 0, 0]}),
        ({"controls": ["z"]}, {"z": [1, 2, 3, None, 4, 5, 7, 6]}),
    ],
)
def test_a_count_from_zero_is_told_as_the_frame_has_it(asked, data):
    """Nobody but the program writes a number of a period with zeros before it."""
    with pytest.raises(InputError) as caught:
        number(toy(**{"when": [0, 1] * 4, "since": [1] * 4 + [None] * 4} | data), **asked)
    assert not re.search(r"\b0\d+\b", str(caught.value))
    assert asked.get("start") or re.search(r"\brow \d+", str(caught.value))


def test_a_missing_control_is_told_with_its_row():
    with pytest.raises(
        InputError, match=r"control z: no value for unit B in 2002 \(frame, row 5\)"
    ):
        number(toy(z=[1, 2, 3, None, 4, 5, 7, 6]), controls=["z"])


def test_the_example_of_the_docstring_is_true():
    from kuntakokeilu import evaluation

    assert doctest.testmod(evaluation).attempted > 0
    assert doctest.testmod(evaluation).failed == 0


def test_the_example_notebook_runs_and_finds_the_effect_that_was_put_in(root):
    book = json.loads((root / "docs" / "own_panel.ipynb").read_text(encoding="utf-8"))
    found = {}
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), found)
    for name in ("effect", "early", "two_by_two"):
        row = found[name].loc[0]
        assert row["ci_low"] < 2.0 < row["ci_high"]
    assert found["early"].loc[0, "n_units"] == 40
