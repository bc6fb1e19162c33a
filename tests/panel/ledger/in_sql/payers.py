"""Each benefit of a month split over those who pay it, to the cent."""

from __future__ import annotations

import duckdb

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.facts.ledger import PAYERS

from .rules import HUNDREDTHS


def split(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_shares`: `ledger_amounts` with the municipal share and a column per payer.

    Also `counted`, `ordinary` and `basic` of `_valued`. Rounded is once per person, month, period,
    benefit and ground: shares of a cent go up, and one payer takes what is left. The basic part of
    an allowance leaves the payer who has it for the one who finances it.

    Source: Act 555/1998, 4 §. Shares of an earnings-related allowance are shares of the ordinary
    one; what an increase adds is the Employment Fund's.
    """
    _value(con, rules)
    rounded = ", ".join(
        f"part_of(CASE WHEN v.benefit = 'AP' THEN ordinary ELSE cents END, f.{p}) AS {p}"
        for p in PAYERS
    )
    left = "cents - " + " - ".join(PAYERS)
    whole = ", ".join(f"{p} + CASE WHEN rest = '{p}' THEN {left} ELSE 0 END AS {p}" for p in PAYERS)
    source = " ".join(f"WHEN '{p}' THEN {p}" for p in PAYERS)
    final = ", ".join(
        f"{p} + CASE WHEN basic_by = '{p}' THEN moved WHEN basic_from = '{p}' THEN -moved "
        f"ELSE 0 END AS {p}"
        for p in PAYERS
    )
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_shares AS
        WITH rounded AS (
            SELECT v.*, f.municipalities AS share, f.rest, f.basic_from, f.basic_by, {rounded}
            FROM ledger_valued v
            JOIN ledger_financing f
                ON f.benefit = v.financed_as AND f.ground = v.ground AND f.month = v.month
                    AND v.counted >= f.days_from AND v.counted < f.days_until
        ), whole AS (
            SELECT * EXCLUDE ({", ".join(PAYERS)}), {whole} FROM rounded
        ), parts AS (
            SELECT *, CASE WHEN basic_by IS NULL THEN 0
                ELSE up_to(CASE basic_from {source} END, basic) END AS moved
            FROM whole
        )
        SELECT person, month, benefit, financed_as, ground, period, cents, hundredths, counted,
            share, ordinary, basic, {final}
        FROM parts""")


def _value(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_valued`: `ledger_amounts` in the months of the rules, with three more columns.

    counted
        Hundredths of days of subsidy before the period.
    ordinary
        What the same days would have brought in unemployment, without the increase for services.
        Of the subsidy and the basic allowance the days at the daily allowance, and what exceeds
        the increase supplement too: that is an increase for children. Of the earnings-related
        allowance the days at the person's full allowance.
    basic
        The part at the level of the basic allowance: the days at the daily allowance, never more
        than the amount; of an adjusted earnings-related allowance the proportion that the daily
        allowance is of the full one (Act 555/1998, 4 §, and 388/2023). 0 if the signs of days and
        amount of an earnings-related allowance differ, and of the others all.

    The full allowance is that of the nearest month in which the person had days of it in full.
    ASSUME: one stated level where the register tells no such month.
    """
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_valued AS
        WITH dated AS (
            SELECT a.*, coalesce(counted, 0) AS counted, d.daily_allowance AS daily,
                d.increase_supplement AS increase,
                portion(a.hundredths, d.daily_allowance, {HUNDREDTHS}) AS at_daily
            FROM ledger_amounts a JOIN ledger_daily d USING (month)
            LEFT JOIN ledger_counters c ON c.person = a.person AND c.month = a.month
                AND c.period = a.period AND a.benefit = 'FM'
        ), compared AS (
            SELECT dated.*,
                CASE WHEN nearer THEN after.cents ELSE before.cents END AS full_cents,
                CASE WHEN nearer THEN after.hundredths ELSE before.hundredths END AS full_days
            FROM (SELECT * FROM dated WHERE benefit = 'AP') dated
            ASOF LEFT JOIN ledger_full before
                ON dated.person = before.person AND dated.month >= before.month
            ASOF LEFT JOIN ledger_full after
                ON dated.person = after.person AND dated.month <= after.month,
            LATERAL (SELECT before.month IS NULL
                OR after.month - dated.month < dated.month - before.month AS nearer)
        ), earnings AS (
            SELECT * EXCLUDE (full_cents, full_days),
                coalesce(full_cents, {rules.assumptions.full_allowance_cents}) AS full_cents,
                coalesce(full_days, {HUNDREDTHS}) AS full_days
            FROM compared
        )
        SELECT * EXCLUDE (daily, increase, at_daily, full_cents, full_days),
            CASE WHEN ground = '3' AND sign(cents) = sign(hundredths)
                THEN up_to(cents, portion(hundredths, full_cents, full_days)) ELSE cents END
                AS ordinary,
            CASE WHEN ground = '2'
                THEN up_to(cents, portion(cents, daily * full_days, full_cents * {HUNDREDTHS}))
                ELSE up_to(cents, at_daily) END AS basic
        FROM earnings
        UNION ALL BY NAME
        SELECT * EXCLUDE (daily, increase, at_daily),
            CASE WHEN ground <> '3' OR sign(cents) <> sign(hundredths) THEN cents
                ELSE sign(cents)::BIGINT * greatest(abs(up_to(cents, at_daily)),
                    abs(cents) - portion(abs(hundredths), increase, {HUNDREDTHS})) END AS ordinary,
            CASE WHEN sign(cents) = sign(hundredths) THEN up_to(cents, at_daily) ELSE cents END
                AS basic
        FROM dated WHERE benefit <> 'AP'""")


def posted_shares() -> str:
    """SQL of the municipal share of the subsidy by month of payment: person, month, cents.

    The share of each payment is what the rounded share of all so far is more than before, so that
    payments add up to the share of the period for which they are.
    """
    return """
        SELECT person, posted AS month, sum(part_of(so_far, share)
            - part_of(so_far - cents, share))::BIGINT AS municipal_posted_cents
        FROM (
            SELECT paid.person, posted, share, paid.cents, sum(paid.cents) OVER (
                PARTITION BY paid.person, paid.month, period, ground ORDER BY posted)::BIGINT
                AS so_far
            FROM (
                SELECT person, month, period, ground, posted, sum(cents)::BIGINT AS cents
                FROM ledger_payments WHERE benefit = 'FM' GROUP BY ALL
            ) paid
            JOIN (FROM ledger_shares WHERE benefit = 'FM' AND share > 0) AS priced
                USING (person, month, period, ground)
        )
        GROUP BY person, posted"""


def shifted() -> str:
    """SQL of what unemployment would have brought on service days times its share: cents."""
    return """
        SELECT s.person, s.month, sum(part_of(s.ordinary, f.municipalities))::BIGINT
            AS shifted_cents
        FROM ledger_shares s JOIN ledger_financing f
            ON f.benefit = 'FM' AND f.ground = '1' AND f.month = s.month
                AND s.counted >= f.days_from AND s.counted < f.days_until
        WHERE s.benefit = 'FM' AND s.ground = '3' AND f.municipalities > 0
        GROUP BY s.person, s.month"""


def municipal_2025() -> str:
    """SQL of what municipalities would pay by the rules of 2025: person, month, cents.

    They share the part at the level of the basic allowance: 2025 knows neither the increase for
    services nor that for children, and of the earnings-related allowance the rest is not shared.
    ASSUME: nothing of the days of lay-off, in which the state, whose part it is, has none.
    """
    return """
        SELECT person, s.month, sum(part_of(s.basic, r.share))::BIGINT AS municipal_2025_cents
        FROM ledger_shares s
        JOIN ledger_counters_2025 c USING (person, month, period)
        JOIN ledger_2025 r ON r.benefit = s.financed_as
            AND c.counted >= r.days_from AND c.counted < r.days_until
        WHERE r.share > 0 GROUP BY person, s.month"""
