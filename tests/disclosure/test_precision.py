"""Numbers of persons are no finer than the counts behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import AREA_EFFECTS_RELEASED
from kuntakokeilu.disclosure.precision import no_finer, persons_behind, shares_of

RNG = np.random.default_rng(4)
BASE = 10
P_VALUES = [0.0499, 0.0501, 0.0951, 0.1049, 0.0096, 0.0104, 0.31]


def effects(persons):
    """Errors that are a function of persons alone, which anybody could turn around."""
    errors = np.sqrt(900 / np.asarray(persons, float))
    estimates = RNG.normal(size=len(errors))
    return pd.DataFrame(
        {
            "estimand": [f"e{i}" for i in range(len(errors))],
            "estimate": estimates,
            "std_error": errors,
            "ci_low": estimates - 2 * errors,
            "ci_high": estimates + 2 * errors,
            "p_value": RNG.uniform(size=len(errors)),
            "n_units": pd.array([3] * len(errors), dtype="Int64"),
        }
    )


def test_an_error_tells_its_persons_to_no_better_than_the_base():
    """Every count whose error would be shown alike: they reach as far as the base, or further."""
    others = np.arange(1, 3000)
    for n in (12, 35, 90, 240, 700):
        shown = no_finer(effects([n]), pd.Series([n]), BASE)["std_error"].iloc[0]
        alike = [
            m for m in others[abs(others - n) < 10 * BASE]
            if no_finer(effects([m]), pd.Series([m]), BASE)["std_error"].iloc[0] == shown
        ]  # fmt: skip
        assert max(alike) - min(alike) >= BASE / 2


def test_an_interval_tells_its_error_no_better():
    frame = effects([35])
    shown = no_finer(frame, pd.Series([35]), BASE)
    step = abs(frame["std_error"] * BASE / (2 * 35)).iloc[0]
    moved = [m for m in np.linspace(0, step, 50) if
             no_finer(frame.assign(ci_high=frame["ci_high"] + m), pd.Series([35]), BASE)[
                 "ci_high"].iloc[0] == shown["ci_high"].iloc[0]]  # fmt: skip
    assert shown["ci_high"].iloc[0] != frame["ci_high"].iloc[0] and len(moved) > 1


def test_a_large_sample_keeps_three_digits_and_an_estimate_a_hundredth_of_its_error():
    frame = effects([40_000] * 200)
    shown = no_finer(frame, pd.Series([40_000.0] * 200), BASE)
    assert (shown["std_error"] / frame["std_error"] - 1).abs().max() <= 0.005
    assert ((shown["estimate"] - frame["estimate"]).abs() <= frame["std_error"] / 100).all()
    assert (shown["std_error"].astype(str).str.replace("0.", "").str.len() <= 3).all()


def test_a_p_value_keeps_its_side_of_usual_levels():
    frame = effects([15] * 7).assign(p_value=P_VALUES)
    shown = no_finer(frame, pd.Series([15.0] * 7), BASE)["p_value"]
    for level in (0.01, 0.05, 0.1):
        assert shown.lt(level).eq(frame["p_value"].lt(level)).all()


def test_rows_of_one_estimate_are_rounded_alike():
    frame = effects([50, 50]).assign(estimand="e", estimate=1.23456, term="att")
    frame = frame.assign(event_time=None, window=None, leading=[False, True])
    frame["std_error"] = [0.0071, 0.83]
    shown = no_finer(frame, pd.Series([5000.0, 5000.0]), BASE)["estimate"]
    assert shown.nunique() == 1 and shown.iloc[0] == pytest.approx(1.235, abs=0.005)


def test_whole_numbers_and_missing_ones_stay():
    frame = effects([50, 60])
    frame.loc[1, ["estimate", "std_error", "p_value"]] = np.nan
    shown = no_finer(frame, pd.Series([np.nan, 60.0]), BASE)
    assert shown["n_units"].tolist() == [3, 3]
    assert shown.loc[1, ["estimate", "std_error", "p_value"]].isna().all()


def test_a_column_without_a_rule_has_four_digits():
    frame = effects([50]).assign(new_column=0.1862602805999033)
    assert no_finer(frame, pd.Series([50.0]), BASE)["new_column"].iloc[0] == 0.1863


def test_shares_tell_their_counts_no_better_than_rounded_ones():
    whole = pd.Series([2070.0])
    shown = shares_of(pd.Series([385 / 2067]), whole, BASE).iloc[0]
    alike = [
        k for k in range(2067) if shares_of(pd.Series([k / 2067]), whole, BASE).iloc[0] == shown
    ]
    assert 385 in alike and len(alike) >= BASE


def test_persons_are_those_of_the_same_row():
    released = pd.DataFrame({"estimand": ["b", "a", "c"], "area": ["x", "x", None]})
    restricted = pd.DataFrame(
        {"estimand": ["a", "b", "c"], "area": ["x", "x", None], "n_persons_min": [11, 22, 33]}
    )
    found = persons_behind(released, AREA_EFFECTS_RELEASED, [restricted])
    assert found.tolist() == [22.0, 11.0, 33.0]
    assert persons_behind(released, AREA_EFFECTS_RELEASED, [released]).isna().all()
