"""How much of the euros behind a number is one person's, or one payer's.

A sum that one person dominates tells that person's amount to whoever knows the sum. Cells carry
the largest amounts in them; here they are put together for the arms and periods behind a number,
and what a profile of disclosure demands is decided later, where nothing of persons is known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import AMOUNTS_BEHIND
from kuntakokeilu.estimation.cohorts import has_cohorts, places_of
from kuntakokeilu.study import Estimand

_SUMS = ["sum_abs", "top1", "top2", "payer_top1"]


def amounts_by_arm(
    cells: pd.DataFrame, rows: pd.DataFrame, estimand: Estimand
) -> pd.DataFrame | None:
    """Find the largest shares of the euros of each arm and period.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS.
    rows : DataFrame
        Rows of a sample: unit, period, trial (bool), and stratum if they are of strata.
    estimand : Estimand
        Without a contrast; says which cells they are made of.

    Returns
    -------
    DataFrame or None
        By trial and period: `largest_share` that one person or payer has of all euros, signs
        aside; `two_largest_share` of two persons; `rest_share`, what the others have as a share of
        the largest; `n_payers_min`, missing where registers name none; `n_with_amount_min`, how
        many persons have an amount, at least, missing where nobody has. None of an outcome that is
        not of euros.

    Notes
    -----
    A cohort's months are added up. Nobody knows whether the largest of two months is the same
    person, so that shares are the most that they can be. Nor does anybody know whether those with
    an amount in two months are the same, so that they are as many as in the month with most.
    ASSUME: a payer pays in one municipality.
    """
    if "sum_abs" not in cells or cells["sum_abs"].isna().all():
        return None
    keys = ["unit", "period", *(["stratum"] if "stratum" in rows else [])]
    values = _by_place(cells, estimand, keys)
    behind = rows[[*keys, "trial"]].drop_duplicates().merge(values, on=keys)
    arms = behind.groupby(["trial", "period"])
    total, first = arms["sum_abs"].sum(), arms["top1"].max()
    second = np.maximum(arms["top1"].agg(_second), arms["top2"].max())
    one = np.fmax(first, arms["payer_top1"].max())
    some = total > 0
    return pd.DataFrame(
        {
            "largest_share": (one / total).where(some, 0.0),
            "two_largest_share": ((first + second) / total).where(some, 0.0),
            "rest_share": ((total - first - second).clip(lower=0) / first).where(some, np.inf),
            "n_payers_min": arms["n_payers"].max(),
            "n_with_amount_min": arms["n_nonzero"].sum(min_count=1).where(some),
        }
    )


def worst_of(shares: pd.DataFrame | None, rows: pd.DataFrame | None = None) -> dict[str, Any]:
    """Give the worst of some arms and periods, by the names of `contracts.AMOUNTS_BEHIND`.

    Parameters
    ----------
    shares : DataFrame or None
        As `amounts_by_arm` gives them.
    rows : DataFrame, optional
        With the arms (`trial`) and periods that count; by default all.
    """
    if shares is None:
        return {}
    if rows is not None:
        wanted = pd.MultiIndex.from_frame(rows[["trial", "period"]].drop_duplicates())
        shares = shares[shares.index.isin(wanted)]
    if shares.empty:
        return {}
    ends = {"largest_share": "max", "two_largest_share": "max"}
    return {name: shares[name].agg(ends.get(name, "min")) for name in AMOUNTS_BEHIND}


def _by_place(cells: pd.DataFrame, estimand: Estimand, keys: list[str]) -> pd.DataFrame:
    """Put the amounts of cells at the places in time that a sample has."""
    mine = cells["outcome"].eq(estimand.outcome) & cells["population"].eq(estimand.population)
    strata = estimand.strata if "stratum" in keys else None
    found = cells[mine & cells["stratification"].eq(strata or "none")]
    if has_cohorts(estimand):
        first, last = estimand.elapsed_first, estimand.elapsed_last
        assert first is not None and last is not None  # see `has_cohorts`
        found = found[found["elapsed"].between(first, last)]
        found = found.assign(period=places_of(found["cohort"], estimand))
    groups = found.groupby(keys, observed=True)
    sums = groups[_SUMS].sum(min_count=1)
    payers, persons = groups["n_payers"].min(), groups["n_nonzero"].max()
    return sums.assign(
        n_payers=payers.astype(float), n_nonzero=persons.astype("Float64").astype(float)
    ).reset_index()


def _second(amounts: pd.Series) -> float:
    """Give the second largest amount; zero of one alone."""
    ordered = np.sort(amounts.to_numpy(float))
    return float(ordered[-2]) if len(ordered) > 1 else 0.0
