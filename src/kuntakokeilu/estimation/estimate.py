"""From cells to ESTIMATES and INFLUENCE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import AMOUNTS_BEHIND
from kuntakokeilu.estimation.amounts import amounts_by_arm, worst_of
from kuntakokeilu.estimation.by_assignment import (
    before_balance,
    by_assignment,
    has_assignment,
)
from kuntakokeilu.estimation.clustered import influence, t_inference
from kuntakokeilu.estimation.cohorts import has_cohorts
from kuntakokeilu.estimation.compared import strata
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.designs import Design, Term, reference_bin
from kuntakokeilu.estimation.few_clusters import ByArea, inference_by_area, kinds_of
from kuntakokeilu.estimation.fit import Fit, fit, stands_still
from kuntakokeilu.estimation.identification import (
    collinear_covariates,
    not_identified,
    reason_of_cohorts,
)
from kuntakokeilu.estimation.independent import independent_inference
from kuntakokeilu.estimation.permutation import permutation_p_value
from kuntakokeilu.estimation.sample import Sample, fewest_persons
from kuntakokeilu.estimation.sampler import Sampler
from kuntakokeilu.estimation.small_sample import rests_on_one
from kuntakokeilu.estimation.two_sample import two_sample_inference
from kuntakokeilu.study import Estimand

# Which column of a sample each kind of inference takes as its groups.
CLUSTERS = {"cluster_area": "cluster", "cluster_municipality": "unit"}
PERMUTATIONS = {"permutation_area": "cluster", "permutation_municipality": "unit"}


def estimate(
    cells: pd.DataFrame,
    units: pd.DataFrame,
    counts: pd.DataFrame,
    estimands: Iterable[Estimand],
    sampler: Sampler | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate every estimand on the cells of one outcome.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS.
    units : DataFrame
        Contract UNITS.
    counts : DataFrame
        Contract COUNTS.
    estimands : iterable of Estimand
        What to estimate.
    sampler : Sampler, optional
        Of these cells and units, if others draw from it as well.

    Returns
    -------
    estimates : DataFrame
        Contract ESTIMATES. An estimand that is not identified has rows without numbers and
        with the reason.
    influences : DataFrame
        Contract INFLUENCE, for area clusters, of the leading kind of inference; none where there
        is no standard error.
    """
    sampler = sampler or Sampler(cells, units)
    results = [_estimate_one(sampler, counts, estimand) for estimand in estimands]
    return (
        pd.concat([rows for rows, _ in results], ignore_index=True),
        pd.concat([values for _, values in results], ignore_index=True),
    )


def estimate_one(
    cells: pd.DataFrame, units: pd.DataFrame, counts: pd.DataFrame, estimand: Estimand
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate one estimand; returns its rows of ESTIMATES and of INFLUENCE."""
    return _estimate_one(Sampler(cells, units), counts, estimand)


def _estimate_one(
    sampler: Sampler, counts: pd.DataFrame, estimand: Estimand
) -> tuple[pd.DataFrame, pd.DataFrame]:
    sample = sampler.draw(estimand)
    facts = _identity(estimand) | _sample_facts(sample, counts)
    reason = _what_lacks(sampler, sample)
    if reason is not None:
        return _unestimated(sample, facts, reason), _no_influence()
    design = design_of(sample)
    made = replace(sample, frame=design.regressed(sample.frame))
    fitted = None if design.lacks else fit(made.frame, design)
    if fitted is None:  # within the effects absorbed
        return _unestimated(sample, facts, design.lacks or "no_variation"), _no_influence()
    still = stands_still(fitted, made.frame)[: len(design.terms)]
    if still.all():
        return _unestimated(sample, facts, "no_variation"), _no_influence()
    found = _inference(made, design, fitted)
    counts_of = {column: _cluster_counts(sample, column) for column in CLUSTERS.values()}
    left_out = _area_left_out(sampler, estimand)
    cells = sampler.cells(estimand)
    amounts = [amounts_by_arm(cells, p.frame, p.estimand) for p in sample.populations]
    rows = []
    for place, term in enumerate(design.terms):
        estimate, reason = float(fitted.params[place]), "ok"
        if still[place]:
            estimate, reason = np.nan, "no_variation"
        shared = facts | _term(term) | {"estimate": estimate, "identified": reason}
        shared |= _behind(sample, left_out, term, amounts)
        for kind, of_terms in found.numbers.items():
            clusters = counts_of[CLUSTERS.get(kind, "cluster")]
            numbers = {} if still[place] else of_terms[place]
            rows.append(shared | clusters | {"inference": kind} | numbers)
    if design.terms == [Term("att", "att")]:
        rows += _permutation_rows(made, design, shared, counts_of)
    if has_assignment(design, estimand):
        balanced = before_balance(sampler, estimand)
        for one in by_assignment(sample, design, fitted, balanced):
            about = shared | counts_of["cluster"] | {"inference": one.kind} | one.numbers
            rows.append(about | ({"estimate": one.estimate} if one.numbers else {}))
    moving = found.sums.where(np.broadcast_to(~still, found.sums.shape))
    return _frame(rows, found.leading), _influence_rows(moving, design, estimand)


def _what_lacks(sampler: Sampler, sample: Sample) -> str | None:
    """Say why a sample has no estimate, as far as that is seen before there is a regression."""
    reason = not_identified(sample)
    if reason is not None:
        cells = sampler.cells(sample.estimand)
        return reason_of_cohorts(cells, sampler.units, sample.estimand, reason)
    if collinear_covariates(sample):
        return "collinear_covariates"
    return "no_pre_period" if sample.estimand.method.base and not _has_reference(sample) else None


def _unestimated(sample: Sample, facts: dict[str, Any], reason: str) -> pd.DataFrame:
    """Give the rows of an estimand without numbers, one for each kind of inference."""
    method = sample.estimand.method
    kinds = CLUSTERS | dict.fromkeys([*kinds_of(method), *sample.estimand.variances], "cluster")
    counts_of = {column: _cluster_counts(sample, column) for column in CLUSTERS.values()}
    rows = [
        facts | counts_of[column] | {"inference": kind, "term": method.term}
        for kind, column in kinds.items()
    ]
    return _frame(rows, "cluster_area").assign(identified=reason)


def _inference(made: Sample, design: Design, fitted: Fit) -> ByArea:
    """Give every kind of inference on the terms of a fitted design, but for dealing at random."""
    estimand = made.estimand
    area, municipality = (_known_influence(fitted, made, name) for name in CLUSTERS.values())
    kinds = kinds_of(estimand.method)
    found = inference_by_area(made.frame, design, kinds, area, fitted.params, estimand.seed)
    numbers = {"cluster_area": found.numbers.pop("cluster_area")}
    alone = _rests_on_one_unit(made.frame, design, found.sums)
    numbers["cluster_municipality"] = _uncertainty(fitted, design, municipality, alone)
    numbers |= found.numbers
    leading = found.leading
    persons = two_sample_inference(made.frame, estimand, float(fitted.params[0]))
    if persons:
        numbers["two_sample"] = [persons]
        leading = "two_sample" if area.empty else leading
    numbers |= independent_inference(made.frame, design, fitted, estimand)
    return ByArea(numbers, leading, found.sums)


def _has_reference(sample: Sample) -> bool:
    bases = (reference_bin(part.frame, sample.estimand) for part in sample.populations)
    return all(base is not None for base in bases)


def _known_influence(fitted: Fit, sample: Sample, column: str) -> pd.DataFrame:
    """Sum within clusters; no rows where an arm has one cluster, whose variance is unknown."""
    sums = influence(fitted, sample.frame[column])
    return sums.dropna() if min(_cluster_counts(sample, column).values()) > 1 else sums.iloc[:0]


def _rests_on_one_unit(frame: pd.DataFrame, design: Design, by_area: pd.DataFrame) -> np.ndarray:
    """Tell which terms rest on one unit; only those that rest on one cluster can."""
    if not by_area.isna().any(axis=None):
        return np.zeros(len(design.terms), dtype=bool)
    return rests_on_one(frame, design, frame["unit"])


def _uncertainty(
    fitted: Fit, design: Design, sums: pd.DataFrame, alone: np.ndarray
) -> list[dict[str, float]]:
    """Inference on each term from t with clusters - 1 degrees of freedom; none if it is alone."""
    if sums.empty:
        return [{} for _ in design.terms]
    std_errors = np.sqrt((sums**2).sum())
    return [
        {}
        if alone[place]
        else t_inference(float(fitted.params[place]), float(std_errors[place]), len(sums) - 1)
        for place in range(len(design.terms))
    ]


def _permutation_rows(
    sample: Sample, design: Design, shared: dict[str, Any], counts_of: dict[str, dict[str, int]]
) -> list[dict[str, Any]]:
    frame, estimand, rows = sample.frame, sample.estimand, []
    for kind, column in PERMUTATIONS.items():
        p_value = None
        dealt = estimand.method.dealt
        if (
            dealt and estimand.comparison_rule.balance is None
        ):  # else each deal would need its own weights
            p_value = permutation_p_value(
                frame,
                design,
                shared["estimate"],
                frame[column],
                estimand.permutations,
                estimand.seed,
            )
        rows.append(shared | counts_of[column] | {"inference": kind, "p_value": p_value})
    return rows


def _identity(estimand: Estimand) -> dict[str, Any]:
    what = ["study", "estimand", "outcome", "domain", "population", "comparison", "design"]
    how = ["weights", "estimator", "role", "unit"]
    return {name: getattr(estimand, name) for name in what + how}


def _term(term: Term) -> dict[str, Any]:
    return {"term": term.term, "event_time": term.event_time, "window": term.window}


def _sample_facts(sample: Sample, counts: pd.DataFrame) -> dict[str, Any]:
    """Describe a sample; with a contrast, the baseline is that of the population itself."""
    frame, own = sample.frame, sample.populations[0].frame
    before = own[own["trial"] & ~own["treated"]]
    persons = pd.Series([_persons(part, counts) for part in sample.populations], dtype="Int64")
    arms = frame.drop_duplicates("unit")["trial"]
    sources = {source for text in frame["sources"].unique() for source in text.split(";")}
    baseline = np.average(before["y"], weights=before["w"]) if len(before) else None
    return {
        "baseline_mean": baseline,
        "n_persons": _total(persons),
        "n_person_months": _total(frame["n"]),
        "n_trial": int(arms.sum()),
        "n_control": int((~arms).sum()),
        "sources": ";".join(sorted(sources)),
    }


def _persons(sample: Sample, counts: pd.DataFrame) -> int | None:
    if has_cohorts(sample.estimand):
        return _followed(sample)
    mine = counts["population"].eq(sample.estimand.population) & counts["stratification"].eq("none")
    return _total(counts.loc[mine & counts["unit"].isin(sample.frame["unit"]), "n_persons"])


def _followed(sample: Sample) -> int | None:
    """Count the members of the cohorts compared, once in each cohort."""
    frame, keys = sample.frame, ["unit", "period", *strata(sample.estimand)]
    most = frame.groupby(keys)["n_most"].max()
    return None if frame["n_most"].isna().any() else _total(most)


def _total(numbers: pd.Series) -> int | None:
    """Add up counts; one unpublished count makes the total unknown."""
    return int(numbers.sum()) if len(numbers) and numbers.notna().all() else None


def _area_left_out(sampler: Sampler, estimand: Estimand) -> list[pd.DataFrame]:
    """Select the rows of the area left out, by population; none if none is."""
    if estimand.leave_out_area is None:
        return []
    rule = estimand.comparison_rule
    areas = [name for name in rule.exclude_areas if name != estimand.leave_out_area]
    whole = rule.model_copy(update={"exclude_areas": areas, "balance": None})
    plain = {"comparison_rule": whole, "weights": "unit", "covariates": []}
    plain |= {"controls": [], "trends": "none"}
    sample, units = sampler.draw(estimand.model_copy(update=plain)), sampler.units
    own = units.loc[units["area"].eq(estimand.leave_out_area), "unit"]
    parts = [part.frame[part.frame["unit"].isin(own)] for part in sample.populations]
    return [part for part in parts if len(part)]


def _behind(
    sample: Sample,
    left_out: list[pd.DataFrame],
    term: Term,
    amounts: list[pd.DataFrame | None],
) -> dict[str, Any]:
    """Say how few persons are behind a number, and of euros how much is one's alone.

    With a contrast both populations are behind it. So is an area left out: the number, taken off
    that of all areas, is the effect in this one.
    """
    parts = [_rows_behind(part, term) for part in sample.populations]
    shares = [worst_of(one, rows) for one, rows in zip(amounts, parts, strict=True)]
    found: dict[str, Any] = {"n_persons_min": _fewest_persons(sample.frame, parts, left_out)}
    for name in AMOUNTS_BEHIND:
        if known := [one[name] for one in shares if name in one and pd.notna(one[name])]:
            found[name] = (max if name in ("largest_share", "two_largest_share") else min)(known)
    return found


def _fewest_persons(
    frame: pd.DataFrame, parts: list[pd.DataFrame], left_out: list[pd.DataFrame]
) -> int | None:
    """Fewest persons in an arm and period, or in a month of a cohort."""
    if any(part["n_fewest"].isna().any() for part in (frame, *left_out)):
        return None
    found = [int(p.groupby(["trial", "period"])["n_fewest"].sum().min()) for p in parts]
    apart = fewest_persons(*left_out) if left_out else None
    return min(found if apart is None else [*found, apart])


def _rows_behind(sample: Sample, term: Term) -> pd.DataFrame:
    frame, estimand = sample.frame, sample.estimand
    behind = frame["trial"]
    if estimand.method.followed:
        frame = frame[frame["elapsed"] == term.event_time]
        behind = frame["trial"]
    elif term.event_time is not None:
        behind = frame["event_time"].isin([term.event_time, reference_bin(frame, estimand)])
    elif term.window is not None:
        span = estimand.windows[term.window]
        text = frame["period"].astype(str)
        inside = (text >= span.first) & (text <= span.last)
        behind = behind & (inside | ~frame["treated"])
    same_periods = frame["period"].isin(frame.loc[behind, "period"])
    return frame[behind | (~frame["trial"] & same_periods)]


def _cluster_counts(sample: Sample, column: str) -> dict[str, int]:
    """Count the clusters of each arm; with a contrast, of the population that has fewer."""
    parts = [part.frame for part in sample.populations]
    trial = min(part.loc[part["trial"], column].nunique() for part in parts)
    control = min(part.loc[~part["trial"], column].nunique() for part in parts)
    return {"n_trial_clusters": trial, "n_control_clusters": control}


def _frame(rows: list[dict[str, Any]], leading: str) -> pd.DataFrame:
    columns = {
        "event_time": None,
        "window": None,
        "estimate": None,
        "std_error": None,
        "ci_low": None,
        "ci_high": None,
        "p_value": None,
        "degrees_of_freedom": None,
        "n_persons_min": None,
        "minimum_detectable_effect": None,
    }
    frame = pd.DataFrame([columns | row for row in rows])
    frame["leading"] = frame["inference"] == leading
    integers = ["event_time", "n_persons", "n_person_months", "n_persons_min"]
    return frame.astype({name: "Int64" for name in integers})


def _influence_rows(sums: pd.DataFrame, design: Design, estimand: Estimand) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"cluster": sums.index, "value": sums[place].to_numpy()})
        .assign(estimand=estimand.estimand, **_term(term))
        .dropna(subset="value")
        for place, term in enumerate(design.terms)
    ]
    return pd.concat(parts, ignore_index=True).astype({"event_time": "Int64"})


def _no_influence() -> pd.DataFrame:
    columns = ["estimand", "term", "event_time", "window", "cluster", "value"]
    return pd.DataFrame({name: [] for name in columns}, dtype=object)
