"""How exactly numbers that rest on persons leave: no finer than the counts behind them.

A standard error of 17 digits gives the persons of an area back, a share of 17 digits its fraction.
Whatever has no rule here keeps four significant digits, so that a new column is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pandera.pandas as pa

from kuntakokeilu.disclosure.engine.rounding import coarse, to_step

DIGITS = 4
ERROR_DIGITS = 3
# An estimate is shown to a hundredth of its error; ends of its interval as exactly as the error.
OF_ERROR = 100
_ERRORS = ("std_error", "own_std_error", "shrunk_std_error", "difference_std_error")
_DETECTABLE = "minimum_detectable_effect"
_ENDS = {
    "std_error": ("ci_low", "ci_high"),
    "shrunk_std_error": ("shrunk_ci_low", "shrunk_ci_high"),
}
_ESTIMATES = {"std_error": "estimate", "shrunk_std_error": "shrunk",
              "difference_std_error": "difference"}  # fmt: skip
_LEVELS = (0.01, 0.05, 0.1)
# Chosen, not found: rounding would tell another choice.
_CHOSEN = frozenset({"declared", "power", "assignments"})
_OF_ESTIMATE = ("estimand", "term", "event_time", "window")
_ROUNDED_BEFORE = frozenset({"multiplier", "n_person_months", "n_persons"})


def no_finer(frame: pd.DataFrame, persons: pd.Series, base: int) -> pd.DataFrame:
    """Round every number of a released table that is not a whole one.

    Parameters
    ----------
    frame : DataFrame
        A table as its guard lets it leave.
    persons : Series of float
        Fewest persons behind each row; missing where nobody counted them.
    base : int
        What counts of persons are rounded to.

    Returns
    -------
    DataFrame
        The same rows. Errors and detectable effects have three significant digits and a step so
        coarse that the persons behind them are known to no better than the base
        (`engine.coarse`); estimates are multiples of a hundredth of their error, ends of intervals
        of the error's own step, or of the leading row's where a row has none; p-values are as
        coarse as that makes t. Anything else has four significant digits.
    """
    made = frame.copy()
    counts = persons.astype(float).to_numpy()
    done: set[str] = set()
    for name in (*_ERRORS, _DETECTABLE):
        if name in made:
            errors = made[name].astype(float).to_numpy()
            made[name] = _each(errors, counts, base, ERROR_DIGITS)
            done.add(name)
            behind = _errors_of_ends(frame, name)
            steps = np.array(
                [_step(e, float(n), base) for e, n in zip(behind, counts, strict=True)]
            )
            for end in _ENDS.get(name, ()):
                if end in made:
                    made[end] = _to(made[end], steps)
                    done.add(end)
            estimate = _ESTIMATES.get(name)
            if estimate is not None and estimate in made:
                leading = _leading_errors(frame, name) / OF_ERROR
                made[estimate] = _to(made[estimate], leading.to_numpy())
                done.add(estimate)
    for name in made.columns:
        if name in done or name in _CHOSEN or name in _ROUNDED_BEFORE or not _is_float(made[name]):
            continue
        if name == "p_value" or name.endswith("_p_value"):
            digits = [p_digits(float(n), base) for n in counts]
            values = made[name].astype(float)
            made[name] = [p_value(v, d) for v, d in zip(values, digits, strict=True)]
        else:
            made[name] = made[name].astype(float).map(lambda value: coarse(value, digits=DIGITS))
    return made


def persons_behind(
    released: pd.DataFrame, contract: pa.DataFrameSchema, restricted: Iterable[pd.DataFrame]
) -> pd.Series:
    """Find how few persons are behind each row of a released table.

    Parameters
    ----------
    released : DataFrame
        The table.
    contract : DataFrameSchema
        Its contract, which says by what rows are told apart.
    restricted : iterable of DataFrame
        What it is made of.

    Returns
    -------
    Series of float
        `n_persons_min` of the same row; missing if no table has it.
    """
    keys = list(contract.unique or ())
    for frame in restricted:
        if "n_persons_min" in frame and keys and set(keys) <= set(frame.columns):
            mine = frame[[*keys, "n_persons_min"]].drop_duplicates(keys)
            known = dict(zip(key_of_rows(mine, keys), mine["n_persons_min"], strict=True))
            found = [known.get(key) for key in key_of_rows(released, keys)]
            numbers = [np.nan if n is None or pd.isna(n) else float(n) for n in found]
            return pd.Series(numbers, index=released.index, dtype=float)
    return pd.Series(np.nan, index=released.index, dtype=float)


def shares_of(shares: pd.Series, whole: pd.Series, base: int) -> pd.Series:
    """Round shares of a known whole such that they tell their counts to no better than the base.

    Parameters
    ----------
    shares : Series of float
        Shares, from 0 to 1.
    whole : Series of float
        Of how many persons; missing if nobody can know.
    base : int
        What counts are rounded to.
    """
    steps = np.array([round_up(float(step)) for step in (base / whole.astype(float)).to_numpy()])
    return _to(shares, np.where(np.isnan(steps), np.nan, np.maximum(steps, 0.0001)))


def _leading_errors(frame: pd.DataFrame, name: str) -> pd.Series:
    """Give each row the error of the leading row of its estimate, so that it is rounded alike."""
    errors = frame[name].astype(float)
    if "leading" not in frame:
        return errors
    names = [name for name in _OF_ESTIMATE if name in frame]
    of = pd.Series(key_of_rows(frame, names), index=frame.index)
    leading: pd.Series = errors.where(frame["leading"]).groupby(of).transform("first")
    return leading.fillna(errors)


def _errors_of_ends(frame: pd.DataFrame, name: str) -> list[float]:
    """Give each row the error by which ends of its interval are rounded.

    A bootstrap or a permutation has ends and no error of its own: those of one estimate are alike,
    so the leading row's serves, and without one a quarter of the interval.
    """
    errors = frame[name].astype(float).fillna(_leading_errors(frame, name))
    ends = [end for end in _ENDS.get(name, ()) if end in frame]
    if len(ends) == 2:
        low, high = (frame[end].astype(float) for end in ends)
        errors = errors.fillna((high - low) / 4)
    return [float(error) for error in errors]


def key_of_rows(frame: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """Give a text for each row by which it is known, whatever the types of its columns."""
    plain = (frame[name].astype(object).where(frame[name].notna(), "") for name in names)
    columns = ([str(v) for v in column] for column in plain)
    return ["|".join(texts) for texts in zip(*columns, strict=True)]


def _each(values: np.ndarray, counts: np.ndarray, base: int, digits: int) -> list[float]:
    return [
        coarse(float(value), None if np.isnan(n) else float(n), base, digits)
        for value, n in zip(values, counts, strict=True)
    ]


def _step(error: float, count: float, base: int) -> float:
    """Give the step of an error: what its last digit is worth, or more if persons are few."""
    if not np.isfinite(error) or error == 0:
        return float("nan")
    step = 10.0 ** (np.floor(np.log10(abs(error))) - ERROR_DIGITS + 1)
    if np.isfinite(count) and count > 0:
        step = max(step, round_up(abs(error) * base / (2 * count)))
    return float(step)


def round_up(step: float) -> float:
    """Give the smallest of 1, 2 or 5 times a power of ten that is as large."""
    if not np.isfinite(step) or step <= 0:
        return float("nan")
    power = 10.0 ** np.floor(np.log10(step))
    return float(next(k * power for k in (1, 2, 5, 10) if k * power >= step * (1 - 1e-9)))


def _to(values: pd.Series, steps: np.ndarray) -> pd.Series:
    made = [to_step(float(v), float(s)) for v, s in zip(values.astype(float), steps, strict=True)]
    plain = [
        coarse(m, digits=DIGITS) if np.isnan(s) else m for m, s in zip(made, steps, strict=True)
    ]
    return pd.Series(plain, index=values.index, dtype=float)


def p_digits(count: float, base: int) -> int:
    """Of a p-value as many digits as tell the error behind it no better than it is shown."""
    share = base / (2 * count) if np.isfinite(count) and count > 0 else 0.0
    return 1 if share > 0.02 else 2 if share > 0.002 else 3


def p_value(value: float, digits: int) -> float:
    """Round a p-value, with more digits where it would change sides of a usual level."""
    while True:
        made = coarse(value, digits=digits)
        if np.isnan(value) or digits >= DIGITS:
            return made
        if all((made < level) == (value < level) for level in _LEVELS):
            return made
        digits += 1


def _is_float(column: pd.Series) -> bool:
    return pd.api.types.is_float_dtype(column.dtype)
