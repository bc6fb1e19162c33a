"""Subsidised work and the housing allowance by hand: who pays the wage, and what falls with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pytest

from kuntakokeilu.contracts import NET_LAYERS

from ..facts_tables import RULES, SETTINGS, make_facts, open_tables, rows

PLACED = "person start_date end_date delivery_year kind sector subsidy_share"
WAGES = "person year month payer wage_cents"
NO_HOUSING = replace(
    RULES, assumptions=RULES.assumptions.model_copy(update={"housing_allowance_share": 0})
)


@pytest.fixture
def costs(tmp_path):
    """Price tables: gives a row of cents by person and month."""
    opened = []

    def made(rules=NO_HOUSING, **tables) -> pd.DataFrame:
        con, present = open_tables(tmp_path, tables)
        opened.append(con)
        make_facts(con, SETTINGS, present, rules)
        found = con.execute("FROM cost_months").df()
        found["month"] = found["month"].map(lambda m: f"{m // 12}-{m % 12 + 1:02d}")
        return found.set_index(["person", "month"]).sort_index()

    yield made
    for con in opened:
        con.close()


def test_a_wage_subsidy_is_a_share_of_the_cost(costs):
    """Rules before July 2023: of wage and employer's contributions, at most 1 400 euros a month."""
    placements = [
        ("a", "2019-04-16", "2019-05-31", 2020, "5T", None, 50),
        ("a", "2019-06-01", "2019-06-30", 2020, "6T", None, None),
        ("a", "2019-07-01", "2019-07-31", 2020, "62", None, 50),
        ("a", "2019-08-01", "2019-08-31", 2020, "5T", None, 50),
        ("b", "2019-05-01", "2019-05-31", 2020, "6T", None, 70),
        ("b", "2019-05-01", "2019-05-31", 2020, "6V", None, 50),
    ]
    paid = [("a", 2019, n, "f", 200_001) for n in (4, 5, 6, 7)]
    paid += [("a", 2019, 8, "f", 300_000), ("b", 2019, 5, "f", 100_000)]
    found = costs(subsidised_placements=rows(PLACED, *placements), wages=rows(WAGES, *paid))
    subsidies, own = found["state_services_cents"], found["municipal_employer_cents"]
    # 15 of 30 days: wages 100 001, contributions of a municipality 21.11, 0.77 and 1.5 %: 21 110,
    # 770 and 1 500. The cost is 123 381, half of it 61 691.
    assert (subsidies[0, "2019-04"], own[0, "2019-04"]) == (61_691, 61_690)
    # 200 001 and 42 220, 1 540, 3 000: 246 761, half is 123 381.
    assert (subsidies[0, "2019-05"], own[0, "2019-05"]) == (123_381, 123_380)
    # A firm: 17.35, 0.77, 1.5 %: 34 700, 1 540, 3 000; an unknown share is 40 % of 239 241.
    assert (subsidies[0, "2019-06"], own[0, "2019-06"]) == (95_696, 0)
    assert (subsidies[0, "2019-07"], own[0, "2019-07"]) == (0, 0)  # a start-up grant is no wage
    # 300 000 and 63 330, 2 310, 4 500: 370 140, of which half is above the ceiling.
    assert (subsidies[0, "2019-08"], own[0, "2019-08"]) == (140_000, 230_140)
    # Two at once share the wage: each 50 000, 8 675, 385, 750: 59 810, of which 70 and 50 %.
    assert subsidies[1, "2019-05"] == 41_867 + 29_905


def test_a_subsidy_follows_the_rules_of_the_day_it_began(costs):
    placements = [
        ("a", "2023-06-01", "2023-08-31", 2024, "6T", None, 50),
        ("b", "2023-07-01", "2023-08-31", 2024, "6T", None, 50),
        ("c", "2023-07-01", "2023-08-31", 2024, "6V", None, 70),
        ("d", "2023-07-01", "2023-08-31", 2024, "6T", None, None),
    ]
    paid = [(who, 2023, 8, "f", 260_000) for who in "abcd"]
    found = costs(subsidised_placements=rows(PLACED, *placements), wages=rows(WAGES, *paid))
    subsidies = found["state_services_cents"]
    # 17.4, 1.53 and 1.54 % of 2 600: 452.40, 39.78 and 40.04; half of 3 132.22 is above 1 400.
    assert subsidies[0, "2023-08"] == 140_000
    # Of the wage alone: half is 1 300, at most 1 260; 70 % is 1 820, at most 1 770.
    assert subsidies[1, "2023-08"] == 126_000
    assert subsidies[2, "2023-08"] == 177_000
    assert subsidies[3, "2023-08"] == 126_000  # unknown: half


# Kind and sector as the register has them, the year, and who the employer is.
EMPLOYERS = (
    ("5T", None, 2021, "municipal"),
    ("5V", "2", 2021, "municipal"),
    ("5T", "6", 2021, "municipal"),  # a joint municipal authority
    ("5T", "7", 2022, "municipal"),  # no counties yet
    ("5T", "7", 2023, "county"),
    ("5T", "2", 2023, "municipal"),
    ("40", None, 2021, "state"),
    ("41", "1", 2021, "state"),
    ("55", "1", 2021, "state"),  # the kind does not tell, the sector does
    ("55", "7", 2023, "county"),
    (None, "2", 2021, "municipal"),
    ("6T", "2", 2021, None),  # a private employer, by the kind
    ("6V", None, 2021, None),
    (None, None, 2021, None),
)


def test_the_register_tells_the_employer(costs):
    names = [chr(97 + n) for n in range(len(EMPLOYERS))]
    spells = [
        (name, f"{year}-05-01", f"{year}-05-31", year + 1, kind, sector, 50)
        for name, (kind, sector, year, _) in zip(names, EMPLOYERS, strict=True)
    ]
    paid = [(n, e[2], 5, "f", 200_000) for n, e in zip(names, EMPLOYERS, strict=True)]
    found = costs(subsidised_placements=rows(PLACED, *spells), wages=rows(WAGES, *paid))
    for person, told in enumerate(EMPLOYERS):
        row = found.loc[person, f"{told[2]}-05"]
        own = {n for n in ("municipal", "county", "state") if row[f"{n}_employer_cents"]}
        assert own == ({told[3]} if told[3] else set()), told
        assert row["state_services_cents"] > 0, told


def test_a_job_outside_a_placement_is_no_cost_of_its_employer(costs):
    """The placement ends in the middle of the month; the wage of the other days is no programme."""
    found = costs(
        subsidised_placements=rows(PLACED, ("a", "2021-06-01", "2021-06-15", 2022, "5T", "2", 50)),
        wages=rows(WAGES, ("a", 2021, 6, "f", 200_000), ("a", 2021, 7, "f", 200_000)),
    )
    # 1 000 of wages and 20.72, 1.53 and 1.42 %: 1 236.70, half of which the state pays.
    assert found.loc[(0, "2021-06"), "municipal_employer_cents"] == 61_835
    assert found.loc[(0, "2021-07"), "municipal_employer_cents"] == 0


SPELLS = "person start_date end_date delivery_year"


def test_subsidised_work_in_a_municipality_costs_more_than_the_subsidy_saved(costs):
    """June 2021, a single person with 1 100 days counted; a year of each, so that taxes are known.

    On labour market subsidy: 22 days at 33.78, 743.16, of which the municipality pays seven tenths,
    520.21. Tax of such a year, 8 917.92: basic deduction 3 630 - 18 % of 5 287.92 = 2 678.17;
    taxable 6 239.75; municipal 20.02 %, 1 249.20; health 1.65 %, 102.96. A month: 104.10 and 8.58.
    Net (c): 743.16 - 104.10 - 8.58 = 630.48; net (a): 639.06.

    In a subsidised job with a municipality at 2 200.00 and 50 %: the municipality's contributions
    are 20.72, 1.53 and 1.42 %: 455.84, 33.66, 31.24, cost 2 720.74. Half, 1 360.37, is below the
    ceiling of 1 400. Municipality 1 360.37, state 1 360.37. Taxes of a year at 26 400: 2 349.82 and
    163.00; health of the employee 438.86. A month: 195.82, 13.58 and 36.57; of wages pensions 27.87
    % (613.14), employer's health 33.66, unemployment 2.82 % (62.04).
    Net (a): 2 720.74 - 209.40 = 2 511.34. (b): less 36.57, 33.66 and 62.04: 2 379.07. (c): less
    613.14: 1 765.93.

    So the job costs 1 872.28 more than the subsidy by (a), 1 135.45 by (c). 939, a figure of
    before, was reckoned with the rates that stood in the tables then: flat taxes, a pension
    contribution of 17.25 % for a municipality, and a subsidy of the bare wage, 1 100.00.
    """
    months = range(1, 13)
    found = costs(
        benefit_payments=rows(
            "person year month benefit ground days amount_cents days_counter",
            *[("a", 2021, m, "FM", "1", 22.0, 74_316, 1_100.0) for m in months],
        ),
        subsidised_placements=rows(PLACED, ("b", "2021-01-01", "2021-12-31", 2022, "5T", "2", 50)),
        wages=rows(WAGES, *[("b", 2021, m, "f", 220_000) for m in months]),
    )
    on_subsidy, working = found.loc[0, "2021-06"], found.loc[1, "2021-06"]
    assert on_subsidy["municipal_subsidy_cents"] == 52_021
    assert on_subsidy[list(NET_LAYERS)].tolist() == [63_906, 63_048, 63_048]
    assert working["state_services_cents"] == 136_037
    assert working["municipal_employer_cents"] == 136_037
    # Within a cent: a twelfth of a year's tax is not whole cents.
    assert working[list(NET_LAYERS)].tolist() == pytest.approx([251_134, 237_907, 176_593], abs=2)


def test_the_state_pays_its_own_employees_whole(costs):
    found = costs(
        subsidised_placements=rows(
            PLACED, ("a", "2021-06-01", "2021-06-30", 2022, "40", "1", None)
        ),
        wages=rows(WAGES, ("a", 2021, 6, "f", 300_000)),
    ).loc[0, "2021-06"]
    # 16.69, 1.53 and 1.42 % of 3 000: 500.70, 45.90 and 42.60, in all 3 589.20: 3 100 at most.
    assert found["state_services_cents"] == 310_000
    assert found["state_employer_cents"] == 48_920


# Housing allowance --------------------------------------------------------------------------------


def allowance(law, income: Decimal, wages: Decimal, rent: Decimal) -> Decimal:
    """Reckon the allowance of a single person in euros, by a row of SISU's table pasumtuki."""
    p = {name: Decimal(str(value)) for name, value in law.items()}
    cent = Decimal("0.01")
    counted = (income - min(wages, p["AAnsiotuloVahennys"])).quantize(
        Decimal(1), rounding=ROUND_HALF_UP
    )
    own = p["PerusOmaKerroin"] * (counted - p["PerusomaVakio"] - p["PerusOmaAikuinenKerroin"])
    own = own.quantize(cent, rounding=ROUND_HALF_UP)
    own = Decimal(0) if own < p["PerusOmaEiHuomioonRaja"] else own
    paid = (p["ATukiPros"] * (rent - own)).quantize(cent, rounding=ROUND_HALF_UP)
    return Decimal(0) if paid < p["APieninTuki"] else paid


@pytest.mark.real_data
def test_the_housing_allowance_by_another_reckoning(costs, data_folder):
    laws = pd.read_csv(data_folder / "sisu" / "pasumtuki.csv").sort_values(["Vuosi", "Kuuk"])
    everyone = replace(
        RULES, assumptions=RULES.assumptions.model_copy(update={"housing_allowance_share": 1})
    )
    incomes = [(0, 72_627), (15_049, 60_000), (30_000, 50_000), (120_050, 0), (180_000, 0)]
    cases = [
        (chr(97 + n), of, month, wages, benefits)
        for n, (wages, benefits) in enumerate(incomes)
        for of, month in ((2017, 1), (2020, 6), (2021, 6), (2023, 2), (2024, 3), (2024, 4))
    ]
    found = costs(
        everyone,
        wages=rows(WAGES, *[(p, y, m, "f", w) for p, y, m, w, _ in cases if w]),
        benefit_payments=rows(
            "person year month benefit ground days amount_cents days_counter",
            *[(p, y, m, "FM", "1", 20.0, b, 10.0) for p, y, m, _, b in cases if b],
        ),
    )["housing_allowance_cents"]
    for person, of, month, wages, benefits in cases:
        law = laws[(laws["Vuosi"] * 12 + laws["Kuuk"]) <= of * 12 + month].iloc[-1]
        rent = law["Kattovuokra_3_1" if of < 2024 else "Kattovuokra_2_1"]
        euros = allowance(law, Decimal(wages + benefits) / 100, Decimal(wages) / 100,
                          Decimal(str(rent)))  # fmt: skip
        key = ord(person) - 97, f"{of}-{month:02d}"
        assert found[key] == int(euros * 100), (key, wages, benefits)


def test_the_housing_allowance_falls_with_work(costs):
    """June 2021: four fifths of 400 on the subsidy; nothing at 2 200; counted for 45 % of persons.

    At 1 200 euros: 900 count, 42 % of 900 - 706 = 81.48; four fifths of 318.52 are 254.82.
    """
    found = costs(
        RULES,
        wages=rows(WAGES, ("a", 2021, 6, "f", 220_000), ("b", 2021, 6, "f", 120_000)),
        benefit_payments=rows(
            "person year month benefit ground days amount_cents days_counter",
            ("c", 2021, 6, "FM", "1", 22.0, 71_000, 10.0),
        ),
        social_assistance=[{"person": "d", "year": 2021, "june": True, "basic_cents": 100}],
    )["housing_allowance_cents"]
    assert found[0, "2021-06"] == 0
    assert found[1, "2021-06"] == 11_467
    assert found[2, "2021-06"] == 14_400  # the own share, 1.68, is below 10 euros
    assert found[3, "2021-06"] == 14_400  # no income but social assistance
    assert set(found[found > 0].index) == {(n, "2021-06") for n in (1, 2, 3)}
