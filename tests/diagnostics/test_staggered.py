"""Starts that differ: an effect that grows is underestimated, and the check says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.diagnostics.staggered import negative_weight
from kuntakokeilu.estimation import draw_sample, estimate

from ..estimation.build import panel, spec, tables

YEARS = range(2000, 2010)


def made(starts, growth):
    rows, first, clusters = panel(starts, seed=1, years=YEARS)
    since = (rows["period"] - pd.to_numeric(rows["unit"].map(first)) + 1).clip(lower=0).fillna(0)
    rows["y"] = rows["unit"].str[1:].astype(float) + 0.1 * rows["period"] + growth * since
    return tables(rows, first, clusters), since[since > 0].mean() * growth


def test_a_growing_effect_is_missed_and_the_check_warns():
    (cells, units, counts), truth = made([2002] * 6 + [2006] * 6 + [None] * 6, growth=1.0)
    estimates, influences = estimate(cells, units, counts, [spec()])
    assert estimates["estimate"][0] < 0.75 * truth
    checks = diagnose(cells, units, counts, estimates, influences, [spec()]).set_index("check")
    assert checks.loc["staggered_starts", "verdict"] == "warn"
    assert checks.loc["staggered_starts", "value"] == 2


def test_no_check_with_one_start():
    (cells, units, counts), _ = made([2004] * 6 + [None] * 6, growth=1.0)
    estimates, influences = estimate(cells, units, counts, [spec()])
    checks = diagnose(cells, units, counts, estimates, influences, [spec()])
    assert "staggered_starts" not in set(checks["check"])
    assert negative_weight(draw_sample(cells, units, spec()).frame, spec()) == 0.0


def test_weights_of_treated_cells_explain_the_estimate():
    (cells, units, _), _ = made([2001] * 9 + [2008] * 2 + [None], growth=1.0)
    frame = draw_sample(cells, units, spec()).frame
    d = frame["treated"].astype(float)
    unit, period = (frame.groupby(key)["treated"].transform("mean") for key in ("unit", "period"))
    residual = d - unit - period + d.mean()  # a balanced panel with equal weights
    share = residual[frame["treated"]] / residual[frame["treated"]].sum()
    assert share.sum() == pytest.approx(1.0)
    expected = float(np.minimum(share, 0).sum())
    assert expected < -0.01
    assert negative_weight(frame, spec()) == pytest.approx(expected, abs=1e-10)
