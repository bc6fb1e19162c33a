"""A row of estimands.csv becomes an estimand: defaults filled in, names and dates checked."""

from __future__ import annotations

from dataclasses import dataclass

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import check_form, check_order, period, weights_of
from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.study.comparisons import Comparison
from kuntakokeilu.study.estimands import Estimand, EstimandRow
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
from kuntakokeilu.study.models import ACROSS_ARMS, Settings
from kuntakokeilu.study.outcomes import Outcome


@dataclass(frozen=True)
class _Span:
    """The periods that a row compares, and the sample of its population."""

    first: str
    last: str
    start: str | None
    sample: str | None


def resolve(
    row: EstimandRow,
    settings: Settings,
    outcomes: dict[str, Outcome],
    groups: dict[str, list[str]],
    study: str,
    where: str,
) -> Estimand:
    """Fill in the defaults of a row of estimands.csv and check what it refers to.

    Raises
    ------
    InputError
        The first column that does not fit, behind `where`.
    """
    try:
        _check_names(row, settings, outcomes)
        check_population(row, settings)
        _check_method(row, settings)
        span = _span_of(row, settings)
        _check_main(row, settings)
        _check_forms(row, span, settings.frequency)
        _check_orders(row, span, settings)
        check_base(row, span.first, span.start, span.sample, settings.frequency)
        check_asked(row, outcomes[row.outcome].column, span.sample)
        _check_follow_up(row, span, settings)
        _check_bins(row, span, settings.frequency)
        _check_windows(row, span, settings)
        _check_base_year(row, span)
    except ValueError as error:
        raise InputError(f"{where}, column {error}") from None
    outcome = outcomes[row.outcome]
    return Estimand(
        **row.model_dump(
            exclude={"first_period", "last_period", "elapsed_last", "spillover_share", "weights"}
        ),
        weights=weights_of(row.weights, settings.units),
        spillover_share=(row.spillover_share or 0.0) if row.contrast else None,
        study=study,
        frequency=settings.frequency,
        sample=span.sample,
        elapsed_last=elapsed_last(row),
        first_period=span.first,
        last_period=span.last,
        unit=outcome.unit,
        domain=outcome.domain,
        comparison_rule=_spelt_out(settings.comparisons[row.comparison], row, settings, groups),
        windows=settings.windows,
        seed=settings.seed,
        permutations=settings.permutations,
        assignment=settings.assignment,
        applicants=sorted(groups.get(settings.assignment.applicants or "", [])),
    )


def _span_of(row: EstimandRow, settings: Settings) -> _Span:
    population = population_of(row, settings)
    return _Span(
        first=row.first_period or settings.first_period,
        last=row.last_period or default_last_period(row, settings),
        start=row.start or settings.start,
        sample=population.sample if population else None,
    )


def _check_names(row: EstimandRow, settings: Settings, outcomes: dict[str, Outcome]) -> None:
    """Stop at an outcome or comparison that the study does not have, or a name of another one."""
    if row.outcome not in outcomes:
        raise ValueError(
            f"outcome: {row.outcome} is not in outcomes.csv; there are {some(outcomes, 20)}"
        )
    prefix, _, specification = row.estimand.partition(".")
    if prefix != row.outcome:
        raise ValueError(
            f"estimand: expected {row.outcome}.{specification}, since the name begins with the "
            f"outcome; found {row.estimand}"
        )
    if row.role == "placebo" and not specification.startswith("placebo"):
        raise ValueError(
            f"estimand: the name of a placebo is {row.outcome}.placebo..., found {row.estimand}"
        )
    if outcomes[row.outcome].negative_control == "yes" and row.role == "main":
        raise ValueError(
            "role: a negative control is not what is evaluated; expected robustness, found main"
        )
    if row.comparison not in settings.comparisons:
        raise ValueError(
            f"comparison: {row.comparison} is not in study.yaml; "
            f"there are {some(settings.comparisons)}"
        )


def _check_method(row: EstimandRow, settings: Settings) -> None:
    """Stop at an estimator, effects or weights that this study cannot have."""
    if row.method.term == "window" and not settings.windows:
        raise ValueError(f"estimator: {row.estimator} needs windows in study.yaml")
    known = settings.source.geographies
    if row.effects_by_period and row.effects_by_period not in known:
        expected = f"expected {' or '.join(known)}" if known else "needs source.region"
        raise ValueError(f"effects_by_period: {expected}; found {row.effects_by_period}")
    plain = not row.method.unit_effects
    if plain and (row.effects_by_period or row.covariates or row.strata):
        raise ValueError(
            f"estimator: {row.estimator} compares four means and takes no effects_by_period, "
            "covariates or strata; it takes controls"
        )
    refused = [name for name in row.method.refuses if getattr(row, name)]
    if refused:
        raise ValueError(f"{refused[0]}: {row.estimator} takes none")
    _check_groups(row)
    unknown = [name for name in row.controls if name not in settings.source.known_controls]
    if unknown:
        raise ValueError(f"controls: {some(unknown)} is not in source.controls of study.yaml")
    _check_trends(row)
    problem = settings.source.weights_problem(row.weights)
    if problem is not None:
        raise ValueError(f"weights: {problem}")


def _check_groups(row: EstimandRow) -> None:
    """Stop at controls, or bins, that only effects of groups have, or cannot have."""
    groups = [name for name, estimator in ESTIMATORS.items() if estimator.controls]
    if row.control_group != "never_treated" and not row.method.controls:
        raise ValueError(f"control_group: not_yet_treated goes with {' or '.join(groups)}")
    usual = {"anticipation": 0, "adjustment": "doubly_robust", "compares": "changes"}
    asked = [name for name, value in usual.items() if getattr(row, name) != value]
    if asked and not row.method.adjusts:
        adjusting = [each for each, estimator in ESTIMATORS.items() if estimator.adjusts]
        raise ValueError(f"{asked[0]}: goes with {' or '.join(adjusting)}")
    if row.method.groups and row.periods_per_bin != 1:
        raise ValueError(
            f"periods_per_bin: {row.estimator} has an effect of each period; expected 1"
        )


def _check_trends(row: EstimandRow) -> None:
    """Stop at unit trends where the estimator leaves no room for them."""
    method = row.method
    room = method.unit_effects and not (method.changes or method.base or method.followed)
    if row.trends == "unit" and (not room or row.contrast or row.strata):
        series = ", whose effects before and after the start would hold any trend themselves"
        raise ValueError(
            "trends: unit goes with one effect of levels, or with windows (two_way_fixed_effects, "
            "window_effects), without contrast and strata; found "
            f"{row.estimator}{series if method.base and method.series else ''}"
        )


def _check_main(row: EstimandRow, settings: Settings) -> None:
    """Stop at a main row that is not about the whole trial."""
    if row.role != "main":
        return
    if row.start not in (None, settings.start):
        raise ValueError("start: a main row has the study's own start; expected another role")
    if row.leave_out_area is not None:
        raise ValueError("leave_out_area: a main row is about all areas; expected another role")


def _check_forms(row: EstimandRow, span: _Span, frequency: str) -> None:
    """Stop at a period that is missing or not written as those of the study."""
    if row.role == "placebo" and row.start is None:
        raise ValueError("start: missing; a placebo needs a start of its own")
    periods = {"first_period": span.first, "last_period": span.last, "start": span.start}
    names = ("skip_first", "skip_last", "base_last", "group")
    periods |= {name: getattr(row, name) for name in names}
    for name, text in periods.items():
        check_form(name, text, frequency)


def _check_orders(row: EstimandRow, span: _Span, settings: Settings) -> None:
    """Stop at periods that do not follow each other."""
    if row.skip_first is not None and row.skip_last is not None:
        check_order("skip_first", row.skip_first, "skip_last", row.skip_last)
    # a follow-up that no cohort completes is not identified, which is no fault of the row
    asked = row.last_period is not None or span.last == settings.last_period
    if asked:
        check_order("first_period", span.first, "last_period", span.last)
    if span.start is None:
        return
    if asked:
        # a stock of the month before the start is the first one in the trial
        reached = moved(span.last, 1) if span.sample == "stock" else span.last
        check_order("start", span.start, "last_period", reached)
    check_order("first_period", span.first, "start", span.start)


def _check_follow_up(row: EstimandRow, span: _Span, settings: Settings) -> None:
    """Stop at persons followed into the trial by a placebo, or beyond what the data hold."""
    followed = moved(span.last, elapsed_last(row) or 0)
    if row.role == "placebo" and settings.start and followed >= settings.start:
        through = "" if followed == span.last else f" followed until {followed}"
        raise ValueError(
            f"last_period: a placebo must end before the start {settings.start}, found "
            f"{span.last}{through}"
        )
    check_reach(settings.source, span.first, span.last, followed)


def _check_bins(row: EstimandRow, span: _Span, frequency: str) -> None:
    """Stop at bins of time that are longer than all of the time compared."""
    if row.elapsed_first is not None:  # bins of months since entry
        return
    compared = period(span.last, frequency).ordinal - period(span.first, frequency).ordinal + 1
    if row.periods_per_bin > max(compared, 1):
        raise ValueError(
            f"periods_per_bin: expected at most {compared}, the periods compared; found "
            f"{row.periods_per_bin}"
        )


def _check_windows(row: EstimandRow, span: _Span, settings: Settings) -> None:
    """Stop if a window has no period that the row compares."""
    for name, window in settings.windows.items() if row.method.term == "window" else ():
        if window.last < span.first or span.last < window.first:
            raise ValueError(
                f"estimator: window {name} ({window.first} to {window.last}) lies outside the "
                f"periods compared, {span.first} to {span.last}"
            )


def _check_base_year(row: EstimandRow, span: _Span) -> None:
    """Stop at values less those of a year that is not wholly before the start."""
    start = span.start
    if row.base_year is not None and start is not None and row.base_year >= int(start[:4]):
        raise ValueError(f"base_year: expected a year before {start}, found {row.base_year}")


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
        exclude_ring=rule.exclude_ring,
        control_units=sorted(controls | set(rule.control_units)),
        balance=rule.balance,
        overlap=rule.overlap,
        already_treated=rule.already_treated,
    )
