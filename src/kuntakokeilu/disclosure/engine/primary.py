"""Which numbers are too small, or too much one person's or payer's, to be seen.

Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Nordholt, E. S., Spicer, K. and
de Wolf, P.-P. (2012), Statistical Disclosure Control, Wiley, chapters 4 and 5: thresholds,
dominance and p % rules, and how wide a hidden number's range must be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kuntakokeilu.disclosure.engine.profile import SourceLimits
from kuntakokeilu.disclosure.engine.system import COUNTS, Label, System

# ASSUME: a sum that may not be seen is hidden well enough if its range is a fifth of it.
LEAST_OF_SUM = 0.2


@dataclass(frozen=True)
class Sensitive:
    """A number that nobody may work out.

    Attributes
    ----------
    reason : str
        `few_persons`, `all_or_none`, `few_payers`, `dominance`, or `part_of_few`.
    width : float
        How wide the range must be in which it is known to lie.
    """

    reason: str
    width: float


def sensitive(system: System) -> dict[Label, Sensitive]:
    """Find the numbers that must stay hidden, those that stand in no table among them.

    Parameters
    ----------
    system : System
        Variables with their limits.

    Returns
    -------
    dict of Label to Sensitive
        A count of persons, with a trait, without it, or of a difference, that is neither zero nor
        as large as the limit; all numbers of a row with too few persons; counts of which all or
        none have the trait, where that may not be told; sums of too few payers, or dominated.
    """
    found: dict[Label, Sensitive] = {}
    for label, value in system.values.items():
        least = system.limits[label].persons
        if label[2] != "sum" and 0 < value < least:
            found[label] = Sensitive("few_persons", least)
    for name, frame in system.tables.items():
        for key, row in zip(system.rows(name), frame.to_dict("records"), strict=True):
            limits = system.limits[name, key, "n"]
            found |= _of_row(name, key, row, limits, (name, key, "n") in found)
    return found


def _of_row(
    name: str, key: Any, row: dict[Any, Any], limits: SourceLimits, few: bool
) -> dict[Label, Sensitive]:
    """Look at the trait and the amounts of one row."""
    found: dict[Label, Sensitive] = {}
    if "k" in row and row["n"] > 0:
        whole = not limits.traits_of_all
        for part, size in (("k", row["k"]), ("n - k", row["n"] - row["k"])):
            if few:
                found[name, key, part] = Sensitive("part_of_few", limits.persons)
            elif 0 < size < limits.persons:
                found[name, key, part] = Sensitive("few_persons", limits.persons)
            elif whole and size == 0:
                found[name, key, part] = Sensitive("all_or_none", limits.persons)
    if "sum" in row:
        reason = "part_of_few" if few else _amounts(row, limits)
        if reason is not None:
            found[name, key, "sum"] = Sensitive(reason, _width(row, limits))
    return found


def _amounts(row: dict[str, Any], limits: SourceLimits) -> str | None:
    """Say why a sum may not be seen; None if it may."""
    total, first, second = row["sum"], row.get("top1", 0.0), row.get("top2", 0.0)
    if "n_payers" in row and 0 < row["n_payers"] < limits.payers:
        return "few_payers"
    if total <= 0:
        return None
    if max(first, row.get("payer_top1", 0.0)) > limits.largest * total:
        return "dominance"
    if first + second > limits.two_largest * total:
        return "dominance"
    if total - first - second < limits.p_percent * first:
        return "dominance"
    return None


def _width(row: dict[str, Any], limits: SourceLimits) -> float:
    """Give how wide a sum's range must be: what each broken rule lacks, and a fifth at least."""
    total, first, second = row["sum"], row.get("top1", 0.0), row.get("top2", 0.0)
    largest = max(first, row.get("payer_top1", 0.0))
    lacks = (
        largest / limits.largest - total,
        (first + second) / limits.two_largest - total,
        limits.p_percent * first - (total - first - second),
        LEAST_OF_SUM * total,
    )
    return max(lacks)


def is_count(label: Label) -> bool:
    """Tell whether a variable counts persons."""
    return label[2] in (*COUNTS, "n - k")
