"""Stacked difference-in-differences: a clean comparison for each start, all in one regression.

For each start there is a set of the units that start then and of untreated ones, whose rows count
as long as nothing treats them; a unit is a control in several sets. Effects of units and of periods
are those of a set (Cengiz, Dube, Lindner & Zipperer 2019, Quarterly Journal of Economics 134(3)).
Controls of each set weigh as much as its treated units together, so that no set's controls count
for the treated of another (Wing, Freedman & Hollingsworth 2024, NBER Working Paper 32054). Sets
with as many periods after the start as before it count for more, as in any regression with one
effect.
"""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.estimation.designs import Design, Term, numbered, reference_bin
from kuntakokeilu.study import Estimand


def stacked_average(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect after the start, over all sets."""
    rows = sets_of_starts(frame, estimand)
    return _design(rows, pd.DataFrame({"att": rows["after"].astype(float)}), [Term("att", "att")])


def stacked_event_study(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect for each period before and after the start, over all sets."""
    rows, base = sets_of_starts(frame, estimand), reference_bin(frame, estimand)
    since = rows["since"].where(rows["own"])
    times = [int(e) for e in sorted(since.dropna().unique()) if e != base]
    columns = {f"event_{e}": since.eq(e).astype(float) for e in times}
    terms = [Term(name, "event_time", event_time=e) for name, e in zip(columns, times, strict=True)]
    return _design(rows, pd.DataFrame(columns, index=rows.index), terms)


def sets_of_starts(frame: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Stack the units of each start and their controls.

    Parameters
    ----------
    frame : DataFrame
        Rows of a sample.
    estimand : Estimand
        Its `control_group` says whether units that start later are controls until then.

    Returns
    -------
    DataFrame
        A row for each unit, period and set that it is in: `set` is the start, `own` (bool) tells
        its units from controls, `since` (int) counts periods since that start, `after` (bool) marks
        treated rows, and w of controls is scaled to the sum of the set's own units.
    """
    not_yet = estimand.control_group == "not_yet_treated"
    parts = [frame.iloc[:0].assign(set=None, own=False, since=0, after=False)]
    for start in sorted(frame["first_treated"].dropna().unique()):
        own = frame["first_treated"] == start
        free = ~frame["trial"]
        if not_yet:
            free |= (frame["first_treated"] > start) & (frame["period"] < frame["first_treated"])
        rows = frame[own | free]
        mine = own[own | free]
        sides = rows.loc[mine, "period"].ge(start)
        if sides.nunique() < 2 or mine.all():
            continue
        once = rows.drop_duplicates("unit")
        total = once["w"].groupby(once["unit"].isin(rows.loc[mine, "unit"])).sum()
        since = rows["period"].astype("int64") - start.ordinal
        parts.append(
            rows.assign(
                set=start,
                own=mine,
                since=since,
                after=mine & (since >= 0),
                w=rows["w"].where(mine, rows["w"] * total[True] / total[False]),
            )
        )
    return pd.concat(parts, ignore_index=True)


def _design(rows: pd.DataFrame, terms: pd.DataFrame, named: list[Term]) -> Design:
    effects = {"unit": numbered(rows, ["set", "unit"]), "period": numbered(rows, ["set", "period"])}
    return Design(regressors=terms, terms=named, effects=pd.DataFrame(effects), rows=rows)
