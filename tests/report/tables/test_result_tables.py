"""The result tables hold every number once, and both kinds of CSV give it back."""

import csv
from dataclasses import replace
from io import StringIO

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.io import write_csv, write_text
from kuntakokeilu.report.tables.delimited import excel_csv, machine_table
from kuntakokeilu.report.tables.registry import TABLES
from kuntakokeilu.report.tables.result_tables import (
    EFFECT_COLUMNS,
    EVENT_COLUMNS,
    event_study,
    main_effects,
    robustness,
)
from kuntakokeilu.report.tables.sheets import sheet


def test_every_number_stands_in_one_table_only(rich):
    parts = [main_effects(rich), robustness(rich), event_study(rich)]
    key = ["estimand", "term", "window", "event_time"]
    found = pd.concat(parts).reindex(columns=key)
    numbers = rich.estimates.drop_duplicates(key)[key]
    assert len(found) == len(numbers) == len(found.drop_duplicates())
    assert list(parts[0]["estimand"]) == ["jobs.main", "jobs.persons"]
    assert list(parts[0].columns) == [*EFFECT_COLUMNS, "calibration"]
    assert list(parts[1].columns) == EFFECT_COLUMNS
    assert list(parts[2].columns) == EVENT_COLUMNS


def test_placebos_stand_after_areas_left_out(make):
    rows = [
        *make.number("placebo", role="placebo"),
        *make.number("out", role="leave_one_out"),
        *make.number("other", role="robustness"),
        *make.number(),
    ]
    table = robustness(make.build(rows))
    assert list(table["role"]) == ["robustness", "leave_one_out", "placebo"]


def test_benchmarks_lead_where_nothing_is_main(make):
    release = make.build(make.number(role="benchmark") + make.number("b", role="robustness"))
    assert list(main_effects(release)["role"]) == ["benchmark"]
    assert list(robustness(release)["role"]) == ["robustness"]


def test_leading_interval_and_band_are_told_apart(make):
    rows = make.series()
    for row in rows:
        if row["inference"] == "simultaneous_area":
            row["ci_low"], row["ci_high"] = -9.0, 9.0
    table = event_study(make.build(rows))
    assert set(table["band_low"]) == {-9.0}
    assert set(table["band_high"]) == {9.0}
    assert table.loc[0, "ci_low"] == pytest.approx(-0.3 - 0.33)


def test_checks_are_named_by_verdict(make):
    checks = [
        make.check("jobs.main", "fail", "few_clusters"),
        make.check("jobs.main", "warn", "comparable"),
        make.check("jobs.main", "warn", "cells_left_out"),
        make.check("jobs.main", "pass", "pre_trend"),
    ]
    (row,) = main_effects(make.build(make.number(), checks)).to_dict("records")
    assert row["failed_checks"] == "few_clusters"
    assert row["warned_checks"] == "comparable;cells_left_out"


def test_a_number_without_its_leading_row_is_refused(make):
    with pytest.raises(InputError, match="1 number lacks a leading row"):
        main_effects(make.build(make.number()[1:] + make.number("b")))


@pytest.mark.parametrize("name", TABLES)
def test_machine_csv_gives_every_number_back(rich, tmp_path, name):
    table = machine_table(name, rich)
    write_csv(table, tmp_path / "t.csv")
    again = pd.read_csv(tmp_path / "t.csv", keep_default_na=False, na_values=[""])
    assert list(again.columns) == list(table.columns)
    assert all(column.isidentifier() and column == column.lower() for column in again.columns)
    assert len(again) == len(table)
    for column in table.select_dtypes("number"):
        pd.testing.assert_series_equal(
            again[column].astype(float), table[column].astype(float), check_exact=True
        )
    assert not again["simulated"].any()


def test_simulated_data_say_so_in_both_kinds(rich, finnish):
    release = replace(rich, study={**rich.study, "simulated": True})
    assert machine_table("main_effects", release)["simulated"].all()
    rows = list(csv.reader(StringIO(excel_csv("main_effects", release, finnish)), delimiter=";"))
    assert rows[0][-1] == "Huomautus"
    assert all(row[-1].startswith("simuloitu aineisto") for row in rows[1:])


@pytest.mark.parametrize("name", ["main_effects", "event_study", "robustness", "checks"])
def test_excel_csv_gives_every_number_back(rich, finnish, tmp_path, name):
    path = tmp_path / "t.csv"
    write_text(excel_csv(name, rich, finnish), path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    again = pd.read_csv(path, sep=";", decimal=",", encoding="utf-8-sig")
    shown = sheet(name, rich, finnish).table
    assert list(again.columns[:-1]) == list(shown.columns)
    for head in shown:
        for value, back in zip(shown[head], again[head], strict=True):
            assert pd.isna(back) if value is None else back == value


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_text_like_a_formula_gets_an_apostrophe_and_numbers_do_not(rich, make, finnish, sign):
    outcomes = {"jobs": {**make.study["outcomes"]["jobs"], "label_fi": f"{sign}cmd;1"}}
    release = replace(rich, study={**rich.study, "outcomes": outcomes})
    text = excel_csv("main_effects", release, finnish).lstrip("\ufeff")
    header, first, *_ = csv.reader(StringIO(text, newline=""), delimiter=";")
    assert first[0] == f"'{sign}cmd;1"
    assert first[header.index("Arvio")] == "-0,14"


def test_suppressed_is_empty_in_both_kinds(rich, finnish):
    row = robustness(rich).set_index("estimand").loc["jobs.hidden"]
    assert row[["estimate", "ci_low", "p_area"]].isna().all()
    lines = list(csv.reader(StringIO(excel_csv("robustness", rich, finnish)), delimiter=";"))
    (line,) = [line for line in lines if "jobs.hidden" in line]
    assert line[lines[0].index("Arvio")] == ""
    assert any("Salattu" in field for field in line)


def test_bins_of_an_event_study_have_calendar_time(make, finnish):
    """A bin of −36 says nothing to who looks for March 2018."""
    release = make.build(make.series(), start="2021-01")
    table = event_study(release)
    assert table.set_index("event_time")["begins"].to_dict() == {
        -3: "2020-04", -2: "2020-07", 0: "2021-01", 1: "2021-04", 2: "2021-07",
    }  # fmt: skip
    shown = sheet("event_study", release, finnish)
    assert list(shown.table["Jakson alku"])[:2] == ["4/2020", "7/2020"]
    apart = event_study(make.build(make.series(), start=None))
    assert apart["begins"].isna().all()
