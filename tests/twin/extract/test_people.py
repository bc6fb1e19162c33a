"""Persons, where they live and what they are known to be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.facts import read_classification
from kuntakokeilu.twin.extract.files import COMMON, person_ids

from .conftest import CONFIG, on


def test_ids_say_nothing_of_numbers(world):
    common, older = (person_ids(world, name).to_pylist() for name in (COMMON, "shnro"))
    assert len(set(common)) == len(common) and len(set(older)) == len(older)
    assert set(map(len, older)) == {11, 0}
    order = np.argsort(common[: world.streams.persons])
    assert abs(np.corrcoef(order, np.arange(len(order)))[0, 1]) < 0.05


def test_residents_at_the_end_of_each_year(read, tables):
    found, homes = read.tables["persons_yearly"], tables["residences"]
    successors = read_classification(CONFIG, 2024).successors()
    classified = {year: read_classification(CONFIG, year) for year in range(2016, 2026)}
    merged = {code for code, to in successors.items() if code in ("174", "442", "911", "099")}
    for year in range(2016, 2025):
        own = found[found["year"] == year].set_index("person")
        home = on(homes, f"{year}-12-31").set_index("person")["municipality"]
        assert set(own.index) == set(home.index)
        for column, at in (("municipality", year), ("municipality_next_year", year + 1)):
            code = own[column].dropna()
            assert set(code) <= set(classified[at].members()["code"]), (year, column)
            ahead = home.loc[code.index].replace(classified[at].successors())
            assert (code.replace(successors) == ahead).all()
        lost = own["municipality"].isna()
        assert lost.mean() < 0.003
        old = set(own["municipality"]) & merged
        gone = {2017: {"174", "442"}, 2020: {"911"}, 2021: {"099"}}
        assert not any(old & codes for since, codes in gone.items() if since <= year)
        assert year > 2016 or len(old) > 1
    neither = found["municipality"].isna() & found["municipality_next_year"].isna()
    assert 0 < neither.sum() < found["municipality"].isna().sum()


def test_persons_are_as_drawn(read, tables):
    found, persons = read.tables["persons_yearly"], tables["persons"].set_index("person")
    own = persons.loc[found["person"]].reset_index(drop=True)
    born = found["birth_year"] != own["birth_date"].dt.year
    assert 0 < born.sum() < 0.001 * len(found) and (found.loc[born, "year"] < 2020).all()
    assert (found["language"].astype(int) == own["language"]).all()
    finnish = found["citizenship"].map({"1": True, "2": False})
    known = finnish.notna()
    assert (finnish[known] == (own["citizenship"] == "246")[known]).all()
    dead = own["death_date"].dt.year
    assert (found["year"] < dead.fillna(9999)).all()
    assert (found["death_year"].notna() == (dead == found["year"] + 1)).all()
    late = found["year"] == 2024
    level = found["education"].where(~late, other="2")
    assert found.loc[late, ["education", "activity"]].isna().all(axis=None)
    assert (level.astype(int)[~late] == own["education"].replace(0, 2)[~late]).all()
    sex = read.tables["persons_sex"].set_index("person")["sex"].astype(int)
    assert (sex.sort_index().to_numpy() == persons["sex"].to_numpy()).all()


def test_activity_and_months_follow_the_states(read, tables):
    found = read.tables["persons_yearly"].query("year == 2021").set_index("person")
    spells = tables["statuses"]
    state = on(spells, "2021-12-31").set_index("person")["state"].loc[found.index]
    adult = 2021 - found["birth_year"] >= 15
    assert (found["activity"][adult & state.isin([2, 3])] == "12").all()
    assert (found["activity"][adult & state.isin([0, 10])] == "11").all()
    assert set(found["activity"][state == 4]) == {"11", "12"}
    idle = spells[spells["state"].isin([2, 3])]
    first = idle["start_date"].clip(lower=pd.Timestamp("2021-01-01"))
    last = (
        idle["end_date"].fillna(pd.Timestamp("2021-12-31")).clip(upper=pd.Timestamp("2021-12-31"))
    )
    days = ((last - first).dt.days + 1).clip(lower=0).groupby(idle["person"]).sum()
    days = days.reindex(found.index, fill_value=0)
    months = found["unemployment_months"].astype(int)
    # Whole months of 30.4 days, rounded: the bands differ from it by a day or two.
    assert (abs(months - days / 30.417) <= 0.56).all()
    assert months.max() == 12


def test_background_is_that_of_each_delivery(read, tables):
    found, persons = read.tables["jobseekers"], tables["persons"].set_index("person")
    first = tables["registrations"].groupby("person")["start_date"].min()
    assert (found["delivery_year"] >= first.loc[found["person"]].dt.year.to_numpy()).all()
    for year in (2018, 2024):
        own = found[found["delivery_year"] == year].set_index("person")
        assert set(own.index) == set(first.index[first <= f"{year}-12-31"])
        known = persons.loc[own.index]
        end = pd.Timestamp(f"{year}-12-31")
        member = (known["fund_from"] <= end) & ~(known["fund_to"] <= end)
        assert own["unemployment_fund"].fillna("").equals(known["fund"].where(member, ""))
        assert (own["citizenship"] == known["citizenship"]).all()
        assert (own["language"].astype(int) == known["language"] - 1).all()
