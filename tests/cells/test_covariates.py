"""Covariates from long files: years, mergers, logarithms, and what a bad file is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from kuntakokeilu.cells.covariates import add_covariates, covariate_files
from kuntakokeilu.contracts import UNITS
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import read_classification
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import CovariateData, read_study

from ..estimation.build import build_study

CONFIG = Path(__file__).resolve().parents[2] / "config"
YEARS = range(2013, 2019)
OF_2025 = read_classification(CONFIG, 2025)


def covariate(kind="level", **changes):
    basics = {"covariate": "known", "file": "known.csv", "column": "value", "kind": kind}
    basics |= {"unit_column": "no", "period_column": "year"}
    basics |= {"first_year": 2013 if kind == "trend" else 2018, "last_year": 2018}
    return CovariateData(**(basics | changes))


def enumerated(known):
    return zip(YEARS, known if isinstance(known, list) else [known] * 6, strict=True)


def long_file(values):
    """Rows of code, year and value as text, from values by code: one number, or one a year."""
    rows = [
        (code, str(year), str(value))
        for code, known in values.items()
        for year, value in enumerated(known)
    ]
    return pd.DataFrame(rows, columns=["no", "year", "value"], dtype=str)


def read(frame, row, classification):
    units = pd.DataFrame({"unit": classification.members()["code"]})
    found = add_covariates(units, [row], {"known.csv": frame}, classification)
    return found.set_index("unit")["x_known"]


def test_level_and_trend(of_2025):
    frame = long_file({"005": [1, 4, 2, 8, 5, 7], "009": 3})
    level = read(frame, covariate(), of_2025)
    assert level["005"] == 7 and level["009"] == 3 and level.isna().sum() == len(level) - 2
    assert read(frame, covariate(first_year=2016), of_2025)["005"] == pytest.approx(20 / 3)
    trend = read(frame, covariate("trend"), of_2025)
    slope = np.polyfit(np.array(YEARS) - 2015.5, [1, 4, 2, 8, 5, 7], 1)[0]
    assert trend["005"] == pytest.approx(slope, abs=1e-12)
    assert trend["009"] == pytest.approx(0.0, abs=1e-12)


def test_codes_without_zeros_and_other_areas(of_2025):
    frame = long_file({"5": 1, "KU009": 2, "SSS": 3, "MK01": 4})
    level = read(frame, covariate(), of_2025)
    assert level["005"] == 1 and level["009"] == 2 and level.notna().sum() == 2


def test_counts_of_merged_municipalities_add_up_and_rates_are_averaged(of_2025, of_2024):
    frame = long_file({"507": 6000, "588": 2000})
    assert read(frame, covariate(merge="sum"), of_2025)["507"] == 8000
    assert read(frame, covariate(), of_2025)["507"] == 4000
    log = read(frame, covariate(merge="sum", transform="log"), of_2025)["507"]
    assert log == pytest.approx(np.log(8000), abs=1e-12)
    assert read(frame, covariate(merge="sum"), of_2024)[["507", "588"]].tolist() == [6000, 2000]


def test_growth_is_the_slope_of_the_logarithm(of_2025):
    frame = long_file({"005": [1000 * 1.02**t for t in range(6)]})
    growth = read(frame, covariate("trend", transform="log"), of_2025)["005"]
    assert growth == pytest.approx(np.log(1.02), abs=1e-9)


@pytest.mark.parametrize("gap", ["", "..", "NA"])
def test_one_unknown_year_makes_a_covariate_unknown(of_2025, gap):
    frame = long_file({"005": [1, gap, 3, 4, 5, 6], "009": 3, "507": 5, "588": [1] * 5 + [gap]})
    trend = read(frame, covariate("trend"), of_2025)
    assert np.isnan(trend["005"]) and trend["009"] == pytest.approx(0.0)
    assert read(frame, covariate(), of_2025)["005"] == 6
    assert np.isnan(read(frame, covariate(merge="sum"), of_2025)["507"])  # a part is not known


@limits(deadline=None, max_examples=10)
@given(st.lists(st.floats(-1e3, 1e3), min_size=6, max_size=6), st.floats(-1e3, 1e3))
def test_a_drift_adds_to_the_trend_and_a_level_does_not(values, drift):
    moved = [value + drift * t + 7 for t, value in enumerate(values)]
    frame = long_file({"005": values, "009": moved})
    trend = read(frame, covariate("trend"), OF_2025)
    assert trend["009"] - trend["005"] == pytest.approx(drift, abs=1e-8)


GOOD = {"005": 1, "009": 2}
BAD = {
    "text": (long_file({"005": "many"}), {}, "known.csv, column value, row 7: expected a number"),
    "year that is none": (
        long_file(GOOD).assign(year="MMXV"),
        {},
        "known.csv, column year, row 2: expected a period such as 2021",
    ),
    "unknown code": (long_file({"999": 1}), {}, "known.csv, column no, row 7: 999 is no muni"),
    "year not there": (
        long_file(GOOD),
        {"first_year": 2009, "last_year": 2014},
        "known.csv, column year: no rows of 2009, 2010, 2011, 2012",
    ),
    "year twice": (pd.concat([long_file(GOOD)] * 2, ignore_index=True), {}, "2018 twice"),
    "log of zero": (
        long_file({"005": 0}),
        {"transform": "log"},
        "known.csv, column value, row 7: expected a positive number",
    ),
    "no value at all": (
        long_file({"005": "", "009": ".."}),
        {},
        "known.csv, column value: no municipality has a value in every year 2018 to 2018",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_told_in_one_line(of_2025, case):
    frame, changes, expected = BAD[case]
    with pytest.raises(InputError) as caught:
        read(frame, covariate(**changes), of_2025)
    assert expected in str(caught.value) and "\n" not in str(caught.value)


def test_each_file_is_named_once_with_all_its_columns():
    rows = [covariate(), covariate(column="other"), covariate(file="more.csv")]
    assert covariate_files(rows) == {
        "known.csv": ["no", "year", "value", "other"],
        "more.csv": ["no", "year", "value"],
    }
    assert covariate_files([]) == {}


@pytest.mark.real_data
@pytest.mark.parametrize("study", ["open_2012", "open_2017", "open_2021"])
def test_open_data_against_pandas(config, data_folder, study):
    units = UNITS.validate(build_study(config, data_folder, study).units).set_index("unit")
    for name, row in read_study(config, study).covariates.items():
        raw = read_csv(data_folder / row.file)
        years = raw[raw["year"].astype(int).between(row.first_year, row.last_year)]
        years = years[~years["no"].isin(["099", "588", "214", "507"])]  # merged since
        values = pd.to_numeric(years[row.column])
        values = np.log(values) if row.transform == "log" else values
        wide = values.groupby([years["no"], years["year"].astype(int)]).first().unstack()
        expected = wide.iloc[:, -1]
        if row.kind == "trend":
            slopes = [np.polyfit(wide.columns - 2010, line, 1)[0] for line in wide.to_numpy()]
            expected = pd.Series(slopes, wide.index)
        found = units.loc[expected.index, f"x_{name}"]
        assert found.to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-9, nan_ok=True), name
        assert units.loc[units["region"] != "21", f"x_{name}"].isna().sum() <= 1
    merged = pd.to_numeric(raw.loc[raw["no"].isin(["507", "588"]), "population"])
    last = raw.loc[merged.index, "year"].astype(int) == study_year(study)
    assert units.loc["507", "x_population"] == pytest.approx(np.log(merged[last].sum()), abs=1e-12)


def study_year(study):
    return {"open_2012": 2011, "open_2017": 2016, "open_2021": 2018}[study]


def own_cells(values):
    """Cells of one outcome by unit: monthly means from 2018-01 on, and persons behind them."""
    rows = [
        {"unit": unit, "period": pd.Period("2018-01", "M") + month, "mean": mean, "n": n}
        for unit, months in values.items()
        for month, (mean, n) in enumerate(months)
        if mean is not None
    ]
    return pd.DataFrame(rows).assign(
        outcome="unemployed", population="job_seekers", stratification="none", cohort=None
    )


def of_cells(kind="level", **changes):
    basics = {"covariate": "known", "outcome": "unemployed", "population": "job_seekers"}
    basics |= {"column": "mean", "kind": kind, "first_year": 2018, "last_year": 2019}
    return CovariateData(**(basics | changes))


def from_cells(cells, row, classification):
    units = pd.DataFrame({"unit": classification.members()["code"]})
    return add_covariates(units, [row], {}, classification, cells).set_index("unit")["x_known"]


def test_own_cells_before_the_start_are_covariates(of_2025):
    rising = [(10.0 + month, 5) for month in range(24)]
    cells = own_cells({"005": rising, "009": [(3.0, 20)] * 24})
    level = from_cells(cells, of_cells(), of_2025)
    assert level["005"] == pytest.approx(21.5, abs=1e-12) and level["009"] == 3
    assert level.isna().sum() == len(level) - 2
    trend = from_cells(cells, of_cells("trend"), of_2025)  # twelve months later, twelve more
    assert trend["005"] == pytest.approx(12, abs=1e-12)
    assert trend["009"] == pytest.approx(0, abs=1e-12)
    persons = from_cells(cells, of_cells(column="n", transform="log"), of_2025)
    assert persons["009"] == pytest.approx(np.log(20), abs=1e-12)


def test_a_unit_without_persons_in_a_month_has_no_covariate(of_2025):
    gap = [(4.0, 5)] * 24
    gap[7] = (None, 0)
    found = from_cells(own_cells({"005": gap, "009": [(3.0, 20)] * 24}), of_cells(), of_2025)
    assert np.isnan(found["005"]) and found["009"] == 3


def test_a_covariate_has_one_origin():
    for changes, message in (
        ({"file": "known.csv"}, "unit_column: missing"),
        ({"population": None}, "population: missing"),
        ({"column": "median"}, "expected mean or n"),
    ):
        with pytest.raises(ValueError, match=message):
            of_cells(**changes)


def test_cohorts_are_no_covariates(of_2025):
    cells = own_cells({"005": [(4.0, 5)] * 24}).assign(cohort="2018-02")
    with pytest.raises(InputError, match="without cohorts"):
        from_cells(cells, of_cells(), of_2025)
    with pytest.raises(InputError, match="no cells of its own"):
        from_cells(None, of_cells(), of_2025)
