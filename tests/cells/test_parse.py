"""Codes, periods and numbers as they stand in files."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuntakokeilu.cells.parse import (
    NOT_MUNICIPALITIES,
    municipality_codes,
    numbers,
    periods,
    without_decimals,
)
from kuntakokeilu.errors import InputError

WHERE = "file.csv, column x"


def texts(*values, first=0):
    return pd.Series(values, index=range(first, first + len(values)), dtype=str)


@pytest.mark.parametrize("code", ["5", "05", "005", "KU005", " 005 "])
def test_codes_have_three_digits(code):
    assert municipality_codes(texts(code)).tolist() == ["005"]


@pytest.mark.parametrize(
    ("code", "other"),
    [
        ("SSS", True),
        ("MK01", True),
        ("SK011", True),
        ("ELY01", True),
        ("KU199", True),
        ("199", True),
        ("KUJOU", True),
        ("KU005", False),
        ("005", False),
        ("1990", False),
        ("5", False),
    ],
)
def test_areas_that_are_no_municipality(code, other):
    assert bool(NOT_MUNICIPALITIES.match(code)) is other


@pytest.mark.parametrize(
    ("frequency", "text", "period"),
    [
        ("M", "2021-03", "2021-03"),
        ("M", "2021M03", "2021-03"),
        ("Q", "2021Q1", "2021Q1"),
        ("Q", "2021-Q4", "2021Q4"),
        ("Y", "2021", "2021"),
        ("M", "2010m1", "2010-01"),
        ("M", "2010m12", "2010-12"),
        ("M", "201001", "2010-01"),
        ("M", "2010-01-01", "2010-01"),
        ("M", "2010-01-31", "2010-01"),
        ("M", "2010/01", "2010-01"),
        ("M", "2010/01/31", "2010-01"),
        ("M", "31.1.2010", "2010-01"),
        ("M", "05.12.2010", "2010-12"),
        ("Q", "30.06.2004", "2004Q2"),
        ("Y", "31.12.2002", "2002"),
        ("Q", "2004q1", "2004Q1"),
        ("Q", "2004:Q1", "2004Q1"),
        ("Q", "2004-q1", "2004Q1"),
        ("Q", "2004-04-01", "2004Q2"),
        ("Y", "2021-01-01", "2021"),
    ],
)
def test_forms_of_a_period(frequency, text, period):
    assert periods(texts(text), frequency, WHERE).tolist() == [pd.Period(period, frequency)]


@pytest.mark.parametrize(
    ("frequency", "text"),
    [
        ("M", "2021-13"),
        ("M", "2021-3"),
        ("M", "2021"),
        ("M", "2021-02-30"),
        ("M", "30.2.2021"),
        ("M", "12.31.2021"),
        ("M", "31.12.21"),
        ("M", "2021/03-31"),
        ("M", "2021.10"),
        ("M", "202113"),
        ("M", "0000-01"),
        ("Y", "0000"),
        ("Y", "1e3"),
        ("M", "03/2021"),
        ("M", ""),
        ("Q", "2021Q5"),
        ("Q", "2021-03"),
        ("Y", "2021-03"),
        ("Y", "21"),
        ("Y", "NA"),
    ],
)
def test_other_forms_are_told_with_their_row(frequency, text):
    good = {"M": "2021-01", "Q": "2021Q1", "Y": "2021"}[frequency]
    with pytest.raises(InputError, match=r"^file.csv, column x, row 7: expected a period such as"):
        periods(texts(good, text, first=4), frequency, WHERE)


def test_numbers_and_missing_tokens():
    parsed = numbers(texts("1.5", " -2 ", "1e3", "..", ""), ["", ".."], WHERE)
    assert parsed.tolist()[:3] == [1.5, -2.0, 1000.0]
    assert parsed.isna().tolist() == [False, False, False, True, True]


@pytest.mark.parametrize("text", ["many", "1,5", "1 000", "..", "nan", "NaN", "-", "5 %", "1_0"])
def test_what_is_no_number_is_told_with_its_row_and_not_its_value(text):
    with pytest.raises(InputError) as caught:
        numbers(texts("1", text, text), [""], WHERE)
    message = str(caught.value)
    assert message.startswith("file.csv, column x, row 3: expected a number with a decimal point")
    assert "2 such rows" in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("text", ["inf", "-inf", "Infinity", "1e999"])
def test_infinite_numbers_are_refused(text):
    with pytest.raises(InputError, match=r"^file.csv, column x, row 2: expected a finite number"):
        numbers(texts(text, "1"), [""], WHERE)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_are_read_exactly(values):
    assert numbers(texts(*map(repr, values)), [""], WHERE).tolist() == values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2007.0", "2007"),
        ("8001.00", "8001"),
        (" 7 ", "7"),
        ("10.5", "10.5"),
        ("100", "100"),
        ("v1.0", "v1.0"),
        ("", ""),
    ],
)
def test_whole_numbers_lose_their_decimals(text, expected):
    assert without_decimals(texts(text)).tolist() == [expected]


WRITTEN = {
    "M": [
        "{y}-{m:02}",
        "{y}M{m:02}",
        "{y}m{m}",
        "{y}{m:02}",
        "{y}/{m:02}",
        "{y}-{m:02}-15",
        "15.{m}.{y}",
    ],
    "Q": ["{y}Q{q}", "{y}q{q}", "{y}:Q{q}", "{y}-Q{q}", "{y}-q{q}", "{y}-{m:02}-01", "1.{m}.{y}"],
    "Y": ["{y}", "{y}-{m:02}-28", "{y}/{m:02}/28", "28.{m:02}.{y}"],
}


@given(st.integers(1700, 2199), st.integers(1, 12), st.sampled_from("MQY"), st.data())
def test_a_period_is_read_back_however_it_is_written(year, month, frequency, data):
    form = data.draw(st.sampled_from(WRITTEN[frequency]))
    text = form.format(y=year, m=month, q=(month + 2) // 3)
    expected = pd.Period(year=year, month=month, freq=frequency)
    assert periods(texts(f" {text} "), frequency, WHERE).tolist() == [expected]


@given(st.integers(1, 999))
def test_a_number_is_a_period_only_where_it_is_declared(number):
    found = periods(texts(str(number)), "Y", WHERE, form="number").tolist()
    assert [str(period) for period in found] == [f"{number:04}"]
    with pytest.raises(InputError, match="expected a period such as 2021"):
        periods(texts(str(number)), "Y", WHERE)


@pytest.mark.parametrize("text", ["0", "1000", "-1", "1.5", "01", "", "2001q1"])
def test_other_texts_are_no_numbers_of_a_count(text):
    with pytest.raises(InputError, match=r"row 3: expected a whole number from 1 to 999; found"):
        periods(texts("1", text), "Y", WHERE, form="number")


@pytest.mark.parametrize(
    ("frequency", "number", "period"),
    [
        ("M", "600", "2010-01"),
        ("Q", "176", "2004Q1"),
        ("Y", "2004", "2004"),
        ("M", "-1", "1959-12"),
    ],
)
def test_numbers_of_stata_count_from_1960(frequency, number, period):
    found = periods(texts(number), frequency, WHERE, form="stata").tolist()
    assert found == [pd.Period(period, frequency)]


def test_the_first_row_of_mixed_forms_is_told_with_what_was_found():
    with pytest.raises(InputError) as caught:
        periods(texts("2021-01", "2021-02", "3/2021", "4/2021"), "M", WHERE)
    assert str(caught.value) == (
        "file.csv, column x, row 4: expected a period such as 2021-03 or 2021M03, or a day "
        "such as 2021-03-31 or 31.3.2021; found '3/2021' (2 such rows)"
    )
