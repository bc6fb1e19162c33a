"""Whether the trial reached untreated municipalities near it: those of the same sub-regions.

The ring is the controls in a sub-region of a trial municipality. Statistics Finland forms
sub-regions by commuting, so that an effect on people who look for work elsewhere, or on jobs that
they can reach, is likeliest there. If the ring moves with the trial, it is no control, and the
estimate without it is nearer to the effect (Clarke 2017, MPRA Paper 81604; Butts 2021, arXiv
2105.03737).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.diagnostics.pretrends import pooled
from kuntakokeilu.diagnostics.rows import FEWEST_PERSONS, LEVEL, check_row
from kuntakokeilu.errors import counted
from kuntakokeilu.estimation import LeadingEffect, Sampler, difference_of, leading_effect
from kuntakokeilu.study import Estimand, in_ring


def ring_as_trial(units: pd.DataFrame) -> pd.DataFrame:
    """Put the ring in the trial arm, and the trial in neither.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.

    Returns
    -------
    DataFrame
        Contract UNITS. Each municipality of the ring starts when the first trial municipality of
        its sub-region did; clusters stay.
    """
    ring, trial = in_ring(units), units["arm"].eq("trial")
    starts = units[trial].groupby("sub_region")["first_treated"].min()
    first = units["first_treated"].mask(units["first_treated"].notna())
    for sub_region, start in starts.items():
        first = first.mask(ring & units["sub_region"].eq(str(sub_region)), start)
    arm = units["arm"].mask(trial, "neither").mask(ring, "trial")
    return units.assign(arm=arm, first_treated=first)


def placebo_in_ring(estimand: Estimand) -> Estimand:
    """Ask an estimand of the ring: all of its comparison's controls, without weights for balance.

    Balance and overlap are about trial units, which are not compared.
    """
    rule = estimand.comparison_rule.model_copy(update={"balance": None, "overlap": None})
    return pooled(estimand).model_copy(update={"comparison_rule": rule, "role": "robustness"})


def without_ring(estimand: Estimand) -> Estimand:
    """Ask an estimand without the ring among its controls."""
    rule = estimand.comparison_rule.model_copy(update={"exclude_ring": True})
    return pooled(estimand).model_copy(update={"comparison_rule": rule})


def spillover_ring(
    sampler: Sampler, untreated: Sampler, estimand: Estimand
) -> list[dict[str, Any]]:
    """Test the ring against the other controls, and the estimate with it against that without.

    Parameters
    ----------
    sampler : Sampler
        Of the study's UNITS.
    untreated : Sampler
        Of the same cells and `ring_as_trial` of the units.
    estimand : Estimand
        A main one that compares municipalities; of others, of those with several effects and of
        comparisons without a ring nothing is said.

    Returns
    -------
    list of dict
        Rows `ring_moves` and `ring_left_out` of DIAGNOSTICS without the estimand; or, where there
        are no such numbers, `ring_untested` with the clusters of the ring and the reason in words
        of `leading_effect`, or few_persons: fewer than `FEWEST_PERSONS` in an arm.
    """
    whole = pooled(estimand)
    if estimand.role != "main" or estimand.comparison_rule.exclude_ring or whole.method.series:
        return []
    sample = sampler.draw(whole)
    ring = sampler.units.loc[in_ring(sampler.units), "unit"]
    clusters = sample.frame.loc[sample.frame["unit"].isin(ring), "cluster"].nunique()
    if clusters == 0:
        return []
    moved = leading_effect(untreated.draw(placebo_in_ring(estimand)))
    if isinstance(moved, str):
        return [_untested(clusters, moved)]
    if moved.persons is not None and moved.persons < FEWEST_PERSONS:
        return [_untested(clusters, "few_persons")]
    with_it, without = (leading_effect(s) for s in (sample, sampler.draw(without_ring(estimand))))
    checks = [_ring_moves(moved)]
    if isinstance(with_it, str) or isinstance(without, str):
        reason = with_it if isinstance(with_it, str) else str(without)
        return [*checks, _untested(clusters, reason)]
    return [*checks, *_ring_left_out(with_it, without)]


def _ring_moves(effect: LeadingEffect) -> dict[str, Any]:
    near, far = effect.units
    statistic = (
        "p-value that controls in the sub-regions of trial municipalities moved as the others did "
        f"({counted(near, 'municipality', 'municipalities')} in "
        f"{counted(effect.clusters[0], 'cluster')} against {far}; difference "
        f"{effect.estimate:+.3g}, 95 % interval {effect.ci_low:.3g} to {effect.ci_high:.3g}; "
        f"a true one of {effect.detectable:.3g} would be found with 80 % probability)"
    )
    verdict = "warn" if effect.p_value < LEVEL else "pass"
    return check_row("ring_moves", statistic, effect.p_value, LEVEL, verdict)


def _ring_left_out(with_it: LeadingEffect, without: LeadingEffect) -> list[dict[str, Any]]:
    gap = difference_of(with_it, without)
    if gap is None:
        return []
    statistic = (
        "p-value that the estimate is the same without the "
        f"{counted(with_it.units[1] - without.units[1], 'control')} in the sub-regions of trial "
        f"municipalities ({with_it.estimate:.4g} with them; {without.estimate:.4g} without, "
        f"95 % interval {without.ci_low:.3g} to {without.ci_high:.3g}; a true difference of "
        f"{gap['minimum_detectable_effect']:.3g} would be found with 80 % probability)"
    )
    verdict = "warn" if gap["p_value"] < LEVEL else "pass"
    return [check_row("ring_left_out", statistic, gap["p_value"], LEVEL, verdict)]


def _untested(clusters: int, reason: str) -> dict[str, Any]:
    statistic = (
        "clusters of controls in the sub-regions of trial municipalities; whether the trial "
        f"reached them cannot be tested ({reason})"
    )
    return check_row("ring_untested", statistic, clusters, None, "warn")
