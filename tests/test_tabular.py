"""Tables as people have them: every format gives the same text, and one line if it cannot."""

from __future__ import annotations

import datetime
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from kuntakokeilu.errors import InputError
from kuntakokeilu.tabular import Written, as_text, read_table_file, stata_period

FRAME = pd.DataFrame(
    {
        "unit": ["A b", "Ä", "C"],
        "year": [2001, 2002, 2003],
        "y.Z": [1.5, np.nan, -0.1],
        "n": [1.0, 2.0, np.nan],
        "day": [datetime.date(2001, 1, 31), datetime.date(2002, 2, 1), None],
    }
)
COLUMNS = list(FRAME)
TEXTS = {
    "unit": ["A b", "Ä", "C"],
    "year": ["2001", "2002", "2003"],
    "y.Z": ["1.5", "", "-0.1"],
    "n": ["1", "2", ""],
    "day": ["2001-01-31", "2002-02-01", ""],
}


def read(path, columns=(), **written):
    return read_table_file(path, columns, Written(**written))


def write(folder: Path, kind: str) -> Path:
    path = folder / f"table.{kind}"
    plain = FRAME.rename(columns={"y.Z": "y_Z"})
    if kind == "csv":
        FRAME.astype({"n": "Int64"}).to_csv(path, index=False)
    elif kind == "csv.gz":
        with gzip.open(path, "wt", encoding="utf-8") as file:
            FRAME.astype({"n": "Int64"}).to_csv(file, index=False)
    elif kind == "xlsx":
        FRAME.to_excel(path, index=False)
    elif kind == "parquet":
        FRAME.to_parquet(path)
    elif kind == "dta":
        pyreadstat.write_dta(plain, str(path), variable_format={"day": "%td"})
    elif kind == "sav":
        pyreadstat.write_sav(plain, str(path))
    return path


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "xlsx", "parquet", "dta", "sav"])
def test_every_format_gives_the_same_text(tmp_path, kind):
    names = ["unit", "year", "y_Z" if kind in ("dta", "sav") else "y.Z", "n", "day"]
    table = read(write(tmp_path, kind), names)
    assert [table[name].tolist() for name in names] == list(TEXTS.values())
    assert table.index.tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["csv.gz", "xlsx", "parquet", "dta", "sav", "sas7bdat"])
def test_a_file_that_is_cut_off_is_told_in_one_line(tmp_path, kind):
    path = write(tmp_path, "sav" if kind == "sas7bdat" else kind)
    content = path.read_bytes()
    cut = tmp_path / f"cut.{kind}"
    cut.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=rf"^cut\.{kind}: not a whole (gzip )?file") as caught:
        read(cut, ["unit"])
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "dta"])
def test_a_column_that_is_missing_is_told(tmp_path, kind):
    with pytest.raises(InputError, match=rf"^table\.{kind}: column Unit is missing; found unit"):
        read(write(tmp_path, kind), ["Unit"])


def test_a_file_of_sas_is_read(data_folder):
    table = read(data_folder / "sisu" / "ptturva.sas7bdat", ["Vuosi"])
    assert table["Vuosi"].str.fullmatch(r"\d{4}").all()


# Separators and decimal marks --------------------------------------------------------------------


@limits(max_examples=60, deadline=None)
@given(
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from([".", ","]),
    st.lists(
        st.tuples(
            st.text("abc ;,|", min_size=1, max_size=5), st.floats(-1e6, 1e6).map(lambda x: x + 0.0)
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_separator_and_decimal_mark_are_recognised(tmp_path_factory, separator, mark, rows):
    path = tmp_path_factory.mktemp("written") / "panel.csv"
    frame = pd.DataFrame([("x", 0.25), *rows], columns=["unit, or so", "y"])
    frame.to_csv(path, index=False, sep=separator, decimal=mark)
    table = read(path, ["unit, or so", "y"])
    assert table["unit, or so"].tolist() == frame["unit, or so"].tolist()
    assert table["y"].astype(float).tolist() == frame["y"].tolist()


def test_a_declared_separator_is_taken_at_its_word(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    assert read(path, ["a", "b"], separator=";").loc[0].tolist() == ["1", "2"]
    with pytest.raises(InputError, match="expected a comma between columns, found another"):
        read(path, ["a", "b"], separator=",")


def test_a_comma_that_may_part_thousands_is_not_guessed_at(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_text("unit;y\nA;1,234\nB;5\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"^panel\.csv, column y, row 2: a comma before three"):
        read(path, ["unit", "y"])
    assert read(path, ["unit", "y"], decimal=",")["y"].tolist() == ["1.234", "5"]
    assert read(path, ["unit", "y"], decimal=".")["y"].tolist() == ["1,234", "5"]
    assert read(path, ["unit"])["unit"].tolist() == ["A", "B"]  # not asked for


def test_another_column_may_show_what_a_comma_marks(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_text("unit;y;z\nA;1,234;0,5\nB;5;1\n", encoding="utf-8")
    assert read(path, ["unit", "y"])["y"].tolist() == ["1.234", "5"]


def test_a_text_with_a_comma_keeps_it(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_text('unit,y\n"Doe, 1,5",0\n"1,5",1\n', encoding="utf-8")
    assert read(path, ["unit", "y"])["unit"].tolist() == ["Doe, 1,5", "1,5"]


def test_other_encodings_are_declared(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_bytes("kunta;y\nÄänekoski;1,5\n".encode("cp1252"))
    with pytest.raises(InputError, match="not UTF-8"):
        read(path, ["kunta"])
    assert read(path, ["kunta"], encoding="cp1252")["kunta"].tolist() == ["Äänekoski"]


# Workbooks, labels and periods of Stata ----------------------------------------------------------


def test_a_sheet_is_named_where_there_are_several(tmp_path):
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"note": ["x"]}).to_excel(book, sheet_name="Read me", index=False)
        FRAME.to_excel(book, sheet_name="Data", index=False, startrow=2)
    with pytest.raises(InputError, match="sheets Read me, Data; name one"):
        read(path, ["unit"])
    with pytest.raises(InputError, match="no sheet data; there are Read me, Data"):
        read(path, ["unit"], sheet="data")
    table = read(path, ["unit", "y.Z"], sheet="Data")
    assert table["y.Z"].tolist() == TEXTS["y.Z"]
    assert table.index.tolist() == [2, 3, 4]  # rows 4 to 6 of the sheet


@pytest.mark.parametrize("kind", ["dta", "sav"])
def test_codes_or_labels_are_read_as_declared(tmp_path, kind):
    path = tmp_path / f"labelled.{kind}"
    frame = pd.DataFrame({"state": [1.0, 2.0], "y": [0.5, 1.0]})
    labels = {"state": {1: "Alabama", 2: "Alaska"}}
    write_ = pyreadstat.write_dta if kind == "dta" else pyreadstat.write_sav
    write_(frame, str(path), variable_value_labels=labels)
    assert read(path, ["state"])["state"].tolist() == ["1", "2"]
    assert read(path, ["state"], labelled="labels")["state"].tolist() == ["Alabama", "Alaska"]


@pytest.mark.parametrize(
    ("form", "number", "text"),
    [
        ("%tm", 600, "2010-01"),
        ("%tm", -1, "1959-12"),
        ("%tq", 176, "2004Q1"),
        ("%ty", 2004, "2004"),
        ("%tmMon_CCYY", 611, "2010-12"),
    ],
)
def test_periods_of_stata_come_as_periods(tmp_path, form, number, text):
    path = tmp_path / "periods.dta"
    frame = pd.DataFrame({"when": [float(number)], "y": [1.0]})
    pyreadstat.write_dta(frame, str(path), variable_format={"when": form})
    assert read(path, ["when"])["when"].tolist() == [text]


@given(st.integers(-2000, 3000), st.sampled_from(["M", "Q"]))
def test_periods_of_stata_count_from_1960(number, frequency):
    period = pd.Period(stata_period(number, frequency), freq=frequency)
    assert period.ordinal - pd.Period("1960-01", freq=frequency).ordinal == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_exactly(value):
    assert float(as_text(value)) == value
    assert not as_text(value).endswith(".0")
