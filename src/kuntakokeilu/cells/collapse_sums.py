"""The collapse of sums: what `panel` has added up becomes CELLS and COUNTS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from kuntakokeilu.cells.collapse import (
    in_cells,
    in_counts,
    opened,
    payer_columns,
    values_of,
    with_payers,
)
from kuntakokeilu.cells.collapse_sql import cell_keys
from kuntakokeilu.cells.sum_rows import SumRows, find_rows
from kuntakokeilu.contracts import CELL, OUTCOMES, SUM_FILES, shard_names
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, some

_KEYS = ", ".join(("stratum", *CELL))
_SHARD = re.compile(r"\d+_of_(?P<count>\d+)")
_PAID = "FROM paid_{i}"
# A payer has another number in each shard.
_PAID_BY_NAME = """
    SELECT paid.* REPLACE (coalesce(named.name, '') AS payer)
    FROM paid_{i} AS paid LEFT JOIN payers_{i} AS named USING (payer)"""


@dataclass(frozen=True)
class OpenedSums:
    """The files of a sample, those of all shards together.

    Attributes
    ----------
    rows : SumRows
        Where the sums of each outcome are.
    con : DuckDBPyConnection
        With the views `counted` and `paid`, contracts COUNTED and PAID.
    """

    rows: SumRows
    con: duckdb.DuckDBPyConnection


@contextmanager
def opened_sums(folders: Iterable[Path]) -> Iterator[OpenedSums]:
    """Open the files of a sample, `SUM_FILES`, and put those of all shards together.

    Parameters
    ----------
    folders : iterable of Path
        One for each shard, `<shard>/<sample>`, such as `2_of_3/stock`; a folder that is not below
        a shard's holds everyone.

    Raises
    ------
    InputError
        A file is missing or damaged, or the shards are not those of one cut.
    """
    listed = [Path(folder) for folder in folders]
    check_shards(folder.parent.name for folder in listed)
    files = {
        f"{name}_{i}": folder / f"{name}.parquet"
        for i, folder in enumerate(listed)
        for name in SUM_FILES
    }
    paid = _PAID if len(listed) == 1 else _PAID_BY_NAME
    views = {"counted": "FROM counted_{i}", "paid": paid}
    with opened(files) as con:
        for name, rows in views.items():
            parts = " UNION ALL ".join(rows.format(i=i) for i in range(len(listed)))
            con.execute(f"CREATE TEMP VIEW {name} AS {parts}")
        yield OpenedSums(find_rows(folder / "sums.parquet" for folder in listed), con)


def check_shards(names: Iterable[str]) -> None:
    """Refuse shards that are not all of one cut: each from `1_of_n` to `n_of_n` once.

    Raises
    ------
    InputError
        They are of several cuts, or one is missing or there twice.
    """
    found = sorted(names)
    parts = [_SHARD.fullmatch(name) for name in found]
    if len(found) == 1 and parts[0] is None:
        return
    counts = {match["count"] if match else None for match in parts}
    expected = sorted(shard_names(len(found)))
    if not found or len(counts) > 1 or found != expected:
        raise InputError(
            f"sums: expected those of the shards {some(expected)}, found {some(found) or 'none'}; "
            "registers that were cut into another number of shards do not go together"
        )


def cells_of_sums(
    sums: OpenedSums,
    population: str,
    outcomes: Mapping[str, str],
    wanted: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Make the cells of one population.

    Parameters
    ----------
    sums : OpenedSums
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
    _check(sums, population, outcomes)
    cells = []
    for scheme, names in wanted.items():
        mine = {name: column for name, column in outcomes.items() if name in names}
        if mine:
            cells.append(_scheme_cells(sums, population, scheme, mine))
    return pd.concat(cells, ignore_index=True).assign(population=population, value_kind="sum")


def counts_of_sums(
    sums: OpenedSums,
    population: str,
    outcomes: Mapping[str, str],
    schemes: Sequence[str],
) -> pd.DataFrame:
    """Count the persons of one population: contract COUNTS, as of `collapse.collapse`.

    Parameters and errors are those of `cells_of_sums`; `schemes` are the stratifications.
    """
    _check(sums, population, outcomes)
    counts = [_scheme_counts(sums.con, population, scheme, outcomes) for scheme in schemes]
    return pd.concat(counts, ignore_index=True).assign(population=population)


def _check(sums: OpenedSums, population: str, outcomes: Mapping[str, str]) -> None:
    unknown = [column for column in outcomes.values() if column not in OUTCOMES]
    if unknown or not outcomes:
        found = some(unknown) or "none"
        raise InputError(f"outcomes: expected outcomes of the person-months, found {found}")
    (persons,) = one(sums.con, "SELECT count(*) FROM counted WHERE population = ?", [population])
    if not persons:
        raise InputError(
            f"nobody belongs to population {population}: no person of its sample has the traits "
            "that study.yaml asks of its members"
        )


def _scheme_cells(
    sums: OpenedSums, population: str, scheme: str, outcomes: Mapping[str, str]
) -> pd.DataFrame:
    parts = {}
    for column in dict.fromkeys(outcomes.values()):
        found = sums.rows.read(population, scheme, column)
        parts[column] = values_of(found, 0, column)
    for column in payer_columns(outcomes):
        payers = sums.con.execute(_PAYERS_OF_CELLS, [population, scheme, column]).df()
        parts[column] = with_payers(parts[column], payers)
    return in_cells(parts, outcomes, scheme)


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
