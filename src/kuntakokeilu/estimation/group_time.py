"""Group-time effects, averaged: units of one start against untreated ones, start by start.

With group g the units that start in g and b the period before, the effect in period t is

    ATT(g, t) = mean of y_t - y_b in group g  -  mean of y_t - y_b in units untreated in t

(Callaway & Sant'Anna 2021, Journal of Econometrics 225(2)). All long differences are stacked, each
group and period with a constant of its own, so that every ATT(g, t) is a coefficient. Averages are
coefficients too: with weights w_c that add up to one over the cells c = (g, t) of an average, the
columns

    sum of D_c   and, for each cell but one of them, called 0,   D_c - (w_c / w_0) D_0

span those of the D_c, and the coefficient of the first is the sum of w_c ATT(c). The others say by
how much the effect in a cell differs from the average. Since the w_c are shares of groups in a
sample, that difference counts as an error of treated units (see `Design.deviations`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.designs import Design, Term, numbered, reference_bin
from kuntakokeilu.study import Estimand

_CELL = ["group", "period"]


def group_time_average(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect: the mean over groups and periods after the start, groups by their size.

    The simple average of Callaway & Sant'Anna, in which groups treated for longer count for more.
    """
    rows = long_differences(frame, estimand)
    rows = rows[rows["since"] >= 0].reset_index(drop=True)
    return _averages(frame, rows, _cells(rows).assign(column="att"), estimand)


def group_average(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect: the mean over groups, by their size, of each one's mean over its periods."""
    rows = long_differences(frame, estimand)
    rows = rows[rows["since"] >= 0].reset_index(drop=True)
    cells = _cells(rows).assign(column="att")
    periods = cells.groupby("group")["period"].transform("size")
    return _averages(frame, rows, cells.assign(times=1 / periods), estimand)


def group_time_event_study(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect for each period since the start: the mean over groups seen then, by their size.

    No effect of one period is mixed into that of another, as it is in `event_study` where starts
    and effects differ (Sun & Abraham 2021, Journal of Econometrics 225(2)).
    """
    rows = long_differences(frame, estimand)
    cells = _cells(rows)
    return _averages(frame, rows, cells.assign(column=_event(cells["since"])), estimand)


def long_differences(frame: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Take from each value the unit's one before a start, in each group and its controls.

    Parameters
    ----------
    frame : DataFrame
        Rows of a sample.
    estimand : Estimand
        Its `control_group` says whether units that start later are controls until then.

    Returns
    -------
    DataFrame
        A row for each unit, period and group that it is in or a control of: `group` is the start,
        `base` the period before it, `since` (int) the periods since the start, `own` (bool) tells
        the group from its controls; y is the difference and w the weight in the base. Groups
        without a value before their start, and periods without a group or a control, have none.
    """
    reference = reference_bin(frame, estimand)
    if reference is None:
        return frame.iloc[:0].assign(group=None, base=None, since=0, own=False)
    parts = []
    for start in sorted(frame["first_treated"].dropna().unique()):
        own = frame["first_treated"] == start
        since = frame[own].groupby("period")["event_time"].first()
        for base in since.index[since == reference]:
            before = frame[frame["period"] == base].set_index("unit")
            rows = frame[
                (own | _untreated(frame, base, estimand)) & frame["unit"].isin(before.index)
            ]
            rows = rows[rows["period"].isin(since.index.drop(base))]
            parts.append(
                rows.assign(
                    group=start,
                    base=base,
                    since=rows["period"].map(since).astype(int),
                    own=own,
                    y=rows["y"] - rows["unit"].map(before["y"]),
                    w=rows["unit"].map(before["w"]),
                )
            )
    stacked = pd.concat(parts, ignore_index=True)
    both = stacked.groupby(_CELL)["own"].transform("nunique") == 2
    return stacked[both].reset_index(drop=True)


def _untreated(frame: pd.DataFrame, base: pd.Period, estimand: Estimand) -> pd.Series:
    """Tell which rows are of controls: untreated in their period and in the base."""
    if estimand.control_group == "never_treated":
        return ~frame["trial"]
    until = frame["period"].where(frame["period"] > base, base)
    return ~frame["trial"] | (frame["first_treated"] > until)


def _event(since: pd.Series) -> pd.Series:
    return "event_" + since.astype(str)


def _cells(rows: pd.DataFrame) -> pd.DataFrame:
    """List groups and periods; `times` is how often a group's share counts in each."""
    cells = rows.loc[rows["own"], [*_CELL, "base", "since"]].drop_duplicates(_CELL)
    return cells.sort_values(["since", "group"], ignore_index=True).assign(times=1.0)


def _averages(
    frame: pd.DataFrame, rows: pd.DataFrame, cells: pd.DataFrame, estimand: Estimand
) -> Design:
    """Put averages over cells, each named by its `column`, before what the cells differ by."""
    sizes = rows[rows["own"]].drop_duplicates(["group", "unit"]).groupby("group")["w"].sum()
    shares = (cells["group"].map(sizes).astype(float) * cells["times"]).to_numpy()
    places = pd.MultiIndex.from_frame(cells[_CELL]).get_indexer(
        pd.MultiIndex.from_frame(rows[_CELL])
    )
    dummies = (places[:, None] == np.arange(len(cells))) * rows["own"].to_numpy(float)[:, None]
    averages, differences = {}, {}
    for column in cells["column"].unique():
        mine = np.flatnonzero(cells["column"] == column)
        largest = mine[shares[mine].argmax()]
        averages[column] = dummies[:, mine].sum(axis=1)
        for place in mine[mine != largest]:
            taken = shares[place] / shares[largest] * dummies[:, largest]
            differences[f"cell_{place}"] = dummies[:, place] - taken
    return Design(
        regressors=pd.DataFrame(averages | differences, index=rows.index),
        terms=_terms(cells),
        effects=numbered(rows, _CELL).to_frame("period"),
        rows=rows,
        again=_Again.of(frame, rows, cells, estimand) if len(rows) else None,
    )


def _terms(cells: pd.DataFrame) -> list[Term]:
    named = cells.drop_duplicates("column")
    return [
        Term("att", "att") if column == "att" else Term(column, "event_time", event_time=int(since))
        for column, since in zip(named["column"], named["since"], strict=True)
    ]


@dataclass(frozen=True)
class _Again:
    """The averages, had the units other starts.

    Attributes
    ----------
    y, w : DataFrame, shape (units, periods)
        Outcome and weight, missing where there is no value.
    starts : list of Period
        What deals number.
    cells : DataFrame
        Groups and periods that are averaged.
    not_yet : bool
        Whether units that start later are controls until then.
    """

    y: pd.DataFrame
    w: pd.DataFrame
    starts: list[pd.Period]
    cells: pd.DataFrame
    not_yet: bool

    @classmethod
    def of(
        cls, frame: pd.DataFrame, rows: pd.DataFrame, cells: pd.DataFrame, estimand: Estimand
    ) -> _Again:
        """Lay a sample out by units, in the order in which `rows` have them, and periods."""
        units = rows["unit"].unique()
        y, w = (
            frame.pivot(index="unit", columns="period", values=name).astype(float).reindex(units)
            for name in ("y", "w")
        )
        starts = sorted(rows["first_treated"].dropna().unique())
        return cls(y, w, starts, cells, estimand.control_group == "not_yet_treated")

    def __call__(self, deals: np.ndarray) -> np.ndarray:
        """Average anew: deals of shape (m, units) to averages of shape (m, terms).

        Deals number the start of each unit; -1 is never, -2 that the unit is not there. An average
        is missing where one of its groups has no value or no control in a period.
        """
        columns = list(self.cells["column"].unique())
        sums, total = np.zeros((2, len(deals), len(columns)))
        for _, mine in self.cells.groupby("group"):
            base, start = mine["base"].iloc[0], self.starts.index(mine["group"].iloc[0])
            own = np.equal(deals, start).astype(float)
            changes = self.y[mine["period"]].sub(self.y[base], axis=0)
            weights = self.w[base].where(changes.notna().any(axis=1), 0.0).to_numpy()
            size = own @ weights
            for (_, cell), (_, change) in zip(mine.iterrows(), changes.items(), strict=True):
                free = self._untreated(deals, max(cell["period"], base)) * (1.0 - own)
                effect = _mean(own, change, weights) - _mean(free, change, weights)
                counts = size * cell["times"]
                place = columns.index(cell["column"])
                sums[:, place] += np.where(size > 0, counts * effect, 0.0)
                total[:, place] += counts
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(sums / total)

    def _untreated(self, deals: np.ndarray, until: pd.Period) -> np.ndarray:
        later = [place for place, start in enumerate(self.starts) if start > until]
        return np.isin(deals, [-1, *(later if self.not_yet else [])]).astype(float)


def _mean(chosen: np.ndarray, values: pd.Series, weights: np.ndarray) -> np.ndarray:
    """Weighted mean of the known values of the units chosen in each deal, shape (m,)."""
    w = np.where(values.isna(), 0.0, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((chosen @ (w * values.fillna(0.0).to_numpy())) / (chosen @ w))
