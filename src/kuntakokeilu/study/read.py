"""Reading a study's folder and checking it, before any data are touched."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.io import read_csv, read_yaml
from kuntakokeilu.study.models import (
    PATTERN_WORDS,
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
        there = f"there are {some(names, 20)}" if names else "run this in the project's folder"
        raise InputError(f"no study named {name} in config/studies; {there}")
    where = f"config/studies/{name}"
    settings = _parse(Settings, read_yaml(folder / "study.yaml"), f"{where}/study.yaml")
    listed = _rows(folder / "outcomes.csv", Outcome, where)
    outcomes = _unique(listed, "outcome", f"{where}/outcomes.csv")
    rows = _rows(folder / "estimands.csv", EstimandRow, where)
    _unique(rows, "estimand", f"{where}/estimands.csv")
    estimands = [
        _resolve(row, settings, outcomes, name, f"{where}/estimands.csv, row {number}")
        for number, row in rows.items()
    ]
    used = {estimand.outcome for estimand in estimands}
    _check_source(settings, {n: row for n, row in listed.items() if row.outcome in used}, where)
    outcomes = {key: outcome for key, outcome in outcomes.items() if key in used}
    profiles = _unique(
        _rows(Path(config) / "disclosure_profiles.csv", DisclosureProfile, "config"),
        "profile",
        "config/disclosure_profiles.csv",
    )
    if settings.disclosure not in profiles:
        raise InputError(
            f"{where}/study.yaml, disclosure: no profile {settings.disclosure} in "
            f"config/disclosure_profiles.csv; there are {some(profiles)}"
        )
    areas = None
    if settings.classification is not None:
        classification = read_classification(Path(config), settings.classification)
        _check_comparisons(settings, classification, f"{where}/study.yaml")
        areas = _read_areas(folder, settings, classification, where)
    return Study(name, settings, outcomes, estimands, areas, profiles[settings.disclosure])


def read_classification(config: Path, year: int) -> Classification:
    """Read the shared tables of municipalities and mergers."""
    return Classification(
        year,
        read_csv(Path(config) / "municipalities.csv", MUNICIPALITY_COLUMNS),
        read_csv(Path(config) / "municipality_mergers.csv", MERGER_COLUMNS),
    )


def _rows(path: Path, model: type[Model], where: str) -> dict[int, Model]:
    """Read a CSV table into one model per row number; an empty field is an absent one."""
    needed = [name for name, field in model.model_fields.items() if field.is_required()]
    frame = read_csv(path, needed)
    unknown = [column or "without a name" for column in frame if column not in model.model_fields]
    if unknown:
        raise InputError(
            f"{where}/{path.name}: unknown column {some(unknown)}; "
            f"expected {some(model.model_fields, 20)}"
        )
    return {
        row + 2: _parse(
            model,
            {key: value.strip() for key, value in record.items() if value.strip()},
            f"{where}/{path.name}, row {row + 2}, column",
        )
        for row, record in frame.to_dict("index").items()
    }


def _parse(model: type[Model], content: dict[str, Any], where: str) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [_say(fault) for fault in error.errors()]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        separator = " " if where.endswith("column") else ", "
        raise InputError(f"{where}{separator}{faults[0]}{more}") from None


def _say(fault: Any) -> str:
    """Put one fault that pydantic found into the words of someone who edits a file."""
    kind, steps = fault["type"], [str(part) for part in fault["loc"]]
    if steps[:1] == ["source"] and len(steps) > 1:
        del steps[1]  # the reader, which pydantic puts there, is no key of the file
    place = ".".join(step for step in steps if step != "[key]")
    message = fault["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    found = fault.get("input")
    if kind == "extra_forbidden":
        return f"{place}: unknown key"
    if kind == "missing":
        return f"{place}: missing"
    if kind == "union_tag_not_found":
        return f"{place}.reader: missing; expected statfin_long, unit_panel or simulated"
    if kind == "union_tag_invalid":
        place, found = f"{place}.reader", fault["ctx"]["tag"]
        message = f"expected one of {fault['ctx']['expected_tags']}"
    elif kind == "string_pattern_mismatch":
        message = PATTERN_WORDS[fault["ctx"]["pattern"]]
    elif kind in ("model_type", "dict_type", "model_attributes_type"):
        message = "expected keys with values"
    if kind == "value_error" and not place:
        return message
    shown = isinstance(found, str | int | float) and "found" not in message
    return f"{place}: {message}" + (f"; found {found!r}" if shown else "")


def _unique(rows: dict[int, Model], key: str, where: str) -> dict[str, Model]:
    """Index rows by a name that may occur only once."""
    found: dict[str, Model] = {}
    for number, row in rows.items():
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
        if row.role == "placebo" and row.start and settings.start and last >= settings.start:
            raise ValueError(
                f"last_period: a placebo must end before the start {settings.start}, found {last}"
            )
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
    if row.population != "all":
        raise InputError(f"{where}, column population: the data have one population, all")
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
    _check_weights(row, settings, where)


def _check_weights(row: EstimandRow, settings: Settings, where: str) -> None:
    source = settings.source
    if row.weights == "persons_frozen":
        keys = {StatfinSource: "frozen_weight", UnitPanelSource: "weight"}
        key = keys.get(type(source))
        if key is not None and getattr(source, key) is None:
            raise InputError(
                f"{where}, column weights: persons_frozen needs source.{key} in study.yaml"
            )
    if row.weights == "persons_current" and isinstance(source, StatfinSource):
        raise InputError(
            f"{where}, column weights: statfin_long has no persons_current; "
            "expected municipality, area or persons_frozen"
        )


def _check_comparisons(settings: Settings, classification: Classification, where: str) -> None:
    members = classification.members()
    for name, rule in settings.comparisons.items():
        for key, column in (("exclude_regions", "region"), ("exclude_units", "code")):
            unknown = [code for code in getattr(rule, key) if code not in set(members[column])]
            if unknown:
                raise InputError(
                    f"{where}, comparisons.{name}.{key}: {some(unknown)} is no {column} of "
                    f"{classification.year} in config/municipalities.csv"
                )


def _check_source(settings: Settings, outcomes: dict[int, Outcome], where: str) -> None:
    source = settings.source
    if isinstance(source, SimulatedSource):
        names = [outcome.outcome for outcome in outcomes.values()]
        missing = [name for name in names if name not in source.outcomes]
        if missing:
            raise InputError(f"{where}/study.yaml, source.outcomes: {some(missing)} is missing")
        return
    needed = ("file", "column") if isinstance(source, StatfinSource) else ("column",)
    for number, outcome in outcomes.items():
        for column in needed:
            if getattr(outcome, column) is None:
                raise InputError(f"{where}/outcomes.csv, row {number}, column {column}: missing")


def _read_areas(
    folder: Path, settings: Settings, classification: Classification, where: str
) -> pd.DataFrame:
    path = folder / str(settings.areas)
    file = f"{where}/{settings.areas}"
    areas = read_csv(path, AREA_COLUMNS)
    for column in AREA_COLUMNS:
        areas[column] = areas[column].str.strip()
    for index, row in areas.iterrows():
        number = index + 2
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
    areas["unit"] = classification.translate(areas["code"], f"{file}, column code")
    twice = areas.loc[areas["code"].duplicated(), "code"]
    if len(twice):
        raise InputError(
            f"{file}, row {twice.index[0] + 2}, column code: {some(twice)} stands there twice"
        )
    parts = areas.groupby("unit")[["arm", "area"]].nunique().gt(1).any(axis=1)
    split = areas[areas["unit"].isin(parts[parts].index)]
    if len(split):
        raise InputError(
            f"{file}, row {split.index[-1] + 2}, column code: {some(split['code'])} belong to one "
            f"municipality in {classification.year}, which would be in two areas or arms"
        )
    _check_trial(areas[areas["arm"] == "trial"], settings, file)
    return areas[["arm", "area", "code", "unit"]]


def _check_trial(trial: pd.DataFrame, settings: Settings, file: str) -> None:
    if trial.empty:
        raise InputError(f"{file}, column arm: no row is trial; an area needs municipalities")
    if settings.trial is None:
        return
    found, expected = trial["area"].nunique(), settings.trial.areas
    if found != expected:
        raise InputError(f"{file}, column area: {found} areas; study.yaml says {expected}")
    listed, total = len(trial), settings.trial.municipalities
    if listed > total:
        raise InputError(
            f"{file}, column code: {listed} trial municipalities; study.yaml says {total}"
        )
