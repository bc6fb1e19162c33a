"""Errors and degrees of freedom turned back into the counts that they rest on."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from kuntakokeilu.attack.numbers import BLANK, as_number, half_step
from kuntakokeilu.attack.read import Rows

_FEWEST = 5  # rows in which an error must fall with the count
_FALLS = -0.9  # rank correlation at which it does
_BY_ZEROS = 0.2  # of groups; that all ends of a group end in zero is rarer
_MONTHS = "n_person_months"
_COUNTS = ("n_persons", "n_person_months", "effective_size")
_CLUSTERS = ("n_trial_clusters", "n_control_clusters", "n_clusters", "n_trial", "n_control")


def finer_than_counts(rows: Rows, months: float, least: int) -> list[str]:
    """Find errors that fall with a count and are printed more exactly than the count is.

    Parameters
    ----------
    rows : list of dict
        A table.
    months : float
        Months of a person, by which person-months are divided.
    least : int
        Within how few persons nobody should be known.

    Returns
    -------
    list of str
        Columns. If e = sqrt(A + B / n), an error known to within a share d gives n to within
        2 n d, or less: two rows with known counts give A and B, and all others follow.
    """
    found = []
    columns = [c for c in (rows[0] if rows else ()) if "std_error" in c or "detectable" in c]
    for count in (c for c in _COUNTS if rows and c in rows[0]):
        for column in columns:
            groups: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
            for row in rows:
                error, size = as_number(row[column]), as_number(row[count])
                if error and size and row[column] not in BLANK:
                    persons = size / months if "month" in count else size
                    groups[row.get("estimand", "")].append((error, persons, half_step(row[column])))
            if any(_tells(group, least) for group in groups.values()):
                found.append(column)
    return sorted(set(found))


def _tells(group: list[tuple[float, float, float]], least: int) -> bool:
    errors, persons, halves = np.array(group).T
    if len(set(errors)) < _FEWEST or len(set(persons)) < _FEWEST:
        return False
    ranks = pd.DataFrame({"error": errors, "persons": persons}).rank().to_numpy()
    if np.corrcoef(ranks.T)[0, 1] > _FALLS:
        return False
    known_to = 2 * persons * halves / errors
    return bool((known_to < least / 4).mean() > 0.5)


def ends_of_more_digits(rows: Rows) -> list[str]:
    """Find ends of intervals that are printed more exactly where a row has no error of its own.

    Returns
    -------
    list of str
        Columns in which, of one estimate, ends by bootstrap or permutation have more decimals than
        all those beside an error, in more groups of rows than trailing zeros would explain.
    """
    if not rows or not {"std_error", "ci_low", "ci_high"} <= rows[0].keys():
        return []
    groups: dict[tuple[str, ...], list[tuple[bool, str, str]]] = defaultdict(list)
    for row in rows:
        if as_number(row["ci_low"]) is not None and as_number(row["ci_high"]) is not None:
            key = tuple(row.get(name, "") for name in ("estimand", "term", "event_time", "window"))
            own = as_number(row["std_error"]) is not None
            groups[key].append((own, row["ci_low"], row["ci_high"]))
    told = [[(own, max(map(_decimals, ends))) for own, *ends in each] for each in groups.values()]
    both = [each for each in told if len({own for own, _ in each}) == 2]
    finer = [
        max(n for own, n in each if not own) > max(n for own, n in each if own) for each in both
    ]
    return ["ci_low, ci_high"] if sum(finer) > _BY_ZEROS * len(both) else []


def finer_totals(rows: Rows) -> list[str]:
    """Find totals that, divided by the count beside them, give an effect with more digits."""
    found = []
    for column in (c for c in (rows[0] if rows else ()) if c == "total" or c.startswith("total_")):
        name = "estimate" if column == "total" else column.removeprefix("total_")
        texts = [(row.get(column, ""), row.get(name, ""), row.get(_MONTHS, "")) for row in rows]
        if any(_is_finer(*each) for each in texts):
            found.append(column)
    return found


def finer_multiples(totals: Rows, estimates: Rows) -> list[str]:
    """Find totals of a known multiplier that give the estimate behind them with more digits."""
    found: set[str] = set()
    for row in totals:
        times = as_number(row.get("multiplier", ""))
        mine = [each for each in estimates if each.get("estimand") == row.get("estimand")]
        if not times or as_number(row.get("programme_euros", "")):
            continue
        for factor in (times, times / 100):  # of percentage points a hundredth
            for column in ("estimate", "ci_low", "ci_high"):
                texts = {each.get(column, "") for each in mine if each.get("term") == "att"}
                near = [_is_finer(row.get(column, ""), text, str(factor)) for text in texts]
                if any(near) and not any(_fits(row[column], t, str(factor)) for t in texts):
                    found.add(column)
    return sorted(found)


def _is_finer(total: str, effect: str, count: str) -> bool:
    """Tell whether a total is near a count times an effect, and not that of the printed one."""
    whole, part, times = map(as_number, (total, effect, count))
    if whole is None or part is None or not times:
        return False
    apart = abs(whole / times - part)
    return half_step(total) / times < half_step(effect) >= apart and not _fits(total, effect, count)


def _fits(total: str, effect: str, count: str) -> bool:
    whole, part, times = map(as_number, (total, effect, count))
    if whole is None or part is None or not times:
        return False
    return abs(whole - part * times) <= half_step(total) + 1e-9 * abs(whole)


def _decimals(text: str) -> int:
    digits, _, power = text.strip().lower().partition("e")
    return len(digits.partition(".")[2].rstrip("0")) - int(power or 0)


def degrees_of_persons(rows: Rows) -> list[str]:
    """Find degrees of freedom that are a count of persons less one, two or three.

    Returns
    -------
    list of str
        Columns with whole degrees of freedom that no count of units or clusters explains.
    """
    found = []
    for column in (c for c in (rows[0] if rows else ()) if c in ("df", "degrees_of_freedom")):
        for row in rows:
            value = as_number(row[column])
            if value is None or value != int(value) or value < 1:
                continue
            sizes = [n for c in _CLUSTERS if (n := as_number(row.get(c, ""))) is not None]
            explained = [*sizes, *(a + b for a in sizes for b in sizes)]
            if sizes and all(abs(value - n) > 5 for n in explained) and value > max(explained):
                found.append(column)
                break
    return found
