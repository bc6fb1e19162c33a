"""Person-months added up without being written: each fact is found once for whom it concerns.

A person-month without any fact of an outcome has it as 0, or as missing where the register does not
reach. So how many person-months know an outcome follows from the months in which members are looked
at, and the rest from the facts alone. DuckDB tells facts, arrays of whole numbers add them up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np

from kuntakokeilu.contracts import PAYERS, PER_WHOLE
from kuntakokeilu.duck import one
from kuntakokeilu.panel import since_entry
from kuntakokeilu.panel.adding import run_starts, sum_by_key
from kuntakokeilu.panel.fact_arrays import (
    Facts,
    PaidBy,
    Persons,
    Totals,
    read_facts,
    read_payments,
    read_totals,
)
from kuntakokeilu.panel.outcomes import CHECKED, looks, tell, wage_threshold
from kuntakokeilu.panel.rows import Months, Placed, Rows, place, read_rows
from kuntakokeilu.panel.sum_files import Added, Known, begin, months_known, write_files
from kuntakokeilu.panel.told import Told
from kuntakokeilu.study import PanelSettings, Split

PERSONS_AT_A_TIME = 50_000
_COLUMNS_AT_A_TIME = 8  # of facts, as arrays


def write_sums(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    sample: str,
    splits: Sequence[Split],
    out: Path,
) -> dict[str, int]:
    """Add up the outcomes of a sample and write its files.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `members_<sample>`, `stays_<sample>`, and the tables of facts.
    settings : PanelSettings
        Says from which wage on one is employed.
    sample : str
        Name of the sample.
    splits : sequence of Split
        Populations and strata, and the outcomes of each.
    out : Path
        Folder for the files of `SUM_FILES`: contracts SUMS, PAID, PAYER_NAMES and COUNTED.

    Returns
    -------
    dict of str to int
        Sums in which each person's month counts once, of the outcomes by which it is checked that
        nothing gets lost (`outcomes.CHECKED`).
    """
    counted_from = since_entry.COUNTED_FROM.get(sample)
    told, sources = tell(con, settings, counted_from), looks(settings, counted_from)
    months = _months(con, settings, sample)
    added = [begin(con, sample, split, months.slots) for split in splits]
    checked = {name: 0 for name in CHECKED if name in told and name not in PAYERS.values()}
    reach = months_known(con, {name: told[name] for name in checked}, months)
    payer_count = _payers(con)
    asked = {*checked, *(name for each in added for name in each.sums)}
    for persons in _ranges(con, sample):
        rows = read_rows(con, sample, months, persons.first, persons.last)
        placed = [place(rows, each.groups, months.slots) for each in added]
        pairs = list(zip(added, placed, strict=True))
        for each, mine in pairs:
            cells, starts = mine.runs()
            each.rows[cells] += np.diff(starts, append=len(mine.cell))
        for source, mine_told in _by_source(told, asked):
            if source == since_entry.SOURCE:
                assert counted_from is not None
                totals = read_totals(con, wage_threshold(settings), months, persons)
                _add_totals(pairs, totals, mine_told, counted_from)
                continue
            facts = read_facts(con, source, sources[source], mine_told, months, persons)
            _add_facts(pairs, facts)
            for name in mine_told.keys() & checked:
                checked[name] += _once(rows, facts, name, reach[name], months)
        for name, payers in PAYERS.items():
            if name in told and any(name in each.split.paid for each in added):
                source = told[payers].source
                payments = read_payments(
                    con, source, sources[source], told[payers], months, persons
                )
                _add_payments(pairs, name, payments, payer_count)
    write_files(con, added, told, months, payer_count, out)
    return checked


def _months(con: duckdb.DuckDBPyConnection, settings: PanelSettings, sample: str) -> Months:
    first, last = one(
        con, f'SELECT coalesce(min("first"), 0), coalesce(max("last"), 0) FROM stays_{sample}'
    )
    elapsed = {
        "stock": tuple(range(settings.follow_up + 1)),
        "inflow": tuple(sorted(set(settings.horizons))),
    }
    return Months(first, last - first + 1, elapsed.get(sample))


def _ranges(con: duckdb.DuckDBPyConnection, sample: str) -> Iterator[Persons]:
    first, last = one(
        con, f"SELECT coalesce(min(person), 0), coalesce(max(person), -1) FROM stays_{sample}"
    )
    for start in range(first, last + 1, PERSONS_AT_A_TIME):
        yield Persons(start, min(start + PERSONS_AT_A_TIME - 1, last))


def _payers(con: duckdb.DuckDBPyConnection) -> int:
    """Say above which number there is no payer."""
    return int(one(con, "SELECT coalesce(max(payer), 0) + 1 FROM payers")[0])


def _by_source(told: Mapping[str, Told], asked: set[str]) -> Iterator[tuple[str, dict[str, Told]]]:
    """Put outcomes of the same facts together, some at a time."""
    sources: dict[str, list[str]] = {}
    for name in told:  # in the order of the person-months, whatever the order of a set
        if name in asked:
            sources.setdefault(told[name].source, []).append(name)
    for source, names in sources.items():
        for start in range(0, len(names), _COLUMNS_AT_A_TIME):
            some = names[start : start + _COLUMNS_AT_A_TIME]
            yield source, {name: told[name] for name in some}


def _add_facts(pairs: Sequence[tuple[Added, Placed]], facts: Facts) -> None:
    for added, placed in pairs:
        names = [name for name in facts.values if name in added.sums]
        found = facts.row[placed.at] if names else np.zeros(0, np.int32)
        hits = np.flatnonzero(found)
        if not len(hits):
            continue
        row, cell = found[hits] - 1, placed.cell[hits]
        starts = run_starts(cell)
        for name in names:
            known = facts.known.get(name)
            added.sums[name].add(
                cell[starts],
                starts,
                facts.values[name][row],
                None if known is None else known[row],
            )


def _add_totals(
    pairs: Sequence[tuple[Added, Placed]],
    totals: Totals,
    told: Mapping[str, Told],
    counted_from: int,
) -> None:
    for added, placed in pairs:
        names = [name for name in told if name in added.sums]
        if not names or not len(placed.cell):
            continue
        cells, starts = placed.runs()
        for name in names:
            values = totals.since(told[name].value, placed, counted_from)
            whole = values * PER_WHOLE["number"] if added.sums[name].kind == "number" else values
            added.sums[name].add(cells, starts, whole)


def _add_payments(
    pairs: Sequence[tuple[Added, Placed]], name: str, payments: PaidBy, payers: int
) -> None:
    for added, placed in pairs:
        if name in added.split.paid and len(placed.cell):
            cell, payer, paid = payments.of(placed)
            added.paid.setdefault(name, []).append(sum_by_key(cell * payers + payer, paid))


def _once(rows: Rows, facts: Facts, name: str, reach: Known, months: Months) -> int:
    """Add up an outcome over persons and months, each once, where its register reaches."""
    at = rows.at[rows.fresh]
    at = at[reach[at % months.count]]
    found = facts.row[at]
    return int(facts.values[name][found[found > 0] - 1].sum(dtype=np.int64))
