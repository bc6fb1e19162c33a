"""From sparse facts of each register to the outcome columns of the person-months."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

import duckdb

from kuntakokeilu.contracts import LEDGER, PERSON_MONTHS
from kuntakokeilu.duck import one
from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.panel import benefits, exits, guidance, since_entry, wages, wellbeing
from kuntakokeilu.panel.ledger import BY_YEAR, NEEDS, cost_months
from kuntakokeilu.panel.register_reach import find_reach
from kuntakokeilu.study import PanelSettings

# Tables of facts, each unique in person and month: its other columns.
FACTS = {
    "wage_months": "wage_cents BIGINT, wage_payers STRUCT(payer INTEGER, cents BIGINT)[]",
    "benefit_months": ", ".join(
        ["benefit_cents BIGINT"]
        + [f"{name} BIGINT" for name in benefits.BENEFITS.values()]
        + ["benefit_days DOUBLE"]
    ),
    "service_months": "",
    "plan_months": "",
    "contact_months": "contacts BIGINT",
    "assistance_months": "",
    "sickness_months": "sickness_days BIGINT",
    "medicine_months": "",
    "dose_months": "doses DOUBLE",
    "visit_months": "visits BIGINT",
    "pension_months": "",
    "cost_months": ", ".join(f"{name} BIGINT" for name in LEDGER),
}
_FILL: dict[str, tuple[tuple[str, ...], Callable[..., None]]] = {
    "wage_months": (("wages",), wages.wage_months),
    "benefit_months": (("benefit_payments",), benefits.benefit_months),
    "contact_months": (("ura_contacts",), guidance.contact_months),
    "assistance_months": (("social_assistance",), wellbeing.assistance_months),
    "sickness_months": (("sickness_allowance",), wellbeing.sickness_months),
    "medicine_months": (("medicine_purchases",), wellbeing.medicine_months),
    "dose_months": (("medicine_purchases",), wellbeing.dose_months),
    "visit_months": (("primary_care_visits",), wellbeing.visit_months),
    "pension_months": (("pensions",), wellbeing.pension_months),
}
# Registers of which one outcome is made; what covers an outcome is what all of those present cover.
REGISTERS = {
    "registered": ("search_spells",),
    "status": ("search_spells", "status_spells"),
    "service_months": ("status_spells", "work_trials", "training"),
    "plan_months": ("plans", "ura_plans"),
    **{name: tables for name, (tables, _) in _FILL.items()},
    **{name: (name,) for name in ("work_trials", "training", "subsidised_placements")},
}
# What is joined to each person-month beside the facts, unique in person and month.
LOOKS = {
    "status_months": "FROM status_months WHERE {persons}",
    "unemployed_months": "FROM unemployed_months WHERE {persons}",
    **{name: f"FROM {name} WHERE {{persons}}" for name in FACTS},
    "income_before": """
        SELECT person, month + 1 AS month, sum(cents)::BIGINT AS cents
        FROM (
            SELECT person, month, wage_cents AS cents FROM wage_months WHERE {persons}
            UNION ALL
            SELECT person, month, benefit_cents FROM benefit_months WHERE {persons}
        )
        GROUP BY person, month""",
    **exits.LOOKS,
    **guidance.LOOKS,
    **wellbeing.LOOKS,
}
PERSONS_AT_A_TIME = 100_000
# Another wage above which one is employed, in cents: 500 euros, the usual one, was also the exempt
# amount of benefits beside part-time work from June 2020 to November 2021, where wages bunch.
WELL_EMPLOYED = 100_000
# Outcomes that are always made: by them it is checked that nothing gets lost.
CHECKED = ("registered", "wage_cents", "wage_payers", "benefit_cents", "municipal_subsidy_cents")


def prepare_facts(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    present: set[str],
    rules: LedgerRules | None,
) -> None:
    """Make all tables of facts about persons and months, and what each register covers.

    Parameters
    ----------
    con : DuckDBPyConnection
        From `database.connect`, with `persons` and a view of each register table.
    settings : PanelSettings
        Names the first and the last month.
    present : set of str
        Register tables that are there; the facts of another are empty and cover nothing.
    rules : LedgerRules or None
        Who pays what; without them there is no ledger and its columns are missing.

    Notes
    -----
    Makes the tables of `FACTS`, each unique in `person` and `month` (INTEGER), and
    `reach(name, first, last)`: the months between which the registers of an outcome reach.

    Raises
    ------
    InputError
        A register has a column without any value, or hardly a row in months in its middle; a
        benefit has no payer, or a month no rules.
    """
    for name, columns in FACTS.items():
        key = "person INTEGER, month INTEGER"
        con.execute(f"CREATE OR REPLACE TABLE {name} ({', '.join(filter(None, [key, columns]))})")
    con.execute("CREATE OR REPLACE TABLE contact_days (person INTEGER, start_date DATE)")
    for (table,), fill in _FILL.values():
        if table in present:
            fill(con)
    guidance.service_months(con, present)
    guidance.plan_months(con, present)
    guidance.plan_reviews(con, present)
    if rules is not None:
        cost_months(con, rules, present, settings.first_month, settings.last_month)
    find_reach(con, REGISTERS, set(FACTS), present)
    # Doses are a column that an extract may lack.
    con.execute("DELETE FROM reach WHERE name = 'dose_months' AND NOT EXISTS (FROM dose_months)")


def add_outcomes(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    skeleton: str,
    out: Path,
    counted_from: int | None = None,
    asked: Collection[str] | None = None,
) -> None:
    """Write the person-months of a sample.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `status_months`, `unemployed_months` and what `prepare_facts` makes; for entrants
        also `entries`.
    settings : PanelSettings
        Says from which wage on one is employed.
    skeleton : str
        Table with person, cohort (month or null), elapsed, month, unit and the traits; that of a
        survey also with its answers.
    out : Path
        Parquet file with the columns of `contracts.PERSON_MONTHS`, in order and type.
    counted_from : int, optional
        Months since the cohort's month from which outcomes since entry are counted
        (`since_entry.COUNTED_FROM`): 0 for entrants; without cohorts none.
    asked : collection of str, optional
        Outcomes to be made beside those of `CHECKED`; the others are missing. Default: all.

    Notes
    -----
    No fact about a month means false or 0 where the register reaches, and missing where it does
    not: before its first and after its last year, or month if the extract begins or ends within a
    year, or if the extract lacks it.
    """
    known = {name: (a, b) for name, a, b in con.execute("FROM reach").fetchall()}
    told = set(con.table(skeleton).columns)
    made = _outcomes(settings, known, counted_from)
    if asked is not None:
        made = {name: sql for name, sql in made.items() if name in {*CHECKED, *asked}}
    if not one(con, "SELECT EXISTS (FROM cost_months)")[0]:
        made = {name: sql for name, sql in made.items() if name not in LEDGER}
    values = _nothing(told) | _keys() | made
    columns = ", ".join(
        f"CAST({values.get(name, f's.{name}')} AS {column.type}) AS {name}"
        for name, column in PERSON_MONTHS.items()
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    # The facts of some persons at a time: joins in memory are several times faster than spilled.
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".parts-") as folder:
        for number, (first, last) in enumerate(_ranges(con, skeleton)):
            query = _query(settings, columns, skeleton, counted_from)
            query = query.replace("{persons}", f"person BETWEEN {first} AND {last}")
            _copy(con, query, Path(folder) / f"{number:04}.parquet")
        whole = Path(folder) / "whole.parquet"
        _copy(con, f"FROM read_parquet('{_quoted(Path(folder))}/[0-9]*.parquet')", whole)
        whole.replace(out)


def _query(settings: PanelSettings, columns: str, skeleton: str, counted_from: int | None) -> str:
    """Join all that is known about a person and month to the skeleton; `{persons}` stays open."""
    looks = LOOKS | ({"first_contacts": guidance.FIRST_CONTACTS} if counted_from == 0 else {})
    looks = {name: source for name, source in looks.items() if f"{name}." in columns}
    # The last fact before a month first: such joins sort their rows, which are still narrow here.
    joins = totals = ""
    if "plan_reviews." in columns:
        joins = """
            ASOF LEFT JOIN (FROM plan_reviews WHERE {persons}) AS plan_reviews
                ON plan_reviews.person = s.person AND plan_reviews.month <= s.month"""
    if counted_from is not None and "until." in columns:
        totals = f"WITH totals AS MATERIALIZED ({since_entry.running_totals(_threshold(settings))})"
        joins += since_entry.joins(counted_from)
    joins += "".join(
        f" LEFT JOIN ({source}) AS {name} ON {name}.person = s.person AND {name}.month = s.month"
        for name, source in looks.items()
    )
    return f"{totals} SELECT {columns} FROM (FROM {skeleton} WHERE {{persons}}) AS s {joins}"


def _threshold(settings: PanelSettings) -> int:
    return round(settings.employed_above * 100)


def _ranges(con: duckdb.DuckDBPyConnection, skeleton: str) -> list[tuple[int, int]]:
    query = f"SELECT coalesce(min(person), 0), coalesce(max(person), 0) FROM {skeleton}"
    first, last = one(con, query)
    starts = range(first, last + 1, PERSONS_AT_A_TIME)
    return [(start, start + PERSONS_AT_A_TIME - 1) for start in starts]


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    con.execute(f"COPY ({query}) TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd)")


def _keys() -> dict[str, str]:
    return {"cohort": "first_day(s.cohort)", "period": "first_day(s.month)"}


def _nothing(told: set[str]) -> dict[str, str]:
    """All but keys and traits that the skeleton does not tell: a survey is in its own alone."""
    frozen = ("key", "trait")
    columns = PERSON_MONTHS.items()
    return {n: "NULL" for n, column in columns if column.kind not in frozen and n not in told}


def _outcomes(
    settings: PanelSettings, known: dict[str, tuple[int, int]], counted_from: int | None
) -> dict[str, str]:
    """SQL of each outcome, missing where the registers it needs do not reach."""

    def reached(
        value: str, *registers: str, back: int = 0, ahead: int = 0, of_year: Collection[str] = ()
    ) -> str:
        """Say it if they reach this month, so many before and after it; some, its whole year."""
        if any(name not in known for name in registers):
            return "NULL"
        spans = [(known[name][0] + back, known[name][1] - ahead) for name in registers]
        spans += [
            (-(-known[name][0] // 12) * 12, (known[name][1] + 1) // 12 * 12 - 1) for name in of_year
        ]
        within = " AND ".join(f"s.month BETWEEN {first} AND {last}" for first, last in spans)
        return f"CASE WHEN {within} THEN {value} END"

    def status(*codes: str) -> str:
        listed = ", ".join(f"'{code}'" for code in codes)
        return f"coalesce(status_months.status IN ({listed}), false)"

    def number(table: str, column: str) -> str:
        return reached(f"coalesce({table}.{column}, 0)", table)

    def happened(table: str) -> str:
        return reached(f"{table}.person IS NOT NULL", table)

    def exit_to(destination: str) -> str:
        return reached(exits.exit_to(destination, _threshold(settings)), "status", back=1)

    employed = f"coalesce(wage_months.wage_cents, 0) > {_threshold(settings)}"
    well_employed = f"coalesce(wage_months.wage_cents, 0) > {WELL_EMPLOYED}"
    paid = "wage_months", "benefit_months"
    change = (
        "abs(coalesce(wage_months.wage_cents, 0) + coalesce(benefit_months.benefit_cents, 0)"
        " - coalesce(income_before.cents, 0))"
    )
    silent = reached("contact_quarters.contacts = 0", "contact_months", back=2)
    outdated = reached(guidance.OUTDATED, "plan_months", back=guidance.REVIEW_MONTHS)
    return {
        "registered": reached("status_months.person IS NOT NULL", "registered"),
        "unemployed": reached(status("2", "3"), "status"),
        "laid_off": reached(status("3"), "status"),
        "in_service": reached(status("7", "8"), "status"),
        "unemployed_or_in_service": reached(status("2", "3", "7", "8"), "status"),
        "subsidised": reached(status("0"), "status"),
        "service_start": happened("service_months"),
        "plan_made": happened("plan_months"),
        "contacts": number("contact_months", "contacts"),
        "employed": reached(employed, "wage_months"),
        "employed_above_1000": reached(well_employed, "wage_months"),
        "open_market_work": reached(f"{employed} AND NOT {status('0')}", "wage_months", "status"),
        "wage_cents": number("wage_months", "wage_cents"),
        "wage_payers": reached("coalesce(wage_months.wage_payers, [])", "wage_months"),
        **{
            name: number("benefit_months", name)
            for name in ("benefit_cents", *benefits.BENEFITS.values(), "benefit_days")
        },
        "social_assistance": happened("assistance_months"),
        "sickness_days": number("sickness_months", "sickness_days"),
        "psychotropic_purchase": happened("medicine_months"),
        "primary_care_visits": number("visit_months", "visits"),
        **since_entry.outcomes(counted_from, known),
        "unemployed_days": reached("coalesce(unemployed_months.days, 0)", "status"),
        "long_term_unemployed": reached("unemployed_year.person IS NOT NULL", "status", back=11),
        "activated": reached(exits.ACTIVATED, "status"),
        "exit_to_service": exit_to("service"),
        "exit_to_work": reached(exit_to("work"), "wage_months", ahead=1),
        "exit_from_labour_force": reached(exit_to("out"), "wage_months", ahead=1),
        **guidance.contacted_in_time(known.get("contact_months") if counted_from == 0 else None),
        "no_contact": reached(silent, "registered", back=3),
        "plan_outdated": reached(outdated, "registered"),
        "psychotropic_doses": reached("coalesce(dose_quarters.doses, 0)", "dose_months", back=2),
        "income_change_cents": reached(change, *paid, back=1),
        "disability_pension_start": happened("pension_months"),
        **{
            name: reached(f"coalesce(cost_months.{name}, 0)", *needs, of_year=BY_YEAR.get(name, ()))
            for name, needs in NEEDS.items()
        },
    }


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")
