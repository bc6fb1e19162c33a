"""The released folder of a study: all that the report room ever sees."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pydantic import BaseModel

from kuntakokeilu.contracts import (
    RELEASED_TABLES,
    Manifest,
    ReleasedTable,
    ReleasedTables,
    StudyDescription,
    conform,
    described,
)
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv
from kuntakokeilu.report.words.cautions import not_passed_by, with_checks
from kuntakokeilu.report.words.kinds import Study


@dataclass(frozen=True, kw_only=True)
class Release(ReleasedTables):
    """What left the restricted side of one study.

    Its tables, each an attribute of its name, follow the contracts of `RELEASED_TABLES`; every
    table made of estimates also has the columns CHECK_COLUMNS of `cautions`, the estimates
    the p-value that words follow.

    Attributes
    ----------
    study : dict
        Content of study.json, with every key of `contracts.StudyDescription`.
    manifest : dict
        Content of manifest.json, with every key of `contracts.Manifest`.
    """

    study: Study
    manifest: dict[str, Any]

    def __post_init__(self) -> None:
        """Write on each row which checks the estimates behind it do not pass."""
        names = not_passed_by(self.diagnostics)
        for name, table in RELEASED_TABLES.items():
            if table.rests_on:
                checked = with_checks(getattr(self, name), table.rests_on, names)
                object.__setattr__(self, name, checked)
        estimates = with_adjusted(self.estimates, self.multiplicity)
        object.__setattr__(self, "estimates", estimates)


def with_adjusted(estimates: pd.DataFrame, multiplicity: pd.DataFrame) -> pd.DataFrame:
    """Write on each row the p-value that words and stars follow, `adjusted_p_value`.

    Of a main effect that is read with others of its domain it is the one adjusted for them
    (`westfall_young`), of any other number its own.
    """
    several = multiplicity["numbers"].eq("main") & multiplicity["n_family"].gt(1)
    family = multiplicity[several].set_index("estimand")["westfall_young"].astype(float)
    adjusted = estimates["estimand"].map(family).where(estimates["leading"])
    own = estimates["p_value"].astype(float)
    adjusted = adjusted.where(estimates["term"].eq("att")).fillna(own)
    return estimates.assign(adjusted_p_value=adjusted)


def read_release(folder: Path | str) -> Release:
    """Read and check the release folder of one study.

    Parameters
    ----------
    folder : path-like
        `results/<study>/release`.

    Returns
    -------
    Release
        Typed tables; codes are text, suppressed numbers are missing.

    Raises
    ------
    InputError
        A file is missing or does not follow its contract; one key too few or too many in
        study.json is named.
    """
    folder = Path(folder)
    study = _alike_decimals(_read_json(folder / "study.json", StudyDescription))
    known = RELEASED_TABLES["estimates"].contract
    estimates = _typed(read_csv(folder / "estimates.csv", known.columns), known)
    unknown = sorted(set(estimates["outcome"]) - set(study["outcomes"]))
    if unknown:
        raise InputError(f"study.json: no outcome {unknown[0]}, which estimates.csv has")
    tables = {
        name: _read(folder / f"{name}.csv", table, study)
        for name, table in RELEASED_TABLES.items()
        if name not in ("estimates", "units")
    }
    stray = sorted(set(tables["diagnostics"]["estimand"]) - set(estimates["estimand"]))
    if stray:
        raise InputError(f"diagnostics.csv: no estimand {stray[0]} in estimates.csv")
    return Release(
        estimates=estimates,
        units=read_csv(folder / "units.csv", RELEASED_TABLES["units"].contract.columns),
        study=study,
        manifest=_read_json(folder / "manifest.json", Manifest),
        **tables,
    )


def _alike_decimals(study: Study) -> dict[str, Any]:
    """Show all outcomes of one unit with as many decimals: the most that any of them declares."""
    outcomes = study["outcomes"]
    most: dict[str, int] = {}
    for about in outcomes.values():
        most[about["unit"]] = max(most.get(about["unit"], 0), about["decimals"])
    alike = {name: {**about, "decimals": most[about["unit"]]} for name, about in outcomes.items()}
    return {**study, "outcomes": alike}


def read_rows(path: Path, columns: Collection[str]) -> pd.DataFrame:
    """Read a released table as text; it may have a header and nothing below."""
    try:
        return read_csv(path, columns)
    except InputError:
        if not _is_header_only(path, columns):
            raise
        return pd.DataFrame(columns=list(columns), dtype=str)


def _read(path: Path, table: ReleasedTable, study: Study) -> pd.DataFrame:
    """Read a released table that may have no rows, or that a study may not have."""
    if not table.everywhere and not path.exists():
        return table.empty()
    text = read_rows(path, table.contract.columns)
    if "outcome" in text and not set(text["outcome"]) <= set(study["outcomes"]):
        raise InputError(f"{path.name}: an outcome that study.json does not have")
    if table.name == "coverage":
        text = _with_periods(text, study)
    return _typed(text, table.contract)


def _is_header_only(path: Path, columns: Collection[str]) -> bool:
    try:
        header, *rows = path.read_text(encoding="utf-8-sig").split()
    except (OSError, UnicodeDecodeError, ValueError):
        return False
    return not rows and set(columns) <= set(header.split(","))


def _with_periods(text: pd.DataFrame, study: Study) -> pd.DataFrame:
    try:
        return text.assign(period=pd.PeriodIndex(text["period"], freq=study["frequency"]))
    except ValueError:
        raise InputError("coverage.csv: column period does not hold periods") from None


def _typed(text: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Turn the text of a CSV file into the types of its contract."""
    frame = text[list(schema.columns)].copy()
    for name, column in schema.columns.items():
        if str(column.dtype) in ("bool", "boolean"):
            blank = frame[name].eq("") & column.nullable
            if not (frame[name].isin(["True", "False"]) | blank).all():
                raise InputError(f"{schema.name}: column {name}: expected True or False")
            frame[name] = frame[name].eq("True").astype("boolean").mask(blank)
        elif str(column.dtype) in ("float64", "Int64"):
            try:
                frame[name] = pd.to_numeric(frame[name].replace("", None))
            except (TypeError, ValueError):
                fault = f"{schema.name}: column {name} holds text; expected numbers"
                raise InputError(fault) from None
        elif column.nullable:
            frame[name] = frame[name].replace("", None)
    return _plain_text(conform(frame, schema))


def _plain_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Hold text as objects: pages choose a few rows many times, which columns of one block bear."""
    text = [name for name, kind in frame.dtypes.items() if kind == "str"]
    return frame.astype(dict.fromkeys(text, object)).copy()


def _read_json(path: Path, model: type[BaseModel]) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.name}: no such file in {path.parent.as_posix()}") from None
    except ValueError:
        raise InputError(f"{path.name}: not valid JSON in UTF-8") from None
    return described(content, model, path.name)
