"""Reading a study's folder and checking it, before any data are touched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.io import read_csv, read_yaml
from kuntakokeilu.study.models import (
    DisclosureProfile,
    Estimand,
    EstimandRow,
    Outcome,
    Settings,
    SimulatedSource,
    StatfinSource,
    UnitPanelSource,
    _check_form,
    _check_order,
)
from kuntakokeilu.study.municipalities import (
    MERGER_COLUMNS,
    MUNICIPALITY_COLUMNS,
    Classification,
)

AREA_COLUMNS = ("arm", "area", "code")

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Study:
    """A study that has passed every check that needs no data.

    Attributes
    ----------
    name : str
        Folder name under config/studies.
    settings : Settings
        study.yaml.
    outcomes : dict of str to Outcome
        outcomes.csv by name, only outcomes that an estimand uses.
    estimands : list of Estimand
        estimands.csv with defaults filled in.
    areas : DataFrame or None
        Trial areas: arm, area, code (as listed), unit (code in the study's classification).
    profile : DisclosureProfile
        The disclosure profile the study names.
    """

    name: str
    settings: Settings
    outcomes: dict[str, Outcome]
    estimands: list[Estimand]
    areas: pd.DataFrame | None
    profile: DisclosureProfile

    def estimands_of(self, outcome: str) -> list[Estimand]:
        """Return the estimands of one outcome, in the order of estimands.csv."""
        return [estimand for estimand in self.estimands if estimand.outcome == outcome]

    def coverage(self) -> dict[str, int] | None:
        """Count the listed municipalities against those in law; None without a trial list."""
        if self.areas is None or self.settings.trial is None:
            return None
        trial = self.areas[self.areas["arm"] == "trial"]
        return {
            "areas": int(trial["area"].nunique()),
            "listed": len(trial),
            "total": self.settings.trial.municipalities,
            "units": int(trial["unit"].nunique()),
        }

    def describe(self) -> dict[str, Any]:
        """Gather what readers of the results must know about the study; no data."""
        shown = {"unit", "domain", "better", "decimals", "label_fi", "label_sv", "label_en"}
        settings = self.settings
        basics = {"title", "first_period", "last_period", "start", "frequency", "units", "windows"}
        return {
            "study": self.name,
            **settings.model_dump(mode="json", include=basics),
            "coverage": self.coverage(),
            "outcomes": {
                name: outcome.model_dump(mode="json", include=shown)
                for name, outcome in self.outcomes.items()
            },
            "event_bins": {
                e.estimand: e.periods_per_bin
                for e in self.estimands
                if e.estimator == "event_study"
            },
            "simulated": isinstance(settings.source, SimulatedSource),
        }

    def fingerprint(self) -> str:
        """SHA-256 of everything the study says: settings, outcomes, estimands and areas."""
        parts = [self.settings, *self.outcomes.values(), *self.estimands, self.profile]
        text = "".join(part.model_dump_json() for part in parts)
        if self.areas is not None:
            text += self.areas.to_csv(index=False, lineterminator="\n")
        return hashlib.sha256(text.encode()).hexdigest()

    def span_of(self, outcome: str) -> tuple[str, str]:
        """Return the first and last period that any estimand of an outcome needs."""
        mine = self.estimands_of(outcome)
        return min(e.first_period for e in mine), max(e.last_period for e in mine)


def read_study(config: Path, name: str) -> Study:
    """Read and check the study `name` under `config`/studies.

    Raises
    ------
    InputError
        Anything is wrong; the message names file, row and column.
    """
    folder = Path(config) / "studies" / name
    if not (folder / "study.yaml").is_file():
        names = sorted(path.parent.name for path in folder.parent.glob("[a-z]*/study.yaml"))
        raise InputError(f"no study named {name}; there are {some(names, 20)}")
    where = f"config/studies/{name}"
    settings = _parse(Settings, read_yaml(folder / "study.yaml"), f"{where}/study.yaml")
    outcomes = _unique(
        _rows(folder / "outcomes.csv", Outcome, where), "outcome", f"{where}/outcomes.csv"
    )
    rows = _unique(
        _rows(folder / "estimands.csv", EstimandRow, where),
        "estimand",
        f"{where}/estimands.csv",
    )
    estimands = [
        _resolve(row, settings, outcomes, name, f"{where}/estimands.csv, row {number}")
        for number, row in enumerate(rows.values(), start=2)
    ]
    used = {estimand.outcome for estimand in estimands}
    outcomes = {key: outcome for key, outcome in outcomes.items() if key in used}
    _check_source(settings, outcomes, where)
    profiles = _rows(Path(config) / "disclosure_profiles.csv", DisclosureProfile, "config")
    profile = next((p for p in profiles if p.profile == settings.disclosure), None)
    if profile is None:
        raise InputError(
            f"{where}/study.yaml, disclosure: no profile {settings.disclosure} in "
            f"config/disclosure_profiles.csv; there are {some(p.profile for p in profiles)}"
        )
    areas = _read_areas(Path(config), folder, settings, where) if settings.areas else None
    return Study(name, settings, outcomes, estimands, areas, profile)


def read_classification(config: Path, year: int) -> Classification:
    """Read the shared tables of municipalities and mergers."""
    return Classification(
        year,
        read_csv(Path(config) / "municipalities.csv", MUNICIPALITY_COLUMNS),
        read_csv(Path(config) / "municipality_mergers.csv", MERGER_COLUMNS),
    )


def _rows(path: Path, model: type[Model], where: str) -> list[Model]:
    """Read a CSV table into one model per row; an empty field is an absent one."""
    frame = read_csv(path)
    unknown = [column for column in frame if column not in model.model_fields]
    if unknown:
        raise InputError(
            f"{where}/{path.name}: unknown column {some(unknown)}; "
            f"expected {some(model.model_fields, 20)}"
        )
    records = frame.to_dict("records")
    return [
        _parse(
            model,
            {key: value.strip() for key, value in record.items() if value.strip()},
            f"{where}/{path.name}, row {number}, column",
        )
        for number, record in enumerate(records, start=2)
    ]


def _parse(model: type[Model], content: dict[str, Any], where: str) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [_say(fault) for fault in error.errors()]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        separator = " " if where.endswith("column") else ", "
        raise InputError(f"{where}{separator}{faults[0]}{more}") from None


def _say(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"]) or "settings"
    if fault["type"] == "extra_forbidden":
        return f"{place}: unknown key"
    if fault["type"] == "missing":
        return f"{place}: missing"
    message = fault["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    shown = isinstance(fault.get("input"), str | int | float) and "found" not in message
    return f"{place}: {message}" + (f"; found {fault['input']!r}" if shown else "")


def _unique(rows: Iterable[Model], key: str, where: str) -> dict[str, Model]:
    found: dict[str, Model] = {}
    for number, row in enumerate(rows, start=2):
        name = getattr(row, key)
        if name in found:
            raise InputError(f"{where}, row {number}, column {key}: {name} stands there twice")
        found[name] = row
    return found


def _resolve(
    row: EstimandRow, settings: Settings, outcomes: dict[str, Outcome], study: str, where: str
) -> Estimand:
    if row.outcome not in outcomes:
        raise InputError(
            f"{where}, column outcome: {row.outcome} is not in outcomes.csv; "
            f"there are {some(outcomes, 20)}"
        )
    if row.comparison not in settings.comparisons:
        raise InputError(
            f"{where}, column comparison: {row.comparison} is not in study.yaml; "
            f"there are {some(settings.comparisons)}"
        )
    first = row.first_period or settings.first_period
    last = row.last_period or settings.last_period
    start = row.start or settings.start
    try:
        for name, text in (("first_period", first), ("last_period", last), ("start", start)):
            _check_form(name, text, settings.frequency)
        _check_order("first_period", first, "last_period", last)
        if start is not None:
            _check_order("start", start, "last_period", last)
            _check_order("first_period", first, "start", start)
    except ValueError as error:
        raise InputError(f"{where}, column {error}") from None
    _check_row(row, settings, where)
    outcome = outcomes[row.outcome]
    return Estimand(
        **row.model_dump(exclude={"first_period", "last_period"}),
        study=study,
        frequency=settings.frequency,
        first_period=first,
        last_period=last,
        unit=outcome.unit,
        domain=outcome.domain,
        comparison_rule=settings.comparisons[row.comparison],
        windows=settings.windows,
        seed=settings.seed,
        permutations=settings.permutations,
    )


def _check_row(row: EstimandRow, settings: Settings, where: str) -> None:
    if row.estimator == "window_effects" and not settings.windows:
        raise InputError(f"{where}, column estimator: window_effects needs windows in study.yaml")
    if row.effects_by_period and settings.units != "municipality":
        raise InputError(f"{where}, column effects_by_period: only municipalities have regions")
    if row.estimator == "two_by_two" and (row.effects_by_period or row.covariates):
        raise InputError(
            f"{where}, column estimator: two_by_two compares four means and takes no "
            "effects_by_period or covariates"
        )
    known = getattr(settings.source, "covariates", [])
    missing = [name for name in row.covariates if name not in known]
    if missing:
        raise InputError(
            f"{where}, column covariates: {some(missing)} is not a covariate of the source"
        )
    if row.weights == "persons_frozen" and isinstance(settings.source, StatfinSource):
        if settings.source.frozen_weight is None:
            raise InputError(
                f"{where}, column weights: persons_frozen needs source.frozen_weight in study.yaml"
            )


def _check_source(settings: Settings, outcomes: dict[str, Outcome], where: str) -> None:
    source = settings.source
    if isinstance(source, SimulatedSource):
        missing = [name for name in outcomes if name not in source.outcomes]
        if missing:
            raise InputError(f"{where}/study.yaml, source.outcomes: {some(missing)} is missing")
        return
    needed = ("file", "column") if isinstance(source, StatfinSource) else ("column",)
    for number, outcome in enumerate(outcomes.values(), start=2):
        for column in needed:
            if getattr(outcome, column) is None:
                raise InputError(f"{where}/outcomes.csv, row {number}, column {column}: missing")
    if isinstance(source, UnitPanelSource) and source.treated_when and settings.start is None:
        raise InputError(f"{where}/study.yaml, start: treated_when needs a start")


def _read_areas(config: Path, folder: Path, settings: Settings, where: str) -> pd.DataFrame:
    path = folder / str(settings.areas)
    file = f"{where}/{settings.areas}"
    areas = read_csv(path, AREA_COLUMNS)
    for number, row in enumerate(areas.itertuples(), start=2):
        if row.arm not in ("trial", "neither"):
            raise InputError(
                f"{file}, row {number}, column arm: expected trial or neither, found {row.arm!r}"
            )
        if row.arm == "trial" and not row.area:
            raise InputError(f"{file}, row {number}, column area: a trial municipality needs one")
        if not row.code:
            raise InputError(
                f"{file}, row {number}, column code: area {row.area} has no municipality there"
            )
    classification = read_classification(config, int(settings.classification or 0))
    areas["unit"] = classification.translate(areas["code"], f"{file}, column code")
    twice = areas.loc[areas["code"].duplicated(), "code"]
    if len(twice):
        raise InputError(f"{file}, column code: {some(twice)} stands there twice")
    split = areas.groupby("unit")[["arm", "area"]].nunique().gt(1).any(axis=1)
    if split.any():
        raise InputError(f"{file}: {some(split[split].index)} would belong to two areas or arms")
    _check_trial(areas[areas["arm"] == "trial"], settings, file)
    return areas[["arm", "area", "code", "unit"]]


def _check_trial(trial: pd.DataFrame, settings: Settings, file: str) -> None:
    if trial.empty:
        raise InputError(f"{file}: no row with arm = trial; an area needs municipalities")
    if settings.trial is None:
        return
    found, expected = trial["area"].nunique(), settings.trial.areas
    if found != expected:
        raise InputError(f"{file}, column area: {found} areas; study.yaml says {expected}")
    listed, total = len(trial), settings.trial.municipalities
    if listed > total:
        raise InputError(f"{file}: {listed} trial municipalities; study.yaml says {total}")
