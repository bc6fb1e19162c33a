"""The event study on which bounds rest, from the sample of an estimand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special

from kuntakokeilu.estimation.bias_reduced import cr2
from kuntakokeilu.estimation.bounds.magnitudes import LEVEL, EventSeries
from kuntakokeilu.estimation.clustered import influence, t_quantile
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.cross_products import cross_products
from kuntakokeilu.estimation.designs import Design, reference_bin
from kuntakokeilu.estimation.fit import fit
from kuntakokeilu.estimation.identification import not_identified
from kuntakokeilu.estimation.sample import Sample
from kuntakokeilu.estimation.small_sample import rests_on_one

_STILL = 1e-12  # of the largest variance: rounding
FEWEST_BEFORE = 2  # ASSUME: the larger of two changes is the least that says how far arms drift


@dataclass(frozen=True)
class BoundedSeries:
    """An event study that bounds can be put on, or why there is none.

    Attributes
    ----------
    series : EventSeries or None
        The mean effect after the start, weighted as the trial arm's rows are, relative to the last
        bin before it or to the mean of the time before; its covariance is that by area, of CR1 or
        CR2.
    times : ndarray, shape (q,)
        Bins since the start of its coefficients.
    years : ndarray, shape (q,)
        Years from the middle of the reference to the middle of each bin.
    tested : ndarray, shape (q, q)
        Covariance of CR1, which tests before the start are made with.
    n_clusters : int
        Areas.
    n_fewest : int
        Areas of the smaller arm.
    identified : str
        ok, or what is lacking.
    """

    series: EventSeries | None
    times: np.ndarray
    years: np.ndarray
    tested: np.ndarray
    n_clusters: int
    n_fewest: int
    identified: str = "ok"


def bounded_series(
    sample: Sample, *, bias_reduced: bool, mean_before: bool = False
) -> BoundedSeries:
    """Estimate the event study of a sample, with the covariance of all its effects.

    Parameters
    ----------
    sample : Sample
        Of an event study.
    bias_reduced : bool
        Whether the covariance is that of CR2 instead of CR1, as of the estimand's leading row.
    mean_before : bool
        Whether later bins are compared with the mean of all bins before the start, weighted as the
        trial arm's rows are, instead of with the last of them. With one start, no gaps and weights
        that stay, that is the estimate of two-way fixed effects.

    Returns
    -------
    BoundedSeries
        From the first to the last bin around the reference that is known without a gap. Bins that
        rest on one cluster are not.
    """
    lacks = _lacking(sample)
    if lacks is not None:
        return _none(lacks)
    design = design_of(sample)
    frame = design.regressed(sample.frame)
    fitted = fit(frame, design)
    if fitted is None:
        return _none("no_variation")
    tested = influence(fitted, frame["cluster"]).to_numpy()[:, : len(design.terms)]
    sums = _adjusted(frame, design) if bias_reduced else tested
    if sums is None or not np.isfinite(sums).all():
        return _none("too_few_clusters")
    base = reference_bin(sample.populations[0].frame, sample.estimand)
    assert base is not None  # see `_lacking`
    known = ~rests_on_one(frame, design, frame["cluster"])
    places = _neighbours([term.event_time for term in design.terms], known, base)
    times = np.array([design.terms[place].event_time for place in places], dtype=int)
    weights = _weights(sample, times[times > base])
    n_before = int((times < base).sum())
    covariance = sums[:, places].T @ sums[:, places]
    lacks = _short(n_before, weights, len(places), len(sums)) or _flat(covariance)
    if lacks is not None:
        return _none(lacks)
    series = EventSeries(
        estimates=fitted.params[places],
        covariance=covariance,
        n_before=n_before,
        weights=weights / weights.sum(),
        base=_shares_before(sample, times[times < base], base) if mean_before else None,
    )
    tested = tested[:, places].T @ tested[:, places]
    years = _years(sample, times, base)
    return BoundedSeries(series, times, years, tested, len(sums), _fewest_clusters(sample))


def largest_seen(series: EventSeries) -> tuple[float, float]:
    """Give the largest change, and the largest bend, from bin to bin up to the reference.

    Parameters
    ----------
    series : EventSeries
        With two bins before the reference or more.

    Returns
    -------
    change, bend : float
        In the outcome's unit: what `relative_magnitudes` is a multiple of, and what a bound of
        `smoothness` is to be held against.
    """
    path = np.append(series.estimates[: series.n_before], 0.0)
    changes, bends = np.diff(path), np.diff(path, 2)
    return float(np.abs(changes).max()), float(np.abs(bends).max())


def widened(series: EventSeries, degrees: float, chosen: int = 0) -> EventSeries:
    """Scale a covariance so that normal intervals are as wide as those of Student's t.

    ASSUME: Rambachan & Roth take the coefficients for normal with a known covariance. With few
    areas it is not known, and the interval without any drift would be narrower than the one that
    leads; the scale makes them alike.

    Parameters
    ----------
    series : EventSeries
        With a covariance from clusters.
    degrees : float
        Degrees of freedom of the estimate.
    chosen : int
        Weights that are chosen for the least variance by the same covariance. As after a
        regression on so many columns, what is left seems too small by the share of degrees of
        freedom that they take, and has as many fewer.
    """
    left = degrees - chosen
    scale = t_quantile(left, 1 - LEVEL / 2) / float(special.ndtri(1 - LEVEL / 2))
    return replace(series, covariance=series.covariance * scale**2 * degrees / left)


def _none(reason: str) -> BoundedSeries:
    nothing = np.zeros(0)
    return BoundedSeries(None, nothing.astype(int), nothing, np.zeros((0, 0)), 0, 0, reason)


def _lacking(sample: Sample) -> str | None:
    reason = not_identified(sample)
    if reason is not None:
        return reason
    parts = [part.frame for part in sample.populations]
    if any(reference_bin(part, sample.estimand) is None for part in parts):
        return "no_pre_period"
    return "one_cluster" if _fewest_clusters(sample) < 2 else None


def _fewest_clusters(sample: Sample) -> int:
    frames = [part.frame for part in sample.populations]
    return int(min(frame.groupby("trial")["cluster"].nunique().min() for frame in frames))


def _short(n_before: int, weights: np.ndarray, q: int, n_clusters: int) -> str | None:
    """Say what an event study lacks for bounds."""
    reasons = {
        "no_pre_period": n_before == 0,
        "too_few_pre_periods": n_before < FEWEST_BEFORE,
        "no_post_period": not weights.sum() > 0,
        # as many effects as areas leave no covariance to speak of
        "too_few_clusters": q >= n_clusters - 1,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def _flat(covariance: np.ndarray) -> str | None:
    """Say if effects do not vary, or not by themselves: an outcome that stands still in a bin."""
    variances = covariance.diagonal()
    if not (variances > _STILL * variances.max()).all():
        return "no_variation"
    std_errors = np.sqrt(variances)
    rank = np.linalg.matrix_rank(covariance / np.outer(std_errors, std_errors), tol=_STILL)
    return "no_variation" if rank < len(covariance) else None


def _adjusted(frame: pd.DataFrame, design: Design) -> np.ndarray | None:
    """Give the adjusted scores of CR2 of the terms, clusters by terms."""
    products = cross_products(frame, design, frame["cluster"])
    if products is None:
        return None
    places = np.array([products.place(term.column) for term in design.terms])
    return cr2(products, places).scores


def _neighbours(times: list[int | None], known: np.ndarray, base: int) -> list[int]:
    """Place the terms from the first to the last without a gap around the reference."""
    at = {time: place for place, time in enumerate(times) if time is not None and known[place]}
    before, after = base - 1, base + 1
    while before in at:
        before -= 1
    while after in at:
        after += 1
    return [at[time] for time in range(before + 1, after) if time != base]


def _weights(sample: Sample, times: np.ndarray) -> np.ndarray:
    """Weight of the trial arm's treated rows in each bin; zero in bins before the start."""
    frame = sample.populations[0].frame
    treated = frame[frame["treated"]]
    sums = treated.groupby(treated["event_time"].astype(int))["w"].sum()
    return sums.reindex(times, fill_value=0.0).to_numpy(float)


def _shares_before(sample: Sample, times: np.ndarray, base: int) -> np.ndarray:
    """Share of each bin before the reference in the trial arm's weight up to the reference."""
    frame = sample.populations[0].frame
    before = frame[frame["trial"] & ~frame["treated"] & frame["event_time"].notna()]
    sums = before.groupby(before["event_time"].astype(int))["w"].sum()
    shares = sums.reindex([*times, base], fill_value=0.0).to_numpy(float)
    return np.asarray(shares[:-1] / shares.sum())


def _years(sample: Sample, times: np.ndarray, base: int) -> np.ndarray:
    """Years from the middle of the reference to that of each bin, as the trial arm has them."""
    frame, estimand = sample.populations[0].frame, sample.estimand
    trial = frame[frame["event_time"].notna()]
    since = trial["event_time"].astype(int)
    if trial["first_treated"].nunique() > 1:  # bins of several starts are of no calendar time
        middles = since.groupby(since).mean() * estimand.periods_per_bin
    else:
        each = trial.assign(since=since)[["since", "period"]].drop_duplicates()
        middles = each["period"].astype("int64").groupby(each["since"]).mean()
    per_year = {"M": 12, "Q": 4, "Y": 1}[estimand.frequency]
    return np.asarray((middles.reindex(times) - middles[base]) / per_year, dtype=float)
