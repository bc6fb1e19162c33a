"""The database in which person-months are made: out of core, typed register tables as views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from kuntakokeilu import duck
from kuntakokeilu.errors import InputError, some

NEEDED = ("persons_yearly", "jobseekers", "search_spells", "status_spells")


def connect(work: Path, memory: str = duck.MEMORY) -> duckdb.DuckDBPyConnection:
    """Open a database with bounded memory.

    Months are whole numbers throughout the room: year × 12 + month − 1.

    Parameters
    ----------
    work : Path
        Folder of the database's file and of what does not fit into memory. A file, since its
        tables are compressed, which those in memory are not.
    memory : str
        The bound.

    Returns
    -------
    DuckDBPyConnection
        It knows the macros `month_index(day)`, `first_day(month)` and `month_end(month)`.
    """
    work.mkdir(parents=True, exist_ok=True)
    return with_months(duck.connect(work / "spill", work / "panel.duckdb", memory))


def with_months(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Add the macros `month_index(day)`, `first_day(month)` and `month_end(month)`."""
    con.execute(
        "CREATE OR REPLACE MACRO month_index(day) AS (year(day) * 12 + month(day) - 1)::INTEGER"
    )
    con.execute(
        "CREATE OR REPLACE MACRO first_day(number) AS "
        "make_date((number // 12)::BIGINT, (number % 12 + 1)::BIGINT, 1::BIGINT)"
    )
    con.execute("CREATE OR REPLACE MACRO month_end(number) AS last_day(first_day(number))")
    return con


@contextmanager
def workplace(work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Connect, and close at the end; DuckDB's own messages can quote data, so none leaves."""
    unreadable = (
        "person-months: a register table is not readable, or lacks columns of the contract ({kind})"
    )
    con = connect(work)
    try:
        with duck.told("person-months", unreadable):
            yield con
    finally:
        con.close()


def load(con: duckdb.DuckDBPyConnection, folders: Iterable[Path]) -> set[str]:
    """Make a view of each typed register table.

    Parameters
    ----------
    con : DuckDBPyConnection
        The database.
    folders : iterable of Path
        Folders of `<table>.parquet`, as `registers.read_table` writes them: one, or those of
        several shards, whose rows are then those of all.

    Returns
    -------
    set of str
        Names of the tables that are there.

    Raises
    ------
    InputError
        A table without which there are no persons is not there, or a file is no parquet.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(path for folder in folders for path in Path(folder).glob("*.parquet")):
        found.setdefault(path.stem, []).append(path)
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise InputError(f"register tables: {some(missing)} is missing; nothing can do without it")
    for name, paths in found.items():
        files = ", ".join("'" + path.as_posix().replace("'", "''") + "'" for path in paths)
        try:
            con.execute(f'CREATE OR REPLACE VIEW "{name}" AS FROM read_parquet([{files}])')
        except duckdb.Error as error:
            if not duck.is_of_data(error):
                raise
            raise InputError(f"{paths[0].name}: not readable as parquet") from None
    return set(found)


def keep(con: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame) -> None:
    """Make a table of a small frame."""
    con.execute(f"CREATE OR REPLACE TABLE {name} AS FROM frame")  # DuckDB finds the variable
