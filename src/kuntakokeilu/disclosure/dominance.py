"""Euros of which one person, or one payer, has too much: such numbers count as of nobody.

Every guard hides what rests on too few persons, and what would let it be worked out. A number of
euros that one person dominates is no better than a number of one person, so it passes the same
guards as one of none.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kuntakokeilu.contracts import AMOUNTS_BEHIND
from kuntakokeilu.disclosure.sums import (
    LEDGER_OUTCOMES,
    parts_of_payers,
    sums_of_payers,
    with_companions,
)
from kuntakokeilu.errors import InputError, some
from kuntakokeilu.study import DisclosureProfile

# By table: the column that its guard goes by.
PERSONS_BEHIND = {
    "estimates": "n_persons_min",
    "area_effects": "n_persons_min",
    "heterogeneity": "n_persons_min",
    "coverage": "n_persons",
}


def count_dominated_as_none(
    tables: Mapping[str, pd.DataFrame],
    profile: DisclosureProfile,
    ledger: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Set the persons behind dominated numbers of euros to zero, and drop the shares.

    Where such a number is a part of a sum, others are counted as of nobody with it, so that it
    does not follow (`sums.with_companions`).

    Parameters
    ----------
    tables : mapping of str to DataFrame
        What is to pass the guards; `contracts.AMOUNTS_BEHIND` stand in those that may be of euros.
    profile : DisclosureProfile
        The rules of dominance. Without one nothing counts as dominated.
    ledger : DataFrame, optional
        Which outcomes are columns of the ledger, as `sums.sums_of_payers` takes them.

    Returns
    -------
    dict of str to DataFrame
        All tables, without these columns.

    Raises
    ------
    InputError
        The profile has a rule of dominance, and nobody knows the largest amounts behind an outcome
        of costs.
    """
    made = dict(tables)
    sizes = sizes_of_outcomes(tables)
    for name, persons in PERSONS_BEHIND.items():
        if name in made:
            frame = made[name]
            if profile.min_persons:
                if name == "estimates" and profile.asks_amounts:
                    _refuse_unknown(frame, profile)
                alone = dominated_together(frame, profile, of_estimates=name == "estimates")
                none = with_parts_of_sums(frame, alone, ledger, sizes)
                frame = frame.assign(**{persons: frame[persons].mask(none, 0)})
            made[name] = frame.drop(columns=[c for c in AMOUNTS_BEHIND if c in frame])
    return made


def dominated_together(
    frame: pd.DataFrame, profile: DisclosureProfile, *, of_estimates: bool
) -> pd.Series:
    """Tell which rows are dominated, and of estimates those of an estimand that has one."""
    none = dominated(frame, profile)
    if of_estimates:  # a mean over time would tell of the times
        none = none.groupby(frame["estimand"]).transform("any")
    return none


def with_parts_of_sums(
    frame: pd.DataFrame,
    hidden: pd.Series,
    ledger: pd.DataFrame | None,
    sizes: Mapping[str, float],
) -> pd.Series:
    """Hide what goes with hidden parts of a net cost; see `sums.with_companions`."""
    ledger = pd.DataFrame(columns=LEDGER_OUTCOMES) if ledger is None else ledger
    sums, parts = sums_of_payers(ledger), parts_of_payers(ledger)
    return with_companions(frame, hidden, sums, parts, sizes)


def dominated(frame: pd.DataFrame, profile: DisclosureProfile) -> pd.Series:
    """Tell which rows break a rule of dominance, or rest on too few payers.

    Parameters
    ----------
    frame : DataFrame
        With some of `contracts.AMOUNTS_BEHIND`; what is missing breaks no rule.
    profile : DisclosureProfile
        The rules.
    """
    known = {name: frame[name] for name in AMOUNTS_BEHIND if name in frame}
    broken = pd.Series(False, index=frame.index)
    if "largest_share" in known:
        broken |= known["largest_share"] > profile.largest
    if "two_largest_share" in known:
        broken |= known["two_largest_share"] > profile.two_largest
    if "rest_share" in known:
        broken |= known["rest_share"] < profile.p_percent
    return broken | few_payers(frame, profile) | few_with_amount(frame, profile)


def few_with_amount(frame: pd.DataFrame, profile: DisclosureProfile) -> pd.Series:
    """Tell which rows are of euros that fewer persons than the minimum have, others having none."""
    if "n_with_amount_min" not in frame:
        return pd.Series(False, index=frame.index)
    return frame["n_with_amount_min"].lt(profile.min_persons)  # unknown: nobody has an amount


def few_payers(frame: pd.DataFrame, profile: DisclosureProfile) -> pd.Series:
    """Tell which rows rest on some payers, but fewer than the profile asks for."""
    if "n_payers_min" not in frame:
        return pd.Series(False, index=frame.index)
    payers = frame["n_payers_min"].fillna(0)
    return (payers > 0) & (payers < profile.payers)


def sizes_of_outcomes(tables: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Tell how much numbers of an outcome vary, by their standard errors."""
    frame = tables.get("estimates")
    if frame is None or "std_error" not in frame:
        return {}
    sizes = frame.groupby("outcome")["std_error"].median().dropna()
    return {str(outcome): float(size) for outcome, size in sizes.items()}


def _refuse_unknown(estimates: pd.DataFrame, profile: DisclosureProfile) -> None:
    """Stop where the largest amounts of an outcome of costs are not known."""
    costs = estimates[estimates["domain"].eq("cost") & estimates["identified"].eq("ok")]
    share = costs.get("largest_share", pd.Series(float("nan"), index=costs.index))
    known = share.notna().groupby(costs["outcome"]).any()
    if not known.all():
        raise InputError(
            f"outcome {some(known.index[~known])}: its source does not tell the largest amounts, "
            f"which disclosure profile {profile.profile} asks for; expected cells with top1 and "
            "top2, or a profile without a rule of dominance"
        )
