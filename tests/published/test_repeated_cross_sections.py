"""R's 60 numbers of repeated cross-sections, and of a panel with gaps that is read as such."""

from __future__ import annotations

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from kuntakokeilu.estimation import draw_sample, estimate_one
from kuntakokeilu.estimation.callaway_santanna import Options, group_times
from kuntakokeilu.estimation.grid import NEVER, UnitGrid

from ..estimation.build import build_study
from .test_staggered_numbers import found_by

pytestmark = pytest.mark.real_data

OPTIONS = Options(base="varying", compares="cross_sections")
ESTIMAND = "log_employment.doubly_robust"


@pytest.fixture
def with_gaps(config, tmp_path):
    """The study of mpdta on the panel of which six rows are gone, told by configuration alone."""
    shutil.copytree(config, tmp_path / "config")
    study = tmp_path / "config" / "studies" / "benchmark_mpdta"
    text = (study / "study.yaml").read_text(encoding="utf-8")
    path = "path: benchmarks/mpdta.csv"
    assert path in text
    text = text.replace(path, "path: benchmarks/mpdta_unbalanced.csv\n  balanced: false")
    (study / "study.yaml").write_text(text, encoding="utf-8")
    rows = pd.read_csv(study / "estimands.csv", dtype=str)
    rows["compares"] = np.where(rows["estimand"] == ESTIMAND, "cross_sections", None)
    rows.to_csv(study / "estimands.csv", index=False)
    return tmp_path / "config"


def tables_of(config, data_folder):
    """A study and its tables. One county is not seen in 2003: its covariate is that of 2004."""
    built = build_study(config, data_folder, "benchmark_mpdta")
    cells, units, counts = built.tables("log_employment")
    values = pd.read_csv(data_folder / "benchmarks" / "mpdta.csv").drop_duplicates("countyreal")
    known = dict(zip(values["countyreal"].astype(int).astype(str), values["lpop"], strict=True))
    units = units.assign(x_lpop=units["x_lpop"].fillna(units["unit"].map(known)))
    return built.estimand(ESTIMAND), (cells, units, counts)


def frame_of(config, data_folder):
    asked, made = tables_of(config, data_folder)
    return draw_sample(*made[:2], asked).frame


def numbers_of(frame):
    units = frame.drop_duplicates("unit")
    x = np.column_stack([np.ones(len(units)), units["x_lpop"]])
    return UnitGrid.of(frame), x


def reference(data_folder, name):
    table = pd.read_csv(data_folder / "benchmarks" / "mpdta_reference_did_2.5.1.csv")
    return table[table["cfg"] == f"lpop|nevertreated|dr|{name}"]


def agree(table, found):
    """Hold 30 estimates to 1e-6 and errors to 7e-3; see `test_errors_of_r_with_its_sign`."""
    assert len(table) == 30
    for row in table.itertuples():
        estimate, error = found[row.what, row.key]
        assert estimate == pytest.approx(row.est, abs=1e-6)
        assert error == pytest.approx(row.se, rel=7e-3)


def test_every_row_a_unit_of_its_own(config, data_folder):
    frame = frame_of(config, data_folder)
    grid, x = numbers_of(frame.assign(unit=np.arange(len(frame))))
    assert (grid.w > 0).sum() == len(grid.w) == 2500
    agree(reference(data_folder, "rcs"), found_by(grid, x, OPTIONS, None))


def test_a_panel_with_gaps(with_gaps, data_folder):
    asked, made = tables_of(with_gaps, data_folder)
    frame = draw_sample(*made[:2], asked).frame
    assert len(frame) == 2494
    grid, x = numbers_of(frame)
    table = reference(data_folder, "unbal")
    agree(table, found_by(grid, x, OPTIONS, None))


@pytest.mark.simulate  # leaves each of 500 counties out
def test_a_panel_with_gaps_through_the_study(with_gaps, data_folder):
    asked, made = tables_of(with_gaps, data_folder)
    table = reference(data_folder, "unbal")
    rows = estimate_one(*made, asked)[0].set_index("inference")
    (simple,) = table[table["what"] == "simple"].itertuples()
    row = rows.loc["cluster_area"]
    assert row["estimate"] == pytest.approx(simple.est, abs=1e-9)
    assert row["std_error"] * np.sqrt(499 / 500) == pytest.approx(simple.se, rel=7e-3)


def earlier_regression(y, later, treated, x):
    """What estimating the controls' regression of the earlier period adds to an effect, by row."""
    chance = sm.GLM(treated.astype(float), x, sm.families.Binomial()).fit(tol=1e-14).predict(x)
    rows = ~later & ~treated
    line = sm.OLS(y[rows], x[rows]).fit()
    odds = (chance / (1 - chance))[rows]
    apart = x[~later & treated].mean(axis=0) - np.average(x[rows], axis=0, weights=odds)
    added = np.zeros(len(y))
    added[rows] = (x[rows] * line.resid[:, None]) @ np.linalg.inv(x[rows].T @ x[rows]) @ apart
    return added


@pytest.mark.parametrize("name", ["rcs", "unbal"])
def test_errors_of_r_with_its_sign(config, data_folder, with_gaps, name):
    """R takes off what estimating the earlier regression adds; so done, errors agree to 1e-8."""
    frame = frame_of(config if name == "rcs" else with_gaps, data_folder)
    units = frame["unit"] if name == "unbal" else pd.Series(np.arange(len(frame)))
    grid, x = numbers_of(frame.assign(unit=units))
    effects, table = group_times(grid, x, OPTIONS), reference(data_folder, name)
    errors = table[table["what"] == "gt"].set_index("key")["se"]
    assert len(effects.cells) == len(errors) == 12
    for cell, influence in zip(effects.cells.itertuples(), effects.influence.T, strict=True):
        there = np.isin(grid.first, [cell.group, NEVER])
        places = [np.flatnonzero(there & (grid.w[:, each] > 0)) for each in (cell.base, cell.at)]
        rows, later = np.concatenate(places), np.repeat([False, True], list(map(len, places)))
        y = grid.y[rows, np.where(later, cell.at, cell.base)]
        added = earlier_regression(y, later, grid.first[rows] == cell.group, x[rows])
        as_r = influence - 2 * np.bincount(rows, added, len(grid.w))
        published = errors[f"({cell.group + 1970}, {cell.period + 1970})"]
        assert np.sqrt((as_r**2).sum()) == pytest.approx(published, rel=1e-8)


def test_a_balanced_panel_has_the_same_effects_but_not_the_same_errors(config, data_folder):
    """Without gaps and with covariates that stay, means of periods and changes are one number."""
    frame = frame_of(config, data_folder)
    grid, x = numbers_of(frame)
    changes = found_by(grid, x, dataclasses.replace(OPTIONS, compares="changes"), None)
    means = found_by(grid, x, OPTIONS, None)
    for key, (estimate, error) in changes.items():
        assert means[key][0] == pytest.approx(estimate, abs=1e-9)
        assert means[key][1] == pytest.approx(error, rel=0.03)
