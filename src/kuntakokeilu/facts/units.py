"""Units of outcomes: what is counted, and by which month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Month = Literal["person-month", "client-month"]
MONTHS: tuple[Month, ...] = get_args(Month)
EUROS = "euros"
SHARE = "percentage points"


@dataclass(frozen=True)
class Unit:
    """The unit of an outcome's effects, read from its text in outcomes.csv.

    Attributes
    ----------
    amount : str
        What is counted, such as euros or days, in the study's own words.
    month : {"person-month", "client-month"} or None
        What it is counted by, if by a month; an amount by the month adds up over months.
    """

    amount: str
    month: Month | None = None

    @classmethod
    def read(cls, text: str) -> Unit:
        """Read a unit as outcomes.csv has it.

        Examples
        --------
        >>> Unit.read("euros per person-month")
        Unit(amount='euros', month='person-month')
        >>> Unit.read("days")
        Unit(amount='days', month=None)
        """
        for month in MONTHS:
            if text.endswith(f" per {month}"):
                return cls(text.removesuffix(f" per {month}"), month)
        return cls(text)

    def over_months(self) -> tuple[float, str] | None:
        """Give the factor and unit of effects added up over months; None of what does not add up.

        A share adds up to months: 2 percentage points of 100 person-months are 2 person-months.
        """
        if self.amount == SHARE and self.month is None:
            return 0.01, "person-months"
        return None if self.month is None else (1.0, self.amount)
