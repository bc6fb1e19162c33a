"""Whether the other kinds of inference by area are as sure of an estimate as the leading one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from kuntakokeilu.diagnostics.rows import LEVEL, check_row
from kuntakokeilu.errors import counted
from kuntakokeilu.study import Estimand

# Kinds whose interval, or the one that would give their p-value, is held against the leading one.
WIDE = ("cr2_area", "cr2_exact_area", "cr3_area", "wild_bootstrap_area", "permutation_area")
# All that are over areas and about the same estimate, whose decision is. CR1 is not among them:
# where it does not lead, it is known to be too sure.
OTHERS = (
    *WIDE,
    *("permutation_t_area", "assignment_size_bands", "assignment_applicants"),
    *("conley_taber", "ferman_pinto", "two_way_cluster"),
)
# ASSUME: an interval a quarter wider changes what a reader would say of the size of an effect.
MAX_WIDER = 1.25
# Between these numbers of standard errors a p-value tells the error behind it: near zero every
# error gives the same, and far out draws come to an end.
_TELLING = (0.5, 3.0)


def inference_agrees(estimates: pd.DataFrame, estimand: Estimand) -> list[dict[str, Any]]:
    """Compare intervals, p-values and decisions at 5 % with those of the leading row.

    Parameters
    ----------
    estimates : DataFrame
        Contract ESTIMATES.
    estimand : Estimand
        An estimand of one effect; of others nothing is said.

    Returns
    -------
    list of dict
        The value is the largest ratio of another kind's interval to the leading one; a kind with
        a p-value alone has the interval that would give it. More than `MAX_WIDER`, or another
        decision, warns. None without a leading interval and another kind.
    """
    mine = estimates[(estimates["estimand"] == estimand.estimand) & (estimates["term"] == "att")]
    lead = mine[mine["leading"] & mine["ci_low"].notna()]
    others = mine[mine["inference"].isin(OTHERS) & ~mine["leading"] & mine["p_value"].notna()]
    if lead.empty or others.empty:
        return []
    wide = others[others["inference"].isin(WIDE)].set_index("inference")
    ratios = pd.Series({kind: _wider(row, lead.iloc[0]) for kind, row in wide.iterrows()}).dropna()
    decided = bool(lead["p_value"].iloc[0] < LEVEL)
    differ = others.loc[(others["p_value"] < LEVEL) != decided, "inference"]
    said = [f"{kind} {ratio:.2f}" for kind, ratio in ratios.items()]
    statistic = (
        "widest interval of the other kinds of inference by area, over the leading one's "
        f"({', '.join(said) or 'none'}); of {counted(len(others), 'other p-value')} on the other "
        f"side of {LEVEL}: {', '.join(differ) or 'none'}"
    )
    widest = float(ratios.max()) if len(ratios) else 1.0
    verdict = "warn" if widest > MAX_WIDER or len(differ) else "pass"
    return [check_row("inference_agrees", statistic, widest, MAX_WIDER, verdict)]


def _wider(row: pd.Series, lead: pd.Series) -> float:
    """Ratio of a kind's interval to the leading one; missing where its p-value tells none."""
    half = (lead["ci_high"] - lead["ci_low"]) / 2
    if pd.notna(row["ci_low"]) and pd.notna(row["ci_high"]):
        return float((row["ci_high"] - row["ci_low"]) / 2 / half)
    t = stats.t(lead["degrees_of_freedom"])
    size = abs(lead["estimate"]) / lead["std_error"]
    if not _TELLING[0] < size < _TELLING[1] or row["p_value"] >= 1:
        return np.nan
    implied = abs(lead["estimate"]) / t.isf(row["p_value"] / 2)
    return float(implied / lead["std_error"])
