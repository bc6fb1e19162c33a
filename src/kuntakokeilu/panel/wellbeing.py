"""Social assistance, sickness, medicines, primary care and disability pensions by month."""

from __future__ import annotations

import duckdb

from kuntakokeilu.panel.spells import merged

FLAGS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
PSYCHOTROPIC = ("N05", "N06")
DISABILITY = "2"  # kind of pension
# Tables that look at other months, unique in person and month: doses of this and the two before.
LOOKS = {
    "dose_quarters": """
        SELECT person, month + ahead AS month, round(sum(doses), 4) AS doses
        FROM dose_months, range(3) AS months(ahead) WHERE {persons} GROUP BY ALL""",
}


def assistance_months(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `assistance_months(person, month)` from the twelve flags of a year."""
    con.execute(f"""
        INSERT INTO assistance_months
        SELECT DISTINCT person, year * 12 + number
        FROM (
            SELECT p.person, a.year, unnest([{", ".join(FLAGS)}]) AS received,
                unnest(range(12)) AS number
            FROM social_assistance a JOIN persons p ON p.id = a.person
        )
        WHERE received""")


def sickness_months(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `sickness_months(person, month, sickness_days)`: calendar days inside each month.

    Overlapping spells count once. ASSUME: a recovery takes back money, not days of sickness, so
    its row is left out; of a spell without a last day only the first is known.
    """
    spells = """(
        SELECT p.person, start_date, coalesce(end_date, start_date) AS end_date
        FROM sickness_allowance s JOIN persons p ON p.id = s.person WHERE amount_cents >= 0)"""
    con.execute(f"""
        INSERT INTO sickness_months
        SELECT person, month,
            sum(least(end_date, month_end(month)) - greatest(start_date, first_day(month)) + 1)
        FROM (
            SELECT *, unnest(range(month_index(start_date), month_index(end_date) + 1)) AS month
            FROM {merged(spells)}
        )
        GROUP BY person, month""")


def medicine_months(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `medicine_months(person, month)`: a purchase of ATC group N05 or N06."""
    con.execute(f"""
        INSERT INTO medicine_months
        SELECT DISTINCT p.person, month_index(start_date)
        FROM medicine_purchases m JOIN persons p ON p.id = m.person
        WHERE left(upper(atc), 3) IN {PSYCHOTROPIC}""")


def dose_months(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `dose_months(person, month, doses)`: defined daily doses of N05 and N06 bought.

    Rounded to four decimals, so that their sum does not depend on the order of rows. ASSUME: a
    purchase whose doses are unknown has none; an extract without any doses has no such rows.
    """
    con.execute(f"""
        INSERT INTO dose_months
        SELECT p.person, month_index(start_date), round(sum(doses), 4)
        FROM medicine_purchases m JOIN persons p ON p.id = m.person
        WHERE left(upper(atc), 3) IN {PSYCHOTROPIC} AND doses IS NOT NULL
        GROUP BY ALL""")


def visit_months(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `visit_months(person, month, visits)`: primary-care visits of any kind."""
    con.execute("""
        INSERT INTO visit_months
        SELECT p.person, month_index(start_date), count(*)
        FROM primary_care_visits v JOIN persons p ON p.id = v.person
        GROUP BY ALL""")


def pension_months(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `pension_months(person, month)`: a disability pension began.

    A pension stands in the delivery of each year at whose end it is paid; so the last of them says
    how long it lasted. ASSUME: one that begins when another was still paid at the end of the year
    before continues it.
    """
    con.execute(f"""
        INSERT INTO pension_months
        SELECT DISTINCT person, month_index(start_date)
        FROM (
            SELECT *, max(paid_until) OVER (
                PARTITION BY person ORDER BY start_date
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
            FROM (
                SELECT p.person, start_date, max(delivery_year) AS paid_until
                FROM pensions e JOIN persons p ON p.id = e.person
                WHERE kind = '{DISABILITY}' GROUP BY ALL
            )
        )
        WHERE earlier IS NULL OR earlier < year(start_date) - 1""")
