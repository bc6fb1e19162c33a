"""Person-months added up without being written: each fact is found once for whom it concerns.

A person-month without any fact of an outcome has it as 0, or as missing where the register does not
reach. So how many person-months know an outcome follows from the months in which members are looked
at, and the rest from the facts alone. DuckDB tells facts, arrays of whole numbers add them up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np

from kuntakokeilu.contracts import PAYERS, PER_WHOLE
from kuntakokeilu.duck import one
from kuntakokeilu.panel import conservation, since_entry
from kuntakokeilu.panel.adding import run_starts, sum_by_key
from kuntakokeilu.panel.fact_arrays import (
    Facts,
    PaidBy,
    Persons,
    Totals,
    priced_facts,
    read_facts,
    read_payments,
    read_totals,
)
from kuntakokeilu.panel.ledger import Ledger
from kuntakokeilu.panel.ledger.rows import Columns
from kuntakokeilu.panel.outcomes import CHECKED, looks, tell, wage_threshold
from kuntakokeilu.panel.rows import Months, Placed, Rows, place, read_rows
from kuntakokeilu.panel.sum_files import Added, Known, begin, months_known, write_files
from kuntakokeilu.panel.told import Told
from kuntakokeilu.study import PanelSettings, Split

PERSONS_AT_A_TIME = 10_000
_COLUMNS_AT_A_TIME = 24  # of facts, as arrays


@dataclass(frozen=True)
class SampleSums:
    """What is being added up of a sample.

    Attributes
    ----------
    name : str
        Of the sample.
    counted_from : int or None
        As of `since_entry.COUNTED_FROM`.
    told : dict of str to Told
        Its outcomes.
    months : Months
        Those of its cells.
    added : list of Added
        Its splits.
    reach : dict of str to array of bool
        In which months of all samples an outcome of `CHECKED` is known.
    once : Counter of str
        Sums of these outcomes so far in which each person's month counts once.
    priced : Counter of str
        Of the ledger, whose rows are gone afterwards, what `conservation.of_months` gives so far.
    """

    name: str
    counted_from: int | None
    told: dict[str, Told]
    months: Months
    added: list[Added]
    reach: dict[str, Known]
    once: Counter[str] = field(default_factory=Counter)
    priced: Counter[str] = field(default_factory=Counter)


def write_sums(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    splits: Mapping[str, Sequence[Split]],
    out: Path,
    ledger: Ledger | None = None,
) -> list[SampleSums]:
    """Add up the outcomes of some samples and write their files.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `persons`, `members_<sample>`, `stays_<sample>`, and the tables of facts.
    settings : PanelSettings
        Says from which wage on one is employed.
    splits : mapping of str to sequence of Split
        Sample to its populations and strata, and the outcomes of each.
    out : Path
        Folder; in `<sample>` the files of `SUM_FILES`: contracts SUMS, PAID, PAYER_NAMES and
        COUNTED.
    ledger : Ledger, optional
        Who pays what, told and added up some persons at a time; `cost_months` stays empty. Default:
        `cost_months` has it, or there is none.

    Returns
    -------
    list of SampleSums
        With what is needed to see that nothing gets lost.
    """
    every = _every_month(con, splits)
    samples = [_begin(con, settings, *each, every, ledger) for each in splits.items()]
    for persons in _ranges(con):
        priced = None if ledger is None else ledger.rows(persons.first, persons.last)
        if priced is not None:
            for sample in samples:
                sample.priced.update(conservation.priced_months(con, sample.name, priced))
        _add(con, settings, samples, every, persons, priced)
    if ledger is not None:
        ledger.keep_sums(made=True)
    for each in samples:
        payers = _payers(con)
        write_files(con, each.added, each.told, each.months, payers, out / each.name)
    return samples


def _every_month(con: duckdb.DuckDBPyConnection, samples: Iterable[str]) -> Months:
    """From the first month of any sample's cohorts and stays to the last."""
    looked = " UNION ALL ".join(
        f'SELECT least(cohort, "first") AS "first", "last" FROM stays_{name}' for name in samples
    )
    first, last = one(
        con, f'SELECT coalesce(min("first"), 0), coalesce(max("last"), 0) FROM ({looked})'
    )
    return Months(first, last - first + 1, None)


def _begin(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    sample: str,
    splits: Sequence[Split],
    every: Months,
    ledger: Ledger | None,
) -> SampleSums:
    counted_from = since_entry.COUNTED_FROM.get(sample)
    told = tell(con, settings, counted_from, priced=ledger is not None)
    months = _months(con, settings, sample)
    checked = {name: told[name] for name in CHECKED if name in told and name not in PAYERS.values()}
    return SampleSums(
        sample,
        counted_from,
        told,
        months,
        [begin(con, sample, split, months.slots) for split in splits],
        months_known(con, checked, every),
        Counter(dict.fromkeys(checked, 0)),
    )


def _add(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    samples: Sequence[SampleSums],
    every: Months,
    persons: Persons,
    priced: Columns | None,
) -> None:
    """Add up some persons: each fact is told once for all samples."""
    told = {name: each for sample in samples for name, each in sample.told.items()}
    sources = {
        name: sql
        for sample in samples
        for name, sql in looks(settings, sample.counted_from).items()
    }
    asked = {
        name
        for sample in samples
        for name in (*sample.once, *(n for e in sample.added for n in e.sums))
    }
    rows, pairs = {}, {}
    for sample in samples:
        mine = read_rows(con, sample.name, sample.months, every, persons.first, persons.last)
        rows[sample.name] = mine
        pairs[sample.name] = [
            (each, place(mine, each.groups, sample.months.slots)) for each in sample.added
        ]
        for each, placed in pairs[sample.name]:
            cells, starts = placed.runs()
            each.rows[cells] += np.diff(starts, append=len(placed.cell))
    for source, mine_told in _by_source(told, asked):
        if source == since_entry.SOURCE:
            totals = read_totals(con, wage_threshold(settings), every, persons)
            for sample in samples:
                if sample.counted_from is not None:
                    _add_totals(pairs[sample.name], totals, mine_told, sample.counted_from)
            continue
        if source == "cost_months" and priced:
            facts = priced_facts(priced, list(mine_told), every, persons)
        else:
            facts = read_facts(con, source, sources[source], mine_told, every, persons)
        for sample in samples:
            _add_facts(pairs[sample.name], facts)
            for name in mine_told.keys() & sample.once:
                reach = sample.reach[name]
                sample.once[name] += _once(rows[sample.name], facts, name, reach, every)
    payer_count = _payers(con)
    for name, payers in PAYERS.items():
        paid = [s for s in samples if name in s.told and any(name in e.split.paid for e in s.added)]
        if paid:
            source = told[payers].source
            payments = read_payments(con, source, sources[source], told[payers], every, persons)
            for sample in paid:
                _add_payments(pairs[sample.name], name, payments, payer_count)


def _months(con: duckdb.DuckDBPyConnection, settings: PanelSettings, sample: str) -> Months:
    first, last = one(
        con, f'SELECT coalesce(min("first"), 0), coalesce(max("last"), 0) FROM stays_{sample}'
    )
    elapsed = {
        "stock": tuple(range(settings.follow_up + 1)),
        "inflow": tuple(sorted(set(settings.horizons))),
    }
    return Months(first, last - first + 1, elapsed.get(sample))


def _ranges(con: duckdb.DuckDBPyConnection) -> Iterator[Persons]:
    (last,) = one(con, "SELECT coalesce(max(person), 0) FROM persons")
    for start in range(1, last + 1, PERSONS_AT_A_TIME):
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
