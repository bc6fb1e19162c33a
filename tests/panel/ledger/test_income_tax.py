"""Income tax by the year's schedule: known examples, another reckoning, its spread on months."""

from __future__ import annotations

import random
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.panel.ledger import cost_months, ledger_totals
from kuntakokeilu.panel.ledger.income_tax import year_taxes
from kuntakokeilu.panel.ledger.rules import table_of

from .payments import RULES, number, open_ledger, text
from .tax_by_law import year_tax

RULED = table_of(RULES)
# A month of the subsidy: 21.5 days at the allowance of the year.
SUBSIDY = {2021: 72_627, 2024: 80_002}  # 21.5 x 33.78 and 37.21


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    with open_ledger(tmp_path_factory.mktemp("taxes")) as con:
        yield con


def priced(con, incomes: list[tuple[str, str, int, int]]) -> pd.DataFrame:
    """Price months of wages and subsidy: person, month, cents of wages, cents of subsidy."""
    frame = pd.DataFrame(incomes, columns=["id", "month", "wages", "subsidy"])
    frame["month"] = frame["month"].map(number)
    names = {name: at for at, name in enumerate(dict.fromkeys(frame["id"]))}
    frame["person"] = frame["id"].map(names)
    con.execute("""
        CREATE OR REPLACE TABLE persons AS
        SELECT DISTINCT person::INTEGER AS person, id FROM frame""")
    con.execute("DELETE FROM wage_months")
    con.execute("INSERT INTO wage_months SELECT person, month, wages FROM frame WHERE wages <> 0")
    con.execute("""
        CREATE OR REPLACE TABLE benefit_payments AS
        SELECT id AS person, (month // 12)::INTEGER AS year, (month % 12 + 1)::INTEGER AS month,
            NULL::DATE AS payment_date, 'FM' AS benefit, '1' AS ground, 21.5::DOUBLE AS days,
            subsidy::BIGINT AS amount_cents, 100.0::DOUBLE AS days_counter
        FROM frame WHERE subsidy <> 0""")
    con.execute("DELETE FROM cost_months")
    cost_months(con, RULES, {"benefit_payments"}, "2017-01", "2024-12")
    for name, before, after, left_out in ledger_totals(con):
        assert before == after + left_out, name
    found = con.execute(
        "SELECT id, c.* EXCLUDE (person) FROM cost_months c JOIN persons USING (person)"
    ).df()
    return found.sort_values(["id", "month"]).assign(month=lambda f: f["month"].map(text))


def year(name: str, of: int, working: int, subsidised: int, wage: int = 220_000):
    months = [(name, f"{of}-{m:02d}", wage, 0) for m in range(1, working + 1)]
    paid = range(13 - subsidised, 13)
    return months + [(name, f"{of}-{m:02d}", 0, SUBSIDY[of]) for m in paid]


# Municipal and state tax of a single person in an average municipality, in euros.
EXAMPLES = {
    "2021, 12 x 2 200": (year("a", 2021, 12, 0), 2_350, 163),
    "2021, 6 x 2 200 and 6 months of subsidy": (year("b", 2021, 6, 6), 734, 70),
    "2021, 12 months of subsidy": (year("c", 2021, 0, 12), 1_201, 0),
    "2021, 12 x 3 500": (year("d", 2021, 12, 0, 350_000), 6_956, 630),
    "2024, 12 x 2 200": (year("e", 2024, 12, 0), 1_431, 494),
    "2024, 6 x 2 200 and 6 months of subsidy": (year("f", 2024, 6, 6), 528, 81),
}


def test_known_examples_within_a_euro(con):
    rows = [row for rows, *_ in EXAMPLES.values() for row in rows]
    made = priced(con, rows).groupby("id")[["municipal_tax_cents", "state_tax_cents"]].sum() / 100
    for name, (rows, municipal, state) in EXAMPLES.items():
        found = made.loc[rows[0][0]]
        assert found["municipal_tax_cents"] == pytest.approx(municipal, abs=1), name
        assert found["state_tax_cents"] == pytest.approx(state, abs=1), name


@pytest.mark.real_data
def test_another_reckoning_agrees_to_the_cent(con, data_folder):
    laws = pd.read_csv(data_folder / "sisu" / "pvero.csv").set_index("Vuosi")
    rng = random.Random(1535)
    rows, expected, incomes = [], {}, defaultdict(list)
    for n in range(480):
        of = 2017 + n % 8
        wages = rng.choice((0, rng.randint(1, 9_000), rng.randint(1, 600_000)))
        edges = (1_650_000, 1_649_900, 1_400_000, 1_860_000, 2_500, 723_000)
        whole = rng.choice(edges) if rng.random() < 0.2 else wages * 12
        subsidy = rng.choice((0, rng.randint(1, 1_200_000), SUBSIDY[2021] * 12))
        rows += [(f"p{n}", f"{of}-03", whole, 0), (f"p{n}", f"{of}-11", 0, subsidy)]
        if whole + subsidy:
            expected[f"p{n}"] = year_tax(laws.loc[of], of, whole, subsidy)
            incomes[of].append((f"p{n}", whole, subsidy))
    made = priced(con, rows)
    reckoned = {}
    for of, drawn in incomes.items():
        names, wages, benefits = zip(*drawn, strict=True)
        taxes = vars(year_taxes(np.array(wages), np.array(benefits), of, RULED)).values()
        columns = zip(*(tax.tolist() for tax in taxes), strict=True)
        reckoned |= dict(zip(names, columns, strict=True))
    differing = {
        name: (found, tax) for name, tax in expected.items() if (found := reckoned[name]) != tax
    }
    assert not differing, (len(differing), list(differing.items())[:3])
    assert len(expected) > 400
    # What the months have is what the year has.
    sums = made.groupby("id")[["municipal_tax_cents", "state_tax_cents"]].sum()
    assert sums.loc[list(expected)].sum().tolist() == [
        sum(tax[0] for tax in expected.values()),
        sum(tax[1] for tax in expected.values()),
    ]


def test_a_year_is_spread_in_proportion_to_income(con):
    rows = [("a", "2021-02", 100_000, 0), ("a", "2021-03", 300_000, 0), ("a", "2021-12", 0, 0)]
    rows += [("a", "2021-04", 1_600_000, 0), ("a", "2022-01", 100_000, 0)]
    made = priced(con, rows).set_index("month")["municipal_tax_cents"]
    whole = made[:"2021-12"].sum()
    assert whole > 0
    for month, part in (("2021-02", 0.05), ("2021-03", 0.15), ("2021-04", 0.8)):
        assert made[month] == pytest.approx(whole * part, abs=1)
    assert made["2022-01"] == 0  # another year, with hardly any income


def test_a_recovery_takes_its_tax_back(con):
    rows = [("a", f"2021-{m:02d}", 0, SUBSIDY[2021]) for m in range(1, 13)]
    more = [*rows, ("a", "2021-12", 100_000, 0), ("a", "2021-12", 0, -SUBSIDY[2021])]
    plain = priced(con, rows)["municipal_tax_cents"].sum()
    taken = priced(con, more)
    assert taken["municipal_tax_cents"].sum() < plain
    nothing = priced(con, [("a", "2021-01", 0, 50_000), ("a", "2021-02", 0, -50_000)])
    assert (nothing[["municipal_tax_cents", "state_tax_cents"]] == 0).all(axis=None)


def test_from_a_year_on_subsidy_to_a_year_in_work_the_public_gains_about_12_000_euros(con):
    """PTT (VNK 16/2019): about 12 000 euros a year, without employers' contributions.

    By hand for 2021: subsidy 8 715.24, taxes 2 513 - 1 201 = 1 312, and 45 % of a housing
    allowance of 320 a month, 1 728: 11 755. Work at 2 200 euros leaves no housing allowance. The
    person has no social assistance: subsidy after tax and housing allowance are above its norm and
    the accepted rent. The band is a tenth on either side: a published figure in whole thousands, of
    the rules of two years before.
    """
    made = priced(con, year("a", 2021, 12, 0) + year("c", 2021, 0, 12))
    core = made.groupby("id")["net_public_core_cents"].sum() / 100
    gain = core["c"] - core["a"]
    assert gain == pytest.approx(11_755, abs=1)
    assert 0.9 * 12_000 <= gain <= 1.1 * 12_000
