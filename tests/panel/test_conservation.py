"""Euros and months in = out + left out; and an error if not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kuntakokeilu.contracts import PERSON_MONTHS, TRAITS
from kuntakokeilu.errors import InputError
from kuntakokeilu.panel import conservation, outcomes, spells

from .facts_tables import RULES, SETTINGS, make_facts, month, open_tables, rows

SPELL = "person start_date end_date delivery_year"
TABLES = {
    "search_spells": rows(
        SPELL,
        ("a", "2019-01-01", "2019-02-15", 2020),
        ("a", "2019-02-10", "2019-04-30", 2020),  # overlaps
        ("b", "2019-11-01", None, 2019),  # closed at the end of its delivery
        ("c", "2020-11-30", None, 2020),
    ),
    "status_spells": rows(f"{SPELL} status", ("a", "2019-01-01", "2019-04-30", 2020, "2")),
    "wages": rows(
        "person year month payer wage_cents",
        ("a", 2019, 1, "f", 100),
        ("a", 2019, 1, "g", 20),
        ("b", 2019, 12, None, 3),
        ("never a job seeker", 2019, 1, "f", 7_000),
    ),
    "benefit_payments": rows(
        "person year month benefit days amount_cents",
        ("a", 2019, 2, "FM", 1.0, 500),
        ("a", 2019, 2, "AP", -1.0, -40),
        ("never a job seeker", 2019, 1, "FM", 1.0, 9),
    ),
}


def built(work, tables=TABLES):
    """Make the facts and a sample in which most months stand twice, in two cohorts."""
    con, present = open_tables(work, tables)
    spells.status_months(con, SETTINGS)
    make_facts(con, SETTINGS, present, RULES)
    traits = ", ".join(f'NULL::{PERSON_MONTHS[name].type} AS "{name}"' for name in TRAITS)
    con.execute(
        f"CREATE TABLE skeleton AS SELECT person, cohort, (month - cohort)::SMALLINT AS elapsed, "
        f"month, '091' AS unit, {traits} FROM (SELECT unnest([0, 1, 2]) AS person), "
        f"(SELECT unnest([{month('2018-12')}, {month('2019-01')}]) AS cohort), "
        f"(SELECT unnest(range({month('2018-12')}, {month('2020-12')})) AS month) "
        "WHERE month >= cohort"
    )
    path = work / "stock.parquet"
    outcomes.add_outcomes(con, SETTINGS, "skeleton", path)
    return con, {"stock": path}


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Build once for all tests that spoil something: what they change is rolled back."""
    con, samples = built(tmp_path_factory.mktemp("once"))
    yield con, samples
    conservation.check(con, SETTINGS, samples)
    con.close()


@pytest.fixture
def spoilable(once):
    """Return the database and samples; afterwards they are as they were."""
    con, samples = once
    con.execute("BEGIN")
    yield con, samples
    con.execute("ROLLBACK")


def as_rows(found):
    return {row.check: (row.before, row.after, row.left_out) for row in found.itertuples()}


def test_every_cent_and_month_is_found_again(tmp_path):
    con, samples = built(tmp_path)
    assert as_rows(conservation.check(con, SETTINGS, samples)) == {
        "registered at the end of a month": (8, 8, 0),
        "open search spells that the last delivery has": (2, 1, 1),
        "search spells: overlapping or touching ones are one": (4, 3, 1),
        "status spells: overlapped ones give way to the next": (1, 1, 0),
        "cents of wages: never job seekers left out": (7_123, 123, 7_000),
        "cents of benefits: never job seekers left out": (469, 460, 9),
        "cents of wages by payer": (123, 123, 0),
        "cents of benefits by kind": (460, 460, 0),
        "cents of benefit_payments by payer: outside the ledger left out": (469, 460, 9),
        # In three months with an income, 45 % of the housing allowance: four fifths of 396 euros.
        "cents of costs by payer": (43_228, 43_228, 0),
        # So little is not taxed; of wages of 120, contributions of 1 and 2 times 2, pensions 8 and
        # 21; of wages of 3, pensions 1.
        "cents of costs: net_public_core and what is taken off": (43_228, 43_228, 0),
        "cents of costs: net_public_contributions and what is taken off": (43_228, 43_223, 5),
        "cents of costs: net_public and what is taken off": (43_228, 43_193, 35),
        "cents of wages by employer: outside the ledger left out": (123, 123, 0),
        "cents of taxes of a year by month: years without income left out": (0, 0, 0),
        "cents of the municipal share by month of payment: outside the ledger left out": (0, 0, 0),
        "benefit payments: recoveries counted apart": (2, 1, 1),
        "subsidy counters of the register: against the law counted apart": (0, 0, 0),
        "cents of wages in stock: months not covered left out": (123, 123, 0),
        "cents of benefits in stock: months not covered left out": (460, 460, 0),
        "cents of the municipal share in stock: months not covered left out": (0, 0, 0),
        # 2020-12 of c is not in the sample.
        "registered months in stock: months not covered left out": (7, 7, 0),
    }
    con.close()


def test_facts_beyond_the_coverage_are_left_out_by_name(tmp_path):
    stray = rows("person year month payer wage_cents", ("a", 2020, 1, "f", 11))
    usual = rows("person year month payer wage_cents", *[("a", 2019, 1, "f", 1)] * 101)
    con, samples = built(tmp_path, TABLES | {"wages": usual + stray})
    found = as_rows(conservation.check(con, SETTINGS, samples))
    assert found["cents of wages in stock: months not covered left out"] == (112, 101, 11)
    con.close()


def test_spells_that_overlap_or_touch_are_counted(tmp_path):
    tables = {
        "search_spells": rows(
            SPELL,
            ("a", "2019-01-01", "2019-02-15", 2020),
            ("a", "2019-02-16", "2019-03-10", 2020),  # touches
            ("a", "2019-03-12", "2019-04-30", 2020),
            ("b", "2019-03-01", "2019-03-11", 2020),
        ),
        "status_spells": rows(
            f"{SPELL} status",
            ("a", "2019-01-01", "2019-02-15", 2020, "2"),
            ("a", "2019-02-15", "2019-02-28", 2020, "7"),  # overlaps the first by a day
            ("a", "2019-03-01", None, 2020, "2"),
            ("b", "2019-03-05", "2019-03-11", 2020, "2"),
        ),
    }
    con, samples = built(tmp_path, tables)
    found = as_rows(conservation.check(con, SETTINGS, samples))
    assert found["search spells: overlapping or touching ones are one"] == (4, 3, 1)
    assert found["status spells: overlapped ones give way to the next"] == (4, 3, 1)
    con.close()


def test_registers_that_are_not_there_are_not_checked(tmp_path):
    tables = {name: TABLES[name] for name in ("search_spells", "status_spells")}
    con, samples = built(tmp_path, tables)
    found = as_rows(conservation.check(con, SETTINGS, samples))
    assert {name: row for name, row in found.items() if "cents" in name} == {
        "cents of costs by payer": (0, 0, 0),
        "cents of costs: net_public_core and what is taken off": (0, 0, 0),
        "cents of costs: net_public_contributions and what is taken off": (0, 0, 0),
        "cents of costs: net_public and what is taken off": (0, 0, 0),
        "cents of wages by employer: outside the ledger left out": (0, 0, 0),
        "cents of taxes of a year by month: years without income left out": (0, 0, 0),
    }
    assert len(found) == 11
    con.close()


SUM = "UPDATE ledger_sums SET number = number + 1 WHERE name = '{}'"


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        ("UPDATE wage_months SET wage_cents = wage_cents + 1 WHERE person = 0", "wages: never"),
        ("UPDATE wage_months SET wage_payers = []", "wages by payer"),
        ("DELETE FROM benefit_months", "benefits: never"),
        ("UPDATE benefit_months SET basic_allowance_cents = 1", "benefits by kind"),
        ("UPDATE cost_months SET state_benefits_cents = 1", "costs by payer"),
        ("UPDATE cost_months SET net_public_cents = 0", "net_public and what is taken off"),
        (SUM.format("wages"), "wages by employer"),
        (SUM.format("taxes of months"), "taxes of a year by month"),
        ("UPDATE cost_months SET housing_allowance_cents = 0", "costs by payer"),
        (SUM.format("paid: AP"), "benefit_payments by payer"),
        ("UPDATE cost_months SET municipal_posted_cents = 1", "share by month of payment"),
        ("DELETE FROM status_months WHERE person = 2", "registered at the end of a month"),
        ("INSERT INTO status_months VALUES (0, 24000, '2')", "registered at the end of a month"),
    ],
)
def test_a_loss_before_the_samples_is_an_error(spoilable, spoil, named):
    con, samples = spoilable
    con.execute(spoil)
    with pytest.raises(InputError, match=f"{named}.*the difference is -?[1-9]"):
        conservation.check(con, SETTINGS, samples)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ("* REPLACE (NULL::BIGINT AS wage_cents)", "cents of wages in stock"),
        ("* REPLACE (benefit_cents // 2 AS benefit_cents)", "cents of benefits in stock"),
        ("* REPLACE (false AS registered)", "registered months in stock"),
        # One of two cohorts lost it: the month stands there with two values.
        ("* REPLACE (wage_cents + (elapsed % 2) AS wage_cents)", "cents of wages in stock"),
    ],
)
def test_a_loss_in_a_sample_is_an_error(once, tmp_path, values, named):
    con, samples = once
    spoilt = tmp_path / "spoilt.parquet"
    con.execute(
        f"COPY (SELECT {values} FROM '{samples['stock'].as_posix()}') TO '{spoilt.as_posix()}'"
    )
    with pytest.raises(InputError, match=f"{named}.*the difference is -?[1-9]"):
        conservation.check(con, SETTINGS, {"stock": spoilt})


CENTS = st.integers(-(10**9), 10**12)


@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "z", "nobody"]),
            st.sampled_from([2019, 2020]),
            st.integers(1, 12),
            st.sampled_from(["f", "g", None]),
            CENTS,
        ),
        min_size=1,
        max_size=20,
    )
)
def test_any_wages_are_conserved(tmp_path_factory, drawn):
    tables = TABLES | {"wages": rows("person year month payer wage_cents", *drawn)}
    con, samples = built(tmp_path_factory.mktemp("any"), tables)
    found = as_rows(conservation.check(con, SETTINGS, samples))
    everyone = sum(row[-1] for row in drawn)
    seekers = sum(row[-1] for row in drawn if row[0] != "nobody")
    assert found["cents of wages: never job seekers left out"][:2] == (everyone, seekers)
    con.close()
