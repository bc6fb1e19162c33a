"""From cells to the rows that one estimand compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError, UnitPeriodError, counted, some
from kuntakokeilu.estimation.cohorts import count_back
from kuntakokeilu.estimation.compared import bins, compared_cells, each_population, strata
from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.entropy_balance import balanced_weights
from kuntakokeilu.estimation.fit import terms_left
from kuntakokeilu.estimation.registry import right_hand_side
from kuntakokeilu.estimation.remember import remembered
from kuntakokeilu.facts.basics import plain_weights
from kuntakokeilu.study import Estimand

_LARGEST = 1e100  # squares of differences, and their products, stay numbers
_NO_WEIGHT = 1e-10  # pull on an estimate, of regressors of size one, that is rounding


@dataclass(frozen=True)
class Sample:
    """The rows that an estimand compares, with the estimand, which says of what kind they are.

    Attributes
    ----------
    frame : DataFrame
        The rows; see `draw_sample`.
    estimand : Estimand
        What they were drawn for.
    """

    frame: pd.DataFrame
    estimand: Estimand

    @property
    def populations(self) -> list[Sample]:
        """The population an estimand is about, then its contrast, each as if drawn alone."""
        if self.estimand.contrast is None:
            return [self]
        other = self.frame["other"]
        parts = (self.frame[~other], self.frame[other])
        each = each_population(self.estimand)
        return [Sample(rows, one) for rows, one in zip(parts, each, strict=True)]


def draw_sample(cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand) -> Sample:
    """Select the units, periods and weights of an estimand.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS.
    units : DataFrame
        Contract UNITS.
    estimand : Estimand
        What is compared, when, and how units are weighted.

    Returns
    -------
    Sample
        One row per unit and period with a known outcome, without units treated in all of the
        span, and in a balanced comparison without units that lack a covariate it is balanced on,
        and controls that nobody is matched to; of persons, without units that lack a covariate:
        unit, period, y, w (weight), n, n_fewest,
        trial, treated (bool), event_time (bins since the start; missing for units never
        treated), first_treated, cluster, region, sub_region, ely, covariates x_*, sources.
        For cohorts the period is their place in time (see `cohorts`), n counts person-months and
        n_fewest the persons of the month with fewest; cohorts that are treated in a part of
        their follow-up are left out. With the estimator `elapsed_effects` there is a row for each
        bin of months since entry, with `elapsed`; with strata one for each `stratum`. With a
        contrast the rows of both populations follow each other, each chosen and weighted as if
        alone: `other` (bool) marks those of the contrast.

    Raises
    ------
    InputError
        The weights or a covariate asked for do not exist for a compared unit.
    """
    if estimand.contrast is not None:
        own, other = (draw_sample(cells, units, each) for each in each_population(estimand))
        return stacked_samples(own, other, estimand)
    return sample_of(compared_cells(cells, units, estimand), estimand)


def stacked_samples(own: Sample, other: Sample, estimand: Estimand) -> Sample:
    """Put the samples of an estimand's population and of its contrast under each other."""
    parts = [own.frame.assign(other=False), other.frame.assign(other=True)]
    return Sample(pd.concat(parts, ignore_index=True), estimand)


def sample_of(compared: pd.DataFrame, estimand: Estimand) -> Sample:
    """Select and weigh the rows of one population; see `draw_sample`.

    Parameters
    ----------
    compared : DataFrame
        What `compared_cells` gives for the estimand.
    estimand : Estimand
        Without a contrast.
    """
    frame = _known_cells(_with_persons_before(compared, estimand), estimand)
    balance = estimand.comparison_rule.balance
    if balance is not None:
        known = frame[[f"x_{name}" for name in balance.covariates]].notna().all(axis=1)
        frame = frame[known].reset_index(drop=True)
    frame["w"] = _weights(frame, estimand)
    if balance is not None and frame["trial"].nunique() == 2:
        by_unit = frame.drop_duplicates("unit").set_index("unit")
        frame["w"] = frame["unit"].map(balanced_weights(by_unit, balance))
    frame = frame[frame["w"] != 0].reset_index(drop=True)
    if estimand.strata is not None and estimand.weights != "persons_current":
        frame = _divided_over_strata(frame)
    _require_covariates(frame, estimand)
    _require_controls(frame, estimand)
    return Sample(_with_time(frame, estimand), estimand)


def fewest_persons(*parts: pd.DataFrame) -> int | None:
    """Count the persons of each part in the period in which it has fewest; the fewest of all."""
    found = []
    for part in parts:
        if part.empty or part["n_fewest"].isna().any():
            return None
        found.append(int(part.groupby("period")["n_fewest"].sum().min()))
    return min(found)


def _with_persons_before(compared: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Leave out units of persons whose covariates are unknown: nobody was there before the start.

    Of published statistics a covariate that is missing is a fault of the data, which
    `_require_covariates` names.
    """
    if not estimand.covariates:
        return compared
    unknown = compared[[f"x_{name}" for name in estimand.covariates]].isna().any(axis=1)
    return compared[~(unknown & compared["n"].notna())].reset_index(drop=True)


def _known_cells(compared: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    _require_sizes(compared["y"], estimand)
    keys = ["unit", "period", *bins(estimand), *strata(estimand)]
    known = compared[compared["y"].notna()].sort_values(keys, ignore_index=True)
    return _with_weight(known, estimand)


def _with_time(frame: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Add whether a row is treated, and its bins since the start."""
    treated = frame["trial"] & (frame["period"] >= frame["first_treated"])
    return frame.assign(treated=treated, event_time=_event_time(frame, estimand))


def _with_weight(frame: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Leave out units that have no weight in the estimate.

    A unit whose regressors the effects explain whole adds nothing to any estimate: one seen on one
    side of the start in a panel without other gaps, or one of a group by period that holds one arm
    alone. It must not count among the units, in the weights of areas or in the degrees of freedom
    either. Where a whole arm would go, nothing is left out: the effect is then not identified, and
    `not_identified` says why.
    """
    if not estimand.method.unit_effects or not _may_lack_weight(frame, estimand):
        return frame
    if frame[[f"x_{name}" for name in estimand.covariates]].isna().any(axis=None):
        return frame  # `_require_covariates` says whose
    timed = _with_time(frame.assign(w=_weights(frame, estimand)), estimand)
    timed = timed[timed["w"] > 0]
    rows = timed.reset_index(drop=True)
    if rows["trial"].nunique() < 2 or not rows["treated"].any() or rows["treated"].all():
        return frame
    design = right_hand_side(rows, estimand)
    rows = design.regressed(rows)
    if rows.empty or design.lacks:
        return frame
    pull = _pull(design, rows["w"].to_numpy(float).tobytes())
    keys = ["unit", *bins(estimand)]
    largest = rows.assign(pull=pull).groupby(keys)["pull"].max()
    heard = timed.set_index(keys).index.isin(largest.index[largest > _NO_WEIGHT])
    kept = frame.drop(index=timed.index[~heard]).reset_index(drop=True)
    return kept if kept["trial"].nunique() == 2 else frame


@remembered
def _pull(design: Design, weights: bytes) -> np.ndarray:
    """Tell how far each row can pull on a term, regressors being of size one."""
    terms = design.regressors.iloc[:, : len(design.terms)].to_numpy(float)
    # sums of weighted outcomes have weights for regressors
    pull = terms if design.influence is not None else terms_left(design, weights)
    return np.abs(pull / np.abs(terms).max(axis=0, initial=1e-300)).max(axis=1, initial=0.0)


def _may_lack_weight(frame: pd.DataFrame, estimand: Estimand) -> bool:
    """Tell whether a unit can be without weight.

    One of a group by period, one without two neighbouring periods or without the one before a
    start, one with a trend of its own and few periods, or one seen on one side.
    """
    method = estimand.method
    apart = bool(estimand.effects_by_period) or method.changes or method.groups
    apart = apart or estimand.trends == "unit"
    return apart or bool(seen_on_one_side(Sample(frame, estimand)).any())


def seen_on_one_side(sample: Sample) -> pd.Series:
    """Tell which rows are of units without a value before, or after, the start.

    Parameters
    ----------
    sample : Sample
        The start of units never treated is the first one.

    Returns
    -------
    Series of bool
    """
    frame = sample.frame
    after = frame["period"] >= frame["first_treated"].fillna(frame["first_treated"].min())
    keys = ["unit", *bins(sample.estimand)]
    return after.groupby([frame[key] for key in keys]).transform("nunique") < 2


@dataclass(frozen=True)
class Missing:
    """Unit-periods, or units' cohorts, without a value.

    Attributes
    ----------
    share : float
        Their share of the compared weight.
    apart : float
        By how much the share changed more at the start in the trial arm than among controls.
    """

    share: float
    apart: float


def missing_cells(cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand) -> Missing:
    """Measure the compared unit-periods, or the units' cohorts, that have no value.

    Each counts as much as its unit weighs in the estimand.
    Cohorts that are treated in a part of their follow-up are not compared and do not count. With
    a contrast it is that of the population with more of them.
    """
    if estimand.contrast is not None:
        found = [missing_cells(cells, units, each) for each in each_population(estimand)]
        return max(found, key=lambda one: one.share)
    return missing_of(compared_cells(cells, units, estimand), estimand)


def missing_of(frame: pd.DataFrame, estimand: Estimand) -> Missing:
    """Measure what of `compared_cells` has no value, of one population; see `missing_cells`."""
    if frame.empty:
        return Missing(1.0, 0.0)
    units = pd.factorize(frame["unit"])[0]
    places = frame.groupby(["period", *bins(estimand)], sort=False).ngroup().to_numpy()
    facts = frame.drop_duplicates("unit")
    if plain_weights(estimand.weights) == "persons_current":
        mean = frame.groupby("unit", sort=False)["weight_current"].mean().fillna(0.0)
        facts = facts.assign(weight_current=mean.to_numpy())
    gone = np.ones((len(facts), places.max() + 1), dtype=bool)
    known = frame["y"].notna().to_numpy()
    gone[units[known], places[known]] = False
    when = frame["period"].array.asi8[np.unique(places, return_index=True)[1]]
    start = facts["first_treated"].fillna(facts["first_treated"].min()).array.asi8
    after, trial = when >= start[:, None], facts["trial"].to_numpy(bool)[:, None]
    weight = np.broadcast_to(_weights(facts, estimand).to_numpy(float)[:, None], gone.shape)
    parts = [after & trial, ~after & trial, after & ~trial, ~after & ~trial]
    apart = 0.0
    if all(part.any() for part in parts):
        shares = [weight[part & gone].sum() / weight[part].sum() for part in parts]
        apart = (shares[0] - shares[1]) - (shares[2] - shares[3])
    return Missing(float(weight[gone].sum() / weight.sum()), float(apart))


def _weights(frame: pd.DataFrame, estimand: Estimand) -> pd.Series:
    how = plain_weights(estimand.weights)
    if how == "unit":
        return pd.Series(1.0, index=frame.index)
    if how == "cluster":
        return 1.0 / frame.groupby("cluster")["unit"].transform("nunique")
    column = "weight_frozen" if how == "persons_frozen" else "weight_current"
    weights = frame[column]
    # Nobody lived there before the start, in a small sample of persons: no weight, no row.
    bad = ~(weights >= 0)
    if bad.any():
        raise InputError(
            f"estimand {estimand.estimand}, weights {estimand.weights}: no number of "
            f"persons for unit {some(frame.loc[bad, 'unit'].unique())}"
        )
    return weights


def _divided_over_strata(frame: pd.DataFrame) -> pd.DataFrame:
    """Divide each unit's weight over its strata by their persons before the first start.

    Shares of the time before the start cannot have been moved by the trial: the strata of a unit
    weigh the same before and after. A stratum without persons before the start has no weight
    and is left out.
    """
    before = frame[frame["period"] < frame["first_treated"].min()]
    if before.empty:  # not identified; there is nothing to weigh
        return frame
    persons = before.groupby(["unit", "stratum"])["weight_current"].sum().rename("share")
    share = persons / persons.groupby("unit").transform("sum")
    frame = frame.merge(share.reset_index(), on=["unit", "stratum"])
    return frame.assign(w=frame["w"] * frame["share"]).drop(columns="share")


def _require_sizes(y: pd.Series, estimand: Estimand) -> None:
    """Refuse what cannot be squared: differences so large are a fault of the data."""
    if (y / _LARGEST).max() - (y / _LARGEST).min() > 1:
        raise InputError(
            f"outcome {estimand.outcome}: values that differ by more than {_LARGEST:g} cannot be "
            "compared"
        )


def _require_covariates(frame: pd.DataFrame, estimand: Estimand) -> None:
    for name in estimand.covariates:
        bad = frame[f"x_{name}"].isna()
        if bad.any():
            raise InputError(
                f"estimand {estimand.estimand}, covariate {name}: not known before the start "
                f"for unit {some(frame.loc[bad, 'unit'].unique())}"
            )


def _require_controls(frame: pd.DataFrame, estimand: Estimand) -> None:
    """Stop at a control that is not known, or that does not move where units have effects."""
    for name in estimand.controls:
        values, where = frame[f"c_{name}"], f"estimand {estimand.estimand}, control {name}"
        bad = frame[values.isna()]
        if len(bad):
            row = bad.iloc[0]
            raise UnitPeriodError(
                f"{where}: no value",
                row["unit"],
                row["period"],
                f" ({counted(len(bad), 'such unit-period')}); expected a number wherever the "
                "outcome is compared",
            )
        still = values.groupby(frame["unit"]).nunique().le(1).all()
        if estimand.method.unit_effects and still and len(frame):
            raise InputError(
                f"{where}: is the same in all periods of every unit, so that the unit effects hold "
                "it already; expected one that moves, or a covariate"
            )


def _event_time(frame: pd.DataFrame, estimand: Estimand) -> pd.Series:
    """Count bins since the start: the start opens bin 0, bin -1 ends just before it.

    Before the start, cohorts are counted back from the last one compared.
    """
    ever = frame["first_treated"].notna()
    since = frame.loc[ever, "period"].astype("int64") - frame.loc[ever, "first_treated"].astype(
        "int64"
    )
    bins = count_back(since, estimand) // estimand.periods_per_bin
    return bins.astype("Int64").reindex(frame.index)
