"""What a regression with two-way effects mixes up when starts differ, as checks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.diagnostics.decompositions import event_study_weights, goodman_bacon
from kuntakokeilu.diagnostics.rows import check_row
from kuntakokeilu.estimation import Sample, fit, two_way_fixed_effects
from kuntakokeilu.study import Estimand

# ASSUME: with a twentieth of negative weight, effects in some cells that are as many times as large
# as those in others turn the sign; the same share of other comparisons is material too.
MAX_NEGATIVE = 0.05
# ASSUME: a term of which a tenth as much as all of its own effect is of other periods is mixed.
MAX_MIXED = 0.1


def staggered(frame: pd.DataFrame, estimand: Estimand) -> list[dict[str, Any]]:
    """Check what two-way effects mix up, if starts differ.

    Returns
    -------
    list of dict
        staggered_starts; of one effect negative_weights, and in a panel without gaps
        already_treated_controls; of an event study mixed_periods. None of estimators that compare
        with untreated units alone.
    """
    starts = frame["first_treated"].dropna().nunique()
    if starts < 2 or estimand.method.groups:
        return []
    statistic = "different starts; units treated earlier serve as controls for later ones"
    checks = [check_row("staggered_starts", statistic, starts, 1, "warn")]
    if estimand.estimator == "two_way_fixed_effects":
        negative = -negative_weight(frame, estimand)
        statistic = (
            "sum of the negative weights that treated cells have in the estimate: effects in them "
            "count against it"
        )
        verdict = "fail" if negative > MAX_NEGATIVE else "pass"
        checks.append(check_row("negative_weights", statistic, negative, MAX_NEGATIVE, verdict))
        checks += _already_treated(frame, estimand)
    if estimand.estimator == "event_study":
        checks += _mixed(frame, estimand)
    return checks


def _already_treated(frame: pd.DataFrame, estimand: Estimand) -> list[dict[str, Any]]:
    """Decompose one effect; nothing where it is given covariates, groups or trends as well."""
    more = estimand.covariates or estimand.controls or estimand.effects_by_period
    if more or estimand.strata or estimand.trends != "none":
        return []
    table = goodman_bacon(frame)
    if table is None:
        return []
    told = []
    for kind, words in _CONTROLS.items():
        mine = table[table["kind"] == kind]
        if mine["weight"].sum() > 0:
            mean = np.average(mine["estimate"], weights=mine["weight"])
            told.append(f"{words} {mine['weight'].sum():.3f} (estimate {mean:.4g})")
    share = float(table.loc[table["kind"] == "already_treated", "weight"].sum())
    statistic = (
        "share of the estimate's weight on comparisons with units already treated, whose own "
        f"effects count against it; weights of comparisons: {'; '.join(told)}"
    )
    verdict = "warn" if share > MAX_NEGATIVE else "pass"
    return [check_row("already_treated_controls", statistic, share, MAX_NEGATIVE, verdict)]


_CONTROLS = {
    "untreated": "with units never treated",
    "not_yet_treated": "with units not yet treated",
    "already_treated": "with units already treated",
}


def _mixed(frame: pd.DataFrame, estimand: Estimand) -> list[dict[str, Any]]:
    table = event_study_weights(frame, estimand)
    if table is None:
        return []
    after = table[table["event_time"] >= 0]
    other = after[(after["since"] != after["event_time"]) & (after["since"] >= 0)]
    of_term = other.assign(size=other["weight"].abs()).groupby("event_time")["size"].sum()
    if of_term.empty:
        return []
    most, largest = of_term.index[int(of_term.to_numpy().argmax())], float(of_term.max())
    statistic = (
        "largest sum of weights, signs aside, that a term after the start has on effects of other "
        f"periods (term {most}); its weights on its own period add to one"
    )
    verdict = "warn" if largest > MAX_MIXED else "pass"
    return [check_row("mixed_periods", statistic, largest, MAX_MIXED, verdict)]


def two_way_beside(sample: Sample, lead: pd.Series) -> list[dict[str, Any]]:
    """Say what two-way effects would have said, beside a main effect that does not rest on them.

    Parameters
    ----------
    sample : Sample
        Of an estimand that compares each start with untreated units.
    lead : Series
        Its leading row of ESTIMATES.

    Returns
    -------
    list of dict
        A row for a main effect or a benchmark where starts differ: how many standard errors the
        two-way effect lies from the estimate. It warns beyond one, and where the sign is another.
    """
    estimand, frame = sample.estimand, sample.frame
    asked = estimand.method.groups and estimand.role in ("main", "benchmark")
    if not asked or lead["term"] != "att" or frame["first_treated"].dropna().nunique() < 2:
        return []
    plain = estimand.model_copy(update={"estimator": "two_way_fixed_effects", "covariates": []})
    fitted = fit(frame, two_way_fixed_effects(frame, plain))
    if fitted is None or not lead["std_error"] > 0:
        return []
    two_way, own = float(fitted.params[0]), float(lead["estimate"])
    apart = abs(two_way - own) / float(lead["std_error"])
    statistic = (
        f"how many standard errors two-way effects lie from the estimate: {two_way:.4g} instead of "
        f"{own:.4g}"
    )
    verdict = "warn" if apart > 1 or two_way * own < 0 else "pass"
    return [check_row("two_way_beside", statistic, apart, 1.0, verdict)]


def negative_weight(frame: pd.DataFrame, estimand: Estimand) -> float:
    """Sum of the negative weights that two-way fixed effects give to treated cells.

    The estimate is a weighted sum of the effects in the treated cells whose weights add up to
    one. Where units treated earlier serve as controls for those treated later, weights can be
    negative, and an effect that grows can come out too small or with the wrong sign
    (de Chaisemartin & D'Haultfoeuille 2020, American Economic Review 110(9); Goodman-Bacon
    2021, Journal of Econometrics 225(2)).

    Parameters
    ----------
    frame : DataFrame
        A sample of `estimation`.
    estimand : Estimand
        Its estimand.

    Returns
    -------
    float
        Zero or less; zero if no cell has a negative weight.
    """
    fitted = fit(frame, two_way_fixed_effects(frame, estimand))
    if fitted is None:
        return 0.0
    weights = frame["w"].to_numpy() * fitted.residualised[:, 0]
    treated = weights[frame["treated"].to_numpy()]
    return float(treated[treated < 0].sum() / treated.sum())
