"""What was paid to a person for a month: unemployment benefits and all others of the ledger."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.facts.ledger import BENEFITS, GROUNDS
from kuntakokeilu.panel.ledger.rows import changed, order_of, read, run_sums, to_rows
from kuntakokeilu.panel.ledger.rules import HUNDREDTHS
from kuntakokeilu.panel.ledger.whole import Codes, Flags, Whole, portion
from kuntakokeilu.panel.wellbeing import FLAGS

SUBSIDY, BASIC, EARNINGS = (BENEFITS.index(name) for name in ("FM", "FP", "AP"))
LAID_OFF = BENEFITS.index("AP_laid_off")
UNKNOWN = GROUNDS.index("unknown")
# Grounds of payment that no lay-off has.
_NEVER_LAID_OFF = [GROUNDS.index("3"), GROUNDS.index("4")]
_ASSISTANCE = ("basic", "supplementary", "preventive")


@dataclass(frozen=True)
class Payments:
    """Payments and recoveries of unemployment benefits, in order of the first four.

    Attributes
    ----------
    at : array
        Person and month of entitlement.
    benefit : array
        Its place in `BENEFITS`.
    period : array
        A month of subsidy is one payment period, or as many as the register tells counters for
        it, in their order; what has no counter, as recoveries, is of the first.
    ground : array
        Its place in `GROUNDS`.
    posted : array
        Month of payment.
    hundredths, cents : array
        Of days, and of euros.
    counter : array
        Hundredths of days; 0 where the register has none.
    told : array of bool
        Whether it has one.
    recovery : array of bool
        Whether it takes something back.
    """

    at: Whole
    benefit: Codes
    period: Whole
    ground: Codes
    posted: Whole
    hundredths: Whole
    cents: Whole
    counter: Whole
    told: Flags
    recovery: Flags


@dataclass(frozen=True)
class Amounts:
    """One row per person, month, benefit, ground and period, recoveries deducted.

    Attributes
    ----------
    at : array
        Person and month.
    benefit : array
        The benefit of the rules, its place in `BENEFITS`: `AP_laid_off` for days of lay-off.
    ground : array
        Its place in `GROUNDS`.
    hundredths, cents : array
        Of days, and of euros.
    counted, counted_2025 : array
        Hundredths of days counted before the period, by the rules of the month and by those of
        2025.
    """

    at: Whole
    benefit: Codes
    ground: Codes
    hundredths: Whole
    cents: Whole
    counted: Whole
    counted_2025: Whole

    def chosen(self, which: Flags | Whole) -> Amounts:
        """Give some of the rows."""
        return Amounts(*(column[which] for column in vars(self).values()))


def number_payments(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_payments`: the payments of numbered persons, benefit and ground as codes.

    Raises
    ------
    InputError
        A benefit and ground without a rule, or payments after the last month of the rules.
    """
    # ASSUME: a payment without a day was made in the month after its days, as Kela does.
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_payments AS
        SELECT p.person, CAST(b.year * 12 + b.month - 1 AS INTEGER) AS month,
            coalesce(month_index(payment_date), b.year * 12 + b.month)::INTEGER AS posted,
            {_code("benefit", BENEFITS)} AS benefit,
            {_code("coalesce(ground, 'unknown')", GROUNDS)} AS ground,
            CAST(round(coalesce(days, 0) * {HUNDREDTHS}) AS BIGINT) AS hundredths,
            coalesce(amount_cents, 0)::BIGINT AS cents,
            coalesce(CAST(round(days_counter * {HUNDREDTHS}) AS BIGINT), 0) AS counter,
            days_counter IS NOT NULL AS told,
            coalesce(amount_cents, 0) < 0 OR coalesce(days, 0) < 0 AS recovery
        FROM benefit_payments b JOIN persons p ON p.id = b.person""")
    _refuse_unknown(con, rules)
    months, rows = one(
        con,
        "SELECT count(DISTINCT month), count(*) FROM ledger_payments WHERE month > ?",
        [rules.last],
    )
    if rows:
        raise InputError(
            f"config/ledger: {counted(rows, 'benefit payment is', 'benefit payments are')} for "
            f"{counted(months, 'month')} after the last one of the rules, {_text(rules.last)}; "
            "expected rules for them"
        )


def _code(value: str, names: tuple[str, ...]) -> str:
    """SQL of a name's place among names; missing if it is none of them."""
    cases = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(names))
    return f"CAST(CASE {value} {cases} END AS TINYINT)"


def _refuse_unknown(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    known = rules.financing[["benefit", "ground"]].drop_duplicates()
    pairs = con.execute("SELECT DISTINCT benefit, ground FROM ledger_payments").fetchall()
    ruled = set(known.itertuples(index=False, name=None))
    if all(None not in pair and (BENEFITS[pair[0]], GROUNDS[pair[1]]) in ruled for pair in pairs):
        return
    found = con.execute("""
        SELECT benefit, coalesce(b.ground, 'unknown') AS ground, count(*)
        FROM benefit_payments b JOIN persons p ON p.id = b.person
        WHERE (benefit, coalesce(b.ground, 'unknown')) NOT IN (SELECT (benefit, ground) FROM known)
        GROUP BY ALL ORDER BY ALL""").fetchall()
    named = some(
        f"{benefit} of ground {ground} ({counted(n, 'payment')})" for benefit, ground, n in found
    )
    raise InputError(
        f"table benefit_payments: {named} without a payer; expected a rule in "
        "config/ledger/financing.csv"
    )


def _text(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def read_payments(con: duckdb.DuckDBPyConnection, first: int, last: int) -> Payments:
    """Read the payments of the persons from `first` to `last` and tell their periods."""
    names = "benefit, ground, posted::BIGINT AS posted, hundredths, cents, counter, told, recovery"
    rows = read(con, "ledger_payments", first, last, names)
    rank = np.where(rows["told"], rows["counter"] - rows["counter"].min(initial=0) + 1, 0)
    order = order_of(rows["at"], rows["benefit"], rank)
    period = np.empty(len(order), np.int64)
    period[order] = _periods(rows["at"][order], rows["benefit"][order], rank[order])
    order = order_of(rows["at"], rows["benefit"], period, rows["ground"])
    return Payments(period=period[order], **{name: rows[name][order] for name in rows})


def _periods(at: Whole, benefit: Codes, rank: Whole) -> Whole:
    """Number the counters of each month of subsidy; ranks ascend, 0 is none."""
    starts = np.flatnonzero(changed(at, benefit))
    another = (changed(at, benefit) | changed(rank)) & (rank > 0)
    number = np.cumsum(another)
    before = to_rows(number[starts] - another[starts], starts, len(at))
    return np.where(benefit == SUBSIDY, np.maximum(number - before, 1), 1)


def unemployment(
    paid: Payments, counted: Whole, counted_2025: Whole, laid_off: Whole, unemployed: Whole
) -> tuple[Amounts, Whole]:
    """Add up payments, the earnings-related allowance of the laid-off apart.

    ASSUME: of a month's days of unemployment, so many are days of lay-off as of its weekdays in
    statuses of unemployment, since a payment does not tell its days.

    Parameters
    ----------
    paid : Payments
        Of unemployment benefits.
    counted, counted_2025 : array
        Of each payment, the days counted before its period.
    laid_off, unemployed : array
        Of each payment, weekdays of its month in statuses of lay-off and of unemployment.

    Returns
    -------
    amounts : Amounts
        Those of lay-off at the end.
    of_payment : array
        The row of amounts to which each payment belongs, lay-off aside.
    """
    starts = np.flatnonzero(changed(paid.at, paid.benefit, paid.period, paid.ground))
    made = Amounts(
        paid.at[starts],
        paid.benefit[starts],
        paid.ground[starts],
        run_sums(paid.hundredths, starts),
        run_sums(paid.cents, starts),
        counted[starts],
        counted_2025[starts],
    )
    off, whole = laid_off[starts], unemployed[starts]
    some_off = np.flatnonzero(
        (off > 0) & (made.benefit == EARNINGS) & ~np.isin(made.ground, _NEVER_LAID_OFF)
    )
    parts = made.chosen(some_off)
    for column, part in (
        (made.cents, parts.cents),
        (made.hundredths, parts.hundredths),
    ):
        part[:] = portion(part, off[some_off], whole[some_off])
        column[some_off] -= part
    parts.benefit[:] = LAID_OFF
    return joined([made, parts]), np.cumsum(
        changed(paid.at, paid.benefit, paid.period, paid.ground)
    ) - 1


def joined(parts: list[Amounts]) -> Amounts:
    """Put amounts below each other."""
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return Amounts(*(np.concatenate(column) for column in columns))


def other_benefits(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Make `ledger_others`: person, month, benefit (its code), cents; several rows of each.

    Social assistance, sickness allowance and reimbursed medicines, of registers that are there.
    """
    con.execute(
        "CREATE OR REPLACE TABLE ledger_others (person INTEGER, month INTEGER, benefit TINYINT, "
        "cents BIGINT)"
    )
    parts = {
        "social_assistance": _assistance(),
        "sickness_allowance": _sickness(),
        "medicine_purchases": f"""
            SELECT p.person, month_index(start_date), {BENEFITS.index("medicines")},
                coalesce(reimbursed_cents, 0)
            FROM medicine_purchases m JOIN persons p ON p.id = m.person""",
    }
    for table, query in parts.items():
        if table in present:
            con.execute(f"INSERT INTO ledger_others {query}")


def read_others(con: duckdb.DuckDBPyConnection, first: int, last: int) -> Amounts:
    """Read and add up the other benefits, which have neither days nor grounds."""
    rows = read(con, "ledger_others", first, last, "benefit, cents")
    order = order_of(rows["at"], rows["benefit"])
    at, benefit = rows["at"][order], rows["benefit"][order]
    starts = np.flatnonzero(changed(at, benefit))
    nothing = np.zeros(len(starts), np.int64)
    ground = np.full(len(starts), UNKNOWN, np.int8)
    cents = run_sums(rows["cents"][order], starts)
    return Amounts(at[starts], benefit[starts], ground, nothing, cents, nothing, nothing)


def _assistance() -> str:
    """Spread the euros of a year over its months on social assistance, to the cent.

    ASSUME: evenly; over all months of the year if none is flagged.
    """
    flags = ", ".join(f"coalesce({flag}, false)" for flag in FLAGS)
    kinds = " UNION ALL ".join(
        f"SELECT *, {BENEFITS.index(f'{kind}_assistance')} AS benefit, "
        f"coalesce({kind}_cents, 0) AS cents FROM years"
        for kind in _ASSISTANCE
    )
    return f"""
        WITH years AS (
            SELECT p.person, a.*, CASE WHEN list_contains(flags, true)
                THEN list_filter(range(12), lambda m: flags[m + 1]) ELSE range(12) END AS months
            FROM (SELECT *, [{flags}] AS flags FROM social_assistance) a
            JOIN persons p ON p.id = a.person
        ), spread AS (
            SELECT *, unnest(range(1, len(months) + 1)) AS k
            FROM ({kinds}) WHERE cents <> 0
        )
        SELECT person, CAST(year * 12 + months[k] AS INTEGER), benefit,
            floor_of(cents * k, len(months)) - floor_of(cents * (k - 1), len(months))
        FROM spread"""


def _sickness() -> str:
    """Spread the euros of a spell over its months by calendar days, to the cent.

    ASSUME: a spell without a last day is paid for its first.
    """
    return f"""
        WITH spells AS (
            SELECT p.person, start_date AS a, greatest(start_date, coalesce(end_date, start_date))
                AS b, coalesce(amount_cents, 0) AS cents
            FROM sickness_allowance s JOIN persons p ON p.id = s.person
        ), spread AS (
            SELECT *, unnest(range(month_index(a), month_index(b) + 1))::INTEGER AS month
            FROM spells WHERE cents <> 0
        )
        SELECT person, month, {BENEFITS.index("sickness_allowance")},
            floor_of(cents * (least(b, month_end(month)) - a + 1), b - a + 1)
            - floor_of(cents * (greatest(a, first_day(month)) - a), b - a + 1)
        FROM spread"""
