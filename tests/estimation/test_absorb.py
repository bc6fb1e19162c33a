"""Effects taken out of columns, and of their cross products, by regressions with dummies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from kuntakokeilu.estimation.absorb import absorber, left_beside, partial_out, products_beside
from kuntakokeilu.estimation.bordered import (
    connected,
    inverse_of,
    less_first_of_border,
    lower_factor,
)
from kuntakokeilu.estimation.designs import Design, Term
from kuntakokeilu.estimation.fit import fit, only_coefficient

CASES = {
    "periods": {},
    "regions by period": {"regions": 3},
    "trends": {"trend": True},
    "period alone": {"units": False},
    "unit alone": {"periods": False},
}


def case(regions=1, trend=False, units=True, periods=True, seed=0, n=14, t=9):
    """Effects, weights and a few columns, most of them zero, of a panel with gaps."""
    rng = np.random.default_rng(seed)
    unit, period = (each.ravel() for each in np.mgrid[:n, :t])
    there = rng.random(n * t) > 0.15
    unit, period = unit[there], period[there]
    effects = {"unit": unit} if units else {}
    if periods:
        effects["period"] = (unit % regions) * t + period
    if trend:
        effects["trend"] = period.astype(float)
    x = rng.normal(size=n)[unit]
    dummies = [(unit // 2 == g) & (period > 4) for g in range(4)]
    columns = np.column_stack([*dummies, *(x * (period == p) for p in (2, 5, 6))]) * 1.0
    return pd.DataFrame(effects), rng.uniform(0.5, 3.0, len(unit)), columns


def by_dummies(effects, w, columns):
    """Residuals of a regression on all dummies, and on a slope in time for each unit."""
    names = [name for name in effects if name != "trend"]
    every = pd.get_dummies(effects[names].astype(str)).to_numpy(float)
    if "trend" in effects:
        slopes = pd.get_dummies(effects["unit"]).to_numpy(float) * effects[["trend"]].to_numpy()
        every = np.hstack([every, slopes])
    root = np.sqrt(w)[:, None]
    return columns - every @ np.linalg.lstsq(root * every, root * columns, rcond=1e-12)[0]


@pytest.mark.parametrize("asked", CASES.values(), ids=CASES)
def test_effects_out_of_columns_and_of_their_products(asked):
    effects, w, columns = case(**asked)
    expected = by_dummies(effects, w, columns)
    absorbs = absorber(effects, w)
    np.testing.assert_allclose(absorbs.left(columns), expected, atol=1e-12)
    products = absorbs.products(sparse.csr_array(columns))
    np.testing.assert_allclose(products, expected.T @ (w[:, None] * expected), atol=1e-11)
    assert len(absorbs.blocks) == (0 if len(effects.columns) == 1 else asked.get("regions", 1))


@pytest.mark.parametrize("asked", CASES.values(), ids=CASES)
def test_controls_are_taken_out_as_by_a_decomposition(asked):
    effects, w, columns = case(**asked)
    columns = np.column_stack([columns, columns[:, 4] + columns[:, 5]])  # one is a sum of others
    absorbs = absorber(effects, w)
    left, products = absorbs.left(columns), absorbs.products(sparse.csr_array(columns))
    expected = partial_out(left[:, :4], left[:, 4:7], w)
    squares = expected.T @ (w[:, None] * expected)
    np.testing.assert_allclose(products_beside(products, 4), squares, atol=1e-11)
    controls = sparse.csr_array(columns[:, 4:])
    found = left_beside(columns[:, :4], controls, products[4:, 4:], absorbs)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("regions", [1, 3])
def test_only_the_coefficient_is_that_of_the_fit(regions):
    effects, w, columns = case(regions)
    rng = np.random.default_rng(1)
    y = 1e3 * rng.normal(size=14)[effects["unit"]] + rng.normal(size=len(w))
    names = [f"c{k}" for k in range(columns.shape[1])]
    design = Design(pd.DataFrame(columns, columns=names), [Term("c0", "att")], effects)
    frame = pd.DataFrame({"y": y, "w": w})
    fitted = fit(frame, design)
    assert only_coefficient(frame, design) == pytest.approx(fitted.params[0], rel=1e-11)


def test_only_the_coefficient_is_none_where_there_is_no_fit():
    effects, w, columns = case()
    y = np.random.default_rng(1).normal(size=len(w))
    frame = pd.DataFrame({"y": y, "w": w})
    twice = pd.DataFrame(np.column_stack([columns[:, 0], columns[:, 0]]), columns=["a", "b"])
    constant = pd.DataFrame({"a": effects["unit"].lt(5).astype(float)})
    for regressors in (twice, constant):
        design = Design(regressors, [Term("a", "att")], effects)
        assert fit(frame, design) is None and only_coefficient(frame, design) is None
    design = Design(pd.DataFrame({"a": columns[:, 0]}), [Term("a", "att")], effects)
    still = frame.assign(y=effects["unit"] * 3.0)
    assert fit(still, design) is None and only_coefficient(still, design) is None
    lacking = Design(design.regressors, design.terms, effects, lacks="no_overlap")
    assert only_coefficient(frame, lacking) is None


@pytest.mark.parametrize("k", [1, 3])
def test_blocks_with_a_border_are_factorised_and_inverted_as_a_whole(k):
    rng = np.random.default_rng(2)
    units, levels = np.repeat(np.arange(6), 2), np.array([0, 3, 3, 5, 1, 4, 1, 1, 2, -1, 4, 1])
    parts = connected(units, levels, 6)
    assert [part.tolist() for part in parts] == [[0, 3, 5], [1, 4], [2]]
    rows = np.zeros((40, 6 + k))
    groups = np.arange(40) % len(parts)
    for g, part in enumerate(parts):
        rows[np.ix_(groups == g, part)] = rng.normal(size=((groups == g).sum(), len(part)))
    rows[:, 6:] = rng.normal(size=(40, k))
    matrix = rows.T @ rows
    lower = lower_factor(matrix, parts)
    np.testing.assert_allclose(lower, np.linalg.cholesky(matrix), atol=1e-12)
    np.testing.assert_allclose(inverse_of(lower, parts), np.linalg.inv(matrix), atol=1e-11)
    less = np.delete(np.delete(matrix, 6, axis=0), 6, axis=1)
    np.testing.assert_allclose(less_first_of_border(lower, 6), np.linalg.cholesky(less), atol=1e-12)
    with pytest.raises(np.linalg.LinAlgError):
        lower_factor(np.zeros_like(matrix), parts)


def test_a_column_that_effects_explain_is_zero_in_products_and_takes_nothing_out():
    """As a covariate that is the same in all of a region, beside effects of region by period."""
    effects, w, columns = case(3)
    alike = 1e4 * np.pi * (effects["unit"] % 3 + 1) * (effects["period"] % 9 == 5)
    absorbs = absorber(effects, w)
    products = absorbs.products(sparse.csr_array(np.column_stack([columns, alike])))
    assert not products[-1].any() and not products[:, -1].any()
    np.testing.assert_array_equal(products_beside(products, 7), products[:7, :7])
    controls = sparse.csr_array(alike.to_numpy()[:, None])
    found = left_beside(columns, controls, products[-1:, -1:], absorbs)
    np.testing.assert_allclose(found, absorbs.left(columns), atol=1e-12)
