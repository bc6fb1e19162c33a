"""From a study's source to cells: bounds for suppressed cells, and outcomes without data."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu import contracts
from kuntakokeilu.cells import build_cells, source_files
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import Classification
from kuntakokeilu.study import DataSettings, OutcomeData

SETTINGS = DataSettings(
    units="municipality",
    classification=2025,
    frequency="M",
    start="2020-02",
    source={"reader": "statfin_long"},
    seed=1,
)
TABLE = {"valid_from": "2013", "valid_to": "", "name_fi": "x", "name_sv": "x", "name_en": "x"}
TABLE |= {"region": "01", "sub_region": "011", "ely": "01"}
CLASSIFICATION = Classification(
    2025,
    pd.DataFrame([{"code": code, **TABLE} for code in ("091", "049")]),
    pd.DataFrame({"code_from": [], "code_to": [], "date": []}, dtype=str),
)
UNITS = pd.DataFrame({"unit": ["049", "091"], "weight_frozen": [10.0, 20.0]})
RAW = pd.DataFrame(
    {
        "kunta": ["091", "091", "049", "049"],
        "month": ["2020-01", "2020-02"] * 2,
        "n": ["7", "...", "0", "5"],
    }
)


def cells(**changes) -> pd.DataFrame:
    outcome = OutcomeData(outcome="open", file="f.csv", column="n", merge="sum", **changes)
    span = ("2020-01", "2020-02")
    made = build_cells(SETTINGS, outcome, span, {"f.csv": RAW}, UNITS, CLASSIFICATION)
    return contracts.conform(made, contracts.CELLS)


def test_a_suppressed_cell_stays_missing_and_a_zero_stays_zero():
    assert cells()["mean"].tolist()[:2] == [0.0, 5.0]
    assert cells()["mean"].isna().tolist() == [False, False, False, True]


def test_a_bound_fills_suppressed_cells_only():
    assert cells(suppressed_as=4)["mean"].tolist() == [0.0, 5.0, 7.0, 4.0]
    assert cells(suppressed_as=1)["sum"].iloc[-1] == 20.0


def test_an_outcome_without_data_reads_nothing_and_has_no_cells():
    outcome = OutcomeData(outcome="later", data="none")
    assert source_files(SETTINGS, outcome) == {}
    made = build_cells(SETTINGS, outcome, ("2020-01", "2020-02"), {}, UNITS, CLASSIFICATION)
    assert contracts.conform(made, contracts.CELLS).empty
    assert all(name.isidentifier() for name in made.columns)


@pytest.mark.parametrize(("limits", "row"), [({"maximum": 6}, 2), ({"minimum": 1}, 4)])
def test_a_value_outside_its_range_is_told_with_its_row(limits, row):
    with pytest.raises(InputError, match=rf"f\.csv, column n, row {row}: expected a value from"):
        cells(**limits)
    assert len(cells(minimum=0, maximum=7)) == 4


def test_a_bound_fills_the_parts_of_a_merged_municipality():
    mergers = pd.DataFrame({"code_from": ["092"], "code_to": ["091"], "date": ["2020-06-01"]})
    ended = pd.DataFrame([{"code": "092", **TABLE, "valid_to": "2019"}])
    table = pd.concat([CLASSIFICATION.municipalities, ended])
    raw = RAW.replace({"kunta": {"049": "092"}})
    raw = pd.concat([raw, RAW[RAW["kunta"] == "049"]], ignore_index=True)
    outcome = OutcomeData(outcome="open", file="f.csv", column="n", merge="sum", suppressed_as=4)
    span = ("2020-01", "2020-02")
    merged = Classification(2025, table, mergers)
    made = build_cells(SETTINGS, outcome, span, {"f.csv": raw}, UNITS, merged)
    assert made.set_index(["unit", "period"])["mean"].loc["091"].tolist() == [7.0, 9.0]
