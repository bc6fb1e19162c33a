"""What must hold between the files of a study: names that refer, and dates that follow."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import check_form, check_order, period
from kuntakokeilu.facts.municipalities import Classification, hint
from kuntakokeilu.study.follow_up import (
    check_asked,
    check_base,
    check_population,
    check_reach,
    default_last_period,
    elapsed_last,
    moved,
    population_of,
)
from kuntakokeilu.study.models import (
    ACROSS_ARMS,
    Comparison,
    Estimand,
    EstimandRow,
    Settings,
)
from kuntakokeilu.study.outcomes import Outcome


def resolve(
    row: EstimandRow,
    settings: Settings,
    outcomes: dict[str, Outcome],
    groups: dict[str, list[str]],
    study: str,
    where: str,
) -> Estimand:
    """Fill in the defaults of a row of estimands.csv and check what it refers to."""
    if row.outcome not in outcomes:
        raise InputError(
            f"{where}, column outcome: {row.outcome} is not in outcomes.csv; "
            f"there are {some(outcomes, 20)}"
        )
    prefix, _, specification = row.estimand.partition(".")
    if prefix != row.outcome:
        raise InputError(
            f"{where}, column estimand: expected {row.outcome}.{specification}, since the name "
            f"begins with the outcome; found {row.estimand}"
        )
    if row.role == "placebo" and not specification.startswith("placebo"):
        raise InputError(
            f"{where}, column estimand: the name of a placebo is {row.outcome}.placebo..., "
            f"found {row.estimand}"
        )
    if row.comparison not in settings.comparisons:
        raise InputError(
            f"{where}, column comparison: {row.comparison} is not in study.yaml; "
            f"there are {some(settings.comparisons)}"
        )
    _check_row(row, settings, where)
    first = row.first_period or settings.first_period
    last = row.last_period or default_last_period(row, settings)
    start = row.start or settings.start
    if row.role == "main" and row.start not in (None, settings.start):
        raise InputError(
            f"{where}, column start: a main row has the study's own start; expected another role"
        )
    if row.role == "main" and row.leave_out_area is not None:
        raise InputError(
            f"{where}, column leave_out_area: a main row is about all areas; expected another role"
        )
    population = population_of(row, settings)
    sample = population.sample if population else None
    try:
        if row.role == "placebo" and row.start is None:
            raise ValueError("start: missing; a placebo needs a start of its own")
        for name, text in (("first_period", first), ("last_period", last), ("start", start)):
            check_form(name, text, settings.frequency)
        for name in ("skip_first", "skip_last", "base_last"):
            check_form(name, getattr(row, name), settings.frequency)
        if row.skip_first is not None and row.skip_last is not None:
            check_order("skip_first", row.skip_first, "skip_last", row.skip_last)
        # a follow-up that no cohort completes is not identified, which is no fault of the row
        asked = row.last_period is not None or last == settings.last_period
        if asked:
            check_order("first_period", first, "last_period", last)
        if start is not None:
            # a stock of the month before the start is the first one in the trial
            reached = moved(last, 1) if sample == "stock" else last
            if asked:
                check_order("start", start, "last_period", reached)
            check_order("first_period", first, "start", start)
        check_base(row, first, start, sample, settings.frequency)
        check_asked(row, outcomes[row.outcome].column, sample)
        followed = moved(last, elapsed_last(row) or 0)
        if row.role == "placebo" and settings.start and followed >= settings.start:
            through = "" if followed == last else f" followed until {followed}"
            raise ValueError(
                f"last_period: a placebo must end before the start {settings.start}, found "
                f"{last}{through}"
            )
        check_reach(settings.source, first, last, followed)
        _check_bins(row, first, last, settings.frequency)
        _check_windows(row, first, last, settings)
        if row.base_year is not None and start is not None and row.base_year >= int(start[:4]):
            raise ValueError(f"base_year: expected a year before {start}, found {row.base_year}")
    except ValueError as error:
        raise InputError(f"{where}, column {error}") from None
    outcome = outcomes[row.outcome]
    return Estimand(
        **row.model_dump(
            exclude={"first_period", "last_period", "elapsed_last", "spillover_share"}
        ),
        spillover_share=(row.spillover_share or 0.0) if row.contrast else None,
        study=study,
        frequency=settings.frequency,
        sample=sample,
        elapsed_last=elapsed_last(row),
        first_period=first,
        last_period=last,
        unit=outcome.unit,
        domain=outcome.domain,
        comparison_rule=_spelt_out(settings.comparisons[row.comparison], row, settings, groups),
        windows=settings.windows,
        seed=settings.seed,
        permutations=settings.permutations,
    )


def with_headlines(estimands: list[Estimand], where: str) -> list[Estimand]:
    """Check that one row with role main leads each domain; an only one leads unasked.

    Where nothing is main, published benchmarks lead.
    """
    chosen = set()
    for domain in dict.fromkeys(estimand.domain for estimand in estimands):
        mine = [estimand for estimand in estimands if estimand.domain == domain]
        role = "main" if any(e.role == "main" for e in mine) else "benchmark"
        leading = [e.estimand for e in mine if e.role == role]
        said = [e.estimand for e in mine if e.headline == "yes"]
        wrong = [name for name in said if name not in leading]
        if wrong:
            raise InputError(
                f"{where}, column headline: expected yes on a row with role main, found "
                f"{some(wrong)}"
            )
        lead = said or (leading if len(leading) == 1 else [])
        if len(lead) != 1:
            raise InputError(
                f"{where}, column headline: expected yes on one row with role main in the domain "
                f"{domain}, found {some(lead) if lead else 'none'}"
            )
        chosen.update(lead)
    return [
        e.model_copy(update={"headline": "yes" if e.estimand in chosen else "no"})
        for e in estimands
    ]


def _check_bins(row: EstimandRow, first: str, last: str, frequency: str) -> None:
    """Stop at bins of time that are longer than all of the time compared."""
    if row.elapsed_first is not None:  # bins of months since entry
        return
    compared = period(last, frequency).ordinal - period(first, frequency).ordinal + 1
    if row.periods_per_bin > max(compared, 1):
        raise ValueError(
            f"periods_per_bin: expected at most {compared}, the periods compared; found "
            f"{row.periods_per_bin}"
        )


def _check_windows(row: EstimandRow, first: str, last: str, settings: Settings) -> None:
    """Stop if a window has no period that the row compares."""
    for name, window in settings.windows.items() if row.method.term == "window" else ():
        if window.last < first or last < window.first:
            raise ValueError(
                f"estimator: window {name} ({window.first} to {window.last}) lies outside the "
                f"periods compared, {first} to {last}"
            )


def check_distinct(estimands: Mapping[int, Estimand], where: str) -> None:
    """Stop at a row that asks for the same number as another, under another name."""
    seen: dict[str, str] = {}
    for number, estimand in estimands.items():
        asked = estimand.model_dump_json(exclude={"estimand", "role", "headline", "variances"})
        if asked in seen:
            raise InputError(
                f"{where}, row {number}: {estimand.estimand} asks for the same number as "
                f"{seen[asked]}"
            )
        seen[asked] = estimand.estimand


def _spelt_out(
    rule: Comparison, row: EstimandRow, settings: Settings, groups: dict[str, list[str]]
) -> Comparison:
    """Put in the units of groups, so that a changed member is a changed spec.

    The names of groups left out stay: the check `neighbours_differ` looks for one.
    """
    out = {unit for group in rule.exclude_groups for unit in groups[group]}
    if settings.merged_across_arms == "left_out":
        out |= set(groups.get(ACROSS_ARMS, ()))
    controls = {unit for group in rule.control_groups for unit in groups[group]}
    areas = [*rule.exclude_areas, *([row.leave_out_area] if row.leave_out_area else [])]
    return Comparison(
        exclude_regions=rule.exclude_regions,
        exclude_units=sorted(out | set(rule.exclude_units)),
        exclude_areas=areas,
        exclude_groups=rule.exclude_groups,
        control_units=sorted(controls | set(rule.control_units)),
        balance=rule.balance,
        already_treated=rule.already_treated,
    )


def _check_row(row: EstimandRow, settings: Settings, where: str) -> None:
    try:
        check_population(row, settings)
    except ValueError as error:
        raise InputError(f"{where}, column {error}") from None
    if row.method.term == "window" and not settings.windows:
        raise InputError(f"{where}, column estimator: {row.estimator} needs windows in study.yaml")
    if row.effects_by_period and settings.units != "municipality":
        raise InputError(f"{where}, column effects_by_period: only municipalities have regions")
    plain = not row.method.unit_effects
    if plain and (row.effects_by_period or row.covariates or row.strata):
        raise InputError(
            f"{where}, column estimator: {row.estimator} compares four means and takes no "
            "effects_by_period, covariates or strata"
        )
    problem = settings.source.weights_problem(row.weights)
    if problem is not None:
        raise InputError(f"{where}, column weights: {problem}")


def check_comparisons(
    settings: Settings, classification: Classification, areas: set[str], where: str
) -> None:
    """Stop if a comparison names a region, unit or area that there is not."""
    members = classification.members()
    codes = f"of {classification.year} in config/municipalities.csv"
    known = {
        "exclude_regions": ("region " + codes, set(members["region"])),
        "exclude_units": ("code " + codes, set(members["code"])),
        "control_units": ("code " + codes, set(members["code"])),
        "exclude_areas": (f"area of {settings.areas}", areas),
    }
    for name, rule in settings.comparisons.items():
        for key, (what, values) in known.items():
            unknown = [code for code in getattr(rule, key) if code not in values]
            if unknown:
                lost = f"; {hint(unknown[0], values)}" if unknown[0].zfill(3) in values else ""
                raise InputError(
                    f"{where}, comparisons.{name}.{key}: {some(unknown)} is no {what}{lost}"
                )


def check_groups(settings: Settings, groups: dict[str, list[str]], where: str) -> None:
    """Stop if a comparison names a group that the study does not have."""
    for name, rule in settings.comparisons.items():
        for key in ("exclude_groups", "control_groups"):
            unknown = [group for group in getattr(rule, key) if group not in groups]
            if unknown:
                there = f"there are {some(groups)}" if groups else "the study names no groups"
                raise InputError(f"{where}, comparisons.{name}.{key}: {some(unknown)}; {there}")


def check_left_out(rows: dict[int, EstimandRow], areas: pd.DataFrame | None, where: str) -> None:
    """Stop if an estimand leaves out an area that is not listed; units of a file are read later."""
    if areas is None:
        return
    known = set(areas["area"])
    for number, row in rows.items():
        if row.leave_out_area is not None and row.leave_out_area not in known:
            raise InputError(
                f"{where}, row {number}, column leave_out_area: no area {row.leave_out_area}"
            )
