"""Re-drawn assignments: every draw against a regression of its own, and who is re-drawn."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import ASSIGNMENT, ESTIMATES, conform
from kuntakokeilu.estimation import draw_sample, estimate_one, fit
from kuntakokeilu.estimation.assignment import (
    among_applicants,
    deals_of,
    redrawn_p_value,
    size_bands,
    whole_areas,
    within_size_bands,
    without_fixed,
)
from kuntakokeilu.estimation.by_assignment import BY_ASSIGNMENT, assignment_table
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.permutation import starts_of, treated_from
from kuntakokeilu.estimation.studentised import studentised
from kuntakokeilu.study import Assignment, Comparison

from . import plain
from .build import build_study, panel, spec, tables
from .followed import STOCKS
from .populations import both, relative
from .test_permutation import random_design

COMMON = [2004] * 8 + [None] * 12
SIZES = dict(
    zip([f"u{i:02}" for i in range(20)], 100.0 + 40 * ((7 * np.arange(20)) % 20), strict=True)
)


def made(starts=COMMON, estimand=None, per_cluster=2, **options):
    rows, first, clusters = panel(starts, per_cluster=per_cluster, **options)
    return tables(rows, first, clusters, weight_frozen=SIZES)


def sample(estimand=None, **options):
    cells, units, _ = made(**options)
    drawn = draw_sample(cells, units, estimand or spec())
    design = design_of(drawn)
    return design.regressed(drawn.frame), design


def refitted(frame, design, groups, deal, cohorts):
    """Estimate and CR1 standard error, less its factor, of another treatment, by a regression."""
    codes = pd.factorize(groups)[0]
    start = np.array(deal)[codes]
    treated = np.zeros(len(frame))
    for number, cohort in enumerate(cohorts):
        treated += (start == number) * treated_from(frame, cohort)
    regressors = design.regressors.copy()
    if design.parts:  # of two populations: the difference, and what both share
        own = ~frame["other"].to_numpy(bool)
        regressors.iloc[:, 1] = treated * np.where(own, -design.parts[1][0], 1.0)
        treated = treated * own
    regressors.iloc[:, 0] = treated
    fitted = fit(frame, replace(design, regressors=regressors))
    if fitted is None:
        return None
    sums = pd.DataFrame(fitted.scores @ fitted.bread).groupby(frame["cluster"].to_numpy(str)).sum()
    return fitted.params[0], np.sqrt((sums[0] ** 2).sum())


def assert_every_draw(frame, design, groups, n=25, seed=0):
    cohorts = sorted(frame["first_treated"].dropna().unique())
    statistic = studentised(frame, design, frame["cluster"], groups)
    units = frame.drop_duplicates("unit")
    codes, names = pd.factorize(groups[units.index])
    labels = np.full(len(names), -1)
    labels[codes] = starts_of(frame)
    rng = np.random.default_rng(seed)
    deals = np.array([labels, *(rng.permutation(labels) for _ in range(n))])
    found = statistic(deals)
    compared = 0
    for at, deal in enumerate(deals):
        other = refitted(frame, design, groups, deal, cohorts)
        if other is None:
            continue
        assert found.estimate[at] == pytest.approx(other[0], rel=1e-9, abs=1e-9)
        assert found.std_errors[at] == pytest.approx(other[1], rel=1e-9, abs=1e-9)
        compared += 1
    assert compared > n / 2


CASES = {
    "one start": {},
    "several starts": {"starts": [2003] * 4 + [2005] * 4 + [None] * 12},
    "gaps": {"missing": 0.2},
    "persons": {"estimand": spec(weights="persons_current"), "missing": 0.1},
    "four means": {"estimand": spec("two_by_two", weights="persons_frozen")},
    "first differences": {"estimand": spec("first_differences"), "missing": 0.1},
    "trends": {"estimand": spec(trends="unit"), "missing": 0.1},
}


@pytest.mark.parametrize("case", CASES)
def test_every_draw_is_a_regression_of_its_own(case):
    frame, design = sample(**CASES[case])
    if case != "four means":
        return assert_every_draw(frame, design, frame["cluster"])
    # another treatment moves the dummy of the arm too: four means and their sandwich by hand
    statistic = studentised(frame, design, frame["cluster"], frame["cluster"])
    codes, names = pd.factorize(frame["cluster"])
    rng = np.random.default_rng(1)
    deals = np.array([rng.permutation(starts_of_clusters(frame)) for _ in range(20)])
    post = (frame["period"] >= frame["first_treated"].dropna().iloc[0]).to_numpy(float)
    w, y = frame["w"].to_numpy(), frame["y"].to_numpy()
    found = statistic(deals)
    for at, deal in enumerate(deals):
        trial = (deal[codes] >= 0).astype(float)
        x = np.column_stack([trial * post, np.ones(len(y)), trial, post])
        bread = np.linalg.inv(x.T @ (w[:, None] * x))
        beta = bread @ x.T @ (w * y)
        scores = x * (w * (y - x @ beta))[:, None] @ bread
        sums = np.array([scores[codes == g, 0].sum() for g in range(len(names))])
        assert found.estimate[at] == pytest.approx(beta[0], abs=1e-9)
        assert found.std_errors[at] == pytest.approx(np.sqrt((sums**2).sum()), abs=1e-9)
    return None


def starts_of_clusters(frame):
    units = frame.drop_duplicates("unit")
    codes, names = pd.factorize(frame["cluster"][units.index])
    labels = np.full(len(names), -1)
    labels[codes] = starts_of(frame)
    return labels


def test_every_draw_in_random_designs_with_groups_inside_clusters():
    compared = 0
    for seed in range(40):
        frame, design = random_design(seed)
        if fit(frame, design) is None:
            continue
        frame["cluster"] = (frame["unit"].astype(int) // 3).astype(str)
        scale = float(frame["y"].std())
        frame["y"] /= scale
        assert_every_draw(frame, design, frame["unit"], n=6, seed=seed)
        compared += 1
    assert compared > 25


def test_every_draw_of_eligible_less_others():
    stocks = both(("2018-02", *STOCKS), (0, 1, 2), n_units=20, per_cluster=2)
    cells, units, _ = stocks
    drawn = draw_sample(cells, units, relative(0.25))
    assert_every_draw(drawn.frame, design_of(drawn), drawn.frame["cluster"], n=10)


def test_p_value_over_all_assignments_one_by_one():
    frame, design = sample(starts=[2004] * 4 + [None] * 4, per_cluster=1)
    statistic = studentised(frame, design, frame["cluster"], frame["unit"])
    labels = starts_of(frame)
    cohorts = sorted(frame["first_treated"].dropna().unique())

    def t(deal):
        estimate, error = refitted(frame, design, frame["unit"], deal, cohorts)
        return estimate / error

    exact = plain.exact_p_value(list(labels), t)
    plan = whole_areas(frame)
    assert plan.assignments == 70
    found = redrawn_p_value(statistic, plan, 4999, 1)
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 4999))


def test_bands_halve_from_the_largest_untreated_area():
    sizes = np.array([1000.0, 900.0, 420.0, 260.0, 200.0, 60.0])
    labels = np.array([0, -1, 0, -1, -1, -1])
    bands = size_bands(sizes, labels)
    for one, other in itertools.combinations(range(1, 6), 2):
        if bands[one] == bands[other]:
            assert 0.5 <= sizes[one] / sizes[other] <= 2
    assert bands[0] > bands[1:].max()  # larger than every untreated area
    assert size_bands(sizes, labels, [250.0, 500.0]).tolist() == [2, 2, 1, 1, 0, 0]
    assert size_bands(np.array([5.0, 5.0]), np.array([0, -1])).tolist() == [0, 0]


def test_areas_without_a_match_stay_and_are_named():
    frame, _ = sample()
    plan = within_size_bands(frame, [600.0, 1250.0])
    assert plan.reason == "ok"
    before = np.array(plan.labels)
    deals = np.concatenate(deals_of(plan, 500, 3))
    bands = np.array(plan.bands)
    assert (deals[:, bands < 0] == before[bands < 0]).all()
    for band in set(plan.bands) - {-1}:
        inside = deals[:, bands == band]
        assert ((inside >= 0).sum(axis=1) == (before[bands == band] >= 0).sum()).all()
        assert len(np.unique(inside, axis=0)) > 1
    assert set(plan.fixed) == {n for n, b in zip(plan.names, plan.bands, strict=True) if b < 0}
    left = without_fixed(frame, plan)
    assert set(left["cluster"]) == set(plan.names) - set(plan.fixed)


def test_only_applicants_are_re_drawn():
    frame, design = sample()
    plan = among_applicants(frame, ["u10", "u12", "u14", "u15", "u19"])
    dealt = {n for n, band in zip(plan.names, plan.bands, strict=True) if band >= 0}
    assert dealt == {"c00", "c01", "c02", "c03", "c05 *", "c06 *", "c07 *", "c09 *"}
    assert plan.assignments == 70
    assert_every_draw(frame, design, plan.groups, n=8)
    assert not plan.fixed


REASONS = {
    "one_cluster": lambda f: whole_areas(f[f["unit"].isin(["u00", "u01", "u10", "u12", "u14"])]),
    "mixed_starts": lambda f: whole_areas(f.assign(cluster="c" + f["unit"].str[-1])),
    "no_sizes": lambda f: within_size_bands(f.assign(weight_frozen=np.nan)),
    "no_band": lambda f: within_size_bands(f, [700.0]),
    "no_applicants": lambda f: among_applicants(f, []),
    "few_assignments": lambda f: among_applicants(f, ["u10"]),
}


@pytest.mark.parametrize("reason", REASONS)
def test_what_cannot_be_re_drawn_says_why(reason):
    frame, _ = sample()
    frame = (
        frame.assign(weight_frozen=np.where(frame["trial"], 300.0, 900.0))
        if (reason == "no_band")
        else frame
    )
    assert REASONS[reason](frame).reason == reason


def test_rows_of_a_main_estimate():
    estimand = spec(applicants=["u10", "u12", "u14", "u15", "u19"])
    cells, units, counts = made(starts=COMMON, per_cluster=2, years=range(1995, 2008))
    rows, _ = estimate_one(cells, units, counts, estimand)
    conform(rows, ESTIMATES)
    by_kind = rows.set_index("inference")
    table = assignment_table(cells, units, [estimand]).set_index("inference")
    conform(table.reset_index()[list(ASSIGNMENT.columns)], ASSIGNMENT)
    assert list(table.index) == list(BY_ASSIGNMENT)
    for kind in BY_ASSIGNMENT:
        there = table.loc[kind, "reason"] == "ok"
        assert pd.notna(by_kind.loc[kind, "p_value"]) == there, kind
    assert table.loc["conley_spatial", "reason"] == "no_map"
    whole = by_kind.loc["cluster_area", "estimate"]
    same = [kind for kind in BY_ASSIGNMENT if kind != "assignment_size_bands_matched"]
    assert (by_kind.loc[same, "estimate"] == whole).all()
    bands = within_size_bands(draw_sample(cells, units, estimand).frame)
    assert table.loc["assignment_size_bands", "n_dealt"] == bands.n_dealt
    fewer = Comparison(exclude_units=list(units.loc[units["cluster"].isin(bands.fixed), "unit"]))
    again, _ = estimate_one(cells, units, counts, spec(comparison_rule=fewer))
    assert by_kind.loc["assignment_size_bands_matched", "estimate"] == pytest.approx(
        again["estimate"].iloc[0], abs=1e-12
    )


def test_no_such_rows_beside_main_numbers_that_are_a_series_or_of_another_role():
    for other in (spec("event_study"), spec(role="placebo", estimand="y.placebo_2003")):
        cells, units, counts = made()
        quiet = other.model_copy(update={"last_period": "2003", "start": "2002"})
        rows, _ = estimate_one(cells, units, counts, quiet if other.role == "placebo" else other)
        assert not set(rows["inference"]) & set(BY_ASSIGNMENT)


def test_declared_bands_are_used():
    cells, units, _ = made()
    one, other = (spec(assignment=Assignment(size_bands=edges)) for edges in ([600.0, 1250.0], []))
    tables_ = [assignment_table(cells, units, [e]).set_index("inference") for e in (one, other)]
    frame = draw_sample(cells, units, one).frame
    for table, edges in zip(tables_, ([600.0, 1250.0], []), strict=True):
        plan = within_size_bands(frame, edges)
        assert table.loc["assignment_size_bands", "n_fixed"] == len(plan.fixed)


def test_real_assignment_of_2021(config, data_folder):
    built = build_study(config, data_folder, "open_2021")
    estimand = built.estimand("unemployment_rate.persons_frozen_weights")
    table = assignment_table(built.cells["unemployment_rate"], built.units, [estimand])
    row = table.set_index("inference").loc["assignment_size_bands"]
    # the areas of Helsinki and Pirkanmaa are more than twice as large as the largest control
    assert row["fixed"] == "Pirkanmaa; Helsinki"
    applied = table.set_index("inference").loc["assignment_applicants"]
    assert (applied["n_dealt"], applied["n_treated"]) == (29, 25)


def test_assignments_are_counted_however_many_there_are():
    """Those of 25 among 77 are beyond whole numbers of 64 bits."""
    cells, units, _ = tables(*panel([2004] * 25 + [None] * 52, per_cluster=1))
    plan = whole_areas(draw_sample(cells, units, spec()).frame)
    assert plan.assignments == float(math.comb(77, 25)) > 2**63
