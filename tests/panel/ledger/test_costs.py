"""The other parts of the ledger by hand: assistance, sickness, services, subsidies, taxes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kuntakokeilu.contracts import COSTS, LEDGER, NET_LAYERS
from kuntakokeilu.panel.ledger import NEEDS
from kuntakokeilu.panel.ledger.employers import PUBLIC
from kuntakokeilu.panel.register_reach import REGISTERS

from ..facts_tables import RULES, SETTINGS, make_facts, month, open_tables, person_months, rows

SPELL = "person start_date end_date delivery_year"
STATUS = f"{SPELL} status"
# Nobody draws the housing allowance here: it comes with any income and has tests of its own.
NO_HOUSING = replace(
    RULES, assumptions=RULES.assumptions.model_copy(update={"housing_allowance_share": 0})
)


@pytest.fixture
def costs(tmp_path):
    """Price tables: gives what is not 0 by person and month."""
    opened = []

    def made(**tables) -> dict[tuple[int, str], dict[str, int]]:
        con, present = open_tables(tmp_path, tables)
        opened.append(con)
        make_facts(con, SETTINGS, present, NO_HOUSING)
        found = con.execute("FROM cost_months ORDER BY ALL").fetchall()
        keys = {row[:2] for row in found}
        assert len(keys) == len(found)
        return {
            (person, f"{number // 12}-{number % 12 + 1:02d}"): {
                name: value for name, value in zip(LEDGER, values, strict=True) if value
            }
            for person, number, *values in found
            if any(values)
        }

    yield made
    for con in opened:
        con.close()


def without_net(found):
    return {
        key: {name: value for name, value in row.items() if name not in NET_LAYERS}
        for key, row in found.items()
    }


def test_assistance_of_a_year_is_spread_over_its_months(costs):
    year = {"person": "a", "year": 2019, "basic_cents": 10_000, "supplementary_cents": 100}
    found = costs(social_assistance=[year | {"may": True, "june": True, "december": True}])
    # 10 000 over three months: 3 333, 3 333, 3 334; half each, rounded up for the municipalities.
    # 100: 33, 33, 34, all of it the municipalities'.
    assert without_net(found) == {
        (0, "2019-05"): {"municipal_services_cents": 1_700, "state_benefits_cents": 1_666},
        (0, "2019-06"): {"municipal_services_cents": 1_700, "state_benefits_cents": 1_666},
        (0, "2019-12"): {"municipal_services_cents": 1_701, "state_benefits_cents": 1_667},
    }


def test_assistance_from_2023_is_the_states_and_the_counties(costs):
    year = {"person": "a", "year": 2023, "basic_cents": 500, "preventive_cents": 70, "may": True}
    assert without_net(costs(social_assistance=[year])) == {
        (0, "2023-05"): {"state_benefits_cents": 500, "county_cents": 70}
    }


def test_assistance_without_a_flag_is_spread_over_the_year(costs):
    found = costs(social_assistance=[{"person": "a", "year": 2023, "basic_cents": 1_205}])
    assert [row["state_benefits_cents"] for row in found.values()] == [
        100, 100, 101, 100, 101, 100, 100, 101, 100, 101, 100, 101,
    ]  # fmt: skip


def test_sickness_allowance_is_spread_by_calendar_days(costs):
    columns = "person start_date end_date days amount_cents"
    found = costs(
        sickness_allowance=rows(
            columns,
            ("a", "2019-01-30", "2019-02-03", 3.0, 10_001),
            ("a", "2019-03-04", None, 1.0, 500),
            ("a", "2019-03-04", "2019-03-04", -1.0, -100),
        )
    )
    # Two of five days in January: 4 000 of 10 001. So little in a year is not taxed.
    assert without_net(found) == {
        (0, "2019-01"): {"social_insurance_cents": 4_000},
        (0, "2019-02"): {"social_insurance_cents": 6_001},
        (0, "2019-03"): {"social_insurance_cents": 400},
    }


def test_medicines_are_untaxed_and_of_social_insurance(costs):
    found = costs(
        medicine_purchases=rows("person start_date reimbursed_cents", ("a", "2019-01-30", 501))
    )
    assert found == {
        (0, "2019-01"): {"social_insurance_cents": 501, **dict.fromkeys(NET_LAYERS, 501)}
    }


def test_visits_by_profession_move_to_the_counties_in_2023(costs):
    visits = [
        ("a", "2022-12-31", "2211"),
        ("a", "2022-12-31", "3221"),
        ("a", "2023-01-01", "2221"),
        ("a", "2023-01-01", None),
    ]
    found = costs(primary_care_visits=rows("person start_date profession", *visits))
    assert without_net(found) == {
        (0, "2022-12"): {"municipal_services_cents": 12_500 + 5_100},
        (0, "2023-01"): {"county_cents": 5_100 + 6_000},
    }


SERVICES = {
    # Rehabilitation from Wednesday 1 May 2019, a work trial within it from 20 May; education.
    "status_spells": rows(
        STATUS,
        ("a", "2019-05-01", "2019-06-05", 2020, "7"),  # gives way to the next
        ("a", "2019-06-01", "2019-06-30", 2020, "8"),
        ("b", "2023-05-01", "2023-05-31", 2024, "7"),
    ),
    "work_trials": rows(SPELL, ("a", "2019-05-20", "2019-05-31", 2020)),
    "training": rows(
        f"{SPELL} course started",
        ("a", "2019-06-10", "2019-06-14", 2020, "1", True),
        ("a", "2019-07-01", "2019-07-02", 2020, "2", True),
        ("a", "2019-08-01", "2019-08-02", 2020, "3", True),
        ("a", "2019-09-01", "2019-09-02", 2020, "2", False),
    ),
    "training_courses": rows(
        "course kind cancelled", ("1", "15", None), ("2", "14", None), ("3", "15", "P")
    ),
}


def test_services_by_the_day(costs):
    found = costs(**SERVICES)
    assert without_net(found) == {
        # 23 weekdays less 10 of the trial: 13 at three fifths of 45.00, 351.00, of which the state
        # refunds 13 at three fifths of 10.09, 78.70. Expense compensation of 9.00 for 13 days at
        # three fifths, 7.8 attended, 70.20, and for 10 of the trial.
        (0, "2019-05"): dict(
            municipal_services_cents=27_230,
            state_transfers_cents=7_870,
            state_services_cents=7_020 + 9_000,
        ),
        # 20 weekdays less 5 of training: 15 of own study at 30.00, for which there is no expense
        # compensation; 5 at 33.64 and 9.00.
        (0, "2019-06"): {"state_services_cents": 45_000 + 16_820 + 4_500},
        # Two days of coaching at 30.00 and 9.00; a cancelled course and one not begun cost nothing.
        (0, "2019-07"): {"state_services_cents": 6_000 + 1_800},
        # 23 weekdays at three fifths of 45.00, no refund; 13.8 days attended at 9.00.
        (1, "2023-05"): {"county_cents": 62_100, "state_services_cents": 12_420},
    }


def test_expense_compensation_is_for_days_attended(costs):
    """A month of rehabilitative work, three days a week: 22 weekdays, 13.2 attended, 118.80."""
    tables = {name: SERVICES[name] for name in ("work_trials", "training")}
    spells = rows(STATUS, ("c", "2021-04-01", "2021-04-30", 2022, "7"))
    found = costs(**tables, status_spells=spells)
    assert without_net(found)[2, "2021-04"]["state_services_cents"] == 11_880


@pytest.mark.parametrize("lacking", ["status_spells", "work_trials", "training"])
def test_services_are_not_priced_without_their_registers(costs, lacking):
    assert costs(**{name: table for name, table in SERVICES.items() if name != lacking}) == {}


def test_contributions_on_wages(costs):
    wages = rows("person year month payer wage_cents", ("a", 2019, 4, "f", 200_000))
    wages += rows("person year month payer wage_cents", ("a", 2023, 4, "f", 200_000))
    # 2 000 euros in a year are not taxed, and too little for a contribution to sickness allowance.
    assert costs(wages=wages) == {
        (0, "2019-04"): dict(
            pension_contributions_cents=48_200,  # 17.35 % and 6.75 %
            health_contributions_cents=1_540,  # 0.77 % of the employer
            unemployment_contributions_cents=6_000,  # 1.5 % twice
            net_public_contributions_cents=-7_540,
            net_public_cents=-55_740,
        ),
        (0, "2023-04"): dict(
            pension_contributions_cents=49_100,  # 17.4 % and 7.15 %
            health_contributions_cents=3_060,  # 1.53 %
            unemployment_contributions_cents=6_080,  # 1.54 % and 1.5 %
            net_public_contributions_cents=-9_140,
            net_public_cents=-58_240,
        ),
    }


# What is known where an extract lacks a register -------------------------------------------------


def test_every_column_says_what_it_needs():
    assert set(NEEDS) == set(LEDGER)
    assert set().union(*NEEDS.values()) <= set(REGISTERS)
    for net, less in NET_LAYERS.items():
        assert set(NEEDS[net]) == set().union(*(NEEDS[name] for name in (*COSTS, *less)))


FULL = {
    "search_spells": rows(SPELL, ("a", "2019-01-01", None, 2020)),
    "status_spells": rows(STATUS, ("a", "2019-01-01", None, 2020, "2")),
    "work_trials": rows(SPELL, ("a", "2019-05-20", "2019-05-31", 2020)),
    "training": rows(SPELL, ("a", "2019-06-10", "2019-06-14", 2020)),
    "subsidised_placements": rows(SPELL, ("a", "2019-06-10", "2019-06-14", 2020)),
    "benefit_payments": rows(
        "person year month benefit ground days amount_cents days_counter",
        ("a", 2019, 5, "FM", "1", 20.0, 64_800, 350.0),
    ),
    "social_assistance": [{"person": "a", "year": 2019, "may": True, "basic_cents": 100}],
    "sickness_allowance": rows(
        "person start_date end_date amount_cents", ("a", *["2019-05-30"] * 2, 1)
    ),
    "medicine_purchases": rows(
        "person start_date atc reimbursed_cents", ("a", "2019-05-02", "N", 7)
    ),
    "primary_care_visits": rows("person start_date", ("a", "2019-05-02")),
    "wages": rows("person year month payer wage_cents", ("a", 2019, 5, "f", 100)),
}


def test_all_columns_are_known_with_all_registers(tmp_path):
    made, _ = person_months(tmp_path, FULL)
    row = made[0, "2019-05"]
    assert {name for name in LEDGER if row[name] is None} == set()
    assert row["municipal_subsidy_cents"] == 32_400
    for net, less in NET_LAYERS.items():
        assert row[net] == sum(row[name] for name in COSTS) - sum(row[name] for name in less)
    # Nothing happened, but all registers reach: zero, not unknown. Before and after: unknown.
    assert [made[0, "2019-09"][name] for name in COSTS[:3]] == [0, 0, 0]
    assert {made[0, "2018-12"][name] for name in LEDGER} == {None}


PLACED = ("state_services_cents", *PUBLIC)


@pytest.mark.parametrize(
    ("lacking", "unknown"),
    [
        ("wages", {*NET_LAYERS["net_public_cents"], *PLACED, "housing_allowance_cents"}),
        ("primary_care_visits", {"municipal_services_cents", "county_cents"}),
        ("medicine_purchases", {"social_insurance_cents"}),
        ("subsidised_placements", {*PLACED, "pension_contributions_cents"}),
        (
            "work_trials",
            {
                "municipal_services_cents",
                "county_cents",
                "state_services_cents",
                "state_transfers_cents",
            },
        ),
        (
            "benefit_payments",
            {
                "municipal_subsidy_cents",
                "state_benefits_cents",
                "employment_fund_cents",
                "unemployment_funds_cents",
                "municipal_tax_cents",
                "state_tax_cents",
                "health_contributions_cents",
                "housing_allowance_cents",
                "shifted_cents",
                "municipal_posted_cents",
                "municipal_2025_cents",
            },
        ),
    ],
)
def test_what_a_lacking_register_would_tell_is_unknown(tmp_path, lacking, unknown):
    tables = {name: table for name, table in FULL.items() if name != lacking}
    row = person_months(tmp_path, tables)[0][0, "2019-05"]
    nets = {net for net, less in NET_LAYERS.items() if unknown & {*COSTS, *less}}
    assert {name for name in LEDGER if row[name] is None} == unknown | nets


def test_months_are_those_of_the_tables(costs):
    assert RULES.first == month("2017-01")
    found = costs(
        medicine_purchases=rows(
            "person start_date reimbursed_cents", ("a", "2016-12-31", 1), ("a", "2017-01-01", 2)
        )
    )
    assert without_net(found) == {(0, "2017-01"): {"social_insurance_cents": 2}}
