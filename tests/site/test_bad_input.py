"""Bad input of the portal ends with one message that names it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.topology import Outlines
from kuntakokeilu.report.words.language import read_language
from kuntakokeilu.report.words.policy_calendar import read_calendar
from kuntakokeilu.site.load import outlines_of, read_portal_language
from kuntakokeilu.site.observed import (
    Observed,
    long_table,
    municipal,
    observe,
    refuse_partial_month,
)
from kuntakokeilu.site.pages import pages
from kuntakokeilu.site.places import read_employment_areas
from kuntakokeilu.site.reader import SiteReader
from kuntakokeilu.site.settings import marked_events, read_portal_settings
from kuntakokeilu.site.shown import Numbers
from kuntakokeilu.site.views import map_view


@pytest.fixture
def own(config, tmp_path):
    """A copy of the settings of the portal."""
    folder = tmp_path / "config"
    (folder / "site").mkdir(parents=True)
    for name in ("site/site.yaml", "site/texts.csv", "employment_areas.csv"):
        shutil.copy(config / name, folder / name)
    return folder


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_settings_are_read(own):
    assert next(iter(read_portal_settings(own).indicators)) == "rate"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("covid: {first: 2020-03", "covid: {first: 2020-13", "covid.first"),
        ("classification: 2026", "clasification: 2026", "classification"),
        (
            "unemployed: {of: [TYOTTOMATLOPUSSA]}",
            "unemployed: {of: []}",
            "indicators.unemployed.of",
        ),
        ("map: [6, 9,", "map: [9, 6,", "rising order"),
    ],
)
def test_a_wrong_setting_is_named(own, old, new, named):
    edit(own / "site" / "site.yaml", old, new)
    with pytest.raises(InputError, match="config/site/site") as error:
        read_portal_settings(own)
    assert named in str(error.value)


def test_an_event_that_the_calendar_lacks_is_named(config):
    settings = read_portal_settings(config)
    calendar = read_calendar(config / "policy_calendar.csv")
    with pytest.raises(InputError, match="2012-09-01 is no day of config/policy"):
        marked_events(calendar[calendar["date"] > "2013"], settings)


def test_a_missing_text_is_named(own):
    edit(own / "site" / "texts.csv", "site.filter,Suodata", "site.filter,,Suodata")
    with pytest.raises(InputError, match=r"texts\.csv, row \d+"):
        read_language("fi", own / "site")


def test_a_key_without_text_is_named(few):
    language = few.languages["sv"]
    texts = {key: text for key, text in language.texts.items() if key != "site.read.4.p"}
    reader = SiteReader(Numbers(few), replace(language, texts=texts), [], "2026-07-25", 30)
    with pytest.raises(
        InputError, match=r"config/site/texts\.csv, column sv: no text site\.read\.4\.p"
    ):
        dict(pages(reader))


def test_a_text_of_the_reports_may_not_be_given_anew(own):
    edit(own / "site" / "texts.csv", "site.title,", "summary.found,")
    with pytest.raises(InputError, match="is in config/labels already"):
        read_portal_language("fi", own)


def test_an_unknown_municipality_is_named(of_2025):
    table = pd.DataFrame({"kunta": ["091", "998"], "month": "2024-01", "U": ["1", "2"]})
    with pytest.raises(InputError, match=r"file\.csv, area, row 3: 998"):
        municipal(table, of_2025, [], [], "file.csv")


def test_a_share_of_merged_municipalities_is_refused(of_2025):
    table = pd.DataFrame({"kunta": ["507", "588"], "month": "2024-01", "R": ["9.1", "8.0"]})
    with pytest.raises(InputError, match="R of 507 in 2024-01 is published for parts"):
        municipal(table, of_2025, ["R"], [], "file.csv")


@pytest.mark.parametrize("text", ["12 %", "inf", "n/a"])
def test_what_is_no_number_is_named(of_2025, text):
    table = pd.DataFrame({"kunta": ["091"], "month": "2024-01", "U": [text]})
    with pytest.raises(InputError, match="row 2, column U: expected a number"):
        municipal(table, of_2025, [], [], "file.csv")


def test_a_cell_that_stands_twice_is_named():
    frame = pd.DataFrame({"alue": ["KU005", "5"], "month": ["2024M01", "2024-01"], "U": "1"})
    with pytest.raises(InputError, match="row 3: area 005 in 2024-01 stands there twice"):
        long_table(frame, "alue", "month", {"U": "U"}, "file.csv")


def test_a_partial_month_is_named():
    values = np.ones((2, 40))
    values[1, :5] = np.nan
    columns = {f"{k:03d}": k for k in range(40)}
    found = Observed(["2026-06", "2026-07"], columns, {"U": values}, {"U": np.isnan(values)})
    with pytest.raises(InputError, match=r"2026-07: U has no value for 5 of 40 municipalities"):
        refuse_partial_month(found, list(columns), "U")
    values[1, :4] = 1  # one in forty may be suppressed
    refuse_partial_month(found, list(columns), "U")


def test_a_later_table_counts_and_a_month_between_is_a_hole(of_2025):
    def table(month, value):
        frame = pd.DataFrame({"kunta": ["091"], "month": month, "U": [value]})
        return municipal(frame, of_2025, [], [], "file.csv")

    tables = [table("2024-01", "1"), table("2024-03", "3"), table("2024-01", "")]
    found = observe(tables, ["091"], "2024-01", ["U"])
    assert found.months == ["2024-01", "2024-02", "2024-03"]
    assert found.hidden["U"][:, 0].tolist() == [True, False, False]
    assert np.isnan(found.values["U"][:, 0]).tolist() == [True, True, False]


def test_an_employment_area_without_a_municipality_is_named(own, of_2025):
    edit(own / "employment_areas.csv", "17,297,Kuopio,Kuopio,Kuopio\n", "")
    with pytest.raises(InputError, match="no row for municipality 297"):
        read_employment_areas(own, of_2025)


def test_a_broken_topology_is_named(tmp_path, of_2025):
    path = tmp_path / "broken.json"
    path.write_text(json.dumps({"type": "Topology", "arcs": [], "objects": {}}), encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.json: no area with the property kunta"):
        outlines_of(path, "kunta", of_2025)


def test_an_outline_of_no_municipality_is_named(tmp_path, of_2025):
    square = {"type": "Polygon", "properties": {"kunta": "998"}, "arcs": [[0]]}
    content = {
        "type": "Topology",
        "arcs": [[[25, 60], [26, 60], [26, 61], [25, 60]]],
        "objects": {"a": {"type": "GeometryCollection", "geometries": [square]}},
    }
    path = tmp_path / "strange.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"strange\.json: 998 is no municipality of 2025"):
        outlines_of(path, "kunta", of_2025)


def test_a_municipality_without_outline_is_said_on_the_map(few):
    polygons = {code: parts for code, parts in few.outlines.polygons.items() if code != "297"}
    without = replace(few, outlines=Outlines(polygons, set()))
    reader = SiteReader(Numbers(without), few.languages["fi"], [], "2026-07-25", 30)
    assert map_view(reader)["missing"] == "Kuopio"
    text = reader.page("map", "map", "Kartta", **map_view(reader))
    assert "Kartta-aineistossa ei ole näitä kuntia: Kuopio." in text
