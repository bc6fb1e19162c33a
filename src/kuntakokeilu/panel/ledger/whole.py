"""Whole cents in arrays: shares, limits and divisions, each rounded once and exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kuntakokeilu.facts.dated import WHOLE

Whole = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]
_FITS = 1 << 61  # products below it, and what is added to them, fit into 64 bits


def portion(cents: Whole, of: Whole | int, whole: Whole | int) -> Whole:
    """Take `of / whole` of cents, rounded half up; neither is negative.

    Of a recovery its size is, so that it takes back what the payment gave.
    """
    product = _product(np.abs(cents), of)
    found: Whole = ((product + whole // 2) // whole).astype(np.int64, copy=False)
    return np.negative(found, out=found, where=cents < 0)


def part_of(cents: Whole, share: Whole | int) -> Whole:
    """Take a share in parts of ten thousand, rounded as `portion` does."""
    return portion(cents, share, WHOLE)


def nearest(cents: Whole, of: Whole, whole: Whole) -> Whole:
    """Take `of / whole` of cents, halves rounded up, below zero too."""
    found: Whole = ((2 * _product(cents, of) + whole) // (2 * whole)).astype(np.int64)
    return found


def up_to(cents: Whole, most: Whole) -> Whole:
    """Go no further from 0 than a limit of the same sign; 0 if the signs differ."""
    sign = np.sign(cents)
    least = np.minimum(np.abs(cents), np.abs(most))
    return np.where(sign == np.sign(most), sign * least, 0)


def rounded(numbers: npt.NDArray[np.float64]) -> Whole:
    """Round to whole numbers, halves away from zero."""
    below = np.trunc(numbers)
    up = np.where(np.abs(numbers - below) >= 0.5, np.sign(numbers), 0)
    found: Whole = (below + up).astype(np.int64)
    return found


def _product(a: Whole, b: Whole | int) -> npt.NDArray[Any]:
    """Multiply; in whole numbers of any length where 64 bits might be too few."""
    if _size(a) * _size(b) < _FITS:
        return np.multiply(a, b)
    return np.multiply(a.astype(object), b)


def _size(numbers: Whole | int) -> int:
    if isinstance(numbers, int):
        return abs(numbers)
    return max(int(numbers.max(initial=0)), -int(numbers.min(initial=0)))
