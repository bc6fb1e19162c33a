"""Days as whole numbers since 1970, with the register's date for "still going on"."""

from __future__ import annotations

import numpy as np
import pandas as pd


def day(text: str) -> int:
    """Number a day YYYY-MM-DD."""
    return int(np.datetime64(text, "D").astype(np.int64))


OPEN = day("2222-11-11")


def days(dates: pd.Series, missing: int = OPEN) -> np.ndarray:
    """Number the days of a column of dates; int32."""
    numbers = dates.to_numpy().astype("datetime64[D]").astype(np.int64)
    return np.where(dates.isna().to_numpy(), missing, numbers).astype(np.int32)


def months(numbers: pd.Series | np.ndarray) -> np.ndarray:
    """Number the months (since 1970) of numbered days."""
    dates = np.asarray(numbers).astype(np.int64).astype("datetime64[D]")
    return dates.astype("datetime64[M]").astype(np.int64)


def years(numbers: pd.Series | np.ndarray) -> np.ndarray:
    """Give the calendar years of numbered days."""
    return 1970 + months(numbers) // 12


def ends_of(year: int) -> tuple[int, int]:
    """Give the first and the last day of a year."""
    return day(f"{year}-01-01"), day(f"{year}-12-31")
