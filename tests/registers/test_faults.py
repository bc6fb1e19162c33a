"""Bad input ends with one message: table, column, rule and count, and never a value."""

from __future__ import annotations

import copy

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.registers import read_table

from .conftest import LINK, TABLES, D, write

ID = "777666555"


def changed(table: str, year: int, **values) -> dict:
    """The tables with one column of one file replaced."""
    tables = copy.deepcopy(TABLES)
    for column, value in values.items():
        tables[table][year][column] = value
    return tables


def fault(extract, table: str) -> str:
    """The message of a table that cannot be read; nothing is written."""
    with pytest.raises(InputError) as caught:
        extract.read(table)
    message = str(caught.value)
    assert "\n" not in message and f"table {table}" in message
    out = extract.root / "out"
    assert not out.exists() or not list(out.iterdir())
    return message


CASES = {
    "id": ("status_spells", 2022, {"hid_e": ["1.23E+11", "1,23e+11", ID]},
           "2022, column hid_e: id_in_scientific_notation in 2 of 3"),
    "id of sas": ("status_spells", 2022, {"hid_e": ["1.2345679E11", "0012", ID]},
                  "column hid_e: id_in_scientific_notation in 1 of 3"),
    "id of a double": ("status_spells", 2022, {"hid_e": [1.23456789012345e17, 2.0, 3.0]},
                       "column hid_e: id_in_scientific_notation in 1 of 3"),
    "payer": ("wages", 2020, {"payerIdCode_s": ["1E+15", "2"]},
              "column payerIdCode_s: id_in_scientific_notation in 1 of 2"),
    "number": ("wages", 2020, {"t101": ["2500", "about 90"]},
               "column t101: not_a_number in 1 of 2"),
    "infinite": ("wages", 2020, {"t101": [float("inf"), 2.0]},
                 "column t101: not_a_number in 1 of 2"),
    "date": ("status_spells", 2022, {"tappvh": ["2021-02-30", "2021-01-01", "soon"]},
             "column tappvh: not_a_date in 2 of 3"),
    "date as a number": ("status_spells", 2022, {"tappvh": [22000, 22001, 22002]},
                         "column tappvh: not_a_date in 3 of 3"),
    "date of an unknown sentinel": (
        "status_spells", 2022, {"tppvm": [D(2222, 12, 31), D(2022, 9, 30), D(2007, 2, 1)]},
        "column tppvm: not_a_date in 1 of 3"),
    "month": ("wages", 2020, {"kuukausi": [13, 2]}, "column kuukausi: not_a_month in 1 of 2"),
    "half month": ("wages", 2020, {"kuukausi": [1.5, 2]},
                   "column kuukausi: not_a_month in 1 of 2"),
    "year": ("persons_yearly", 2019, {"syntyv": [80, 1991, 2001]},
             "column syntyv: not_a_year in 1 of 3"),
    "whole": ("persons_yearly", 2019, {"tyke": [1.5, 2, 3]},
              "column tyke: not_an_integer in 1 of 3"),
    "flag": ("wages", 2020, {"KuunViimeinenViikko": ["2", "1"]},
             "column KuunViimeinenViikko: not_a_flag in 1 of 2"),
    "code": ("status_spells", 2022, {"tyok1": ["2", "x", "2"]},
             "column tyok1: unknown_code in 1 of 3"),
    "clash": ("status_spells", 2022, {"tyok1": ["02", "9", "2"]},
              "column tyok1: unknown_code in 1 of 3"),
    "zeros": ("persons_yearly", 2019, {"kunta": ["91", "5", "729"]},
              "column kunta: leading_zeros_lost in 2 of 3"),
    "zeros of a number": ("persons_yearly", 2019, {"kunta": [91, 5, 729]},
                          "column kunta: leading_zeros_lost in 2 of 3"),
    "municipality": ("persons_yearly", 2019, {"kunta31_12": ["091", "005", "999"]},
                     "column kunta31_12: unknown_municipality in 1 of 3"),
    "order": ("status_spells", 2022, {"tppvm": [D(2019, 4, 30), D(2022, 9, 30), D(2007, 2, 1)]},
              "column tppvm: end_before_start in 1 of 3"),
    "year of another": ("persons_yearly", 2019, {"vuosi": [2019, 2018, 2019]},
                        "column vuosi: year_of_another_file in 1 of 3"),
    "key": ("persons_yearly", 2019, {"hid_e": ["0011", "0011", "0013"]},
            "table persons_yearly: duplicate_key in 1 of 5"),
}  # fmt: skip


@pytest.mark.parametrize(("table", "year", "values", "expected"), CASES.values(), ids=CASES)
def test_a_wrong_value_is_counted(made, table, year, values, expected):
    message = fault(made(tables=changed(table, year, **values)), table)
    assert expected in message
    for value in [ID, "1.23", "about", "soon", "2021-02-30"]:
        assert value not in message


def test_the_other_faults_are_counted_too(made):
    tables = changed("status_spells", 2022, tyok1=["x", "y", "2"], tymsyy=["03"] * 3)
    tables["status_spells"][2023]["tyok1"] = ["2", "q", "q"]
    message = fault(made(tables=tables), "status_spells")
    assert "2022, column tyok1: unknown_code in 2 of 3" in message
    assert message.endswith("(and 1 more; preflight lists them)")


@pytest.mark.parametrize("kind", ["parquet", "csv", "dta", "sav"])
def test_a_missing_year_a_missing_table_and_a_missing_column(made, kind):
    extract = made(kind)
    extract.file("wages", 2021).unlink()
    assert "wages, 2021: file_missing in 1 of 1" in fault(extract, "wages")
    assert "status_spells: table_missing" not in fault(extract, "wages")
    with pytest.raises(InputError, match="table plans: table_missing, the adapter test has none"):
        extract.read("plans")
    with pytest.raises(InputError, match="table pets: not in config/registers"):
        read_table(extract.open(), "pets", extract.root / "out" / "pets.parquet")
    frame = TABLES["benefit_payments"][2021].drop(columns="eur")
    write(frame, extract.file("benefit_payments", 2021), kind)
    message = fault(extract, "benefit_payments")
    assert "2021, column eur: column_missing in 1 of 1" in message


@pytest.mark.parametrize("kind", ["parquet", "csv", "dta", "sav"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.97])
def test_a_file_cut_off(made, kind, share):
    many = pd.concat([TABLES["benefit_payments"][2021]] * 500, ignore_index=True)
    extract = made(kind, tables={"benefit_payments": {2021: many}})
    path = extract.file("benefit_payments", 2021)
    whole = path.read_bytes()
    cut = round(len(whole) * share)
    while kind == "csv" and share and whole[cut - 1 : cut] == b"\n":
        cut -= 1
    path.write_bytes(whole[:cut])
    assert "2021: file_unreadable in 1 of 1" in fault(extract, "benefit_payments")


def test_a_csv_file_cut_at_the_end_of_a_row_shows_beside_the_other_years(made):
    many = pd.concat([TABLES["benefit_payments"][2021]] * 1000, ignore_index=True)
    tables = {"benefit_payments": {y: many.assign(avuosi=y) for y in (2020, 2021, 2022)}}
    extract = made("csv", tables=tables)
    path = extract.file("benefit_payments", 2022)
    lines = path.read_text("latin-1").splitlines(keepends=True)
    path.write_text("".join(lines[:900]), "latin-1")
    assert "2022: rows_halved in 1 of 1" in fault(extract, "benefit_payments")
    extract.adapter["tables"]["benefit_payments"]["allow"] = {"rows_halved": 1}
    assert len(extract.read("benefit_payments")[0]) == 4899


@pytest.mark.parametrize(
    "text",
    ["hid_e;avuosi\n1;2\n", "hid_e,avuosi\n1,2\n", '"hid_e;avuosi\n', "\x00\x01\n", "hid_e\n\n"],
)
def test_text_that_is_not_the_table(made, text):
    extract = made("csv")
    extract.file("benefit_payments", 2021).write_text(text, "latin-1")
    message = fault(extract, "benefit_payments")
    assert "column_missing" in message or "file_unreadable" in message


@pytest.mark.parametrize("damage", ["short row", "long row", "open quote"])
def test_a_row_of_another_length_does_not_pass_for_missing_values(made, damage):
    extract = made("csv")
    path = extract.file("benefit_payments", 2021)
    lines = path.read_text("latin-1").splitlines()
    lines[1] = {
        "short row": lines[1].rpartition(";")[0],
        "long row": lines[1] + ";1",
        "open quote": '"' + lines[1],
    }[damage]
    path.write_text("\n".join(lines) + "\n", "latin-1")
    assert "file_unreadable" in fault(extract, "benefit_payments")


def test_letters_of_another_encoding(made):
    extract = made("csv", tables={"benefit_payments": TABLES["benefit_payments"]})
    extract.adapter["formats"]["csv"]["encoding"] = "utf-8"
    path = extract.file("benefit_payments", 2021)
    path.write_bytes(path.read_bytes().replace(b"FM", b"\xe4M", 1))
    assert "file_unreadable" in fault(extract, "benefit_payments")


def test_a_file_without_rows(made):
    frame = TABLES["benefit_payments"][2021].iloc[:0]
    extract = made("csv", tables={"benefit_payments": {2021: frame}})
    assert "2021: no_rows in 1 of 1" in fault(extract, "benefit_payments")


def test_a_column_that_stands_there_twice(made):
    frame = TABLES["benefit_payments"][2021]
    twice = frame.assign(EUR=frame["eur"])
    assert "column eur: column_twice" in fault(
        made(tables={"benefit_payments": {2021: twice}}), "benefit_payments"
    )


def test_a_key_link_that_is_wrong(made):
    extract = made()
    path = extract.root / "files" / "link.parquet"
    write(pd.concat([LINK, LINK.assign(hid_e="0099").iloc[:1]]), path, "parquet")
    with pytest.raises(InputError, match=r"table key_link: duplicate_key in 1 of 3"):
        extract.read("wages")
    write(LINK.assign(shnro=["x1", "x2"]), path, "parquet")
    message = fault(extract, "wages")
    assert "column incomeEarnerShnro: too_many_ids_not_in_link in 2 of 2" in message
    path.unlink()
    with pytest.raises(InputError, match=r"table key_link: file_missing in 1 of 1"):
        extract.read("wages")


def test_rows_without_an_id_or_a_date_are_left_out_and_counted(made):
    tables = changed("status_spells", 2022, hid_e=["0011", "", "0012"])
    tables["status_spells"][2022]["tappvh"] = [D(2019, 5, 1), D(2022, 6, 1), None]
    rows, findings = made(tables=tables).read("status_spells")
    left = findings[findings["rule"] == "value_missing"].set_index("column")["count"]
    assert left.to_dict() == {"hid_e": 1, "tappvh": 1}
    assert len(rows) == 2


def test_an_accepted_number_of_faults_leaves_these_rows_out(made):
    tables = changed("status_spells", 2022, tyok1=["2", "x", "2"])
    extract = made(tables=tables)
    allow = extract.adapter["tables"]["status_spells"].setdefault("allow", {})
    allow["unknown_code"] = 1
    rows, findings = extract.read("status_spells")
    chosen = findings[findings["rule"] == "unknown_code"]
    assert chosen["consequence"].tolist() == ["left_out"] and len(rows) == 2
    allow["unknown_code"] = 0
    with pytest.raises(InputError, match="unknown_code in 1 of 3"):
        extract.read("status_spells")


@pytest.mark.parametrize("column", ["hid_e", "tappvh", "tppvm", "tyok1"])
def test_a_spell_cannot_be_without_person_days_or_status(made, column):
    extract = made()
    extract.adapter["tables"]["status_spells"]["without"] = [column]
    with pytest.raises(InputError, match=rf"no row can be used without {column}"):
        extract.open()


def test_memory_and_leftovers(made):
    extract = made()
    extract.read("wages")
    assert [path.name for path in (extract.root / "out").iterdir()] == ["wages.parquet"]
