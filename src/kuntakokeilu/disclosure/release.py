"""Deciding which numbers may leave, and with which status."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import COVERAGE_RELEASED, NUMBERS, RELEASED, UNITS_RELEASED
from kuntakokeilu.disclosure.false_starts import hidden_checks
from kuntakokeilu.study import Comparison, DisclosureProfile, left_out, with_declared_rules

# What estimates that leave out one area at a time have in common with each other.
_SPECIFICATION = ["outcome", "population", "comparison", "design", "weights", "estimator"]


def release_estimates(
    estimates: pd.DataFrame,
    diagnostics: pd.DataFrame,
    profile: DisclosureProfile,
    fails_on: Collection[str],
    planned: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Set the status of every estimate, and blank those that rest on too few persons or none.

    Parameters
    ----------
    estimates : DataFrame
        Contract ESTIMATES.
    diagnostics : DataFrame
        Contract DIAGNOSTICS.
    profile : DisclosureProfile
        The minimum count. An unknown count is too small unless the minimum is zero. Numbers of
        persons and person-months are rounded.
    fails_on : collection of str
        Checks whose failure decides the status; see `with_declared_rules`.
    planned : mapping of str to str, optional
        Estimand to whether it is as its plan was locked; not_locked where none says.

    Returns
    -------
    DataFrame
        Contract RELEASED. Numbers that are suppressed, or that belong to an estimate that does
        not exist, are missing, never zero. What rests in part on units without a comparable
        control is `in_part` in `identified`, with its share of the weight beside.

    Notes
    -----
    An estimate without one area, taken off the one with all, is the effect in that area: it rests
    on the area's persons. From those of all other areas it would follow as well, so that one
    suppressed takes the next smallest with it, as in `release_area_effects`.
    """
    checks = with_declared_rules(diagnostics, fails_on)
    failed = checks.loc[checks["verdict"] == "fail", "estimand"]
    released = estimates.assign(status="ok")
    released.loc[released["estimand"].isin(failed), "status"] = "failed_diagnostic"
    released.loc[released["identified"] != "ok", "status"] = "not_identified"
    hidden = _too_few(released, profile) | _areas_left_out(released, profile)
    released.loc[hidden, "status"] = "suppressed"
    blank = released["status"].isin(["suppressed", "not_identified"])
    for name in NUMBERS:
        released[name] = released[name].mask(blank)
    for name, base in rounding_bases(profile).items():
        released[name] = (released[name] / base).round().mul(base).astype("Int64")
    known = planned or {}
    plan = [known.get(name, "not_locked") for name in released["estimand"]]
    overlap = diagnostics[diagnostics["check"].eq("overlap")]
    partly = overlap.loc[overlap["verdict"].ne("pass"), "estimand"]
    in_part = released["estimand"].isin(partly) & released["status"].ne("suppressed")
    in_part &= released["identified"].eq("ok")
    released["identified"] = released["identified"].mask(in_part, "in_part")
    shares = overlap.set_index("estimand")["value"].astype(float)
    without = released["estimand"].map(shares).mask(blank)
    released = released.assign(plan=plan, share_without_control=without)
    return released[list(RELEASED.columns)]


def few_and_next(persons: pd.Series, least: int) -> list[Any]:
    """Select what to suppress of parts of one known total, so that none can be worked out.

    Parameters
    ----------
    persons : Series
        Persons of each part.
    least : int
        The minimum count.

    Returns
    -------
    list
        Index of the parts with fewer, and of the next smallest, until those selected are two and
        enough persons together.

    Examples
    --------
    >>> persons = pd.Series({"Turku": 40, "Pori": 3, "Rauma": 12, "Salo": 25})
    >>> few_and_next(persons, 10)  # Pori alone is the total less the others
    ['Pori', 'Rauma']
    >>> few_and_next(persons.drop("Pori"), 10)
    []
    """
    persons = persons.sort_values(kind="stable")
    hidden = list(persons.index[persons < least])
    for at in persons.index[len(hidden) :]:
        if not hidden or persons[hidden].sum() >= least:  # one alone never is
            break
        hidden.append(at)
    return hidden


def rounding_bases(profile: DisclosureProfile) -> dict[str, int]:
    """Give what counts are rounded to, so that two samples of one population differ by no few.

    ASSUME: a person is followed for some tens of months, so person-months are rounded to a hundred
    times what persons are.
    """
    least = profile.min_persons
    return {"n_persons": least, "n_person_months": 100 * least} if least else {}


def release_diagnostics(
    diagnostics: pd.DataFrame,
    released: pd.DataFrame,
    false_starts: pd.DataFrame,
    fails_on: Collection[str],
) -> pd.DataFrame:
    """Blank the checks of estimands of which a number is suppressed; let only declared ones fail.

    A placebo's p-value stands among the checks of another estimand of its outcome; it is blanked
    there too, and so is what is counted over hidden false starts.
    """
    hidden = released.loc[released["status"] == "suppressed", "estimand"]
    blank = diagnostics["estimand"].isin(hidden) | diagnostics["placebo"].isin(hidden)
    secret = hidden_checks(false_starts)
    pairs = zip(diagnostics["estimand"], diagnostics["check"], strict=True)
    blank |= pd.Series([pair in secret for pair in pairs], index=diagnostics.index, dtype=bool)
    return with_declared_rules(diagnostics, fails_on).assign(
        value=diagnostics["value"].mask(blank),
        threshold=diagnostics["threshold"].mask(blank),  # can be the detectable effect
        statistic=diagnostics["statistic"].mask(blank, "suppressed"),
    )


def release_coverage(coverage: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """Blank the means of an arm and period that rest on too few persons; drop the counts of them.

    Parameters
    ----------
    coverage : DataFrame
        Contract COVERAGE.
    profile : DisclosureProfile
        The minimum count. An unknown count is too small unless the minimum is zero.

    Returns
    -------
    DataFrame
        Contract COVERAGE_RELEASED.
    """
    few = coverage["n_persons"].fillna(0) < profile.min_persons
    released = coverage.assign(mean=coverage["mean"].mask(few))
    return released[list(COVERAGE_RELEASED.columns)]


def release_units(
    units: pd.DataFrame, rule: Comparison, span: tuple[str, str] | None = None
) -> pd.DataFrame:
    """Keep what is public about the units: names, cluster, and the arm in a comparison.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    rule : Comparison
        The study's leading comparison, spelt out; what it leaves out is in neither arm.
    span : tuple of str, optional
        First and last period compared; without it no start lies outside of it.

    Returns
    -------
    DataFrame
        Contract UNITS_RELEASED; its status is compared; left_out by the
        comparison; not_yet_treated, which starts after the span and is a control in it;
        treated_before the span, which is in neither arm unless the comparison keeps it.
    """
    out = left_out(rule, units)
    status = pd.Series("compared", index=units.index).mask(out, "left_out")
    arm = units["arm"].mask(out, "neither")
    if span is not None:
        frequency = units["first_treated"].dt.freq
        first, last = (pd.Period(text, freq=frequency) for text in span)
        late = ~out & (units["first_treated"] > last)
        before = ~out & (units["first_treated"] <= first)
        status = status.mask(late, "not_yet_treated").mask(before, "treated_before")
        arm = arm.mask(late, "control")
        if rule.already_treated == "left_out":
            arm = arm.mask(before, "neither")
    return units.assign(arm=arm, status=status)[list(UNITS_RELEASED.columns)]


def release_public(frame: pd.DataFrame) -> pd.DataFrame:
    """Let a table leave that holds only what config/ says, and nothing of any data."""
    return frame


def _areas_left_out(estimates: pd.DataFrame, profile: DisclosureProfile) -> pd.Series:
    """Find estimates without one area that tell of one with too few persons, and the next."""
    each = estimates[estimates["role"].eq("leave_one_out") & estimates["identified"].eq("ok")]
    hidden: set[str] = set()
    for _, rows in each.groupby(_SPECIFICATION):
        persons = rows["n_persons_min"].fillna(0).groupby(rows["estimand"]).min()
        hidden.update(few_and_next(persons, profile.min_persons))
    return estimates["estimand"].isin(hidden) & estimates["identified"].eq("ok")


def _too_few(estimates: pd.DataFrame, profile: DisclosureProfile) -> pd.Series:
    if profile.min_persons == 0:
        return pd.Series(False, index=estimates.index)
    persons = estimates["n_persons_min"].fillna(0)
    return (persons < profile.min_persons) & (estimates["identified"] == "ok")
