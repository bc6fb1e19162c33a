"""Group-time effects of many units: the numbers of `callaway_santanna`, and R's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation.callaway_santanna import Options, aggregate, group_times
from kuntakokeilu.estimation.grid import NEVER, UnitGrid
from kuntakokeilu.estimation.group_time_large import KINDS, many_group_times

COLUMN = {"group": "group", "calendar": "period", "dynamic": "since"}


def world(n=240, periods=7, k=2, seed=0, weighted=True):
    """Units that start in period 2, 3 or 5, or never, by chances that follow from covariates."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), *rng.normal(size=(k, n))])
    lean = x @ np.r_[0.2, 0.5 * np.ones(k)] + rng.logistic(size=n)
    first = np.where(lean > 0.4, rng.choice([2, 3, 5], n), -1)
    first[0] = 0  # treated all the time: in no comparison
    y = rng.normal(size=(n, periods)).cumsum(axis=1) + np.outer(x[:, -1], np.arange(periods))
    y += np.where(first[:, None] >= 0, np.maximum(np.arange(periods) - first[:, None], 0), 0)
    w = rng.uniform(0.5, 3.0, n) if weighted else np.ones(n)
    return y, first, x, w


def slowly(y, first, x, w):
    """The same by `callaway_santanna`, each unit's influence on each cell in memory."""
    n, periods = y.shape
    starts = np.where(first < 0, NEVER, first)
    unit, period = np.divmod(np.arange(n * periods), periods)
    weights = np.repeat(w[:, None], periods, axis=1)
    grid = UnitGrid(y, weights, starts, np.arange(periods), unit, period,
                    np.unique(first[first >= 0]))  # fmt: skip
    found = group_times(grid, x, Options(base="varying"))
    rows = [
        ("effect", row.group, row.period, row.estimate, np.sqrt((influence**2).sum()))
        for row, influence in zip(found.cells.itertuples(), found.influence.T, strict=True)
    ]
    numbers = {(kind, g, t): (b, se) for kind, g, t, b, se in rows}
    for kind in KINDS:
        table, influence, _ = aggregate(found, kind)
        for key, b, column in zip(table["key"], table["estimate"], influence.T, strict=True):
            whole = None if pd.isna(key) else int(key)
            numbers[kind, whole, None] = (b, np.sqrt((column**2).sum()))
    return numbers


def key_of(row):
    if row["kind"] == "effect":
        return "effect", row["group"], row["period"]
    key = row.get(COLUMN.get(row["kind"], ""), pd.NA)
    return row["kind"], None if pd.isna(key) else int(key), None


@pytest.mark.parametrize("k", [0, 1, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_numbers_are_those_of_callaway_and_santanna(k, weighted):
    y, first, x, w = world(k=k, weighted=weighted)
    expected = slowly(y, first, x, w)
    rows = many_group_times(y, first, x, w if weighted else None).to_dict("records")
    assert {key_of(row) for row in rows} == set(expected)
    for row in rows:
        estimate, error = expected[key_of(row)]
        assert row["estimate"] == pytest.approx(estimate, rel=1e-9, abs=1e-11), key_of(row)
        assert row["std_error"] == pytest.approx(error, rel=1e-8), key_of(row)


@pytest.mark.real_data
def test_published_numbers_of_mpdta(data_folder):
    """R did 2.5.1, given population: 30 numbers, to 1e-9 and 1e-8."""
    rows = pd.read_csv(data_folder / "benchmarks" / "mpdta.csv")
    wide = rows.pivot(index="countyreal", columns="year", values="lemp")
    units = rows.drop_duplicates("countyreal").set_index("countyreal").loc[wide.index]
    starts = units["first.treat"].astype(int).to_numpy()
    x = np.column_stack([np.ones(len(units)), units["lpop"]])
    first = np.where(starts == 0, -1, starts - 2003)
    found = {
        key_of(row): row for row in many_group_times(wide.to_numpy(), first, x).to_dict("records")
    }
    table = pd.read_csv(data_folder / "benchmarks" / "mpdta_reference_did_2.5.1.csv")
    table = table[table["cfg"] == "lpop|nevertreated|dr"]
    assert len(table) == 30
    for row in table.itertuples():
        if row.what == "gt":
            g, t = (int(part) - 2003 for part in row.key.strip("()").split(","))
            mine = found["effect", g, t]
        else:
            moved = 0 if row.what == "dynamic" else 2003
            key = None if row.key == "overall" else int(row.key) - moved
            mine = found[row.what, key, None]
        assert mine["estimate"] == pytest.approx(row.est, abs=1e-9)
        assert mine["std_error"] == pytest.approx(row.se, rel=1e-8)


def test_what_cannot_be_compared_is_refused():
    y, first, x, w = world()
    with pytest.raises(InputError, match="never treated"):
        many_group_times(y, np.where(first < 0, 2, first), x, w)
    with pytest.raises(InputError, match="without gaps"):
        many_group_times(np.where(y > 2, np.nan, y), first, x, w)
    with pytest.raises(InputError, match="tell the group that starts at 2 from its controls"):
        many_group_times(y, first, np.column_stack([x, (first == 2) * 5.0]), w)
