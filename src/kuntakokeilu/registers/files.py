"""Files of an extract as sources that DuckDB can scan, whatever they are written in.

Parquet is scanned where it lies. The other formats are first copied, in chunks and with the
contract's columns only, to parquet in the work folder: csv as text, so that no leading zero is
lost, and the formats of statistical packages with their three kinds (text, number, date). The
message of a reader never reaches the user, since it may quote a line of the file.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from kuntakokeilu import duck
from kuntakokeilu.registers.adapter import Format, TableFiles
from kuntakokeilu.registers.contract import Table
from kuntakokeilu.registers.findings import Finding, finding
from kuntakokeilu.tabular import DATE_FORMATS, UnreadableError, chunks, metadata

CHUNK_ROWS = 200_000


@dataclass(frozen=True)
class Source:
    """One file of a table, ready to be scanned.

    Attributes
    ----------
    year : int or None
        Year of the file; None if the table is pooled.
    relation : str
        What stands after FROM.
    columns : dict of str to (str, str)
        By name after reading: the column in the relation and its SQL type; absent ones are not
        there.
    format : Format
        How the file is written.
    """

    year: int | None
    relation: str
    columns: dict[str, tuple[str, str]]
    format: Format


def quote(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """Quote an SQL text."""
    return "'" + str(text).replace("'", "''") + "'"


def scan(*paths: Path) -> str:
    """Give the SQL that scans parquet files, one after another."""
    return f"read_parquet([{', '.join(literal(path.as_posix()) for path in paths)}])"


def find_file(root: Path, relative: str) -> Path | None:
    """Find a file below the root, whatever the case of its folders and name."""
    path = Path(root)
    for part in PurePosixPath(relative).parts:
        if (path / part).exists():
            path = path / part
            continue
        if not path.is_dir():
            return None
        same = sorted(p for p in path.iterdir() if p.name.casefold() == part.casefold())
        if not same:
            return None
        path = same[0]
    return path if path.is_file() else None


def open_source(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    files: TableFiles,
    written: Format,
    path: Path,
    year: int | None,
    work: Path,
) -> tuple[Source | None, list[Finding]]:
    """Make one file scannable, and compare its columns with the contract.

    Parameters
    ----------
    con : DuckDBPyConnection
        An open connection.
    table : Table
        The contract.
    files, written : TableFiles, Format
        The adapter's words about the table and about its files.
    path : Path
        The file.
    year : int or None
        Its year.
    work : Path
        Folder for copies.

    Returns
    -------
    tuple of Source or None, list of Finding
        No source if the file cannot be read or a column is missing or stands there twice.
    """
    try:
        header = _header(path, written)
        wanted, found = _match(table, files, header, year)
        if any(each.consequence == "fatal" for each in found):
            return None, found
        relation = _relation(con, path, written, wanted, header, work)
        types = {
            row[0].lower(): row[1] for row in con.execute(f"DESCRIBE FROM {relation}").fetchall()
        }
    except (UnreadableError, duckdb.Error, pa.ArrowException) as error:
        if not duck.is_of_data(error):
            raise
        return None, [finding(table.name, "file_unreadable", 1, 1, year=year)]
    columns = {name: (column, types[column.lower()]) for name, column in wanted.items()}
    return Source(year, relation, columns, written), found


def _header(path: Path, written: Format) -> list[str]:
    """List the columns of a file in order."""
    if written.kind == "parquet":
        return pq.read_schema(path).names
    if written.kind == "csv":
        return _csv_header(path, written)
    return list(metadata(path, written.kind).column_names)


def _csv_header(path: Path, written: Format) -> list[str]:
    encoding = "utf-8-sig" if written.encoding == "utf-8" else written.encoding
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            raise UnreadableError
        file.seek(-1, 2)
        if file.read(1) not in b"\r\n":  # a cut inside the last field leaves no other trace
            raise UnreadableError
    try:
        with path.open(encoding=encoding, newline="") as file:
            return [
                name.strip() for name in next(csv.reader(file, delimiter=str(written.separator)))
            ]
    except (UnicodeDecodeError, csv.Error, StopIteration):
        raise UnreadableError from None


def _match(
    table: Table, files: TableFiles, header: list[str], year: int | None
) -> tuple[dict[str, str], list[Finding]]:
    """Find the contract's columns in a header: name after reading to the name in the file."""
    aliases = {alias.lower(): name.lower() for alias, name in files.columns.items()}
    places: dict[str, list[str]] = {}
    for name in header:
        places.setdefault(aliases.get(name.lower(), name.lower()), []).append(name)
    absent = {name.lower() for name in files.without}
    wanted, found = {}, []
    for name, column in table.columns.items():
        here = places.get(column.column.lower(), [])
        rule = None
        if len(here) > 1:
            rule = "column_twice"
        elif here:
            wanted[name] = here[0]
        elif column.column.lower() in absent or not column.in_year(year):
            rule = "column_absent"
        else:
            rule = "column_missing"
        if rule:
            found.append(finding(table.name, rule, 1, 1, year=year, column=column.column))
    counts = {
        "column_renamed": sum(name.lower() in aliases for name in wanted.values()),
        "column_extra": len(header) - len(wanted),
    }
    found += [
        finding(table.name, rule, count, len(header), year=year)
        for rule, count in counts.items()
        if count
    ]
    return wanted, found


def _relation(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    written: Format,
    wanted: dict[str, str],
    header: list[str],
    work: Path,
) -> str:
    if written.kind == "parquet":
        return scan(path)
    copy = work / f"{path.stem}.copy.parquet"
    if written.kind == "csv":
        _copy_csv(con, path, written, wanted, header, copy)
    else:
        _copy_statistical(path, written, list(wanted.values()), copy)
    return scan(copy)


def _copy_csv(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    written: Format,
    wanted: dict[str, str],
    header: list[str],
    copy: Path,
) -> None:
    """Copy the wanted columns of a csv file as text; a row of another length is an error."""
    # Columns are named by position, since names in the file may be empty or repeated.
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
    chosen = ", ".join(f"c{header.index(name)} AS {quote(name)}" for name in wanted.values())
    con.execute(
        f"COPY (SELECT {chosen} FROM read_csv({literal(path.as_posix())}, auto_detect=false, "
        f"header=true, delim={literal(written.separator)}, quote='\"', escape='\"', "
        f"encoding='{written.encoding}', columns={{{columns}}}, strict_mode=true)) "
        f"TO {literal(copy.as_posix())} (FORMAT parquet)"
    )


def _copy_statistical(path: Path, written: Format, names: list[str], copy: Path) -> None:
    """Copy the wanted columns of a Stata, SPSS or SAS file, a chunk of rows at a time."""
    about = metadata(path, written.kind)
    kinds = {name: _kind(about, name) for name in names}
    schema = pa.schema([(name, kinds[name]) for name in names])
    with pq.ParquetWriter(copy, schema) as writer:
        for frame, _ in chunks(path, written.kind, names, CHUNK_ROWS):
            arrays = [_array(frame[name], kinds[name]) for name in names]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _kind(about: Any, name: str) -> pa.DataType:
    if about.readstat_variable_types[name] == "string":
        return pa.string()
    form = str(about.original_variable_types.get(name, ""))
    return pa.date32() if form.startswith(DATE_FORMATS) else pa.float64()


def _array(values: pd.Series, kind: pa.DataType) -> pa.Array:
    if kind == pa.date32():
        dates = [None if pd.isna(value) else value for value in values]
        return pa.array([getattr(d, "date", lambda d=d: d)() if d else None for d in dates], kind)
    if kind == pa.float64():
        return pa.array(pd.to_numeric(values).astype("float64"), kind, from_pandas=True)
    return pa.array(values.astype(object).where(values.notna(), None), kind)
