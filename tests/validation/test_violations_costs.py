"""With one assumption broken, designs miss costs and wellbeing too, and their checks warn.

The same as `test_violations` of euros of benefits and of social assistance. Switches act on job
finding, and reach these outcomes by the months that people stay unemployed; so they are stronger
here than there (docs/twin.md has the numbers). What no switch can reach is shown to stand still.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.diagnostics.pairs import difference
from kuntakokeilu.diagnostics.violations import area_shocks
from kuntakokeilu.estimation import draw_sample
from kuntakokeilu.twin.wellbeing import sickness_spells

from .conftest import make_twin
from .missed import (
    QUARTERS,
    SEEDS,
    after_alone,
    arms_after,
    holds,
    rejections,
    share_missed,
)
from .violated import FAR, ask, flow, stock, tables

pytestmark = pytest.mark.slow
BENEFITS, SHARE, ASSISTANCE = "benefit_cents", "municipal_subsidy_cents", "social_assistance"
OUTCOMES = (BENEFITS, ASSISTANCE)
STRONG = {
    "spillover_non_eligible": 3.0,
    "spillover_neighbours": 1.5,
    "anticipation": 1.5,
    "selection_level": 0.8,
    "selection_trend": 0.4,
    "area_shocks": 1.2,
    "covid_by_area_eligibility": -2.5,
}


def off_and_on(kind, estimands, seed, switch):
    return ask(kind, estimands, seed), ask(kind, estimands, seed, switch, STRONG[switch])


def verdicts(answers, name, check):
    return [each.verdict(name, check) for each in answers]


def assert_missed(estimands, both):
    """With the switch the effects miss their truth, without it they do not."""
    for estimand in estimands:
        assert [holds(each, estimand.estimand) for each in both] == [True, False], estimand


def of_flow(outcome, **changes):
    return flow(estimand=f"{outcome}.main", outcome=outcome, **changes)


@pytest.mark.simulate
@SEEDS
def test_spillover_to_the_non_eligible(seed):
    pairs = [
        (
            stock(outcome),
            stock(
                outcome,
                estimand=f"{outcome}.others",
                population="other_stock",
                design="spillover",
                role="robustness",
            ),
        )
        for outcome in OUTCOMES
    ]
    both = off_and_on("stock_costs", sum(pairs, ()), seed, "spillover_non_eligible")
    for target, others in pairs:
        name = target.estimand
        relative = []
        for each in both:
            gap = difference(each.estimates, each.influences, target, others)
            relative.append(gap["ci_low"] <= each.true(name) <= gap["ci_high"])
        assert relative == [True, False], name
        assert holds(both[1], name)  # the targeted effect does not rest on it
        assert verdicts(both, name, "non_eligible_moves") == ["pass", "warn"]


@pytest.mark.simulate
@SEEDS
def test_spillover_to_neighbours(seed):
    outcomes = (SHARE, ASSISTANCE)
    far = [stock(o, FAR, estimand=f"{o}.far", role="robustness") for o in outcomes]
    estimands = [*(stock(o) for o in outcomes), *far]
    both = off_and_on("stock_costs", estimands, seed, "spillover_neighbours")
    for outcome in outcomes:
        name = f"{outcome}.main"
        assert [holds(each, name) for each in both] == [True, False], name
        assert holds(both[1], f"{outcome}.far")
        assert verdicts(both, name, "neighbours_differ") == ["pass", "warn"]


@pytest.mark.simulate
@SEEDS
def test_anticipation_in_the_quarter_that_an_event_study_refers_to(seed):
    estimands = [of_flow(outcome, **QUARTERS) for outcome in OUTCOMES]
    both = off_and_on("flow_costs", estimands, seed, "anticipation")
    for estimand in estimands:
        missed = [share_missed(each, estimand.estimand) for each in both]
        assert missed[0] <= 0.15 and missed[1] >= 0.5, estimand.estimand
        assert verdicts(both, estimand.estimand, "anticipation") == ["pass", "warn"]


@pytest.mark.simulate
@SEEDS
def test_selection_of_areas_by_level(seed):
    estimands = [of_flow(outcome) for outcome in (SHARE, ASSISTANCE)]
    which = (seed, "selection_level", STRONG["selection_level"])
    both = off_and_on("flow_costs", estimands, seed, "selection_level")
    for estimand in estimands:
        name = estimand.estimand
        answers = zip(both, ((seed,), which), strict=True)
        alone = [after_alone(each, estimand, "flow_costs", *at) for each, at in answers]
        assert alone == [True, False], name
        # Euros do not move in parallel at other levels: most of the miss goes, not all of it.
        miss = abs(arms_after(estimand, "flow_costs", *which)["gap"] - both[1].true(name))
        assert abs(both[1].row(name)["estimate"] - both[1].true(name)) < miss / 3, name
        assert verdicts(both, name, "level_differs") == ["pass", "warn"]


@pytest.mark.simulate
@SEEDS
def test_selection_of_areas_by_trend(seed):
    estimands = [stock(outcome, first_period="2018-02") for outcome in OUTCOMES]
    both = off_and_on("stock_costs", estimands, seed, "selection_trend")
    assert_missed(estimands, both)
    for estimand in estimands:
        assert verdicts(both, estimand.estimand, "pre_trend") == ["pass", "fail"]


@pytest.mark.simulate
@SEEDS
def test_a_pandemic_that_hit_the_target_group_of_trial_areas_otherwise(seed):
    switch = "covid_by_area_eligibility"
    stocks = off_and_on("stock_costs", [stock(o) for o in OUTCOMES], seed, switch)
    quarters = [of_flow(outcome, **QUARTERS) for outcome in OUTCOMES]
    flows = off_and_on("flow_costs", quarters, seed, switch)
    assert_missed(quarters, stocks)
    # Of assistance the check has too little power: it fails at one of two seeds (docs/twin.md).
    assert verdicts(flows, f"{BENEFITS}.main", "pre_trend") == ["pass", "fail"]


@pytest.mark.simulate
@SEEDS
def test_shocks_common_to_areas_are_found(seed):
    estimand = of_flow(BENEFITS, population="seekers", weights="municipality")
    both = off_and_on("flow_costs", [estimand], seed, "area_shocks")
    assert verdicts(both, estimand.estimand, "area_shocks") == ["pass", "warn"]


@pytest.mark.simulate
@SEEDS
@pytest.mark.parametrize("outcome", [BENEFITS, ASSISTANCE])
def test_clustering_by_municipality_rejects_too_often(seed, outcome):
    """The shocks are the area's own to the outcome: those to job finding hardly reach assistance.

    Chance in whom a municipality's few job seekers are drowns what comes by way of unemployment.
    """
    _, untreated, units = tables("flow_costs", seed)
    estimand = of_flow(outcome, population="seekers", weights="municipality")
    frame = draw_sample(untreated, units, estimand).frame
    by_unit, by_area = rejections(frame, estimand, seed, "cluster", ("unit", "cluster"))
    assert by_unit > 0.2  # 5 % were right; 27 to 42 % are seen: docs/twin.md
    assert by_area < by_unit / 2


@pytest.mark.simulate
@SEEDS
def test_shocks_of_areas_own_to_social_assistance_are_found(seed):
    _, untreated, units = tables("flow_costs", seed)
    estimand = of_flow(ASSISTANCE, population="seekers", weights="municipality")
    frame = draw_sample(untreated, units, estimand).frame
    codes, areas = pd.factorize(frame["cluster"])
    shock = np.random.default_rng(seed).normal(0, 0.5, len(areas))[codes]
    late = frame["period"] >= frame["first_treated"].dropna().min()
    shocked = frame.assign(y=frame["y"] * np.exp(shock * late))
    found = [area_shocks(each, estimand)[0]["verdict"] for each in (frame, shocked)]
    assert found == ["pass", "warn"]


SMALL = {"scale": 1 / 400, "seed": 3}


@pytest.fixture(scope="module")
def off():
    """Return a small twin with all switches off."""
    return make_twin(**SMALL)


@pytest.mark.parametrize("switch", STRONG)
def test_no_switch_reaches_days_of_sickness(off, switch):
    """Sickness hangs on age, care and work ability alone, none of which a switch changes."""
    on = make_twin(**SMALL, switches={switch: STRONG[switch]})
    assert (off[2].state != on[2].state).any()
    days = [sickness_spells(world, observed) for world, _, observed in (off, on)]
    assert len(days[0]) > 500
    assert days[0].equals(days[1])
