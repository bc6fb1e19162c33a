"""Turning text columns into codes, periods and numbers, or saying which row cannot be."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable

import pandas as pd

from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.tabular import stata_period

# Areas of table 12r5 that are not municipalities: the whole country, regions, sub-regions and
# ELY centres; and 199 and JOU, which gather people without a municipality in Finland.
NOT_MUNICIPALITIES = re.compile(r"^(SSS|MK.*|SK.*|ELY.*|(KU)?199|KUJOU)$")

# Forms in which people write a period; of a day, the period that holds it. Years as a time stamp
# can hold them. Where points part a day, the month is in the middle.
_YEAR = r"(?P<year>(?:1[7-9]|2[01])\d\d)"
_DAY = rf"{_YEAR}(?P<by>[-/])(?P<month>0[1-9]|1[0-2])(?P=by)(?P<day>0[1-9]|[12]\d|3[01])"
_DAYS = (
    rf"{_DAY}(?:[T ]00:00:00)?",
    rf"(?P<day>0?[1-9]|[12]\d|3[01])\.(?P<month>0?[1-9]|1[0-2])\.{_YEAR}",
)
_TEXTS = {
    "M": (*_DAYS, rf"{_YEAR}[-/: ]?m?(?P<month>0[1-9]|1[0-2])", rf"{_YEAR}[-: ]?m(?P<month>[1-9])"),
    "Q": (*_DAYS, rf"{_YEAR}[-/: ]?q(?P<quarter>[1-4])"),
    "Y": (*_DAYS, _YEAR),
}
_FORMS = {key: [re.compile(form, re.IGNORECASE) for form in forms] for key, forms in _TEXTS.items()}
_PERIOD_EXAMPLES = {"M": "2021-03 or 2021M03", "Q": "2021Q1", "Y": "2021"}
_A_DAY = "or a day such as 2021-03-31 or 31.3.2021"
_EXPECTED = {
    "number": "a whole number from 1 to 999",
    "stata": "a number of Stata, such as 600, counted from 1960",
}


def first_row(bad: pd.Series) -> int:
    """Return the file's row number (the header is row 1) of the first bad row."""
    return int(bad.index[bad.to_numpy(bool)][0]) + 2


def municipality_codes(codes: pd.Series) -> pd.Series:
    """Bring `5`, `005` and `KU005` to the three digits `005`."""
    return codes.str.strip().str.removeprefix("KU").str.zfill(3)


def without_decimals(values: pd.Series) -> pd.Series:
    """Drop the `.0` that a whole number gets when it once was a float."""
    return values.str.strip().str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True)


def periods(
    values: pd.Series, frequency: str, where: str, otherwise: str = "", form: str = "calendar"
) -> pd.Series:
    """Parse periods.

    Parameters
    ----------
    values : Series of str
        One period a row.
    frequency : {"M", "Q", "Y"}
        Expected frequency.
    where : str
        File and column, for the message.
    otherwise : str
        What else may stand there, for the message.
    form : {"calendar", "number", "stata"}
        How they are written, as in the key period_form of a study.

    Raises
    ------
    InputError
        A value is not a period of this frequency.
    """
    read = {"calendar": read_period, "number": _numbered, "stata": _of_stata}[form]
    found = {text: read(text, frequency) for text in values.unique()}
    parsed = values.map(found)
    bad = parsed.isna()
    if bad.any():
        row = first_row(bad)
        expected = _EXPECTED.get(form, f"a period such as {_PERIOD_EXAMPLES[frequency]}, {_A_DAY}")
        raise InputError(
            f"{where}, row {row}: expected {expected}{otherwise}; found "
            f"{values.loc[row - 2][:20]!r} ({counted(bad.sum(), 'such row')})"
        )
    return parsed.astype(pd.PeriodDtype(frequency))


def read_period(text: str, frequency: str) -> pd.Period | None:
    """Read one period in any of its forms; None if it is none."""
    matches = (form.fullmatch(text.strip()) for form in _FORMS[frequency])
    parts = next((match.groupdict() for match in matches if match), None)
    if parts is None:
        return None
    year, month = int(parts["year"]), int(parts.get("month") or 1)
    if parts.get("quarter"):
        month = 3 * int(parts["quarter"])
    if int(parts.get("day") or 1) > monthrange(year, month)[1]:
        return None
    return pd.Period(year=year, month=month, freq=frequency)


def _numbered(text: str, frequency: str) -> pd.Period | None:
    """Read a number of the panel's own count as the year of that number."""
    known = re.fullmatch(r"[1-9]\d{0,2}", text.strip())
    return pd.Period(year=int(text), freq=frequency) if known else None


def _of_stata(text: str, frequency: str) -> pd.Period | None:
    """Read a period that Stata has as a number."""
    known = re.fullmatch(r"-?\d{1,4}", text.strip())
    return pd.Period(stata_period(int(text), frequency), freq=frequency) if known else None


def numbers(values: pd.Series, missing: Iterable[str], where: str) -> pd.Series:
    """Parse numbers with a decimal point; tokens in `missing` become missing values.

    Raises
    ------
    InputError
        A value is text or has a decimal comma.
    """
    text = values.str.strip()
    empty = text.isin(list(missing))
    parsed = pd.to_numeric(text.where(~empty), errors="coerce")
    bad = parsed.isna() & ~empty
    if bad.any():
        raise InputError(
            f"{where}, row {first_row(bad)}: expected a number with a decimal point or one of "
            f"the missing-value tokens ({counted(bad.sum(), 'such row')})"
        )
    infinite = parsed.isin([float("inf"), float("-inf")])
    if infinite.any():
        raise InputError(f"{where}, row {first_row(infinite)}: expected a finite number")
    return parsed.astype(float)


def require_once(frame: pd.DataFrame, where: str, said: Callable[[pd.Period], str] = str) -> None:
    """Stop if a unit has the same period twice; `said` writes periods for the message."""
    twice = frame.duplicated(["unit", "period"])
    if twice.any():
        row = frame[twice].iloc[0]
        raise InputError(
            f"{where}, row {first_row(twice)}: unit {row['unit']} has period "
            f"{said(row['period'])} twice ({counted(twice.sum(), 'such row')}); expected one row "
            "for each unit and period"
        )


def require_complete(
    frame: pd.DataFrame,
    units: Iterable[str],
    span: pd.PeriodIndex,
    where: str,
    otherwise: str = "",
    said: Callable[[pd.Period], str] = str,
) -> None:
    """Stop if a unit lacks a period of the span. A suppressed value is not a lacking row."""
    wanted = pd.MultiIndex.from_product([sorted(units), span], names=["unit", "period"])
    lacking = wanted.difference(pd.MultiIndex.from_frame(frame[["unit", "period"]]))
    if len(lacking):
        lost = lacking.get_level_values("period").unique().sort_values()
        who = lacking.get_level_values("unit").unique()
        raise InputError(
            f"{where}: {counted(len(lacking), 'unit-period is', 'unit-periods are')} missing: "
            f"{some(map(said, lost), 3)} for unit {some(who, 3)}; expected every period "
            f"{said(span[0])} to {said(span[-1])} for every unit"
            f"{otherwise}"
        )
