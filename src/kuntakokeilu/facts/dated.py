"""Rows of rules that are in force in some months, and the same rules month by month.

Money is whole cents; shares and rates are whole parts of ten thousand. Months are numbers,
year * 12 + month - 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, TypeVar

import pandas as pd
from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.facts.basics import Closed, PeriodText, check_form, check_order

WHOLE = 10_000

Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=4)]
Mark = Literal["verified", "unverified"]
Row = TypeVar("Row", bound="Dated")


class Sourced(Closed):
    """A row that says where it was found and whether it was read there."""

    mark: Mark = Field(description="verified: read in the source; else to be checked")
    source: str = Field(min_length=1, description="where it was read, or what is assumed")


class Dated(Sourced):
    """A row that is in force in some months."""

    valid_from: PeriodText = Field(description="first month, YYYY-MM")
    valid_to: PeriodText = Field(description="last month, YYYY-MM")

    @validate_model(mode="after")
    def _months_in_order(self) -> Self:
        for name in ("valid_from", "valid_to"):
            check_form(name, getattr(self, name), "M")
        check_order("valid_from", self.valid_from, "valid_to", self.valid_to)
        return self

    def months(self) -> range:
        """Number the months in which the row is in force."""
        return range(month_number(self.valid_from), month_number(self.valid_to) + 1)


def month_number(month: str) -> int:
    """Number a month, YYYY-MM."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_text(month: int) -> str:
    """Write a month as YYYY-MM.

    Examples
    --------
    >>> month_text(month_number("2021-11") + 3)
    '2022-02'
    """
    return f"{month // 12}-{month % 12 + 1:02d}"


def parts(share: Decimal) -> int:
    """Count the parts of ten thousand in a share.

    Examples
    --------
    >>> parts(Decimal("0.0775"))
    775
    """
    return int(share * WHOLE)


def expand(rows: Mapping[int, Row]) -> pd.DataFrame:
    """Give each row once for each of its months, with the row's number in the file."""
    records = [
        {"row": number, "month": month, **row.model_dump(exclude={"mark", "source"})}
        for number, row in rows.items()
        for month in row.months()
    ]
    return pd.DataFrame.from_records(records)


def by_month(
    where: str,
    rows: Mapping[int, Row],
    keys: list[str],
    expected: Iterable[tuple[Any, ...]],
    span: range,
) -> pd.DataFrame:
    """Expand rows by month and see that each key has exactly one row in each month."""
    if not rows:
        raise InputError(f"{where}: no row")
    frame = expand(rows)
    no_overlap(where, frame, keys)
    no_hole(where, frame, keys, expected, span)
    return frame.drop(columns=["row", "valid_from", "valid_to"])


def no_overlap(where: str, frame: pd.DataFrame, keys: list[str]) -> None:
    """Refuse a key that has two rows in a month."""
    twice = frame[frame.duplicated([*keys, "month"])]
    if len(twice):
        row = twice.iloc[0]
        name = " ".join(str(row[key]) for key in keys)
        months = twice.loc[twice["row"] == row["row"], "month"]
        raise InputError(
            f"{where}, row {row['row']}: {name} stands there already in {len(months)} of its "
            f"months, first {month_text(months.min())}; expected no overlap"
        )


def no_hole(
    where: str,
    frame: pd.DataFrame,
    keys: list[str],
    expected: Iterable[tuple[Any, ...]],
    span: range,
) -> None:
    """Refuse a key that lacks a row in a month of the span."""
    found = frame.groupby(keys)["month"].agg(set)
    found.index = [key if isinstance(key, tuple) else (key,) for key in found.index]
    for key in expected:
        missing = sorted(set(span) - found.get(key, set()))
        if missing:
            raise InputError(
                f"{where}: {' '.join(map(str, key))} has no row for "
                f"{counted(len(missing), 'month')} ({some(map(month_text, missing), 3)}); expected "
                f"one for each from {month_text(span[0])} to {month_text(span[-1])}"
            )
