"""The collapse of sums: what `panel` has added up becomes CELLS and COUNTS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from kuntakokeilu.cells.collapse import (
    STRATUM_CELL,
    in_cells,
    in_counts,
    opened,
    payer_columns,
    values_of,
    with_payers,
)
from kuntakokeilu.cells.collapse_sql import cell_keys
from kuntakokeilu.contracts import CELL, OUTCOMES, SUM_FILES, second
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, some

_KEYS = ", ".join(("stratum", *CELL))


@contextmanager
def opened_sums(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the files of a sample: `sums.parquet`, `paid.parquet` and `counted.parquet`.

    Raises
    ------
    InputError
        A file is missing or damaged.
    """
    with opened({name: Path(folder) / f"{name}.parquet" for name in SUM_FILES}) as con:
        yield con


def cells_of_sums(
    con: duckdb.DuckDBPyConnection,
    population: str,
    outcomes: Mapping[str, str],
    wanted: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Make the cells of one population.

    Parameters
    ----------
    con : DuckDBPyConnection
        From `opened_sums`.
    population : str
        Its name.
    outcomes : mapping of str to str
        Name of an outcome to its column of the person-months.
    wanted : mapping of str to sequence of str
        Stratification to the outcomes that are split by it, among others.

    Returns
    -------
    DataFrame
        Contract CELLS: to the last bit the cells of `collapse.collapse`.

    Raises
    ------
    InputError
        An outcome does not exist, or the population has no member.
    """
    _check(con, population, outcomes)
    cells = []
    for scheme, names in wanted.items():
        mine = {name: column for name, column in outcomes.items() if name in names}
        if mine:
            cells.append(_scheme_cells(con, population, scheme, mine))
    return pd.concat(cells, ignore_index=True).assign(population=population, value_kind="sum")


def counts_of_sums(
    con: duckdb.DuckDBPyConnection,
    population: str,
    outcomes: Mapping[str, str],
    schemes: Sequence[str],
) -> pd.DataFrame:
    """Count the persons of one population: contract COUNTS, as of `collapse.collapse`.

    Parameters and errors are those of `cells_of_sums`; `schemes` are the stratifications.
    """
    _check(con, population, outcomes)
    counts = [_scheme_counts(con, population, scheme, outcomes) for scheme in schemes]
    return pd.concat(counts, ignore_index=True).assign(population=population)


def _check(con: duckdb.DuckDBPyConnection, population: str, outcomes: Mapping[str, str]) -> None:
    unknown = [column for column in outcomes.values() if column not in OUTCOMES]
    if unknown or not outcomes:
        found = some(unknown) or "none"
        raise InputError(f"outcomes: expected outcomes of the person-months, found {found}")
    (persons,) = one(con, "SELECT count(*) FROM counted WHERE population = ?", [population])
    if not persons:
        raise InputError(
            f"nobody belongs to population {population}: no person of its sample has the traits "
            "that study.yaml asks of its members"
        )


def _scheme_cells(
    con: duckdb.DuckDBPyConnection, population: str, scheme: str, outcomes: Mapping[str, str]
) -> pd.DataFrame:
    parts = {}
    for column in dict.fromkeys(outcomes.values()):
        found = con.execute(_SUMS, [population, scheme, column]).df()
        parts[column] = values_of(found, 0, column)
    for column in payer_columns(outcomes):
        payers = con.execute(_PAYERS_OF_CELLS, [population, scheme, column]).df()
        parts[column] = with_payers(parts[column], payers)
    return in_cells(parts, outcomes, scheme)


# The integers of one outcome in every cell, as `collapse_sql.cell_sums` names them.
_SUMS = f"""
    SELECT stratum, {cell_keys()}, * EXCLUDE ({_KEYS})
    FROM (
        SELECT {_KEYS}, sum(n)::BIGINT AS n0, sum(total)::HUGEINT AS s0,
            sum(squares)::HUGEINT AS q0, sum(absolute)::HUGEINT AS a0, sum(nonzero) AS z0,
            max(top1) AS f0, {second("top1", "top2")} AS g0
        FROM sums WHERE population = ? AND stratification = ? AND outcome = ? GROUP BY {_KEYS}
    )
    ORDER BY {", ".join(STRATUM_CELL)}"""


def _payers_of(keys: str, listed: str) -> str:
    """SQL of the payers of an outcome, as `collapse_sql.cell_payers` counts them."""
    return f"""
        SELECT {listed}, n_payers, payer_top1
        FROM (
            SELECT {keys}, count(*) AS n_payers, max(paid)::HUGEINT AS payer_top1
            FROM (
                SELECT {keys}, payer, sum(paid) AS paid
                FROM paid WHERE population = ? AND stratification = ? AND outcome = ?
                GROUP BY {keys}, payer
            )
            GROUP BY {keys}
        )"""


_PAYERS_OF_CELLS = _payers_of(_KEYS, f"stratum, {cell_keys()}")
_PAYERS_OF_UNITS = _payers_of("stratum, unit", "stratum, unit")
_PERSONS = """
    SELECT stratum, unit, sum(n_persons)::BIGINT AS n_persons, sum(n_spells)::BIGINT AS n_spells
    FROM counted WHERE population = ? AND stratification = ? GROUP BY ALL"""


def _scheme_counts(
    con: duckdb.DuckDBPyConnection, population: str, scheme: str, outcomes: Mapping[str, str]
) -> pd.DataFrame:
    counts = con.execute(_PERSONS, [population, scheme]).df()
    payers = {
        column: con.execute(_PAYERS_OF_UNITS, [population, scheme, column]).df()
        for column in payer_columns(outcomes)
    }
    return in_counts(counts, payers, scheme)
