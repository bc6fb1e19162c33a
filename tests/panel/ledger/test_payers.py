"""Payers add up for any payments; and what has no payer or no rule is refused by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kuntakokeilu.contracts import COSTS, NET_LAYERS
from kuntakokeilu.errors import InputError
from kuntakokeilu.panel.ledger import cost_months
from kuntakokeilu.panel.ledger.whole import part_of

from .payments import RULES, TYPES, number, open_ledger, price

CENTS = st.integers(-(10**7), 10**7)
PAYMENT = st.tuples(
    st.sampled_from(["a", "b"]),
    st.integers(2015, 2024),
    st.integers(1, 12),
    st.sampled_from(["2019-06-15", "2021-02-15", "2024-12-15", None]),
    st.sampled_from(["FM", "FP", "AP"]),
    st.sampled_from(["1", "2", "3", "4", None]),
    st.integers(-46, 46).map(lambda half_days: half_days / 2),
    CENTS,
    st.one_of(st.none(), st.integers(0, 1200).map(float)),
)


def frame(*payments: tuple) -> pd.DataFrame:
    return pd.DataFrame(payments, columns=list(TYPES))


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    with open_ledger(tmp_path_factory.mktemp("any")) as con:
        yield con


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(PAYMENT, min_size=1, max_size=60))
def test_payers_add_up_for_any_payments(con, payments):
    found = price(con, frame(*payments))  # sees that the totals of each register are conserved
    registered = [name for name in COSTS if name != "housing_allowance_cents"]
    made = found.groupby(["case", "month"])[registered].sum().sum(axis=1)
    paid = {}
    for person, year, month, *_, cents, _ in payments:
        if year >= 2017:
            key = person, year * 12 + month - 1
            paid[key] = paid.get(key, 0) + cents
    assert {key: cents for key, cents in paid.items() if cents} == made[made != 0].to_dict()
    for layer, less in NET_LAYERS.items():
        net = found[list(COSTS)].sum(axis=1) - found[list(less)].sum(axis=1)
        assert (found[layer] == net).all()


def test_a_share_is_rounded_half_up_and_back():
    every = np.array([0, 1, 2, 3, 7_777, 7_778, 10**9 + 1, 10**15 + 1])
    for share in range(0, 10_001, 625):
        up, down = part_of(every, share), part_of(-every, share)
        assert (up == -down).all()
        for cents, part in zip(every.tolist(), up.tolist(), strict=True):
            assert abs(part * 10_000 - cents * share) <= 5_000
            assert 0 <= part <= cents


def test_a_payment_without_a_payer_is_refused(con):
    payments = frame(
        ("a", 2021, 3, None, "XX", "1", 1.0, 1, None),
        ("b", 2021, 3, None, "XX", "1", 1.0, 1, None),
        ("b", 2021, 3, None, "FM", "9", 1.0, 1, None),
    )
    with pytest.raises(
        InputError, match=r"FM of ground 9 \(1 payment\), XX of ground 1 \(2 payments\) without"
    ):
        price(con, payments)


def test_payments_after_the_rules_are_refused(con):
    payments = frame(
        ("a", 2025, 1, None, "FM", "1", 1.0, 1, None), ("a", 2025, 2, None, "FM", "1", 1.0, 1, None)
    )
    with pytest.raises(InputError, match=r"2 benefit payments are for 2 months after .*2024-12"):
        price(con, payments)


@pytest.mark.parametrize(
    ("months", "outside"), [(("2016-11", "2020-01"), 2), (("2024-01", "2025-03"), 3)]
)
def test_a_study_outside_the_rules_is_refused(con, months, outside):
    with pytest.raises(InputError, match=rf"{outside} months of the study .*2017-01 to 2024-12"):
        cost_months(con, RULES, set(), *months)


HISTORY = frame(
    ("a", 2021, 1, None, "FM", "1", 21.0, 70_000, 285.0),
    ("a", 2021, 1, None, "FM", "1", -21.0, -70_000, None),
    ("a", 2021, 2, None, "FM", "1", 20.0, 60_000, None),
)


@pytest.mark.parametrize(
    ("chosen", "municipal"),
    [
        ({}, 30_000),  # days once paid stay counted: 306 before February
        ({"recovered_days_leave": True}, 0),  # 285
        ({"recovered_days_leave": True, "share_follows_from": "period_end"}, 30_000),  # 305 after
    ],
)
def test_assumptions_decide(con, chosen, municipal):
    rules = replace(RULES, assumptions=RULES.assumptions.model_copy(update=chosen))
    found = price(con, HISTORY, rules).set_index("month")["municipal_subsidy_cents"]
    assert found[number("2021-02")] == municipal


def test_a_counter_is_never_below_zero(con):
    """The first thing known of a person may be a recovery of days paid before the extract."""
    chosen = RULES.assumptions.model_copy(update={"recovered_days_leave": True})
    payments = frame(
        ("a", 2021, 1, None, "FM", "1", -21.0, -70_000, None),
        ("a", 2021, 2, None, "FM", "1", 20.0, 60_000, None),
    )
    found = price(con, payments, replace(RULES, assumptions=chosen)).set_index("month")
    assert found["state_benefits_cents"].to_dict() == {
        number("2021-01"): -70_000,
        number("2021-02"): 60_000,
    }
