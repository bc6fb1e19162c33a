"""The dated rules as small tables, one row per month, for joins by equality."""

from __future__ import annotations

import duckdb
import pandas as pd

from kuntakokeilu.panel.database import keep
from kuntakokeilu.study import LedgerRules
from kuntakokeilu.study.ledger import PAYERS, RECIPIENTS, WHOLE

# Counters are whole hundredths of a day, so that sums do not depend on the order of rows.
HUNDREDTHS = 100
_ENDLESS = 10**12


def load_rules(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_financing`, `ledger_2025`, `ledger_services`, `ledger_rates`, `ledger_daily`.

    Also the macros `part_of(cents, share)`, a share in parts of ten thousand, rounded half up (of
    a recovery its size is, so that it takes back what the payment gave); `floor_of(cents, n)`; and
    `weekdays_before(day)`, from Monday to Friday since 1970-01-05.
    """
    con.execute(
        "CREATE OR REPLACE MACRO part_of(cents, share) AS "
        f"(sign(cents) * ((abs(cents) * share + {WHOLE // 2}) // {WHOLE}))::BIGINT"
    )
    monday = "date_diff('day', DATE '1970-01-05', day)"
    con.execute(
        "CREATE OR REPLACE MACRO weekdays_before(day) AS "
        f"({monday} // 7 * 5 + least({monday} % 7, 5))::BIGINT"
    )
    # Whole division that goes down below zero too, unlike that of SQL.
    con.execute(
        "CREATE OR REPLACE MACRO floor_of(cents, n) AS "
        "((cents - ((cents % n) + n) % n) // n)::BIGINT"
    )
    keep(con, "ledger_financing", _financing(rules))
    keep(con, "ledger_2025", _classes(rules.counterfactual.query("rules == '2025'"), ["benefit"]))
    keep(con, "ledger_services", rules.services)
    keep(con, "ledger_rates", _rates(rules))
    keep(con, "ledger_daily", rules.daily_allowance)


def _financing(rules: LedgerRules) -> pd.DataFrame:
    """One row per benefit, ground, month and class of days; a column of shares per payer."""
    rows = rules.financing
    keys = ["benefit", "ground", "month", "days_from"]
    shares = rows.pivot_table(index=keys, columns="payer", values="share", fill_value=0)
    wide = shares.reindex(columns=list(PAYERS), fill_value=0).astype("int64")
    # The last payer takes what rounding leaves.
    last = rows.assign(order=rows["payer"].map(PAYERS.index)).sort_values("order")
    wide["rest"] = last.groupby(keys)["payer"].last()
    basic = rows.dropna(subset=["basic_part_by"]).set_index(keys)
    wide["basic_from"] = basic["payer"]
    wide["basic_by"] = basic["basic_part_by"]
    return _classes(wide.reset_index(), keys[:3])


def _classes(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Give each class of days its end: where the next one begins."""
    rows = rows.sort_values([*keys, "days_from"])
    until = rows.groupby(keys)["days_from"].shift(-1) * HUNDREDTHS
    return rows.assign(
        days_from=rows["days_from"] * HUNDREDTHS,
        days_until=until.fillna(_ENDLESS).astype("int64"),
    )


def _rates(rules: LedgerRules) -> pd.DataFrame:
    """One row per month and base; a column of rates per recipient."""
    wide = rules.contributions.pivot_table(
        index=["month", "base"], columns="recipient", values="rate", fill_value=0
    )
    return wide.reindex(columns=list(RECIPIENTS), fill_value=0).astype("int64").reset_index()
