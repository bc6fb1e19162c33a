"""Earlier trials on registers: their trial, whom it served, and what the registers then held."""

from __future__ import annotations

import pytest

from kuntakokeilu.contracts import COSTS, PERSON_MONTHS, RECEIPTS
from kuntakokeilu.study import read_study

# study -> the open one beside it, target of the twin, populations that are the target group
EARLIER = {
    "registers_2012": ("open_2012", "long_term", {"long_term_stock"}),
    "registers_2017": (
        "open_2017",
        "under_25_or_long_term",
        {"long_term_stock", "under_25_stock"},
    ),
}
TARGETED = {"long_term_stock": {"long_term": True}, "under_25_stock": {"age_group": "under_25"}}
WAGES = "incomes_register_wages"  # from 2019 on


@pytest.fixture(params=EARLIER)
def both(request, config):
    """Give a study of registers, the open one beside it, and what the first should be."""
    open_study, *expected = EARLIER[request.param]
    return read_study(config, request.param), read_study(config, open_study), *expected


def test_the_trial_is_that_of_the_open_study(both):
    study, beside, _, _ = both
    assert study.settings.start == beside.settings.start == study.settings.source.twin.start
    assert study.settings.last_period == beside.settings.last_period
    assert study.areas.equals(beside.areas)
    assert "synteettis" in study.settings.title.fi
    assert "syntetisk" in study.settings.title.sv
    assert "synthetic" in study.settings.title.en


def test_clients_of_offices_are_asked_for_only_where_eligibility_is_told(both, config):
    assert both[0].trial_offices() == both[1].trial_offices() == []
    offices = read_study(config, "demo_2021").trial_offices()
    assert len(offices) == 25 and "1031" not in offices  # Maisema-Karjala withdrew


def test_targeted_effects_are_those_of_the_target_group(both):
    study, _, target, populations = both
    source = study.settings.source
    assert source.twin.target == target
    targeted = {e.population for e in study.estimands if e.design == "targeted"}
    assert targeted == populations
    for name in populations:
        assert source.populations[name].members == TARGETED[name]
    for estimand in study.estimands:
        if estimand.contrast is not None:
            assert (estimand.population in populations, estimand.contrast) == (True, "other_stock")


def test_no_population_is_defined_by_the_target_group_of_2021(both):
    source = both[0].settings.source
    assert not [name for name, p in source.populations.items() if "eligible" in p.members]


def test_outcomes_need_no_wages_and_no_ledger(both):
    columns = {outcome.column for outcome in both[0].outcomes.values()}
    assert not [name for name in columns if WAGES in PERSON_MONTHS[name].sources]
    assert not columns & {*COSTS, *RECEIPTS}
    assert {"unemployed", "in_service", "unemployed_or_in_service"} <= columns


def test_follow_up_before_the_start_ends_before_it(both):
    study = both[0]
    assert study.settings.source.panel.frozen_on[-1].isoformat() < study.settings.start
    for estimand in study.estimands:
        if estimand.sample == "stock" and estimand.role != "placebo":
            year, month = map(int, estimand.first_period.split("-"))
            last = year * 12 + month - 1 + estimand.elapsed_last
            assert f"{last // 12}-{last % 12 + 1:02d}" < study.settings.start
