"""What may leave of how an estimate was tested, and of p-values read together."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import ASSIGNMENT_RELEASED, MULTIPLICITY_RELEASED

_P_VALUES = ["p_value", "romano_wolf", "westfall_young", "q_value"]


def release_assignment(assignment: pd.DataFrame, released: pd.DataFrame) -> pd.DataFrame:
    """Blank the numbers of suppressed estimates; who was re-drawn among whom is no secret.

    Parameters
    ----------
    assignment : DataFrame
        Contract ASSIGNMENT.
    released : DataFrame
        Contract RELEASED.

    Returns
    -------
    DataFrame
        Contract ASSIGNMENT_RELEASED.
    """
    hidden = assignment["estimand"].isin(_suppressed(released))
    table = assignment.assign(estimate=assignment["estimate"].mask(hidden))
    return table[list(ASSIGNMENT_RELEASED.columns)]


def release_multiplicity(
    multiplicity: pd.DataFrame, released: pd.DataFrame, heterogeneity: pd.DataFrame
) -> pd.DataFrame:
    """Blank the p-values of suppressed estimates and strata.

    Parameters
    ----------
    multiplicity : DataFrame
        Contract MULTIPLICITY.
    released : DataFrame
        Contract RELEASED.
    heterogeneity : DataFrame
        Contract HETEROGENEITY_RELEASED; without rows in a study without strata.

    Returns
    -------
    DataFrame
        Contract MULTIPLICITY_RELEASED.
    """
    hidden = multiplicity["estimand"].isin(_suppressed(released))
    strata = heterogeneity[heterogeneity["status"].eq("suppressed")]
    pairs = set(zip(strata["estimand"], strata["stratum"], strict=True))
    mine = zip(multiplicity["estimand"], multiplicity["stratum"], strict=True)
    hidden |= pd.Series([pair in pairs for pair in mine], index=multiplicity.index, dtype=bool)
    blank = {name: multiplicity[name].mask(hidden) for name in _P_VALUES}
    return multiplicity.assign(**blank)[list(MULTIPLICITY_RELEASED.columns)]


def _suppressed(released: pd.DataFrame) -> pd.Series:
    return released.loc[released["status"].eq("suppressed"), "estimand"]
