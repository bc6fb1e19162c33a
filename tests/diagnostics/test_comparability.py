"""How well the arms can be told apart."""

import numpy as np
import pytest

from kuntakokeilu.diagnostics.comparability import distinguishability, pre_start_features
from kuntakokeilu.estimation import draw_sample

from ..estimation.build import panel, spec, tables


def auc(simulate, seed, **process):
    cells, units, _ = simulate(seed, **process)
    return distinguishability(draw_sample(cells, units, simulate.estimand()).frame)


def test_arms_alike_are_near_one_half_and_far_apart_near_one(simulate):
    alike = [auc(simulate, seed) for seed in range(3)]
    assert 0.35 < np.mean(alike) < 0.65
    assert max(alike) < 0.7
    assert auc(simulate, 1, selection_level=20.0) > 0.99
    assert auc(simulate, 1, selection_trend=20.0, area_shock_sd=0.0) > 0.99


def test_an_effect_after_the_start_does_not_count(simulate):
    assert auc(simulate, 1, effect=50.0) == pytest.approx(auc(simulate, 1, effect=0.0))


def test_features_by_hand():
    rows, first, clusters = panel([2003] * 2 + [None] * 2, missing=0.0)
    cells, units, _ = tables(rows, first, clusters)
    units["weight_frozen"] = [1.0, np.e, 1.0, 1.0]
    features = pre_start_features(draw_sample(cells, units, spec()).frame)
    before = rows[(rows["unit"] == "u01") & (rows["period"] < 2003)]
    slope, _ = np.polyfit(before["period"] - 2001, before["y"], 1)
    assert features.loc["u01", "level"] == pytest.approx(before["y"].mean(), abs=1e-12)
    assert features.loc["u01", "drift"] == pytest.approx(slope, abs=1e-12)
    assert features.loc["u01", "log_size"] == pytest.approx(1.0)


def test_one_period_before_the_start_shows_no_drift():
    rows, first, clusters = panel([2001] * 2 + [None] * 2)
    cells, units, _ = tables(rows, first, clusters)
    units["weight_frozen"] = 1.0
    features = pre_start_features(draw_sample(cells, units, spec()).frame)
    assert list(features.columns) == ["trial", "cluster", "w", "level", "log_size"]
    levels = rows[rows["period"] == 2000].set_index("unit")["y"]
    np.testing.assert_allclose(features["level"], levels[features.index])
    assert features.notna().all(axis=None) and len(features) == 4


def test_too_small_a_sample_has_none():
    rows, first, clusters = panel([2003] * 9 + [None] * 12)
    cells, units, _ = tables(rows, first, clusters)
    assert distinguishability(draw_sample(cells, units, spec()).frame) is None
