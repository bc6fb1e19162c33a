"""Exact sums of sorted runs: whole numbers in, whole numbers out. Knows no register."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Kind = Literal["share", "number", "euros"]
# Squares are added up as high x 2^31 + low, since 64 bits do not hold their sums.
HALF = 31
_ROOT = 3_037_000_499  # the largest number whose square 64 bits hold
# What is added up of each outcome, by its kind: facts, those that are not missing, their values.
LETTERS: dict[Kind, tuple[str, ...]] = {
    "share": ("facts", "n", "total"),
    "number": ("facts", "n", "total", "high", "low"),
    "euros": ("facts", "n", "total", "high", "low", "absolute", "nonzero", "top1", "top2"),
}


@dataclass
class Sums:
    """What has been added up of one outcome in many cells.

    Attributes
    ----------
    kind : {"share", "number", "euros"}
        Shares are added up as 0 and 1; of euros also absolute amounts and the two largest.
    size : int
        Number of cells.
    parts : dict of str to array
        Of `LETTERS`, each of that size.
    """

    kind: Kind
    size: int
    parts: dict[str, Whole] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = {letter: np.zeros(self.size, np.int64) for letter in LETTERS[self.kind]}

    def add(
        self,
        cells: Whole,
        starts: Whole,
        values: Whole,
        known: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Add values that lie in runs of one cell each.

        Parameters
        ----------
        cells : array
            Number of the cell of each run; none twice.
        starts : array
            Where each run begins.
        values : array
            Whole numbers; 0 where missing.
        known : array of bool, optional
            False where missing. Default: none is.
        """
        found = _runs(self.kind, starts, values)
        found["facts"] = np.diff(starts, append=len(values))
        found["n"] = found["facts"] if known is None else _total(known, starts)
        _merge(self.parts, cells, found)


def _runs(kind: Kind, starts: Whole, values: Whole) -> dict[str, Whole]:
    found = {"total": _total(values, starts)}
    if kind == "share":
        return found
    amounts = values if values.min() >= 0 else np.abs(values)
    found["high"], found["low"] = _squares(amounts, starts)
    if kind == "number":
        return found
    found["absolute"] = found["total"] if amounts is values else _total(amounts, starts)
    found["nonzero"] = _total(values != 0, starts)
    found["top1"], found["top2"] = _largest(amounts, starts)
    return found


def _total(values: npt.NDArray[np.generic], starts: Whole) -> Whole:
    whole: Whole = np.add.reduceat(values, starts, dtype=np.int64)
    return whole


def _squares(amounts: Whole, starts: Whole) -> tuple[Whole, Whole]:
    """Add up squares as high x 2^31 + low."""
    largest = int(amounts.max())
    if largest > _ROOT:  # rare: 30 million euros
        squares = [divmod(int(amount) ** 2, 1 << HALF) for amount in amounts]
        high, low = (np.array(part, np.int64) for part in zip(*squares, strict=True))
        return _total(high, starts), _total(low, starts)
    squared = amounts * amounts
    if largest**2 * len(amounts) < 1 << 63:
        sums = _total(squared, starts)
        return sums >> HALF, sums & ((1 << HALF) - 1)
    return _total(squared >> HALF, starts), _total(squared & ((1 << HALF) - 1), starts)


def _largest(amounts: Whole, starts: Whole) -> tuple[Whole, Whole]:
    """Find the two largest of each run; the second is 0 in a run of one."""
    first: Whole = np.maximum.reduceat(amounts, starts)
    lengths = np.diff(starts, append=len(amounts))
    is_first = amounts == np.repeat(first, lengths)
    below = np.maximum.reduceat(np.where(is_first, 0, amounts), starts)
    return first, np.where(_total(is_first, starts) > 1, first, below)


def _merge(parts: dict[str, Whole], cells: Whole, found: dict[str, Whole]) -> None:
    for letter, whole in parts.items():
        if letter not in ("top1", "top2"):
            whole[cells] += found[letter]
    if "low" in parts:
        parts["high"][cells] += parts["low"][cells] >> HALF
        parts["low"][cells] &= (1 << HALF) - 1
    if "top1" in parts:
        first, second = parts["top1"][cells], parts["top2"][cells]
        smaller = np.minimum(first, found["top1"])
        parts["top1"][cells] = np.maximum(first, found["top1"])
        parts["top2"][cells] = np.maximum(smaller, np.maximum(second, found["top2"]))


def sum_by_key(keys: Whole, values: Whole) -> tuple[Whole, Whole]:
    """Sort keys and add up the values of equal ones.

    Returns
    -------
    keys, sums : array
        Each key once, in order.
    """
    if not len(keys):
        return keys, values
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = run_starts(keys)
    return keys[starts], _total(values[order], starts)


def run_starts(ordered: Whole) -> Whole:
    """Find where each run of equal numbers begins."""
    return np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1)).astype(np.int64)
