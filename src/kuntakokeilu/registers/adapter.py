"""The adapter of an extract: where its files are and how they are written.

One YAML file per source. Two extracts of the same register differ in nothing else, so that
pointing the project at another one is an edit of this file.
"""

from __future__ import annotations

import datetime
import os
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import Closed, Name
from kuntakokeilu.facts.rows import parse
from kuntakokeilu.io import read_yaml
from kuntakokeilu.registers.contract import END, Table
from kuntakokeilu.registers.findings import ALLOWED_FILES, ALLOWED_ROWS

ROOT_VARIABLE = "KUNTAKOKEILU_REGISTERS"
LINK = "key_link"
YEAR = "{year}"

if TYPE_CHECKING:  # a checker reads no list that is made
    Allowed = str
else:
    Allowed = Literal[tuple(sorted(ALLOWED_ROWS | ALLOWED_FILES))]


def _is_day(text: str) -> str:
    try:
        datetime.date.fromisoformat(text if "-" in text else f"{text}-01-01")
    except ValueError:
        raise ValueError(f"{text} is no day and no year") from None
    return text


Sentinel = Annotated[
    str, StringConstraints(pattern=r"^\d{4}(-\d{2}-\d{2})?$"), AfterValidator(_is_day)
]


class Format(Closed):
    """How files are written. Named in the adapter, since one environment has several."""

    kind: Literal["parquet", "csv", "dta", "sav", "sas7bdat"] = Field(description="File type")
    separator: str | None = Field(
        None, min_length=1, max_length=1, description="Between columns of a csv file"
    )
    encoding: Literal["utf-8", "latin-1"] = Field("utf-8", description="Letters of a csv file")
    decimal: Literal[".", ","] = Field(".", description="Decimal mark of numbers kept as text")
    date_formats: list[str] = Field(
        default=["%Y-%m-%d"],
        min_length=1,
        description="Forms of dates kept as text, tried in turn; strptime's letters",
    )
    missing: list[str] = Field(
        default=[], description="Texts that mean missing in every column, beside a blank"
    )
    sentinels: list[Sentinel] = Field(
        default=["2222-11-11", "9999"],
        description="Dates (or whole years) that mean: no date yet",
    )

    @model_validator(mode="after")
    def _separator_belongs_to_csv(self) -> Format:
        if (self.kind == "csv") != (self.separator is not None):
            raise ValueError("separator belongs to kind csv, and only there")
        return self

    @model_validator(mode="after")
    def _date_formats_are_ones(self) -> Format:
        day = datetime.datetime(2021, 3, 1)
        for form in self.date_formats:
            try:
                datetime.datetime.strptime(day.strftime(form), form)
            except ValueError:
                raise ValueError(f"date_formats: {form} is no form of dates") from None
            if not all(mark in form for mark in ("%d", "%Y")):
                raise ValueError(f"date_formats: {form} lacks the day (%d) or the year (%Y)")
        return self


class TableFiles(Closed):
    """Where one table is in the extract."""

    path: str = Field(min_length=1, description="Below the root; {year} stands for each year")
    years: tuple[int, int] | None = Field(None, description="First and last year, with {year}")
    format: Name = Field(description="One of the adapter's formats")
    layout: Literal["verified", "unverified"] = Field(
        "unverified", description="Whether somebody has seen these files"
    )
    columns: dict[str, str] = Field(
        default={}, description="Name in the files to name in the contract, where they differ"
    )
    link: Name | None = Field(None, description="Key link that turns the person id into hid_e")
    without: list[str] = Field(
        default=[], description="Contract columns the extract lacks; they become missing"
    )
    lags: dict[str, int] = Field(
        default={}, description="Years not yet produced, where other than the contract says"
    )
    municipalities_as_of: dict[str, int] = Field(
        default={}, description="Column to year of its municipal classification, if fixed"
    )
    allow: dict[Allowed, int] = Field(
        default={},
        description="Fault to number of rows accepted: those rows are left out and counted",
    )

    @model_validator(mode="after")
    def _years_go_with_the_path(self) -> TableFiles:
        if (YEAR in self.path) != (self.years is not None):
            raise ValueError("years belong to a path with {year}, and only there")
        if self.years and self.years[0] > self.years[1]:
            raise ValueError(f"years: {self.years[0]} is after {self.years[1]}")
        whole = PureWindowsPath(self.path)  # takes / as well, and a drive
        if whole.root or whole.drive or ".." in whole.parts:
            raise ValueError("path: expected one below the root, without ..")
        return self

    def files(self) -> dict[int | None, str]:
        """List the files below the root by year; one without a year if the table is pooled."""
        if self.years is None:
            return {None: self.path}
        first, last = self.years
        return {year: self.path.replace(YEAR, str(year)) for year in range(first, last + 1)}


class Adapter(Closed):
    """One extract of the registers."""

    adapter: Name = Field(description="Name of the extract's source")
    description: str = Field(min_length=1, description="Which extract, seen by whom and when")
    formats: dict[Name, Format] = Field(min_length=1, description="Ways in which files are written")
    links: dict[Name, TableFiles] = Field(default={}, description="Key links between person ids")
    tables: dict[Name, TableFiles] = Field(min_length=1, description="The tables by our names")
    absent: list[Name] = Field(default=[], description="Tables that the extract does not have")

    def files_of(self, table: str) -> TableFiles:
        """Return where a table is; raise InputError if the extract has no such table."""
        if table not in self.tables:
            raise InputError(f"table {table}: table_missing, the adapter {self.adapter} has none")
        return self.tables[table]


def read_adapter(path: Path, contract: dict[str, Table]) -> Adapter:
    """Read an adapter and hold it against the contract.

    Raises
    ------
    InputError
        A key is unknown, a table of the contract is neither given nor said to be absent, or a
        table names a column, format or link that is not there.
    """
    path = Path(path)
    adapter = parse(Adapter, read_yaml(path), path.name)
    known = set(contract) - {LINK}
    stray = [*(set(adapter.tables) | set(adapter.absent)) - known]
    if stray:
        raise InputError(f"{path.name}: no table {some(sorted(stray))} in the contract")
    both = set(adapter.tables) & set(adapter.absent)
    if both:
        raise InputError(f"{path.name}: {some(sorted(both))} is both given and absent")
    silent = known - set(adapter.tables) - set(adapter.absent)
    if silent:
        raise InputError(
            f"{path.name}: table {some(sorted(silent))} is missing; describe it under tables, or "
            "name it under absent"
        )
    for name, files in adapter.links.items():
        _check(adapter, files, contract[LINK], f"{path.name}, links.{name}")
    for name, files in adapter.tables.items():
        _check(adapter, files, contract[name], f"{path.name}, tables.{name}")
    return adapter


def _check(adapter: Adapter, files: TableFiles, table: Table, where: str) -> None:
    columns = {column.column.lower(): column for column in table.columns.values()}
    for key, names in (
        ("columns", files.columns.values()),
        ("without", files.without),
        ("lags", files.lags),
        ("municipalities_as_of", files.municipalities_as_of),
    ):
        unknown = [name for name in names if name.lower() not in columns]
        if unknown:
            raise InputError(f"{where}.{key}: the contract has no column {some(unknown)}")
    given = {name: columns[name.lower()] for name in files.without}
    needed = [
        name
        for name, column in given.items()
        if column.if_missing == "drop" or (table.is_spells and column.name == END)
    ]
    if needed:
        raise InputError(f"{where}.without: no row can be used without {some(needed)}")
    if files.format not in adapter.formats:
        raise InputError(
            f"{where}.format: no format {files.format}; expected {some(adapter.formats)}"
        )
    if files.link is not None and files.link not in adapter.links:
        raise InputError(f"{where}.link: no link {files.link} in the adapter")
    if files.link is not None and not any(c.type == "person" for c in columns.values()):
        raise InputError(f"{where}.link: the table has no persons")
    first = table.about.covers_from
    if files.years and first and files.years[0] < first:
        raise InputError(f"{where}.years: the register begins in {first}")


def extract_root(configured: Path | str | None) -> Path:
    """Find the folder of the extract: KUNTAKOKEILU_REGISTERS, else what is configured.

    Raises
    ------
    InputError
        Neither is given, or there is no such folder.
    """
    given = os.environ.get(ROOT_VARIABLE) or configured
    if given is None:
        raise InputError(
            f"no folder of register data: set the environment variable {ROOT_VARIABLE}, or give "
            "one with --root"
        )
    return check_root(Path(given))


def check_root(root: Path) -> Path:
    """Return the folder of the extract; raise InputError if there is none."""
    if not root.is_dir():
        raise InputError(f"{root.as_posix()}: no such folder of register data")
    return root
