"""Numbers of places against sums written here, on made-up and on public data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.site.observed import Observed
from kuntakokeilu.site.places import Followed
from kuntakokeilu.site.series import differences, follow, holes, newest
from kuntakokeilu.site.settings import Indicator

NAN = np.nan
NAMES = {"fi": "A", "sv": "A", "en": "A"}
AREA = Followed("area", "trial", NAMES, ("001", "002"))
TOWN = Followed("town", "municipality", NAMES, ("001",), "001")


def observed(hidden=(), **contents):
    """Two municipalities by month; a pair of content and cell in `hidden` is suppressed."""
    values = {name: np.array(rows, dtype=float) for name, rows in contents.items()}
    dark = {name: np.zeros_like(rows, dtype=bool) for name, rows in values.items()}
    for name, month, column in hidden:
        values[name][month, column], dark[name][month, column] = NAN, True
    months = [f"2024-{k + 1:02d}" for k in range(len(next(iter(values.values()))))]
    return Observed(months, {"001": 0, "002": 1}, values, dark)


def one(series, k=0):
    return series.low[k], series.high[k], series.state[k]


def test_a_count_is_the_sum_of_published_cells():
    found = follow(observed(U=[[10, 20], [11, NAN]]), AREA, Indicator(of=["U"]))
    assert one(found) == (30, 30, "sum")
    assert found.state[1] == "hole"


def test_suppressed_cells_are_between_one_and_four():
    data = observed([("U", 0, 1)], U=[[10, 20]])
    assert one(follow(data, AREA, Indicator(of=["U"]))) == (11, 14, "range")
    all_dark = observed([("U", 0, 0), ("U", 0, 1)], U=[[10, 20]])
    assert follow(all_dark, AREA, Indicator(of=["U"])).state[0] == "suppressed"


def test_bounds_of_a_share_hold_every_way_to_fill_suppressed_cells():
    data = observed([("S", 0, 0), ("U", 0, 1)], S=[[2, 30]], U=[[50, 3]])
    low, high, state = one(follow(data, AREA, Indicator(of=["S"], per=["U", "S"])))
    ways = [100 * (s + 30) / ((s + 30) + (50 + u)) for s in (1, 2, 3, 4) for u in (1, 2, 3, 4)]
    assert state == "range"
    assert (low, high) == pytest.approx((min(ways), max(ways)), rel=1e-12)


def test_a_published_share_comes_before_one_that_is_worked_out():
    share = Indicator(of=["U"], per=["L"], published="R")
    data = observed(U=[[10, 20]], L=[[100, 300]], R=[[10.4, 6.7]])
    assert one(follow(data, TOWN, share)) == (10.4, 10.4, "published")
    assert one(follow(data, AREA, share)) == (7.5, 7.5, "sum")


def test_without_counts_shares_are_weighted_by_the_last_known_denominator():
    share = Indicator(of=["U"], per=["L"], published="R")
    data = observed(U=[[10, 20], [NAN, NAN]], L=[[100, 300], [NAN, NAN]], R=[[10, 7], [12, 8]])
    low, _, state = one(follow(data, AREA, share), 1)
    assert (low, state) == (pytest.approx((100 * 12 + 300 * 8) / 400), "weighted")
    assert differences(data, AREA, share)[0] == pytest.approx(abs((1000 + 2100) / 400 - 7.5))


def test_holes_lie_between_months_that_are_there():
    found = follow(
        observed(U=[[1, 2], [NAN, 2], [NAN, NAN], [3, 4], [NAN, 1]]), AREA, Indicator(of=["U"])
    )
    assert holes(found) == [(1, 2)]
    assert newest(found) == 3


# On public data ----------------------------------------------------------------------------------


@pytest.fixture
def counts(data_folder):
    return pd.read_csv(data_folder / "statfin/12r5_counts_2006_2023.csv", dtype={"kunta": str})


def test_kuopio_area_is_the_sum_of_the_file(portal, counts):
    place = next(one for one in portal.places if one.name == "trial-kuopion-seutu")
    found = follow(portal.observed, place, portal.settings.indicators["unemployed"])
    mine = counts[counts["kunta"].isin(place.units)].pivot(index="month", columns="kunta")
    whole = mine["unemployed"].dropna().sum(axis=1)
    k = {month: place for place, month in enumerate(portal.observed.months)}
    assert len(whole) > 200
    for month, value in whole.items():
        assert found.low[k[month]] == found.high[k[month]] == value
    rate = follow(portal.observed, place, portal.settings.indicators["rate"])
    expected = 100 * whole / mine["labour_force"].sum(axis=1)[whole.index]
    assert rate.low[[k[m] for m in whole.index]] == pytest.approx(expected.to_numpy(), abs=1e-9)


def test_a_merged_municipality_has_the_counts_of_its_parts(portal, counts):
    place = next(one for one in portal.places if one.name == "municipality-507")
    found = follow(portal.observed, place, portal.settings.indicators["unemployed"])
    parts = counts[counts["kunta"].isin(["507", "588"]) & (counts["month"] == "2021-03")]
    assert found.low[portal.observed.months.index("2021-03")] == parts["unemployed"].sum()


def test_weighted_shares_are_near_ratios_of_sums_on_the_mainland(portal):
    share = portal.settings.indicators["rate"]
    areas = [one for one in portal.places if one.kind == "trial"]
    gaps = [np.nanmax(differences(portal.observed, one, share)) for one in areas]
    assert max(gaps) < 0.06  # published shares have one decimal


def test_arms_are_those_of_the_act(portal):
    units = {one.name: one.units for one in portal.places if one.kind == "whole"}
    assert len(units["trial"]) == 117  # 118; Pertunmaa is part of Mäntyharju since 2025
    assert len(units["controls"]) == 175
    assert len(units["country"]) == 117 + 175 + 16  # Åland


def test_employment_areas_are_those_of_the_key(portal, data_folder):
    key = pd.read_csv(data_folder / "keys/municipality_key_2013_2026.csv", dtype=str)
    key = key[key["year"] == "2026"]
    expected = {frozenset(rows["kunta"]) for _, rows in key.groupby("tyollisyysalue_code")}
    assert {frozenset(p.units) for p in portal.places if p.kind == "employment"} == expected
