"""The two released files that are no tables: what study.json and manifest.json hold.

`study` writes what these models declare and `report` reads it. No field has a default: a key that
is missing, or that nobody declared, is an error and never a sentence that silently goes away.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from kuntakokeilu.errors import InputError

Model = TypeVar("Model", bound=BaseModel)


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Closed):
    """One text in the three languages."""

    fi: str
    sv: str
    en: str


class _Labelled(_Closed):
    label_fi: str
    label_sv: str
    label_en: str


class WindowDescription(_Closed):
    """A run of calendar periods, both ends included."""

    first: str
    last: str
    label: Label | None


class UnitWord(_Closed):
    """What one unit and several are called."""

    one: str
    many: str


class UnitWords(_Closed):
    """What one unit and several are called, in the three languages."""

    fi: UnitWord
    sv: UnitWord
    en: UnitWord


class FrozenWeight(_Closed):
    """The column of the weights persons_frozen, and the period they are of; none: a mean."""

    column: str
    period: str | None


class CoverageDescription(_Closed):
    """How much of the trial in law the study's list has; areas, municipalities, units today."""

    areas: int
    areas_total: int
    listed: int
    total: int
    units: int
    neither: int


class MergerDescription(_Closed):
    """A municipality that is part of another in the study's classification, the unit.

    `arm` is its own on the first day of treatment, `unit_arm` that of the municipality that lives
    on, `area` the trial area of the one that is in the trial; empty if none is.
    """

    code: str
    name: Label
    unit: str
    unit_name: Label
    date: str
    arm: Literal["trial", "control", "neither"]
    unit_arm: Literal["trial", "control", "neither"]
    area: str


class OutcomeDescription(_Labelled):
    """What readers are told of an outcome; `study.Outcome` says what each field means."""

    column: str | None
    unit: str
    domain: str
    better: Literal["higher", "lower", "neither"]
    decimals: int
    data: Literal["yes", "none"]
    price_year: int | None


class EstimandDescription(_Closed):
    """What readers are told of an estimand; `study.Estimand` says what each field means.

    `reference_bin` is the bin of an event study that is zero by definition; `stocks` are the months
    at whose ends its cohorts are taken, in a sample of stocks.
    """

    outcome: str
    population: str
    elapsed_first: int | None
    elapsed_last: int | None
    strata: str | None
    comparison: str
    design: str
    contrast: str | None
    spillover_share: float | None
    weights: str
    estimator: str
    effects_by_period: str | None
    covariates: list[str]
    controls: list[str]
    trends: Literal["none", "unit"]
    group: str | None
    control_group: Literal["never_treated", "not_yet_treated"]
    periods_per_bin: int
    start: str | None
    first_period: str
    last_period: str
    skip_first: str | None
    skip_last: str | None
    transform: str
    base_year: int | None
    base_last: str | None
    leave_out_area: str | None
    role: str
    sample: str | None
    headline: Literal["yes", "no"]
    reference_bin: int
    stocks: list[str]
    adjustment: Literal["doubly_robust", "weighting", "regression"]
    anticipation: int
    compares: Literal["changes", "cross_sections"]


class _MadeDescription(_Labelled):
    role: str
    unit: str


class RatioDescription(_MadeDescription):
    """One estimate over another, both by the name of their estimand."""

    numerator: str
    denominator: str


class TotalDescription(_MadeDescription):
    """An estimate made a total."""

    estimand: str
    quantity: str


class CombinationDescription(_MadeDescription):
    """One estimate less a multiple of another."""

    first: str
    second: str
    factor: float | str


class ExpectedDescription(_Closed):
    """What a study promises of one number of its twin; `study.Expected` says what each means."""

    estimand: str
    expected: Literal["found", "zero", "shifted", "caught"]
    beside: str | None
    check: str | None


class BesideDescription(_Closed):
    """An estimate that is told with an answer, and what it is."""

    estimand: str
    said: Label


class QuestionDescription(_Closed):
    """A question of the brief; `study.QuestionAsked` says what each field means."""

    domain: Literal["employment", "cost", "wellbeing", "other"]
    ask: Label | None
    said_as: Literal["count", "level"]
    measure: Label | None
    times: float
    decimals: int | None
    unit: Label | None
    total: str | None
    note: Label | None
    beside: BesideDescription | None


class BriefDescription(_Closed):
    """What the page of one sheet answers, in its order, and what this study cannot tell."""

    questions: list[QuestionDescription]
    limits: list[Label]


class AttributionDescription(_Labelled):
    """A source of the data: how it is named, its licence and address if they are known."""

    source: str
    licence: str | None
    url: str | None


class StudyDescription(_Closed):
    """Content of study.json: all that readers of the results must know of the study; no data.

    `unit_words` says what units that are no municipalities are called, if the study does; `counted`
    whether periods are a panel's own count; `treatment_ends` what is done with units whose
    treatment ends; `frozen_of` which column and period the weights persons_frozen are of.
    `areas` names the trial areas by their key; `coverage` is missing without a trial list, `start`
    where every unit has its own, a label where the study gives none; `frozen_weight` says what the
    weights persons_frozen count. `authors` and `contact` are what the study declares, if it
    does. `twin_scale` is the number of synthetic persons for each real one, `employed_above` the
    euros of a month above which one is employed, `definitions` say who belongs to a population.
    `fails_on` are the checks that decide the status of a number.
    `blinded` is whether the numbers are of a random deal of the treatment, until the checks of the
    design are recorded.
    `own_effects` is whether the study gives its twin effects of its own, `expected` what it
    promised of them before it was run.
    `brief` are the questions that the brief answers, declared before any result.
    """

    study: str
    units: Literal["municipality", "other"]
    unit_words: UnitWords | None
    frequency: Literal["M", "Q", "Y"]
    counted: bool
    start: str | None
    treatment_ends: Literal["stop", "ignored"]
    title: Label
    first_period: str
    last_period: str
    windows: dict[str, WindowDescription]
    permutations: int
    fails_on: list[str]
    coverage: CoverageDescription | None
    areas: dict[str, Label]
    mergers: list[MergerDescription]
    merged_across_arms: Literal["receiving", "left_out"]
    outcomes: dict[str, OutcomeDescription]
    estimands: dict[str, EstimandDescription]
    comparisons: dict[str, Label | None]
    populations: dict[str, Label | None]
    covariates: dict[str, Label]
    ratios: dict[str, RatioDescription]
    totals: dict[str, TotalDescription]
    combinations: dict[str, CombinationDescription]
    frozen_weight: Label | None
    frozen_of: FrozenWeight | None
    simulated: bool
    attribution: list[AttributionDescription]
    authors: list[str]
    contact: str | None
    twin_scale: float | None
    employed_above: float | None
    definitions: dict[str, Label]
    own_effects: bool
    blinded: bool
    expected: list[ExpectedDescription]
    brief: BriefDescription


class UnblindingDescription(_Closed):
    """When hidden effects were shown, and the record of the checks of the design, by its hash."""

    date: str
    checked: str
    sha256: str


class PlanDescription(_Closed):
    """When a plan was locked, first and last and how often, and the hash by which it is cited."""

    locked: str
    first_locked: str
    times: int
    plan_sha256: str
    unblinded: UnblindingDescription | None


class Manifest(_Closed):
    """Content of manifest.json: versions, day, hashes and seed, as `disclosure.provenance` says."""

    project_version: str
    commit: str | None
    date: str
    study_sha256: str
    inputs: dict[str, str]
    packages: dict[str, str]
    python: str
    seed: int
    plan: PlanDescription | None
    files: dict[str, str]


def described(content: Any, model: type[Model], file: str) -> dict[str, Any]:
    """Check the content of a file against its model.

    Parameters
    ----------
    content : any
        What the file holds, or should.
    model : type
        StudyDescription or Manifest.
    file : str
        Name of the file, for the message.

    Returns
    -------
    dict
        The content as plain data, every declared key there.

    Raises
    ------
    InputError
        A key is missing, undeclared or of the wrong type; the first one is named.
    """
    try:
        return model.model_validate(content).model_dump(mode="json")
    except ValidationError as error:
        faults = error.errors()
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InputError(f"{file}: {_say(faults[0])}{more}") from None


def _say(fault: Any) -> str:
    place = " > ".join(str(step) for step in fault["loc"])
    if fault["type"] == "missing":
        return f"key {place} is missing"
    if fault["type"] == "extra_forbidden":
        return f"unknown key {place}"
    what = fault["msg"].replace("Input should be", "expected")
    return f"key {place}: {what}" if place else "expected keys with values"
