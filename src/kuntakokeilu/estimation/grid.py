"""A sample laid out by units and periods, and two-way effects of many such grids at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

NEVER = np.iinfo(np.int64).max // 2  # the start of a unit that is never treated


@dataclass(frozen=True)
class UnitGrid:
    """Outcomes and weights by unit and period.

    Attributes
    ----------
    y, w : ndarray, shape (N, T)
        Outcome, zero where it is not known, and weight, zero there too.
    first : ndarray of int, shape (N,)
        Ordinal of each unit's first treated period, `NEVER` if there is none.
    periods : ndarray of int, shape (T,)
        Ordinals of the periods, in their order.
    unit, period : ndarray of int, shape (rows,)
        Where each row of the sample lies.
    starts : ndarray of int, shape (S,)
        Ordinals of the starts, in their order; what deals number.
    """

    y: np.ndarray
    w: np.ndarray
    first: np.ndarray
    periods: np.ndarray
    unit: np.ndarray
    period: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame) -> UnitGrid:
        """Lay out a sample, units in the order in which they first appear."""
        unit, units = pd.factorize(frame["unit"])
        period, found = pd.factorize(frame["period"], sort=True)
        y, w = np.zeros((2, len(units), len(found)))
        y[unit, period], w[unit, period] = frame["y"], frame["w"]
        firsts = frame.drop_duplicates("unit")["first_treated"]
        known = firsts.notna().to_numpy()
        first = np.full(len(units), NEVER)
        first[known] = [start.ordinal for start in firsts[known]]
        return cls(
            y=y,
            w=w,
            first=first,
            periods=np.array([each.ordinal for each in found], dtype=np.int64),
            unit=unit,
            period=period,
            starts=np.unique(first[known]),
        )

    @property
    def since(self) -> np.ndarray:
        """Periods since the start, shape (N, T); far below zero for units never treated."""
        return self.periods - self.first[:, None]

    def dealt(self, deals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read deals: first treated periods, and which units are there, each of shape (m, N)."""
        firsts = np.append(self.starts, NEVER)[np.where(deals < 0, -1, deals)]
        return firsts, deals != -2

    def rows(self, values: np.ndarray) -> np.ndarray:
        """Take values of shape (N, T, ...) back to the rows of the sample."""
        return np.asarray(values[self.unit, self.period])


def two_way(w: np.ndarray, by_unit: np.ndarray, by_period: np.ndarray) -> tuple[np.ndarray, ...]:
    """Solve the normal equations of unit and period effects.

    Parameters
    ----------
    w : ndarray, shape (..., N, T)
        Weights; zero where nothing is known.
    by_unit, by_period : ndarray, shapes (..., N) and (..., T)
        Right-hand sides: of an outcome y the sums of w y.

    Returns
    -------
    unit, period : ndarray, shapes (..., N) and (..., T)
        Effects, of which sums of a unit's and a period's are determined where data connect them.
        Zero for units and periods without weight.
    """
    total = w.sum(axis=-1)
    inverse = np.where(total > 0, 1.0 / np.where(total > 0, total, 1.0), 0.0)
    scaled = w * inverse[..., None]
    turned = np.swapaxes(w, -1, -2)
    left = -turned @ scaled
    places = np.arange(w.shape[-1])
    left[..., places, places] += w.sum(axis=-2)
    right = by_period - (turned @ (inverse * by_unit)[..., None])[..., 0]
    period = (np.linalg.pinv(left, rcond=1e-10, hermitian=True) @ right[..., None])[..., 0]
    unit = inverse * (by_unit - (w @ period[..., None])[..., 0])
    return unit, period
