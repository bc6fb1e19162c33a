"""One estimand of a study as it would be if its row said something else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.rows import parse, read_rows
from kuntakokeilu.study.covariates import check_use
from kuntakokeilu.study.estimand_rows import resolve
from kuntakokeilu.study.estimands import Estimand, EstimandRow
from kuntakokeilu.study.read import Study, read_study, read_who

# What a row is about, and where it stands in the reports: another one is another row.
KEPT = ("estimand", "outcome", "role", "headline", "contrast", "spillover_share")


def respecified(
    config: Path, name: str, estimand: str, changes: Mapping[str, Any]
) -> tuple[Study, Estimand, Estimand]:
    """Read a study, an estimand of it as declared, and the same with columns changed.

    Parameters
    ----------
    config : Path
        The folder of facts and studies.
    name : str
        The study.
    estimand : str
        Of its estimands.csv.
    changes : mapping of str to Any
        By column of estimands.csv, what it would say; a list for columns of several names.

    Returns
    -------
    tuple of Study, Estimand, Estimand
        The study, the estimand as declared and as changed.

    Raises
    ------
    InputError
        No such study, estimand or column, or a value that the column cannot have; what the cells
        of the study do not hold.
    """
    study = read_study(config, name)
    rows = read_rows(config / "studies" / name / "estimands.csv", EstimandRow, name)
    row = next((row for row in rows.values() if row.estimand == estimand), None)
    if row is None:
        known = some([row.estimand for row in rows.values()], 8)
        raise InputError(f"{estimand}: no estimand of {name}; there are {known}")
    allowed = [column for column in EstimandRow.model_fields if column not in KEPT]
    unknown = [column for column in changes if column not in allowed]
    if unknown:
        raise InputError(
            f"{estimand}: {unknown[0]} cannot be changed; what can is {some(allowed, 40)}"
        )
    declared = next(each for each in study.estimands if each.estimand == estimand)
    content = row.model_dump(exclude_unset=True) | dict(changes)
    where = f"{estimand}, changed"
    asked = parse(EstimandRow, content, f"{where}, column")
    settings = study.settings
    _, groups, _ = read_who(config, config / "studies" / name, settings, name)
    changed = resolve(asked, settings, study.outcomes, groups, name, where)
    check_use(asked, settings, study.covariates, where)
    _check_held(study, declared, changed, where)
    return study, declared, changed


def _check_held(study: Study, declared: Estimand, changed: Estimand, where: str) -> None:
    """Stop where the cells that the study has made do not reach."""
    first, last = study.span_of(declared.outcome)
    for column, value in (
        ("first_period", changed.first_period),
        ("last_period", changed.last_period),
    ):
        if not first <= value <= last:
            raise InputError(
                f"{where}, column {column}: the cells of {declared.outcome} are of {first} to "
                f"{last}; found {value}"
            )
    held = {(each.population, each.strata) for each in study.estimands_of(declared.outcome)}
    if (changed.population, changed.strata) not in held:
        raise InputError(
            f"{where}: {declared.outcome} has no cells of population {changed.population}"
            + (f" by {changed.strata}" if changed.strata else "")
        )
