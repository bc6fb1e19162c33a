"""Reading what a study makes of its estimates, and the prices of its euros, with every check.

The files ratios.csv, totals.csv and combinations.csv of a study are optional.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from kuntakokeilu.contracts import PERSON_MONTHS
from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.rows import read_rows, unique
from kuntakokeilu.facts.units import EUROS, MONTHS, SHARE, Unit
from kuntakokeilu.study.estimands import Estimand, EstimandRow
from kuntakokeilu.study.models import Settings
from kuntakokeilu.study.money import (
    Combination,
    CombinationRow,
    Money,
    PriceIndexRow,
    ProgrammeCost,
    Ratio,
    RatioRow,
    Total,
    TotalRow,
)
from kuntakokeilu.study.outcomes import Outcome

PRICE_INDEX_FILE = "price_index.csv"
PROGRAMME_COSTS_FILE = "programme_costs.csv"
_PERSON_WEIGHTS = ("persons_frozen", "persons_current")
# What two estimates of one ratio or combination may differ in.
_OWN = {"estimand", "outcome", "role", "headline"}
Row = TypeVar("Row", bound=BaseModel)


def read_price_index(path: Path) -> dict[int, float]:
    """Read config/price_index.csv: the index by year."""
    rows = read_rows(Path(path), PriceIndexRow, "config")
    by_year = unique(rows, "year", f"config/{Path(path).name}")
    return {int(year): row.index for year, row in by_year.items()}


def check_prices(
    config: Path, settings: Settings, outcomes: Mapping[int, Outcome], where: str
) -> None:
    """Stop if an outcome asks for prices of a year that cannot be had, naming its row."""
    real = {number: row for number, row in outcomes.items() if row.price_year is not None}
    index = read_price_index(Path(config) / PRICE_INDEX_FILE) if real else {}
    registers = settings.source.registers
    for number, row in real.items():
        at = f"{where}/outcomes.csv, row {number}, column price_year"
        column = PERSON_MONTHS.get(str(row.column))
        if registers is None:
            raise InputError(f"{at}: goes with the reader registers")
        if column is None or column.kind != "euros":
            raise InputError(f"{at}: {row.column} is not in euros")
        if column.since_entry:
            raise InputError(f"{at}: {row.column} adds up months of several years")
        panel = registers.panel
        years = range(int(panel.first_month[:4]), int(panel.last_month[:4]) + 1)
        lacking = sorted({*years, row.price_year} - set(index))
        if lacking:
            raise InputError(
                f"{at}: config/{PRICE_INDEX_FILE} has no year {some(lacking)}; expected the price "
                f"year and all years of source.panel, found {min(index)} to {max(index)}"
            )


def read_money(
    config: Path,
    folder: Path,
    settings: Settings,
    outcomes: Mapping[str, Outcome],
    estimands: Iterable[Estimand],
) -> Money:
    """Read and check the optional files of a study that make numbers of its estimates.

    Raises
    ------
    InputError
        A row names an estimand that there is not, or estimates that do not go together; the
        message names file, row and column.
    """
    by_name = {estimand.estimand: estimand for estimand in estimands}
    where = f"config/studies/{folder.name}"
    ratios = {
        at: _ratio(row, by_name, outcomes, at)
        for at, row in _rows(folder / "ratios.csv", RatioRow, "ratio", where).items()
    }
    rows = _rows(folder / "combinations.csv", CombinationRow, "combination", where)
    combinations = {at: _combination(row, by_name, outcomes, at) for at, row in rows.items()}
    listed = _rows(folder / "totals.csv", TotalRow, "total", where)
    costs: dict[int, ProgrammeCost] = {}
    if any(row.quantity != "per_person" for row in listed.values()):
        costs = read_rows(config / PROGRAMME_COSTS_FILE, ProgrammeCost, "config")
        unique(costs, "line", f"config/{PROGRAMME_COSTS_FILE}")
    totals = {at: _total(row, by_name, outcomes, settings, costs, at) for at, row in listed.items()}
    return Money(
        ratios={row.ratio: row for row in ratios.values()},
        totals={row.total: row for row in totals.values()},
        combinations={row.combination: row for row in combinations.values()},
        programme_costs=[
            cost
            for cost in costs.values()
            if cost.last >= str(settings.start) and cost.first <= settings.last_period
        ],
    )


def _rows(path: Path, model: type[Row], key: str, where: str) -> dict[str, Row]:
    """Read an optional table by the place that a message about a row names."""
    if not path.is_file():
        return {}
    rows = read_rows(path, model, where)
    unique(rows, key, f"{where}/{path.name}")
    return {f"{where}/{path.name}, row {number}": row for number, row in rows.items()}


def _ratio(
    row: RatioRow, estimands: Mapping[str, Estimand], outcomes: Mapping[str, Outcome], at: str
) -> Ratio:
    above, below = _pair(row, ("numerator", "denominator"), estimands, at)
    over, unit = _per_month(above, f"{at}, column numerator")
    under, unit_below = _per_month(below, f"{at}, column denominator")
    if unit == unit_below:
        _require_same_prices(above, below, outcomes, f"{at}, column denominator")
    return Ratio(**row.model_dump(), factor=over / under, unit=unit)


def _combination(
    row: CombinationRow, estimands: Mapping[str, Estimand], outcomes: Mapping[str, Outcome], at: str
) -> Combination:
    first, second = _pair(row, ("first", "second"), estimands, at)
    if first.unit != second.unit:
        raise InputError(
            f"{at}, column second: {second.estimand} is in {second.unit}, {first.estimand} in "
            f"{first.unit}; expected one unit"
        )
    _require_same_prices(first, second, outcomes, f"{at}, column second")
    return Combination(**row.model_dump(), unit=first.unit)


def _total(
    row: TotalRow,
    estimands: Mapping[str, Estimand],
    outcomes: Mapping[str, Outcome],
    settings: Settings,
    costs: Mapping[int, ProgrammeCost],
    at: str,
) -> Total:
    where = f"{at}, column estimand"
    estimand = _single(row.estimand, estimands, where)
    if estimand.weights not in _PERSON_WEIGHTS:
        raise InputError(
            f"{where}: {estimand.estimand} has the weights {estimand.weights}; a total needs a "
            f"mean over persons, {' or '.join(_PERSON_WEIGHTS)}"
        )
    if estimand.sample == "survey":
        raise InputError(
            f"{where}: {estimand.estimand} is of persons asked in a survey, who are not all; a "
            "total needs all"
        )
    factor, unit = _per_month(estimand, where)
    months = programme = None
    if row.quantity == "per_person":
        if estimand.sample != "stock":
            raise InputError(
                f"{where}: {estimand.estimand} does not follow its persons month by month; "
                "per_person needs a population of the sample stock"
            )
        assert estimand.elapsed_first is not None and estimand.elapsed_last is not None
        months = estimand.elapsed_last - estimand.elapsed_first + 1
    if row.quantity == "whole_group_with_programme":
        if unit != EUROS or outcomes[estimand.outcome].price_year is not None:
            raise InputError(
                f"{at}, column quantity: programme costs are nominal euros; expected an outcome "
                f"in euros without price_year, found {estimand.outcome}"
            )
        if estimand.elapsed_first is not None:
            raise InputError(
                f"{where}: {estimand.estimand} follows cohorts, who are not all; "
                "programme costs go with a population that is counted every month"
            )
        programme = _programme_euros(estimand, settings, costs, at)
    return Total(
        **row.model_dump(), factor=factor, unit=unit, months=months, programme_euros=programme
    )


def _pair(
    row: BaseModel, columns: tuple[str, str], estimands: Mapping[str, Estimand], at: str
) -> tuple[Estimand, Estimand]:
    """Find two different estimands that compare the same persons in the same way."""
    one, other = (
        _single(getattr(row, name), estimands, f"{at}, column {name}") for name in columns
    )
    where = f"{at}, column {columns[1]}"
    if one == other:
        raise InputError(
            f"{where}: {other.estimand} is the {columns[0]} as well; expected another estimand"
        )
    _require_alike(one, other, where)
    return one, other


def _single(name: str, estimands: Mapping[str, Estimand], where: str) -> Estimand:
    """Find an estimand that is one number, of amounts that can be added up."""
    if name not in estimands:
        outcome = name.partition(".")[0]
        alike = [each for each in estimands if each.partition(".")[0] == outcome]
        raise InputError(
            f"{where}: {name} is not in estimands.csv; of {outcome} there are "
            f"{some(alike, 20) or 'none'}"
        )
    estimand = estimands[name]
    if estimand.method.series:
        raise InputError(
            f"{where}: {name} is a series ({estimand.estimator}); expected an estimand that is one "
            "number"
        )
    if estimand.transform == "log":
        raise InputError(f"{where}: {name} is of logarithms, which are no amounts")
    return estimand


def _require_alike(one: Estimand, other: Estimand, where: str) -> None:
    """Stop if two estimates are not about the same persons, compared in the same way."""
    for name in EstimandRow.model_fields:
        mine, others = getattr(one, name), getattr(other, name)
        if name not in _OWN and mine != others:
            raise InputError(
                f"{where}: {other.estimand} differs from {one.estimand} in {name} ({others}, not "
                f"{mine}); both must compare the same persons in the same way"
            )


def _require_same_prices(
    one: Estimand, other: Estimand, outcomes: Mapping[str, Outcome], where: str
) -> None:
    years = [outcomes[e.outcome].price_year for e in (one, other)]
    if years[0] != years[1]:
        raise InputError(
            f"{where}: expected one price_year of {one.outcome} and {other.outcome}, found "
            f"{years[0] or 'none'} and {years[1] or 'none'}"
        )


def _per_month(estimand: Estimand, where: str) -> tuple[float, str]:
    """Give the factor and unit by which effects per person-month are added up over months."""
    summed = Unit.read(estimand.unit).over_months()
    if summed is None:
        raise InputError(
            f"{where}: {estimand.estimand} is in {estimand.unit}; expected {SHARE}, or a unit per "
            f"{' or per '.join(MONTHS)}"
        )
    return summed


def _programme_euros(
    estimand: Estimand, settings: Settings, costs: Mapping[int, ProgrammeCost], at: str
) -> float:
    """Add up the programme costs of the months that a total covers."""
    first = str(estimand.start or settings.start)
    last = estimand.last_period
    inside = []
    for number, cost in costs.items():
        if first <= cost.first and cost.last <= last:
            inside.append(cost.euros)
        elif cost.first <= last and first <= cost.last:
            raise InputError(
                f"{at}, column quantity: the total covers {first} to {last}, but the line "
                f"{cost.line} of config/{PROGRAMME_COSTS_FILE}, row {number}, {cost.first} to "
                f"{cost.last}; costs are not divided over months"
            )
    if not inside:
        raise InputError(
            f"{at}, column quantity: config/{PROGRAMME_COSTS_FILE} has no line within {first} to "
            f"{last}"
        )
    return float(sum(inside))
