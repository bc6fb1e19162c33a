"""The months of a twin, counted from January of its first year, and the weekdays in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MONTHS = 96
BURN_IN = 36  # months before, so that spells and counters have a past


@dataclass(frozen=True)
class Clock:
    """The calendar of a twin of eight years.

    Attributes
    ----------
    first_year : int
        Month 0 is its January.
    """

    first_year: int = 2017

    @property
    def origin(self) -> np.datetime64:
        """Month 0."""
        return np.datetime64(f"{self.first_year}-01", "M")

    @property
    def last_year(self) -> int:
        """Last of the eight years."""
        return self.year(MONTHS - 1)

    def month(self, text: str) -> int:
        """Turn 2021-03 into months since month 0; before and after the twin too."""
        return int(np.datetime64(text, "M") - self.origin)

    def year(self, t: int) -> int:
        """Year of month t."""
        return self.first_year + t // 12

    def dates(self, t: int | np.ndarray, day: int | np.ndarray) -> np.ndarray:
        """Turn month and day of month (1 to 31, within the month) into dates."""
        months = self.origin + np.asarray(t).astype("timedelta64[M]")
        return months.astype("datetime64[D]") + (np.asarray(day) - 1).astype("timedelta64[D]")

    def days_in(self, t: int | np.ndarray) -> np.ndarray:
        """Number of days of months."""
        months = self.origin + np.asarray(t).astype("timedelta64[M]")
        days = (months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")
        return days.astype(np.int64)

    def weekdays_from(self, t: int) -> np.ndarray:
        """Weekdays (Monday to Friday) from day d of month t to its end.

        Returns
        -------
        ndarray of int16, shape (33,)
            Index 1 to 31 by day; 0 beyond the end of the month. Index 0 repeats day 1.
        """
        first, end = self.dates(t, 1), self.dates(t + 1, 1)
        starts = first + np.maximum(np.arange(33) - 1, 0)
        return np.busday_count(np.minimum(starts, end), end).astype(np.int16)


DEFAULT = Clock()  # the years of the trial of 2021-24


def month(text: str) -> int:
    """Turn 2021-03 into months since 2017-01."""
    return DEFAULT.month(text)


START = month("2021-03")  # Act 1269/2020
