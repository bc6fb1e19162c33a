"""From sparse facts of each register to the outcome columns of the person-months."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

import duckdb

from kuntakokeilu.contracts import LEDGER, PERSON_MONTHS
from kuntakokeilu.duck import one
from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.panel import (
    benefits,
    exits,
    guidance,
    residence,
    since_entry,
    wages,
    wellbeing,
)
from kuntakokeilu.panel.ledger import BY_YEAR, NEEDS, cost_months
from kuntakokeilu.panel.told import NEVER, Told
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
    """Make all tables of facts about persons and months.

    Parameters
    ----------
    con : DuckDBPyConnection
        From `database.connect`, with `persons` and a view of each register table.
    settings : PanelSettings
        Names the first and the last month.
    present : set of str
        Register tables that are there; the facts of another are empty.
    rules : LedgerRules or None
        Who pays what; without them there is no ledger and its columns are missing.

    Notes
    -----
    Makes the tables of `FACTS`, each unique in `person` and `month` (INTEGER).

    Raises
    ------
    InputError
        A benefit has no payer, or a month no rules.
    """
    for name, columns in FACTS.items():
        key = "person INTEGER, month INTEGER"
        con.execute(f"CREATE OR REPLACE TABLE {name} ({', '.join(filter(None, [key, columns]))})")
    con.execute("CREATE OR REPLACE TABLE contact_days (person INTEGER, start_date DATE)")
    con.execute("CREATE OR REPLACE TABLE payers (payer INTEGER, name VARCHAR)")
    residence.no_trial_years(con)
    for (table,), fill in _FILL.values():
        if table in present:
            fill(con)
    guidance.service_months(con, present)
    guidance.plan_months(con, present)
    guidance.plan_reviews(con, present)
    if rules is not None:
        cost_months(con, rules, present, settings.first_month, settings.last_month)


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
    told = {name for name, *_ in con.execute(f"FROM {skeleton} LIMIT 0").description}
    made = {name: each.sql for name, each in tell(con, settings, counted_from).items()}
    if asked is not None:
        made = {name: sql for name, sql in made.items() if name in {*CHECKED, *asked}}
    values = _nothing(told) | _keys() | made
    columns = ", ".join(
        f"CAST({values.get(name, f's.{name}')} AS {column.type}) AS {name}"
        for name, column in PERSON_MONTHS.items()
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    # The facts of some persons at a time: joins in memory are several times faster than spilled.
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".parts-") as folder:
        query = _query(settings, columns, skeleton, counted_from)
        for number, persons in enumerate(_ranges(con, skeleton)):
            part = Path(folder) / f"{number:04}.parquet"
            _copy(con, query.replace("{persons}", persons), part)
        whole = Path(folder) / "whole.parquet"
        _copy(con, f"FROM read_parquet('{_quoted(Path(folder))}/[0-9]*.parquet')", whole)
        whole.replace(out)


def tell(
    con: duckdb.DuckDBPyConnection,
    settings: PanelSettings,
    counted_from: int | None,
    *,
    priced: bool = False,
) -> dict[str, Told]:
    """Say how each outcome is told; those of registers that are not there are left out.

    With `priced` there is a ledger, though `cost_months` may be empty yet.
    """
    known = {name: (a, b) for name, a, b in con.execute("FROM reach").fetchall()}
    made = _outcomes(settings, known, counted_from)
    if priced or one(con, "SELECT EXISTS (FROM cost_months)")[0]:
        return made
    return {name: told for name, told in made.items() if name not in LEDGER}


def looks(settings: PanelSettings, counted_from: int | None) -> dict[str, str]:
    """Say in SQL what outcomes are told from, each unique in person and month; `{persons}` is open.

    Each outcome is told from one of these alone, but those since entry (`since_entry`).
    """
    threshold = wage_threshold(settings)
    names = ("status_months", "unemployed_months", *FACTS)
    return {
        **{name: f"FROM {name} WHERE {{persons}}" for name in names},
        "open_market": f"""
            SELECT person, month FROM wage_months
            ANTI JOIN (FROM status_months WHERE {{persons}} AND status = '0')
                USING (person, month)
            WHERE {{persons}} AND wage_cents > {threshold}""",
        "income_changes": """
            SELECT person, month, abs(sum(cents))::BIGINT AS cents
            FROM (
                SELECT person, month + later AS month, (1 - 2 * later) * cents AS cents
                FROM (
                    SELECT person, month, wage_cents AS cents FROM wage_months WHERE {persons}
                    UNION ALL
                    SELECT person, month, benefit_cents FROM benefit_months WHERE {persons}
                ), (SELECT unnest([0, 1]) AS later)
            )
            GROUP BY person, month""",
        **exits.looks(threshold),
        **guidance.LOOKS,
        **wellbeing.LOOKS,
        **residence.LOOKS,
        **({"first_contacts": guidance.FIRST_CONTACTS} if counted_from == 0 else {}),
    }


def _query(settings: PanelSettings, columns: str, skeleton: str, counted_from: int | None) -> str:
    """Join all that is known about a person and month to the skeleton; `{persons}` stays open."""
    # The last fact before a month first: such joins sort their rows, which are still narrow here.
    joins = totals = ""
    if counted_from is not None and "until." in columns:
        totals = (
            f"WITH totals AS MATERIALIZED ({since_entry.running_totals(wage_threshold(settings))})"
        )
        joins += since_entry.joins(counted_from)
    joins += "".join(
        f" LEFT JOIN ({source}) AS {name} ON {name}.person = s.person AND {name}.month = s.month"
        for name, source in looks(settings, counted_from).items()
        if f"{name}." in columns
    )
    return f"{totals} SELECT {columns} FROM (FROM {skeleton} WHERE {{persons}}) AS s {joins}"


def wage_threshold(settings: PanelSettings) -> int:
    """Give the wage of a month, in cents, above which one is employed."""
    return round(settings.employed_above * 100)


def _ranges(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Say in SQL some persons of a table at a time."""
    query = f"SELECT coalesce(min(person), 0), coalesce(max(person), 0) FROM {table}"
    first, last = one(con, query)
    starts = range(first, last + 1, PERSONS_AT_A_TIME)
    return [f"person BETWEEN {start} AND {start + PERSONS_AT_A_TIME - 1}" for start in starts]


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
) -> dict[str, Told]:
    """Say each outcome; those whose registers are not known at all are left out."""

    def reached(
        *registers: str, back: int = 0, ahead: int = 0, of_year: Collection[str] = ()
    ) -> str:
        """Say that they reach this month, so many before and after it; some, its whole year."""
        if any(name not in known for name in registers):
            return NEVER
        spans = [(known[name][0] + back, known[name][1] - ahead) for name in registers]
        spans += [
            (-(-known[name][0] // 12) * 12, (known[name][1] + 1) // 12 * 12 - 1) for name in of_year
        ]
        return " AND ".join(f"s.month BETWEEN {first} AND {last}" for first, last in spans)

    def status(*codes: str) -> Told:
        listed = ", ".join(f"'{code}'" for code in codes)
        value = f"coalesce(status_months.status IN ({listed}), false)"
        return Told("status_months", value, "false", reached("status"))

    def number(table: str, column: str, within: str) -> Told:
        return Told(table, f"coalesce({table}.{column}, 0)", "0", within)

    def happened(table: str, within: str = "") -> Told:
        return Told(table, "true", "false", within or reached(table))

    def employed(above: int) -> Told:
        value = f"wage_months.wage_cents > {above}"
        return Told("wage_months", value, "false", reached("wage_months"))

    def exit_to(destination: str, *wages: str) -> Told:
        within = reached("status", back=1) + "".join(
            f" AND {reached(name, ahead=1)}" for name in wages
        )
        return Told("exits", exits.exit_to(destination), "NULL", within)

    payers = "coalesce(wage_months.wage_payers, [])"
    silent = f"{reached('contact_months', back=2)} AND {reached('registered', back=3)}"
    reviewed = f"{reached('plan_months', back=guidance.REVIEW_MONTHS)} AND {reached('registered')}"
    contacts = known.get("contact_months") if counted_from == 0 else None
    made = {
        "registered": happened("status_months", reached("registered")),
        "unemployed": status("2", "3"),
        "laid_off": status("3"),
        "in_service": status("7", "8"),
        "unemployed_or_in_service": status("2", "3", "7", "8"),
        "subsidised": status("0"),
        "service_start": happened("service_months"),
        "plan_made": happened("plan_months"),
        "contacts": number("contact_months", "contacts", reached("contact_months")),
        "employed": employed(wage_threshold(settings)),
        "employed_above_1000": employed(WELL_EMPLOYED),
        "open_market_work": happened("open_market", reached("wage_months", "status")),
        "wage_cents": number("wage_months", "wage_cents", reached("wage_months")),
        "wage_payers": Told("wage_months", payers, "[]", reached("wage_months")),
        **{
            name: number("benefit_months", name, reached("benefit_months"))
            for name in ("benefit_cents", *benefits.BENEFITS.values(), "benefit_days")
        },
        "social_assistance": happened("assistance_months"),
        "sickness_days": number("sickness_months", "sickness_days", reached("sickness_months")),
        "psychotropic_purchase": happened("medicine_months"),
        "primary_care_visits": number("visit_months", "visits", reached("visit_months")),
        **since_entry.outcomes(counted_from, known),
        "unemployed_days": number("unemployed_months", "days", reached("status")),
        "long_term_unemployed": happened("unemployed_year", reached("status", back=11)),
        "activated": Told("status_months", exits.ACTIVATED, "NULL", reached("status")),
        "exit_to_service": exit_to("service"),
        "exit_to_work": exit_to("work", "wage_months"),
        "exit_from_labour_force": exit_to("out", "wage_months"),
        **guidance.contacted_in_time(contacts),
        "no_contact": Told("contact_quarters", "contact_quarters.contacts = 0", "NULL", silent),
        "plan_outdated": Told("plan_states", "plan_states.outdated", "NULL", reviewed),
        "psychotropic_doses": number("dose_quarters", "doses", reached("dose_months", back=2)),
        "income_change_cents": number(
            "income_changes", "cents", reached("wage_months", "benefit_months", back=1)
        ),
        "disability_pension_start": happened("pension_months"),
        # The residence of 31 December is that of the next year.
        "under_trial": happened("under_trial", reached("residence", back=12, ahead=-12)),
        **{
            name: number("cost_months", name, reached(*needs, of_year=BY_YEAR.get(name, ())))
            for name, needs in NEEDS.items()
        },
    }
    return {name: told for name, told in made.items() if NEVER not in told.within}


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")
