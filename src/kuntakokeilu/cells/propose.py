"""What the columns of a stranger's table mean: a proposal from types, uniqueness and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pandas as pd

from kuntakokeilu.cells.panel_treatment import ON, ended_marks
from kuntakokeilu.cells.parse import first_row, periods, read_period, without_decimals
from kuntakokeilu.cells.passed_over import (
    almost_marks,
    no_treatment,
    start_that_differs,
    texts_among_numbers,
)
from kuntakokeilu.cells.recognise import are_marks, recognise_periods
from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.study.panel_source import MISSING

NEVER = ["0", "inf", "Inf", "Never", "never"]  # with MISSING, what people write for never treated
MOST_KEYS = 12  # columns tried in pairs as names of units
_NAMES = {
    "period": "year|yr|period|time|date|month|quarter|wave|t|vuosi|kuukausi|kk|neljännes|kausi|"
    "år|månad|kvartal",
    "unit": "unit|id|state|county|region|municipality|kunta|kommun|district|school|firm|country|"
    "city|code|name|fips|stfips|sid|panelid",
    "outcome": "y|outcome|dep|depvar|rate|log|ln|l|lemp|value|fte|employment|earnings|wage",
    "started": "first|start|started|since|treat|treated|cohort|gvar|g|eff|effyear|adoption|adopted|"
    "introduced|event|yexp2",
    "marked": "post|treat|treated|treatment|d|did|policy|law|reform|intervention|exposed|nj",
}


@dataclass(frozen=True)
class Declared:
    """What the user has said; the rest is proposed."""

    unit: Sequence[str] = ()
    period: str | None = None
    outcome: str | None = None
    treated: str | None = None
    start: str | None = None
    weight: str | None = None
    cluster: str | None = None
    treatment_ends: str = "stop"
    missing: Sequence[str] = ()


@dataclass(frozen=True)
class Proposal:
    """What the columns are taken for.

    Attributes
    ----------
    unit : list of str
        Columns that together name the unit.
    period, outcome, treated : str
        The other columns.
    marked : bool
        Whether `treated` holds marks; else it holds starts.
    frequency, period_form : str
        As in a study.
    waves : dict of str to str
        Of a count that holds 0.
    never : list of str
        Values of starts that mean never.
    start : str or None
        First period of treatment, where marks do not say.
    layout : str
        As in a study.
    balanced : bool
        Whether every unit has every period.
    span : tuple of str
        First and last period.
    starts : int
        How many different starts there are.
    others : dict of str to list of str
        What else each part might be.
    passed : dict of str to list of str
        Columns that each part would have been but for a few rows, with the first such row.
    said : Declared
        What the user has said.
    """

    unit: list[str]
    period: str
    outcome: str
    treated: str
    marked: bool
    frequency: str
    period_form: str
    waves: dict[str, str]
    never: list[str]
    start: str | None
    layout: str
    balanced: bool
    span: tuple[str, str]
    starts: int
    others: dict[str, list[str]] = field(default_factory=dict)
    passed: dict[str, list[str]] = field(default_factory=dict)
    said: Declared = Declared()


def propose(table: pd.DataFrame, said: Declared, where: str) -> Proposal:
    """Propose what the columns of a table mean.

    Parameters
    ----------
    table : DataFrame of str
        The whole file as text.
    said : Declared
        Columns that the user names.
    where : str
        The file, for messages.

    Raises
    ------
    InputError
        A part cannot be found, or what the user named is not fit for it; the message says which
        option names another column.
    """
    named = [*said.unit, said.period, said.outcome, said.treated, said.weight, said.cluster]
    unknown = [name for name in named if name is not None and name not in table]
    if unknown:
        raise InputError(f"{where}: no column {some(unknown)}; there are {some(table.columns, 20)}")
    table = table.mask(table.isin(list(said.missing)), "")
    # where nothing fits, a column of a usual name is taken, and its first fault is told
    times = [said.period] if said.period else _periods(table) or _usual(table, "period")
    if not times:
        raise InputError(f"{where}: no column looks like periods; name one with --period")
    period = times[0]
    frequency, form, waves, at = _read_periods(table[period], f"{where}, column {period}")
    units = [list(said.unit)] if said.unit else _units(table, period, at)
    units = units or [[name] for name in _usual(table.drop(columns=period), "unit")]
    if not units:
        raise InputError(
            f"{where}: no column, and no two, name one row in each {period}; name the unit with "
            "--unit, of one or more columns"
        )
    key = without_decimals(table[units[0][0]]).str.cat(
        [without_decimals(table[name]) for name in units[0][1:]],  # type: ignore[misc] # no stub
        sep="-",
    )
    data = pd.DataFrame({"unit": key, "period": at, "told": table[period].str.strip()})
    layout = _layout(data, where)
    taken = (*units[0], period, said.outcome, said.weight, said.cluster)
    free = [str(c) for c in table if c not in taken]
    told = [said.treated] if said.treated else free
    passed = _treatments_passed(table, data, told, frequency, form)
    treated = _treatments(table, data, told, frequency, form, said)
    timed = treated and (said.start is not None or treated[0][1].notna().any())
    if passed and not timed:
        name, fault = next(iter(passed.items()))
        raise InputError(f"{where}, column {name}, {fault}")
    if not treated:
        usual = [name for name in _usual(table[free], "marked") if are_marks(table[name])]
        raise InputError(no_treatment(table, data, said.treated or next(iter(usual), None), where))
    column, first = treated[0]
    marked = are_marks(table[column])
    constant = marked and first.isna().all()
    if constant and said.start is None:
        raise InputError(
            f"{where}, column {column}: says who is treated, not from when on; name the first "
            "period of treatment with --start, or another column with --treated"
        )
    if said.start is not None and not constant:
        raise InputError(
            f"{where}, column {column}: says itself from when on units are treated; leave out "
            "--start, which goes with marks that never change, or name these with --treated"
        )
    numbers = [c for c in free if c != column] if said.outcome is None else [said.outcome]
    outcomes = [said.outcome] if said.outcome else _outcomes(table, data, numbers)
    outcomes = outcomes or _usual(table[numbers], "outcome")
    if not outcomes:
        raise InputError(f"{where}: no column of numbers is left; name one with --outcome")
    texts = without_decimals(table[column])
    return Proposal(
        unit=units[0],
        period=period,
        outcome=outcomes[0],
        treated=column,
        marked=marked,
        frequency=frequency,
        period_form=form,
        waves=waves,
        never=[*MISSING, *said.missing, *(value for value in NEVER if texts.eq(value).any())],
        start=_start(said.start, waves) if constant else None,
        layout=layout,
        balanced=_is_balanced(data),
        span=(str(at.min()), str(at.max())),
        starts=1 if constant else int(first.nunique()),
        others={
            "period": times[1:4],
            "unit": ["+".join(names) for names in units[1:4]],
            "outcome": outcomes[1:6],
            "treated": [name for name, _ in treated[1:5]],
        },
        passed={
            "treated": [f"{name} was passed over: {fault}" for name, fault in passed.items()],
            "outcome": [
                f"{name} was passed over: {fault}"
                for name, fault in texts_among_numbers(table, numbers).items()
            ],
        },
        said=said,
    )


def _start(said: str | None, waves: dict[str, str]) -> str | None:
    return waves.get(str(said), said)


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^a-zåäö]+", name.casefold()) if word]


def _called(name: str, kind: str) -> int:
    """Score a name: 2 if it is one of the usual names, 1 if a word of it is, else 0."""
    usual = _NAMES[kind].split("|")
    if name.casefold() in usual:
        return 2
    return int(any(word in usual for word in _words(name)))


def _best(names: Iterable[str], kind: str) -> list[str]:
    """Order names by how usual they are; equal ones stay as the file has them."""
    return sorted(names, key=lambda name: -_called(name, kind))


def _usual(table: pd.DataFrame, kind: str) -> list[str]:
    """Name the columns with one of the usual names of a part."""
    return [name for name in map(str, table) if _called(name, kind) == 2]


def _periods(table: pd.DataFrame) -> list[str]:
    """Name the columns that may hold periods: all values in one form, each several times."""
    found = []
    for name in map(str, table):
        texts = without_decimals(table[name])
        if not 2 <= texts.nunique() <= len(table) / 2:
            continue
        calendar = any(
            texts.drop_duplicates().map(lambda t, f=f: read_period(t, f) is not None).all()
            for f in ("Y", "Q", "M")
        )
        counted = texts.str.fullmatch(r"\d{1,3}").all() and _called(name, "period") > 0
        if calendar or counted:
            found.append(name)
    return _best(found, "period")


def _read_periods(values: pd.Series, where: str) -> tuple[str, str, dict[str, str], pd.Series]:
    """Read the periods of a file, a count from 0 as one from 1."""
    texts = without_decimals(values)
    if texts.str.fullmatch(r"\d{1,3}").all() and texts.eq("0").any():
        order = sorted(texts.unique(), key=int)
        waves = {text: f"{int(text) + 1:04}" for text in order}
        at = periods(texts.map(lambda t: str(int(t) + 1)), "Y", where, form="number")
        return "Y", "calendar", waves, at
    frequency, form = recognise_periods(values, where)
    return frequency, form, {}, periods(texts, frequency, where, form=form)


def _units(table: pd.DataFrame, period: str, at: pd.Series) -> list[list[str]]:
    """Find the columns that name one row in each period: one, else two together."""
    keys = []
    for name in table.columns.drop(period):
        texts = table[name]
        whole = without_decimals(texts).str.fullmatch(r"-?\d+").all()
        text = pd.to_numeric(texts, errors="coerce").isna().all()
        if (whole or text) and not texts.isin(MISSING).any() and texts.nunique() > 1:
            keys.append(name)
    seen = at.astype(str)
    single = [
        [name]
        for name in _best(keys, "unit")
        if not pd.DataFrame({"u": table[name], "t": seen}).duplicated().any()
        and table[name].nunique() <= len(table) / 2
    ]
    if single:
        return single
    pairs = combinations(_best(keys, "unit")[:MOST_KEYS], 2)
    return [
        [one, other]
        for one, other in pairs
        if _called(one, "unit")
        and not pd.DataFrame({"u": table[one], "v": table[other], "t": seen}).duplicated().any()
    ]


def _layout(data: pd.DataFrame, where: str) -> str:
    """Tell a panel from a repeated cross-section; a panel with a few rows twice is neither."""
    rows = data.groupby(["unit", "period"]).size()
    if rows.max() == 1:
        return "panel"
    if rows.median() > 1:
        return "repeated_cross_section"
    twice = data.duplicated(["unit", "period"])
    row = data[twice].iloc[0]
    raise InputError(
        f"{where}, row {first_row(twice)}: unit {row['unit']} has period {row['told']} twice "
        f"({counted(twice.sum(), 'such row')}); expected one row for each unit and period, or "
        "name more columns of the unit with --unit"
    )


def _treatments(
    table: pd.DataFrame,
    data: pd.DataFrame,
    names: Sequence[str],
    frequency: str,
    form: str,
    said: Declared,
) -> list[tuple[str, pd.Series]]:
    """Find columns that say who is treated from when on, with each unit's start.

    The best comes first: marks that do not change only where the user names the start; usual names,
    of them starts before marks.
    """
    found, dated, ends = [], said.start is not None, said.treatment_ends == "ignored"
    for place, name in enumerate(names):
        first = _first(table[name], data, frequency, form, ends)
        marked = are_marks(table[name])
        if first is None or (ends and not marked):
            continue
        constant = marked and first.isna().all()
        usual = _called(name, "marked" if marked else "started")
        rank = (constant != dated, usual == 0, marked, -usual, place)
        found.append((rank, name, first))
    return [(name, first) for _, name, first in sorted(found, key=lambda one: one[0])]


def _treatments_passed(
    table: pd.DataFrame, data: pd.DataFrame, names: Sequence[str], frequency: str, form: str
) -> dict[str, str]:
    """Say what is wrong with columns that would tell who is treated but for a few rows."""
    passed = {}
    for name in names:
        values, other = table[name], almost_marks(table[name])
        if other is not None and _called(name, "marked"):
            passed[name] = f"row {first_row(other)}: expected 0 or 1"
        elif (_called(name, "started") or len(names) == 1) and not are_marks(values):
            never = [*MISSING, *NEVER]
            fault = start_that_differs(values, data["unit"], frequency, form, never)
            passed |= {name: fault} if fault else {}
    return passed


def _first(
    values: pd.Series, data: pd.DataFrame, frequency: str, form: str, ends_ignored: bool
) -> pd.Series | None:
    """Read the start of each unit from a column; none at all of marks that never change."""
    texts = without_decimals(values)
    if are_marks(values):
        on = texts.str.casefold().isin(ON)
        start = data["period"].where(on).groupby(data["unit"]).min()
        if on.groupby(data["unit"]).nunique().le(1).all():
            return start.iloc[:0].reindex(start.index)
        ends = ended_marks(data, on).any()
        both = on.groupby([data["unit"], data["period"]]).nunique().gt(1).any()
        return None if (ends and not ends_ignored) or both else start
    known = ~texts.isin([*MISSING, *NEVER])
    if not known.any() or texts.groupby(data["unit"]).nunique().gt(1).any():
        return None
    try:
        read = periods(texts[known], frequency, "", form=form)
    except InputError:
        return None
    start = read.groupby(data.loc[known, "unit"]).first()
    inside = start.between(data["period"].min(), data["period"].max() + 1)
    some_later = (start > data["period"].min()).any()
    several = start.nunique() < len(start) or len(start) < 4
    return start.reindex(data["unit"].unique()) if inside.any() and some_later and several else None


def _outcomes(table: pd.DataFrame, data: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Name the columns of numbers that change within units, those with decimals first."""
    found = []
    for name in names:
        numbers = pd.to_numeric(table[name].mask(table[name].isin(MISSING)), errors="coerce")
        empty = table[name].isin(MISSING)
        if (numbers.isna() & ~empty).any() or numbers.nunique() < 5:
            continue
        if numbers.groupby(data["unit"]).nunique().le(1).all():
            continue
        whole = bool((numbers.dropna() % 1 == 0).all())
        found.append((-_called(name, "outcome"), whole, name))
    return [name for _, _, name in sorted(found, key=lambda one: one[:2])]


def _is_balanced(data: pd.DataFrame) -> bool:
    wanted = data["unit"].nunique() * (data["period"].max() - data["period"].min()).n
    return len(data.drop_duplicates()) == wanted + data["unit"].nunique()
