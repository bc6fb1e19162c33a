"""Where a run is looked through for what must not leave, and by what persons are known there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.plan.run import CONFIG, Plan
from kuntakokeilu.registers import ColumnRow, Table, read_contract

# Periods, places and amounts stand in results too.
_ANYWHERE = ("year", "month", "municipality", "decimal", "euros")
_MONTHS = (
    "january february march april may june july august september october november december "
    "tammi helmi maalis huhti touko kesa heina elo syys loka marras joulu"
)
_COMMON = frozenset(_MONTHS.split()) | {f"{letter}{n}" for letter in "qk" for n in range(1, 6)}


def id_columns(contract: dict[str, Table], tables: Iterable[str]) -> dict[str, list[str]]:
    """Name the columns of ids, of persons and of payers, in typed tables of the contract."""
    found = {
        table: [name for name, column in contract[table].columns.items() if _is_id(column)]
        for table in tables
    }
    written = {table: contract[table].output() for table in found}
    return {table: [n for n in names if n in written[table]] for table, names in found.items()}


def columns_of_persons(contract: dict[str, Table]) -> list[str]:
    """Name the variables of registers, as delivered and as read, that no released table has."""
    rows = [row for table in contract.values() for row in table.columns.values()]
    named = {name for row in rows if row.type not in _ANYWHERE for name in (row.name, row.column)}
    released = {name for table in RELEASED_TABLES.values() for name in table.contract.columns}
    return sorted(name for name in named - released if name.casefold() not in _COMMON)


def leak_scan(plan: Plan, config: Path = CONFIG) -> dict[str, Any]:
    """Say what is looked through in a run of a study.

    Returns
    -------
    dict
        `folders`: the release, what is made of it, and the logs. `ids`: typed tables of the
        extract to their columns of ids. `columns`: names of variables of persons.
    """
    contract, files = read_contract(config), plan.registers
    ids: dict[str, list[str]] = {}
    if files is not None:
        columns = id_columns(contract, files.tables)
        for shard in files.shards:
            for path in files.register_tables(plan.restricted, shard):
                if names := columns[Path(path).stem]:
                    ids[path] = names
    return {
        "folders": [plan.release, plan.report, plan.logs],
        "ids": ids,
        "columns": columns_of_persons(contract),
    }


def _is_id(column: ColumnRow) -> bool:
    return column.type in ("person", "id")
