"""The map of areas: outlines, their projection and their codes; tiles without outlines."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.topology import decode_arcs, read_outlines, tm35fin, translated
from kuntakokeilu.report.figures.area_map import (
    apart,
    area_map_alt,
    area_map_data,
    area_map_figure,
    shades,
)
from kuntakokeilu.report.words.mergers import lives_on
from kuntakokeilu.study import read_study

from .test_figures import assert_nothing_overlaps, words_of

# Two squares side by side and a third apart with a hole; the middle border is arc 0, which the
# right square takes from its end. Grid steps of half a degree from 25 E, 62 N.
TOPOLOGY = {
    "type": "Topology",
    "transform": {"scale": [0.5, 0.5], "translate": [25.0, 62.0]},
    "arcs": [
        [[2, 0], [0, 2]],
        [[2, 2], [-2, 0], [0, -2], [2, 0]],
        [[2, 0], [2, 0], [0, 2], [-2, 0]],
        [[6, 0], [4, 0], [0, 4], [-4, 0], [0, -4]],
        [[7, 1], [1, 0], [0, 1], [-1, 0], [0, -1]],
    ],
    "objects": {
        "kunnat": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"kunta": "091"}},
                {"type": "Polygon", "arcs": [[2, -1]], "properties": {"kunta": "588"}},
                {"type": "MultiPolygon", "arcs": [[[3], [4]]], "properties": {"kunta": "999"}},
            ],
        }
    },
}
MERGERS = {"588": "507"}


def write(folder, content):
    path = folder / "outlines.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def outlines(tmp_path):
    return read_outlines(write(tmp_path, TOPOLOGY), "kunta")


@pytest.fixture(scope="module")
def release(make):
    """Three trial areas, a control and one in neither arm."""
    rows = [["091", "trial", "Ääri"], ["507", "trial", "Keski"], ["049", "control", ""],
            ["050", "neither", ""], ["051", "trial", "Keski"]]  # fmt: skip
    units = pd.DataFrame([[code, code, code, code, arm, area, area] for code, arm, area in rows],
                         columns=["unit", "name_fi", "name_sv", "name_en", "arm", "area",
                                  "cluster"])  # fmt: skip
    return dataclasses.replace(make.build(make.number()), units=units)


def test_arcs_are_decoded_from_steps_and_from_plain_degrees():
    first = decode_arcs(TOPOLOGY)[1]
    np.testing.assert_allclose(first, [[26, 63], [25, 63], [25, 62], [26, 62]])
    plain = decode_arcs({"arcs": [[[25.5, 60.1], [25.6, 60.2]]]})[0]
    np.testing.assert_allclose(plain, [[25.5, 60.1], [25.6, 60.2]])


def test_rings_close_turn_and_keep_their_holes(outlines):
    for polygons in outlines.polygons.values():
        for ring in (ring for polygon in polygons for ring in polygon):
            np.testing.assert_allclose(ring[0], ring[-1])
            assert len(np.unique(ring.round(3), axis=0)) == len(ring) - 1
    assert [len(p) for p in outlines.polygons["999"]] == [2]
    assert outlines.borders == {frozenset({"091", "588"})}
    corner = np.column_stack(tm35fin(np.array([26.0]), np.array([62.0])))
    for code in ("091", "588"):
        gaps = np.abs(outlines.polygons[code][0][0] - corner).sum(axis=1)
        assert gaps.min() < 1e-6


def test_projection_agrees_with_redfearns_series():
    """An independent expansion, in powers of the longitude (Snyder 1987, eqs. 8-9 to 8-15)."""
    longitude, latitude = np.array([20.0, 24.9384, 27.0, 31.0]), np.array([60.0, 60.1699, 65, 62.5])
    f = 1 / 298.257222101
    e2 = f * (2 - f)
    ep = e2 / (1 - e2)
    p, a = np.radians(latitude), np.radians(longitude - 27) * np.cos(np.radians(latitude))
    n, t, c = 6378137 / np.sqrt(1 - e2 * np.sin(p) ** 2), np.tan(p) ** 2, ep * np.cos(p) ** 2
    m = 6378137 * (
        (1 - e2 / 4 - 3 * e2**2 / 64 - 5 * e2**3 / 256) * p
        - (3 * e2 / 8 + 3 * e2**2 / 32 + 45 * e2**3 / 1024) * np.sin(2 * p)
        + (15 * e2**2 / 256 + 45 * e2**3 / 1024) * np.sin(4 * p)
        - 35 * e2**3 / 3072 * np.sin(6 * p)
    )
    x = a + (1 - t + c) * a**3 / 6 + (5 - 18 * t + t**2 + 72 * c - 58 * ep) * a**5 / 120
    y = a**2 / 2 + (5 - t + 9 * c + 4 * c**2) * a**4 / 24
    y += (61 - 58 * t + t**2 + 600 * c - 330 * ep) * a**6 / 720
    east, north = tm35fin(longitude, latitude)
    np.testing.assert_allclose(east, 500_000 + 0.9996 * n * x, atol=0.01)
    np.testing.assert_allclose(north, 0.9996 * (m + n * np.tan(p) * y), atol=0.01)


def test_known_places_of_the_real_outlines(data_folder, config):
    """Neighbours, places and mergers of the municipalities of 2024 (Statistics Finland)."""
    real = read_outlines(data_folder / "geo" / "municipalities_2024.topo.json", "kunta")
    assert len(real.polygons) == 309
    assert frozenset({"091", "049"}) in real.borders  # Helsinki and Espoo
    assert frozenset({"091", "564"}) not in real.borders  # Helsinki and Oulu
    east, north = real.polygons["091"][0][0].mean(axis=0)
    assert 375_000 < east < 405_000 and 6_665_000 < north < 6_690_000
    units = set(real.polygons) - {"588"}  # Pertunmaa into Mäntyharju
    for study in ("open_2012", "open_2021"):
        successors = lives_on(read_study(config, study).describe())
        assert set(translated(real, successors).polygons) == units


def test_codes_follow_mergers_to_units_of_the_study(outlines):
    named = translated(outlines, MERGERS)
    assert set(named.polygons) == {"091", "507", "999"}
    assert named.borders == {frozenset({"091", "507"})}
    same = translated(outlines, {})  # a study of the time before the merger
    assert set(same.polygons) == {"091", "588", "999"}


@pytest.mark.parametrize(
    ("content", "fault"),
    [({"type": "FeatureCollection"}, "whose type is Topology"),
     ({**TOPOLOGY, "objects": {}}, "no area with the property kunta"),
     ({**TOPOLOGY, "arcs": []}, "expected arcs")],
)  # fmt: skip
def test_bad_outlines_are_refused(tmp_path, content, fault):
    with pytest.raises(InputError, match=fault):
        read_outlines(write(tmp_path, content), "kunta")


def test_map_draws_every_outline_once_in_the_look_of_its_arm(release, outlines, finnish):
    named = translated(outlines, MERGERS)
    data = area_map_data(release, outlines=named)
    assert dict(zip(data["unit"], data["arm"], strict=True))["999"] == "outside"
    assert data.set_index("unit")["number"].dropna().to_dict() == {"051": 1, "507": 1, "091": 2}
    figure = area_map_figure(release, finnish, outlines=named)
    drawn = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    assert sum(len(c.get_paths()) for c in drawn) == 3
    assert len(set(shades(data, named).values())) == 2  # the two areas are neighbours
    said = words_of(figure)
    assert "1 Keski (2)" in said and "2 Ääri (1)" in said and "ETRS-TM35FIN" in said
    legend = [t.get_text() for t in figure.legends[0].get_texts()]
    assert legend == ["kokeilukunnat (3)", "verrokkikunnat (1)", "ei kummassakaan ryhmässä (1)",
                      "ei mukana tutkimuksessa (1)"]  # fmt: skip
    alt = area_map_alt(release, finnish, outlines=named)
    assert "Kokeilukunnat (3)." in alt and "1 Keski (2); 2 Ääri (1)" in alt


def test_without_outlines_there_is_a_tile_per_municipality(release, english, swedish):
    figure = area_map_figure(release, english, outlines=None)
    tiles = figure.axes[0].patches
    assert len(tiles) == len(release.units)
    sizes = {(round(t.get_width(), 9), round(t.get_height(), 9)) for t in tiles}
    assert len(sizes) == 1
    colours = [t.get_facecolor() for t in tiles]
    assert [colours.count(c) for c in dict.fromkeys(colours)] == [3, 1, 1]
    assert "1 Keski (2)" in words_of(figure) and "control municipalities (1)" in words_of(figure)
    assert "jämförelsekommuner (1)" in words_of(area_map_figure(release, swedish, outlines=None))
    assert_nothing_overlaps(figure)


def test_labels_that_would_cover_each_other_move_apart():
    points = np.array([[0.0, 0.0], [0.05, 0.0], [3.0, 3.0]])
    places = apart(points, (0.2, 0.1))
    gap = np.abs(places[0] - places[1])
    assert gap[0] >= 0.2 or gap[1] >= 0.1
    np.testing.assert_allclose(places[2], points[2])
    tiny = apart(points, (0.2, 0.1), np.array([False, False, True]))
    assert np.hypot(*(tiny[2] - points[2])) == pytest.approx(0.12)
