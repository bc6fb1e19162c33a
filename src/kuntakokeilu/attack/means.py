"""Means turned back into sums: what two of them, of almost the same municipalities, tell of few.

A mean of n municipalities is a sum over them, and n stands beside it. Subtracted from a mean of
one or two more, it leaves these; subtracted from the same mean of an earlier release, who came.
"""

from __future__ import annotations

from itertools import combinations

from kuntakokeilu.attack.numbers import as_number, half_step
from kuntakokeilu.attack.read import Rows

_FEW_UNITS = 2
# A sum over few is told if it is known to within less than this share of what they have on average.
_KNOWN_TO = 0.5
# Weights under which a mean times its municipalities is a sum of theirs, or nearly one.
_OF_UNITS = ("municipality", "area")
_OF_PERSONS = ("persons_frozen", "persons_current")
_MEANS = {"baseline_mean": "n_trial", "mean": "n_known"}  # and of how many municipalities it is
_ALIKE = ("outcome", "population", "weights", "term", "event_time", "window")


def of_few_between_samples(rows: Rows, least: int) -> bool:
    """Tell whether means of two samples give a sum over few municipalities of few persons.

    Parameters
    ----------
    rows : list of dict
        Estimates with `baseline_mean`, `n_trial` and `n_persons`.
    least : int
        What counts of persons are rounded to, or to which they must differ.
    """
    groups: dict[tuple[str, ...], set[tuple[str, str, str]]] = {}
    for row in rows:
        told = tuple(row.get(name, "") for name in ("baseline_mean", "n_trial", "n_persons"))
        known = row.get("weights") in (*_OF_UNITS, *_OF_PERSONS)
        if known and all(as_number(text) is not None for text in told):
            key = (row["weights"], *(row.get(name, "") for name in _ALIKE))
            groups.setdefault(key, set()).add((told[0], told[1], told[2]))
    return any(
        _subtracted(one, other, key[0], least)
        for key, group in groups.items()
        for one, other in combinations(sorted(group), 2)
    )


def _subtracted(
    one: tuple[str, str, str], other: tuple[str, str, str], weights: str, least: int
) -> bool:
    """Tell whether two means, with their municipalities and persons, tell of few."""
    (mean, units, persons), (mean_, units_, persons_) = one, other
    apart = abs(_number(units) - _number(units_))
    moved = abs(_number(persons) - _number(persons_))
    if not apart or moved >= (2 * least if apart <= _FEW_UNITS else least):
        return False
    if weights in _OF_PERSONS:
        of, others, few = _number(persons), _number(persons_), float(least)
    else:
        of, others, few = _number(units), _number(units_), apart
    unknown = of * half_step(mean) + others * half_step(mean_)
    return unknown < _KNOWN_TO * few * max(abs(_number(mean)), abs(_number(mean_)))


def of_few_between_releases(before: Rows, now: Rows) -> list[str]:
    """Name the means that, beside those of an earlier release, tell of one or two municipalities.

    Returns
    -------
    list of str
        Columns in which a mean of the same row is of one or two more or fewer municipalities, or
        has moved though its persons are said to be the same.
    """
    found = set()
    for column, count in _MEANS.items():
        old = {_key(row): row for row in before if as_number(row.get(column, "")) is not None}
        for row in now:
            past = old.get(_key(row))
            if past is None or as_number(row.get(column, "")) is None:
                continue
            told = [each.get(name, "") for each in (past, row) for name in (column, count)]
            if any(as_number(text) is None for text in told):
                continue
            same = past.get("n_persons") == row.get("n_persons") and "n_persons" in row
            moved = told[0] != told[2] and told[1] == told[3]
            if _left_over(*told) or (same and moved):
                found.add(column)
    return sorted(found)


def _left_over(mean: str, count: str, other: str, others: str) -> bool:
    """Tell whether two means of almost as many units give the sum over the rest.

    The same mean of one more is the earlier one, and tells nothing of it.
    """
    m, n, p, q = map(_number, (mean, count, other, others))
    apart = abs(n - q)
    unknown = n * half_step(mean) + q * half_step(other)
    usual = apart * max(abs(m), abs(p))
    return mean != other and 0 < apart <= _FEW_UNITS and unknown < _KNOWN_TO * usual


def _key(row: dict[str, str]) -> tuple[str, ...]:
    names = ("estimand", "outcome", "arm", "period", "term", "event_time", "window", "inference")
    return tuple(row.get(name, "") for name in names)


def _number(text: str) -> float:
    value = as_number(text)
    return float("nan") if value is None else value
