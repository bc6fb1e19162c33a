"""What each estimator puts on the right-hand side.

A design is a frame of regressors in which some columns are the terms that are reported, the
rest controls, together with the fixed effects to absorb.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation.compared import bins, strata
from kuntakokeilu.facts import period
from kuntakokeilu.study import Estimand


@dataclass(frozen=True)
class Term:
    """A reported coefficient.

    Attributes
    ----------
    column : str
        Its column in the regressors.
    term : {"att", "event_time", "window"}
        What it is about.
    event_time : int or None
        Bins since the start.
    window : str or None
        Name of the calendar window.
    """

    column: str
    term: str
    event_time: int | None = None
    window: str | None = None


@dataclass(frozen=True)
class Design:
    """The right-hand side of a regression on cells.

    Attributes
    ----------
    regressors : DataFrame, shape (rows, k)
        Terms first, then controls.
    terms : list of Term
        The reported columns.
    effects : DataFrame, shape (rows, m) or None
        Fixed effects to absorb, `unit` and `period`, or `period` alone: rows of one number share
        one; None if the regressors hold a constant.
    parts : tuple of (float, Design)
        Of two populations in one regression: each one's own design, and how often its
        coefficients count in those reported. Empty with one population.
    rows : DataFrame or None
        What is regressed where that is not the sample itself but made of it, such as changes: rows
        with the columns of a sample, each with the label of one of its rows. Those with the column
        `previous` are changes since that period, so that what starts are dealt anew for is the
        change of the treatment; of others it is the treatment in `period`.
    again : callable or None
        Of a design whose terms are averages with weights that are shares of the sample: their
        values, shape (m, terms), had units other starts. Takes deals, shape (m, units), in the
        order in which units appear in `rows`: the number of the start, -1 for never, -2 for a unit
        that is not there.
    influence : ndarray, shape (rows, terms), or None
        Of terms that are sums of weighted outcomes and no coefficients of one regression: what each
        row adds to the error of each. Regressors are then the weights of outcomes over those of
        rows (see `weighted_sums`).
    lacks : str or None
        Why there are no terms, as the column `identified` of ESTIMATES says it.
    """

    regressors: pd.DataFrame
    terms: list[Term]
    effects: pd.DataFrame | None
    parts: tuple[tuple[float, Design], ...] = ()
    rows: pd.DataFrame | None = None
    again: Callable[[np.ndarray], np.ndarray] | None = None
    influence: np.ndarray | None = None
    lacks: str | None = None

    def deviations(self, params: np.ndarray) -> np.ndarray:
        """Tell by how much the effect in each row differs from the average that it counts in.

        Parameters
        ----------
        params : ndarray, shape (k,)
            Coefficients of the regressors.

        Returns
        -------
        ndarray, shape (rows,)
            What the columns beside the terms say of a row. Another sample would have other shares
            of groups, so that this is an error like a residual (Callaway & Sant'Anna 2021, theorem
            3). Zero where terms are no such averages.
        """
        if self.again is None or self.influence is not None:
            return np.zeros(len(self.regressors))
        m = len(self.terms)
        return np.asarray(self.regressors.to_numpy(float)[:, m:] @ params[m:])

    def regressed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return what of a sample is regressed on this right-hand side."""
        return frame if self.rows is None else self.rows


def two_by_two(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """Compare four means: trial and control, before and after one common start.

    Given controls, if there are any, each with one effect.
    """
    start = common_start(frame, estimand, "two_by_two needs", "; use two_way_fixed_effects")
    trial = frame["trial"].astype(float)
    post = (frame["period"] >= start).astype(float)
    regressors = pd.DataFrame({"att": trial * post, "const": 1.0, "trial": trial, "post": post})
    controls = _moving_controls(frame, estimand)
    return Design(pd.concat([regressors, controls], axis=1), [Term("att", "att")], None)


def common_start(
    frame: pd.DataFrame, estimand: Estimand, needs: str, instead: str = ""
) -> pd.Period:
    """Return the one start of all units of the trial arm, or stop."""
    starts = frame["first_treated"].dropna().unique()
    if len(starts) != 1:
        raise InputError(
            f"estimand {estimand.estimand}: {needs} one common start, found {len(starts)}{instead}"
        )
    return starts[0]


def two_way_fixed_effects(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect from each unit's first treated period on, given unit and period effects."""
    terms = pd.DataFrame({"att": frame["treated"].astype(float)})
    return absorbing(frame, estimand, terms, [Term("att", "att")])


def event_study(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect for each bin of event time, relative to the reference bin.

    A bin that the span cuts short is estimated but not reported: its periods are of another
    season than those of a whole bin.
    """
    trial = frame[frame["event_time"].notna()]
    periods = trial.groupby(["event_time", "first_treated"])["period"].nunique()
    whole = periods.groupby("event_time").max() >= estimand.periods_per_bin
    base = reference_bin(frame, estimand)
    bins = [int(b) for b in whole.index if b != base]
    reported = [b for b in bins if whole[b]]
    order = reported + [b for b in bins if not whole[b]]
    terms = pd.DataFrame(
        {f"event_{b}": frame["event_time"].eq(b).fillna(False).astype(float) for b in order}
    )
    return absorbing(
        frame, estimand, terms, [Term(f"event_{b}", "event_time", event_time=b) for b in reported]
    )


def reference_bin(frame: pd.DataFrame, estimand: Estimand) -> int | None:
    """Find the bin that an event study compares with; None if no row is in it.

    It is the last bin before the start, or the one that holds `base_last`: bins between it and
    the start are then estimated and reported like all others.
    """
    if estimand.base_last is None:
        last = -1 - estimand.anticipation
        return last if frame["event_time"].eq(last).any() else None
    base = frame["period"] == period(estimand.base_last, estimand.frequency)
    bins = frame.loc[base, "event_time"].dropna().unique()
    if len(bins) > 1:
        raise InputError(f"estimand {estimand.estimand}: base_last needs one common start")
    return int(bins[0]) if len(bins) else None


def window_effects(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect for each calendar window after the start."""
    columns = {}
    covered = pd.Series(False, index=frame.index)
    for name, span in estimand.windows.items():
        first, last = (period(end, estimand.frequency) for end in (span.first, span.last))
        inside = (frame["period"] >= first) & (frame["period"] <= last)
        columns[name] = (frame["treated"] & inside).astype(float)
        covered |= inside
    if (frame["treated"] & ~covered).any():
        raise InputError(
            f"estimand {estimand.estimand}: the windows in study.yaml do not cover every period "
            "after the start"
        )
    used = {name: column for name, column in columns.items() if column.any()}
    terms = pd.DataFrame({f"window_{name}": column for name, column in used.items()})
    return absorbing(
        frame, estimand, terms, [Term(f"window_{n}", "window", window=n) for n in used]
    )


def elapsed_effects(frame: pd.DataFrame, estimand: Estimand) -> Design:
    """One effect for each bin of months since entry, each from cohorts before and after the start.

    Units and cohorts have effects of their own in every bin, so that the effect of a bin is that
    of `two_way_fixed_effects` on its months alone; together they share a covariance. Event time
    is the bin, 0 the first.
    """
    bins = sorted(frame["elapsed"].unique())
    terms = pd.DataFrame(
        {f"elapsed_{b}": (frame["treated"] & frame["elapsed"].eq(b)).astype(float) for b in bins}
    )
    return absorbing(
        frame,
        estimand,
        terms,
        [Term(f"elapsed_{b}", "event_time", event_time=int(b)) for b in bins],
    )


def absorbing(
    frame: pd.DataFrame,
    estimand: Estimand,
    terms: pd.DataFrame,
    reported: list[Term],
    *,
    unit_effects: bool = True,
) -> Design:
    """Put unit effects, and the estimand's period effects and covariates, beside the terms.

    Periods have effects in each group of `effects_by_period`; with strata in each stratum too, and
    units one effect over all strata: under the weights persons_current that is the regression on
    persons with unit effects and stratum x period effects. With bins of months since entry, both
    units and periods have effects in each bin.
    """
    each = bins(estimand)
    groups = [estimand.effects_by_period] if estimand.effects_by_period else []
    effects = {"unit": numbered(frame, [*each, "unit"])} if unit_effects else {}
    effects["period"] = numbered(frame, [*each, *groups, *strata(estimand), "period"])
    if estimand.trends == "unit" and unit_effects:
        effects["trend"] = _trend(frame, estimand)
    controls = [
        _covariates_by_period(frame, estimand.covariates, each, all_periods=not unit_effects),
        _moving_controls(frame, estimand),
    ]
    return Design(pd.concat([terms, *controls], axis=1), reported, pd.DataFrame(effects))


def _trend(frame: pd.DataFrame, estimand: Estimand) -> pd.Series:
    """Count periods, for units whose trends are linear."""
    if frame["period"].nunique() < 3:
        raise InputError(
            f"estimand {estimand.estimand}, trends unit: a trend needs three periods, found "
            f"{frame['period'].nunique()}"
        )
    count = frame["period"].astype("int64").astype(float)
    return count - count.min()


def _moving_controls(frame: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Take the controls that move over time as they are."""
    return frame[[f"c_{name}" for name in estimand.controls]].astype(float)


def numbered(frame: pd.DataFrame, names: list[str]) -> pd.Series:
    """Number the combinations of values that there are in some columns, in their order."""
    return frame.groupby(names, dropna=False, observed=True).ngroup()


def _covariates_by_period(
    frame: pd.DataFrame, covariates: list[str], each: list[str], *, all_periods: bool
) -> pd.DataFrame:
    """Let each covariate measured before the start have its own effect in every period."""
    if not covariates:
        return pd.DataFrame(index=frame.index)
    places = numbered(frame, [*each, "period"])
    kept = np.unique(places)
    if not all_periods:  # unit effects take the first
        firsts = places.groupby(numbered(frame, each) if each else 0 * places).min()
        kept = np.setdiff1d(kept, firsts)
    dummies = places.to_numpy()[:, None] == kept
    columns = [dummies * frame[[f"x_{name}"]].to_numpy(float) for name in covariates]
    names = [f"{name}_{place}" for name in covariates for place in kept]
    return pd.DataFrame(np.hstack(columns), index=frame.index, columns=names)
