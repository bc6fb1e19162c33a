"""What outcomes are made of, and the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kuntakokeilu.contracts import COSTS, LEDGER, NET_LAYERS, RECEIPTS
from kuntakokeilu.report.words.kinds import Study

# Columns of the panel: the third is the sum of the other two, and none is read without the rest.
ONE_SUM = ("unemployed", "in_service", "unemployed_or_in_service")
# Columns that measure the use of services and benefits: what a person got, not how they are.
SERVICE_USE = (
    "social_assistance",
    "assistance_months_since_entry",
    "sickness_days",
    "psychotropic_purchase",
    "psychotropic_doses",
    "primary_care_visits",
)
NET = next(iter(NET_LAYERS))  # the layer of the net cost that leads


def column_of(outcome: str, study: Study) -> str:
    """Name the column of the panel that an outcome is made of; the outcome itself without one."""
    return str(study["outcomes"][outcome].get("column") or outcome)


def reading_order(outcomes: Iterable[str], study: Study) -> list[str]:
    """Put unemployment, services and their sum together, where the first of them stands."""
    names = list(dict.fromkeys(outcomes))
    of_sum = [name for part in ONE_SUM for name in names if column_of(name, study) == part]
    first = min((names.index(name) for name in of_sum), default=len(names))
    before, after = names[:first], names[first:]
    return [*before, *of_sum, *(name for name in after if name not in of_sum)]


def missing_parts(outcomes: Sequence[str], study: Study) -> list[str]:
    """Name the parts of ONE_SUM that a table of these outcomes lacks; empty if it has none."""
    there = {column_of(name, study) for name in outcomes}
    return [part for part in ONE_SUM if part not in there] if there & set(ONE_SUM) else []


def ledger_outcomes(study: Study) -> dict[str, str]:
    """Name the outcomes that are columns of the ledger, each with its column."""
    columns = {name: about.get("column") for name, about in study["outcomes"].items()}
    return {name: column for name, column in columns.items() if column in LEDGER}


def over_time(outcomes: Iterable[str], study: Study) -> list[str]:
    """Leave out payers' parts, which are many and stand side by side in the table of costs."""
    parts = {*COSTS, *RECEIPTS}
    return [name for name in outcomes if column_of(name, study) not in parts]


def payers_of(study: Study) -> list[str]:
    """Name the outcomes that are parts of the net public cost, or look at them otherwise."""
    return [name for name, column in ledger_outcomes(study).items() if column != NET]


def of_cohorts(study: Study, outcome: str) -> bool:
    """Tell whether the periods of an outcome are those in which cohorts began."""
    rows = study["estimands"].values()
    return any(row["outcome"] == outcome and row.get("elapsed_first") is not None for row in rows)
