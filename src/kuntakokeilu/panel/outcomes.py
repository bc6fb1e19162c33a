"""From sparse facts of each register to the outcome columns of the person-months."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from kuntakokeilu.contracts import PERSON_MONTHS
from kuntakokeilu.panel import benefits, guidance, wages, wellbeing
from kuntakokeilu.panel.coverage import find_coverage
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
    "visit_months": "visits BIGINT",
}
_FILL: dict[str, tuple[tuple[str, ...], Callable[..., None]]] = {
    "wage_months": (("wages",), wages.wage_months),
    "benefit_months": (("benefit_payments",), benefits.benefit_months),
    "contact_months": (("ura_contacts",), guidance.contact_months),
    "assistance_months": (("social_assistance",), wellbeing.assistance_months),
    "sickness_months": (("sickness_allowance",), wellbeing.sickness_months),
    "medicine_months": (("medicine_purchases",), wellbeing.medicine_months),
    "visit_months": (("primary_care_visits",), wellbeing.visit_months),
}
# Registers of which one outcome is made; what covers an outcome is what all of those present cover.
REGISTERS = {
    "registered": ("search_spells",),
    "status": ("search_spells", "status_spells"),
    "service_months": ("status_spells", "work_trials", "training"),
    "plan_months": ("plans", "ura_plans"),
    **{name: tables for name, (tables, _) in _FILL.items()},
}
PERSONS_AT_A_TIME = 100_000


def prepare_facts(
    con: duckdb.DuckDBPyConnection, settings: PanelSettings, present: set[str]
) -> None:
    """Make all tables of facts about persons and months, and what each register covers.

    Parameters
    ----------
    con : DuckDBPyConnection
        From `database.connect`, with `persons` and a view of each register table.
    settings : PanelSettings
        Names the last month.
    present : set of str
        Register tables that are there; the facts of another are empty and cover nothing.

    Notes
    -----
    Makes the tables of `FACTS`, each unique in `person` and `month` (INTEGER), and
    `coverage(name, first, last)`: the months between which the registers of an outcome reach.

    Raises
    ------
    InputError
        A register has a column without any value, or hardly a row in months in its middle.
    """
    for name, columns in FACTS.items():
        key = "person INTEGER, month INTEGER"
        con.execute(f"CREATE OR REPLACE TABLE {name} ({', '.join(filter(None, [key, columns]))})")
    for (table,), fill in _FILL.values():
        if table in present:
            fill(con)
    guidance.service_months(con, present)
    guidance.plan_months(con, present)
    find_coverage(con, REGISTERS, set(FACTS), present)


def add_outcomes(
    con: duckdb.DuckDBPyConnection, settings: PanelSettings, skeleton: str, out: Path
) -> None:
    """Write the person-months of a sample.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `status_months` and what `prepare_facts` makes.
    settings : PanelSettings
        Says from which wage on one is employed.
    skeleton : str
        Table with person, cohort (month or null), elapsed, month, unit and the traits.
    out : Path
        Parquet file with the columns of `contracts.PERSON_MONTHS`, in order and type.

    Notes
    -----
    No fact about a month means false or 0 where the register reaches, and missing where it does
    not: before its first and after its last year, or month if the extract begins or ends within a
    year, or if the extract lacks it.
    """
    known = {name: (a, b) for name, a, b in con.execute("FROM coverage").fetchall()}
    values = _keys() | _outcomes(settings, known)
    columns = ", ".join(
        f"CAST({values.get(name, f's.{name}')} AS {column.type}) AS {name}"
        for name, column in PERSON_MONTHS.items()
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    # The facts of some persons at a time: joins in memory are several times faster than spilled.
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".parts-") as folder:
        for number, persons in enumerate(_ranges(con, skeleton)):
            of_them = f"FROM {{}} WHERE person BETWEEN {persons[0]} AND {persons[1]}"
            facts = " ".join(
                f"LEFT JOIN ({of_them.format(name)}) AS {name} "
                f"ON {name}.person = s.person AND {name}.month = s.month"
                for name in ("status_months", *FACTS)
            )
            query = f"SELECT {columns} FROM ({of_them.format(skeleton)}) AS s {facts}"
            _copy(con, query, Path(folder) / f"{number:04}.parquet")
        whole = Path(folder) / "whole.parquet"
        _copy(con, f"FROM read_parquet('{_quoted(Path(folder))}/[0-9]*.parquet')", whole)
        whole.replace(out)


def _ranges(con: duckdb.DuckDBPyConnection, skeleton: str) -> list[tuple[int, int]]:
    query = f"SELECT coalesce(min(person), 0), coalesce(max(person), 0) FROM {skeleton}"
    first, last = con.execute(query).fetchone()
    starts = range(first, last + 1, PERSONS_AT_A_TIME)
    return [(start, start + PERSONS_AT_A_TIME - 1) for start in starts]


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    con.execute(f"COPY ({query}) TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd)")


def _keys() -> dict[str, str]:
    return {"cohort": "first_day(s.cohort)", "period": "first_day(s.month)"}


def _outcomes(settings: PanelSettings, known: dict[str, tuple[int, int]]) -> dict[str, str]:
    """SQL of each outcome, missing where the registers it needs do not reach."""

    def reached(value: str, *registers: str) -> str:
        if any(name not in known for name in registers):
            return "NULL"
        within = [f"s.month BETWEEN {known[n][0]} AND {known[n][1]}" for n in registers]
        return f"CASE WHEN {' AND '.join(within)} THEN {value} END"

    def status(*codes: str) -> str:
        listed = ", ".join(f"'{code}'" for code in codes)
        return f"coalesce(status_months.status IN ({listed}), false)"

    def number(table: str, column: str) -> str:
        return reached(f"coalesce({table}.{column}, 0)", table)

    def happened(table: str) -> str:
        return reached(f"{table}.person IS NOT NULL", table)

    employed = f"coalesce(wage_months.wage_cents, 0) > {round(settings.employed_above * 100)}"
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
    }


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")
