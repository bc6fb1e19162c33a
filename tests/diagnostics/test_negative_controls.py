"""Outcomes that the trial cannot move: shown to stand still, found to move, or too imprecise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kuntakokeilu.contracts import DIAGNOSTICS, conform
from kuntakokeilu.diagnostics import equivalence_table, negative_controls
from kuntakokeilu.diagnostics.rows import FEWEST_PERSONS
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import estimate
from kuntakokeilu.study import Outcome

from ..estimation.build import build_study, panel, spec, tables

STARTS = [2004] * 20 + [None] * 30
MAIN = spec()
CONTROL = spec(estimand="still.main", outcome="still", role="robustness")


def estimated(moved=0.0, starts=STARTS, noise=1.0, persons=None, **changes):
    """ESTIMATES of an outcome and of a negative control that moves by so much."""
    found = []
    for seed, one, move in ((1, MAIN, 0.0), (2, CONTROL, moved)):
        rows, first, clusters = panel(starts, seed=seed)
        rows["y"] = noise * rows["y"]
        rows["y"] += move * (rows["unit"].isin(first) & (rows["period"] >= 2004))
        if persons:
            rows["n"] = pd.array([persons] * len(rows), dtype="Int64")
        cells, units, counts = tables(rows, first, clusters)
        cells = cells.assign(outcome=one.outcome)
        found.append(estimate(cells, units, counts, [one.model_copy(update=changes)])[0])
    return pd.concat(found, ignore_index=True)


def of(estimates, margin, *others):
    rows = negative_controls(estimates, [MAIN, CONTROL, *others], {"still": margin})
    return conform(rows, DIAGNOSTICS).set_index(["estimand", "check"])


@pytest.mark.parametrize(
    ("moved", "margin", "noise", "verdict"),
    [
        (0.0, 2.0, 1.0, "pass"),
        (3.0, 1.0, 1.0, "fail"),
        (3.0, 9.0, 1.0, "pass"),  # it moved, and by less than what matters
        (0.0, 0.2, 5.0, "warn"),  # not significant, and no proof
    ],
)
def test_only_what_is_shown_to_stand_still_passes(moved, margin, noise, verdict):
    estimates = estimated(moved, noise=noise)
    found = of(estimates, margin)
    assert set(found.index) == {
        ("y.main", "negative_control"),
        ("still.main", "negative_control"),
    }
    assert set(found["verdict"]) == {verdict}
    row = estimates[estimates["leading"]].set_index("estimand").loc["still.main"]
    beyond = (margin - abs(row["estimate"])) / row["std_error"]
    expected = stats.t(row["degrees_of_freedom"]).sf(beyond)
    assert np.allclose(found["value"], expected, atol=1e-10)
    if verdict == "warn":
        assert row["p_value"] > 0.05


def test_the_detectable_effect_is_told():
    estimates = estimated()
    said = of(estimates, 2.0).loc[("y.main", "negative_control"), "statistic"]
    row = estimates[estimates["leading"]].set_index("estimand").loc["still.main"]
    assert f"{row['minimum_detectable_effect']:.3g} would be found" in said
    assert "still.main" in said


def test_effects_that_are_asked_otherwise_are_left_alone():
    other = spec(estimand="y.persons", weights="persons_current")
    robust = spec(estimand="y.again", role="robustness")
    found = of(estimated(3.0), 1.0, other, robust)
    assert set(found.index.get_level_values(0)) == {"y.main", "still.main"}


def test_another_span_or_scale_may_be_all_that_is_known_of_it():
    estimates = estimated(3.0, last_period="2005")
    early = CONTROL.model_copy(update={"last_period": "2005", "transform": "log"})
    rows = negative_controls(estimates, [MAIN, early], {"still": 1.0})
    assert set(rows["estimand"]) == {"y.main", "still.main"}


def test_of_two_the_worse_stands():
    estimates = estimated(3.0)
    second = estimates[estimates["outcome"].eq("still")].assign(
        outcome="other", estimand="other.main", estimate=0.0, p_value=1.0, std_error=0.01
    )
    also = CONTROL.model_copy(update={"estimand": "other.main", "outcome": "other"})
    margins = {"still": 1.0, "other": 1.0}
    rows = negative_controls(pd.concat([estimates, second]), [MAIN, CONTROL, also], margins)
    found = conform(rows, DIAGNOSTICS).set_index("estimand")
    assert dict(found["verdict"]) == {"still.main": "fail", "other.main": "pass", "y.main": "fail"}
    assert "still" in found.loc["y.main", "statistic"]


def test_one_treated_cluster_gives_no_test_and_says_so():
    found = of(estimated(starts=[2004] + [None] * 30), 1.0)
    row = found.loc[("y.main", "negative_control_untested")]
    assert (row["value"], row["verdict"]) == (1, "warn")
    assert "(no_inference)" in row["statistic"]


def test_what_is_not_identified_says_why():
    found = of(estimated(first_period="2004"), 1.0)
    assert list(found.index) == [("still.main", "negative_control_untested")]
    assert "(no_pre_period)" in found["statistic"].iloc[0]


def test_few_persons_give_no_number():
    few = of(estimated(persons=1), 1.0)
    assert "few_persons" in few.loc[("y.main", "negative_control_untested"), "statistic"]
    many = of(estimated(persons=FEWEST_PERSONS), 1.0)
    assert ("y.main", "negative_control") in many.index


def test_without_negative_controls_nothing_is_said():
    assert negative_controls(estimated(), [MAIN, CONTROL], {}).empty


def test_its_effects_are_among_the_tests_of_equivalence():
    estimates = estimated()
    margins = {"still": 2.0}
    assert equivalence_table(estimates, margins).empty
    found = equivalence_table(estimates, margins, ["still"])
    assert list(found["estimand"]) == ["still.main"]
    assert found["p_value"].iloc[0] == pytest.approx(
        of(estimates, 2.0).loc[("still.main", "negative_control"), "value"]
    )


def test_a_negative_control_needs_a_margin():
    about = {"outcome": "still", "unit": "points", "domain": "other", "negative_control": "yes"}
    labels = {f"label_{code}": "x" for code in ("fi", "sv", "en")}
    with pytest.raises(ValueError, match="margin: missing; a negative control needs one"):
        Outcome(**about, **labels)
    assert Outcome(**about, **labels, margin=0.1).margin == 0.1


@pytest.mark.parametrize("study", ["open_2012", "open_2017", "open_2021"])
def test_the_labour_force_is_that_of_the_year_before_last(config, data_folder, study):
    """So that the trial cannot have moved it: against figures that have their own year.

    The labour force at the end of a year follows from population, the economic dependency ratio
    and the share of unemployed.
    """
    known = pd.read_csv(
        data_folder / "covariates" / "municipalities_2010_2018.csv", dtype={"no": str}
    )
    employed = known["population"] / (1 + known["economic_dependency_ratio"] / 100)
    share = known["proportion_of_the_unemployed_among_the_labour_force_percent"] / 100
    at_end = pd.DataFrame(
        {
            "unit": known["no"].str.zfill(3),
            "year": known["year"],
            "log": np.log(employed / (1 - share)),
        }
    )
    built = build_study(config, data_folder, study)
    cells = built.cells["labour_force"]
    cells = cells.assign(year=cells["period"].dt.year, log_cell=np.log(cells["mean"]))
    gaps = {}
    for lag in (1, 2, 3):
        both = cells.merge(at_end.assign(year=at_end["year"] + lag), on=["unit", "year"])
        gaps[lag] = (both["log_cell"] - both["log"]).abs().median()
    assert gaps[2] < 0.001 < min(gaps[1], gaps[3])
    asked = built.estimand("labour_force.negative_control")
    start, last = built.study.settings.start, asked.last_period
    assert (
        f"{int(last[:4]) - 2}-12" < start
    )  # the figure of the last month is from before the start


def test_a_negative_control_is_no_main_effect(config, data_folder, tmp_path):
    from shutil import copytree

    from kuntakokeilu.study import read_study

    copytree(config, tmp_path / "config")
    path = tmp_path / "config" / "studies" / "open_2017" / "estimands.csv"
    text = path.read_text(encoding="utf-8")
    line = next(
        row for row in text.splitlines() if row.startswith("labour_force.negative_control,")
    )
    path.write_text(text.replace(line, line.replace("robustness", "main")), encoding="utf-8")
    with pytest.raises(InputError, match="a negative control is not what is evaluated"):
        read_study(tmp_path / "config", "open_2017")
