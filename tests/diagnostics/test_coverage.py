"""Coverage counts the units that the leading comparison compares, with and without a value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.diagnostics import coverage, covered
from kuntakokeilu.study import Comparison

from ..estimation.build import build_study, spec, tables


@pytest.fixture
def toy():
    """Two trial units, two controls and one outside, over three years; n is known but once."""
    rows = pd.DataFrame(
        [(u, t, 10.0 * i + t - 2000, 5) for i, u in enumerate("abcde") for t in (2000, 2001, 2002)],
        columns=["unit", "period", "y", "n"],
    )
    return rows.assign(n=rows["n"].astype("Int64"))


def table(rows, rule, **columns):
    cells, units, _ = tables(rows, {"a": "2001", "b": "2001"}, **columns)
    found = coverage(cells, units, spec(comparison_rule=rule))
    return found.set_index(["arm", found["period"].dt.year])


def test_only_compared_units_are_counted(toy):
    found = table(toy, Comparison(exclude_units=["e"]))
    assert found["n_units"].eq(2).all() and found["n_known"].eq(2).all()
    assert found.loc[("control", 2001), "mean"] == pytest.approx((21 + 31) / 2)
    assert found.loc[("trial", 2002), "mean"] == pytest.approx((2 + 12) / 2)
    assert found["n_persons"].eq(10).all()


def test_unknown_values_and_absent_rows_lower_the_known_alone(toy):
    gaps = toy.assign(y=toy["y"].mask(toy["unit"].eq("c")))  # no value in any year
    gaps = gaps[~(gaps["unit"].eq("a") & gaps["period"].eq(2000))]  # no row
    found = table(gaps, Comparison(exclude_units=["e"]))
    assert found["n_units"].eq(2).all()
    assert found.loc["control", "n_known"].eq(1).all()
    assert found.loc["trial", "n_known"].tolist() == [1, 2, 2]
    assert found.loc[("trial", 2000), "mean"] == 10.0


def test_a_year_without_any_value_has_no_mean(toy):
    toy["y"] = toy["y"].mask(toy["period"].eq(2000))
    found = table(toy, Comparison())
    assert found.loc[("control", 2000), "n_known"] == 0
    assert np.isnan(found.loc[("control", 2000), "mean"])
    assert pd.isna(found.loc[("control", 2000), "n_persons"])


def test_persons_are_unknown_if_one_count_is(toy):
    toy.loc[toy["unit"].eq("d") & toy["period"].eq(2002), "n"] = pd.NA
    found = table(toy, Comparison())
    assert pd.isna(found.loc[("control", 2002), "n_persons"])
    assert found.loc[("control", 2001), "n_persons"] == 15


def test_transform_and_weights_of_the_estimand_do_not_matter(toy):
    cells, units, _ = tables(toy, {"a": "2001", "b": "2001"})
    plain = coverage(cells, units, spec())
    other = coverage(cells, units, spec(transform="log", weights="persons_frozen"))
    pd.testing.assert_frame_equal(plain, other)


def test_no_cells_give_no_rows(toy):
    cells, units, _ = tables(toy, {"a": "2001"})
    assert coverage(cells.head(0), units, spec()).empty


@pytest.mark.real_data
def test_counts_are_those_of_the_leading_estimate(config, data_folder):
    """117 and 175 units, as in the estimates: Åland is in no arm."""
    built = build_study(config, data_folder, "open_2021")
    cells, units, _ = built.tables("vacancies")
    found = coverage(cells, units, built.estimand("vacancies.main"))
    assert set(found.groupby("arm")["n_units"].agg(set).map(tuple)) == {(117,), (175,)}
    mine = units.assign(arm=units["arm"].mask(units["region"].eq("21"), "neither")).set_index(
        "unit"
    )["arm"]
    known = cells[cells["mean"].notna()].assign(arm=lambda c: c["unit"].map(mine))
    expected = known[known["arm"].ne("neither")].groupby(["arm", "period"]).size()
    got = found.set_index(["arm", "period"])["n_known"]
    assert got[got > 0].to_dict() == expected.to_dict()


def test_the_units_behind_a_mean_are_those_it_is_of(toy):
    gaps = toy.assign(y=toy["y"].mask(toy["unit"].eq("c")))
    cells, units, _ = tables(gaps, {"a": "2001", "b": "2001"})
    estimand = spec(comparison_rule=Comparison(exclude_units=["e"]))
    found = covered(cells, units, estimand, ("2001", "2002"))
    assert sorted(set(found["unit"])) == ["a", "b", "d"]
    keys = ["outcome", "arm", "period"]
    table = coverage(cells, units, estimand, ("2001", "2002"))
    table = table.assign(period=table["period"].astype(str)).set_index(keys).sort_index()
    groups = found.groupby(keys)
    pd.testing.assert_series_equal(groups["mean"].mean(), table["mean"])
    assert groups.size().tolist() == table["n_known"].tolist()
    assert groups["n_persons"].sum().tolist() == table["n_persons"].tolist()
