"""The dated rules as small tables, one row per month, for joins by equality."""

from __future__ import annotations

import duckdb
import pandas as pd

from kuntakokeilu.facts import LedgerRules
from kuntakokeilu.facts.dated import WHOLE
from kuntakokeilu.facts.ledger import PAYERS
from kuntakokeilu.facts.taxes import INSURANCE
from kuntakokeilu.panel.database import keep

# Counters are whole hundredths of a day, so that sums do not depend on the order of rows.
HUNDREDTHS = 100
_ENDLESS = 10**12


def load_rules(con: duckdb.DuckDBPyConnection, rules: LedgerRules) -> None:
    """Make `ledger_financing`, `ledger_2025`, `ledger_services` and `ledger_daily`.

    And of taxes and employers: `ledger_income_tax`, `ledger_brackets`, `ledger_employer_rates`,
    `ledger_employee_rates`, `ledger_wage_subsidies` and `ledger_housing`.

    Also the macros `portion(cents, of, whole)`, rounded half up (of a recovery its size is, so that
    it takes back what the payment gave); `part_of(cents, share)`, a share in parts of ten
    thousand; `up_to(cents, limit)`, no further from 0 than a limit of the same sign, and 0 if the
    signs differ; `floor_of(cents, n)`; and `weekdays_before(day)`, from Monday to Friday since
    1970-01-05.
    """
    con.execute(
        "CREATE OR REPLACE MACRO portion(cents, of, whole) AS (sign(cents)"
        " * ((abs(cents)::HUGEINT * of + whole // 2) // whole))::BIGINT"
    )
    con.execute(f"CREATE OR REPLACE MACRO part_of(cents, share) AS portion(cents, share, {WHOLE})")
    con.execute(
        "CREATE OR REPLACE MACRO up_to(cents, most) AS CASE WHEN sign(cents) <> sign(most) THEN 0"
        " ELSE sign(cents)::BIGINT * least(abs(cents), abs(most)) END"
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
    keep(con, "ledger_income_tax", _income_tax(rules))
    keep(con, "ledger_brackets", rules.brackets)
    keep(con, "ledger_employer_rates", _rates(rules, "employer", ["month", "employer"]))
    keep(con, "ledger_employee_rates", _rates(rules, "employee", ["month"]))
    keep(con, "ledger_wage_subsidies", rules.wage_subsidies)
    keep(con, "ledger_housing", rules.housing_allowance)
    keep(con, "ledger_daily", rules.rates)


def _financing(rules: LedgerRules) -> pd.DataFrame:
    """One row per benefit, ground, month and class of days; a column of shares per payer."""
    rows = rules.financing
    keys = ["benefit", "ground", "month", "days_from"]
    shares = rows.pivot_table(index=keys, columns="payer", values="share", fill_value=0)
    wide = shares.reindex(columns=list(PAYERS), fill_value=0).astype("int64")
    basic = rows.dropna(subset=["basic_part_by"]).set_index(keys)
    # What increases add and rounding leaves is for who has the earnings part, else the last payer.
    last = rows.assign(order=rows["payer"].map(PAYERS.index)).sort_values("order")
    wide["rest"] = basic["payer"].reindex(wide.index).fillna(last.groupby(keys)["payer"].last())
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


def _rates(rules: LedgerRules, side: str, keys: list[str]) -> pd.DataFrame:
    """One row per key; a column of rates per insurance, of what one side pays of wages."""
    own = rules.contributions[rules.contributions["side"] == side]
    wide = own.pivot_table(index=keys, columns="recipient", values="rate", fill_value=0)
    return wide.reindex(columns=list(INSURANCE), fill_value=0).astype("int64").reset_index()


def _income_tax(rules: LedgerRules) -> pd.DataFrame:
    """One row per year; the parameters of the tax, and the deductible contributions of January."""
    rates = _rates(rules, "employee", ["month"]).set_index("month")[["pension", "unemployment"]]
    own = rates.loc[rules.income_tax["year"] * 12].add_suffix("_rate").reset_index(drop=True)
    return pd.concat([rules.income_tax, own], axis=1)
