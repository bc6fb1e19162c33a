"""Twins of the trials of 2012 and 2017: other years, other areas, other target groups."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from kuntakokeilu.errors import InputError
from kuntakokeilu.registers import open_extract, read_adapter, read_contract, read_table
from kuntakokeilu.twin import TwinSettings, collect, make_world, simulate_pair, write_extract
from kuntakokeilu.twin.clock import MONTHS, Clock
from kuntakokeilu.twin.places import read_places, read_targets
from kuntakokeilu.twin.rates import read_rates
from kuntakokeilu.twin.states import OFFICIAL_UNEMPLOYED, REGISTERED, State
from kuntakokeilu.twin.walk import walk

from .conftest import CONFIG

SCALE = 1 / 400
TRIALS = {
    2012: {"first_year": 2008, "start": "2012-09", "target": "long_term"},
    2017: {"first_year": 2011, "start": "2017-08", "target": "under_25_or_long_term"},
}


def areas_of(trial: int) -> pd.DataFrame:
    """Return the areas of the study of a trial on open statistics."""
    return pd.read_csv(CONFIG / "studies" / f"open_{trial}" / "areas.csv", dtype=str)


@pytest.fixture(scope="module", params=TRIALS)
def earlier(request):
    """Return the twin of an earlier trial, its worlds without and with it, and which it is."""
    settings = TwinSettings(scale=SCALE, seed=7, **TRIALS[request.param])
    world = make_world(settings, CONFIG, areas_of(request.param))
    return world, *simulate_pair(world), request.param


def test_the_areas_of_the_study_are_those_of_the_table():
    given = read_places(CONFIG, areas_of(2021))
    for field in fields(given):
        assert np.array_equal(getattr(given, field.name), getattr(read_places(CONFIG), field.name))


def test_the_trial_begins_when_and_where_its_study_says(earlier):
    world, without, with_trial, trial = earlier
    places, areas = world.places, areas_of(trial)
    assert set(places.areas) == set(areas.loc[areas["arm"] == "trial", "area"])
    start = {2012: 56, 2017: 79}[trial]
    different = without.state != with_trial.state
    assert not different[:start].any() and different[start:].any()
    assert not with_trial.client[:start].any() and with_trial.client[start].any()
    homes = [world.population.residence(t) for t in range(MONTHS)]
    inside = np.logical_or.reduce([places.area[home] >= 0 for home in homes])
    assert not different[:, ~inside].any()
    if trial == 2012:  # Vihanti and Nilsiä were municipalities then: known by what they became
        assert set(areas["code"]) - set(places.code)


def test_clients_are_of_the_target_group(earlier):
    world, _, paths, trial = earlier
    before = np.zeros(world.streams.persons, bool)
    elapsed = None
    for now in walk(world, paths):
        fresh = np.flatnonzero(paths.client[now.t] & ~before)
        if len(fresh) and now.t > world.start:
            long_term = elapsed[fresh] + 1 >= 12
            young = world.population.age_months(now.t)[fresh] < 25 * 12
            assert (long_term if trial == 2012 else long_term | young).all()
            assert REGISTERED[now.before[fresh]].all()
        before, elapsed = paths.client[now.t], now.elapsed
    # Nearly everybody of the target group is served.
    served = paths.client[-1] & (now.elapsed >= 13)
    wanted = (now.elapsed >= 13) & REGISTERED[now.after] & (world.area_of(MONTHS - 1) >= 0)
    assert served.sum() > 0.85 * wanted.sum() > 5


def test_earlier_years_have_a_season_and_no_pandemic(earlier):
    world, without, _, _ = earlier
    stock = OFFICIAL_UNEMPLOYED[without.state].sum(axis=1)
    assert (stock[1:] / stock[:-1]).max() < 1.35
    laid_off = (without.state == State.LAID_OFF).sum(axis=1)
    assert laid_off.max() < 0.25 * stock.mean()
    july, may = stock[6::12].mean(), stock[4::12].mean()
    assert 1.03 < july / may < 1.35
    table = read_targets(CONFIG)
    mean = table.unemployed[:36].reshape(3, 12).mean(axis=0)
    np.testing.assert_allclose(world.targets.unemployed.reshape(8, 12), np.tile(mean, (8, 1)))


def test_months_and_dates_are_those_of_the_years(earlier):
    world, _, paths, trial = earlier
    first = TRIALS[trial]["first_year"]
    clock = Clock(first)
    assert clock.month(f"{first + 7}-12") == MONTHS - 1
    for t in (1, 13, 25, 37):
        period = pd.Period(f"{first + t // 12}-02", "M")
        assert clock.days_in(t) == period.days_in_month
        month = [at.start_time.date() for at in (period, period + 1)]
        assert clock.weekdays_from(t)[1] == np.busday_count(*month)
    dated = {"contacts": "date", "medicines": "date", "visits": "date"}
    tables = collect(world, paths, CONFIG, (*dated, "benefits", "plans"))
    for name, column in dated.items():
        years = tables[name][column].dt.year
        assert (years.min(), years.max()) == (first, first + 7), name
    assert set(tables["benefits"]["year"]) == set(range(first, first + 8))
    assert "07" not in set(tables["plans"]["kind"])  # a plan of the Nordic model


def test_an_earlier_extract_has_no_fault(earlier, tmp_path):
    world, _, paths, trial = earlier
    adapter = CONFIG / "registers" / f"synthetic_{trial}.yaml"
    described = read_adapter(adapter, read_contract(CONFIG))
    read = ("persons_yearly", "status_spells", "benefit_payments")
    # Of the earliest trial every table is written, of the other those that are looked at.
    names = described.tables if trial == 2012 else (*read, "jobseeker_office")
    files = {name: described.tables[name] for name in names}
    write_extract(world, paths, CONFIG, described.model_copy(update={"tables": files}), tmp_path)
    extract = open_extract(CONFIG, adapter, tmp_path)
    assert described.absent == ["wages"] and not (tmp_path / "tax").exists()
    for name in read:  # raises for a fault
        read_table(extract, name, tmp_path / "typed.parquet")
    year = TRIALS[trial]["first_year"] + 7
    offices = pd.read_parquet(tmp_path / "keha" / f"yhtsto_{year}.parquet")["toinoh"]
    assert set(offices) <= {*world.places.office, *world.places.trial_office, "1230"}
    own = set(areas_of(trial).get("office_code", pd.Series(dtype=str)))
    assert own <= set(offices) and len(own) == {2012: 0, 2017: 5}[trial]


def test_earlier_rates_are_those_of_their_years():
    rates = read_rates(CONFIG, Clock(2008))
    assert rates["daily_allowance"][[0, 11, 12, 48]].tolist() == [2451, 2451, 2563, 3136]
    assert rates["exempt_amount"][[0, 71, 72]].tolist() == [0, 0, 30_000]


def test_an_area_of_a_merged_municipality_in_two_areas_is_refused():
    areas = pd.DataFrame(
        {"arm": "trial", "area": ["A", "B"], "code": ["740", "246"]}  # Kerimäki is Savonlinna now
    )
    with pytest.raises(InputError, match="trial areas of the twin: 740 belong to two areas"):
        read_places(CONFIG, areas)
    with pytest.raises(InputError, match="trial areas of the twin, row 2: 999 is no municipality"):
        read_places(CONFIG, areas.assign(code=["999", "246"]))


@pytest.mark.parametrize("start", ["2010-12", "2016-01", "2012-9"])
def test_a_start_outside_the_later_years_is_refused(start):
    with pytest.raises(ValidationError, match="start"):
        TwinSettings(first_year=2008, start=start)
