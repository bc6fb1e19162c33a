"""The collapse: person-months become CELLS and COUNTS. The last step that sees persons."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from kuntakokeilu import duck
from kuntakokeilu.cells.collapse_sql import (
    PER_WEIGHT,
    cell_payers,
    cell_sums,
    person_counts,
    scale,
    weight,
    where,
)
from kuntakokeilu.contracts import ASKED_WEIGHT, CELL, OUTCOMES, PAYERS, PERSON_MONTHS, TRAITS
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted, some

_KEYS = ("person", *CELL)
STRATUM_CELL = ["stratum", *CELL]
_ROWS = "person_months"  # the view of the file
_CENTS = 100.0


def collapse(
    person_months: Path,
    population: str,
    members: Mapping[str, bool | str],
    stratifications: Mapping[str, Sequence[str]],
    outcomes: Mapping[str, str],
    stratified: Mapping[str, Sequence[str]] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add up the person-months of one population into cells.

    Parameters
    ----------
    person_months : Path
        Parquet file in the contract PERSON_MONTHS, one sample, one row per person, cohort and
        month; only the columns needed must be there.
    population : str
        Name of the population.
    members : mapping of str to bool or str
        Traits and the values that members have; a person whose trait is missing is none.
    stratifications : mapping of str to sequence of str
        Named sets of traits by which cells are split, beside all together.
    outcomes : mapping of str to str
        Name of an outcome to its column of PERSON_MONTHS.
    stratified : mapping of str to sequence of str, optional
        Stratification to the outcomes that are split by it; without it all are.

    Returns
    -------
    cells : DataFrame
        Contract CELLS of all outcomes: shares in per cent, numbers as they are, euros in euros.
        The scheme `none` has the one stratum `all`. A stratum is the values of its traits joined
        by `|`: text as it is, true as the trait's name, false as `not_` and the name, missing as
        `unknown` or the name and `_unknown`. A person whose outcome is missing is not counted
        for it, and a cell without any known outcome has no row. top2 is 0 with one person.
        weight is n; in a survey (rows with asked_weight) it is the sum of the weights of the
        outcome (`collapse_sql.weight`), and sum, sum_sq and mean are weighted.
    counts : DataFrame
        Contract COUNTS of persons with any row, outcome known or not; n_spells is missing
        without cohorts, n_payers if no outcome names its payers.

    Raises
    ------
    InputError
        The file is missing, damaged, empty, lacks a column or has another type, a key is
        missing, a trait or outcome does not exist, the population has no member, or a row of a
        survey has no weight for an outcome that is known.

    Notes
    -----
    Sums are of integers and exact, so cells of two parts of a file add up to those of the whole.
    With weights n, a regression on cells gives what the regression on persons gives wherever
    regressors and effects are constant within cells (docs/methods.md).
    """
    path = Path(person_months)
    schemes = {"none": [], **stratifications}
    check_names(schemes, members, outcomes)
    with opened({_ROWS: path}) as con:
        traits = {*members, *chain.from_iterable(schemes.values())}
        payers = payer_columns(outcomes).values()
        _check_columns(con, path, {*_KEYS, *traits, *outcomes.values(), *payers})
        _check_rows(con, path, population, members)
        weighted = _weighted(con)
        if weighted:
            _check_weights(con, path, set(outcomes.values()))
        cells = [
            _scheme_cells(con, members, name, split, asked_of(outcomes, name, stratified), weighted)
            for name, split in schemes.items()
        ]
        counts = [_scheme_counts(con, members, *scheme, outcomes) for scheme in schemes.items()]
    return (
        pd.concat(cells, ignore_index=True).assign(population=population, value_kind="sum"),
        pd.concat(counts, ignore_index=True).assign(population=population),
    )


def asked_of(
    outcomes: Mapping[str, str], scheme: str, stratified: Mapping[str, Sequence[str]] | None
) -> dict[str, str]:
    """Select the outcomes of a stratification; a split into many strata is dear."""
    names = None if stratified is None or scheme == "none" else stratified[scheme]
    return {name: column for name, column in outcomes.items() if names is None or name in names}


def _scheme_cells(
    con: duckdb.DuckDBPyConnection,
    members: Mapping[str, bool | str],
    scheme: str,
    traits: Sequence[str],
    outcomes: Mapping[str, str],
    weighted: bool,
) -> pd.DataFrame:
    """Make the cells of one stratification; each is a scan, faster here than grouping sets."""
    condition, values = where(members)
    columns = list(dict.fromkeys(outcomes.values()))
    sums = con.execute(cell_sums(_ROWS, condition, traits, columns, weighted), values).df()
    sums = sums.sort_values(STRATUM_CELL, ignore_index=True)
    parts = {column: values_of(sums, i, column) for i, column in enumerate(columns)}
    for column, payers in payer_columns(outcomes).items():
        query = cell_payers(_ROWS, condition, traits, column, payers, by_cell=True)
        parts[column] = with_payers(parts[column], con.execute(query, values).df())
    return in_cells(parts, outcomes, scheme)


def in_cells(
    parts: Mapping[str, pd.DataFrame], outcomes: Mapping[str, str], scheme: str
) -> pd.DataFrame:
    """Put the cells of the columns of one stratification together: name outcomes and months."""
    named = [parts[column].assign(outcome=name) for name, column in outcomes.items()]
    # A part without rows may have lost the types of its columns.
    frame = pd.concat([part for part in named if len(part)] or named[:1], ignore_index=True)
    # The stubs do not list it.
    ordinals = frame["period"].to_numpy(np.int64)
    month = pd.PeriodIndex.from_ordinals(ordinals, freq="M")  # type: ignore[attr-defined]
    return frame.assign(
        stratification=scheme, period=month, elapsed=frame["elapsed"].astype("Int64")
    )


def values_of(sums: pd.DataFrame, i: int, column: str) -> pd.DataFrame:
    """Make the values of one outcome's cells from the integers of the i-th outcome."""
    sums = sums[sums[f"n{i}"] > 0]
    unit, kind = scale(column), PERSON_MONTHS[column].kind
    weighted = f"w{i}" in sums
    w, per_weight = ("w", PER_WEIGHT) if weighted else ("", 1)
    frame = sums[STRATUM_CELL].assign(
        n=sums[f"n{i}"].astype("Int64"),
        weight=_scaled(sums[f"w{i}" if weighted else f"n{i}"], 1 / per_weight),
        sum=_scaled(sums[f"{w}s{i}"], unit / per_weight),
        sum_sq=_scaled(sums[f"{w}s{i}" if kind == "share" else f"{w}q{i}"], unit**2 / per_weight),
    )
    frame["mean"] = frame["sum"] / frame["weight"]
    euros = kind == "euros"
    for name, letter in {"sum_abs": "a", "top1": "f", "top2": "g"}.items():
        frame[name] = _scaled(sums[f"{letter}{i}"].fillna(0), unit) if euros else np.nan
    nonzero = sums[f"z{i}"].to_numpy(np.int64) if euros else [pd.NA] * len(sums)
    return frame.assign(
        n_nonzero=pd.array(nonzero, dtype="Int64"),
        n_payers=pd.array([pd.NA] * len(sums), dtype="Int64"),
        payer_top1=np.nan,
        sources=";".join(sorted(PERSON_MONTHS[column].sources)),
    )


def _scaled(sums: pd.Series, unit: float) -> pd.Series:
    """Turn integers into a cell's unit; divided, not multiplied, where the unit is a fraction."""
    whole = sums.astype(float)
    return whole / round(1 / unit) if unit < 1 else whole * unit


def with_payers(cells: pd.DataFrame, payers: pd.DataFrame) -> pd.DataFrame:
    """Put the payers of cells beside their sums; a cell in which nobody is paid has none."""
    joined = cells[STRATUM_CELL].merge(payers, on=STRATUM_CELL, how="left", validate="one_to_one")
    return cells.assign(
        n_payers=joined["n_payers"].fillna(0).astype("Int64").array,
        payer_top1=joined["payer_top1"].astype(float).fillna(0.0).to_numpy() / _CENTS,
    )


def _scheme_counts(
    con: duckdb.DuckDBPyConnection,
    members: Mapping[str, bool | str],
    scheme: str,
    traits: Sequence[str],
    outcomes: Mapping[str, str],
) -> pd.DataFrame:
    condition, values = where(members)
    counts = con.execute(person_counts(_ROWS, condition, traits), values).df()
    payers = {
        column: con.execute(
            cell_payers(_ROWS, condition, traits, column, named, by_cell=False), values
        ).df()
        for column, named in payer_columns(outcomes).items()
    }
    return in_counts(counts, payers, scheme)


def in_counts(
    counts: pd.DataFrame, payers: Mapping[str, pd.DataFrame], scheme: str
) -> pd.DataFrame:
    """Put the payers beside the persons of one stratification."""
    counts = counts.astype({"n_persons": "Int64", "n_spells": "Int64"})
    counts["n_spells"] = counts["n_spells"].mask(counts["n_spells"] == 0)
    counts["n_payers"] = pd.array([pd.NA] * len(counts), dtype="Int64")
    index = pd.MultiIndex.from_frame(counts[["stratum", "unit"]])
    for told in payers.values():
        found = told.set_index(["stratum", "unit"])["n_payers"]
        counts["n_payers"] = found.reindex(index).fillna(0).astype("Int64").to_numpy()
    counts = counts.sort_values(["stratum", "unit"], ignore_index=True)
    return counts.assign(stratification=scheme)


def payer_columns(outcomes: Mapping[str, str]) -> dict[str, str]:
    """Name the columns that say who paid an outcome, by the columns of outcomes that have one."""
    return {column: PAYERS[column] for column in outcomes.values() if column in PAYERS}


@contextmanager
def opened(files: Mapping[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open files as views with bounded memory; DuckDB's messages can quote data, so none goes.

    Raises
    ------
    InputError
        There is no such file, it is no whole parquet file, or a number in it is out of range.
    """
    for path in files.values():
        if not path.is_file():
            raise InputError(f"{path.name}: no such file in {path.parent.as_posix()}")
    named = ", ".join(path.name for path in files.values())
    unreadable = f"{named}: not a whole parquet file; is it cut off?"
    folder = next(iter(files.values())).parent
    with tempfile.TemporaryDirectory(dir=folder, prefix=".collapse-") as spill:
        con = duck.connect(Path(spill))
        try:
            with duck.told(named, unreadable), _numbers(named):
                for view, path in files.items():
                    con.read_parquet(path.as_posix()).create_view(view)
                yield con
        finally:
            con.close()


@contextmanager
def _numbers(name: str) -> Iterator[None]:
    try:
        yield
    except (duckdb.OutOfRangeException, duckdb.ConversionException):
        raise InputError(f"{name}: a number is out of range or not a number") from None


def check_names(
    schemes: Mapping[str, Sequence[str]],
    members: Mapping[str, bool | str],
    outcomes: Mapping[str, str],
) -> None:
    """Stop if a trait or an outcome does not exist."""
    asked = {f"stratification {name}": traits for name, traits in schemes.items()}
    for place, traits in {**asked, "members": list(members)}.items():
        unknown = [trait for trait in traits if trait not in TRAITS]
        if unknown:
            raise InputError(f"{place}: {some(unknown)} is no trait of the person-months")
    unknown = [column for column in outcomes.values() if column not in OUTCOMES]
    if unknown or not outcomes:
        found = some(unknown) or "none"
        raise InputError(f"outcomes: expected outcomes of the person-months, found {found}")


def _check_columns(con: duckdb.DuckDBPyConnection, path: Path, needed: set[str]) -> None:
    view = con.view(_ROWS)
    types = dict(zip(view.columns, map(str, view.types), strict=True))
    for name in sorted(needed):
        expected = PERSON_MONTHS[name].type
        if name not in types:
            raise InputError(f"{path.name}: column {name} is missing")
        if types[name] != expected:
            raise InputError(
                f"{path.name}, column {name}: expected the type {expected}, found {types[name]}"
            )


def _weighted(con: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the rows are of a survey, which stand for more persons than one."""
    if ASKED_WEIGHT not in con.view(_ROWS).columns:
        return False
    return one(con, f"SELECT count({ASKED_WEIGHT}) > 0 FROM {_ROWS}")[0]


def _check_weights(con: duckdb.DuckDBPyConnection, path: Path, columns: set[str]) -> None:
    _check_columns(con, path, {weight(column) for column in columns})
    for column in sorted(columns):
        own = weight(column)
        (bad,) = one(
            con,
            f"SELECT count(*) FROM {_ROWS} WHERE {column} IS NOT NULL "
            f"AND NOT coalesce({own} > 0, false)",
        )
        if bad:
            raise InputError(
                f"{path.name}, column {own}: expected a weight above 0 where {column} is known, "
                f"found none in {counted(bad, 'row')}"
            )


def _check_rows(
    con: duckdb.DuckDBPyConnection, path: Path, population: str, members: Mapping[str, bool | str]
) -> None:
    condition, values = where(members)
    required = ("person", "unit", "period")
    missing = ", ".join(f"count(*) - count({name})" for name in required)
    query = f"SELECT count(*), count(*) FILTER (WHERE {condition}), {missing} FROM {_ROWS}"
    rows, mine, *empty = one(con, query, values)
    if rows == 0:
        raise InputError(f"{path.name}: the file has no rows")
    for name, count in zip(required, empty, strict=True):
        if count:
            raise InputError(f"{path.name}, column {name}: missing in {counted(count, 'row')}")
    if mine == 0:
        who = some(members) or "none"
        raise InputError(f"{path.name}: no row belongs to population {population} (members: {who})")
