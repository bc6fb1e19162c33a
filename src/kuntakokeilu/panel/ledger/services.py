"""What employment services and primary care cost, and who pays them."""

from __future__ import annotations

import duckdb
import numpy as np

from kuntakokeilu.facts.ledger import PAYERS
from kuntakokeilu.panel.ledger.rows import Grid, read
from kuntakokeilu.panel.ledger.rules import Ruled, by_month
from kuntakokeilu.panel.ledger.whole import Whole, portion

# Services that take part in the expenses of those who attend them: all but self-motivated study.
COMPENSATED = ("work_trial", "coaching", "training", "rehabilitation")
VISITS = ("visit_physician", "visit_nurse", "visit_other")
_STATE = "state_services_cents"
COLUMN_OF = {
    "municipalities": "municipal_services_cents",
    "counties": "county_cents",
    "state": _STATE,
}
_WEEK = 5


def visits(con: duckdb.DuckDBPyConnection, present: set[str]) -> None:
    """Make `ledger_visits`: person, month, kind (its place in `VISITS`); a row for each visit."""
    con.execute(
        "CREATE OR REPLACE TABLE ledger_visits (person INTEGER, month INTEGER, kind TINYINT)"
    )
    if "primary_care_visits" in present:
        # ISCO: physicians 221, nurses 222 and 322.
        con.execute("""
            INSERT INTO ledger_visits
            SELECT p.person, month_index(start_date), CASE left(profession, 3)
                WHEN '221' THEN 0 WHEN '222' THEN 1 WHEN '322' THEN 1 ELSE 2 END
            FROM primary_care_visits v JOIN persons p ON p.id = v.person""")


def used(
    con: duckdb.DuckDBPyConnection, first: int, last: int, days: dict[str, Whole], grid: Grid
) -> dict[str, Whole]:
    """Tell the days of each service and the number of visits of each kind, by cell.

    ASSUME: what is in no register of its own is told by status: in a service outside work trials
    and coaching is rehabilitative work, in education outside labour market training is
    self-motivated study. Without the table of courses all of training is labour market training.
    """
    found = {
        "work_trial": days["work_trial"],
        "coaching": days["coaching"],
        "training": days["training"],
        "rehabilitation": days["in_service"] - days["work_trial"] - days["coaching"],
        "study": days["in_education"] - days["training"],
    }
    rows = read(con, "ledger_visits", first, last, "kind")
    inside = grid.has(rows["at"])
    cell, kind = grid.cell(rows["at"][inside]), rows["kind"][inside]
    for number, name in enumerate(VISITS):
        found[name] = np.bincount(cell[kind == number], minlength=grid.size)
    return found


def add_services(grid: Grid, attended: dict[str, Whole], ruled: Ruled) -> int:
    """Add what services cost to those who pay them; gives all of it, transfers included.

    A transfer is taken from who pays the service. For each day attended the state pays the expense
    compensation too (Kela and the unemployment funds hand it out beside the benefit). ASSUME: all
    who attend have a benefit, and none is so far from home that the compensation is doubled; of
    training the weekdays, without holidays. Visits are priced like days of a whole week.
    """
    total, rules = 0, ruled.rules
    daily = ruled.rates["expense_compensation"]
    for name, days in attended.items():
        own = rules.services[rules.services["service"] == name]
        cell = np.flatnonzero(days > 0)
        month = grid.month(cell)
        priced = days[cell] * by_month(own, "days_per_week", rules)[month]
        gross = portion(by_month(own, "cents", rules)[month], priced, _WEEK)
        transfer = portion(by_month(own, "state_transfer_cents", rules)[month], priced, _WEEK)
        payer = own.assign(payer=own["payer"].map(PAYERS.index))
        payer_of = by_month(payer, "payer", rules)[month]
        for who, column in COLUMN_OF.items():
            pays = payer_of == PAYERS.index(who)
            if pays.any():
                grid.column(column)[cell[pays]] += (gross - transfer)[pays]
        grid.column("state_transfers_cents")[cell] += transfer
        total += int(gross.sum())
        if name in COMPENSATED:
            compensation = portion(daily[month], priced, _WEEK)
            grid.column(_STATE)[cell] += compensation
            total += int(compensation.sum())
        grid.filled[cell] = True
    return total
