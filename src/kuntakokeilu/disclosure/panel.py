"""Which counts of the preparation of person-months may leave: exclusion flow, eligibility."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import (
    ELIGIBILITY_DEFINITIONS,
    ELIGIBILITY_RELEASED,
    FLOW_RELEASED,
    FLOW_STEPS,
    conform,
)
from kuntakokeilu.errors import InputError
from kuntakokeilu.study import DisclosureProfile

# The same persons in every sample: what one column of the flow shows, all others show too.
_SHARED = FLOW_STEPS[:2]
_FLAGS = ELIGIBILITY_DEFINITIONS[3:]
# Hidden whatever its count is: nearly always few have no municipality, and a step that is hidden
# just when they are few says so.
NEVER_SHOWN = "municipality_known"
Counts = TypeVar("Counts", pd.DataFrame, pd.Series)


def release_flow(flow: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """Suppress the steps that count, or differ by, too few persons.

    Steps are nested, so the difference of two of them counts persons: those left out between.
    A step is shown if its count and its difference from every related count that is shown
    are zero or at least the minimum. Where a step leaves out too few, the step is suppressed and
    its exclusion merges with the next one, whose sum is shown. Related are the steps of one sample
    and cohort; the two first steps, which are the same persons everywhere; and all job seekers to
    every sample, since the others may be a part of them. Cohorts are not nested, so their
    difference counts nobody. Sizes of samples come first, then the extract and what follows.

    The step `NEVER_SHOWN` is suppressed in every release of persons, so that it tells nothing that
    it is: who knows the rules would know that a step hidden by its count leaves out few.

    Person-months are shown with their persons. Where a step leaves out months but no whole
    person, it is unknown how few persons these are of, and the months before it are suppressed.

    Parameters
    ----------
    flow : DataFrame
        Contract FLOW.
    profile : DisclosureProfile
        The minimum count.

    Returns
    -------
    DataFrame
        Contract FLOW_RELEASED. Any suppressed count lies in an interval, by all that is shown,
        at least as wide as the minimum.

    Raises
    ------
    InputError
        A sample has rows with and without cohorts: sums over cohorts would undo suppression.
    """
    _refuse_sums(flow)
    order = flow["step"].ne(FLOW_STEPS[-1]) * (1 + flow["position"])
    shown: list[int] = []
    never = flow["step"].eq(NEVER_SHOWN) & (profile.min_persons > 0)
    for at in order[~never].sort_values(kind="stable").index:
        if _may_stand(flow, at, shown, profile.min_persons):
            shown.append(at)
    visible = flow.index.isin(shown)
    months = visible & ~flow.index.isin(_ambiguous_months(flow[visible]))
    released = flow.assign(
        n_persons=flow["n_persons"].where(visible),
        n_person_months=flow["n_person_months"].where(months),
        status=np.where(visible, "ok", "suppressed"),
    )
    return conform(released, FLOW_RELEASED)


def release_eligibility(eligibility: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """Suppress the rows that show too few persons in any part of their fourfold table.

    Persons and clients of an arm are the same by every definition: they stand in suppressed rows
    as in others, unless they are too few themselves. Who is eligible outside the trial areas is
    suppressed in every release of persons: hardly anybody is a client there, and a row hidden just
    when few of these are eligible, or are not, would say so. A row of the trial areas stays if each
    of its four parts (eligible or not, client or not) is zero or at least the minimum. The
    definitions contain their flags, so a flag is suppressed where too few persons, clients or not,
    are eligible by a shown definition without it. An arm with too few persons is the difference of
    the flow's stock and the other arm, so both are suppressed.

    Parameters
    ----------
    eligibility : DataFrame
        Contract ELIGIBILITY.
    profile : DisclosureProfile
        The minimum count.

    Returns
    -------
    DataFrame
        Contract ELIGIBILITY_RELEASED.
    """
    least = profile.min_persons
    e = eligibility
    parts = pd.DataFrame(
        {
            "both": e["n_both"],
            "eligible": e["n_eligible"] - e["n_both"],
            "client": e["n_clients"] - e["n_both"],
            "neither": e["n_persons"] - e["n_eligible"] - e["n_clients"] + e["n_both"],
        }
    )
    shown = ~_small(parts, least).any(axis=1)
    if least:
        shown &= e["in_trial_area"].astype(bool)
    small_arm = e.loc[_small(e["n_persons"], least), "definition"]
    shown &= ~e["definition"].isin(small_arm)
    flag = e["definition"].isin(_FLAGS)
    for at in e.index[shown & flag]:
        whole = shown & ~flag & e["in_trial_area"].eq(e.loc[at, "in_trial_area"])
        apart = parts.loc[whole, ["both", "eligible"]] - parts.loc[at, ["both", "eligible"]]
        shown[at] = not _small(apart, least).any(axis=None)
    few = e["n_clients"], e["n_persons"] - e["n_clients"]
    whole = ~(e["definition"].isin(small_arm) | _small(few[0], least) | _small(few[1], least))
    visible = {"n_persons": whole, "n_clients": whole, "n_eligible": shown, "n_both": shown}
    released = e.assign(**{name: e[name].where(where) for name, where in visible.items()})
    released["status"] = np.where(shown, "ok", "suppressed")
    return conform(released, ELIGIBILITY_RELEASED)


def _refuse_sums(flow: pd.DataFrame) -> None:
    both = flow["cohort"].isna().groupby(flow["sample"]).nunique() > 1
    if both.any():
        raise InputError(f"FLOW: {both.index[both][0]} has rows with and without a cohort")


def _may_stand(flow: pd.DataFrame, at: int, shown: list[int], least: int) -> bool:
    """Tell whether a count is large enough, alone and less each related count that is shown."""
    row, others = flow.loc[at], flow.loc[shown]
    column = others["sample"].eq(row["sample"]) & (
        others["cohort"].eq(row["cohort"]) | others["cohort"].isna()
    )
    anyway = row["step"] in _SHARED or row["sample"] == "job_seekers"
    related = column | others["sample"].eq("job_seekers") | anyway
    apart = others.loc[related, "n_persons"] - row["n_persons"]
    return not (_small(apart, least).any() or 0 < row["n_persons"] < least)


def _ambiguous_months(flow: pd.DataFrame) -> list[int]:
    """Find the rows followed by one with as many persons but other person-months."""
    rows = flow[flow["n_person_months"].notna()].sort_values("position")
    alike = rows.groupby(["sample", "cohort", "n_persons"], dropna=False)["n_person_months"]
    return list(rows.index[rows["n_person_months"] != alike.transform("last")])


def _small(counts: Counts, least: int) -> Counts:
    """Tell which counts or differences are neither zero nor as large as the minimum."""
    size = counts.abs()
    return (size > 0) & (size < least)
