"""Another specification of a released number, tried on the cells that the study has made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from kuntakokeilu import contracts
from kuntakokeilu.answer import answer
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_table
from kuntakokeilu.study import Study
from kuntakokeilu.study.respecified import respecified

INSIDE = "from cells of persons: not released, must stay inside"


def respecify(
    study: str, estimand: str, *, project: Path | str | None = None, **changes: Any
) -> pd.DataFrame:
    """Estimate a number of a study as declared, and once more with columns of its row changed.

    The same code and cells as in the study, which has to be run on this machine before.

    Parameters
    ----------
    study : str
        Name of the study.
    estimand : str
        Of its estimands.csv, such as "unemployment_rate.main".
    project : path-like, optional
        The project's folder; default: the first above the current folder that has the study.
    **changes : Any
        Columns of estimands.csv (docs/configuration.md): weights="area",
        first_period="2016-01", covariates=["log_size"], estimator="event_study".

    Returns
    -------
    DataFrame
        `specification`, "declared" or what was changed, and the columns that
        `kuntakokeilu.evaluate` answers with.

    Raises
    ------
    InputError
        The study or estimand does not exist or was not run here, or a change cannot be made.

    Examples
    --------
    >>> kuntakokeilu.respecify(
    ...     "open_2017", "unemployment_rate.main", weights="area", first_period="2016-01"
    ... )  # doctest: +SKIP
    """
    root = _project(project, study)
    asked, declared, changed = respecified(root / "config", study, estimand, changes)
    tables = _tables(root / "results" / study / "restricted", declared.outcome, study)
    label = asked.outcomes[declared.outcome].label_en
    said = ", ".join(f"{column}={value!r}" for column, value in changes.items()) or "unchanged"
    notes = [INSIDE] if _of_persons(asked) else []
    rows = [
        answer(tables, each, label, notes, False).assign(specification=specification)
        for specification, each in (("declared", declared), (said, changed))
    ]
    found = pd.concat(rows, ignore_index=True)
    return found[["specification", *found.columns.drop("specification")]]


def _project(named: Path | str | None, study: str) -> Path:
    """Return the folder that holds the study's configuration."""
    if named is not None:
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "config" / "studies" / study).is_dir():
            return folder
    raise InputError(
        f"{study}: expected a current folder inside the project that holds config/studies/{study}"
    )


def _tables(
    folder: Path, outcome: str, study: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    cells = folder / "cells" / f"{outcome}.parquet"
    if not cells.is_file():
        raise InputError(
            f"{study}: the cells of {outcome} are not on this machine, which estimates are made "
            f"of; run `python run.py results --study {study}`"
        )
    return (
        read_table(cells, contracts.CELLS),
        read_table(folder / "units.parquet", contracts.UNITS),
        read_table(folder / "counts.parquet", contracts.COUNTS),
    )


def _of_persons(study: Study) -> bool:
    return study.settings.source.registers is not None
