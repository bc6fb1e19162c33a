"""What is known of municipalities before the start: reading the list, and who may use it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.rows import read_rows, unique
from kuntakokeilu.study.comparisons import Overlap
from kuntakokeilu.study.covariate_rows import Covariate
from kuntakokeilu.study.estimands import EstimandRow
from kuntakokeilu.study.models import Settings


def read_covariates(folder: Path, settings: Settings, where: str) -> dict[str, Covariate]:
    """Read the study's covariates by name; none if the study names no file of them.

    Raises
    ------
    InputError
        A fault in a row, a name that stands there twice, or a year that is not before the start.
    """
    if settings.covariates is None:
        return {}
    file = f"{where}/{settings.covariates}"
    rows = read_rows(folder / settings.covariates, Covariate, where)
    start = _year(settings.start)
    for number, row in rows.items():
        if row.last_year >= start:
            raise InputError(
                f"{file}, row {number}, column last_year: expected a year before the start "
                f"{settings.start}, found {row.last_year}"
            )
        if row.outcome is not None:
            _check_cells(row, settings, f"{file}, row {number}")
    return unique(rows, "covariate", file)


def _check_cells(row: Covariate, settings: Settings, where: str) -> None:
    """Stop if a covariate is an outcome of a population that is not there or has cohorts."""
    populations = settings.source.known_populations
    known = [name for name, one in populations.items() if one.sample == "job_seekers"]
    if row.population not in known:
        raise InputError(
            f"{where}, column population: expected a population of the sample job_seekers "
            f"({some(known) if known else 'the study has none'}), found {row.population}"
        )


def check_outcomes(
    covariates: Mapping[str, Covariate], outcomes: Iterable[str], where: str
) -> None:
    """Stop if a covariate is an outcome that no estimand uses: it has no cells."""
    for row in covariates.values():
        if row.outcome is not None and row.outcome not in outcomes:
            raise InputError(
                f"{where}, covariate {row.covariate}, column outcome: no estimand uses "
                f"{row.outcome}, so it has no cells"
            )


def check_balance(settings: Settings, covariates: Mapping[str, Covariate], where: str) -> None:
    """Stop if a comparison is balanced on covariates that the study does not have."""
    for name, rule in settings.comparisons.items():
        if rule.balance is None:
            continue
        place = f"{where}, comparisons.{name}.balance"
        known = [*covariates, *settings.source.known_covariates]
        unknown = [one for one in rule.balance.covariates if one not in known]
        if unknown:
            there = f"there are {some(known, 20)}" if known else "the study has none"
            raise InputError(f"{place}.covariates: {some(unknown)} is no covariate; {there}")
        if len(set(rule.balance.covariates)) < len(rule.balance.covariates):
            raise InputError(f"{place}.covariates: a name stands there twice")


def overlap_rule(settings: Settings) -> tuple[str, Overlap] | None:
    """Give the rule by which a study tells which trial units have a comparable control.

    With the name of the comparison that declares it; None in a study without one.
    """
    rules = ((name, rule.overlap) for name, rule in settings.comparisons.items())
    return next(((name, rule) for name, rule in rules if rule is not None), None)


def check_overlap(settings: Settings, covariates: Mapping[str, Covariate], where: str) -> None:
    """Stop at two rules of overlap, or at one in covariates that the study does not have."""
    one = overlap_rule(settings)
    rules = {name: rule.overlap for name, rule in settings.comparisons.items() if rule.overlap}
    other = [name for name, rule in rules.items() if one is not None and rule != one[1]]
    if other:
        raise InputError(
            f"{where}, comparisons.{other[0]}.overlap: differs from that of another comparison; "
            "expected one rule of which trial units have a comparable control"
        )
    known = {*covariates, *settings.source.known_covariates}
    for name, rule in settings.comparisons.items():
        unknown = sorted(set(rule.overlap.covariates) - known) if rule.overlap else []
        if unknown:
            raise InputError(
                f"{where}, comparisons.{name}.overlap.covariates: {some(unknown)} is no covariate; "
                f"{f'there are {some(sorted(known), 20)}' if known else 'the study has none'}"
            )


def check_use(
    row: EstimandRow, settings: Settings, covariates: Mapping[str, Covariate], where: str
) -> None:
    """Stop if an estimand uses covariates that it cannot use."""
    known = [*settings.source.known_covariates, *covariates]
    missing = [name for name in row.covariates if name not in known]
    if missing:
        raise InputError(
            f"{where}, column covariates: {some(missing)} is not a covariate of the study"
        )
    balance = settings.comparisons[row.comparison].balance
    if balance is not None and row.weights == "persons_current":
        raise InputError(
            f"{where}, column weights: comparison {row.comparison} is balanced before the start, "
            "and weights that move afterwards would undo it; expected another weight"
        )
    used = [*row.covariates, *(balance.covariates if balance else [])]
    late = [n for n in used if n in covariates and covariates[n].last_year >= _year(row.start)]
    if row.start is not None and late:
        raise InputError(
            f"{where}, column start: covariate {some(late)} is not known before {row.start}; see "
            f"last_year in {settings.covariates}"
        )


def _year(period: str | None) -> int:
    return int(str(period)[:4]) if period else 9999
