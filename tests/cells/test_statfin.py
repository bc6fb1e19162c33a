"""Statistics Finland's long files: codes, suppressed cells, mergers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from kuntakokeilu.cells import build_cells, build_units, source_files
from kuntakokeilu.cells.statfin import read_statfin
from kuntakokeilu.contracts import CELLS, UNITS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import read_classification
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import DataSettings, OutcomeData, StatfinSource, read_study

from ..estimation.build import build_study

SPAN = pd.period_range("2021-01", "2021-02", freq="M")
SOURCE = StatfinSource(reader="statfin_long")
CONFIG = Path(__file__).resolve().parents[2] / "config"
OF_2024, OF_2025 = (read_classification(CONFIG, year) for year in (2024, 2025))


def long_file(codes, value="10", months=("2021-01", "2021-02")):
    """One row for each code and month, as text."""
    rows = [(code, month, value) for code in codes for month in months]
    return pd.DataFrame(rows, columns=["kunta", "month", "count"], dtype=str)


def full_file(classification, value="10"):
    return long_file(classification.members()["code"], value)


def put(frame, code, month, value):
    """Change one value."""
    at = (frame["kunta"] == code) & (frame["month"] == month)
    assert at.sum() == 1
    return frame.assign(count=frame["count"].mask(at, value))


def read(frame, classification, merge="sum"):
    return read_statfin(frame, "count", SOURCE, merge, SPAN, classification, "counts.csv")


def value_of(values, unit, month):
    chosen = values[(values["unit"] == unit) & (values["period"] == pd.Period(month, "M"))]
    (value,) = chosen["value"]
    return value


@pytest.mark.parametrize("prefix", ["", "KU"])
@pytest.mark.parametrize("separator", ["-", "M"])
def test_codes_and_months_in_either_form(of_2025, prefix, separator):
    frame = full_file(of_2025)
    other = frame.assign(
        kunta=prefix + frame["kunta"], month=frame["month"].str.replace("-", separator)
    )
    pd.testing.assert_frame_equal(read(other, of_2025), read(frame, of_2025))


def test_codes_without_zeros(of_2025):
    frame = full_file(of_2025)
    short = frame.assign(kunta=frame["kunta"].str.lstrip("0"))
    pd.testing.assert_frame_equal(read(short, of_2025), read(frame, of_2025))


def test_totals_of_larger_areas_are_ignored(of_2025):
    frame = full_file(of_2025)
    areas = long_file(["SSS", "MK01", "SK011", "ELY01", "KU199", "KUJOU"], "999999")
    pd.testing.assert_frame_equal(read(pd.concat([areas, frame]), of_2025), read(frame, of_2025))


@pytest.mark.parametrize("token", ["", ".", "..", "...", "-"])
def test_suppressed_cells_are_missing_and_never_zero(of_2025, token):
    values = read(put(full_file(of_2025), "005", "2021-02", token), of_2025)
    assert np.isnan(value_of(values, "005", "2021-02"))
    assert values["value"].isna().sum() == 1
    assert len(values) == 308 * 2
    assert (values["value"].dropna() == 10).all()


def test_counts_of_a_merger_are_added(of_2024, of_2025):
    frame = put(full_file(of_2024), "588", "2021-01", "7")
    values = read(frame, of_2025)
    assert value_of(values, "507", "2021-01") == 17
    assert value_of(values, "507", "2021-02") == 20
    assert "588" not in set(values["unit"])
    assert values["unit"].nunique() == 308


@pytest.mark.parametrize("part", ["588", "507"])
def test_a_merger_with_a_suppressed_part_is_suppressed(of_2024, of_2025, part):
    values = read(put(full_file(of_2024), part, "2021-01", ".."), of_2025)
    assert np.isnan(value_of(values, "507", "2021-01"))
    assert value_of(values, "507", "2021-02") == 20


def test_a_merger_of_rates_is_refused(of_2024, of_2025):
    with pytest.raises(InputError) as caught:
        read(full_file(of_2024), of_2025, merge="never")
    message = str(caught.value)
    assert message.startswith("counts.csv, column count: ")
    assert "507" in message and "rate" in message
    assert read(full_file(of_2025), of_2025, merge="never")["value"].eq(10).all()


@limits(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_a_merger_conserves_the_total(seed):
    frame = full_file(OF_2024)
    counts = np.random.default_rng(seed).integers(0, 10**6, len(frame))
    values = read(frame.assign(count=counts.astype(str)), OF_2025)
    before = pd.Series(counts).groupby(frame["month"].to_numpy()).sum()
    after = values.groupby("period")["value"].sum()
    assert after.tolist() == before.tolist()


def test_the_order_of_rows_does_not_matter(of_2024, of_2025):
    frame = full_file(of_2024)
    frame["count"] = [str(number) for number in range(len(frame))]
    shuffled = frame.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(read(shuffled, of_2025), read(frame, of_2025))


def test_other_months_are_left_out(of_2025):
    frame = pd.concat([full_file(of_2025), long_file(["005"], "3", ["2020-12", "2021-03"])])
    assert set(read(frame, of_2025)["period"]) == set(SPAN)


def bad_file(case, classification):
    frame = full_file(classification)
    cut = {"missing month": frame.drop(index=3), "cut at the end of a row": frame.iloc[:300]}
    changed = {
        "unknown code": frame.assign(kunta=frame["kunta"].replace("009", "999")),
        "no code": frame.assign(kunta=frame["kunta"].replace("009", "")),
        "code of an area": frame.assign(kunta=frame["kunta"].replace("009", "SKK")),
        "wrong month": frame.assign(month=frame["month"].where(frame.index != 3, "2021-2")),
        "text": put(frame, "009", "2021-02", "many"),
        "decimal comma": put(frame, "009", "2021-02", "5,3"),
        "infinite": put(frame, "009", "2021-02", "inf"),
        "month twice": pd.concat([frame, frame.iloc[[3]]], ignore_index=True),
        "month twice in two forms": pd.concat(
            [frame, long_file(["KU9"], "10", ["2021M02"])], ignore_index=True
        ),
    }
    return (cut | changed)[case]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("missing month", "counts.csv: 1 unit-period is missing: 2021-02 for unit 009"),
        ("cut at the end of a row", "counts.csv: 316 unit-periods are missing"),
        ("unknown code", "counts.csv, column kunta, row 4: 999 is no municipality code"),
        ("no code", "counts.csv, column kunta, row 4: 000 is no municipality code"),
        ("code of an area", "counts.csv: 2 unit-periods are missing"),
        ("wrong month", "counts.csv, column month, row 5: expected a period such as 2021-03"),
        ("text", "counts.csv, column count, row 5: expected a number with a decimal point"),
        ("decimal comma", "counts.csv, column count, row 5: expected a number with a decimal"),
        ("infinite", "counts.csv, column count, row 5: expected a finite number"),
        ("month twice", "counts.csv, row 618: unit 009 has period 2021-02 twice"),
        ("month twice in two forms", "counts.csv, row 618: unit 009 has period 2021-02 twice"),
    ],
)
def test_bad_data_are_told_with_file_and_row(of_2025, case, expected):
    with pytest.raises(InputError) as caught:
        read(bad_file(case, of_2025), of_2025)
    assert str(caught.value).startswith(expected)
    assert len(str(caught.value).splitlines()) == 1


def test_a_municipality_that_did_not_exist_yet_is_refused(of_2025):
    of_2010 = replace(of_2025, year=2010)
    with pytest.raises(InputError, match="column kunta, row 2: 740 is no municipality in 2010"):
        of_2010.translate(pd.Series(["740"]), "counts.csv, column kunta")


# Units and cells of a study ----------------------------------------------------------------------


def settings(**changes):
    content = {
        "units": "municipality",
        "classification": 2025,
        "frequency": "M",
        "start": "2021-02",
        "seed": 1,
        "source": {
            "reader": "statfin_long",
            "frozen_weight": {"path": "counts.csv", "column": "count"},
        },
    }
    return DataSettings.model_validate(content | changes)


AREAS = pd.DataFrame(
    {
        "arm": ["trial", "trial", "trial", "neither"],
        "area": ["South", "South", "North", ""],
        "unit": ["507", "507", "005", "009"],
    }
)
OUTCOME = OutcomeData(outcome="jobless", file="counts.csv", column="count", merge="sum")


def test_arms_clusters_and_starts_of_units(of_2025):
    units, counts = build_units(settings(), {"counts.csv": full_file(of_2025)}, AREAS, of_2025)
    units = conform(units, UNITS).set_index("unit")
    assert units["arm"].value_counts().to_dict() == {"control": 305, "trial": 2, "neither": 1}
    assert units.loc[["507", "005"], "cluster"].tolist() == ["South", "North"]
    others = units.drop(index=["507", "005"])
    assert others["cluster"].tolist() == others["sub_region"].tolist()
    assert others["first_treated"].isna().all()
    assert others["area"].isna().all()
    assert units.loc["005", "first_treated"] == pd.Period("2021-02", "M")
    assert counts["n_persons"].isna().all()
    assert counts["unit"].tolist() == units.index.tolist()


def test_frozen_weights_are_those_of_the_month_before_the_start(of_2024, of_2025):
    frame = put(full_file(of_2024), "005", "2021-01", "33")
    frame = put(frame, "588", "2021-01", "4")
    units, _ = build_units(settings(), {"counts.csv": frame}, AREAS, of_2025)
    weights = units.set_index("unit")["weight_frozen"]
    assert (weights["005"], weights["507"], weights["009"]) == (33, 14, 10)


def test_cells_of_published_values(of_2024, of_2025):
    raw = {"counts.csv": put(full_file(of_2024), "005", "2021-02", "..")}
    units, _ = build_units(settings(), raw, AREAS, of_2025)
    cells = conform(
        build_cells(settings(), OUTCOME, ("2021-01", "2021-02"), raw, units, of_2025), CELLS
    )
    assert len(cells) == 308 * 2
    assert set(cells["value_kind"]) == {"published_mean"}
    assert cells["n"].isna().all() and cells["sum_sq"].isna().all()
    merged = cells[(cells["unit"] == "507")]
    assert merged["mean"].tolist() == [20, 20]
    assert merged["weight"].tolist() == [20, 20]
    hidden = cells[cells["mean"].isna()]
    assert hidden["unit"].tolist() == ["005"]
    assert hidden["sum"].isna().all()


SHARE = OUTCOME.model_copy(update={"denominator": "frozen"})


def test_a_frozen_denominator_is_that_of_the_month_before_the_start(of_2025):
    frame = put(put(full_file(of_2025), "005", "2021-01", "40"), "005", "2021-02", "30")
    frame = put(frame, "010", "2021-02", "..")
    units, _ = build_units(settings(), {"counts.csv": frame}, AREAS, of_2025)
    made = build_cells(
        settings(), SHARE, ("2021-01", "2021-02"), {"counts.csv": frame}, units, of_2025
    )
    cells = conform(made, CELLS).set_index("unit")
    assert cells.loc["005", "mean"].tolist() == [100, 75]
    assert cells.loc["005", "sum"].tolist() == [4000, 3000]
    assert cells.loc["010", "mean"].isna().tolist() == [False, True]


def test_a_unit_without_persons_before_the_start_cannot_be_divided_by_them(of_2025):
    frame = put(full_file(of_2025), "005", "2021-01", "..")
    units, _ = build_units(settings(), {"counts.csv": frame}, AREAS, of_2025)
    with pytest.raises(InputError, match=r"counts.csv, column count: .* unit 005.*denominator"):
        build_cells(
            settings(), SHARE, ("2021-01", "2021-02"), {"counts.csv": frame}, units, of_2025
        )


def test_only_the_columns_that_are_read_are_asked_for():
    assert source_files(settings(), OUTCOME) == {"counts.csv": ["kunta", "month", "count"]}
    assert source_files(settings(), None) == {"counts.csv": ["kunta", "month", "count"]}
    without = settings(source={"reader": "statfin_long"})
    assert source_files(without, None) == {}


# The real files ----------------------------------------------------------------------------------

RATES = "12r5_unemployment_rate_2007_2025.csv"
COUNTS = "12r5_counts_2006_2023.csv"
COUNTS_FILE = f"statfin/{COUNTS}"


def real(data_folder, file, column, merge, span, classification):
    raw = read_csv(data_folder / "statfin" / file, ["kunta", "month", column])
    months = pd.period_range(*span, freq="M")
    return read_statfin(raw, column, SOURCE, merge, months, classification, file)


@pytest.mark.real_data
def test_the_rates_have_308_units_and_692_suppressed_cells(data_folder, of_2025):
    span = ("2007-01", "2025-01")
    rates = real(data_folder, RATES, "unemployment_rate_pct", "never", span, of_2025)
    assert rates["unit"].nunique() == 308
    assert len(rates) == 308 * 217
    assert rates["value"].isna().sum() == 692


@pytest.mark.real_data
def test_merged_counts_give_the_published_rate_of_the_merged_municipality(data_folder, of_2025):
    span = ("2007-01", "2023-10")
    unemployed = real(data_folder, COUNTS, "unemployed", "sum", span, of_2025)
    force = real(data_folder, COUNTS, "labour_force", "sum", span, of_2025)
    rates = real(data_folder, RATES, "unemployment_rate_pct", "never", span, of_2025)
    computed = 100 * unemployed["value"] / force["value"]
    both = (rates["unit"] == "507") & computed.notna()
    assert both.sum() == 202
    assert (computed[both] - rates.loc[both, "value"]).abs().max() <= 0.05 + 1e-9


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "before"),
    [("open_2012", "2012-08"), ("open_2017", "2017-07"), ("open_2021", "2021-02")],
)
def test_shares_of_the_labour_force_before_the_start(config, data_folder, name, before):
    """By hand from the file, of a municipality that never merged."""
    cells = build_study(config, data_folder, name).cells["unemployment_fixed"]
    raw = pd.read_csv(data_folder / COUNTS_FILE, dtype={"kunta": str})
    mine = raw[raw["kunta"] == "091"].set_index("month")
    found = cells[cells["unit"] == "091"].set_index("period")["mean"]
    expected = 100 * mine["unemployed"] / mine.loc[before, "labour_force"]
    assert len(found) > 24
    for month, value in found.items():
        assert value == pytest.approx(expected[str(month)], rel=1e-12)


@pytest.mark.real_data
def test_a_merger_conserves_the_real_total(data_folder, of_2024, of_2025):
    span = ("2010-01", "2010-12")
    before = real(data_folder, COUNTS, "labour_force", "never", span, of_2024)
    after = real(data_folder, COUNTS, "labour_force", "sum", span, of_2025)
    assert before["unit"].nunique() == 309 and after["unit"].nunique() == 308
    totals = [frame.groupby("period")["value"].sum().tolist() for frame in (before, after)]
    assert totals[0] == totals[1]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "trial"), [("open_2012", 55), ("open_2017", 23), ("open_2021", 117)]
)
def test_units_of_the_open_studies(config, data_folder, of_2025, name, trial):
    study = read_study(config, name)
    raw = {
        file: read_csv(data_folder / file, columns)
        for file, columns in source_files(study.settings, None).items()
    }
    units, _ = build_units(study.settings, raw, study.areas, of_2025)
    units = conform(units, UNITS)
    assert len(units) == 308
    assert (units["arm"] == "trial").sum() == trial
    mainland = units[units["region"] != "21"]
    assert mainland["weight_frozen"].gt(0).all()
