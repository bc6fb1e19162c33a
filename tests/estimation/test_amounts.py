"""Shares of one person in the euros behind a number, against the persons themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import AMOUNTS_BEHIND, CELLS, conform
from kuntakokeilu.estimation import Sampler, area_effects, draw_sample, estimate
from kuntakokeilu.estimation.amounts import amounts_by_arm, worst_of

from .build import spec, tables

YEARS = range(2000, 2008)
STARTS = {f"u{at:02}": "2004" for at in range(4)}
UNITS = [f"u{at:02}" for at in range(12)]


@pytest.fixture(scope="module")
def persons():
    """Person-years of euros, both signs; one person of u00 has a large amount in 2005."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        [
            (u, t, rng.normal(20, 60))
            for u in UNITS
            for t in YEARS
            for _ in range(rng.integers(2, 6))
        ],
        columns=["unit", "period", "amount"],
    )
    first = frame.index[frame["unit"].eq("u00") & frame["period"].eq(2005)][0]
    frame.loc[first, "amount"] = 9_000.0
    return frame


def made_of(persons):
    groups = persons.assign(size=persons["amount"].abs()).groupby(["unit", "period"])
    rows = groups["amount"].agg(["mean", "size"]).reset_index()
    rows = rows.rename(columns={"mean": "y", "size": "n"}).astype({"period": str})
    cells, units, counts = tables(rows.assign(weight=rows["n"]), STARTS)
    ordered = groups["size"].agg(lambda x: sorted([*x, 0.0])[::-1])
    cells["sum_abs"] = groups["size"].sum().to_numpy()
    cells["top1"], cells["top2"] = (ordered.map(lambda x, k=k: x[k]).to_numpy() for k in (0, 1))
    cells["n_nonzero"], cells["n_payers"], cells["payer_top1"] = rows["n"], pd.NA, np.nan
    return conform(cells, CELLS), units, counts


def shares_of(persons):
    """By arm and year, of the persons themselves."""
    found = {}
    arms = persons.assign(size=persons["amount"].abs(), trial=persons["unit"].isin(STARTS))
    for key, rows in arms.groupby(["trial", "period"]):
        first, second, *others = sorted(rows["size"], reverse=True)
        total = rows["size"].sum()
        found[key] = (first / total, (first + second) / total, sum(others) / first)
    return found


def test_shares_are_those_of_the_persons(persons):
    cells, units, _ = made_of(persons)
    rows = draw_sample(cells, units, spec()).frame
    table = amounts_by_arm(cells, rows, spec())
    true = shares_of(persons)
    assert len(table) == len(true) == 16
    for (trial, period), shares in table.iterrows():
        expected = true[bool(trial), period.year]
        got = (shares["largest_share"], shares["two_largest_share"], shares["rest_share"])
        assert got == pytest.approx(expected, rel=1e-12)


def test_a_number_has_the_worst_share_of_the_years_behind_it(persons):
    cells, units, counts = made_of(persons)
    series = spec("event_study", estimand="y.series")
    made, _ = estimate(cells, units, counts, [spec(), series])
    leading = made[made["leading"]].set_index(["estimand", "event_time"])["largest_share"]
    true = {year: max(shares_of(persons)[arm, year][0] for arm in (True, False)) for year in YEARS}
    assert leading["y.main"].iloc[0] == pytest.approx(max(true.values()))
    base = 2003  # the bin before the start, which every other is held against
    for event_time, share in leading["y.series"].items():
        assert share == pytest.approx(max(true[2004 + event_time], true[base]))


def test_an_area_has_its_own_share(persons):
    cells, units, _ = made_of(persons)
    made = area_effects(cells, units, spec(), sorted(STARTS)).set_index("area")
    alone = persons[persons["unit"].eq("u00") & persons["period"].eq(2005)]["amount"].abs()
    assert made.loc["u00", "largest_share"] == pytest.approx(alone.max() / alone.sum())
    assert made["n_payers_min"].isna().all()


def test_outcomes_that_are_no_euros_have_none(persons):
    cells, units, counts = made_of(persons)
    plain = cells.drop(columns=[c for c in cells if c in ("sum_abs", "top1", "top2")])
    assert amounts_by_arm(plain, draw_sample(plain, units, spec()).frame, spec()) is None
    assert worst_of(None) == {}
    made, _ = estimate(plain, units, counts, [spec()])
    assert not set(AMOUNTS_BEHIND) & set(made)


def test_payers_are_counted_and_one_who_pays_most_counts_as_a_person_does(persons):
    cells, units, _ = made_of(persons)
    cells = cells.assign(n_payers=3, payer_top1=0.99 * cells["sum_abs"], top1=0.0, top2=0.0)
    one = worst_of(amounts_by_arm(cells, draw_sample(cells, units, spec()).frame, spec()))
    arms = cells.assign(trial=cells["unit"].isin(STARTS)).groupby(["trial", "period"])
    share = arms["payer_top1"].max() / arms["sum_abs"].sum()
    assert one["largest_share"] == pytest.approx(share.max()) and one["n_payers_min"] == 3


def test_a_contrast_has_the_worst_of_both_populations(persons):
    cells, units, _ = made_of(persons)
    other = made_of(persons.assign(amount=10.0))[0].assign(population="others")
    both = conform(pd.concat([cells, other]), CELLS)
    names = {"population": "others", "contrast": "all", "design": "eligible_relative"}
    estimand = spec(**names)
    counts = tables(pd.DataFrame({"unit": UNITS, "period": "2000", "y": 1.0}), STARTS)[2]
    made, _ = estimate(both, units, counts, [estimand, spec()])
    assert made.groupby("estimand")["largest_share"].max().nunique() == 1
    assert Sampler(both, units).draw(estimand).populations[0].estimand.population == "others"


def test_persons_with_an_amount_are_at_least_those_of_the_month_with_most(persons):
    """In each arm and year, of those where anybody has one; none of a year in which nobody has."""
    cells, units, _ = made_of(persons)
    has = cells["period"].dt.year.ne(2001)
    few = (cells["unit"].eq("u00") & cells["period"].dt.year.eq(2005)).map({True: 2, False: 0})
    arm = cells["unit"].isin(STARTS) & cells["period"].dt.year.eq(2005)
    counts = cells["n_nonzero"].where(~arm, few).where(has, 0)
    amounts = cells["sum_abs"].where(has, 0.0)
    changed = cells.assign(n_nonzero=counts.astype("Int64"), sum_abs=amounts)
    table = amounts_by_arm(changed, draw_sample(changed, units, spec()).frame, spec())
    told = table["n_with_amount_min"]
    years = told.index.get_level_values("period").year
    assert told[years == 2001].isna().all() and told[years != 2001].notna().all()
    assert told[True][years[: len(told[True])] == 2005].tolist() == [2.0]
    assert worst_of(table)["n_with_amount_min"] == 2
