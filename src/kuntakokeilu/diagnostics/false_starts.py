"""How often an effect is found at starts that were none, and where the real one lies among them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from kuntakokeilu.contracts import (
    FALSE_START_INFERENCES,
    FALSE_STARTS,
    FALSE_STARTS_SUMMARY,
    conform,
)
from kuntakokeilu.diagnostics.rows import COLUMNS, LEVEL, check_row
from kuntakokeilu.errors import counted
from kuntakokeilu.estimation import (
    Sampler,
    as_seen,
    axis_offset,
    estimate_false_starts,
    moved_back,
    possible_lags,
    reach,
)
from kuntakokeilu.facts import period
from kuntakokeilu.study import Estimand, FalseStarts

# ASSUME: windows that share most of their periods are one observation; a share over fewer than two
# of their own decides nothing.
FEWEST_APART = 2
# ASSUME: twice what a test at 5 % should reject is told.
WARN_REJECTED = 0.1
# ASSUME: few windows of their own can show that a kind errs, and not that it keeps its level.
FEWEST_TO_ACCEPT = 5
# ASSUME: false estimates around another number than zero, farther from it than they spread and
# than half a standard error, are an error that no interval around the estimate knows of.
OFF_CENTRE = 0.5
POWER = 0.8


def false_starts(
    cells: pd.DataFrame,
    units: pd.DataFrame,
    estimates: pd.DataFrame,
    estimands: Iterable[Estimand],
    settings: FalseStarts,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Estimate the main effects of an outcome at all false starts that the data allow.

    Parameters
    ----------
    cells, units : DataFrame
        Contracts CELLS of one outcome, from the first period of the windows on, and UNITS.
    estimates : DataFrame
        Contract ESTIMATES of the outcome.
    estimands : iterable of Estimand
        Its estimands; those of the role main are taken.
    settings : FalseStarts
        What the study declares.

    Returns
    -------
    rows : DataFrame
        Contract FALSE_STARTS.
    summary : DataFrame
        Contract FALSE_STARTS_SUMMARY.
    checks : DataFrame
        Contract DIAGNOSTICS, a row for each estimate with false starts.
    """
    parts, summaries, checks = [], [], []
    for estimand in estimands:
        if estimand.role != "main":
            continue
        mine = estimates[estimates["estimand"] == estimand.estimand]
        rows, reason, left_out = _rows(cells, units, estimand, mine, settings)
        table = _summary(rows, mine, estimand, settings, reason, left_out)
        parts.append(rows)
        summaries.append(table)
        checks += _check(table, settings)
    return (
        conform(_joined(parts, FALSE_STARTS.columns), FALSE_STARTS),
        conform(_joined(summaries, FALSE_STARTS_SUMMARY.columns), FALSE_STARTS_SUMMARY),
        pd.DataFrame(checks, columns=COLUMNS),
    )


def most_apart(windows: Iterable[tuple[int, int]]) -> int:
    """Count the most windows of some that share no period, both ends included.

    Examples
    --------
    >>> most_apart([(0, 9), (5, 14), (10, 19)])
    2
    """
    found, free = 0, None
    for first, last in sorted(windows, key=lambda window: window[1]):
        if free is None or first > free:
            found, free = found + 1, last
    return found


def calibration(
    share_rejected: float,
    n_apart: int,
    mean: float = 0.0,
    std_dev: float = 1.0,
    std_error: float = np.inf,
    rmse: float = 0.0,
) -> str:
    """Tell whether a kind of inference keeps its level where nothing happened.

    Parameters
    ----------
    share_rejected : float
        Share of false starts that its test at 5 % calls an effect.
    n_apart : int
        Most windows of them that share no period.
    mean, std_dev : float
        Of the false estimates.
    std_error : float
        Of the real estimate, by the same kind.
    rmse : float
        Root mean square of the false estimates.

    Returns
    -------
    str
        `too_often` above twice 5 %, since windows that overlap err together; `off_centre` where
        the false estimates lie to one side of zero, farther than they spread and than half a
        standard error; `too_narrow` where their mean square is larger than the squared error by
        more than so many windows apart have by chance (chi-square, 5 %); `undecided` with fewer
        than two windows apart, and where nothing is wrong with fewer than five; else `acceptable`.

    Examples
    --------
    >>> calibration(0.04, 5), calibration(0.04, 2), calibration(0.4, 2), calibration(0.4, 1)
    ('acceptable', 'undecided', 'too_often', 'undecided')
    >>> calibration(0.0, 2, mean=0.19, std_dev=0.08, std_error=0.17)
    'off_centre'
    >>> calibration(0.0, 2, mean=0.1, std_dev=0.3, std_error=0.1, rmse=0.32)
    'too_narrow'
    """
    if n_apart < FEWEST_APART:
        return "undecided"
    if share_rejected > WARN_REJECTED:
        return "too_often"
    if abs(mean) > max(std_dev, OFF_CENTRE * std_error):
        return "off_centre"
    if rmse > std_error * np.sqrt(stats.chi2.isf(LEVEL, n_apart) / n_apart):
        return "too_narrow"
    return "acceptable" if n_apart >= FEWEST_TO_ACCEPT else "undecided"


def found_in_four_of_five(
    estimates: np.ndarray, std_errors: np.ndarray, degrees: np.ndarray
) -> tuple[float, float]:
    """Give the smallest rise and fall that four in five false starts would have shown at 5 %.

    Parameters
    ----------
    estimates, std_errors, degrees : ndarray, shape (n,)
        Of the false starts, by one kind of inference with a t.

    Returns
    -------
    rise, fall : float
        What would have to be added to each, or taken off, for a significant effect of that sign;
        never below zero, nan without a standard error. Unlike a power computed from the standard
        error alone it holds what moves the arms apart from one window to another.

    Examples
    --------
    >>> one, many = np.ones(5), np.full(5, 1e9)
    >>> [round(each, 2) for each in found_in_four_of_five(0.5 * one, 0.1 * one, many)]
    [0.0, 0.7]
    """
    known = (std_errors > 0) & (degrees > 0)
    if not known.any():
        return np.nan, np.nan
    reach = stats.t.ppf(1 - LEVEL / 2, degrees[known]) * std_errors[known]
    lacking = (reach - estimates[known], reach + estimates[known])
    at = int(np.ceil(POWER * known.sum())) - 1
    rise, fall = (float(max(np.sort(each)[at], 0.0)) for each in lacking)
    return rise, fall


def _joined(parts: list[pd.DataFrame], columns: Iterable[str]) -> pd.DataFrame:
    kept = [part for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=list(columns))


def _rows(
    cells: pd.DataFrame,
    units: pd.DataFrame,
    estimand: Estimand,
    real: pd.DataFrame,
    settings: FalseStarts,
) -> tuple[pd.DataFrame, str, int]:
    """Estimate one effect at its false starts; say why there are none, and how many are out."""
    none = pd.DataFrame(columns=list(FALSE_STARTS.columns))
    if estimand.method.series:
        return none, "series", 0
    identified = real["identified"].iloc[0]
    if identified != "ok":
        return none, str(identified), 0
    seen = as_seen(Sampler(cells, units).draw(estimand))
    first = period(settings.first_period or estimand.first_period, estimand.frequency)
    lags = possible_lags(cells, units, seen, first, settings.step)
    about = {lag: _window(seen, units, lag, settings) for lag in lags}
    kept = [lag for lag in lags if settings.touching == "told" or not about[lag]["earlier_trials"]]
    left_out = len(lags) - len(kept)
    if not kept:
        return none, "no_window", left_out
    found = estimate_false_starts(cells, units, seen, kept, settings.permutations)
    told = pd.DataFrame([about[lag] for lag in found["lag"]], index=found.index)
    rows = pd.concat([found.drop(columns="lag"), told], axis=1)
    leading = set(real.loc[real["leading"], "inference"])
    rows = rows.assign(
        estimand=estimand.estimand,
        outcome=estimand.outcome,
        leading=rows["inference"].isin(leading),
        earlier_trials=rows["earlier_trials"].replace("", None),
    )
    return rows[list(FALSE_STARTS.columns)], "ok", left_out


def _window(seen: Estimand, units: pd.DataFrame, lag: int, settings: FalseStarts) -> dict[str, str]:
    """Say when a window begins, starts and ends, follow-up included, and what it touches."""
    moved, offset = moved_back(seen, lag), axis_offset(seen)
    if seen.start is None:
        start = units.loc[units["arm"].eq("trial"), "first_treated"].min() - lag
    else:
        start = period(str(moved.start), seen.frequency)
    last = period(moved.last_period, seen.frequency) + offset + reach(seen)
    ends = [str(each).zfill(4) for each in (start, last)]
    touched = settings.touched(moved.first_period, ends[1])
    named = ("start", "last_period", "first_period", "earlier_trials")
    return dict(zip(named, (*ends, moved.first_period, ";".join(touched)), strict=True))


def _summary(
    rows: pd.DataFrame,
    real: pd.DataFrame,
    estimand: Estimand,
    settings: FalseStarts,
    reason: str,
    left_out: int,
) -> pd.DataFrame:
    """Sum up each kind of inference on one effect; one row that says why if there is none."""
    shared: dict[str, Any] = {"estimand": estimand.estimand, "outcome": estimand.outcome}
    shared |= {"most_rejected": settings.most_rejected, "n_left_out": left_out}
    if reason == "ok" and rows["p_value"].notna().sum() == 0:
        reason = next((why for why in rows["identified"] if why != "ok"), "no_window")
    if reason != "ok":
        lead = [kind for kind in real.loc[real["leading"], "inference"] if kind in _KINDS]
        counts = dict.fromkeys(("n_false_starts", "n_apart", "n_earlier_trials"), 0)
        kind = lead[0] if lead else "cluster_area"
        none = shared | counts | {"inference": kind, "leading": True, "identified": reason}
        return pd.DataFrame([none], columns=list(FALSE_STARTS_SUMMARY.columns))
    ours = real[real["term"] == "att"].set_index("inference")
    found = []
    for name, mine in rows.groupby("inference", sort=False):
        known = mine[mine["p_value"].notna()]
        if len(known):
            p_value, error = (ours[column].get(str(name), np.nan) for column in _OF_REAL)
            of_kind = _of_kind(known, float(ours["estimate"].iloc[0]), p_value)
            found.append(shared | of_kind | _held_against(of_kind, error))
    return pd.DataFrame(found, columns=list(FALSE_STARTS_SUMMARY.columns))


_KINDS = set(FALSE_START_INFERENCES)
_OF_REAL = ("p_value", "std_error")
_WITH_T = ("estimate", "std_error", "degrees_of_freedom")


def _held_against(found: dict[str, Any], std_error: float | None) -> dict[str, Any]:
    """Judge a kind by its false starts; a permutation has no standard error of its own."""
    error = np.inf if pd.isna(std_error) else float(std_error)
    rejected, apart = found["share_rejected"], found["n_apart"]
    return {
        "rmse_over_error": found["rmse"] / error if 0 < error < np.inf else np.nan,
        "estimate_less_mean": found["estimate"] - found["mean"],
        "calibration": calibration(
            rejected, apart, found["mean"], found["std_dev"], error, found["rmse"]
        ),
    }


def _of_kind(known: pd.DataFrame, estimate: float, p_value: float) -> dict[str, Any]:
    """Sum up the false starts of one kind of inference that have a p-value."""
    values, p_values = known["estimate"].astype(float), known["p_value"].astype(float)
    numbers = (known[name].to_numpy(float) for name in _WITH_T)
    rise, fall = found_in_four_of_five(*numbers)
    # rounding must not make a tie smaller
    as_large = values.abs() >= abs(estimate) * (1 - 1e-9)
    ends = zip(known["first_period"], known["last_period"], strict=True)
    ordinals = [tuple(map(_place, window)) for window in ends]
    n_apart = most_apart((first, last) for first, last in ordinals)
    return {
        "inference": known["inference"].iloc[0],
        "leading": bool(known["leading"].iloc[0]),
        "first_start": known["start"].min(),
        "last_start": known["start"].max(),
        "n_false_starts": len(known),
        "n_apart": n_apart,
        "n_earlier_trials": int(known["earlier_trials"].notna().sum()),
        "share_rejected": float((p_values < LEVEL).mean()),
        "mean": float(values.mean()),
        "std_dev": float(values.std()),
        "rmse": float(np.sqrt((values**2).mean())),
        "largest": float(values.iloc[int(values.abs().argmax())]),
        "estimate": estimate,
        "rank": 1 + int(as_large.sum()),
        "share_as_large": float(as_large.mean()),
        "share_p_as_small": float((p_values <= p_value * (1 + 1e-9)).mean())
        if pd.notna(p_value)
        else np.nan,
        "found_rise": rise,
        "found_fall": fall,
        "identified": "ok",
    }


def _place(text: str) -> int:
    return int(pd.Period(text, freq="M" if "-" in text else "Q" if "Q" in text else "Y").ordinal)


def _check(summary: pd.DataFrame, settings: FalseStarts) -> list[dict[str, Any]]:
    """Hold the leading inference against its record where there was no trial."""
    lead = summary[summary["leading"] & summary["identified"].eq("ok")]
    if lead.empty:
        return []
    row = lead.iloc[0]
    share, n, apart = float(row["share_rejected"]), row["n_false_starts"], int(row["n_apart"])
    statistic = (
        f"share of {n} false starts before the trial ({apart} of them without a period in common) "
        "that the leading inference calls an effect at 5 %"
    )
    verdict = "warn" if share > WARN_REJECTED else "pass"
    if share > settings.most_rejected and apart >= FEWEST_APART:
        verdict = "fail"
    found = check_row("false_starts", statistic, share, settings.most_rejected, verdict)
    return [{"estimand": row["estimand"], **each} for each in (found, *_aside(row))]


def _aside(row: pd.Series) -> list[dict[str, Any]]:
    """Ask whether false estimates lie to one side by more than they spread and chance moves them.

    A test may call none of them an effect and the same movement be in the estimate: where its
    error is wide, few are called one.
    """
    error = float(row["rmse"]) / float(row["rmse_over_error"])
    if not error > 0:
        return []
    mean, n_apart = abs(float(row["mean"])), int(row["n_apart"])
    by_chance = error / np.sqrt(n_apart)
    allowed = float(np.nanmax([by_chance, float(row["std_dev"])]))
    statistic = (
        f"mean of {counted(int(row['n_false_starts']), 'estimate')} at false starts, in size, "
        f"against their spread and the standard error of a mean of "
        f"{counted(n_apart, 'window')} apart (estimate less this mean: "
        f"{row['estimate_less_mean']:+.3g})"
    )
    verdict = "warn" if mean > allowed else "pass"
    return [check_row("false_starts_aside", statistic, mean, allowed, verdict)]
