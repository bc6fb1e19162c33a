"""Bounds leave with the estimate that they are of, and not without it."""

import pandas as pd
import pytest

from kuntakokeilu.contracts import (
    BOUNDS,
    BOUNDS_NUMBERS,
    EQUIVALENCE,
    EQUIVALENCE_NUMBERS,
    POWER_NUMBERS,
    PRE_TREND_POWER,
    conform,
)
from kuntakokeilu.disclosure.bounds import (
    release_bounds,
    release_equivalence,
    release_pre_trend_power,
)

NAMES = ("shown", "failed", "hidden", "none", "no_bounds")
STATUS = ("ok", "failed_diagnostic", "suppressed", "not_identified", "not_identified")
RELEASED = pd.DataFrame(
    {
        "estimand": [f"y.{name}" for name in NAMES],
        "status": ["ok", "failed_diagnostic", "suppressed", "not_identified", "ok"],
    }
)
SHARED = {"outcome": "y", "unit": "points", "estimate": 1.0, "ci_low": 0.5, "ci_high": 1.5}
BOUND = {
    "restriction": "smoothness", "declared": 0.0, "bound": 0.0, "std_error": 0.2, "breakdown": 0.1,
    "degrees_of_freedom": 9.0, "inference": "cluster_area", "periods_per_bin": 3, "n_before": 3,
    "n_after": 2, "seen": 0.3, "last_bin": 0.9, "last_bin_std_error": 0.2, "without_drift": 0.8,
}  # fmt: skip
POWER = {"test": "any", "power": 0.5, "slope": 0.2, "bias": 0.4}
MARGIN = {"margin": 0.5, "p_value": 0.4, "equivalent": False}


def rows(schema, more):
    identified = ["ok", "ok", "ok", "no_data", "too_few_pre_periods"]
    table = [
        {"estimand": f"y.{name}", "identified": why, **SHARED, **more}
        for name, why in zip(NAMES, identified, strict=True)
    ]
    return conform(pd.DataFrame(table)[list(schema.columns)], schema)


@pytest.mark.parametrize(
    ("guard", "schema", "more", "numbers"),
    [
        (release_bounds, BOUNDS, BOUND, BOUNDS_NUMBERS),
        (release_pre_trend_power, PRE_TREND_POWER, POWER, POWER_NUMBERS),
        (release_equivalence, EQUIVALENCE, MARGIN, EQUIVALENCE_NUMBERS),
    ],
)
def test_numbers_leave_only_with_their_estimate(guard, schema, more, numbers):
    made = rows(schema, more)
    left = guard(made, RELEASED)
    assert tuple(left["status"]) == STATUS
    shown = left["status"].isin(["ok", "failed_diagnostic"])
    assert left.loc[shown, list(numbers)].notna().all(axis=None)
    assert left.loc[~shown, list(numbers)].isna().all(axis=None)
    told = {"estimand", "outcome", "unit", "restriction", "declared", "inference"}
    told |= {"periods_per_bin", "test", "power", "margin", "identified"}
    assert set(schema.columns) <= told | set(numbers)  # no other number leaves


def test_one_number_that_is_hidden_hides_all_of_the_estimate():
    """Of windows, say, of which one rests on too few persons."""
    several = pd.concat(
        [RELEASED, pd.DataFrame({"estimand": ["y.shown"], "status": ["suppressed"]})]
    )
    left = release_bounds(rows(BOUNDS, BOUND), several).set_index("estimand")
    assert left.loc["y.shown", "status"] == "suppressed"
    assert pd.isna(left.loc["y.shown", "ci_low"])
