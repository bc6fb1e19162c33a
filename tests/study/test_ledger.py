"""The tables of the cost ledger: the project's own, and what is refused in others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import read_ledger_rules
from kuntakokeilu.facts.dated import WHOLE
from kuntakokeilu.facts.ledger import BENEFITS, GROUNDS, PAYERS, RATES, SERVICES
from kuntakokeilu.facts.taxes import EMPLOYERS

MONTHS = range(2017 * 12, 2025 * 12)


@pytest.fixture(scope="module")
def rules():
    return read_ledger_rules(Path(__file__).resolve().parents[2] / "config")


@pytest.fixture
def tables(tmp_path, config) -> Path:
    """A copy of the tables to spoil."""
    shutil.copytree(config / "ledger", tmp_path / "ledger")
    shutil.copy(config / "benefit_rates.csv", tmp_path)
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path.name, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_tables_cover_every_month(rules):
    assert (rules.first, rules.last) == (MONTHS[0], MONTHS[-1])
    kinds = rules.financing[["benefit", "ground", "month"]].drop_duplicates()
    assert len(kinds) == len(BENEFITS) * len(GROUNDS) * len(MONTHS)
    assert len(rules.services) == len(SERVICES) * len(MONTHS)
    # Of each employer three insurances, of the employee two; health is by the year's income.
    assert len(rules.contributions) == (3 * len(EMPLOYERS) + 2) * len(MONTHS)
    assert rules.income_tax["year"].tolist() == list(range(2017, 2025))
    assert rules.housing_allowance["month"].tolist() == list(MONTHS)
    classes = rules.wage_subsidies.groupby(["employer", "month"])["share_from"].min()
    assert len(classes) == 2 * len(MONTHS) and (classes == 0).all()
    assert rules.rates["month"].tolist() == list(MONTHS)
    assert set(rules.rates) == {"month", *RATES}


def test_shares_add_up_and_everyone_pays_something(rules):
    keys = ["benefit", "ground", "days_from", "month"]
    assert (rules.financing.groupby(keys)["share"].sum() == WHOLE).all()
    assert set(rules.financing["payer"]) == set(PAYERS)


@pytest.mark.parametrize("ground", ["1", "2"])
def test_the_municipal_share_of_the_subsidy(rules, ground):
    rows = rules.financing.query("benefit == 'FM' and ground == @ground and month == 24228")
    shares = rows.set_index(["days_from", "payer"])["share"].to_dict()
    assert shares == {
        (0, "state"): 10_000,
        (300, "municipalities"): 5_000,
        (300, "state"): 5_000,
        (1000, "municipalities"): 7_000,
        (1000, "state"): 3_000,
    }


def test_municipalities_pay_nothing_of_services_and_other_benefits(rules):
    unemployment = rules.financing.query("benefit in ('FM', 'FP', 'AP')")
    billed = unemployment[unemployment["payer"] == "municipalities"]
    assert set(zip(billed["benefit"], billed["ground"], strict=True)) == {("FM", "1"), ("FM", "2")}


def test_the_rules_of_2025_are_apart(rules):
    for _, rows in rules.counterfactual.groupby("benefit"):
        assert dict(zip(rows["days_from"], rows["share"], strict=True)) == {
            0: 0, 100: 1_000, 200: 2_000, 300: 3_000, 400: 4_000, 700: 5_000,
        }  # fmt: skip
    assert set(rules.counterfactual["rules"]) == {"2025"}


def test_a_contribution_is_of_a_side_and_an_employer(rules):
    keys = ["recipient", "side", "employer", "month"]
    rates = rules.contributions.set_index(keys)["rate"]
    june = 2021 * 12 + 5
    assert rates["pension", "employee", "any", june] == 715
    assert [rates["pension", "employer", who, june] for who in EMPLOYERS] == [
        1_695, 2_072, 2_072, 1_669,
    ]  # fmt: skip
    # The private employers' rate was lowered in the pandemic, that of municipalities was not.
    lowered = 2020 * 12 + 4
    assert rates["pension", "employer", "private", lowered - 1] == 1_695
    assert rates["pension", "employer", "private", lowered] == 1_435
    assert rates["pension", "employer", "municipalities", lowered] == 2_077


def test_a_wage_subsidy_is_of_its_date(rules):
    rows = rules.wage_subsidies.set_index(["employer", "month", "share_from"]).sort_index()
    before, after = 2023 * 12 + 5, 2023 * 12 + 6
    assert rows.loc[("any", before)]["base"].unique().tolist() == ["cost"]
    assert rows.loc[("any", after)]["base"].unique().tolist() == ["wage"]
    assert rows.loc[("any", before, 0), "unknown_share"] == 4_000
    assert rows.loc[("any", after, 0), "unknown_share"] == 5_000
    assert rows.loc[("any", after, 0), "share_until"] == 7_000


FAULTS = {
    "hole": (
        "ledger/financing.csv",
        "supplementary_assistance,any,0,2023-01,",
        "supplementary_assistance,any,0,2023-03,",
        r"financing\.csv: supplementary_assistance 1 0 has no row for 2 months "
        r"\(2023-01, 2023-02\)",
    ),
    "overlap": (
        "ledger/financing.csv",
        "basic_assistance,any,0,2023-01,2024-12,state",
        "basic_assistance,any,0,2022-11,2024-12,state",
        r"row 37: basic_assistance 1 0 state stands there already in 10 of its months, first "
        r"2022-11",
    ),
    "shares": (
        "ledger/financing.csv",
        "FM,2,1000,2017-01,2024-12,state,0.3",
        "FM,2,1000,2017-01,2024-12,state,0.31",
        r"shares of FM, ground 2, from 1000 days add up to 1\.01 in 2017-01; expected 1 "
        r"\(96 such months\)",
    ),
    "shares_below": (
        "ledger/financing.csv",
        "FM,2,1000,2017-01,2024-12,state,0.3",
        "FM,2,1000,2017-01,2024-12,state,0.29",
        r"shares of FM, ground 2, from 1000 days add up to 0\.99 in 2017-01",
    ),
    "class": (
        "ledger/financing.csv",
        "FM,1,0,2017-01",
        "FM,1,1,2017-01",
        "financing.csv: FM 1 0 has no row for 96 months",
    ),
    "dates": (
        "ledger/financing.csv",
        "FP,any,0,2019-01,2024-12,state",
        "FP,any,0,2024-12,2019-01,state",
        r"row 20, column valid_from \(2024-12\) is after valid_to",
    ),
    "month": (
        "ledger/financing.csv",
        "FP,any,0,2017-01,2017-12,state",
        "FP,any,0,2017,2017-12,state",
        "valid_from: expected YYYY-MM, found 2017",
    ),
    "payer": (
        "ledger/financing.csv",
        "FP,any,0,2019-01,2024-12,state",
        "FP,any,0,2019-01,2024-12,nobody",
        "column payer: expected 'municipalities', .*found 'nobody'",
    ),
    "digits": (
        "ledger/contributions.csv",
        "2021-01,2021-12,0.2072",
        "2021-01,2021-12,0.20725",
        "column rate: ",
    ),
    "rate": (
        "benefit_rates.csv",
        "daily_allowance,2022-08,2022-12",
        "daily_allowance,2022-09,2022-12",
        r"benefit_rates\.csv: daily_allowance has no row for 1 month \(2022-08\)",
    ),
    "rate_twice": (
        "benefit_rates.csv",
        "increase_supplement,2022-08,2022-12",
        "increase_supplement,2022-06,2022-12",
        r"increase_supplement stands there already in 2 of its months, first 2022-06",
    ),
    "rate_hole": (
        "benefit_rates.csv",
        "expense_compensation,2010-01",
        "expense_compensation,2017-03",
        r"expense_compensation has no row for 2 months \(2017-01, 2017-02\)",
    ),
    "service": (
        "ledger/services.csv",
        "coaching,2017-01",
        "choaching,2017-01",
        r"row 3, column service: expected 'work_trial', .*found 'choaching'",
    ),
    "service_hole": (
        "ledger/services.csv",
        "visit_other,2023-01",
        "visit_other,2023-02",
        r"services\.csv: visit_other has no row for 1 month \(2023-01\)",
    ),
    "benefit": (
        "ledger/financing.csv",
        "FP,any,0,2019-01,2024-12,state",
        "KR,any,0,2019-01,2024-12,state",
        r"row 20, column benefit: expected 'FM', .*found 'KR'",
    ),
    "no_benefit": (
        "ledger/financing.csv",
        'medicines,any,0,2017-01,2024-12,social_insurance,1,,Kela,unverified,"ASSUME: insurance as '
        'one payer, whatever of it the state funds"\n',
        "",
        r"financing\.csv: medicines 1 0 has no row for 96 months",
    ),
    "not_counted": (
        "ledger/financing.csv",
        "FP,any,0,2019-01,2024-12,state",
        "FP,any,300,2019-01,2024-12,state",
        r"row 20, column days_from: days are counted for FM only",
    ),
    "basic_part": (
        "ledger/financing.csv",
        "AP,any,0,2021-01,2024-12,employment_fund,0.945,state",
        "AP,any,0,2021-01,2024-12,employment_fund,0.945,employment_fund",
        r"column basic_part_by: employment_fund has the share itself",
    ),
    "basic_part_twice": (
        "ledger/financing.csv",
        "AP,any,0,2021-01,2024-12,unemployment_funds,0.055,,",
        "AP,any,0,2021-01,2024-12,unemployment_funds,0.055,state,",
        r"financing\.csv, column basic_part_by: expected one payer of a benefit at most",
    ),
    "county_benefit": (
        "ledger/financing.csv",
        "preventive_assistance,any,0,2023-01",
        "preventive_assistance,any,0,2022-12",
        r"row 41, column valid_from: counties pay from 2023-01 on",
    ),
    "county_service": (
        "ledger/services.csv",
        "rehabilitation,2023-01",
        "rehabilitation,2022-12",
        r"row 7, column valid_from: counties pay from 2023-01 on",
    ),
    "transfer": (
        "ledger/services.csv",
        "municipalities,4500,1009",
        "municipalities,450,1009",
        "state_transfer_cents: 1009 is above cents",
    ),
    "recipient": (
        "ledger/contributions.csv",
        "pension,employer,municipalities,2021-01,2021-12",
        "pension,employer,municipalities,2021-01,2021-11",
        r"contributions\.csv: pension employer municipalities has no row for 1 month "
        r"\(2021-12\)",
    ),
    "not_received": (
        "ledger/contributions.csv",
        "unemployment,employee,any,2017-01",
        "municipalities,employee,any,2017-01",
        r"column recipient: expected 'pension', 'health' or 'unemployment'",
    ),
    "employee_of": (
        "ledger/contributions.csv",
        "unemployment,employee,any,2017-01",
        "unemployment,employee,private,2017-01",
        "employer: an employee pays the same everywhere",
    ),
    "employer_any_and_some": (
        "ledger/contributions.csv",
        "pension,employer,private,2017-01",
        "pension,employer,any,2017-01",
        "pension of the employer has rates for any employer and for some",
    ),
    "tax_parameter": (
        "ledger/income_tax.csv",
        "municipal_rate,2021,",
        "municipality_rate,2021,",
        r"income_tax\.csv, row \d+, column parameter: expected costs_of_earning, .*; found "
        "'municipality_rate'",
    ),
    "tax_hole": (
        "ledger/income_tax.csv",
        "credit_most,2021,",
        "credit_most,2031,",
        r"income_tax\.csv: credit_most has no row for 2021; expected each year",
    ),
    "tax_twice": (
        "ledger/income_tax.csv",
        "credit_most,2021,",
        "credit_most,2022,",
        r"row \d+: credit_most of 2022 stands there twice",
    ),
    "tax_unit": (
        "ledger/income_tax.csv",
        "municipal_rate,2021,0.2002,share",
        "municipal_rate,2021,0.2002,euros",
        "unit: expected share for municipal_rate",
    ),
    "tax_per_cent": (
        "ledger/income_tax.csv",
        "municipal_rate,2021,0.2002,",
        "municipal_rate,2021,20.02,",
        "value: expected 1 at most for municipal_rate",
    ),
    "bracket": (
        "ledger/income_tax_brackets.csv",
        "2021,27900,566,",
        "2021,27900,5660,",
        r"row \d+, column tax_at_limit: the bracket below reaches another tax",
    ),
    "no_bracket": (
        "ledger/income_tax_brackets.csv",
        "2021,0,0,0,",
        "2021,100,0,0,",
        r"income_tax_brackets\.csv: no bracket from 0 on for 2021",
    ),
    "housing": (
        "ledger/housing_allowance.csv",
        "accepted_rent,2021-01",
        "accepted_rent,2021-02",
        r"housing_allowance\.csv: accepted_rent has no row for 1 month \(2021-01\)",
    ),
    "subsidy_class": (
        "ledger/wage_subsidies.csv",
        "any,2017-01,2023-06,0,",
        "any,2017-01,2023-06,0.1,",
        r"wage_subsidies\.csv: any 0 has no row for 78 months",
    ),
    "subsidy_share": (
        "ledger/wage_subsidies.csv",
        "0,cost,140000,0.4,",
        "0,cost,140000,,",
        r"column unknown_share: 0 of employer any in 2017-01; expected one \(78 such months\)",
    ),
    "class_of_2025_twice": (
        "ledger/counterfactual.csv",
        "2025,AP,400,",
        "2025,AP,300,",
        r"counterfactual\.csv: a class of days stands there twice",
    ),
    "other_rules": (
        "ledger/counterfactual.csv",
        "2025,AP,700,",
        "2026,AP,700,",
        r"row 19, column rules: expected '2025'",
    ),
    "classes_of_2025": (
        "ledger/counterfactual.csv",
        "2025,AP,0,",
        "2025,AP,1,",
        "expected a class from 0 days for each benefit",
    ),
    "assumption": (
        "ledger/assumptions.csv",
        "share_follows_from,period_start",
        "share_follows_from,never",
        r"assumptions\.csv, values, share_follows_from: expected 'period_start' or 'period_end'",
    ),
    "mark": (
        "ledger/assumptions.csv",
        "recovered_days_leave,no,unverified",
        "recovered_days_leave,no,guessed",
        "column mark: ",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(tables, name):
    file, old, new, message = FAULTS[name]
    spoil(tables / file, old, new)
    with pytest.raises(InputError, match=message):
        read_ledger_rules(tables)


@pytest.mark.parametrize(
    ("table", "kind", "message"),
    [
        ("counterfactual", "2025,FP", "no row for FP"),
        ("contributions", "health", "no rate of health for one of the sides"),
        ("contributions", "pension,employee", "no rate of pension for one of the sides"),
        ("income_tax", "care_rate", "care_rate has no row for 2017"),
        ("income_tax_brackets", "2021", "no bracket from 0 on for 2021"),
    ],
)
def test_a_kind_that_lacks_all_its_rows_is_named(tables, table, kind, message):
    path = tables / "ledger" / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(kind)]
    path.write_text("".join(kept), encoding="utf-8")
    with pytest.raises(InputError, match=rf"{table}\.csv: {message}"):
        read_ledger_rules(tables)


def test_every_line_has_a_source(config):
    for path in sorted((config / "ledger").glob("*.csv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].endswith("mark,source"), path.name
        assert len(lines) > 1
