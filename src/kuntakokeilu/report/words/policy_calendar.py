"""The policy calendar: what else happened while a trial ran."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from string import ascii_uppercase

import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import LANGUAGES, Language

_COLUMNS = ["date", "precision", *(f"event_{code}" for code in LANGUAGES), "mark"]
_FORMS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
_LETTERS = [*ascii_uppercase, *(f"A{letter}" for letter in ascii_uppercase)]
_MARKS = ("verified", "unverified")


def read_calendar(path: Path) -> pd.DataFrame:
    """Read config/policy_calendar.csv.

    Returns
    -------
    DataFrame
        date (timestamp; the first day of a month or year known no better), precision, event_fi,
        event_sv, event_en, mark; sorted by date.

    Raises
    ------
    InputError
        A date is none, or a precision or mark is not one of those known.
    """
    path = Path(path)
    table = read_csv(path, _COLUMNS)[_COLUMNS]
    for column, allowed in (("precision", tuple(_FORMS)), ("mark", _MARKS)):
        wrong = table[~table[column].isin(allowed)]
        if len(wrong):
            raise InputError(
                f"{path.name}, row {wrong.index[0] + 2}, column {column}: "
                f"expected {' or '.join(allowed)}"
            )
    dates = pd.to_datetime(table["date"], format="%Y-%m-%d", errors="coerce")
    if dates.isna().any():
        row = dates.index[dates.isna()][0] + 2
        raise InputError(f"{path.name}, row {row}, column date: expected a date as 2021-03-01")
    return table.assign(date=dates).sort_values("date", kind="stable", ignore_index=True)


def no_calendar() -> pd.DataFrame:
    """Return a calendar without events, for a study of another country."""
    table = pd.DataFrame(columns=_COLUMNS, dtype=str)
    return table.assign(date=pd.to_datetime(table["date"]))


def events_between(calendar: pd.DataFrame, first: pd.Period, last: pd.Period) -> pd.DataFrame:
    """Choose the events from the first to the last period, numbered from 1."""
    inside = calendar["date"].between(first.start_time, last.end_time)
    events = calendar[inside].reset_index(drop=True)
    return events.assign(number=range(1, len(events) + 1), place=year_of(events["date"]))


def year_of(dates: pd.Series) -> pd.Series:
    """Turn dates into years with decimals, for an axis."""
    days = dates.dt.is_leap_year.map({True: 366, False: 365}).astype(float)
    return dates.dt.year + (dates.dt.day_of_year - 1) / days


@lru_cache(maxsize=10_000)
def period_ends(first: str, last: str, frequency: str) -> tuple[float, float]:
    """Return where a run of periods begins and ends on an axis of years."""
    if frequency == "Y":  # also a panel's own count, which no time stamp can hold
        return float(first), float(last) + 1
    begins = pd.Period(first, freq=frequency).start_time
    ends = (pd.Period(last, freq=frequency) + 1).start_time
    low, high = year_of(pd.Series([begins, ends]))
    return low, high


def window_marks(study: Study) -> dict[str, str]:
    """Give the windows of a study letters in the order of time."""
    spans = study["windows"]
    return dict(zip(sorted(spans, key=lambda name: spans[name]["first"]), _LETTERS, strict=False))


def date_text(event: pd.Series, language: Language) -> str:
    """Write an event's date as precisely as it is known."""
    if event["precision"] != "day":
        return language.period(event["date"].strftime(_FORMS[event["precision"]]))
    day, month, year = (getattr(event["date"], part) for part in ("day", "month", "year"))
    return language.say("figure.date", day=day, month=month, year=year)


def levels(places: list[float], apart: float) -> list[int]:
    """Stack marks so that none covers another.

    Parameters
    ----------
    places : list of float
        Where the marks are, in ascending order.
    apart : float
        The least distance of two marks on one level.

    Returns
    -------
    list of int
        Level of each mark, the lowest that is free.

    Examples
    --------
    >>> levels([2012.0, 2012.1, 2015.0], apart=0.5)
    [0, 1, 0]
    """
    last: list[float] = []
    found = []
    for place in places:
        free = (k for k, other in enumerate(last) if place - other >= apart)
        level = next(free, len(last))
        last[level : level + 1] = [place]
        found.append(level)
    return found
