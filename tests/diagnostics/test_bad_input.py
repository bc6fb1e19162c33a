"""Every check and test on data that cannot bear it: a named reason, and never a silent number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import HETEROGENEITY
from kuntakokeilu.diagnostics import diagnose, false_starts, judge_designs
from kuntakokeilu.diagnostics.bounds import bound
from kuntakokeilu.estimation import (
    assignment_table,
    estimate,
    few_clusters,
    multiplicity,
    specification_curve_test,
)
from kuntakokeilu.study import BoundsAsked, DesignsJudged, FalseStarts

from ..estimation.build import panel, spec, tables

TRIAL = 8
MAIN = spec(first_period="2000", last_period="2009")
BY_PERSONS = MAIN.model_copy(update={"estimand": "y.persons", "weights": "persons_frozen"})
NO_GROUPS = pd.DataFrame(columns=list(HETEROGENEITY.columns))
RULE = DesignsJudged(
    estimands=["y.main"], first_period="2000", every=1, size="size", covariates=["size"], draws=20
)


@pytest.fixture(scope="module")
def sound():
    rows, first, clusters = panel([2005] * TRIAL + [None] * 8, years=range(2000, 2010), seed=3)
    number = {u: float(u[1:]) for u in clusters}
    return tables(rows, first, clusters, x_size=number,
                  weight_frozen={u: 10 + n for u, n in number.items()})  # fmt: skip


def trial(frame):
    return frame["unit"] < f"u{TRIAL:02}"


def year(cells):
    return cells["period"].dt.year


def without(gone):
    return lambda cells, units: (cells[~gone(cells)].reset_index(drop=True), units)


def everybody(cells, units):
    starts = pd.PeriodIndex(["2005"] * len(units), freq="Y")
    return cells, units.assign(first_treated=starts, arm="trial", area=units["cluster"])


def one_cluster(arm):
    def joined(cells, units):
        return cells, units.assign(cluster=units["cluster"].mask(trial(units) == arm, "single"))

    return joined


def standing(still):
    return lambda cells, units: (cells.assign(mean=cells["mean"].mask(still(cells), 5.0)), units)


# What is wrong; why bounds, false starts and the matrix of synthetic designs have no number.
CASES = {
    "no control": (everybody, "no_control", "no_control", "no_control"),
    "one treated cluster": (one_cluster(True), "no_inference", "no_window", "ok"),
    "one control cluster": (one_cluster(False), "no_inference", "no_window", "ok"),
    "constant": (standing(lambda c: year(c) > 0), "no_variation", "no_variation", "no_variation"),
    "constant in a window": (
        standing(lambda c: year(c) >= 2004), "no_variation", "no_window", "ok"),
    "a year without values": (without(lambda c: year(c) == 2004), "no_pre_period", "no_window",
                              "ok"),
    "nobody on both sides": (
        without(lambda c: (c["unit"].str[1:].astype(int) % 2 == 0) == (year(c) >= 2005)),
        "no_variation", "no_variation", "no_trial_or_unbalanced"),
    "no period before": (without(lambda c: year(c) < 2005), "no_pre_period", "no_pre_period",
                         "no_pre_period"),
    "no values": (without(lambda c: year(c) > 0), "no_data", "no_data", "no_data"),
}  # fmt: skip


@pytest.fixture(params=CASES)
def case(request, sound, monkeypatch):
    """Cells, units, counts and estimates of a case, and the reasons that it must have."""
    monkeypatch.setattr(few_clusters, "DRAWS", 99)
    cells, units, counts = sound
    change, *reasons = CASES[request.param]
    cells, units = change(cells, units)
    estimates, influences = estimate(cells, units, counts, [MAIN, BY_PERSONS])
    return cells, units, counts, estimates, influences, reasons


def test_every_check_says_why_it_has_no_number(case):
    cells, units, counts, estimates, influences, (bounds, starts, matrix) = case
    estimands = [MAIN, BY_PERSONS]
    checks = diagnose(cells, units, counts, estimates, influences, estimands)
    assert not np.isinf(checks["value"].astype(float)).any()
    identified = set(estimates["identified"])
    assert len(checks) if identified == {"ok"} else checks.empty

    found = bound(cells, units, estimates, [MAIN], BoundsAsked())
    assert set(found.bounds["identified"]) == {bounds}
    assert set(found.pre_trend_power["identified"]) == {bounds}
    assert found.bounds[["ci_low", "ci_high", "breakdown"]].isna().all(axis=None)

    _, summary, _ = false_starts(cells, units, estimates, [MAIN], FalseStarts(permutations=99))
    assert set(summary["identified"]) == {starts} and summary["share_rejected"].isna().all()

    judged, areas = judge_designs(cells, units, MAIN, RULE)
    if matrix != "ok":
        expected = set(matrix.split("_or_")) if "_or_" in matrix else {matrix}
        assert set(judged["identified"]) <= expected | {"unbalanced", "no_data"}
    lacks = judged["identified"].ne("ok")
    assert judged.loc[lacks, ["estimate", "std_error", "p_value"]].isna().all(axis=None)
    assert judged.loc[~lacks, "estimate"].notna().all()
    shown = areas["identified"].eq("ok")
    assert areas.loc[shown, ["estimate", "p_value"]].notna().all(axis=None)
    assert areas.loc[~shown, ["estimate", "p_value"]].isna().all(axis=None)


def test_every_test_from_the_assignment_says_why_it_has_no_number(case):
    cells, units, _, estimates, influences, _ = case
    table = assignment_table(cells, units, [MAIN]).set_index("inference")["reason"]
    mine = estimates[estimates["estimand"].eq("y.main")].set_index("inference")
    for kind, reason in table.items():
        has = mine.loc[kind, ["p_value", "std_error"]].notna().any()
        assert has == (reason == "ok"), kind
    curve = specification_curve_test(cells, units, [MAIN, BY_PERSONS])
    known = curve["identified"].eq("ok")
    assert curve.loc[known, "p_value"].notna().all()
    assert curve.loc[~known, ["value", "p_value"]].isna().all(axis=None)
    family = multiplicity(estimates, influences, NO_GROUPS, 1)
    tested = mine.loc[mine["leading"] & mine["p_value"].notna()]
    assert len(family) == 2 * len(tested)
    assert family[["romano_wolf", "westfall_young"]].notna().all(axis=None)


def test_one_treated_cluster_bears_no_test_over_areas(sound):
    cells, units, _ = sound
    cells, units = one_cluster(True)(cells, units)
    table = assignment_table(cells, units, [MAIN]).set_index("inference")["reason"]
    for kind in ("permutation_t_area", "assignment_size_bands", "two_way_cluster"):
        assert table[kind] == "one_cluster"
    curve = specification_curve_test(cells, units, [MAIN, BY_PERSONS])
    assert set(curve["identified"]) == {"few_assignments"}  # nine areas, one of them treated
