"""The released folder of a study: all that the report room ever sees."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pydantic import BaseModel

from kuntakokeilu.contracts import (
    AREA_EFFECTS_RELEASED,
    BALANCE_RELEASED,
    COMBINATIONS_RELEASED,
    COVERAGE_RELEASED,
    DIAGNOSTICS,
    ELIGIBILITY_RELEASED,
    FLOW_RELEASED,
    HETEROGENEITY_RELEASED,
    LEDGER_PARAMETERS,
    META_REGRESSION_RELEASED,
    OVERLAP_RELEASED,
    PROGRAMME_COSTS,
    RATIOS_RELEASED,
    RELEASED,
    SERVICE_MODELS,
    SURVEY_RESPONSE_RELEASED,
    TOTALS_RELEASED,
    Manifest,
    StudyDescription,
    conform,
    described,
)
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv
from kuntakokeilu.report.words.cautions import RESTS_ON, with_checks
from kuntakokeilu.report.words.kinds import Study

_UNIT_COLUMNS = ("unit", "name_fi", "name_sv", "name_en", "arm", "area", "cluster")
# Tables that only some studies release, by the name of their file.
OPTIONAL = {
    "flow": FLOW_RELEASED,
    "eligibility": ELIGIBILITY_RELEASED,
    "survey_response": SURVEY_RESPONSE_RELEASED,
    "ratios": RATIOS_RELEASED,
    "totals": TOTALS_RELEASED,
    "combinations": COMBINATIONS_RELEASED,
    "programme_costs": PROGRAMME_COSTS,
    "parameters": LEDGER_PARAMETERS,
    "area_effects": AREA_EFFECTS_RELEASED,
    "meta_regression": META_REGRESSION_RELEASED,
    "service_models": SERVICE_MODELS,
    "heterogeneity": HETEROGENEITY_RELEASED,
}


def _none_of(name: str) -> pd.DataFrame:
    """Make an optional table without rows."""
    return pd.DataFrame(columns=list(OPTIONAL[name].columns))


@dataclass(frozen=True)
class Release:
    """What left the restricted side of one study.

    Attributes
    ----------
    estimates : DataFrame
        Contract RELEASED. This and every table made of estimates also has the columns
        CHECK_COLUMNS of `cautions`.
    diagnostics : DataFrame
        Contract DIAGNOSTICS.
    units : DataFrame
        Public columns of UNITS: names, arm, area, cluster. All text.
    study : dict
        Content of study.json, with every key of `contracts.StudyDescription`.
    manifest : dict
        Content of manifest.json, with every key of `contracts.Manifest`.
    balance, overlap : DataFrame
        Contracts BALANCE_RELEASED and OVERLAP_RELEASED; without rows in a study without covariates.
    coverage : DataFrame
        Contract COVERAGE_RELEASED.
    flow, eligibility : DataFrame
        Contracts FLOW_RELEASED and ELIGIBILITY_RELEASED; without rows in a study without registers.
    survey_response : DataFrame
        Contract SURVEY_RESPONSE_RELEASED; without rows in a study without a survey.
    ratios, totals, combinations, programme_costs : DataFrame
        Contracts of `contracts.money`; without rows in a study that declares none.
    parameters : DataFrame
        Contract LEDGER_PARAMETERS; without rows in a study that counts no costs.
    area_effects, meta_regression, service_models, heterogeneity : DataFrame
        Contracts of `contracts.service_models`; without rows in a study that asks for none.
    """

    estimates: pd.DataFrame
    diagnostics: pd.DataFrame
    units: pd.DataFrame
    study: Study
    manifest: dict[str, Any]
    balance: pd.DataFrame
    overlap: pd.DataFrame
    coverage: pd.DataFrame
    flow: pd.DataFrame = field(default_factory=partial(_none_of, "flow"))
    eligibility: pd.DataFrame = field(default_factory=partial(_none_of, "eligibility"))
    survey_response: pd.DataFrame = field(default_factory=partial(_none_of, "survey_response"))
    ratios: pd.DataFrame = field(default_factory=partial(_none_of, "ratios"))
    totals: pd.DataFrame = field(default_factory=partial(_none_of, "totals"))
    combinations: pd.DataFrame = field(default_factory=partial(_none_of, "combinations"))
    programme_costs: pd.DataFrame = field(default_factory=partial(_none_of, "programme_costs"))
    parameters: pd.DataFrame = field(default_factory=partial(_none_of, "parameters"))
    area_effects: pd.DataFrame = field(default_factory=partial(_none_of, "area_effects"))
    meta_regression: pd.DataFrame = field(default_factory=partial(_none_of, "meta_regression"))
    service_models: pd.DataFrame = field(default_factory=partial(_none_of, "service_models"))
    heterogeneity: pd.DataFrame = field(default_factory=partial(_none_of, "heterogeneity"))

    def __post_init__(self) -> None:
        """Write on each row which checks the estimates behind it do not pass."""
        for name, behind in RESTS_ON.items():
            table = with_checks(getattr(self, name), behind, self.diagnostics)
            object.__setattr__(self, name, table)


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
    estimates = _typed(read_csv(folder / "estimates.csv", RELEASED.columns), RELEASED)
    unknown = sorted(set(estimates["outcome"]) - set(study["outcomes"]))
    if unknown:
        raise InputError(f"study.json: no outcome {unknown[0]}, which estimates.csv has")
    diagnostics = _typed(read_checks(folder / "diagnostics.csv"), DIAGNOSTICS)
    stray = sorted(set(diagnostics["estimand"]) - set(estimates["estimand"]))
    if stray:
        raise InputError(f"diagnostics.csv: no estimand {stray[0]} in estimates.csv")
    optional = {name: _read_optional(folder / f"{name}.csv", name) for name in OPTIONAL}
    for name, table in optional.items():
        if "outcome" in table and not set(table["outcome"]) <= set(study["outcomes"]):
            raise InputError(f"{name}.csv: an outcome that study.json does not have")
    return Release(
        estimates=estimates,
        diagnostics=diagnostics,
        units=read_csv(folder / "units.csv", _UNIT_COLUMNS),
        study=study,
        manifest=_read_json(folder / "manifest.json", Manifest),
        balance=_typed(read_rows(folder / "balance.csv", BALANCE_RELEASED), BALANCE_RELEASED),
        overlap=_typed(read_rows(folder / "overlap.csv", OVERLAP_RELEASED), OVERLAP_RELEASED),
        coverage=_coverage(read_rows(folder / "coverage.csv", COVERAGE_RELEASED), study),
        **optional,
    )


def _alike_decimals(study: Study) -> dict[str, Any]:
    """Show all outcomes of one unit with as many decimals: the most that any of them declares."""
    outcomes = study["outcomes"]
    most: dict[str, int] = {}
    for about in outcomes.values():
        most[about["unit"]] = max(most.get(about["unit"], 0), about["decimals"])
    alike = {name: {**about, "decimals": most[about["unit"]]} for name, about in outcomes.items()}
    return {**study, "outcomes": alike}


def read_checks(path: Path) -> pd.DataFrame:
    """Read diagnostics.csv as text; a study without checks has a header and nothing below."""
    return read_rows(path, DIAGNOSTICS)


def read_rows(path: Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Read a released table as text; it may have a header and nothing below."""
    try:
        return read_csv(path, schema.columns)
    except InputError:
        if not _is_header_only(path, schema):
            raise
        return pd.DataFrame(columns=list(schema.columns), dtype=str)


def _read_optional(path: Path, name: str) -> pd.DataFrame:
    """Read a table that only some studies release."""
    schema = OPTIONAL[name]
    return _typed(read_rows(path, schema), schema) if path.exists() else _none_of(name)


def _is_header_only(path: Path, schema: pa.DataFrameSchema) -> bool:
    try:
        return path.read_text(encoding="utf-8-sig").split() == [",".join(schema.columns)]
    except (OSError, UnicodeDecodeError):
        return False


def _coverage(text: pd.DataFrame, study: Study) -> pd.DataFrame:
    try:
        periods = pd.PeriodIndex(text["period"], freq=study["frequency"])
    except ValueError:
        raise InputError("coverage.csv: column period does not hold periods") from None
    return _typed(text.assign(period=periods), COVERAGE_RELEASED)


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
    return conform(frame, schema)


def _read_json(path: Path, model: type[BaseModel]) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.name}: no such file in {path.parent.as_posix()}") from None
    except ValueError:
        raise InputError(f"{path.name}: not valid JSON in UTF-8") from None
    return described(content, model, path.name)
