"""Kinds of columns of which the contracts are made."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

_PERIOD = pa.Check(
    lambda s: isinstance(s.dtype, pd.PeriodDtype), error="expected a pandas period type"
)


def text(description: str, *, nullable: bool = False, values: tuple[str, ...] = ()) -> pa.Column:
    """Text: a name, a code, words."""
    checks = [pa.Check.isin(values)] if values else []
    return pa.Column(str, checks, nullable=nullable, coerce=True, description=description)


def number(description: str, *, nullable: bool = True) -> pa.Column:
    """A number, missing unless said otherwise."""
    return pa.Column(float, nullable=nullable, coerce=True, description=description)


def count(description: str, *, nullable: bool = True) -> pa.Column:
    """A whole number from zero on."""
    check = pa.Check.ge(0)
    return pa.Column("Int64", check, nullable=nullable, coerce=True, description=description)


def integer(description: str) -> pa.Column:
    """A whole number, maybe missing."""
    return pa.Column("Int64", nullable=True, coerce=True, description=description)


def released(
    schema: pa.DataFrameSchema,
    description: str,
    *,
    without: tuple[str, ...] = (),
    **columns: pa.Column,
) -> pa.DataFrameSchema:
    """Make the schema of what leaves: less what stays inside, with a verdict or other words."""
    kept = {name: column for name, column in schema.columns.items() if name not in without}
    return pa.DataFrameSchema(
        {**kept, **columns},
        unique=schema.unique,
        strict=True,
        name=f"{schema.name}_RELEASED",
        description=description,
    )


def period(description: str, *, nullable: bool = False) -> pa.Column:
    """A pandas period."""
    return pa.Column(None, _PERIOD, nullable=nullable, description=description)


# What is known of the euros behind a number, beside its persons: the worst arm and period.
AMOUNTS_BEHIND: dict[str, pa.Column] = {
    name: pa.Column(float, nullable=True, required=False, coerce=True, description=words)
    for name, words in (
        ("largest_share", "of euros: largest share of a person or payer in an arm and period"),
        ("two_largest_share", "of euros: largest share of two persons"),
        ("rest_share", "of euros: what is left beside the two largest, as a share of the largest"),
        ("n_payers_min", "of euros: fewest payers; missing if registers name none"),
        (
            "n_with_amount_min",
            "of euros: fewest persons with an amount, at least, in an arm and "
            "period in which anybody has one",
        ),
    )
}
