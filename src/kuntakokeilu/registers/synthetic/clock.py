"""The months of the twin, counted from January 2017, and the weekdays in them."""

from __future__ import annotations

import numpy as np

FIRST_YEAR = 2017
MONTHS = 96  # 2017-01 to 2024-12
BURN_IN = 36  # months before, so that spells and counters have a past
ORIGIN = np.datetime64("2017-01", "M")


def month(text: str) -> int:
    """Turn 2021-03 into months since 2017-01."""
    return int(np.datetime64(text, "M") - ORIGIN)


START = month("2021-03")  # Act 1269/2020


def year(t: int) -> int:
    """Year of month t."""
    return FIRST_YEAR + t // 12


def dates(t: int | np.ndarray, day: np.ndarray) -> np.ndarray:
    """Turn month and day of month (1 to 31, within the month) into dates."""
    months = ORIGIN + np.asarray(t).astype("timedelta64[M]")
    return months.astype("datetime64[D]") + (np.asarray(day) - 1).astype("timedelta64[D]")


def days_in(t: int | np.ndarray) -> np.ndarray:
    """Number of days of months."""
    months = ORIGIN + np.asarray(t).astype("timedelta64[M]")
    return ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)


def weekdays_from(t: int) -> np.ndarray:
    """Weekdays (Monday to Friday) from day d of month t to its end.

    Returns
    -------
    ndarray of int16, shape (33,)
        Index 1 to 31 by day; 0 beyond the end of the month. Index 0 repeats day 1.
    """
    month_start = (ORIGIN + np.timedelta64(t, "M")).astype("datetime64[D]")
    end = (ORIGIN + np.timedelta64(t + 1, "M")).astype("datetime64[D]")
    starts = month_start + np.maximum(np.arange(33) - 1, 0)
    return np.busday_count(np.minimum(starts, end), end).astype(np.int16)
