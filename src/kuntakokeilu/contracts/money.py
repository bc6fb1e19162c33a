"""What is made of several estimates: ratios, totals and combinations, and what of them may leave.

All intervals are 95 %, from the leading inference of the estimates they are made of.
"""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import count, number, released, text
from kuntakokeilu.contracts.results import IDENTIFIED, STATUSES

INTERVALS = ("bounded", "two_rays", "whole_line")
QUANTITIES = ("per_person", "whole_group", "whole_group_with_programme")
MONEY_ROLES = ("main", "robustness")
MARKS = ("verified", "unverified")

_ROLE = {"role": text("what the number is for", values=MONEY_ROLES)}
_IDENTIFIED = {"identified": text("ok, or why the number does not exist", values=IDENTIFIED)}
_CLUSTERS = {
    "degrees_of_freedom": number(
        "clusters that all its estimates have - 1; the fewest of theirs where CR2 leads one"
    ),
    "n_trial_clusters": count("trial clusters, of the estimate with fewer", nullable=False),
    "n_control_clusters": count("control clusters, of the estimate with fewer", nullable=False),
}
_STATUS = text("may the number be used: as good as the worst of its estimates", values=STATUSES)

RATIOS = pa.DataFrameSchema(
    {
        "ratio": text("name of the ratio, one row of ratios.csv"),
        "numerator": text("estimand above the line"),
        "denominator": text("estimand below the line"),
        **_ROLE,
        "unit": text("unit of the numerator's total, for one of the denominator's"),
        "estimate": number("numerator over denominator, both per person-month"),
        "ci_low": number("lower end of the interval; with two_rays the end of the lower ray"),
        "ci_high": number("upper end of the interval; with two_rays the start of the upper ray"),
        "interval": text(
            "bounded: from ci_low to ci_high; two_rays: all values up to ci_low and from ci_high; "
            "whole_line: every value is possible",
            nullable=True,
            values=INTERVALS,
        ),
        **_CLUSTERS,
        **_IDENTIFIED,
    },
    unique=["ratio"],
    strict=True,
    name="RATIOS",
    description=(
        "One row per ratio of two estimates, with Fieller's interval. Written by `estimation`, "
        "read by `disclosure`. Restricted."
    ),
)

TOTALS = pa.DataFrameSchema(
    {
        "total": text("name of the total, one row of totals.csv"),
        "estimand": text("the estimand that is multiplied"),
        "quantity": text("what it is multiplied to", values=QUANTITIES),
        **_ROLE,
        "unit": text("unit of the total"),
        "multiplier": number(
            "months followed (per_person), or person-months of the trial arm after the start"
        ),
        "programme_euros": number("programme costs that are added; missing if none are asked for"),
        "estimate": number("multiplier x estimate, plus programme_euros if there are any"),
        "ci_low": number("lower end of the interval; the multiplier is taken as given"),
        "ci_high": number("upper end of the interval; the multiplier is taken as given"),
        **_CLUSTERS,
        **_IDENTIFIED,
    },
    unique=["total"],
    strict=True,
    name="TOTALS",
    description=(
        "One row per estimate made a total. Written by `estimation`, read by `disclosure`. "
        "Restricted."
    ),
)

COMBINATIONS = pa.DataFrameSchema(
    {
        "combination": text("name of the combination, one row of combinations.csv"),
        "first": text("estimand that the other is taken from"),
        "second": text("estimand that is taken off, times the factor"),
        "factor": number("what the second is multiplied by; taken as given"),
        **_ROLE,
        "unit": text("unit of both estimands"),
        "estimate": number("first - factor x second"),
        "std_error": number("standard error"),
        "ci_low": number("lower end of the interval"),
        "ci_high": number("upper end of the interval"),
        "p_value": number("two-sided p-value of zero"),
        **_CLUSTERS,
        **_IDENTIFIED,
    },
    unique=["combination"],
    strict=True,
    name="COMBINATIONS",
    description=(
        "One row per linear combination of two estimates. Written by `estimation`, read by "
        "`disclosure`. Restricted."
    ),
)

PROGRAMME_COSTS = pa.DataFrameSchema(
    {
        "line": text("name of the line, one row of config/programme_costs.csv"),
        "payer": text("who pays it"),
        "euros": number("nominal euros over all its months", nullable=False),
        "first": text("first month it covers"),
        "last": text("last month it covers"),
        "mark": text("has the number been read in its source", values=MARKS),
        "source": text("where it was read"),
        "label_fi": text("Finnish label"),
        "label_sv": text("Swedish label"),
        "label_en": text("English label"),
    },
    unique=["line"],
    strict=True,
    name="PROGRAMME_COSTS",
    description=(
        "What the trial itself cost, beside its effects. Public; written by `disclosure` from the "
        "study, read by `report`."
    ),
)

LEDGER_PARAMETERS = pa.DataFrameSchema(
    {
        "table": text("file of config/ without its ending"),
        "parameter": text("what tells the row from the others of its table"),
        "valid_from": text("first month in which it holds; missing if always", nullable=True),
        "valid_to": text("last month in which it holds; missing if always", nullable=True),
        "value": text("its value as it stands there: a number, or a choice"),
        "unit": text("unit of the value; missing of a choice", nullable=True),
        "mark": text("has the value been read in its source", values=MARKS),
        "source": text("where it was read, or what is assumed"),
    },
    strict=True,
    name="LEDGER_PARAMETERS",
    description=(
        "Every parameter of the cost ledger: benefits, payers, taxes, contributions, prices of "
        "services, assumptions. Public; written by `disclosure` from config/, read by `report`."
    ),
)

RATIOS_RELEASED, TOTALS_RELEASED, COMBINATIONS_RELEASED = (
    released(
        schema,
        f"{schema.name} with a verdict. Written by `disclosure`, read by `report`.",
        status=_STATUS,
    )
    for schema in (RATIOS, TOTALS, COMBINATIONS)
)
