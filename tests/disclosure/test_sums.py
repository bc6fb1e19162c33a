"""A hidden part of a net cost is never what is left of the net cost."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuntakokeilu import contracts
from kuntakokeilu.attack.sums import hidden_parts_that_follow
from kuntakokeilu.disclosure.sums import (
    LEDGER_OUTCOMES,
    follows,
    parts_of_payers,
    sums_of_payers,
    with_companions,
)

COLUMNS = [*contracts.COSTS, *contracts.RECEIPTS, *contracts.NET_LAYERS]
NAMES = [column.removesuffix("_cents") for column in COLUMNS]
LEDGER = pd.DataFrame({"outcome": NAMES, "column": COLUMNS, "price_year": None})
SUMS, PARTS = sums_of_payers(LEDGER), parts_of_payers(LEDGER)
SIZES = {name: 1.0 + at for at, name in enumerate(NAMES)}
READ = {name: (name, None) for name in NAMES}  # as the attacker reads study.json


def rows(hidden, names=NAMES, **more):
    return pd.DataFrame({"outcome": names, "term": "att", "identified": "ok", **more}), pd.Series(
        [name in hidden for name in names]
    )


def gone(hidden, names=NAMES, sizes=SIZES):
    frame, secret = rows(hidden, names)
    made = with_companions(frame, secret, SUMS, PARTS, sizes)
    return set(frame["outcome"][made])


def attacked(frame, hidden):
    """Let the attacker, who has a list of his own of what adds up, look at what leaves."""
    told = [
        {"outcome": name, "estimate": "" if out else "1.5", "status": "suppressed" if out else "ok"}
        for name, out in zip(frame["outcome"], hidden, strict=True)
    ]
    return hidden_parts_that_follow(told, READ)


@given(st.sets(st.sampled_from(NAMES), min_size=1, max_size=4), st.randoms())
def test_no_hidden_number_follows_whatever_is_hidden(hidden, random):
    names = random.sample(NAMES, len(NAMES))
    frame, secret = rows(hidden, names)
    made = with_companions(frame, secret, SUMS, PARTS, SIZES)
    assert made[secret].all()
    assert attacked(frame, made) == []  # nor a companion, which would tell what it keeps


@pytest.mark.parametrize("name", NAMES)
def test_a_number_hidden_alone_would_follow_and_takes_one_with_it(name):
    frame, secret = rows({name})
    assert attacked(frame, secret) == ["estimate"]
    assert follows(name, set(NAMES) - {name}, SUMS)
    made = gone({name})
    assert not follows(name, set(NAMES) - made, SUMS)
    if f"{name}_cents" in (*contracts.COSTS, *contracts.RECEIPTS[:2]):
        assert len(made) == 2


def test_a_part_of_the_widest_layer_alone_takes_this_layer_with_it():
    """Another part would follow from the narrower layers, and the first one then."""
    assert gone({"pension_contributions"}) == {"pension_contributions", "net_public"}


@pytest.mark.parametrize("payer", [p for p, of in contracts.FINANCIERS.items() if len(of) > 1])
def test_a_companion_is_of_the_same_payer_so_that_its_sum_stays(payer):
    mine = {column.removesuffix("_cents") for column in contracts.FINANCIERS[payer]}
    costs = [n for n in mine if f"{n}_cents" in contracts.COSTS]
    if len(costs) > 1:
        assert gone({costs[0]}) <= mine


def test_the_companion_is_the_next_larger_that_varies_as_much():
    sizes = {"state_employer": 3.0, "state_transfers": 2.0, "state_tax": 1.0,
             "housing_allowance": 4.0, "state_services": 8.0, "state_benefits": 9.0}  # fmt: skip
    assert gone({"state_employer"}, sizes=sizes) == {"state_employer", "housing_allowance"}
    assert gone({"state_benefits"}, sizes=sizes) == {"state_benefits", "state_employer"}


def test_the_next_release_hides_the_same_though_sizes_changed_places():
    """Else the companion of the first release, known from the second, would tell the part."""
    hidden = {"state_employer"}
    sizes = {"state_employer": 1.0, "state_transfers": 5.0, "housing_allowance": 4.0}
    later = sizes | {"state_transfers": 4.0, "housing_allowance": 5.0}
    assert gone(hidden, sizes=sizes) == gone(hidden, sizes=later)


def test_every_part_has_a_place():
    parts = parts_of_payers(LEDGER)
    assert sorted(part.place for part in parts.values()) == list(range(18))


def test_two_parts_that_keep_each_other_take_a_third():
    """Their sum is the net cost less the others, and may be of few persons as each of them is."""
    made = gone({"state_employer", "county"})
    assert {"state_employer", "county"} < made and len(made) == 3


def test_other_persons_are_another_sum():
    frame, secret = rows({"county"}, area="Pori")
    other, shown = rows(set(), area="Rauma")
    both, hidden = pd.concat([frame, other]), pd.concat([secret, shown])  # labels repeat
    made = with_companions(both, hidden, SUMS, PARTS, SIZES)
    assert set(both["area"][made]) == {"Pori"} and made.sum() == 2
    assert made.index.equals(both.index)


def test_a_part_without_a_number_hides_another_already():
    frame, secret = rows({"county"})
    frame.loc[frame["outcome"].eq("state_tax"), "identified"] = "no_control"
    assert with_companions(frame, secret, SUMS, PARTS, SIZES).sum() == 1


def test_a_study_without_a_part_has_no_sum():
    some = LEDGER[~LEDGER["outcome"].isin(["county", "health_contributions"])]
    assert [set(each) for each in sums_of_payers(some)] == [
        {"net_public_contributions", "net_public", "pension_contributions"}
    ]
    assert sums_of_payers(pd.DataFrame(columns=LEDGER_OUTCOMES)) == []


def test_prices_of_two_years_are_two_sums():
    real = LEDGER.assign(outcome=[f"{n}_real" for n in NAMES], price_year=2024)
    found = sums_of_payers(pd.concat([LEDGER, real]))
    assert len(found) == 2 * len(SUMS)
    assert all(len({o.endswith("_real") for o in each}) == 1 for each in found)


def test_the_attacker_has_the_ledgers_sums_by_heart():
    """His list, typed from the documentation, against the contracts'."""
    from kuntakokeilu.attack import sums as his

    assert [f"{n}_cents" for n in his._PAID] == list(contracts.COSTS)
    assert [f"{n}_cents" for n in his._GOT] == list(contracts.RECEIPTS)
    nets = {f"{n}_cents": contracts.RECEIPTS[:taken] for n, taken in his._NETS.items()}
    assert nets == contracts.NET_LAYERS
