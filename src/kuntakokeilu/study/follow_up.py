"""Populations of registers in rows of estimands.csv: who is followed, how long, from what base.

Everything here raises ValueError with the name of the column first; `checks` adds the row.
"""

from __future__ import annotations

from kuntakokeilu.contracts import PERSON_MONTHS
from kuntakokeilu.errors import counted, some
from kuntakokeilu.facts.basics import check_order, period
from kuntakokeilu.study.estimands import Estimand, EstimandRow
from kuntakokeilu.study.models import Settings
from kuntakokeilu.study.register_source import RegisterSource
from kuntakokeilu.study.source import Population
from kuntakokeilu.study.sources import Source


def population_of(row: EstimandRow, settings: Settings) -> Population | None:
    """Return the population of a row; None if the source knows none, or not this one."""
    return settings.source.known_populations.get(row.population)


def elapsed_last(row: EstimandRow) -> int | None:
    """Return the last month since entry that is taken: by default the first."""
    return row.elapsed_first if row.elapsed_last is None else row.elapsed_last


def moved(text: str, months: int) -> str:
    """Move a month; with 0, any period stays as it is written."""
    return str(period(text, "M") + months) if months else text


def default_last_period(row: EstimandRow, settings: Settings) -> str:
    """Return the study's last period, or the last cohort that the panel can follow so long."""
    last, months, registers = settings.last_period, elapsed_last(row), settings.source.registers
    if months is None or registers is None:
        return last
    return min(last, moved(registers.panel.last_month, -months))


def check_population(row: EstimandRow, settings: Settings) -> None:
    """Stop at a population, months since entry or strata that the source does not have."""
    source = settings.source.registers
    if source is None:
        if row.population != "all":
            raise ValueError("population: the data have one population, all")
        for name in ("elapsed_first", "strata", "contrast"):
            if getattr(row, name) is not None:
                raise ValueError(f"{name}: goes with the reader registers")
    elif row.population not in source.populations:
        raise ValueError(
            f"population: {row.population} is not in source.populations of study.yaml; "
            f"there are {some(source.populations, 20)}"
        )
    else:
        _check_contrast(row, source)
        _check_elapsed(row, source)
        _check_strata(row, settings, source)
    if row.method.followed:
        _check_followed(row)


def _check_contrast(row: EstimandRow, source: RegisterSource) -> None:
    if row.contrast is None:
        return
    if row.contrast not in source.populations:
        raise ValueError(
            f"contrast: {row.contrast} is not in source.populations of study.yaml; "
            f"there are {some(source.populations, 20)}"
        )
    mine, theirs = (source.populations[name].sample for name in (row.population, row.contrast))
    if mine != theirs:
        raise ValueError(
            f"contrast: expected a sample of {mine} as {row.population} is; {row.contrast} is a "
            f"sample of {theirs}"
        )


def _check_elapsed(row: EstimandRow, source: RegisterSource) -> None:
    sample, panel = source.populations[row.population].sample, source.panel
    if sample in ("job_seekers", "survey"):
        if row.elapsed_first is not None:
            raise ValueError(
                f"elapsed_first: {row.population} is a sample of {sample}, which nobody "
                "enters; expected no months since entry"
            )
        return
    if row.elapsed_first is None:
        raise ValueError(
            f"elapsed_first: missing; {row.population} is a sample of {sample}, followed by months"
        )
    last = row.elapsed_first if row.elapsed_last is None else row.elapsed_last
    for name, months in (("elapsed_first", row.elapsed_first), ("elapsed_last", last)):
        if sample == "inflow" and months not in panel.horizons:
            raise ValueError(
                f"{name}: expected one of source.panel.horizons, "
                f"{some(map(str, panel.horizons), 20)}; found {months}"
            )
        if months > panel.follow_up:
            raise ValueError(
                f"{name}: expected at most source.panel.follow_up, {panel.follow_up}; "
                f"found {months}"
            )
    if sample == "stock" and row.method.base and row.periods_per_bin != 1:
        raise ValueError("periods_per_bin: stocks are months apart; expected 1")


def _check_strata(row: EstimandRow, settings: Settings, source: RegisterSource) -> None:
    if row.strata is None:
        return
    if row.strata not in source.stratifications:
        raise ValueError(
            f"strata: {row.strata} is not in source.stratifications of study.yaml; "
            f"there are {some(source.stratifications, 20) or 'none'}"
        )
    for name in filter(None, (row.population, row.contrast)):
        if row.strata not in source.populations[name].strata:
            raise ValueError(f"strata: {row.strata} is not in source.populations.{name}.strata")
    if row.weights == "persons_current" and settings.comparisons[row.comparison].balance:
        raise ValueError("strata: a balanced comparison cannot weigh them by persons_current")


def _check_followed(row: EstimandRow) -> None:
    if row.elapsed_first is None:
        raise ValueError(f"estimator: {row.estimator} needs a population with cohorts")
    last = row.elapsed_first if row.elapsed_last is None else row.elapsed_last
    months = last - row.elapsed_first + 1
    if months % row.periods_per_bin:
        raise ValueError(
            f"periods_per_bin: {counted(months, 'month')} since entry cannot be divided into "
            f"bins of {row.periods_per_bin}"
        )


def check_base(
    row: EstimandRow, first: str, start: str | None, sample: str | None, frequency: str
) -> None:
    """Stop at a base that is not before one common start, or that no bin stands for."""
    if row.base_last is None:
        cohorts = sample in ("stock", "inflow")  # these have a last bin, numbered back from there
        if row.method.base and row.skip_first and start and not cohorts:
            _check_last_bin(row, start, frequency)
        return
    if start is None:
        raise ValueError("base_last: needs one common start")
    if sample == "stock":
        raise ValueError("base_last: stocks are months apart; leave out those of no base by skip")
    check_order("first_period", first, "base_last", row.base_last)
    if row.base_last >= start:
        raise ValueError(f"base_last: expected a period before {start}, found {row.base_last}")


def _check_last_bin(row: EstimandRow, start: str, frequency: str) -> None:
    """Stop at periods left out that hold all of the last bin before the start."""
    first, *skipped = (
        period(str(text), frequency) for text in (start, row.skip_first, row.skip_last)
    )
    if skipped[0] <= first - row.periods_per_bin and first - 1 <= skipped[1]:
        raise ValueError(
            "base_last: missing; skip_first and skip_last leave out the last bin before the start"
        )


def check_asked(row: EstimandRow, column: str | None, sample: str | None) -> None:
    """Stop if an outcome that only a survey tells is asked of those who were not in it."""
    told = PERSON_MONTHS.get(column or "")
    if sample not in (None, "survey") and told is not None and told.sources == ("survey",):
        raise ValueError(
            f"population: {column} is known of a sample of survey only; {row.population} is a "
            f"sample of {sample}"
        )


def reference_bin(estimand: Estimand, start: str | None) -> int:
    """Return the bin of an event study that is zero by definition, as its spec says.

    Cohorts before the start are numbered back from the last whose follow-up ends before it.
    """
    if estimand.base_last is None or start is None:
        return -1 - estimand.anticipation
    base, first = (period(text, estimand.frequency) for text in (estimand.base_last, start))
    followed = (estimand.elapsed_last or 0) if estimand.sample == "inflow" else 0
    return (base.ordinal - first.ordinal + followed) // estimand.periods_per_bin


def check_reach(source: Source, first: str, last: str, followed: str) -> None:
    """Stop at a span that the person-months of registers do not cover."""
    if source.registers is None:
        return
    panel = source.registers.panel
    if first < panel.first_month:
        raise ValueError(
            f"first_period: expected no month before source.panel.first_month, "
            f"{panel.first_month}; found {first}"
        )
    if followed > panel.last_month:
        through = "" if followed == last else f" followed until {followed}"
        raise ValueError(
            f"last_period: expected no month after source.panel.last_month, {panel.last_month}; "
            f"found {last}{through}"
        )
