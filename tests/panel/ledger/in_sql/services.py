"""What employment services and primary care cost, and who pays them."""

from __future__ import annotations

import duckdb

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.panel.guidance import CANCELLED
from kuntakokeilu.panel.spells import closed

from .days import statuses, weekdays

COACHING = "14"
# Services that take part in the expenses of those who attend them: all but self-motivated study.
COMPENSATED = ("work_trial", "coaching", "training", "rehabilitation")
# Registers without which the days of a service cannot be told.
SERVICE_TABLES = ("status_spells", "work_trials", "training")


def service_costs(con: duckdb.DuckDBPyConnection, rules: LedgerRules, present: set[str]) -> None:
    """Make `ledger_service_costs`: person, month, payer, cents (less the transfer), transfer.

    ASSUME: what is in no register of its own is told by status: in a service outside work trials
    and coaching is rehabilitative work, in education outside labour market training is
    self-motivated study. Without the table of courses all of training is labour market training.

    For each day attended the state pays the expense compensation too (Kela and the unemployment
    funds hand it out beside the benefit). ASSUME: all who attend have a benefit, and none is so
    far from home that the compensation is doubled; of training the weekdays, without holidays.
    """
    parts = []
    if set(SERVICE_TABLES) <= present:
        parts.append(_by_days(con, rules, present))
    if "primary_care_visits" in present:
        parts.append(_VISITS)
    con.execute(
        "CREATE OR REPLACE TABLE ledger_used (person INTEGER, month INTEGER, service VARCHAR, "
        "days BIGINT)"
    )
    for part in parts:
        con.execute(f"INSERT INTO ledger_used {part}")
    con.execute(f"""
        CREATE OR REPLACE TABLE ledger_service_costs AS
        SELECT person, month, payer, sum(gross - transfer)::BIGINT AS cents,
            sum(transfer)::BIGINT AS transfer
        FROM (
            SELECT person, month, payer, portion(cents, days * days_per_week, 5) AS gross,
                portion(state_transfer_cents, days * days_per_week, 5) AS transfer
            FROM ledger_used JOIN ledger_services USING (service, month) WHERE days > 0
            UNION ALL
            SELECT person, month, 'state',
                portion(expense_compensation, days * days_per_week, 5), 0
            FROM ledger_used JOIN ledger_services USING (service, month)
            JOIN ledger_daily USING (month) WHERE days > 0 AND service IN {COMPENSATED}
        )
        GROUP BY ALL""")


# Visits are priced like days of a whole week. ISCO: physicians 221, nurses 222 and 322.
_VISITS = """
    SELECT p.person, month_index(start_date), CASE
            WHEN profession LIKE '221%' THEN 'visit_physician'
            WHEN profession LIKE '222%' OR profession LIKE '322%' THEN 'visit_nurse'
            ELSE 'visit_other' END, count(*)
    FROM primary_care_visits v JOIN persons p ON p.id = v.person GROUP BY ALL"""


def _by_days(con: duckdb.DuckDBPyConnection, rules: LedgerRules, present: set[str]) -> str:
    """Make `ledger_service_days`; SQL of the weekdays in each kind of service."""
    until = closed(rules.last)
    course = "'training'"
    held = ""
    if "training_courses" in present:
        course = f"CASE WHEN c.kind = '{COACHING}' THEN 'coaching' ELSE 'training' END"
        held = f"""LEFT JOIN (
            SELECT course, any_value(kind) AS kind, bool_or(cancelled = '{CANCELLED}') AS cancelled
            FROM training_courses GROUP BY course) c ON c.course = t.course"""
    kept = "t.started IS DISTINCT FROM false"
    kept += " AND c.cancelled IS DISTINCT FROM true" if held else ""
    spells = {
        "trial": f"SELECT person, start_date, {until} AS end_date FROM work_trials",
        "course": f"""SELECT t.person, t.start_date, {until} AS end_date, {course} AS kind
            FROM training t {held} WHERE {kept}""",
    }
    sources = {
        "work_trial": spells["trial"],
        "coaching": f"SELECT * FROM ({spells['course']}) WHERE kind = 'coaching'",
        "training": f"SELECT * FROM ({spells['course']}) WHERE kind = 'training'",
        "in_service": f"SELECT * FROM ({statuses(rules)}) WHERE status = '7'",
        "in_education": f"SELECT * FROM ({statuses(rules)}) WHERE status = '8'",
    }
    con.execute(
        "CREATE OR REPLACE TABLE ledger_service_days (person INTEGER, month INTEGER, "
        "service VARCHAR, days BIGINT)"
    )
    for service, source in sources.items():
        con.execute(f"""
            INSERT INTO ledger_service_days
            SELECT person, month, '{service}', days FROM ({weekdays(source, rules)})""")
    own = {name: f"coalesce(sum(days) FILTER (service = '{name}'), 0)" for name in sources}
    rest = {
        "rehabilitation": f"{own['in_service']} - {own['work_trial']} - {own['coaching']}",
        "study": f"{own['in_education']} - {own['training']}",
    }
    told = """SELECT person, month, service, sum(days)::BIGINT AS days FROM ledger_service_days
        WHERE service IN ('work_trial', 'coaching', 'training') GROUP BY ALL"""
    others = " ".join(
        f"UNION ALL SELECT person, month, '{name}', {days} FROM ledger_service_days "
        "GROUP BY person, month"
        for name, days in rest.items()
    )
    return f"{told} {others}"
