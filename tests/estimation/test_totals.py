"""Totals by hand: what is multiplied, by what, and which person-months are counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.estimation import estimate, estimate_totals, treated_person_months
from kuntakokeilu.study import Comparison, Total

from .build import spec, tables
from .followed import STOCKS, asked, collapsed, followed

LABELS = {"role": "main", "label_fi": "a", "label_sv": "a", "label_en": "a"}
EFFECT = {"estimate": -12.0, "ci_low": -20.0, "ci_high": 4.0, "identified": "ok"}
EFFECT |= {"degrees_of_freedom": 6.0, "n_trial_clusters": 3, "n_control_clusters": 4}


def estimates(**changes):
    rows = [
        {"estimand": "y.main", "inference": "cr2_area", **EFFECT, **changes, "leading": True},
        {"estimand": "y.main", "inference": "cluster_area", "estimate": 99.0, "identified": "ok"},
    ]
    return pd.DataFrame(rows).astype({"leading": "boolean"}).fillna({"leading": False})


def total(quantity, **changes):
    row = {"total": "all", "estimand": "y.main", "quantity": quantity}
    return Total(**(row | {"factor": 1.0, "unit": "euros"} | LABELS | changes))


def made(one, person_months=None, **changes):
    return estimate_totals(estimates(**changes), {"y.main": person_months}, [one]).iloc[0]


def numbers(row):
    return row[["multiplier", "estimate", "ci_low", "ci_high"]].tolist()


def test_a_client_costs_the_effect_in_every_month_followed():
    assert numbers(made(total("per_person", months=24))) == [24, -288, -480, 96]


def test_shares_add_up_to_months():
    row = made(total("per_person", months=24, factor=0.01, unit="person-months"))
    assert numbers(row) == pytest.approx([24, -2.88, -4.8, 0.96])


def test_the_whole_group_is_the_effect_in_every_person_month():
    row = made(total("whole_group"), 5000)
    assert numbers(row) == [5000, -60_000, -100_000, 20_000]
    assert pd.isna(row["programme_euros"])
    clusters = ["degrees_of_freedom", "n_trial_clusters", "n_control_clusters"]
    assert row[clusters].tolist() == [6, 3, 4]  # those that the estimate rests on


def test_programme_costs_move_estimate_and_both_ends():
    row = made(total("whole_group_with_programme", programme_euros=7000.0), 5000)
    assert numbers(row) == [5000, -53_000, -93_000, 27_000]
    assert row["programme_euros"] == 7000


def test_unpublished_counts_and_lost_estimates_have_no_total():
    row = made(total("whole_group_with_programme", programme_euros=7000.0), None)
    assert row["identified"] == "no_data" and row[["estimate", "ci_low"]].isna().all()
    row = made(total("whole_group"), 5000, identified="no_control", estimate=np.nan)
    assert row["identified"] == "no_control" and pd.isna(row["estimate"])


@pytest.fixture
def built():
    """Two trial units, one of them treated a year later, and a control; n tells which cell."""
    rows = pd.DataFrame(
        [(u, t, 1.0) for u in ("a", "b", "c") for t in range(2000, 2004)],
        columns=["unit", "period", "y"],
    )
    rows["n"] = rows["unit"].map({"a": 1, "b": 10, "c": 100}) * (rows["period"] - 1999)
    return tables(rows, {"a": "2001", "b": "2002"})


def test_person_months_of_treated_units_and_periods_are_counted(built):
    cells, units, _ = built
    assert treated_person_months(cells, units, spec()) == (2 + 3 + 4) + (30 + 40)
    assert treated_person_months(cells, units, spec(last_period="2002")) == (2 + 3) + 30
    only = Comparison(exclude_areas=["b"])
    assert treated_person_months(cells, units, spec(comparison_rule=only)) == 2 + 3 + 4


def test_one_unpublished_count_makes_the_number_unknown(built):
    cells, units, _ = built
    after = cells["unit"].eq("a") & cells["period"].dt.year.eq(2003)
    assert treated_person_months(cells.assign(n=cells["n"].mask(after)), units, spec()) is None
    before = cells["unit"].eq("a") & cells["period"].dt.year.eq(2000)
    assert treated_person_months(cells.assign(n=cells["n"].mask(before)), units, spec()) == 79


def test_a_stock_counts_every_month_of_its_follow_up():
    people = followed(STOCKS, tuple(range(1, 13)))
    cells, units, counts = collapsed(people)
    asks = asked(1, 12, weights="persons_frozen")
    found = treated_person_months(cells, units, asks)
    assert found == people["treated"].sum()
    rows, _ = estimate(cells, units, counts, [asks])
    one = estimate_totals(rows, {"y.main": found}, [total("whole_group")]).iloc[0]
    area = rows[rows["leading"]].iloc[0]
    assert one["ci_low"] == pytest.approx(area["ci_low"] * found)
