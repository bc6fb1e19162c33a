"""With one assumption broken, the design that rests on it misses and its check warns.

Persons, months and chance are the same with and without a switch: what differs is the switch.
Intervals are at 95 %, clustered by area. `make test` takes two switches at one seed, for the sake
of time, `make simulate` all at two (KUNTAKOKEILU_SEEDS).
"""

from __future__ import annotations

import pytest

from kuntakokeilu.diagnostics import recording
from kuntakokeilu.diagnostics.pairs import difference
from kuntakokeilu.estimation import draw_sample

from .missed import QUARTERS, SEEDS, after_alone, holds, rejections, share_missed
from .violated import FAR, ask, flow, stock, tables

pytestmark = pytest.mark.slow


@pytest.mark.simulate
@SEEDS
def test_spillover_to_the_non_eligible(seed):
    target = stock("working")
    others = target.model_copy(
        update={
            "estimand": "working.others",
            "population": "other_stock",
            "design": "spillover",
            "role": "robustness",
        }
    )

    def relative(answers):
        gap = difference(answers.estimates, answers.influences, target, others)
        return gap["ci_low"] <= answers.true("working.main") <= gap["ci_high"]

    off = ask("stock", [target, others], seed)
    on = ask("stock", [target, others], seed, "spillover_non_eligible", 0.5)
    assert (relative(off), relative(on)) == (True, False)
    assert holds(on, "working.main")  # the targeted effect does not rest on it
    verdicts = [each.verdict("working.main", "non_eligible_moves") for each in (off, on)]
    assert verdicts == ["pass", "warn"]


@pytest.mark.simulate
@SEEDS
def test_spillover_to_neighbours(seed):
    far = stock("working", FAR, estimand="working.far", role="robustness")
    off = ask("stock", [stock("working"), far], seed)
    on = ask("stock", [stock("working"), far], seed, "spillover_neighbours", 0.5)
    assert holds(off, "working.main")
    assert not holds(on, "working.main")
    assert holds(on, "working.far")
    verdicts = [each.verdict("working.main", "neighbours_differ") for each in (off, on)]
    assert verdicts == ["pass", "warn"]


@pytest.mark.simulate
@SEEDS
def test_selection_of_areas_by_level(seed):
    estimand = flow()

    which = (seed, "selection_level", 0.15)
    off, on = ask("flow", [estimand], seed), ask("flow", [estimand], *which)
    alone = [after_alone(a, estimand, "flow", *at) for a, at in ((off, (seed,)), (on, which))]
    assert alone == [True, False]
    assert holds(on, estimand.estimand)
    verdicts = [each.verdict(estimand.estimand, "level_differs") for each in (off, on)]
    assert verdicts == ["pass", "warn"]


@SEEDS
@pytest.mark.simulate
def test_selection_of_areas_by_trend(seed):
    estimand = flow()
    off = ask("flow", [estimand], seed)
    on = ask("flow", [estimand], seed, "selection_trend", 0.15)
    name = estimand.estimand
    assert (holds(off, name), holds(on, name)) == (True, False)
    assert [each.verdict(name, "pre_trend") for each in (off, on)] == ["pass", "fail"]


@SEEDS
@pytest.mark.simulate
def test_shocks_common_to_areas_are_found(seed):
    estimand = flow(population="seekers", weights="municipality")
    off = ask("flow", [estimand], seed)
    on = ask("flow", [estimand], seed, "area_shocks", 0.3)
    verdicts = [each.verdict(estimand.estimand, "area_shocks") for each in (off, on)]
    assert verdicts == ["pass", "warn"]


@pytest.mark.simulate
@SEEDS
def test_clustering_by_municipality_rejects_too_often_under_shocks_common_to_areas(seed):
    _, untreated, units = tables("flow", seed)  # nothing has an effect there
    estimand = flow(population="seekers", weights="municipality")
    frame = draw_sample(untreated, units, estimand).frame
    by_unit, by_area = rejections(frame, estimand, seed, "cluster", ("unit", "cluster"))
    assert by_unit > 0.15
    assert by_area < 0.12
    assert rejections(frame, estimand, seed, "unit", ("unit",))[0] < 0.12


@pytest.mark.simulate
@SEEDS
def test_a_pandemic_that_hit_the_target_group_of_trial_areas_otherwise(seed):
    which = (seed, "covid_by_area_eligibility", -0.5)
    stocks = [ask("stock", [stock("working")], *each) for each in ((seed,), which)]
    assert [holds(each, "working.main") for each in stocks] == [True, False]
    quarters = flow(**QUARTERS)
    verdicts = [
        ask("flow", [quarters], *each).verdict(quarters.estimand, "pre_trend")
        for each in ((seed,), which)
    ]
    assert verdicts == ["pass", "fail"]


@pytest.mark.simulate
@SEEDS
def test_anticipation_in_the_quarter_that_an_event_study_refers_to(seed):
    quarters = flow(**QUARTERS)

    off = ask("flow", [quarters], seed)
    on = ask("flow", [quarters], seed, "anticipation", -0.3)
    assert share_missed(off, quarters.estimand) <= 0.15
    assert share_missed(on, quarters.estimand) >= 0.5
    verdicts = [each.verdict(quarters.estimand, "anticipation") for each in (off, on)]
    assert verdicts == ["pass", "warn"]


@pytest.mark.simulate
@SEEDS
def test_unemployment_that_is_recorded_as_a_service(seed):
    names = ["unemployed", "in_service", "unemployed_or_in_service", "working"]
    estimands = [stock(name) for name in names]
    off = ask("stock", estimands, seed)
    on = ask("stock", estimands, seed, "recording", 0.2)
    true = off.true("unemployed.main")  # what people did, whatever was written down
    intervals = [each.row("unemployed.main")[["ci_low", "ci_high"]] for each in (off, on)]
    assert [low <= true <= high for low, high in intervals] == [True, False]
    assert on.row("unemployed.main")["estimate"] < off.row("unemployed.main")["estimate"]
    assert on.row("working.main")["estimate"] == off.row("working.main")["estimate"]
    columns = {name: name for name in names}
    found = [recording(a.estimates, a.influences, estimands, columns) for a in (off, on)]
    assert [set(each["verdict"]) for each in found] == [{"pass"}, {"warn"}]
    assert set(found[1]["estimand"]) == {f"{name}.main" for name in names[:3]}
