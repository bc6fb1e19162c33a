"""Common random numbers, where the effect acts, and what each switch moves."""

from __future__ import annotations

from itertools import takewhile

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.twin import (
    TwinSettings,
    guidance,
    make_world,
    potential_outcomes,
    simulate_pair,
    spells,
)
from kuntakokeilu.twin.clock import MONTHS, START, month
from kuntakokeilu.twin.counters import EARNINGS
from kuntakokeilu.twin.effects import shared_effects
from kuntakokeilu.twin.histories import histories
from kuntakokeilu.twin.states import IN_SERVICE, State


def _ever(world, where) -> np.ndarray:
    """Who ever lives, from the start on, where the mask of municipalities says."""
    return np.logical_or.reduce([where[world.population.residence(t)] for t in range(MONTHS)])


def _is_whole(table: tuple) -> bool:
    return table[1] is None  # no year


def test_no_effect_gives_the_same_world_bit_by_bit(twin, config):
    world, without, with_trial = twin(scale=1 / 800, effect_scale=0.0)
    assert np.array_equal(without.state, with_trial.state)
    assert np.array_equal(without.right, with_trial.right)
    assert with_trial.client.any() and not without.client.any()
    # Tables of events by year are those of the register files: see extract/test_files.py.
    zero, one = (
        {name: frame for name, _, frame in takewhile(_is_whole, histories(world, paths, config))}
        for paths in (without, with_trial)
    )
    assert {"offices", "eligibility", "statuses", "survey"} <= set(zero)
    for name in zero:
        if name != "offices":  # clients change the office, not their lives
            assert zero[name].equals(one[name]), name


def test_effect_begins_at_the_start_and_stays_in_the_areas(world, pair):
    without, with_trial = pair
    different = without.state != with_trial.state
    assert not different[:START].any()
    assert different[START:].any(axis=1).sum() > 40
    inside = _ever(world, world.places.area >= 0)
    assert not different[:, ~inside].any()
    assert not with_trial.client[:START].any()


def test_clients_are_registered_residents_who_were_eligible(world, pair):
    people, paths = world.population, pair[1]
    for t in (START, START + 20, MONTHS - 1):
        client = paths.client[t]
        assert client.any()
        assert (world.area_of(t)[client] >= 0).all()
        assert people.complier[client & ~paths.client[t - 1]].all()
        fresh = client & ~paths.client[t - 1]
        eligible = (people.age_months(t) < 360) | people.foreign | (paths.right[t - 1] < EARNINGS)
        assert eligible[fresh].all()


def test_same_seed_same_twin(world, pair, config):
    again = make_world(world.settings, config)
    for one, other in zip(pair, simulate_pair(again), strict=True):
        assert np.array_equal(one.state, other.state)
    other = make_world(TwinSettings(scale=world.settings.scale, seed=8), config)
    assert not np.array_equal(other.population.birth, world.population.birth)


def test_a_stronger_effect_moves_more(twin):
    gaps = []
    for scale in (1.0, 4.0):
        _, without, with_trial = twin(effect_scale=scale)
        late = slice(START + 14, MONTHS)
        gaps.append(
            int(IN_SERVICE[with_trial.state[late]].sum())
            - int(IN_SERVICE[without.state[late]].sum())
        )
    assert 0 < gaps[0] < gaps[1]


def test_friction_lowers_service_use_at_first(twin):
    _, without, with_trial = twin(effect_scale=4.0)
    early = slice(START, START + 6)
    gap = int(IN_SERVICE[with_trial.state[early]].sum()) - int(
        IN_SERVICE[without.state[early]].sum()
    )
    assert gap < 0


def test_potential_outcomes_are_the_states(pair):
    frame = potential_outcomes(*pair, [START - 1, MONTHS - 1])
    first = frame[frame["t"] == START - 1]
    assert (first["unemployed_0"] == first["unemployed_1"]).all()
    last = frame[frame["t"] == MONTHS - 1]
    assert last["open_market_work_1"].sum() == (pair[1].state[-1] == State.WORK).sum()
    with pytest.raises(ValueError, match="without the trial first"):
        potential_outcomes(*pair[::-1], [0])


# With no effect of the trial, what each switch may change: the month from which worlds with it on
# differ from the world with all off, and whether the trial makes the difference.
BOTH_WORLDS = {
    "selection_level": 0,
    "selection_trend": 0,
    "area_shocks": 0,
    "covid_by_area_eligibility": month("2020-03"),
}
WITH_TRIAL = {
    "spillover_non_eligible": START,
    "spillover_neighbours": START,
    "anticipation": month("2020-12"),
}


@pytest.mark.parametrize("switch", BOTH_WORLDS)
def test_switch_of_both_worlds(twin, world, pair, switch):
    size = 0.5 if switch != "selection_trend" else 0.2
    other, without, with_trial = twin(effect_scale=0.0, switches={switch: size})
    assert np.array_equal(without.state, with_trial.state)
    assert np.array_equal(other.population.wage, world.population.wage)
    different = (without.state != pair[0].state).any(axis=1)
    first = BOTH_WORLDS[switch]
    assert not different[:first].any()
    assert different[first + 3 :].all()


@pytest.mark.parametrize("switch", WITH_TRIAL)
def test_switch_of_the_trial(twin, world, pair, switch):
    _, without, with_trial = twin(effect_scale=0.0, switches={switch: -0.5})
    assert np.array_equal(without.state, pair[0].state)
    different = without.state != with_trial.state
    first = WITH_TRIAL[switch]
    assert not different[:first].any()
    assert different[first : first + 6].any()
    places = world.places
    where = places.borders_trial if switch == "spillover_neighbours" else places.area >= 0
    assert not different[:, ~_ever(world, where)].any()
    if switch == "spillover_non_eligible":
        always = (without.right[START - 1 :] < EARNINGS).all(axis=0)
        assert not different[:, always].any()


def test_recording_changes_what_is_written_not_what_happens(twin):
    world, without, with_trial = twin(scale=1 / 800, switches={"recording": 0.4})
    assert np.array_equal(with_trial.state, twin(scale=1 / 800)[2].state)
    status = spells.statuses(world, with_trial)
    wrong = status[status["miscoded"]]
    assert len(wrong) > 20
    assert (wrong["state"] == State.UNEMPLOYED).all()
    assert (wrong["start_date"] >= "2021-03-01").all()
    assert set(wrong["person"]) <= set(np.flatnonzero(with_trial.client.any(axis=0)))
    for events in (guidance.contacts, guidance.plans):
        frame = pd.concat(events(world, with_trial))
        lost = frame[~frame["recorded"]]
        assert len(lost) and (lost["date"] >= "2021-03-01").all()
        assert pd.concat(events(world, without))["recorded"].all()
    assert not spells.statuses(world, without)["miscoded"].any()


def test_table_of_effects_has_no_overlap(config):
    for outcome in {row.outcome for row in shared_effects(config)}:
        months = [
            t
            for row in shared_effects(config)
            if row.outcome == outcome
            for t in range(row.from_month, row.to_month + 1)
        ]
        assert len(months) == len(set(months)), outcome
