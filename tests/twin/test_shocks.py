"""Shocks of areas: what is taken out of stocks, what is left, and where their size comes from."""

from __future__ import annotations

import numpy as np
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.twin import TwinSettings
from kuntakokeilu.twin.shocks import LAGS, ar1, area_residuals, moments, read_shocks

MONTHS, AREAS = 96, 400


@pytest.fixture(scope="module")
def own():
    """Return what areas do of their own: an AR(1) of standard deviation 0.1."""
    return 0.1 * ar1(np.random.default_rng(1), AREAS, MONTHS, 0.9).T


def test_levels_months_and_seasons_are_taken_out(own):
    rng = np.random.default_rng(2)
    level, month = rng.normal(5, 1, AREAS), rng.normal(0, 0.3, (MONTHS, 1))
    season = np.tile(rng.normal(0, 0.2, (12, AREAS)), (MONTHS // 12, 1))
    stock = np.exp(level + month + season + own)
    np.testing.assert_allclose(area_residuals(stock), area_residuals(np.exp(own)), atol=1e-12)


def test_moments_are_those_of_the_process(own):
    values = moments(own - own.mean())
    expected = [0.1, *(0.9 ** np.array(LAGS))]
    np.testing.assert_allclose(values, expected, atol=0.03)


def test_chance_of_who_is_drawn_stays_out_of_two_halves(own):
    one, two = (own + np.random.default_rng(k).normal(0, 0.1, own.shape) for k in (3, 4))
    np.testing.assert_allclose(moments(one, two)[:2], [0.1, 0.9], atol=0.03)
    assert moments(one)[0] > 0.13


def test_size_comes_from_the_table_unless_the_study_says_it(config):
    assert read_shocks(config, TwinSettings()) == (0.096, 0.92)
    assert read_shocks(config, TwinSettings(shock_sd=0.0)) == (0.0, 0.92)


@pytest.mark.parametrize(
    "rows",
    [
        "shock_sd,0.1,a",
        "shock_sd,0.1,a\nshock_sd,0.2,b",
        "shock_sd,0.1,a\nshock_persistence,1,b",
    ],
)
def test_a_table_that_says_no_process_is_refused(tmp_path, rows):
    (tmp_path / "registers").mkdir()
    (tmp_path / "registers" / "twin_shocks.csv").write_text(f"parameter,value,source\n{rows}\n")
    with pytest.raises(InputError, match=r"twin_shocks.csv: expected shock_sd"):
        read_shocks(tmp_path, TwinSettings())
