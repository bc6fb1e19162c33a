"""The contract of the register tables: which columns the project uses and what they mean.

Three tables in config/registers say it all: `tables.csv` (one row per logical table),
`columns.csv` (one row per table and column) and `codes.csv` (one row per code). Column names are
those of TAIKA, Statistics Finland's catalogue, where it has the table; `name` is what the column
is called after reading. What differs between extracts (paths, formats, aliases) is no part of the
contract: see `adapter`.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pandera.pandas as pa
from pydantic import AfterValidator, BeforeValidator, Field

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import Closed, Name, split
from kuntakokeilu.facts.rows import read_rows, unique

FOLDER = Path("registers")
END = "end_date"
START = "start_date"
IS_OPEN = "is_open"
DELIVERY_YEAR = "delivery_year"

# The type of a column, and the type of the parquet column that it becomes.
SQL_TYPES = {
    "person": "VARCHAR",  # the id that links persons across tables, after the key link
    "id": "VARCHAR",  # any other id: payers, courses
    "code": "VARCHAR",
    "municipality": "VARCHAR",
    "text": "VARCHAR",
    "integer": "INTEGER",
    "year": "INTEGER",
    "month": "INTEGER",
    "flag": "BOOLEAN",
    "decimal": "DOUBLE",
    "euros": "BIGINT",  # cents, so that sums are exact and do not depend on the order of rows
    "date": "DATE",
}
ColumnType = Literal[
    "person",
    "id",
    "code",
    "municipality",
    "text",
    "integer",
    "year",
    "month",
    "flag",
    "decimal",
    "euros",
    "date",
]


class TableRow(Closed):
    """One row of tables.csv."""

    table: Name = Field(description="Our name of the table")
    taika_id: str = Field("", description="Data set in TAIKA; empty if TAIKA has none")
    taika_group: str = Field("", description="Sub-table, the variable group in TAIKA")
    status: Literal["verified", "unverified"] = Field(
        description="Whether the columns were seen in TAIKA, or are a layout to be confirmed"
    )
    files: Literal["snapshot", "delivery", "single"] = Field(
        description="snapshot: a file per year with that year's rows; delivery: a file per year "
        "with what was known then, rows repeat and the latest wins; single: one file"
    )
    key: Annotated[list[Name], BeforeValidator(split)] = Field(
        default_factory=list, description="Columns that identify a row; empty: rows may repeat"
    )
    dated_by: Name | None = Field(None, description="Column that dates a row")
    covers_from: int | None = Field(None, description="First year in the register")
    covers_to: int | None = Field(None, description="Last year in TAIKA's catalogue")
    keep_from: int | None = Field(
        None, description="Rows that end before this year are left out and counted"
    )
    disclosure: str = Field(description="Source by which disclosure looks up its thresholds")
    description: str = Field(min_length=1, description="What a row is")


def _is_bound(text: str) -> str:
    if not re.fullmatch(r"-?\d+(\.\d+)?|\d{4}-\d{2}-\d{2}|file_year(\+\d+)?", text):
        raise ValueError(f"expected a number, a day, file_year or file_year+1; found {text}")
    return text


Bound = Annotated[str, AfterValidator(_is_bound)]


class ColumnRow(Closed):
    """One row of columns.csv."""

    table: Name = Field(description="Table in tables.csv")
    column: str = Field(min_length=1, description="Name in TAIKA; case does not matter in files")
    name: Name = Field(description="Name after reading")
    type: ColumnType = Field(description="Type; euros become cents")
    codes: Literal["closed", "open"] | None = Field(
        None, description="closed: another code is a fault; open: it is kept and counted"
    )
    dated_by: Name | None = Field(
        None, description="Column that dates its codes, where other than the table's"
    )
    classification: Literal["year", "next_year", "current"] | None = Field(
        None, description="Whose municipalities the codes are: of the file's year or the next"
    )
    if_missing: Literal["keep", "drop"] = Field(
        "keep", description="drop: a row without the value is left out and counted"
    )
    missing_as: str | None = Field(None, description="Code or number that a blank stands for")
    missing_means: str = Field("", description="What a blank means")
    lag_years: int = Field(
        0, ge=0, description="Years at the end of the data for which it is not yet produced"
    )
    first_year: int | None = Field(None, description="First year whose file has the column")
    last_year: int | None = Field(None, description="Last year whose file has the column")
    minimum: Bound | None = Field(
        None, description="A smaller value cannot be: a fault. Number, day or file_year; euros"
    )
    maximum: Bound | None = Field(None, description="A larger value cannot be: a fault")
    usual_minimum: Bound | None = Field(
        None, description="A smaller value is hard to believe: counted and kept"
    )
    usual_maximum: Bound | None = Field(
        None, description="A larger value is hard to believe: counted and kept"
    )
    not_before: Name | None = Field(
        None, description="Column of the row that cannot come after this one; counted and kept"
    )
    suspects: Annotated[list[Bound], BeforeValidator(split)] = Field(
        default=[], description="Days that programs write for none, joined by +; counted and kept"
    )
    name_fi: str = Field("", description="TAIKA's name")
    definition: str = Field(min_length=1, description="What the column says")
    note: str = Field("", description="Breaks and clashes to know about")

    def in_year(self, year: int | None) -> bool:
        """Tell whether the file of a year must have the column; pooled files must."""
        if year is None:
            return True
        return (self.first_year or year) <= year <= (self.last_year or year)


class CodeRow(Closed):
    """One row of codes.csv."""

    table: Name = Field(description="Table in tables.csv")
    column: str = Field(description="Column in columns.csv")
    code: str = Field(description="The code, with its leading zeros")
    meaning: str = Field(min_length=1, description="What it says")
    valid_from: datetime.date | None = Field(None, description="First day of use")
    valid_to: datetime.date | None = Field(None, description="Last day of use")
    source: str = Field(min_length=1, description="Where the code was found")


@dataclass(frozen=True)
class Table:
    """A table of the contract with its columns and their codes.

    Attributes
    ----------
    about : TableRow
        Its row of tables.csv.
    columns : dict of str to ColumnRow
        By the name after reading, in the order of columns.csv.
    codes : dict of str to list of CodeRow
        By the name after reading; a code may stand twice with different days of use.
    """

    about: TableRow
    columns: dict[str, ColumnRow]
    codes: dict[str, list[CodeRow]]

    @property
    def name(self) -> str:
        """Our name of the table."""
        return self.about.table

    @property
    def is_spells(self) -> bool:
        """Whether rows last from a first day to a last one."""
        return START in self.columns and END in self.columns

    def output(self) -> dict[str, str]:
        """Name the columns of the typed table and their SQL types, in order.

        Beside the contract's own columns: `is_open` in tables of spells (the last day was the
        register's date for "still going on") and `delivery_year` in deliveries (the year of the
        file the row came from; null if the extract is one file).
        """
        types = {name: SQL_TYPES[column.type] for name, column in self.columns.items()}
        if self.is_spells:
            types[IS_OPEN] = "BOOLEAN"
        if self.about.files == "delivery":
            types[DELIVERY_YEAR] = "INTEGER"
        return types

    def schema(self) -> pa.DataFrameSchema:
        """Give the typed table as a pandera schema, for frames that fit in memory.

        Reading checks whole tables inside DuckDB, which counts faults among a hundred million
        rows within a few gigabytes; pandera would need them in memory. The schema is made from
        the same rows of columns.csv and checks what came out: the first rows after each reading,
        the twin's tables, and whole tables in the tests.
        """
        columns = {name: _pandera_column(self, name) for name in self.columns}
        if self.is_spells:
            columns[IS_OPEN] = pa.Column(bool, description="No last day yet")
        if self.about.files == "delivery":
            text = "Year of the file that the row came from"
            columns[DELIVERY_YEAR] = pa.Column(
                "Int64", nullable=True, coerce=True, description=text
            )
        return pa.DataFrameSchema(columns, strict=True, name=f"registers.{self.name}")


_PANDAS = {"INTEGER": "Int64", "BIGINT": "Int64", "DOUBLE": float, "BOOLEAN": "boolean"}


def _pandera_column(table: Table, name: str) -> pa.Column:
    column = table.columns[name]
    # DATE arrives as an object of dates or as a timestamp, as pandas and the engine will have it.
    dtype = "datetime64[us]" if column.type == "date" else _PANDAS.get(SQL_TYPES[column.type], str)
    checks = []
    if column.codes == "closed":
        checks.append(pa.Check.isin(sorted({code.code for code in table.codes[name]})))
    if column.type == "month":
        checks.append(pa.Check.in_range(1, 12))
    if column.type == "municipality":
        checks.append(pa.Check.str_matches(r"^\d{3}$"))
    return pa.Column(
        dtype,
        checks,
        nullable=column.if_missing == "keep",
        coerce=True,
        description=column.definition,
    )


def read_contract(config: Path) -> dict[str, Table]:
    """Read the contract of every register table.

    Parameters
    ----------
    config : Path
        The folder that holds `registers/tables.csv`, `columns.csv` and `codes.csv`.

    Returns
    -------
    dict of str to Table
        The tables by name, in the order of tables.csv.

    Raises
    ------
    InputError
        A row is not typed, names a table or column that is not there, or stands twice.
    """
    folder, where = Path(config) / FOLDER, FOLDER.as_posix()
    tables = unique(
        read_rows(folder / "tables.csv", TableRow, where), "table", f"{where}/tables.csv"
    )
    columns = read_rows(folder / "columns.csv", ColumnRow, where)
    codes = read_rows(folder / "codes.csv", CodeRow, where)
    for number, row in [*columns.items()]:
        if row.table not in tables:
            raise InputError(f"{where}/columns.csv, row {number}: no table {row.table}")
    contract = {name: _table(about, columns, codes) for name, about in tables.items()}
    known = {(table.name, c.column) for table in contract.values() for c in table.columns.values()}
    for number, code in codes.items():
        if (code.table, code.column) not in known:
            raise InputError(
                f"{where}/codes.csv, row {number}: no column {code.column} in {code.table}"
            )
    return contract


def _table(about: TableRow, columns: dict[int, ColumnRow], codes: dict[int, CodeRow]) -> Table:
    where = f"{FOLDER.as_posix()}/columns.csv, table {about.table}"
    own = [row for row in columns.values() if row.table == about.table]
    for words, values in (
        ("column", [row.column.lower() for row in own]),
        ("name", [row.name for row in own]),
    ):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise InputError(f"{where}: {words} {some(twice)} stands there twice")
    named = {row.name: row for row in own}
    missing = [name for name in about.key if name not in {*named, DELIVERY_YEAR}]
    dates = [about.dated_by, *(row.dated_by for row in own), *(row.not_before for row in own)]
    missing += [name for name in dates if name and name not in named]
    if missing:
        raise InputError(f"{where}: no column named {some(missing)}, which tables.csv asks for")
    by_name = {
        row.name: [c for c in codes.values() if (c.table, c.column) == (row.table, row.column)]
        for row in own
    }
    odd = [name for name, row in named.items() if not _bounds_fit(row, named)]
    if odd:
        raise InputError(f"{where}: the bounds of {some(odd)} do not fit the type of the column")
    without = [name for name, row in named.items() if row.codes and not by_name[name]]
    if without:
        raise InputError(f"{where}: {some(without)} has codes, but codes.csv has none for it")
    return Table(about, named, by_name)


def _bounds_fit(row: ColumnRow, named: dict[str, ColumnRow]) -> bool:
    """Tell whether a column can be compared with its bounds: days with days, numbers with those."""
    limits = [row.minimum, row.maximum, row.usual_minimum, row.usual_maximum, *row.suspects]
    fixed = [bound for bound in limits if bound and not bound.startswith("file_year")]
    is_day = row.type == "date"
    if row.not_before and named[row.not_before].type != row.type:
        return False
    if row.type not in ("date", "year", "integer", "decimal", "euros"):
        return not any(limits) and not row.not_before
    return all((bound.count("-") == 2) == is_day for bound in fixed)
