"""DuckDB with bounded memory, spilling beside the data, its messages hidden: one policy for all.

DuckDB's messages can quote data, so none of them reaches a user. What is said instead depends on
whose fault it is: the machine's (memory, disk), the program's (raised as it is: such messages name
only tables and columns), or the file's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from kuntakokeilu.errors import InputError

MEMORY = "4GB"  # ASSUME: half of the smallest machine (8 GB); the rest is for the system
# Days of a time stamp are those of Finland, whatever the machine's time zone.
TIME_ZONE = "Europe/Helsinki"
_OF_PROGRAM = (duckdb.ParserException, duckdb.CatalogException, duckdb.InternalException)
_FULL = ("no space left", "not enough space", "disk quota exceeded")


def connect(
    spill: Path, database: Path | None = None, memory: str = MEMORY
) -> duckdb.DuckDBPyConnection:
    """Open a database.

    Parameters
    ----------
    spill : Path
        Folder for what does not fit into memory, on the disk of the data and never in the
        system's temporary folder, since it holds persons.
    database : Path, optional
        File of the database, whose tables are compressed; without one they are in memory.
    memory : str
        The bound.

    Returns
    -------
    DuckDBPyConnection
        Time stamps with a time zone are of `TIME_ZONE`.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": spill.as_posix(),
        "preserve_insertion_order": False,
    }
    con = duckdb.connect(database.as_posix() if database else ":memory:", config=settings)
    con.execute("SET enable_progress_bar = false")
    con.execute(f"SET TimeZone = '{TIME_ZONE}'")
    return con


def one(
    con: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] | None = None
) -> tuple[Any, ...]:
    """Take the one row of a query that always has one: counts, sums, extremes."""
    row = con.execute(query, values).fetchone()
    if row is None:
        raise LookupError("a query that always has a row gave none")
    return row


def arrays(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, npt.NDArray[Any]]:
    """Take the columns of a query as arrays, masked where something is missing."""
    return {name: np.asanyarray(each) for name, each in con.execute(query).fetchnumpy().items()}


@contextmanager
def told(what: str, unreadable: str) -> Iterator[None]:
    """Say in one line what DuckDB could not do, without a word of its message.

    Parameters
    ----------
    what : str
        What was being done, for faults of the machine.
    unreadable : str
        What is said where the data are at fault; `{kind}` is the kind of the error.

    Raises
    ------
    InputError
        Memory or disk were not enough, or the data are at fault.
    duckdb.Error
        The program is at fault.
    """
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise InputError(f"{what}: {MEMORY} of memory are not enough") from None
    except _OF_PROGRAM:
        raise
    except duckdb.Error as error:
        if is_full(error):
            raise InputError(f"{what}: the disk is full") from None
        raise InputError(unreadable.format(kind=type(error).__name__)) from None


def is_of_data(error: Exception) -> bool:
    """Tell whether an error says something of a file: neither machine nor program is at fault."""
    elsewhere = isinstance(error, (duckdb.OutOfMemoryException, *_OF_PROGRAM))
    return not (elsewhere or is_full(error))


def is_full(error: Exception) -> bool:
    """Tell whether the disk was full."""
    return any(words in str(error).lower() for words in _FULL)
