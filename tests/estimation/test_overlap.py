"""Trial units that no control is like are left out, by a declared rule."""

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import beyond_reach, draw_sample, estimate_one
from kuntakokeilu.study import Comparison, Overlap

from .build import panel, spec, tables

SIZES = [50.0, 10.0, 2.0, *np.linspace(5.0, 20.0, 9)]


def units(**columns):
    trial = np.arange(12) < 3
    frame = pd.DataFrame({"unit": [f"u{k:02}" for k in range(12)], "trial": trial})
    return frame.assign(weight_frozen=SIZES, **columns)


def test_sizes_beyond_every_control():
    found = beyond_reach(units(), Overlap(), "comparison all")
    assert found.tolist() == ["larger", "", "smaller", *[""] * 9]


def test_a_size_equal_to_the_largest_control_is_within_reach():
    same = units().assign(weight_frozen=[20.0, 5.0, 7.0, *SIZES[3:]])
    assert beyond_reach(same, Overlap(), "comparison all").eq("").all()


def test_covariates_beyond_the_reach_of_controls():
    x = [0.0, 30.0, 0.5, *np.linspace(-1, 1, 9)]
    rule = Overlap(size=False, covariates=["a"])
    assert beyond_reach(units(x_a=x), rule, "c").tolist() == ["", "far", "", *[""] * 9]


def test_a_covariate_that_is_not_known_is_not_far():
    x = [np.nan, 30.0, 0.5, *np.linspace(-1, 1, 9)]
    rule = Overlap(size=False, covariates=["a"])
    assert beyond_reach(units(x_a=x), rule, "c").tolist()[:3] == ["", "far", ""]


def test_without_sizes_nobody_is_guessed():
    unknown = units().assign(weight_frozen=[np.nan, *SIZES[1:]])
    with pytest.raises(InputError, match=r"comparison all: overlap by size needs .* unit u00"):
        beyond_reach(unknown, Overlap(), "comparison all")


def test_without_controls_nobody_is_beyond_them():
    assert beyond_reach(units().assign(trial=True), Overlap(), "c").eq("").all()


def test_a_rule_asks_something():
    with pytest.raises(ValueError, match="expected some, or size: true"):
        Overlap(size=False)


def test_the_estimate_is_that_of_the_others():
    rows, starts, clusters = panel([2004] * 3 + [None] * 9, effect=1.0)
    made = tables(rows, starts, clusters)
    size = dict(zip(sorted(made[1]["unit"]), SIZES, strict=True))
    cells, unit_rows, counts = made
    unit_rows = unit_rows.assign(weight_frozen=unit_rows["unit"].map(size))
    trimmed = spec(comparison_rule=Comparison(overlap=Overlap()))
    frame = draw_sample(cells, unit_rows, trimmed).frame
    assert sorted(frame.loc[frame["trial"], "unit"].unique()) == ["u01"]
    plain = spec(comparison_rule=Comparison(exclude_units=["u00", "u02"]))
    one, _ = estimate_one(cells, unit_rows, counts, trimmed)
    other, _ = estimate_one(cells, unit_rows, counts, plain)
    assert one["estimate"].iloc[0] == other["estimate"].iloc[0]


def test_nobody_left_has_a_named_reason():
    rows, starts, clusters = panel([2004] * 3 + [None] * 9)
    cells, unit_rows, counts = tables(rows, starts, clusters)
    large = unit_rows["unit"].map(lambda name: 99.0 if name < "u03" else 1.0)
    unit_rows = unit_rows.assign(weight_frozen=large)
    trimmed = spec(comparison_rule=Comparison(overlap=Overlap()))
    found, _ = estimate_one(cells, unit_rows, counts, trimmed)
    assert set(found["identified"]) == {"no_trial"}
    assert found["estimate"].isna().all()


def test_who_starts_after_the_last_period_is_a_control_like_others():
    """The largest treated unit is no larger than one that starts after the span."""
    rows, starts, clusters = panel([2004] * 3 + [2020] + [None] * 8, effect=1.0)
    cells, unit_rows, _ = tables(rows, starts, clusters)
    size = dict(zip(sorted(unit_rows["unit"]), [50.0, 10.0, 7.0, 60.0, *SIZES[4:]], strict=True))
    unit_rows = unit_rows.assign(weight_frozen=unit_rows["unit"].map(size))
    trimmed = spec(comparison_rule=Comparison(overlap=Overlap()), last_period="2007")
    frame = draw_sample(cells, unit_rows, trimmed).frame
    assert frame.loc[frame["trial"], "unit"].nunique() == 3
    assert frame.loc[~frame["trial"], "unit"].nunique() == 9
