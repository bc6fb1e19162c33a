"""Benefit rates by month, in cents: config/benefit_rates.csv."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.basics import Closed, Text
from kuntakokeilu.facts.rows import read_rows
from kuntakokeilu.twin.clock import DEFAULT, MONTHS, Clock

PARAMETERS = (
    "daily_allowance",
    "increase_supplement",
    "exempt_amount",
    "social_assistance_basic",
)


class Rate(Closed):
    """One rate over an interval of months."""

    parameter: Text
    valid_from: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    valid_to: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")
    cents: int = Field(ge=0)
    unit: Literal["day", "month"]
    mark: Literal["verified", "unverified"]
    source: str


def read_rates(config: Path, clock: Clock = DEFAULT) -> dict[str, np.ndarray]:
    """Read the rates of the months of a twin.

    Returns
    -------
    dict of str to ndarray of int64, shape (MONTHS,)
        Cents by parameter and month.

    Raises
    ------
    InputError
        A month without a rate, or with two.
    """
    rows = read_rows(config / "benefit_rates.csv", Rate, config.as_posix())
    tables = {name: np.full(MONTHS, -1, np.int64) for name in PARAMETERS}
    for number, row in rows.items():
        if row.parameter not in tables:
            continue  # rates that the twin does not need
        table, months = tables[row.parameter], np.arange(MONTHS)
        first, last = clock.month(row.valid_from), clock.month(row.valid_to)
        here = (months >= first) & (months <= last)
        if (table[here] >= 0).any():
            raise InputError(
                f"benefit_rates.csv, row {number}: {row.parameter} has a rate in these months "
                "already"
            )
        table[here] = row.cents
    for name, table in tables.items():
        if (table < 0).any():
            hole = clock.origin + int(np.flatnonzero(table < 0)[0])
            raise InputError(f"benefit_rates.csv: {name} has no rate in {hole}")
    return tables
