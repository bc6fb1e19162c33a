"""How exact a number may be: rounded counts, and errors no finer than the counts they rest on."""

from __future__ import annotations

import hashlib
import hmac
import math

# Significant digits of what is not a count: shares, means, errors, degrees of freedom.
DIGITS = 3


def rounded_count(value: float, base: int, key: bytes | None = None, cell: str = "") -> float:
    """Round a count to a multiple of a base.

    Parameters
    ----------
    value : float
        The count.
    base : int
        What it is a multiple of.
    key : bytes, optional
        A secret. With it a count goes up or down at random, such that it is right on average
        (Cox, Journal of the American Statistical Association 1987); the same secret, cell and
        count always give the same. Without it the count goes to the nearest, halves to the even.
    cell : str
        Which cell it is; the same persons must have the same name wherever they are counted.

    Returns
    -------
    float
        A multiple of `base`.

    Examples
    --------
    >>> rounded_count(27, 10), rounded_count(22, 10)
    (30.0, 20.0)
    >>> rounded_count(27, 10, key=b"secret", cell="Pori") in (20.0, 30.0)
    True
    """
    if base <= 1:
        return float(value)
    if key is None:
        return float(round(value / base) * base)
    below = math.floor(value / base)
    drawn = hmac.new(key, cell.encode(), hashlib.sha256).digest()
    chance = int.from_bytes(drawn[:8], "big") / 2**64
    return float((below + (chance < value / base - below)) * base)


def reach_of(shown: float, base: int, keyed: bool) -> tuple[float, float]:
    """Give the least and the largest count that are shown as this."""
    if base <= 1 or shown == 0:
        return shown, shown
    step = base - 1 if keyed else base / 2
    return max(0.0, shown - step), shown + step


def coarse(value: float, count: float | None = None, base: int = 1, digits: int = DIGITS) -> float:
    """Round a number such that it tells no more of a count than the rounded count does.

    Parameters
    ----------
    value : float
        An error, share or mean, or whatever falls with the root of a count.
    count : float, optional
        Persons that it rests on; without it only digits count.
    base : int
        What that count is rounded to.
    digits : int
        Significant digits that are kept at most.

    Returns
    -------
    float
        A multiple of 1, 2 or 5 times a power of ten.

    Notes
    -----
    Of an error e = c / sqrt(n), known to within a step s, n is known to within 2 n s / e. The step
    is at least as large as makes that the base.

    Examples
    --------
    >>> coarse(2.868251737275667)
    2.87
    >>> coarse(2.868251737275667, count=60, base=10)  # of 60 persons: from 47 to 65 have it
    3.0
    """
    if not math.isfinite(value) or value == 0:
        return value
    step = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    if count and base > 1:
        least = abs(value) * base / (2 * count)
        step = max(step, nice_step(least))
    return _to(value, step)


def to_step(value: float, step: float) -> float:
    """Round to a multiple of the largest of 1, 2 or 5 times a power of ten that a step reaches.

    Examples
    --------
    >>> to_step(3.6539121298832153, 0.0164)
    3.65
    """
    if not (math.isfinite(value) and math.isfinite(step)) or step <= 0:
        return value
    power = 10.0 ** math.floor(math.log10(step))
    return _to(value, next(k for k in (5, 2, 1) if k * power <= step * (1 + 1e-9)) * power)


def nice_step(step: float) -> float:
    """Give the smallest of 1, 2 or 5 times a power of ten that is as large."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(k * power for k in (1, 2, 5, 10) if k * power >= step * (1 - 1e-9))


def _to(value: float, step: float) -> float:
    """Round to a multiple of a step, without the last bits of the product."""
    places = max(0, -math.floor(math.log10(step)))
    return round(round(value / step) * step, places)
