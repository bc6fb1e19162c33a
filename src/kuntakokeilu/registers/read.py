"""One table of an extract, from its files to typed parquet in the contract's columns.

Each file is scanned once, into a table of DuckDB's that holds its typed rows and what the rules
found in them; faults are counted there, over all files, before anything is written. Out of core:
DuckDB spills to the work folder and holds at most `duck.MEMORY`. Repairs that one row, or one key
of one table, decides are made here and counted; what needs several tables or several spells of a
person (overlaps, gaps, deaths, deliveries that contradict each other) is left to the room `panel`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd

from kuntakokeilu import duck
from kuntakokeilu.contracts import conform
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import Classification, read_classification
from kuntakokeilu.registers.adapter import LINK, Adapter, TableFiles, check_root, read_adapter
from kuntakokeilu.registers.contract import Table, read_contract
from kuntakokeilu.registers.files import find_file, literal, open_source, quote, scan
from kuntakokeilu.registers.findings import (
    Finding,
    apply_allowances,
    as_frame,
    finding,
    refuse_faults,
)
from kuntakokeilu.registers.repeats import each_key_once
from kuntakokeilu.registers.rules import PERSON, REASON, Reading, noted
from kuntakokeilu.registers.whole import halved, out_of_line, signs

CHECKED_ROWS = 10_000
# Read at once by the next step: quick to write and to read, and codes, not ids, in dictionaries.
WRITTEN = "FORMAT parquet, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT 2000, PARQUET_VERSION v2"
# ASSUME: a key link that misses more than this share of rows is the wrong link, not a late one.
UNLINKED_SHARE = 0.05


@dataclass(frozen=True)
class Extract:
    """Register data and all that is needed to read them.

    Attributes
    ----------
    contract : dict of str to Table
        The tables by name.
    adapter : Adapter
        Where and how the files are.
    root : Path
        Folder of the files.
    municipalities : Classification
        Municipality codes of all years and their mergers.
    """

    contract: dict[str, Table]
    adapter: Adapter
    root: Path
    municipalities: Classification


@dataclass(frozen=True)
class Prepared:
    """A table that has been read but not yet kept.

    Attributes
    ----------
    typed : str or None
        What to scan for the typed rows: a file if they were written, else tables of the
        connection; None if no file could be read.
    findings : list of Finding
        Everything noticed.
    rows : int
        Rows in the files.
    kept : int
        Rows in the typed table.
    files : tuple of int
        Files found and files expected.
    sums : dict of str to dict of int or None to float
        Sum of each column of amounts over the usable rows, by year of the file.
    """

    typed: str | None
    findings: list[Finding]
    rows: int
    kept: int
    files: tuple[int, int]
    sums: dict[str, dict[int | None, float]] = field(default_factory=dict)


def open_extract(config: Path, adapter: Path, root: Path) -> Extract:
    """Put together the contract, an adapter and a folder of files.

    Parameters
    ----------
    config : Path
        The project's config folder.
    adapter : Path
        The adapter's file.
    root : Path
        Folder of the files; `extract_root` finds the one that the user means.

    Raises
    ------
    InputError
        The contract or the adapter is wrong, or there is no such folder.
    """
    contract = read_contract(config)
    # Codes are compared over all years, so the year of the classification does not matter here.
    municipalities = read_classification(config, 0)
    return Extract(
        contract, read_adapter(adapter, contract), check_root(Path(root)), municipalities
    )


def read_table(extract: Extract, name: str, *out: Path) -> pd.DataFrame:
    """Read one table of an extract into typed parquet, once for all shards.

    Parameters
    ----------
    extract : Extract
        The extract.
    name : str
        Our name of the table.
    out : Path
        The parquet file to write: the columns of `Table.output()`, in no order of rows. Of several
        files each has the persons of one shard, the same in every table; a table without persons
        is whole in each.

    Returns
    -------
    DataFrame
        The findings (columns of `Finding`): repairs have the consequence left_out or filled.
        Rows in the files = rows written + rows left out.

    Raises
    ------
    InputError
        The table has a fault: the message names table, column, rule and count, never a value.
        Nothing is written.
    """
    if name not in extract.contract:
        raise InputError(f"table {name}: not in config/registers/tables.csv")
    extract.adapter.files_of(name)
    for path in out:
        path.parent.mkdir(parents=True, exist_ok=True)
    with workplace(out[0].parent) as (con, work):
        written = {work / f"typed{number}.parquet": path for number, path in enumerate(out)}
        prepared = prepare(con, extract, name, work, list(written))
        refuse_faults(prepared.findings)
        _check_first_rows(con, extract.contract[name], list(written))
        for part, path in written.items():
            part.replace(path)
    return as_frame(prepared.findings)


@contextmanager
def workplace(near: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Open a connection with bounded memory and a folder for what does not fit, then remove both.

    DuckDB's own messages can quote data, so none of them leaves.
    """
    unreadable = "register data: not readable ({kind}); run preflight"
    with tempfile.TemporaryDirectory(dir=near, prefix=".registers-") as folder:
        con = duck.connect(Path(folder) / "spill")
        try:
            with duck.told("register data", unreadable):
                yield con, Path(folder)
        finally:
            con.close()


def prepare(
    con: duckdb.DuckDBPyConnection,
    extract: Extract,
    name: str,
    work: Path,
    out: Sequence[Path] = (),
) -> Prepared:
    """Read one table and note everything; raises for no fault in the data.

    Copies of files go to `work`; rows without a fault are written to `out`, those of a shard to
    each file, if any is given.
    """
    files = extract.adapter.files_of(name)
    link, found = None, []
    if files.link is not None:
        linked = _prepare(con, extract, LINK, extract.adapter.links[files.link], work, None, ())
        found = [each for each in linked.findings if each.consequence == "fatal"]
        if found or linked.typed is None:
            return Prepared(None, found, 0, 0, (0, len(files.files())))
        con.execute(f"CREATE OR REPLACE TEMP TABLE link AS FROM {linked.typed}")
        link = "link"
    return _prepare(con, extract, name, files, work, link, out)


def _prepare(
    con: duckdb.DuckDBPyConnection,
    extract: Extract,
    name: str,
    files: TableFiles,
    work: Path,
    link: str | None,
    out: Sequence[Path],
) -> Prepared:
    table = extract.contract[name]
    work = work / name
    work.mkdir(exist_ok=True)
    readings, found = _readings(con, extract, table, files, work, link)
    expected = len(files.files())
    here = expected - sum(each.rule == "file_missing" for each in found)
    rows: dict[int | None, int] = {}
    sums: dict[str, dict[int | None, float]] = {}
    usable = []
    for number, reading in enumerate(readings):
        year, judged = reading.source.year, quote(f"{name} {number}")
        try:
            con.execute(f"CREATE OR REPLACE TEMP TABLE {judged} AS {reading.judged()}")
        except duckdb.Error as error:
            if not duck.is_of_data(error):
                raise
            found.append(finding(name, "file_unreadable", 1, 1, year=year))
            continue
        rows[year], counted, amounts = _count(con, reading, judged)
        found += counted
        usable.append(reading.usable(judged))
        for column, amount in amounts.items():
            sums.setdefault(column, {})[year] = amount
    found += halved(name, rows) + out_of_line(name, sums)
    found = apply_allowances(found, files.allow)
    if not usable:
        return Prepared(None, found, 0, 0, (here, expected))
    kept = sum(one(con, f"SELECT count(*) FROM ({each})")[0] for each in usable)
    typed, repeats = each_key_once(con, table, usable, kept)
    kept -= sum(each.count for each in repeats)
    found += apply_allowances(repeats, files.allow)
    typed = f"({typed})"
    if out and not any(each.consequence == "fatal" for each in found):
        for number, path in enumerate(out):
            rows_of = _in_shard(table, typed, number, len(out))
            con.execute(f"COPY ({rows_of}) TO {literal(path.as_posix())} ({WRITTEN})")
        typed = scan(*out)
    found += signs(con, table, typed, kept)
    return Prepared(typed, found, sum(rows.values()), kept, (here, expected), sums)


def _in_shard(table: Table, typed: str, number: int, shards: int) -> str:
    """Say in SQL which rows belong to the persons of a shard; a hash says so of an id."""
    # ASSUME: all tables of a run are cut by one release of DuckDB, whose hash may change.
    if shards == 1 or PERSON not in table.output():
        return f"FROM {typed}"
    return f"FROM {typed} WHERE hash({PERSON}) % {shards} = {number}"


def _readings(
    con: duckdb.DuckDBPyConnection,
    extract: Extract,
    table: Table,
    files: TableFiles,
    work: Path,
    link: str | None,
) -> tuple[list[Reading], list[Finding]]:
    """Open every file of a table; what cannot be opened is a finding."""
    readings, found = [], []
    merged = frozenset(extract.municipalities.mergers["code_from"])
    written = extract.adapter.formats[files.format]
    for year, relative in files.files().items():
        path = find_file(extract.root, relative)
        if path is None:
            found.append(finding(table.name, "file_missing", 1, 1, year=year))
            continue
        source, noticed = open_source(con, table, files, written, path, year, work)
        found += noticed
        if source is not None:
            known = extract.municipalities.municipalities
            readings.append(Reading(table, files, source, known, merged, link))
    return readings, found


def _count(
    con: duckdb.DuckDBPyConnection, reading: Reading, judged: str
) -> tuple[int, list[Finding], dict[str, float]]:
    """Count the rows of a file and those that meet each rule, and add up amounts."""
    against, about, sums = reading.against(), reading.about(), reading.sums()
    by_reason = con.execute(f"SELECT {REASON}, count(*) FROM {judged} GROUP BY ALL").fetchall()
    reasons = dict(by_reason)
    total = sum(reasons.values())
    counts = [f"count_if({noted(number)})" for number in range(len(about))]
    usable = f"FROM {judged} WHERE {REASON} IS NULL"
    _, *numbers = one(con, f"SELECT {', '.join(['0', *counts, *sums.values()])} {usable}")
    amounts = dict(zip(sums, (float(x or 0) for x in numbers[len(counts) :]), strict=True))
    name, year = reading.table.name, reading.source.year
    numbers = [reasons.get(number, 0) for number in range(len(against))] + numbers[: len(counts)]
    found = [
        finding(name, rule.rule, count, total, year=year, column=rule.column)
        for rule, count in zip([*against, *about], numbers, strict=True)
        if count
    ]
    if total == 0:
        found.append(finding(name, "no_rows", 1, 1, year=year))
    unlinked = sum(each.count for each in found if each.rule == "id_not_in_link")
    if unlinked > UNLINKED_SHARE * total:
        column = reading.table.columns[PERSON].column
        rule = "too_many_ids_not_in_link"
        found.append(finding(name, rule, unlinked, total, year=year, column=column))
    return total, found, amounts


def _check_first_rows(con: duckdb.DuckDBPyConnection, table: Table, paths: list[Path]) -> None:
    """Hold the first rows of the result against the pandera schema: a check by other means."""
    conform(con.execute(f"FROM {scan(*paths)} LIMIT {CHECKED_ROWS}").df(), table.schema())
