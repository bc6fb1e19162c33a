"""Starts in a second file: joined by unit, partly treated periods left out, faults named."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.cells.panel_starts import CLUSTER, START, starts_notes, with_starts
from kuntakokeilu.cells.unit_panel import panel_units
from kuntakokeilu.errors import InputError
from kuntakokeilu.study import DataSettings, UnitPanelSource

STARTS = {
    "code": ["1", "2", "3", "4"],
    "day": ["2003-01-01", "1.4.2003", "", ""],
    "who": ["north", "south", "south", "west"],
    "status": ["introduced", "introduced", "never", "unknown"],
}


def source(**changes):
    starts = {"path": "starts.csv", "unit": ["code"], "date": "day", "cluster": "who"}
    starts |= {"left_out": {"status": ["unknown"]}} | changes
    return UnitPanelSource(
        reader="unit_panel", path="panel.csv", unit=["no"], period="year", starts=starts,
        balanced=False,
    )  # fmt: skip


def files(**columns):
    rows = [(str(u), str(t)) for u in (1, 2, 3, 4, 5) for t in range(2001, 2006)]
    panel = pd.DataFrame(rows, columns=["no", "year"]).assign(y="1")
    return {"panel.csv": panel, "starts.csv": pd.DataFrame(STARTS | columns)}


def test_a_period_treated_in_part_is_left_out_and_the_next_is_the_start():
    text, joined = with_starts(files(), source(), "Y")
    assert joined.first_treated == START and joined.cluster == CLUSTER and joined.starts is None
    starts = text.groupby("no")[START].first().to_dict()
    assert starts == {"1": "2003", "2": "2004", "3": ""}
    years = text.groupby("no")["year"].apply(list)
    assert "2003" in years["1"] and "2003" not in years["2"] and len(years["3"]) == 5
    settings = DataSettings(units="other", frequency="Y", source=joined, seed=1)
    units = panel_units(text, joined, settings).set_index("unit")
    assert units["cluster"].to_dict() == {"1": "north", "2": "south", "3": "south"}
    assert units["arm"].to_dict() == {"1": "trial", "2": "trial", "3": "control"}


def test_it_may_count_as_treated_instead():
    text, _ = with_starts(files(), source(partly_treated="treated"), "Y")
    mine = text[text["no"] == "2"]
    assert mine[START].unique().tolist() == ["2003"] and len(mine) == 5


def test_units_left_out_are_named():
    notes = starts_notes(files(), source())
    assert len(notes) == 2
    assert "1 unit is not listed in starts.csv and left out: 5" in notes[0]
    assert notes[1].endswith("column status of starts.csv: 4")


FAULTS = {
    "a day that is none": ({"day": ["2003-01-01", "spring", "", ""]}, "column day, row 3: expect"),
    "a unit listed twice": ({"code": ["1", "1", "3", "4"]}, "starts.csv, row 3: unit 1 a second"),
    "no unit in common": ({"code": list("abcd")}, "none of its units, such as a, b, c"),
}  # fmt: skip


@pytest.mark.parametrize(("columns", "told"), FAULTS.values(), ids=FAULTS)
def test_faults_are_named_with_their_place(columns, told):
    with pytest.raises(InputError, match=told):
        with_starts(files(**columns), source(), "Y")


def test_treatment_is_told_in_one_way():
    with pytest.raises(ValueError, match="give one of first_treated"):
        UnitPanelSource(
            reader="unit_panel", path="panel.csv", unit=["no"], period="year",
            first_treated="start", starts={"path": "s.csv", "unit": ["code"], "date": "day"},
        )  # fmt: skip
