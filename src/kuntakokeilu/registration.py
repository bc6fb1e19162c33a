"""Registering a plan before the data are seen: the commands lock and unblind (docs/plan.md)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath

from kuntakokeilu.disclosure import RECORD, file_hash, read_design_record, today
from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.study import (
    PlanLock,
    Study,
    Unblinding,
    digest,
    is_as_locked,
    plan_of,
    plan_rows,
    read_study,
    write_lock,
)


def lock_plan(config: Path, name: str, *, again: bool = False) -> PlanLock:
    """Lock the plan of a study: what is asked, with hashes and the day.

    Parameters
    ----------
    config : Path
        The project's config folder.
    name : str
        A study.
    again : bool
        Lock a plan that differs from a locked one; the former stays in the file as history.

    Returns
    -------
    PlanLock
        As written to config/studies/<name>/plan.lock.json.

    Raises
    ------
    InputError
        The study has a fault, its lock was tampered with, or there is one and `again` is not said
        or nothing has changed.
    """
    study = read_study(config, name)
    plan, day = plan_of(study), today().isoformat()
    if study.lock is None:
        made = PlanLock(day, plan)
    elif is_as_locked(study):
        raise InputError(f"{name}: the plan is as it was locked on {study.lock.date}")
    elif not again:
        raise InputError(
            f"{name}: the plan was locked on {study.lock.date} and differs since in "
            f"{some(_moved(study))}; --again locks it as it is now and keeps the former lock"
        )
    else:
        made = study.lock.again(plan, day)
    write_lock(made, config / "studies" / name)
    return made


def unblind_study(config: Path, name: str, checked: Path) -> PlanLock:
    """Show the effects of a study that hides them, and date that.

    Parameters
    ----------
    config : Path
        The project's config folder.
    name : str
        A study with `blinded: true` whose plan is locked and as it was locked.
    checked : Path
        The record that `run.py design` wrote of this very plan; its name and hash are kept.

    Returns
    -------
    PlanLock
        As written.

    Raises
    ------
    InputError
        The study hides nothing, is unblinded already, has no lock or another plan than its lock;
        or there is no record, it is not as it was written, or of another study or plan.
    """
    study = read_study(config, name)
    if not study.settings.blinded:
        raise InputError(f"{name}: study.yaml hides no effects; expected blinded: true")
    if study.lock is None:
        raise InputError(f"{name}: the plan is not locked; first: python run.py lock {name}")
    if study.lock.unblinded is not None:
        raise InputError(f"{name}: unblinded on {study.lock.unblinded.date} already")
    if not is_as_locked(study):
        raise InputError(
            f"{name}: the plan differs from the locked one in {some(_moved(study))}; before "
            f"effects are shown: python run.py lock {name} --again"
        )
    _check_design(study, study.lock, checked)
    shown = PurePath(checked).as_posix() if not checked.is_absolute() else checked.name
    seen = Unblinding(today().isoformat(), shown, file_hash(checked))
    made = replace(study.lock, unblinded=seen)
    write_lock(made, config / "studies" / name)
    return made


def _check_design(study: Study, lock: PlanLock, checked: Path) -> None:
    """Raise InputError unless the design of this very plan was judged, by its record."""
    again = f"python run.py design {study.name}"
    if not checked.is_file():
        raise InputError(
            f"{checked.name}: no such file; before effects are shown: {again}, which writes "
            f"{RECORD}"
        )
    record = read_design_record(checked)
    if record.study != study.name:
        raise InputError(
            f"{checked.name}: the design of {record.study} was judged, expected that of "
            f"{study.name}"
        )
    # a later version may spell out more of the same plan
    if record.plan_sha256 not in (lock.plan_sha256, digest(plan_of(study))):
        raise InputError(
            f"{checked.name}: the design was judged on {record.date} of another plan than the "
            f"locked one (SHA-256 {record.plan_sha256[:12]}, not {lock.plan_sha256[:12]}); "
            f"before effects are shown: {again}"
        )


def lock_lines(name: str, made: PlanLock) -> list[str]:
    """Say what was locked."""
    parts = [
        counted(len(made.plan["estimands"]), "estimand"),
        counted(len(made.plan["outcomes"]), "outcome"),
    ]
    lines = [
        f"{name}: plan locked on {made.date}: {', '.join(parts)}, SHA-256 {made.plan_sha256}",
        f"Commit config/studies/{name}/plan.lock.json, so that the day can be shown to others.",
    ]
    if made.history:
        lines.insert(1, f"{counted(len(made.history), 'former lock is', 'former locks are')} kept "
                     f"in the file, the first of {made.first_date}.")  # fmt: skip
    return lines


def _moved(study: Study) -> list[str]:
    """Name what is not as it was locked."""
    rows = plan_rows(study)
    return list(rows.loc[rows["plan"].ne("locked"), "item"])
