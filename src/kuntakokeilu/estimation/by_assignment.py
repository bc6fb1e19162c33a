"""Inference on one effect from how areas were chosen, and other ways for few or unlike areas.

Each kind gives its numbers or a named reason why it has none; see `assignment`, `few_treated` and
`two_way`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import ASSIGNMENT, conform
from kuntakokeilu.estimation.assignment import (
    REDRAWN,
    Redrawing,
    among_applicants,
    matched_again,
    redrawn_p_value,
    whole_areas,
    within_size_bands,
    without_fixed,
)
from kuntakokeilu.estimation.balanced_deals import balanced_p_value
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.designs import Design, Term
from kuntakokeilu.estimation.few_treated import changes_of, conley_taber, ferman_pinto
from kuntakokeilu.estimation.fit import Fit, fit
from kuntakokeilu.estimation.identification import not_identified
from kuntakokeilu.estimation.permutation import is_estimate
from kuntakokeilu.estimation.sample import Sample
from kuntakokeilu.estimation.sampler import Sampler
from kuntakokeilu.estimation.spatial import spatial_inference
from kuntakokeilu.estimation.studentised import studentised
from kuntakokeilu.estimation.two_way import two_way_inference
from kuntakokeilu.study import Balance, Estimand

BY_ASSIGNMENT = (*REDRAWN, "conley_taber", "ferman_pinto", "two_way_cluster", "conley_spatial")
_ROLES = ("main", "benchmark")


@dataclass(frozen=True)
class Found:
    """What one kind of inference finds.

    Attributes
    ----------
    kind : str
        One of `BY_ASSIGNMENT`.
    estimate : float
        The number that it is about: that of all areas, but for `assignment_size_bands_matched`.
    numbers : dict
        Columns of ESTIMATES; empty without any, or if not asked for.
    reason : str
        ok, or why there are none.
    draws : int or None
        How many assignments, or changes of areas, are drawn.
    redrawing : Redrawing or None
        Who is re-drawn among whom.
    """

    kind: str
    estimate: float
    numbers: dict[str, Any] = field(default_factory=dict)
    reason: str = "ok"
    draws: int | None = None
    redrawing: Redrawing | None = None


def has_assignment(design: Design, estimand: Estimand) -> bool:
    """Tell whether an estimand has these kinds: main and balanced numbers that are one effect."""
    return _wants(estimand) and design.terms == [Term("att", "att")]


def _wants(estimand: Estimand) -> bool:
    balanced = estimand.comparison_rule.balance is not None and estimand.role == "robustness"
    return (estimand.role in _ROLES or balanced) and not estimand.method.series


def by_assignment(
    sample: Sample, design: Design, fitted: Fit, unbalanced: Sample | None, *, numbers: bool = True
) -> list[Found]:
    """Give every kind of inference of this module on a fitted single effect.

    Parameters
    ----------
    sample : Sample
        As `draw_sample` gives it.
    design : Design
        Its design.
    fitted : Fit
        The fitted regression.
    unbalanced : Sample or None
        Of a balanced comparison, the same before its weights were made.
    numbers : bool
        Without, only who would be re-drawn, and the reasons known before anything is.

    Returns
    -------
    list of Found
        One for each of `BY_ASSIGNMENT`, in its order.
    """
    made = replace(sample, frame=design.regressed(sample.frame))
    frame, estimand = made.frame, sample.estimand
    plain = Found("", float(fitted.params[0]))
    edges = estimand.assignment.size_bands
    plans = {
        "permutation_t_area": whole_areas(frame),
        "assignment_size_bands": within_size_bands(frame, edges),
        "assignment_applicants": among_applicants(frame, estimand.applicants),
    }
    found = {
        kind: _redrawn(replace(plain, kind=kind, redrawing=plan), made, design, unbalanced, numbers)
        for kind, plan in plans.items()
    }
    kind = "assignment_size_bands_matched"
    found[kind] = _matched(
        replace(plain, kind=kind), sample, plans["assignment_size_bands"], numbers
    )
    changes = changes_of(frame, design, fitted)
    draws, seed = estimand.permutations, estimand.seed
    for kind, drawn in {"conley_taber": conley_taber, "ferman_pinto": ferman_pinto}.items():
        one = replace(plain, kind=kind, draws=draws)
        if isinstance(changes, str):
            found[kind] = replace(one, reason=changes, draws=None)
        else:
            found[kind] = replace(one, numbers=drawn(changes, draws, seed) if numbers else {})
    both = two_way_inference(fitted, frame["cluster"], frame["period"])
    if frame.groupby("trial")["cluster"].nunique().min() < 2:
        both = "one_cluster"  # a variance over areas that says nothing of one of the arms
    found["two_way_cluster"] = _plain(plain, "two_way_cluster", both)
    found["conley_spatial"] = _plain(
        plain,
        "conley_spatial",
        spatial_inference(fitted, frame, estimand.assignment.spatial_reach),
    )
    return [found[kind] for kind in BY_ASSIGNMENT]


def assignment_table(
    cells: pd.DataFrame,
    units: pd.DataFrame,
    estimands: list[Estimand],
    sampler: Sampler | None = None,
) -> pd.DataFrame:
    """Say of each main effect of an outcome who is re-drawn among whom, and what cannot be.

    Parameters
    ----------
    cells, units : DataFrame
        Contracts CELLS and UNITS.
    estimands : list of Estimand
        Of one outcome.
    sampler : Sampler, optional
        Of these cells and units, if others draw from it as well.

    Returns
    -------
    DataFrame
        Contract ASSIGNMENT; no rows for an estimand that is not estimated.
    """
    sampler, rows = sampler or Sampler(cells, units), []
    for estimand in estimands:
        if not _wants(estimand):
            continue
        sample = sampler.draw(estimand)
        if not_identified(sample) is not None:
            continue
        design = design_of(sample)
        fitted = fit(design.regressed(sample.frame), design)
        if fitted is None or not has_assignment(design, estimand):
            continue
        for found in by_assignment(
            sample, design, fitted, before_balance(sampler, estimand), numbers=False
        ):
            rows.append(_row(found, estimand))
    table = pd.DataFrame(rows, columns=list(ASSIGNMENT.columns))
    return conform(table, ASSIGNMENT)


def before_balance(sampler: Sampler, estimand: Estimand) -> Sample | None:
    """Draw the sample of a balanced comparison without its balance; None of any other."""
    rule = estimand.comparison_rule
    if rule.balance is None:
        return None
    return sampler.draw(
        estimand.model_copy(update={"comparison_rule": rule.model_copy(update={"balance": None})})
    )


def _redrawn(
    plan: Found, made: Sample, design: Design, unbalanced: Sample | None, numbers: bool
) -> Found:
    """Test by re-drawn assignments; with weights made anew for each in a balanced comparison."""
    redrawing, estimand = plan.redrawing, made.estimand
    assert redrawing is not None
    if estimand.comparison_rule.balance is not None:
        return _balanced(plan, unbalanced, estimand.comparison_rule.balance)
    if redrawing.reason != "ok":
        return replace(plan, reason=redrawing.reason)
    statistic = studentised(made.frame, design, made.frame["cluster"], redrawing.groups)
    if statistic is None:
        return replace(plan, reason="averages")
    observed = statistic(np.array([redrawing.labels]))
    if not is_estimate(observed.estimate[0], plan.estimate, made.frame["y"]):
        return replace(plan, reason="rounding")
    draws = estimand.permutations
    if not numbers:
        return replace(plan, draws=draws)
    p_value = redrawn_p_value(statistic, redrawing, draws, estimand.seed)
    return replace(plan, numbers={"p_value": p_value}, draws=draws)


def _balanced(plan: Found, unbalanced: Sample | None, balance: Balance) -> Found:
    """Re-draw areas with weights made anew."""
    if unbalanced is None or plan.kind == "assignment_applicants":
        return replace(plan, reason="balanced")
    found = balanced_p_value(unbalanced, balance, plan.kind, plan.estimate)
    if isinstance(found, str):
        return replace(plan, reason=found)
    p_value, draws, redrawing = found
    return replace(plan, numbers={"p_value": p_value}, draws=draws, redrawing=redrawing)


def _matched(plan: Found, sample: Sample, bands: Redrawing, numbers: bool) -> Found:
    """Test the effect in areas that have a match: without those that stay as they are."""
    if bands.reason != "ok":
        return replace(plan, reason=bands.reason, estimate=np.nan, redrawing=bands)
    if sample.estimand.comparison_rule.balance is not None:
        return replace(plan, reason="balanced", estimate=np.nan, redrawing=bands)
    # rows of changes bear other labels than the sample; bands are those of the same clusters
    stay = {n for n, band in zip(bands.names, bands.bands, strict=True) if band < 0}
    groups = sample.frame["cluster"].astype(str)
    kept = without_fixed(sample.frame, replace(bands, groups=groups)) if stay else sample.frame
    fewer = Sample(kept, sample.estimand)
    design = design_of(fewer)
    made = replace(fewer, frame=design.regressed(kept))
    fitted = fit(made.frame, design)
    if fitted is None:
        return replace(plan, reason="no_band", estimate=np.nan, redrawing=bands)
    again = replace(matched_again(made.frame, bands), fixed=bands.fixed)
    one = replace(plan, estimate=float(fitted.params[0]), redrawing=again)
    return _redrawn(one, made, design, None, numbers)


def _plain(plan: Found, kind: str, found: dict[str, float] | str) -> Found:
    """Put numbers, or the reason why there are none, in place."""
    if isinstance(found, str):
        return replace(plan, kind=kind, reason=found)
    return replace(plan, kind=kind, numbers=found)


def _row(found: Found, estimand: Estimand) -> dict[str, Any]:
    plan = found.redrawing
    dealt = plan is not None and found.reason == "ok"
    return {
        "study": estimand.study,
        "estimand": estimand.estimand,
        "inference": found.kind,
        "estimate": found.estimate,
        "draws": found.draws,
        "n_dealt": plan.n_dealt if plan and dealt else None,
        "n_treated": plan.n_treated if plan and dealt else None,
        "n_bands": plan.n_bands if plan and dealt else None,
        "assignments": plan.assignments if plan and dealt else None,
        "n_fixed": len(plan.fixed) if plan and dealt else None,
        "fixed": "; ".join(plan.fixed_treated) or None if plan and dealt else None,
        "reason": found.reason,
    }
