"""Checks of an estimand on one population relative to another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import DIAGNOSTICS, conform
from kuntakokeilu.diagnostics.pretrends import (
    anticipation,
    as_event_study,
    clustered_pre_trend_test,
    permuted_pre_trend_test,
    pre_trend_slope,
)
from kuntakokeilu.diagnostics.rows import check_row, worse
from kuntakokeilu.diagnostics.shocks import shared_shocks
from kuntakokeilu.estimation import draw_sample

from ..estimation.populations import balanced, one_of_two

SHARES = (0.0, 0.4)


@pytest.mark.parametrize("share", SHARES)
def test_in_a_balanced_panel_checks_are_those_of_the_difference(share):
    """Nothing but the factor (N-1)/(N-K) differs from a plain regression of one outcome."""
    cells, units, _ = balanced(share)
    relative, plain = one_of_two(share)
    found, expected = (
        permuted_pre_trend_test(draw_sample(cells, units, as_event_study(e)))
        for e in (relative, plain)
    )
    assert found == pytest.approx(expected, abs=1e-12)
    found, expected = (shared_shocks(draw_sample(cells, units, e)) for e in (relative, plain))
    assert found.ratio == pytest.approx(expected.ratio, abs=1e-10)
    assert found.by_chance == pytest.approx(expected.by_chance, abs=1e-10)
    found, expected = (pre_trend_slope(draw_sample(cells, units, e)) for e in (relative, plain))
    assert found.per_year == pytest.approx(expected.per_year, abs=1e-10)
    width = [each.high - each.low for each in (found, expected)]
    assert width[0] == pytest.approx(width[1], rel=0.02)
    assert found.bias == pytest.approx(expected.bias, abs=1e-10)
    found, expected = (anticipation(draw_sample(cells, units, e)) for e in (relative, plain))
    assert found.estimate == pytest.approx(expected.estimate, abs=1e-10)
    assert found.p_value == pytest.approx(expected.p_value, abs=0.02)
    found, expected = (
        clustered_pre_trend_test(draw_sample(cells, units, as_event_study(e)))
        for e in (relative, plain)
    )
    assert (found.coefficients, found.clusters) == (expected.coefficients, expected.clusters)
    assert found.p_value == pytest.approx(expected.p_value, abs=0.02)


def test_every_check_is_made_of_both_populations(checks):
    made = balanced(0.0)
    relative, _ = one_of_two(0.0)
    changes = {"contrast": None, "spillover_share": None, "population": "others"}
    others = {"estimand": "y.others", "role": "robustness", "design": "spillover"}
    spillover = relative.model_copy(update=changes | others)
    found = checks(*made, [relative, spillover])
    conform(found.reset_index(), DIAGNOSTICS)
    main = found.loc["y.main"]
    expected = {"few_clusters", "largest_cluster_share", "cells_left_out", "inference_agrees"}
    expected |= {"pre_trend", "pre_trend_clustered", "pre_trend_slope", "anticipation"}
    expected |= {"level_differs", "area_shocks", "comparable", "missing_differs"}
    expected |= {"units_left_out", "areas_left_out", "one_cluster_left_out"}
    assert set(main.index) == expected | {"non_eligible_moves"}
    assert "y.others" in main.loc["non_eligible_moves", "statistic"]
    other = spillover.model_copy(update={"population": "all"})  # not those that are taken off
    assert "non_eligible_moves" not in checks(*made, [relative, other]).loc["y.main"].index


def test_a_drift_of_the_others_alone_is_a_drift_of_the_difference(checks):
    cells, units, counts = balanced(0.0)
    trial = units.loc[units["arm"] == "trial", "unit"]
    drift = 3.0 * (cells["period"].astype("int64") - cells["period"].astype("int64").min())
    moved = cells["population"].eq("others") & cells["unit"].isin(trial)
    cells = cells.assign(mean=cells["mean"] + drift * moved)
    for share, verdict in ((0.0, "fail"), (1.0, "pass")):
        relative, _ = one_of_two(share)
        found = checks(cells, units, counts, [relative])
        assert found.loc[("y.main", "pre_trend"), "verdict"] == verdict


def test_the_worse_of_two_verdicts_is_kept():
    own = [check_row("a", "own", 1.0, None, "warn"), check_row("b", "own", 1.0, None, "pass")]
    verdicts = {"a": "warn", "b": "fail", "c": "pass"}
    other = [check_row(name, "theirs", 2.0, None, verdicts[name]) for name in "abc"]
    kept = pd.DataFrame(worse(own, other, "others")).set_index("check")
    assert kept["value"].tolist() == [1.0, 2.0, 2.0]
    assert kept["statistic"].tolist() == ["own", *["theirs (population others)"] * 2]
    assert np.array_equal(kept["verdict"], ["warn", "fail", "pass"])
