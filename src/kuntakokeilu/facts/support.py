"""Wage subsidies and the housing allowance: what falls or comes with work beside the benefits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, Self, get_args

import pandas as pd
from pydantic import Field
from pydantic import model_validator as validate_model

from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.facts.dated import WHOLE, Dated, Share, by_month, month_text, parts
from kuntakokeilu.facts.taxes import whole

SubsidisedEmployer = Literal["any", "state"]

# Parameters of the general housing allowance of a single person, and the unit of each.
HOUSING_UNITS = {
    "accepted_rent": "euros",  # ASSUME: the rent is at least this high
    "allowance_share": "share",  # of the accepted rent less one's own share
    "smallest": "euros",  # less is not paid
    "own_share": "share",  # of the income above the next two
    "own_constant": "euros",
    "own_per_adult": "euros",
    "own_ignored_below": "euros",
    "earnings_deduction": "euros",  # of earnings, so much at most is not counted
}


class WageSubsidy(Dated):
    """How much of the cost of an employer a wage subsidy covers, by its share."""

    employer: SubsidisedEmployer = Field(description="state offices, or any other employer")
    share_from: Share = Field(description="subsidies of this share or more, up to the next class")
    base: Literal["cost", "wage"] = Field(
        description="what the share is of: wage and employer's contributions, or the wage"
    )
    ceiling_cents: int = Field(gt=0, description="most in a month")
    unknown_share: Share | None = Field(
        None, description="share that is assumed where the register has none; in one class"
    )


class HousingParameter(Dated):
    """One parameter of the general housing allowance."""

    parameter: str = Field(description="name of the parameter")
    value: Decimal = Field(ge=0, description="its value")
    unit: Literal["euros", "share"] = Field(description="of the value")

    @validate_model(mode="after")
    def _is_known(self) -> Self:
        unit = HOUSING_UNITS.get(self.parameter)
        if unit is None:
            names = ", ".join(HOUSING_UNITS)
            raise ValueError(f"parameter: expected one of {names}; found {self.parameter!r}")
        if unit != self.unit:
            raise ValueError(f"unit: expected {unit} for {self.parameter}; found {self.unit!r}")
        if unit == "share" and self.value > 1:
            raise ValueError(f"value: expected 1 at most for {self.parameter}; found {self.value}")
        self.whole()
        return self

    def whole(self) -> int:
        """Give the value in cents or in parts of ten thousand."""
        return whole(self.value, {"euros": 100, "share": WHOLE}[self.unit])


def wage_subsidies(rows: Mapping[int, WageSubsidy], where: str, span: range) -> pd.DataFrame:
    """Give employer, month, share_from, share_until, base, ceiling_cents, unknown_share (of WHOLE).

    `unknown_share` stands in every class of an employer and month.

    Raises
    ------
    InputError
        No class from 0 on in some month, or not exactly one assumed share for an employer.
    """
    keys = ["employer", "share_from"]
    expected = [(employer, Decimal(0)) for employer in get_args(SubsidisedEmployer)]
    frame = by_month(where, rows, keys, expected, span)
    frame = frame.assign(
        share_from=frame["share_from"].map(parts),
        unknown_share=frame["unknown_share"].map(lambda share: None if share is None
                                                 else parts(share)),
    ).sort_values(["employer", "month", "share_from"])  # fmt: skip
    by = frame.groupby(["employer", "month"])
    known = by["unknown_share"].count()
    wrong = known[known != 1]
    if len(wrong):
        employer, month = wrong.index[0]
        raise InputError(
            f"{where}, column unknown_share: {wrong.iloc[0]} of employer {employer} in "
            f"{month_text(month)}; expected one ({counted(len(wrong), 'such month')})"
        )
    return frame.assign(
        share_until=by["share_from"].shift(-1).fillna(WHOLE + 1).astype("int64"),
        unknown_share=by["unknown_share"].transform("max").astype("int64"),
    )


def housing_allowance(
    rows: Mapping[int, HousingParameter], where: str, span: range
) -> pd.DataFrame:
    """Give a row per month and a column per parameter of `HOUSING_UNITS`: cents, parts of WHOLE.

    Raises
    ------
    InputError
        A parameter is lacking in a month, or stands there twice.
    """
    expected = [(name,) for name in HOUSING_UNITS]
    frame = by_month(where, rows, ["parameter"], expected, span)
    scale = frame["unit"].map({"euros": 100, "share": WHOLE})
    frame = frame.assign(whole=[int(v * s) for v, s in zip(frame["value"], scale, strict=True)])
    return frame.pivot_table(index="month", columns="parameter", values="whole").astype("int64")\
        .reset_index()  # fmt: skip
