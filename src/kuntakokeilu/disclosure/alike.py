"""One number, one rounding: what is made of an estimate, or repeats it, follows the shown one.

A total is an estimate times a known count. Whoever divides it back must find the rounded estimate,
and a sentence or another table must not say the same number with more digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from kuntakokeilu.disclosure.engine.rounding import coarse

ENDS = ("estimate", "ci_low", "ci_high")
_NUMBER = re.compile(r"(?<![\w.+-])([+-]?)(\d+\.\d+(?:e[-+]?\d+)?)")
_SAME = 1e-6  # relative: the same number, computed in another order
_AS_PRINTED = 6e-4  # of one that a sentence has with three or four digits
# Between a total and its estimate lies a public factor, such as months or a hundredth.
_FACTOR_DIGITS = 10


def totals_of_areas(effects: pd.DataFrame) -> pd.DataFrame:
    """Make totals of areas those of the shown effects and person-months.

    Parameters
    ----------
    effects : DataFrame
        Contract AREA_EFFECTS_RELEASED, rounded.
    """
    months = effects["n_person_months"].astype("Float64").astype(float)
    known = effects["total"].notna()
    made = {
        "total" if name == "estimate" else f"total_{name}": (effects[name] * months).where(known)
        for name in ENDS
    }
    return effects.assign(**{name: _plain(values) for name, values in made.items()})


def totals_of_estimates(
    totals: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame
) -> pd.DataFrame:
    """Make totals of a study those of its shown estimates.

    Parameters
    ----------
    totals : DataFrame
        Contract TOTALS_RELEASED, not rounded but for its count.
    before, after : DataFrame
        Contract RELEASED, the same rows before and after rounding.

    Returns
    -------
    DataFrame
        A total that is a public factor times an estimate and its interval, and perhaps a sum of
        public euros, is that of the rounded ones; of any other the numbers have four digits.
    """
    made = totals.copy()
    parts = before["term"].eq("att") & before["estimate"].notna()
    for at, row in totals.iterrows():
        added = 0.0 if pd.isna(row["programme_euros"]) else float(row["programme_euros"])
        told = np.array([row[name] for name in ENDS], dtype=float) - added
        mine = parts & before["estimand"].eq(row["estimand"])
        exact = before.loc[mine, list(ENDS)].to_numpy(float)
        shown = after.loc[mine, list(ENDS)].to_numpy(float)
        for whole, rounded in zip(exact, shown, strict=True):
            factor = told[0] / whole[0] if whole[0] else np.nan
            if np.isfinite(factor) and np.allclose(whole * factor, told, rtol=_SAME, atol=0):
                numbers = coarse(factor, digits=_FACTOR_DIGITS) * rounded + added
                made.loc[at, list(ENDS)] = _plain(pd.Series(numbers)).to_numpy()
                break
    return made


def as_shown(frame: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Let estimates that another table repeats be rounded as they are among the estimates.

    Parameters
    ----------
    frame : DataFrame
        A table with `estimand` and numbers, not rounded yet.
    before, after : DataFrame
        Contract RELEASED, the same rows before and after rounding.
    """
    made = frame.copy()
    for name in (column for column in ENDS if column in frame):
        known = _by_estimand(before, after, [name])
        pairs = zip(frame["estimand"], frame[name].astype(float), strict=True)
        made[name] = [_nearest(v, known.get(e, []), _SAME, v) for e, v in pairs]
    return made


def words_as_shown(said: pd.Series, before: pd.DataFrame, after: pd.DataFrame) -> pd.Series:
    """Let sentences that name an estimand tell its numbers as they are shown.

    Parameters
    ----------
    said : Series of str
        Sentences with decimal numbers.
    before, after : DataFrame
        Contract RELEASED, the same rows before and after rounding.
    """
    known = _by_estimand(before, after, ENDS)
    names = re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))) or r"(?!)")

    def told(text: str) -> str:
        pairs = [pair for name in set(names.findall(text)) for pair in known[name]]

        def shown(found: re.Match[str]) -> str:
            value = float(found[0])
            new = _nearest(value, pairs, _AS_PRINTED, value)
            return found[0] if new == value else f"{new:{found[1] and '+'}g}"

        return _NUMBER.sub(shown, text)

    return said.map(lambda text: told(text) if isinstance(text, str) else text)


def _by_estimand(
    before: pd.DataFrame, after: pd.DataFrame, columns: Iterable[str]
) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for name in columns:
        for estimand, exact, shown in zip(
            before["estimand"], before[name].astype(float), after[name].astype(float), strict=True
        ):
            if np.isfinite(exact) and np.isfinite(shown):
                found.setdefault(str(estimand), []).append((exact, shown))
    return found


def _nearest(
    value: float, known: list[tuple[float, float]], within: float, otherwise: float
) -> float:
    near = [(abs(exact - value), shown) for exact, shown in known if exact * value > 0]
    best = min(near, default=(np.inf, otherwise))
    return best[1] if best[0] <= within * abs(value) else otherwise


def _plain(values: pd.Series) -> pd.Series:
    """Take away the last bits of a product."""
    return values.map(lambda value: coarse(float(value), digits=_FACTOR_DIGITS))
