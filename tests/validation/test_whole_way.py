"""From raw files to cells and back: the long way agrees with the twin's own states."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import EXPOSURE
from kuntakokeilu.twin.clock import START

from .. import twins
from .conftest import CONFIG, to_cells, to_person_months
from .direct import history_cells, stock_cells

KEY = ["population", "cohort", "elapsed", "unit", "period", "outcome"]
STATES = ["registered", "unemployed", "in_service", "unemployed_or_in_service"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("twin")]


POPULATIONS = {"stock": ("stock", {})}


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    """Return the world whose files are read below, without and with the trial."""
    world, pair, _ = twins.simulated(tmp_path_factory)
    return world, *pair


@pytest.fixture(scope="module")
def stocks(tmp_path_factory):
    """Return the folder of the person-months of stocks, made from the files of the world."""
    folder = tmp_path_factory.mktemp("stocks")
    to_person_months(twins.read(tmp_path_factory).typed, folder, ["stock"])
    return folder


def beside(long: pd.DataFrame, short: pd.DataFrame) -> pd.DataFrame:
    """Put the sums of both ways side by side; a cell that one way lacks is missing there."""
    short = short.assign(unit=short["unit"].replace({"588": "507"}))  # merged in 2025
    frames = [
        frame[frame["outcome"].isin(STATES) & frame["population"].isin(POPULATIONS)]
        .groupby(KEY, dropna=False, observed=True)[["n", "sum"]]
        .sum()
        for frame in (long, short)
    ]
    keys = {"left_index": True, "right_index": True}
    return pd.merge(*frames, how="outer", suffixes=("_long", "_short"), **keys)


def test_cells_from_raw_files_are_those_of_the_twin(twin, stocks):
    world, _, observed = twin
    long = to_cells(stocks, POPULATIONS, {name: name for name in STATES})
    both = beside(long, stock_cells(world, observed, ("2018-02", "2019-02", "2021-02")))
    moved = both["n_long"].fillna(0).sub(both["n_short"].fillna(0)).abs().sum()
    # A person without municipality in the files is left out there.
    assert moved <= 0.002 * both["n_short"].sum()
    same = both[both["n_long"] == both["n_short"]]
    # A few statuses are planted as unknown or overlapping.
    gap = same["sum_long"].sub(same["sum_short"]).abs().groupby("outcome").sum()
    assert (gap <= 0.002 * same.groupby("outcome")["n_short"].sum() * 100).all()


def test_who_lives_under_the_trial_is_who_lives_there_in_the_twin(twin, stocks):
    world, _, observed = twin
    people, trial = world.population, world.places.area >= 0
    under = np.zeros(observed.state.shape)
    for t in range(START, len(under)):
        under[t] = 100.0 * trial[people.residence(12 * (t // 12) - 1)]
    stock = ("2021-02",)
    short = stock_cells(world, observed, stock, more={EXPOSURE: under})
    long = to_cells(stocks, POPULATIONS, {EXPOSURE: EXPOSURE}).query("cohort in @stock")
    short = short[short["population"].isin(POPULATIONS)].replace({"unit": {"588": "507"}})
    frames = [frame.groupby(KEY[1:], observed=True)[["n", "sum"]].sum() for frame in (long, short)]
    both = frames[0].join(frames[1], how="outer", suffixes=("_long", "_short"))
    same = both[both["n_long"] == both["n_short"]]
    assert len(same) > 0.98 * len(both)  # without municipality in the files
    # Who has no municipality in a later file is in none of the trial's, and nobody else is lost.
    lost = same["sum_short"] - same["sum_long"]
    assert lost.min() > -1e-6
    assert lost.sum() <= 0.002 * same["sum_short"].sum()
    unit = same.index.get_level_values("unit")
    inside = unit.isin(world.places.code[trial])
    shares = [
        same.loc[each, "sum_long"].sum() / same.loc[each, "n_long"].sum()
        for each in (inside, ~inside)
    ]
    assert shares[0] > 90 > 10 > shares[1] > 1  # both lose some, and the first month is before


def test_histories_from_raw_files_are_those_of_the_twin(twin, stocks):
    """Exits, activation, and what is added up since a stock, to the last person and cent."""
    world, _, observed = twin
    short = history_cells(world, observed, CONFIG, ("2018-02", "2019-02", "2021-02"))
    short = short.assign(unit=short["unit"].replace({"588": "507"}))  # merged in 2025
    names = short["outcome"].unique()
    long = to_cells(stocks, POPULATIONS, {name: name for name in names})
    frames = [frame.groupby(KEY[1:], observed=True)[["n", "sum"]].sum() for frame in (long, short)]
    keys = {"left_index": True, "right_index": True}
    both = pd.merge(*frames, how="outer", suffixes=("_long", "_short"), **keys)
    moved = both["n_long"].fillna(0).sub(both["n_short"].fillna(0)).abs().sum()
    assert moved <= 0.002 * both["n_short"].sum()  # without municipality in the files
    same = both[both["n_long"] == both["n_short"]].groupby("outcome")
    assert (same.size() > 10_000).all() and set(same.groups) == set(names)
    gap = same.apply(lambda cells: (cells["sum_long"] - cells["sum_short"]).abs().max())
    whole = gap.drop(["unemployed_days", "unemployed_days_since_entry"])
    assert (whole < 1e-6).all(), whole
    # The first days of some statuses are planted as unknown.
    lost = same["sum_long"].sum() / same["sum_short"].sum() - 1
    assert (lost.drop(whole.index).between(-0.0005, 0)).all(), lost


def test_eligibility_found_in_files_is_nearly_that_of_the_twin(twin, stocks):
    world, _, observed = twin
    populations = {"eligible_stock": ("stock", {"eligible": True})}
    long = to_cells(stocks, populations, {"registered": "registered"})
    short = stock_cells(world, observed)
    mine = [
        frame[(frame["population"] == "eligible_stock") & (frame["elapsed"] == 0)]
        .query("outcome == 'registered'")
        .groupby("cohort")["n"]
        .sum()
        for frame in (long, short)
    ]
    assert mine[0][mine[1].index].to_numpy() == pytest.approx(mine[1].to_numpy(), rel=0.03)
