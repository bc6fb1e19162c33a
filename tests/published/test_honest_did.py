"""Medicaid expansion and insurance: the example of HonestDiD, from the project's own estimates."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from kuntakokeilu.diagnostics import bound
from kuntakokeilu.estimation import estimate
from kuntakokeilu.estimation.bounds import (
    EventSeries,
    breakdown_relative_magnitudes,
    breakdown_smoothness,
    relative_magnitudes,
    smoothness,
)

from ..estimation.build import build_study

pytestmark = pytest.mark.real_data

YEARS = [2008, 2009, 2010, 2011, 2012, 2014, 2015]
EFFECTS = [-0.005285, -0.011297, -0.002676, -0.001419, 0.000340, 0.046447, 0.069206]
# As HonestDiD's page prints them, ends on a grid of 1,000 points from -20 to 20 standard errors.
RELATIVE = {
    0.5: ("0.0240", "0.0672"),
    1.0: ("0.0170", "0.0720"),
    1.5: ("0.00824", "0.0797"),
    2.0: ("-0.000916", "0.0881"),
}
# As moderndid 0.4.1 has them, on a grid of its own.
ON_ANOTHER_GRID = {
    0.5: (0.0241, 0.0673),
    1.0: (0.0171, 0.0720),
    1.5: (0.0086, 0.0796),
    2.0: (-0.0011, 0.0883),
}
SMOOTH = {
    0.00: ("0.0259", "0.0607"),
    0.01: ("0.0132", "0.0787"),
    0.02: ("0.00286", "0.0907"),
    0.03: ("-0.00714", "0.101"),
    0.04: ("-0.0171", "0.111"),
    0.05: ("-0.0271", "0.121"),
}


@cache
def estimated(config, data_folder):
    """The study with its tables, and its estimates and influence functions."""
    built = build_study(config, data_folder, "benchmark_ehec")
    estimands = [built.estimand(f"insured.{name}", permutations=99) for name in ("main", "by_year")]
    return built, estimands, *estimate(*built.tables("insured"), estimands)


@pytest.fixture
def found(config, data_folder):
    return estimated(config, data_folder)


@pytest.fixture
def first_year(found):
    """The event study, and of it the effect of 2014."""
    _, _, estimates, influences = found
    rows = estimates[estimates["leading"] & estimates["estimand"].eq("insured.by_year")]
    sums = influences[influences["estimand"].eq("insured.by_year")].pivot(
        index="cluster", columns="event_time", values="value"
    )
    rows = rows.set_index("event_time").loc[[int(time) for time in sums.columns]]
    covariance = (sums.T @ sums).to_numpy(float)
    return EventSeries(rows["estimate"].to_numpy(float), covariance, 5, np.array([1.0, 0.0]))


def on_grid(series, low, high):
    """The outermost points of HonestDiD's grid within an interval."""
    reach = 20 * series.std_error
    grid = np.linspace(-reach, reach, 1000)
    inside = grid[(grid >= low) & (grid <= high)]
    return inside.min(), inside.max()


def test_the_event_study(first_year):
    assert first_year.estimates == pytest.approx(EFFECTS, abs=5e-7)


def test_relative_magnitudes_to_the_printed_digits(first_year):
    found = relative_magnitudes(first_year, list(RELATIVE))
    for interval, printed in zip(found, RELATIVE.values(), strict=True):
        said = [f"{end:#.3g}" for end in on_grid(first_year, *interval)]
        assert said == list(printed)


def test_relative_magnitudes_on_another_grid_and_with_other_draws(first_year):
    found = relative_magnitudes(first_year, list(ON_ANOTHER_GRID))
    step = 40 * first_year.std_error / 999
    assert np.abs(found - np.array(list(ON_ANOTHER_GRID.values()))).max() < 1.5 * step


def test_smoothness_to_the_printed_digits(first_year):
    found = smoothness(first_year, list(SMOOTH))
    for interval, printed in zip(found, SMOOTH.values(), strict=True):
        # theirs is searched on a grid of 100 standard errors
        assert interval == pytest.approx([float(end) for end in printed], abs=6e-5, rel=5e-3)


def test_breakdown_values(first_year):
    """Two by their page: the interval of 2 just reaches zero; about 0.03 by its figure."""
    assert breakdown_relative_magnitudes(first_year) == pytest.approx(1.946, abs=0.01)
    breakdown = breakdown_smoothness(first_year)
    assert breakdown == pytest.approx(0.0228, abs=1e-4)
    assert smoothness(first_year, [breakdown])[0, 0] == pytest.approx(0.0, abs=1e-4)


def test_the_study_reports_them_of_the_mean_of_both_years(found, first_year):
    built, estimands, estimates, _ = found
    cells, units, _ = built.tables("insured")
    tables = bound(cells, units, estimates, estimands[:1], built.study.settings.bounds)
    rows = tables.bounds
    assert set(rows["identified"]) == {"ok"}
    mean = (0.046447 + 0.069206) / 2
    assert rows["last_bin"].tolist() == pytest.approx([mean] * 6, abs=1e-6)
    # the estimate compares with the mean of all six years before, of which one is zero
    before = np.array(EFFECTS[:5]).sum() / 6
    assert rows["estimate"].tolist() == pytest.approx([mean - before] * 6, abs=1e-6)
    relative = rows[rows["restriction"] == "relative_magnitudes"]
    assert relative["bound"].tolist() == [0.5, 1.0, 2.0]
    assert (np.diff(relative["ci_high"] - relative["ci_low"]) > 0).all()
    # with 43 states the t of 42 degrees of freedom widens what is normal by 3 %
    normal = replace(first_year, weights=np.array([0.5, 0.5]), base=np.full(5, 1 / 6))
    plain = breakdown_relative_magnitudes(normal)
    assert 0.95 * plain < relative["breakdown"].iloc[0] < plain
    assert tables.pre_trend_power["slope"].gt(0).all()
