"""Nothing gets lost: euros and person-months in = out + left out by a named rule, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandas as pd

from kuntakokeilu.contracts import CONSERVATION, conform
from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError
from kuntakokeilu.panel.benefits import BENEFITS
from kuntakokeilu.panel.ledger import ledger_totals
from kuntakokeilu.panel.ledger.rows import Columns
from kuntakokeilu.panel.spells import closed, window
from kuntakokeilu.study import PanelSettings

# Euros: register table, its column, table of facts, its column.
EUROS = {
    "wages": ("wages", "wage_cents", "wage_months", "wage_cents"),
    "benefits": ("benefit_payments", "amount_cents", "benefit_months", "benefit_cents"),
}
# What a sample must have of the facts of its months: its column, the facts, their sum, and the
# reach outside which it has none.
_IN_SAMPLE = {
    "cents of wages": ("wage_cents", "wage_months", "sum(wage_cents)", "wage_months"),
    "cents of benefits": (
        "benefit_cents",
        "benefit_months",
        "sum(benefit_cents)",
        "benefit_months",
    ),
    "cents of the municipal share": (
        "municipal_subsidy_cents",
        "cost_months",
        "sum(municipal_subsidy_cents)",
        "benefit_months",
    ),
    "registered months": ("registered::INTEGER", "status_months", "count(*)", "registered"),
}
_PAID = "list_sum(list_transform(wage_payers, lambda paid: paid.cents))"
Row = tuple[str, int, int, int]


def check(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    samples: Mapping[str, Path],
    summed: Mapping[str, Mapping[str, int]] | None = None,
    priced: Mapping[str, Mapping[str, int]] | None = None,
    *,
    of_registers: bool = True,
) -> pd.DataFrame:
    """See that no cent and no month of registration is lost or counted twice.

    Euros of the registers are followed into the facts and from there into each sample; months of
    registration are counted again from the spells by another way; what payers pay adds up to the
    euros of the registers, and costs less receipts to the net. To be called after
    `outcomes.add_outcomes` has written the samples.

    Parameters
    ----------
    con : DuckDBPyConnection
        With the register tables, `persons`, `status_months` and what `prepare_facts` makes.
    settings : PanelSettings
        Freeze dates and last month.
    samples : mapping of str to Path
        The person-months of each sample, as written by `add_outcomes`; may be empty.
    summed : mapping of str to mapping, optional
        Of samples of which there are only sums, these: `once` of `sums.SampleSums`.
    priced : mapping of str to mapping, optional
        The same, `priced`; without it `cost_months` has the ledger.
    of_registers : bool
        Whether to follow the registers into the facts as well; not where only some persons of
        theirs have numbers.

    Returns
    -------
    DataFrame
        Contract CONSERVATION; in cents or person-months.

    Raises
    ------
    InputError
        A check does not add up: named with the difference.
    """
    present = {name for (name,) in con.execute("SELECT name FROM reach").fetchall()}
    rows = _into_all_facts(con, settings, present) if of_registers else []
    for sample, path in samples.items():
        rows += _into_sample(con, sample, path, present)
    for sample, totals in (summed or {}).items():
        rows += _into_sums(con, sample, totals, present, (priced or {}).get(sample))
    for each in rows:
        _refuse(*each)
    return conform(pd.DataFrame(rows, columns=list(CONSERVATION.columns)), CONSERVATION)


def _into_all_facts(
    con: duckdb.DuckDBPyConnection, settings: PanelSettings, present: set[str]
) -> list[Row]:
    """Follow registers into facts, whole sums into their parts."""
    until = closed(window(settings)[1])
    rows = [_registered(con, settings), _open_spells(con)]
    rows += [_merged(con, until), _overlapping(con, until)]
    for name, (table, column, facts, cents) in EUROS.items():
        if facts in present:
            rows.append(_into_facts(con, name, table, column, f"sum({cents})", facts))
    if "wage_months" in present:
        rows.append(_split(con, "wages by payer", "wage_cents", _PAID, "wage_months"))
    if "benefit_months" in present:
        kinds = " + ".join(BENEFITS.values())
        rows.append(_split(con, "benefits by kind", "benefit_cents", kinds, "benefit_months"))
    if "ledger_daily" in _tables(con):  # else the study counts no costs
        rows += ledger_totals(con)
    return rows


def _tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}


def _refuse(name: str, before: int, after: int, left_out: int) -> None:
    if before != after + left_out:
        raise InputError(
            f"conservation, {name}: {before} in, {after} out and {left_out} left out; "
            f"the difference is {before - after - left_out}"
        )


def _registered(con: duckdb.DuckDBPyConnection, settings: PanelSettings) -> Row:
    """Count month ends inside search spells from the unmerged spells, by calendar dates."""
    first, last = window(settings)
    (before,) = one(
        con,
        f"""
        SELECT count(DISTINCT (person, month_end)) FROM (
            SELECT person, until, last_day(unnest(generate_series(
                greatest(start_date, first_day({first})),
                least(last_day(until), month_end({last})),
                INTERVAL 1 MONTH
            ))::DATE) AS month_end
            FROM (
                SELECT s.person, date_trunc('month', start_date)::DATE AS start_date,
                    greatest(start_date, coalesce(end_date, CASE WHEN delivery_year IS NULL
                        THEN month_end({last}) ELSE make_date(delivery_year, 12, 31) END)) AS until
                FROM search_spells s
            )
        ) WHERE month_end <= until""",
    )
    (after,) = one(con, "SELECT count(*) FROM status_months")
    return "registered at the end of a month", before, after, 0


def _open_spells(con: duckdb.DuckDBPyConnection) -> Row:
    """Count open search spells and those closed because a later delivery lacks them."""
    before, after, left_out = one(
        con,
        """
        SELECT count(*), coalesce(count_if(still), 0), coalesce(count_if(NOT still), 0)
        FROM (
            SELECT coalesce(delivery_year >= "last" // 12, true) AS still, end_date
            FROM search_spells LEFT JOIN reach ON name = 'registered'
        )
        WHERE end_date IS NULL""",
    )
    return "open search spells that the last delivery has", before, after, left_out


def _merged(con: duckdb.DuckDBPyConnection, until: str) -> Row:
    """Count search spells, registrations, and the spells that an earlier one reaches."""
    before, left_out = one(
        con,
        f"""
        WITH s AS MATERIALIZED (
            SELECT person, start_date, {until} AS until, row_number() OVER () AS n
            FROM search_spells
        )
        SELECT (SELECT count(*) FROM s), count(*) FROM s WHERE EXISTS (
            FROM s AS earlier WHERE earlier.person = s.person AND earlier.until + 1 >= s.start_date
                AND (earlier.start_date, earlier.n) < (s.start_date, s.n))""",
    )
    after = _one(con, "count(*)", "registrations")
    return "search spells: overlapping or touching ones are one", before, after, left_out


def _overlapping(con: duckdb.DuckDBPyConnection, until: str) -> Row:
    """Count status spells that go on when the next one has begun, which then goes before them."""
    before, after, left_out = one(
        con,
        f"""
        SELECT count(*), coalesce(count_if(NOT overlapped), 0), coalesce(count_if(overlapped), 0)
        FROM (
            SELECT coalesce(lead(start_date) OVER (PARTITION BY person ORDER BY start_date)
                <= {until}, false) AS overlapped
            FROM status_spells
        )""",
    )
    return "status spells: overlapped ones give way to the next", before, after, left_out


def _into_facts(
    con: duckdb.DuckDBPyConnection, name: str, table: str, column: str, cents: str, facts: str
) -> Row:
    before, left_out = one(
        con,
        f"""
        SELECT coalesce(sum({column}), 0)::HUGEINT,
            coalesce(sum({column}) FILTER (person NOT IN (SELECT id FROM persons)), 0)::HUGEINT
        FROM {table}""",
    )
    return f"cents of {name}: never job seekers left out", before, _one(con, cents, facts), left_out


def _split(con: duckdb.DuckDBPyConnection, name: str, whole: str, parts: str, facts: str) -> Row:
    before, after = (_one(con, f"sum({cents})", facts) for cents in (whole, parts))
    return f"cents of {name}", before, after, 0


def _into_sample(
    con: duckdb.DuckDBPyConnection, sample: str, path: Path, present: set[str]
) -> list[Row]:
    """Compare a sample, each person and month once, with the facts of those months."""
    kept = [each for each in _IN_SAMPLE.items() if each[1][3] in present]
    columns = ", ".join(f"{column} AS value_{at}" for at, (_, (column, *_)) in enumerate(kept))
    file = path.as_posix().replace("'", "''")
    # A month with two different values stays twice and spoils the sum, as it should.
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE months_once AS
        SELECT DISTINCT person, month_index(period) AS month, {columns}
        FROM read_parquet('{file}')""")
    rows = []
    for at, (name, (_, facts, total, register)) in enumerate(kept):
        own = f"{facts} SEMI JOIN months_once USING (person, month)"
        outside = f"""{own} ANTI JOIN reach
            ON name = '{register}' AND month BETWEEN reach.first AND reach.last"""
        after = _one(con, f"sum(value_{at})", "months_once")
        before, left_out = _one(con, total, own), _one(con, total, outside)
        rows.append((f"{name} in {sample}: months not covered left out", before, after, left_out))
    con.execute("DROP TABLE months_once")
    return rows


def _into_sums(
    con: duckdb.DuckDBPyConnection,
    sample: str,
    totals: Mapping[str, int],
    present: set[str],
    priced: Mapping[str, int] | None,
) -> list[Row]:
    """Compare the sums of a sample, each person and month once, with the facts of those months."""
    rows = []
    for name, (column, facts, _, register) in _IN_SAMPLE.items():
        if register not in present:
            continue
        found = priced if facts == "cost_months" and priced else _of_months(con, sample, name)
        after = totals.get(column.removesuffix("::INTEGER"), 0)
        checked = f"{name} in {sample}: months not covered left out"
        rows.append((checked, found["before"], after, found["left out"]))
    return rows


def priced_months(con: duckdb.DuckDBPyConnection, sample: str, rows: Columns) -> dict[str, int]:
    """Add up the municipal share of some persons' ledger in the months of a sample.

    Of rows of `ledger.Ledger.rows`: before, left out. Those of some persons after the other add up
    to those of all.
    """
    (name,) = (name for name, (_, facts, *_) in _IN_SAMPLE.items() if facts == "cost_months")
    con.register("cost_months", rows)
    found = _of_months(con, sample, name)
    con.unregister("cost_months")
    return found


def _of_months(con: duckdb.DuckDBPyConnection, sample: str, name: str) -> dict[str, int]:
    """Add up a fact of `_IN_SAMPLE` in the months of a sample, all and where it is not covered."""
    # The months of an inflow are single ones, and found by their value.
    looked = "= stay.first" if sample == "inflow" else "BETWEEN stay.first AND stay.last"
    _, facts, total, register = _IN_SAMPLE[name]
    # Taken to the end, since rows of the ledger go away afterwards.
    [(before, left_out)] = con.execute(
        f"""
        SELECT coalesce({total}, 0)::HUGEINT,
            coalesce({total} FILTER (month NOT BETWEEN reach.first AND reach.last), 0)::HUGEINT
        FROM {facts} JOIN reach ON reach.name = '{register}'
        SEMI JOIN stays_{sample} AS stay ON stay.person = {facts}.person
            AND {facts}.month {looked}"""
    ).fetchall()
    return {"before": before, "left out": left_out}


def _one(con: duckdb.DuckDBPyConnection, total: str, source: str) -> int:
    query = f"SELECT coalesce({total}, 0)::HUGEINT FROM {source}"
    return one(con, query)[0]
