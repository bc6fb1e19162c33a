"""Where municipalities lie: centres of shapes, known distances, and the errors made of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.path import Path as Outline

from kuntakokeilu.cells import add_centres
from kuntakokeilu.contracts import UNITS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import assignment_table, design_of, draw_sample, estimate, fit
from kuntakokeilu.facts import read_classification
from kuntakokeilu.facts.topology import Outlines, centres, read_centres, read_outlines

from ..estimation.build import build_study

# Market squares and stations of small municipalities: degrees north and east.
TOWNS = {
    "245": (60.4028, 25.1000),  # Kerava
    "186": (60.4737, 25.0899),  # Järvenpää
    "235": (60.2100, 24.7284),  # Kauniainen
    "240": (65.7364, 24.5637),  # Kemi
    "680": (60.4859, 22.1690),  # Raisio
    "418": (61.3139, 23.7531),  # Lempäälä
}
CITIES = {"091": (60.1699, 24.9384), "837": (61.4978, 23.7610)}  # Helsinki, Tampere


def square(west, south, side):
    east, north = west + side, south + side
    return np.array(
        [[west, south], [east, south], [east, north], [west, north], [west, south]], dtype=float
    )


def of(polygons):
    return centres(Outlines({"001": polygons}, set())).loc["001"].to_numpy()


def great_circle(one, other):
    """Kilometres on a sphere of the earth's mean radius."""
    (a, x), (b, y) = np.radians(one), np.radians(other)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin((y - x) / 2) ** 2
    return 2 * 6371.0 * np.arcsin(np.sqrt(half))


@pytest.fixture(scope="module")
def real(data_folder):
    return read_outlines(data_folder / "geo" / "municipalities_2024.topo.json", "kunta")


def test_a_square_has_its_centre_in_kilometres_whichever_way_it_turns():
    ring = square(400_000, 6_700_000, 10_000)
    for each in (ring, ring[::-1]):
        np.testing.assert_allclose(of([[each]]), [405.0, 6705.0], atol=1e-9)


def test_islands_count_by_area_and_holes_for_none():
    large, small = square(0, 0, 20_000), square(40_000, 0, 10_000)
    expected = (np.array([10.0, 10.0]) * 400 + np.array([45.0, 5.0]) * 100) / 500
    np.testing.assert_allclose(of([[large], [small]]), expected, atol=1e-9)
    hole = square(0, 0, 10_000)
    expected = (np.array([10.0, 10.0]) * 400 - np.array([5.0, 5.0]) * 100) / 300
    np.testing.assert_allclose(of([[large, hole]]), expected, atol=1e-9)


@pytest.mark.parametrize("code", ["091", "837", "445"])  # Parainen is made of islands
def test_the_centre_is_the_mean_of_a_fine_grid_of_points_inside(real, code):
    polygons = real.polygons[code]
    points = np.concatenate([ring for rings in polygons for ring in rings])
    axes = [
        np.linspace(low, high, 401) for low, high in zip(points.min(0), points.max(0), strict=True)
    ]
    grid = np.column_stack([each.ravel() for each in np.meshgrid(*axes)])
    inside = np.zeros(len(grid), dtype=bool)
    for outer, *holes in polygons:
        one = Outline(outer).contains_points(grid)
        for hole in holes:
            one &= ~Outline(hole).contains_points(grid)
        inside |= one
    expected = grid[inside].mean(axis=0) / 1000
    np.testing.assert_allclose(centres(real).loc[code], expected, atol=0.25)


@pytest.mark.parametrize(("one", "other"), list(combinations(TOWNS, 2)))
def test_distances_of_small_municipalities_are_those_of_their_towns(real, one, other):
    found = centres(real)
    apart = np.hypot(*(found.loc[one] - found.loc[other]))
    assert apart == pytest.approx(great_circle(TOWNS[one], TOWNS[other]), abs=6.0)


def test_helsinki_and_tampere_are_161_kilometres_apart(real):
    """Tampere's area reaches far north of the city, so that its centre is 15 km from it."""
    assert great_circle(*CITIES.values()) == pytest.approx(161, abs=1)
    found = centres(real)
    assert np.hypot(*(found.loc["091"] - found.loc["837"])) == pytest.approx(161, abs=10)


def test_units_of_a_later_year_have_the_centre_of_all_that_they_are_made_of(
    config, data_folder, real
):
    units = build_study(config, data_folder, "open_2017").units
    placed = conform(add_centres(units, real, read_classification(config, 2025)), UNITS)
    assert placed[["east", "north"]].notna().all(axis=None)
    joined = centres(Outlines({"507": real.polygons["507"] + real.polygons["588"]}, set()))
    mine = placed.set_index("unit").loc["507", ["east", "north"]].astype(float)
    np.testing.assert_allclose(mine, joined.loc["507"], atol=1e-9)
    pd.testing.assert_frame_equal(placed[units.columns], units)


def test_a_municipality_without_an_outline_has_no_centre(config, data_folder, real):
    units = build_study(config, data_folder, "open_2017").units
    fewer = Outlines({k: v for k, v in real.polygons.items() if k != "091"}, real.borders)
    placed = add_centres(units, fewer, read_classification(config, 2025)).set_index("unit")
    assert placed.index[placed["east"].isna()].tolist() == ["091"]


def test_spatial_errors_of_a_real_estimate_pair_by_pair(config, data_folder, real):
    """The released row against a double loop over municipalities."""
    built = build_study(config, data_folder, "open_2017")
    cells, units, counts = built.tables("unemployment_rate")
    units = add_centres(units, real, read_classification(config, 2025))
    estimand = built.estimand("unemployment_rate.main")
    row = estimate(cells, units, counts, [estimand])[0].set_index("inference").loc["conley_spatial"]
    sample = draw_sample(cells, units, estimand)
    design = design_of(sample)
    fitted = fit(sample.frame, design)
    own = pd.Series(fitted.scores @ fitted.bread[:, 0]).groupby(sample.frame["unit"].to_numpy())
    sums = own.sum().to_dict()
    places = units.set_index("unit")[["east", "north"]].T.to_dict("list")
    total, reach = 0.0, estimand.assignment.spatial_reach
    for one, mine in sums.items():
        for other, theirs in sums.items():
            (x, y), (p, q) = places[one], places[other]
            apart = ((x - p) ** 2 + (y - q) ** 2) ** 0.5
            total += max(1 - apart / reach, 0.0) * mine * theirs
    n, k, g = len(sample.frame), fitted.n_params, len(sums)
    expected = np.sqrt(g / (g - 1) * (n - 1) / (n - k) * total)
    assert row["std_error"] == pytest.approx(expected, rel=1e-10)
    assert row["degrees_of_freedom"] == g - 1
    table = assignment_table(cells, units, [estimand]).set_index("inference")
    assert table.loc["conley_spatial", "reason"] == "ok"


def test_the_file_of_centres_is_what_the_outlines_give(config, data_folder):
    found = read_centres(config / "municipality_centres.csv", {})
    outlines = read_outlines(data_folder / "geo" / "municipalities_2024.topo.json", "kunta")
    exact = centres(outlines)
    assert set(found.index) == set(exact.index)
    assert (found - exact.loc[found.index]).abs().to_numpy().max() <= 0.5  # whole kilometres


def test_of_municipalities_that_are_one_today_the_one_that_kept_its_code_counts(tmp_path):
    path = tmp_path / "centres.csv"
    path.write_text("code,east,north\n005,1,2\n009,3,4\n010,5,6\n", encoding="utf-8")
    found = read_centres(path, {"005": "009"})
    assert found.loc["009"].tolist() == [3, 4] and list(found.index) == ["009", "010"]


@pytest.mark.parametrize("rows", ["005,1,2\n005,3,4\n", "005,1,2\n009,x,4\n"])
def test_a_centre_that_is_twice_or_no_number_is_named(tmp_path, rows):
    path = tmp_path / "centres.csv"
    path.write_text(f"code,east,north\n{rows}", encoding="utf-8")
    with pytest.raises(InputError, match=r"centres\.csv, row 3: 00[59]"):
        read_centres(path, {})
