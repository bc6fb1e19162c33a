"""The lock of a plan: config/studies/<study>/plan.lock.json, and reasons for what changed since.

A lock spells out what a study asks, with hashes and dates, so that readers can tell what was
decided before the data were seen. It hides nothing and stops nobody: it makes later changes
visible.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import Field

from kuntakokeilu.errors import InputError, system_faults
from kuntakokeilu.facts.basics import Closed, Text
from kuntakokeilu.facts.rows import read_rows, unique
from kuntakokeilu.io import write_json

FILE = "plan.lock.json"
REASONS = "plan_changes.csv"
# Section of a plan, such as estimands, to its items by name, to the fields of each.
Sections: TypeAlias = dict[str, dict[str, dict[str, Any]]]


class PlanChange(Closed):
    """One row of plan_changes.csv: why something is not as it was planned."""

    item: Text = Field(description="an estimand, outcome, ratio, total, combination or setting")
    reason_fi: Text = Field(description="the reason in Finnish")
    reason_sv: Text = Field(description="the reason in Swedish")
    reason_en: Text = Field(description="the reason in English")


@dataclass(frozen=True)
class Unblinding:
    """When hidden effects were shown, and by which record of the checks of the design.

    Attributes
    ----------
    date : str
        Day, YYYY-MM-DD.
    checked : str
        Name of the file that records the checks of the design.
    sha256 : str
        Its hash on that day.
    """

    date: str
    checked: str
    sha256: str


@dataclass(frozen=True)
class PlanLock:
    """A locked plan.

    Attributes
    ----------
    date : str
        Day of the lock, YYYY-MM-DD.
    plan : dict
        What was planned: section, item, field.
    unblinded : Unblinding or None
        When effects that were hidden were shown, of this lock or a former one.
    history : tuple of dict
        Former locks, the oldest first, each with its date and plan.
    """

    date: str
    plan: Sections
    unblinded: Unblinding | None = None
    history: tuple[dict[str, Any], ...] = field(default=())

    @property
    def plan_sha256(self) -> str:
        """SHA-256 of what was planned, by which a plan is cited."""
        return digest(self.plan)

    @property
    def first_date(self) -> str:
        """Day of the first lock."""
        return str(self.history[0]["locked"]) if self.history else self.date

    @property
    def names(self) -> set[str]:
        """Names of all that was planned."""
        return {name for items in self.plan.values() for name in items}

    def again(self, plan: Sections, date: str) -> PlanLock:
        """Lock another plan; this one becomes history, and what was seen stays seen."""
        former = {"locked": self.date, "plan_sha256": self.plan_sha256, "plan": self.plan}
        return PlanLock(date, plan, self.unblinded, (*self.history, former))

    def described(self) -> dict[str, Any]:
        """Say what a manifest tells of the plan."""
        return {
            "locked": self.date,
            "first_locked": self.first_date,
            "times": len(self.history) + 1,
            "plan_sha256": self.plan_sha256,
            "unblinded": None if self.unblinded is None else asdict(self.unblinded),
        }


def digest(content: Any) -> str:
    """SHA-256 of plain data, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write_lock(lock: PlanLock, folder: Path) -> None:
    """Write a lock into a study's folder, each estimand with its hash, and a hash over all."""
    content = _content(lock)
    write_json({**content, "sha256": digest(content)}, folder / FILE)


def _content(lock: PlanLock) -> dict[str, Any]:
    plan = {**lock.plan, "estimands": _hashed(lock.plan.get("estimands", {}))}
    return {
        "locked": lock.date,
        "plan_sha256": lock.plan_sha256,
        "plan": plan,
        "unblinded": None if lock.unblinded is None else asdict(lock.unblinded),
        "history": list(lock.history),
    }


def _hashed(items: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {"sha256": digest(fields), **fields} for name, fields in items.items()}


def read_lock(folder: Path) -> PlanLock | None:
    """Read the lock of a study; None without one.

    Raises
    ------
    InputError
        The file is no lock, or its content does not fit its hashes.
    """
    path, where = folder / FILE, f"config/studies/{folder.name}/{FILE}"
    with system_faults(where):
        if not path.exists():
            return None
        text = path.read_bytes()
    try:
        content = json.loads(text.decode("utf-8"))
        said = content.pop("sha256")
        plan = {section: dict(items) for section, items in content["plan"].items()}
        hashes = {name: fields.pop("sha256") for name, fields in plan["estimands"].items()}
        seen = content["unblinded"]
        lock = PlanLock(
            content["locked"],
            plan,
            None if seen is None else Unblinding(**seen),
            tuple(content["history"]),
        )
        fits = said == digest(_content(lock)) and content["plan_sha256"] == lock.plan_sha256
        fits &= hashes == {name: digest(fields) for name, fields in plan["estimands"].items()}
        fits &= all(former["plan_sha256"] == digest(former["plan"]) for former in lock.history)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{where}: no lock of a plan, or not a whole one") from None
    if not fits:
        raise InputError(
            f"{where}: the content does not fit its hash, so that it was changed after the plan "
            "was locked; take the file back from version control"
        )
    return lock


def read_reasons(folder: Path, known: set[str]) -> dict[str, dict[str, str]]:
    """Read why the plan was changed, by item; empty without the optional file.

    Parameters
    ----------
    folder : Path
        The study's folder.
    known : set of str
        Names of all that is or was planned.

    Raises
    ------
    InputError
        A row is wrong, stands there twice, or names nothing that is or was planned.
    """
    where = f"config/studies/{folder.name}"
    if not (folder / REASONS).is_file():
        return {}
    rows = read_rows(folder / REASONS, PlanChange, where)
    for number, row in rows.items():
        if row.item not in known:
            raise InputError(
                f"{where}/{REASONS}, row {number}, column item: {row.item} is neither in the "
                "study nor in its locked plan"
            )
    reasons = unique(rows, "item", f"{where}/{REASONS}")
    return {
        name: {code: getattr(row, f"reason_{code}") for code in ("fi", "sv", "en")}
        for name, row in reasons.items()
    }
