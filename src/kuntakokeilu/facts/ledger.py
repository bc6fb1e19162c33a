"""Who pays what: the dated rules of the cost ledger, config/ledger/ and config/benefit_rates.csv.

Money is whole cents; shares and rates are whole parts of ten thousand, so that SQL and tests
reckon with the same integers. Months are numbers, year * 12 + month - 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, get_args

import pandas as pd
from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.facts.basics import Closed, Name
from kuntakokeilu.facts.dated import (
    WHOLE,
    Dated,
    Share,
    Sourced,
    by_month,
    expand,
    month_text,
    no_hole,
    no_overlap,
    parts,
)
from kuntakokeilu.facts.rows import Model, parse, read_rows, unique
from kuntakokeilu.facts.support import (
    HousingParameter,
    WageSubsidy,
    housing_allowance,
    wage_subsidies,
)
from kuntakokeilu.facts.taxes import (
    Bracket,
    Contribution,
    TaxParameter,
    brackets,
    contributions,
    income_tax,
)

# The last payer of a benefit, in this order, pays what the rounded shares of the others leave.
Payer = Literal[
    "municipalities",
    "counties",
    "unemployment_funds",
    "social_insurance",
    "employment_fund",
    "state",
]
Benefit = Literal[
    "FM",
    "FP",
    "AP",
    "basic_assistance",
    "supplementary_assistance",
    "preventive_assistance",
    "sickness_allowance",
    "medicines",
    "AP_laid_off",
]
Unemployment = Literal["FM", "FP", "AP"]
ServiceName = Literal[
    "work_trial",
    "coaching",
    "training",
    "study",
    "rehabilitation",
    "visit_physician",
    "visit_nurse",
    "visit_other",
]
PAYERS, BENEFITS, SERVICES = map(get_args, (Payer, Benefit, ServiceName))
GROUNDS = ("1", "2", "3", "4", "unknown")
# Rates by day that the ledger needs, a column each of `LedgerRules.rates`.
RATES = ("daily_allowance", "increase_supplement", "expense_compensation")
COUNTED = "FM"  # the benefit whose share depends on the days counted
COUNTIES_FROM = "2023-01"  # wellbeing services counties, config/policy_calendar.csv


class Paid(Dated):
    """A row about who pays."""

    payer: Payer = Field(description="who pays in the end")

    @validate_model(mode="after")
    def _counties_exist(self) -> Self:
        if self.payer == "counties" and self.valid_from < COUNTIES_FROM:
            raise ValueError(f"valid_from: counties pay from {COUNTIES_FROM} on, not before")
        return self


class Financing(Paid):
    """The share of one payer in a benefit."""

    benefit: Benefit = Field(
        description="code of the register, or our own name; AP_laid_off: days of AP while laid off"
    )
    ground: Literal["1", "2", "3", "4", "unknown", "any"] = Field(description="of payment, or any")
    days_from: int = Field(ge=0, description="days counted before the payment period, from so many")
    share: Share = Field(description="share of the amount")
    basic_part_by: Payer | None = Field(
        None,
        description="who pays, of this share, the part at the level of the basic allowance; this "
        "payer pays what an increase adds and what rounding leaves",
    )
    administrator: str = Field(min_length=1, description="who hands it out; pays nothing by that")

    @validate_model(mode="after")
    def _is_counted(self) -> Self:
        if self.days_from and self.benefit != COUNTED:
            raise ValueError(f"days_from: days are counted for {COUNTED} only; expected 0")
        if self.basic_part_by == self.payer:
            raise ValueError(f"basic_part_by: {self.payer} has the share itself; expected another")
        return self


class Counterfactual(Sourced):
    """The municipal share of a benefit under other rules than those in force."""

    rules: Literal["2025"] = Field(description="name of the set of rules")
    benefit: Unemployment = Field(description="code of the register")
    days_from: int = Field(ge=0, description="paid days before the payment period, from so many")
    share: Share = Field(description="share of the part at the level of the basic allowance")


class Service(Paid):
    """What a service costs, who pays it and what the state refunds."""

    service: ServiceName = Field(description="kind of service")
    payer: Literal["municipalities", "counties", "state"] = Field(description="who pays it")
    cents: int = Field(ge=0, description="gross cost of a day or visit")
    state_transfer_cents: int = Field(ge=0, description="refund of the state for a day or visit")
    days_per_week: int = Field(5, ge=1, le=5, description="days of a week on which one is there")

    @validate_model(mode="after")
    def _transfer_below_cost(self) -> Self:
        if self.state_transfer_cents > self.cents:
            raise ValueError(f"state_transfer_cents: {self.state_transfer_cents} is above cents")
        return self


class Rate(Dated):
    """One rate of a benefit."""

    parameter: Name = Field(description="name of the rate")
    cents: int = Field(ge=0, description="its level")
    unit: Literal["day", "month"] = Field(description="for what")


class Assumption(Sourced):
    """A choice that no source settles."""

    parameter: Name = Field(description="name of the choice")
    value: str = Field(min_length=1, description="what is chosen")


class Assumptions(Closed):
    """What no source settles: config/ledger/assumptions.csv.

    Attributes
    ----------
    share_follows_from : {"period_start", "period_end"}
        The days counted before a payment period, or those with its own, decide on its share.
    recovered_days_leave : bool
        Recovered days are taken out of the counter again.
    least_allowance_days : int
        So many days of an allowance since the last subsidy: it was newly granted and is used up.
    full_allowance_cents : int
        A full day of earnings-related allowance of whom the register tells none.
    housing_allowance_share : Decimal
        Part of persons who live alone in a rented dwelling and draw the housing allowance.
    """

    share_follows_from: Literal["period_start", "period_end"]
    recovered_days_leave: bool
    least_allowance_days: int = Field(ge=1)
    full_allowance_cents: int = Field(ge=1)
    housing_allowance_share: Share


@dataclass(frozen=True, eq=False)  # tables: rules are the same if they were read at once
class LedgerRules:
    """The rules by month; all tables cover the same months, without hole or overlap.

    Attributes
    ----------
    first, last : int
        First and last month.
    financing : DataFrame
        benefit, ground, days_from, month, payer, share (of WHOLE), basic_part_by (or None).
    counterfactual : DataFrame
        rules, benefit, days_from, share (of WHOLE).
    services : DataFrame
        service, month, payer, cents, state_transfer_cents, days_per_week.
    contributions : DataFrame
        recipient, side, employer, month, rate (of WHOLE).
    income_tax : DataFrame
        year, and a column per parameter of `taxes.TAX_UNITS`.
    brackets : DataFrame
        year, income_from, income_until, tax_at_limit (cents), rate (of WHOLE).
    wage_subsidies : DataFrame
        employer, month, share_from, share_until, unknown_share (of WHOLE), base, ceiling_cents.
    housing_allowance : DataFrame
        month, and a column per parameter of `support.HOUSING_UNITS`.
    rates : DataFrame
        month, and a column of cents a day for each of RATES.
    assumptions : Assumptions
        What no source settles.
    """

    first: int
    last: int
    financing: pd.DataFrame
    counterfactual: pd.DataFrame
    services: pd.DataFrame
    contributions: pd.DataFrame
    income_tax: pd.DataFrame
    brackets: pd.DataFrame
    wage_subsidies: pd.DataFrame
    housing_allowance: pd.DataFrame
    rates: pd.DataFrame
    assumptions: Assumptions


def read_ledger_rules(config: Path) -> LedgerRules:
    """Read the rules of the cost ledger.

    Parameters
    ----------
    config : Path
        The folder config/ of the project.

    Raises
    ------
    InputError
        A table has a hole or an overlap in its dates, shares that do not add up to 1, or lacks a
        benefit, service or rate.
    """
    config = Path(config)
    folder = config / "ledger"
    where = folder.as_posix()
    financing = _financing(read_rows(folder / "financing.csv", Financing, where), where)
    first, last = int(financing["month"].min()), int(financing["month"].max())
    span = range(first, last + 1)
    years = range(first // 12, last // 12 + 1)

    def table(
        name: str,
        model: type[Model],
        make: Callable[[Mapping[int, Model], str, range], pd.DataFrame],
        over: range,
    ) -> pd.DataFrame:
        return make(read_rows(folder / f"{name}.csv", model, where), f"{where}/{name}.csv", over)

    return LedgerRules(
        first=first,
        last=last,
        financing=financing,
        counterfactual=_counterfactual(
            read_rows(folder / "counterfactual.csv", Counterfactual, where), where
        ),
        services=by_month(
            f"{where}/services.csv",
            read_rows(folder / "services.csv", Service, where),
            ["service"],
            [(name,) for name in SERVICES],
            span,
        ),
        contributions=table("contributions", Contribution, contributions, span),
        income_tax=table("income_tax", TaxParameter, income_tax, years),
        brackets=table("income_tax_brackets", Bracket, brackets, years),
        wage_subsidies=table("wage_subsidies", WageSubsidy, wage_subsidies, span),
        housing_allowance=table("housing_allowance", HousingParameter, housing_allowance, span),
        rates=_rates(config, span),
        assumptions=_assumptions(read_rows(folder / "assumptions.csv", Assumption, where), where),
    )


def _financing(rows: Mapping[int, Financing], where: str) -> pd.DataFrame:
    where = f"{where}/financing.csv"
    frame = expand(rows).drop(columns=["valid_from", "valid_to", "administrator"])
    grounds = frame["ground"].map(lambda g: list(GROUNDS) if g == "any" else [g])
    frame = frame.assign(ground=grounds, share=frame["share"].map(parts)).explode("ground")
    frame = frame.reset_index(drop=True)
    kind = ["benefit", "ground", "days_from"]
    no_overlap(where, frame, [*kind, "payer"])
    span = range(int(frame["month"].min()), int(frame["month"].max()) + 1)
    classes = set(frame[kind].itertuples(index=False, name=None))
    classes |= {(b, g, 0) for b in BENEFITS for g in GROUNDS}
    ordered = sorted(classes, key=lambda each: (BENEFITS.index(each[0]), *each[1:]))
    no_hole(where, frame, kind, ordered, span)
    shares = frame.groupby([*kind, "month"])["share"].sum()
    wrong = shares[shares != WHOLE]
    if len(wrong):
        benefit, ground, days, month = wrong.index[0]
        raise InputError(
            f"{where}: shares of {benefit}, ground {ground}, from {counted(days, 'day')} add up to "
            f"{wrong.iloc[0] / WHOLE} in {month_text(month)}; expected 1 "
            f"({counted(len(wrong), 'such month')})"
        )
    if frame.dropna(subset="basic_part_by").duplicated([*kind, "month"]).any():
        raise InputError(f"{where}, column basic_part_by: expected one payer of a benefit at most")
    return frame.drop(columns="row")


def _counterfactual(rows: Mapping[int, Counterfactual], where: str) -> pd.DataFrame:
    where = f"{where}/counterfactual.csv"
    frame = pd.DataFrame([row.model_dump(exclude={"mark", "source"}) for row in rows.values()])
    missing = [name for name in get_args(Unemployment) if name not in set(frame["benefit"])]
    if missing:
        raise InputError(f"{where}: no row for {some(missing)}; expected a share of each benefit")
    if frame.duplicated(["rules", "benefit", "days_from"]).any():
        raise InputError(f"{where}: a class of days stands there twice")
    if (frame.groupby(["rules", "benefit"])["days_from"].min() != 0).any():
        raise InputError(f"{where}: expected a class from 0 days for each benefit")
    return frame.assign(share=frame["share"].map(parts))


def _rates(config: Path, span: range) -> pd.DataFrame:
    rows = read_rows(config / "benefit_rates.csv", Rate, config.as_posix())
    own = {number: row for number, row in rows.items() if row.parameter in RATES}
    where = f"{config.as_posix()}/benefit_rates.csv"
    frame = by_month(where, own, ["parameter"], [(name,) for name in RATES], span)
    frame = frame[frame["month"].isin(span)]
    return frame.pivot(index="month", columns="parameter", values="cents").reset_index()


def _assumptions(rows: Mapping[int, Assumption], where: str) -> Assumptions:
    where = f"{where}/assumptions.csv"
    chosen = {name: row.value for name, row in unique(rows, "parameter", where).items()}
    return parse(Assumptions, chosen, f"{where}, values")
