"""How an outcome is told: from one table of facts, in the months that its registers reach."""

from __future__ import annotations

from dataclasses import dataclass

NEVER = "false"  # where a register that an outcome needs is not known


@dataclass(frozen=True)
class Told:
    """An outcome of a person-month, in SQL.

    Attributes
    ----------
    source : str
        Facts it is told from, unique in person and month (`outcomes.looks`).
    value : str
        What it is where there is a fact; may be missing.
    nothing : str
        What it is where there is none: 0, false, no payers, or missing.
    within : str
        In which months it is known: a condition on `s.cohort` and `s.month`.
    """

    source: str
    value: str
    nothing: str
    within: str

    @property
    def sql(self) -> str:
        """What it is in a month `s`, to which the facts are joined."""
        found = f"{self.source}.person IS NULL"
        return f"CASE WHEN {self.within} THEN {_choose(found, self.nothing, self.value)} END"


@dataclass(frozen=True)
class ToldSince(Told):
    """An outcome that adds facts up since a cohort's month; its value is a column of theirs."""

    @property
    def sql(self) -> str:
        """The difference of two totals (`since_entry.joins`)."""
        since = f"coalesce(until.{self.value}, 0) - coalesce(earlier.{self.value}, 0)"
        return f"CASE WHEN {self.within} THEN {since} END"


def _choose(condition: str, then: str, otherwise: str) -> str:
    return f"CASE WHEN {condition} THEN {then} ELSE {otherwise} END"
