"""Errors and degrees of freedom turned back into the counts that they rest on."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from kuntakokeilu.attack.numbers import BLANK, as_number, half_step
from kuntakokeilu.attack.read import Rows

_FEWEST = 5  # rows in which an error must fall with the count
_FALLS = -0.9  # rank correlation at which it does
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
