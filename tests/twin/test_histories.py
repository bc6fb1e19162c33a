"""The clean tables: whole, in order, and in agreement with each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin import TABLES, write_histories
from kuntakokeilu.twin.clean_tables import SOURCES
from kuntakokeilu.twin.clock import MONTHS, START, Clock
from kuntakokeilu.twin.states import REGISTERED, State
from kuntakokeilu.twin.wages import wage_payments

DAY = pd.Timedelta(days=1)
SCALE = 1 / 200


def test_every_table_is_there_and_conforms(tables):
    assert set(tables) == set(TABLES)
    for name, frame in tables.items():
        TABLES[name].validate(frame)
        assert len(frame), name


def test_every_register_table_has_a_source(config):
    registers = pd.read_csv(config / "registers" / "tables.csv", dtype=str)["table"]
    assert set(SOURCES) == set(registers)
    assert {name for names in SOURCES.values() for name in names} | {"eligibility"} == set(TABLES)


def test_states_tile_time(world, tables):
    spells = tables["statuses"].sort_values(["person", "start_date"])
    assert (spells["end_date"].isna() | (spells["end_date"] >= spells["start_date"])).all()
    next_start = spells.groupby("person")["start_date"].shift(-1)
    assert (next_start.isna() == spells["end_date"].isna()).all()
    inner = next_start.notna()
    assert (next_start[inner] == spells.loc[inner, "end_date"] + DAY).all()
    assert spells["person"].nunique() == world.streams.persons
    assert (spells.groupby("person")["start_date"].min() < "2017-01-01").all()


def test_spells_give_the_state_of_each_month_end(world, pair, tables):
    spells = tables["statuses"]
    for t in (0, 37, START, MONTHS - 1):
        on = pd.Timestamp(Clock().dates(t, Clock().days_in(t)))
        here = spells[(spells["start_date"] <= on) & ~(spells["end_date"] < on)]
        assert len(here) == world.streams.persons
        assert np.array_equal(here.sort_values("person")["state"], pair[1].state[t])


def test_registrations_cover_registered_months(pair, tables):
    spells = tables["registrations"]
    assert (spells["end_date"].isna() | (spells["end_date"] >= spells["start_date"])).all()
    assert not REGISTERED[spells["before"][spells["before"] >= 0]].any()
    on = pd.Timestamp("2021-02-28")
    here = spells[(spells["start_date"] <= on) & ~(spells["end_date"] < on)]
    assert set(here["person"]) == set(np.flatnonzero(REGISTERED[pair[1].state[START - 1]]))
    inside = tables["services"].merge(spells, on="person", suffixes=("", "_search"))
    covered = (inside["start_date_search"] <= inside["start_date"]) & (
        inside["end_date_search"].isna() | (inside["end_date"] <= inside["end_date_search"])
    )
    assert covered.sum() == len(tables["services"])


def test_offices_follow_the_trial(world, pair, tables):
    offices = tables["offices"]
    trial = offices[offices["office"].isin(world.places.trial_office)]
    assert (trial["start_date"] >= "2021-03-01").all()
    assert set(trial["person"]) == set(np.flatnonzero(pair[1].client.any(axis=0)))
    on = pd.Timestamp("2022-06-30")
    here = offices[(offices["start_date"] <= on) & ~(offices["end_date"] < on)]
    home = world.population.residence(65)[here["person"]]
    own = here["office"].to_numpy()
    away = (own != world.places.office[home]) & (own != world.places.trial_office[home])
    assert 0 < away.mean() < 0.05


def test_benefits_only_when_entitled(world, tables):
    paid = tables["benefits"][~tables["benefits"]["recovery"]]
    start = pd.to_datetime(dict(year=paid["year"], month=paid["month"], day=1))
    end = start + pd.offsets.MonthEnd(0)
    total = paid.groupby(["person", "year", "month"])["days"].sum().reset_index()
    first = pd.to_datetime(dict(year=total["year"], month=total["month"], day=1))
    limit = np.busday_count(
        first.to_numpy().astype("datetime64[D]"),
        (first + pd.offsets.MonthBegin(1)).to_numpy().astype("datetime64[D]"),
    )
    assert (total["days"] <= limit).all()
    search = tables["registrations"]
    months = paid.assign(first=start, last=end).merge(search, on="person")
    meets = (months["start_date"] <= months["last"]) & ~(months["end_date"] < months["first"])
    covered = months[meets].drop_duplicates(["person", "year", "month", "benefit", "ground"])
    assert len(covered) == len(paid)
    age = start.reset_index(drop=True) - tables["persons"].set_index("person").loc[
        paid["person"], "birth_date"
    ].reset_index(drop=True)
    assert age.dt.days.between(17.9 * 365.25, 65.1 * 365.25).all()
    earnings = paid.loc[paid["benefit"] == "AP", "person"]
    assert (tables["persons"].set_index("person").loc[earnings, "fund"] != "").all()
    assert (paid["payment_date"] > end).all()


def test_wages_go_with_work(world, pair, tables):
    wages = tables["wages"]
    assert (wages["cents"] > 0).all()
    assert not wages.duplicated(["person", "payer", "year", "month"]).any()
    own = wages.query("year == 2022 and month == 9")
    state = pair[1].state[68]
    worked = np.flatnonzero((state == State.WORK) & (pair[1].state[67] == State.WORK))
    assert set(worked) <= set(own["person"])
    away = np.isin(own["person"], np.flatnonzero(state >= State.ABROAD))
    left = np.isin(own["person"], np.flatnonzero(pair[1].state[67] < State.ABROAD))
    assert not (away & ~left).any()
    full = own[np.isin(own["person"], worked)].groupby("person")["cents"].sum()
    assert 200_000 < full.median() < 320_000


def test_payers_of_the_whole_country_fit(world, pair, monkeypatch):
    """As many payers as at scale 1: their numbers do not fit where municipalities do."""
    monkeypatch.setattr("kuntakokeilu.twin.wages.PAYERS", 150_000 / SCALE)
    payer = next(wage_payments(world, pair[1]))["payer"]
    assert payer.between(30_000, 149_999).any()
    assert payer.max() < 150_000 + len(world.places.code)


def test_nothing_happens_after_death(tables):
    death = tables["persons"].set_index("person")["death_date"].dropna()
    assert len(death) > 20
    for name, column in {
        "contacts": "date",
        "plans": "date",
        "sickness": "end_date",
        "registrations": "start_date",
    }.items():
        own = tables[name][tables[name]["person"].isin(death.index)]
        assert (own[column] <= own["person"].map(death)).all(), name


def test_sickness_never_overlaps(tables):
    spells = tables["sickness"].sort_values(["person", "start_date"])
    previous = spells.groupby("person")["end_date"].shift()
    assert (previous.isna() | (spells["start_date"] > previous)).all()
    assert (spells["end_date"] >= spells["start_date"]).all()


def test_contacts_and_plans_within_search(tables):
    search = tables["registrations"]
    for name in ("contacts", "plans", "offers"):
        events = tables[name].reset_index(names="row")
        joined = events.merge(search, on="person")
        inside = (joined["start_date"] <= joined["date"]) & ~(joined["end_date"] < joined["date"])
        assert inside.sum() == len(events), name


def test_nordic_model_brings_more_contacts(tables):
    dates_ = tables["contacts"]["date"]
    before = dates_.between("2021-11-01", "2022-04-30").sum()
    after = dates_.between("2022-06-01", "2022-11-30").sum()
    assert after > 1.3 * before


def test_eligibility_is_any_of_the_three(tables, pair):
    flags = tables["eligibility"]
    three = flags[["under_30", "foreign", "no_earnings_right"]]
    assert (flags["eligible"] == three.any(axis=1)).all()
    now = flags[(flags["as_of"] == "2021-02-28") & flags["registered"]]
    assert 0.55 < now["eligible"].mean() < 0.80
    assert set(flags["as_of"].dt.strftime("%Y-%m-%d")) == {
        "2018-12-31",
        "2019-02-28",
        "2020-12-31",
        "2021-02-28",
    }
    assert not flags["person"].isin(np.flatnonzero(pair[1].state[0] == State.DEAD)).any()


def test_residences_follow_moves(world, tables):
    homes = tables["residences"].sort_values(["person", "start_date"])
    previous = homes.groupby("person")["end_date"].shift()
    later = previous.notna()
    assert (homes.loc[later, "start_date"] == previous[later] + DAY).all()
    on = pd.Timestamp("2020-12-31")
    here = homes[(homes["start_date"] <= on) & ~(homes["end_date"] < on)]
    code = world.places.code[world.population.residence(47)[here["person"]]]
    assert (here["municipality"].to_numpy() == code).all()
    assert len(here) == (tables["eligibility"]["as_of"] == on).sum()


def test_written_files_are_read_back(world, pair, config, tmp_path, tables):
    files = write_histories(world, pair[1], config, tmp_path / "twin")
    assert (tmp_path / "twin" / "wages_2019.parquet") in files
    back = pd.concat(
        [pd.read_parquet(tmp_path / "twin" / f"benefits_{y}.parquet") for y in range(2017, 2025)]
    )
    assert int(back["cents"].sum()) == int(tables["benefits"]["cents"].sum())
