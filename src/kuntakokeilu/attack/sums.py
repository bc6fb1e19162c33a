"""Euros that are hidden and follow from a net cost and its other parts.

What adds up is written down here anew, from what each column is said to be
(`docs/ledger.md`): a mistake in the lists that releases are made by cannot hide itself here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from kuntakokeilu.attack.numbers import as_number
from kuntakokeilu.attack.read import Rows

_PAID = (
    *("municipal_subsidy", "municipal_services", "municipal_employer"),
    *("county", "county_employer"),
    *("state_benefits", "state_services", "state_employer", "housing_allowance", "state_transfers"),
    *("employment_fund", "unemployment_funds", "social_insurance"),
)
_GOT = (
    *("municipal_tax", "state_tax", "health_contributions", "unemployment_contributions"),
    "pension_contributions",
)
# A net cost is all that is paid less so many of what is got.
_NETS = {"net_public_core": 2, "net_public_contributions": 4, "net_public": 5}
_NUMBERS = ("estimate", "mean", "baseline_mean", "shrunk", "total")
_SAME = (
    *("population", "comparison", "design", "weights", "estimator", "term", "event_time"),
    *("window", "inference", "area", "strata", "method", "stratum", "arm", "period"),
)


def columns_of(study: str) -> dict[str, tuple[str, object]]:
    """Read from study.json which column of the ledger, at which prices, an outcome is."""
    try:
        outcomes = json.loads(study)["outcomes"]
        return {
            name: (about["column"].removesuffix("_cents"), about.get("price_year"))
            for name, about in outcomes.items()
            if about.get("column")
        }
    except (ValueError, KeyError, AttributeError, TypeError):
        return {}


def hidden_parts_that_follow(rows: Rows, columns: dict[str, tuple[str, object]]) -> list[str]:
    """Name the columns in which a number that is hidden follows from those that are shown."""
    if not rows or "outcome" not in rows[0]:
        return []
    numbers = [name for name in _NUMBERS if name in rows[0]]
    found: set[str] = set()
    for price in {price for _, price in columns.values()}:
        mine = {o: column for o, (column, year) in columns.items() if year == price}
        for alike in _alike([row for row in rows if row["outcome"] in mine]):
            found |= {name for name in numbers if _follows(alike, name, mine)}
    return sorted(found)


def _alike(rows: Rows) -> Iterator[Rows]:
    sets: dict[tuple[str, ...], Rows] = {}
    for row in rows:
        sets.setdefault(tuple(row.get(name) or "" for name in _SAME), []).append(row)
    yield from sets.values()


def _follows(rows: Rows, name: str, columns: dict[str, str]) -> bool:
    """Tell whether the sums leave no choice for something that is hidden."""
    shown = {columns[row["outcome"]] for row in rows if as_number(row.get(name) or "") is not None}
    hidden = {
        columns[row["outcome"]]
        for row in rows
        if row.get("status", "suppressed") == "suppressed"
        and as_number(row.get(name) or "") is None
    } - shown
    sums = [
        dict.fromkeys(_PAID, 1) | dict.fromkeys(_GOT[:taken], -1) | {net: -1}
        for net, taken in _NETS.items()
    ]
    unknown = [c for c in (*_PAID, *_GOT, *_NETS) if c not in shown]
    if not hidden or not unknown:
        return False
    factors = np.array([[each.get(c, 0) for c in unknown] for each in sums], dtype=float)
    free = np.linalg.svd(factors)[2][np.linalg.matrix_rank(factors) :]  # what sums leave open
    return any(np.abs(free[:, unknown.index(c)]).max(initial=0) < 1e-9 for c in hidden & {*unknown})
