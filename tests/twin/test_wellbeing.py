"""Pensions and the survey of the twin: what they follow from, and what the trial changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.twin import pensions, survey
from kuntakokeilu.twin.clock import MONTHS, START
from kuntakokeilu.twin.states import REGISTERED, State
from kuntakokeilu.twin.walk import walk


def _months(column: pd.Series) -> np.ndarray:
    """Months since 2017-01."""
    return column.to_numpy().astype("datetime64[M]").astype(int) - 47 * 12


def test_disability_pensions_are_of_the_limited_outside_the_labour_force(world, pair, tables):
    people, own = world.population, tables["pensions"].query("kind == '2'")
    person, first = own["person"].to_numpy(), _months(own["start_date"])
    assert (own["start_date"].dt.day == 1).all()
    assert (people.limited_from[person] <= first).all()
    last = np.where(own["end_date"].isna(), MONTHS - 1, _months(own["end_date"].fillna("2024")))
    states = pair[1].state
    for who, begin, end in zip(person, first, last, strict=True):
        # Six months outside before, and outside all along: the first after the pension is not.
        assert (states[max(begin - pensions.WAIT, 0) : end + 1, who] == State.OUTSIDE).all()
        if end + 1 < MONTHS and people.age_months(end + 1)[who] <= 65 * 12:
            assert states[end + 1, who] != State.OUTSIDE
    age = first - people.birth[person]
    assert ((age >= 18 * 12) & (age < 65 * 12)).all()


def test_pensions_do_not_overlap_and_go_on_as_old_age_pensions(tables):
    spells = tables["pensions"].sort_values(["person", "start_date"])
    before = spells.groupby("person")["end_date"].shift()
    later = spells["person"].duplicated()
    assert (spells.loc[later, "start_date"] > before[later]).all()
    follows = later & (spells["start_date"] == before + pd.Timedelta(days=1))
    carried = spells["since_date"] < spells["start_date"]
    assert carried.any() and (follows | ~carried).all()
    assert (spells.loc[carried, "kind"] == "1").all()


def test_pensions_start_at_the_rate(world, pair, tables):
    """Counted a second time, person by person from the states: months at risk and starts."""
    own = tables["pensions"].query("kind == '2' and start_date >= '2017-01-01'")
    spells = tables["pensions"].query("kind == '2'")
    outside = pair[1].state == State.OUTSIDE
    since = np.where(pair[1].state_before == State.OUTSIDE, pair[1].since_before, MONTHS)
    at_risk = 0
    for t in range(MONTHS):
        since = np.where(outside[t], np.minimum(since, t), MONTHS)
        age = world.population.age_months(t)
        able = outside[t] & (world.population.limited_from <= t) & (t - since >= pensions.WAIT)
        at_risk += int((able & (age >= 216) & (age < 780)).sum())
    first, last = _months(spells["start_date"]), _months(spells["end_date"].fillna("2024-12-31"))
    retired = int((last - np.maximum(first, -1)).sum())  # months on a pension after the first
    rate = len(own) / (at_risk - retired)
    error = np.sqrt(pensions.START_RATE / (at_risk - retired))
    assert abs(rate - pensions.START_RATE) < 2.5 * error


def test_the_weights_of_the_survey_give_the_frame(world, pair, tables):
    """Horvitz-Thompson totals of all strata against the frame, counted from the states."""
    asked = tables["survey"]
    for wave in survey.WAVES:
        t = START + wave
        own = asked[_months(asked["wave"]) == t]
        age = world.population.age_months(t - 1)
        frame = REGISTERED[pair[1].state[t - 1]] & (pair[1].state[t] < State.ABROAD)
        frame &= (age >= 216) & (age < 780)
        inside = world.area_of(t - 1) >= 0
        for arm in (True, False):
            here = own[inside[own["person"]] == arm]
            total = int((frame & (inside == arm)).sum())
            variance = (here["weight"] * (here["weight"] - 1)).sum()
            assert abs(here["weight"].sum() - total) < 4 * np.sqrt(variance)
        assert frame[own["person"]].all()


def test_a_large_twin_asks_no_more_persons(world, pair, tables, monkeypatch):
    """As if the twin were ten times as large as the sample is meant for."""
    monkeypatch.setattr(survey, "WHOLE", world.settings.scale / 10)
    fewer = survey.survey(world, pair[1])
    assert len(fewer) == pytest.approx(len(tables["survey"]) / 10, rel=0.25)
    assert fewer["weight"].min() == pytest.approx(10 * tables["survey"]["weight"].min())


def test_response_differs_by_arm_in_the_second_wave_only(world, tables):
    asked = tables["survey"]
    t = _months(asked["wave"])
    home = np.where(
        t < START,
        world.area_of(START - 5)[asked["person"]],
        world.area_of(START + 18)[asked["person"]],
    )
    rate = asked.groupby([t > START, home >= 0])["responded"].mean()
    assert rate.between(0.3, 0.65).all()
    assert rate[True, True] - rate[True, False] > rate[False, True] - rate[False, False]


def test_items_measure_one_thing_and_one_is_reversed(tables):
    answers = tables["survey"][list(survey.ITEMS)].replace(0, np.nan)
    assert (answers.isna().mean().between(0.005, 0.04)).all()
    signs = np.where(np.array(survey.ITEMS) == survey.REVERSED, -1, 1)
    correlations = answers.corr().to_numpy() * np.outer(signs, signs)
    assert (correlations > 0.3).all()


def test_the_trial_lifts_the_wellbeing_of_clients_only(world, pair):
    (t,) = [START + wave for wave in survey.WAVES if wave > 0]
    zero, one = (next(m for m in walk(world, p) if m.t == t) for p in pair)
    gap = survey.wellbeing(world, pair[1], one) - survey.wellbeing(world, pair[0], zero)
    same_state = zero.after == one.after
    served = one.client_area >= 0
    assert served.sum() > 100
    assert (gap[same_state & ~served] == 0).all()
    own = gap[same_state & served]
    assert 0.05 < own.mean() < 0.3  # 0.15 in the table, more or less by area
