"""What the public receives of earnings and benefits: income tax by year, contributions by month."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, Self, get_args

import pandas as pd
from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.dated import WHOLE, Dated, Share, Sourced, by_month, parts

Recipient = Literal["municipalities", "state", "pension", "health", "unemployment"]
RECIPIENTS = get_args(Recipient)
INSURANCE = ("pension", "health", "unemployment")
# Who pays wages. ASSUME: counties pay the contributions of municipalities, both being insured at
# Keva.
EMPLOYERS = ("private", "municipalities", "counties", "state")

# The parameters of the income tax of a single earner, and the unit of each. In brackets the Finnish
# name in the act.
TAX_UNITS = {
    "costs_of_earning": "euros",  # deducted from wages (tulonhankkimisvähennys)
    "daily_allowance_rate": "share",  # contribution on wages (päivärahamaksu)
    "daily_allowance_from": "euros",  # wages of the year from which it is paid on all of them
    "care_rate": "share",  # contribution on income taxed by municipalities (sairaanhoitomaksu)
    "care_addition": "share",  # more, on the part of benefits in it
    "earned_from": "euros",  # earned-income deduction (ansiotulovähennys)
    "earned_second_from": "euros",
    "earned_first_rate": "share",
    "earned_second_rate": "share",
    "earned_most": "euros",
    "earned_lowered_from": "euros",  # net income
    "earned_lowered_rate": "share",
    "basic_most": "euros",  # basic deduction (perusvähennys)
    "basic_lowered_rate": "share",
    "state_after_deductions": "flag",  # 1: the state's tax is of income after these two as well
    "municipal_rate": "share",  # mean of all municipalities
    "credit_from": "euros",  # earned-income credit (työtulovähennys)
    "credit_rate": "share",
    "credit_most": "euros",
    "credit_lowered_from": "euros",  # net income
    "credit_lowered_rate": "share",
    "credit_second_from": "euros",
    "credit_second_rate": "share",
    "broadcasting_rate": "share",  # tax for public broadcasting (yleisradiovero)
    "broadcasting_from": "euros",
    "broadcasting_least": "euros",  # less than this is not paid
    "broadcasting_most": "euros",
}


class TaxParameter(Sourced):
    """One parameter of the income tax of a year."""

    parameter: str = Field(description="name of the parameter")
    year: int = Field(ge=1900, le=2100, description="year of the income")
    value: Decimal = Field(ge=0, description="its value")
    unit: Literal["euros", "share", "flag"] = Field(description="of the value")

    @validate_model(mode="after")
    def _is_known(self) -> Self:
        unit = TAX_UNITS.get(self.parameter)
        if unit is None:
            raise ValueError(f"parameter: expected {some(TAX_UNITS, 4)}; found {self.parameter!r}")
        if unit != self.unit:
            raise ValueError(f"unit: expected {unit} for {self.parameter}; found {self.unit!r}")
        if unit != "euros" and self.value > 1:
            raise ValueError(f"value: expected 1 at most for {self.parameter}; found {self.value}")
        self.whole()
        return self

    def whole(self) -> int:
        """Give the value in cents, parts of ten thousand, or as it is."""
        return whole(self.value, {"euros": 100, "share": WHOLE, "flag": 1}[self.unit])


class Bracket(Sourced):
    """A class of income in the schedule of the state's income tax."""

    year: int = Field(ge=1900, le=2100, description="year of the income")
    income_from: Decimal = Field(ge=0, description="taxable income of the year from here on")
    tax_at_limit: Decimal = Field(ge=0, description="tax at this income, euros")
    rate: Share = Field(description="of what is above")


class Contribution(Dated):
    """A rate of social insurance contribution on wages."""

    recipient: Literal["pension", "health", "unemployment"] = Field(description="who receives it")
    side: Literal["employer", "employee"] = Field(description="who pays it")
    employer: Literal["any", "private", "municipalities", "state"] = Field(
        description="with which employer"
    )
    rate: Share = Field(description="of the wages")

    @validate_model(mode="after")
    def _is_of_an_employer(self) -> Self:
        if self.side == "employee" and self.employer != "any":
            raise ValueError("employer: an employee pays the same everywhere; expected any")
        return self


def whole(value: Decimal, scale: int) -> int:
    """Scale a value to a whole number; refuse more decimals than it has room for.

    Examples
    --------
    >>> whole(Decimal("12.34"), 100)
    1234
    >>> whole(Decimal("12.345"), 100)
    Traceback (most recent call last):
    ValueError: value: expected no more decimals than 1/100; found 12.345
    """
    scaled = value * scale
    if scaled != int(scaled):
        raise ValueError(f"value: expected no more decimals than 1/{scale}; found {value}")
    return int(scaled)


def income_tax(rows: Mapping[int, TaxParameter], where: str, years: range) -> pd.DataFrame:
    """Give a row per year and a column per parameter of `TAX_UNITS`: cents, parts of WHOLE, flags.

    Raises
    ------
    InputError
        A parameter is lacking in a year, or stands there twice.
    """
    found: dict[tuple[str, int], int] = {}
    for number, row in rows.items():
        key = row.parameter, row.year
        if key in found:
            raise InputError(f"{where}, row {number}: {key[0]} of {key[1]} stands there twice")
        found[key] = row.whole()
    for name in TAX_UNITS:
        missing = [year for year in years if (name, year) not in found]
        if missing:
            raise InputError(f"{where}: {name} has no row for {some(missing)}; expected each year")
    values = [{name: found[name, year] for name in TAX_UNITS} for year in years]
    return pd.DataFrame(values).assign(year=list(years))


def brackets(rows: Mapping[int, Bracket], where: str, years: range) -> pd.DataFrame:
    """Give year, income_from, income_until (cents), tax_at_limit (cents), rate (of WHOLE).

    Raises
    ------
    InputError
        A year has no bracket from 0 on, or its tax at a limit is not at least that of the bracket
        below, by more than the ten euros with which the lowest bracket began.
    """
    records = [
        (number, row.year, whole(row.income_from, 100), whole(row.tax_at_limit, 100),
         parts(row.rate))
        for number, row in rows.items()
    ]  # fmt: skip
    names = ["row", "year", "income_from", "tax_at_limit", "rate"]
    frame = pd.DataFrame(records, columns=names).sort_values(["year", "income_from"])
    missing = sorted(set(years) - set(frame.loc[frame["income_from"] == 0, "year"]))
    if missing:
        raise InputError(f"{where}: no bracket from 0 on for {some(missing)}; expected each year")
    twice = frame[frame.duplicated(["year", "income_from"])]
    if len(twice):
        raise InputError(f"{where}, row {twice['row'].iloc[0]}: the bracket stands there twice")
    before = frame.groupby("year").shift(1)
    reached = (
        before["tax_at_limit"]
        + before["rate"] * (frame["income_from"] - before["income_from"]) / WHOLE
    )
    step = (frame["tax_at_limit"] - reached).fillna(0)
    wrong = frame[(step < -1) | (step > 1000)]
    if len(wrong):
        raise InputError(
            f"{where}, row {wrong['row'].iloc[0]}, column tax_at_limit: the bracket below reaches "
            f"another tax at this income"
        )
    until = frame.groupby("year")["income_from"].shift(-1)
    return frame.assign(income_until=until.fillna(10**15).astype("int64")).drop(columns="row")


def contributions(rows: Mapping[int, Contribution], where: str, span: range) -> pd.DataFrame:
    """Give recipient, side, employer (of EMPLOYERS; `any` for the employee), month, rate.

    Raises
    ------
    InputError
        A contribution lacks a rate in a month, of a kind of employer, or has two.
    """
    keys = ["recipient", "side", "employer"]
    if not rows:
        raise InputError(f"{where}: no row")
    kinds = {(row.recipient, row.side) for row in rows.values()}
    lacking = [name for name in INSURANCE if (name, "employer") not in kinds]
    lacking += [name for name in ("pension", "unemployment") if (name, "employee") not in kinds]
    if lacking:
        raise InputError(f"{where}: no rate of {some(dict.fromkeys(lacking))} for one of the sides")
    spread: dict[int, Contribution] = {}
    expected: set[tuple[str, str, str]] = set()
    for recipient, side in sorted(kinds):
        own = {n: r for n, r in rows.items() if (r.recipient, r.side) == (recipient, side)}
        named = {row.employer for row in own.values()}
        if "any" in named and len(named) > 1:
            raise InputError(
                f"{where}: {recipient} of the {side} has rates for any employer and for some; "
                "expected one or the other"
            )
        needed = {"any"} if "any" in named else {"private", "municipalities", "state"}
        expected |= {(recipient, side, employer) for employer in needed}
        spread |= own
    frame = by_month(where, spread, keys, sorted(expected), span)
    frame = frame.assign(rate=frame["rate"].map(parts))
    for_all = frame["side"].eq("employer") & frame["employer"].eq("any")
    each = frame[for_all].drop(columns="employer").merge(pd.Series(EMPLOYERS, name="employer"),
                                                         how="cross")  # fmt: skip
    counties = frame[frame["employer"] == "municipalities"].assign(employer="counties")
    columns = [*keys, "month", "rate"]
    return pd.concat([frame[~for_all], each, counties], ignore_index=True)[columns]
