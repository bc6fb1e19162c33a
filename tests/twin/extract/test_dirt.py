"""Every table needs its repairs and has no fault."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from kuntakokeilu.registers import preflight

SPELLS = {"value_missing", "before_period", "duplicate_row", "repeated_in_later_delivery"}
# Repairs that each table must need.
REPAIRS = {
    "persons_yearly": {"value_missing", "duplicate_row", "blank_has_a_meaning"},
    "persons_sex": {"value_missing", "duplicate_row"},
    "jobseekers": {"value_missing", "duplicate_row", "blank_has_a_meaning"},
    "jobseeker_residence": SPELLS,
    "jobseeker_office": SPELLS,
    "jobseeker_diagnosis": SPELLS | {"blank_has_a_meaning"},
    "search_spells": SPELLS,
    "status_spells": SPELLS | {"open_in_an_earlier_delivery"},
    "subsidised_placements": SPELLS,
    "work_trials": SPELLS,
    "training": SPELLS,
    "training_courses": {"duplicate_row", "repeated_in_later_delivery"},
    "plans": {"value_missing", "duplicate_row", "repeated_in_later_delivery"},
    "ura_plans": {"value_missing", "duplicate_row", "repeated_in_later_delivery"},
    "ura_contacts": {"value_missing"},
    "ura_job_offers": {"value_missing"},
    "wages": {
        "value_missing",
        "id_not_in_link",
        "duplicate_row",
        "repeated_in_later_delivery",
        "blank_has_a_meaning",
    },
    "benefit_payments": {"value_missing"},
    "social_assistance": {"value_missing", "duplicate_row", "blank_has_a_meaning"},
    "sickness_allowance": {"value_missing"},
    "medicine_purchases": {"value_missing"},
    "primary_care_visits": {"value_missing"},
    "pensions": {"value_missing", "duplicate_row", "repeated_in_later_delivery"},
    "survey": {"value_missing", "duplicate_row", "blank_has_a_meaning"},
}
IMPLAUSIBLE = {
    *("unusual_value", "suspect_day", "before_another", "out_of_range"),
    "sum_out_of_line",
}
# With amounts whose sums are compared, and spells.
CHECKED = ("persons_yearly", "wages", "benefit_payments", "social_assistance", "status_spells")


def test_every_table_needs_its_repairs(read):
    assert set(REPAIRS) == set(read.extract.contract) - {"key_link"}
    for name, rules in REPAIRS.items():
        found = read.findings[name]
        assert "fatal" not in set(found["consequence"])
        assert rules <= set(found["rule"]), name
        assert (found["count"] > 0).all()
        assert not IMPLAUSIBLE & set(found["rule"]), name  # ordinary values raise no alarm
        assert len(read.tables[name]) > 100, name


def test_preflight_finds_no_fault(read, tmp_path):
    """Of tables of each kind; reading them has found none in any."""
    whole = read.extract.adapter
    files = {name: whole.tables[name] for name in CHECKED}
    extract = replace(read.extract, adapter=whole.model_copy(update={"tables": files}))
    tables, findings, ratios = preflight(extract, tmp_path)
    assert set(tables["table"]) == set(CHECKED)
    assert tables["faults"].sum() == 0
    assert (tables["files"] == tables["files_expected"]).all()
    # Ordinary values raise no alarm, and sums of whole years stay in line.
    assert findings.loc[findings["rule"].isin(IMPLAUSIBLE)].empty
    assert {"t101", "eur", "tyke"} <= set(ratios["column"])


def test_files_keep_zeros_sentinels_and_blanks(read):
    for table, year, end in (
        ("ytyoll", 2020, "tppvm"),
        ("ythaku", 2023, "loppv1"),
        ("yhtsto", 2021, "paapv7"),
    ):
        raw = pd.read_parquet(read.root / "keha" / f"{table}_{year}.parquet")
        ids = raw["hid_e"][raw["hid_e"] != ""]
        assert ids.str.fullmatch(r"\d{12}").all() and ids.str.startswith("0").any()
        assert (raw["hid_e"] == "").any()
        ends = raw[end].astype(str)
        assert (ends == "2222-11-11").mean() > 0.1
        assert not ((ends > f"{year}-12-31") & (ends != "2222-11-11")).any()
    persons = pd.read_parquet(read.root / "folk_perus" / "folk_perus_2020_1.parquet")
    assert "sukup" in persons and (persons["ututku_aste"] == "").any()
    last = pd.read_parquet(read.root / "folk_perus" / "folk_perus_2024_1.parquet")
    assert "sukup" not in last
    assert (last["ututku_aste"].fillna("") == "").all()
    assert last[["tyke", "tyokk"]].isna().all(axis=None)
