"""What a study plans, spelt out; and what of it is as it was locked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd
from pydantic import BaseModel

from kuntakokeilu.study.comparisons import Comparison
from kuntakokeilu.study.estimands import Estimand
from kuntakokeilu.study.models import Settings
from kuntakokeilu.study.plan_lock import PlanLock, Sections
from kuntakokeilu.study.read import Study

# How numbers are shown, and to whom: of no matter to them.
_PRESENTATION = {"title", "authors", "contact", "attribution", "map", "unit_words", "blinded"}
_PRESENTATION |= {"disclosure_confirmed", "permit"}
_LABELS = ("label", "label_fi", "label_sv", "label_en")
# Settings that estimands hold themselves, or that are about other numbers than estimates.
_NOT_SHARED = {"first_period", "last_period", "comparisons", "windows", "permutations", "seed"}
_NOT_SHARED |= {"service_models"}
SECTIONS = {
    "estimands": "estimand",
    "outcomes": "outcome",
    "covariates": "covariate",
    "ratios": "ratio",
    "totals": "total",
    "combinations": "combination",
    "promises": "promise",
    "settings": "setting",
}
_VALUE = "value"  # the one field of a setting that is no mapping
_LONGEST = 60  # characters of a value in a table; the lock has it whole
PLAN_COLUMNS = ["item", "kind", "plan", "changes", "reason_fi", "reason_sv", "reason_en"]


class Change(NamedTuple):
    """A field that is not as it was locked; None where it was or is not set."""

    field: str
    was: Any
    now: Any

    @property
    def text(self) -> str:
        """Write the field with both values."""
        return f"{self.field}: {_short(self.was)} → {_short(self.now)}"


def plan_of(study: Study) -> Sections:
    """Spell out what a study asks: what `read_study` reads, with every default filled in.

    Parameters
    ----------
    study : Study
        A study that has passed its checks.

    Returns
    -------
    dict
        Section (estimands, outcomes, settings, ...) to item to fields; labels and what else only
        concerns readers are left out, and so is what is not set.
    """
    settings = study.settings.model_dump(mode="json", exclude=_PRESENTATION)
    settings |= {"disclosure_rule": study.profile.model_dump(mode="json", exclude={"note"})}
    if study.areas is not None:
        arms = study.areas.groupby(["arm", "area"], sort=False)["unit"]
        settings["areas"] = {f"{arm} {area}": sorted(set(own)) for (arm, area), own in arms}
    if study.effects is not None:
        settings["twin_effects"] = [row.model_dump(mode="json") for row in study.effects]
    return {
        "estimands": {e.estimand: _estimand(e) for e in study.estimands},
        "outcomes": _rows(study.outcomes, "outcome"),
        "covariates": _rows(study.covariates, "covariate"),
        "ratios": _rows(study.money.ratios, "ratio"),
        "totals": _rows(study.money.totals, "total"),
        "combinations": _rows(study.money.combinations, "combination"),
        "promises": _rows(study.expected, "estimand"),
        "settings": {
            name: value if isinstance(value, dict) else {_VALUE: value}
            for name, value in _set(settings).items()
        },
    }


def _estimand(estimand: Estimand) -> dict[str, Any]:
    """Spell out one estimand; calendar windows count where its estimator has them."""
    without = {"study", "estimand"} | ({"windows"} if estimand.method.term != "window" else set())
    return dict(_set(estimand.model_dump(mode="json", exclude=without)))


def _rows(rows: Mapping[str, BaseModel], key: str) -> dict[str, dict[str, Any]]:
    return {name: dict(_set(row.model_dump(mode="json", exclude={key}))) for name, row in
            rows.items()}  # fmt: skip


def _set(content: Any) -> Any:
    """Leave out labels and what is not set, at every level."""
    if isinstance(content, list):
        return [_set(each) for each in content]
    if not isinstance(content, dict):
        return content
    kept = {name: _set(value) for name, value in content.items() if name not in _LABELS}
    return {name: value for name, value in kept.items() if value not in (None, [], {}, "")}


def changes(
    locked: Mapping[str, Any], now: Mapping[str, Any], usual: Mapping[str, Any]
) -> list[Change]:
    """List the fields in which something is not as it was locked.

    A field that a lock does not have was not set, or not known to the version that locked it: it is
    as it was while it has its usual value.
    """
    before, after = dict(_fields(locked)), dict(_fields(now))
    return [
        Change(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*before, *after])
        if before.get(name, usual.get(name)) != after.get(name, usual.get(name))
    ]


def _fields(content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Give every field with its place, such as comparison_rule.exclude_regions."""
    for name, value in content.items():
        place = above if name == _VALUE and above else f"{above}.{name}".lstrip(".")
        if isinstance(value, dict):
            yield from _fields(value, place)
        else:
            yield place, value


def estimand_changes(lock: PlanLock, plan: Sections, name: str) -> list[Change] | None:
    """List what of an estimand, or of what it rests on, is not as locked; None if it was added.

    Parameters
    ----------
    lock : PlanLock
        What was locked.
    plan : dict
        What is planned now, as `plan_of` gives it.
    name : str
        An estimand of `plan`.

    Returns
    -------
    list of Change or None
        Its own fields; those of its outcome and covariates, and shared settings, with their
        section before.
    """
    locked, now = lock.plan["estimands"].get(name), plan["estimands"][name]
    if locked is None:
        return None
    usual = _usual(Estimand)
    usual |= {f"comparison_rule.{key}": value for key, value in _usual(Comparison).items()}
    found = changes(locked, now, usual)
    rule = now.get("comparison_rule", {})
    balanced = rule.get("balance", {}).get("covariates", [])
    used = {
        "outcomes": [now["outcome"]],
        "covariates": [*now.get("covariates", []), *balanced],
        "settings": [n for n in _both(lock.plan, plan, "settings") if n not in _NOT_SHARED],
    }
    for section, items in used.items():
        for item in items:
            found += _moved(lock.plan, plan, section, item)
    return found


def _moved(locked: Sections, plan: Sections, section: str, item: str) -> list[Change]:
    """List the changed fields of an item, named with what they are of."""
    before, after = (each.get(section, {}).get(item, {}) for each in (locked, plan))
    if section == "settings":
        usual = _usual(Settings)
        return changes({item: before} if before else {}, {item: after} if after else {}, usual)
    kind = SECTIONS[section]
    return [
        Change(f"{kind} {item}, {one.field}", one.was, one.now)
        for one in changes(before, after, {})
    ]


def _usual(model: type[BaseModel]) -> dict[str, Any]:
    """Give the defaults of the fields of a model that have a plain one."""
    fields = model.model_fields.items()
    return {
        name: _set(field.get_default(call_default_factory=False))
        for name, field in fields
        if not field.is_required() and not isinstance(field.default, BaseModel)
    }


def _both(locked: Sections, plan: Sections, section: str) -> list[str]:
    return list(dict.fromkeys([*locked.get(section, {}), *plan.get(section, {})]))


def plan_statuses(study: Study) -> dict[str, str]:
    """Say of each estimand whether it is locked, changed or added; not_locked without a lock."""
    if study.lock is None:
        return {estimand.estimand: "not_locked" for estimand in study.estimands}
    plan = plan_of(study)
    found = {name: estimand_changes(study.lock, plan, name) for name in plan["estimands"]}
    return {name: _status(moved) for name, moved in found.items()}


def plan_rows(study: Study) -> pd.DataFrame:
    """Put what is planned now beside what was locked.

    Returns
    -------
    DataFrame
        PLAN_COLUMNS. A row for each estimand, ratio, total, combination and promise, planned or
        asked now; and for each outcome, covariate and setting that is not as it was locked. `plan`
        is locked, changed, added or dropped; `changes` says in which fields, from what to what.
        No rows without a lock.
    """
    if study.lock is None:
        return pd.DataFrame(columns=PLAN_COLUMNS)
    return pd.DataFrame(list(_plan_rows(study.lock, plan_of(study), study.plan_reasons)),
                        columns=PLAN_COLUMNS)  # fmt: skip


def _plan_rows(
    lock: PlanLock, plan: Sections, reasons: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, Any]]:
    for section, kind in SECTIONS.items():
        asked = section not in ("outcomes", "covariates", "settings")
        for item in _both(lock.plan, plan, section):
            status, moved = _compared(lock, plan, section, item)
            if asked or status != "locked":
                said = reasons.get(item, {}) if status != "locked" else {}
                yield {
                    **{"item": item, "kind": kind, "plan": status},
                    "changes": "; ".join(one.text for one in moved),
                    **{f"reason_{code}": said.get(code) for code in ("fi", "sv", "en")},
                }


def _compared(lock: PlanLock, plan: Sections, section: str, item: str) -> tuple[str, list[Change]]:
    if item not in plan[section]:
        return "dropped", []
    if item not in lock.plan.get(section, {}):
        moved = _moved(lock.plan, plan, section, item) if section == "settings" else []
        # a setting at its usual value, which the version that locked did not know, is no change
        return ("locked" if section == "settings" and not moved else "added"), []
    if section == "estimands":
        moved = estimand_changes(lock, plan, item) or []
    else:
        moved = _moved(lock.plan, plan, section, item)
    return _status(moved), moved


def _status(moved: Iterable[Change] | None) -> str:
    if moved is None:
        return "added"
    return "changed" if list(moved) else "locked"


def is_as_locked(study: Study) -> bool:
    """Tell whether all that a study asks is what its lock says."""
    return study.lock is not None and bool(plan_rows(study)["plan"].eq("locked").all())


def _short(value: Any) -> str:
    """Write a value for a table: a long list as its length, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, list):
        text = ", ".join(map(str, value))
        return text if len(text) <= _LONGEST else f"({len(value)})"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
