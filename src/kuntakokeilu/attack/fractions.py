"""Shares and means printed so exactly that the fraction behind them can be read off."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_FEWEST_DIGITS = 6
_IN_TEXT = re.compile(r"(?<![\w.,#-])\d+[.,]\d{5,}(?![\w.,]*\w)")
# A number at random has a fraction with so small a denominator once in a million.
_BY_CHANCE = 1e-6


def denominator(text: str, public: Collection[int] = (), largest: int = 10_000_000) -> int | None:
    """Find the count of which a printed number is a share, or a mean of whole numbers.

    Parameters
    ----------
    text : str
        The number as it is printed.
    public : collection of int
        Counts that anybody may know, such as municipalities and draws.
    largest : int
        Largest count that is thought of.

    Returns
    -------
    int or None
        The denominator of the simplest fraction within half a unit of the last digit, if a number
        at random would hardly have one so simple (the continued fraction; Hardy and Wright, An
        Introduction to the Theory of Numbers, 1979, chapter 10), of the number or a hundredth of
        it; None if there is none, or it divides a count that anybody may know.

    Examples
    --------
    >>> denominator("0.1862602805999033")  # 385 of 2067
    2067
    >>> denominator("0.186") is None
    True
    """
    if not _NUMBER.fullmatch(text.strip()):
        return None
    digits, _, power = text.strip().lower().lstrip("-").partition("e")
    whole, _, decimals = digits.partition(".")
    figures = (whole + decimals).lstrip("0")
    if len(figures) < _FEWEST_DIGITS or not decimals.strip("0"):
        return None
    exponent = int(power or 0) - len(decimals)
    value = abs(float(text))
    # Sums and quotients of binary numbers are wrong in the last digit or two.
    error = max(0.5 * 10.0**exponent, value * 1e-15)
    for scale in (1, 100):
        limit = min(largest, math.sqrt(_BY_CHANCE / (2 * error / scale)))
        found = _simplest(value / scale, error / scale, limit)
        if found is not None and found > 1 and not _known(found, public):
            return found
    return None


def exact_numbers(text: str) -> set[str]:
    """Give the numbers of a text with so many digits that a fraction may be read off them.

    Examples
    --------
    >>> sorted(exact_numbers("0,18626028 of them (46.2 %), in 0.186260 and v1.2.345678"))
    ['0.186260', '0.18626028']
    """
    return {found.replace(",", ".") for found in _IN_TEXT.findall(text)}


def _simplest(value: float, error: float, limit: float) -> int | None:
    """Give the denominator of the first convergent within an error of a number."""
    p0, q0, p1, q1 = 0, 1, 1, 0
    rest = value
    while True:
        whole = int(rest)
        p0, q0, p1, q1 = p1, q1, whole * p1 + p0, whole * q1 + q0
        if q1 > limit:
            return None
        if abs(p1 / q1 - value) <= error:
            return q1
        rest = 1 / (rest - whole)


def _known(found: int, public: Collection[int]) -> bool:
    """Tell whether a denominator comes of a count that is no secret, or of its decimals alone."""
    if any(count % found == 0 for count in public if count):
        return True
    for prime in (2, 5):
        while found % prime == 0:
            found //= prime
    return found == 1
