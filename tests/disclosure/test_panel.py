"""No count of too few persons leaves with the exclusion flow or the eligibility, or follows."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from kuntakokeilu.contracts import (
    ELIGIBILITY,
    ELIGIBILITY_DEFINITIONS,
    FLOW,
    FLOW_STEPS,
    conform,
)
from kuntakokeilu.disclosure.panel import NEVER_SHOWN, release_eligibility, release_flow
from kuntakokeilu.errors import InputError
from kuntakokeilu.study import DisclosureProfile

LEAST = 10
REGISTER = DisclosureProfile(profile="register", min_persons=LEAST, note="-")
PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="-")
STEPS = list(FLOW_STEPS)


def flow(columns, months=None, steps=STEPS):
    """Counts by (sample, cohort) as contract FLOW; person-months for some columns."""
    rows = [
        (sample, cohort, place, step, n, (months or {}).get((sample, cohort), {}).get(step))
        for (sample, cohort), counts in columns.items()
        for place, (step, n) in enumerate(zip(steps, counts, strict=True))
    ]
    return conform(pd.DataFrame(rows, columns=list(FLOW.columns)), FLOW)


def shown(frame, sample="stock", cohort="2020-12", column="n_persons"):
    mine = frame[(frame["sample"] == sample) & frame["cohort"].fillna("").eq(cohort or "")]
    return [None if pd.isna(n) else int(n) for n in mine[column]]


def test_a_small_exclusion_merges_with_the_next():
    counts = [1000, 900, 500, 497, 480, 480, 400]
    released = release_flow(flow({("stock", "2020-12"): counts}), REGISTER)
    assert shown(released) == [1000, 900, 500, None, None, 480, 400]
    assert released["status"].tolist() == ["ok"] * 3 + ["suppressed"] * 2 + ["ok"] * 2


@pytest.mark.parametrize("lost", [0, 3, 40])
def test_that_a_step_is_hidden_does_not_tell_that_few_are_left_out(lost):
    """Nearly always few have no municipality: hidden when they are few, the step would say so."""
    counts = [1000, 900, 500, 480, 480 - lost, 400, 380]
    assert shown(release_flow(flow({("stock", "2020-12"): counts}), REGISTER)) == [
        *counts[:4], None, *counts[5:]]  # fmt: skip


def test_the_size_of_the_sample_goes_before_the_step_above_it():
    counts = [1000, 900, 500, 470, 450, 440, 435]
    released = release_flow(flow({("stock", "2020-12"): counts}), REGISTER)
    assert shown(released) == [1000, 900, 500, 470, None, None, 435]


def test_a_small_sample_is_suppressed_and_an_empty_one_is_not():
    for last, expected in ((9, None), (0, 0), (10, 10)):
        released = release_flow(flow({("stock", "2020-12"): [99] * 6 + [last]}), REGISTER)
        assert shown(released)[-1] == expected


@pytest.mark.parametrize("other", [("stock", "2020-12"), ("job_seekers", None)])
def test_what_one_column_must_hide_no_other_shows(other):
    """895 of 900 job seekers: 900 would tell the five, also from the column of another sample."""
    columns = {
        ("stock", "2019-12"): [2000, 900, 400, 380, 360, 340, 320],
        other: [2000, 900, 895, 895, 895, 895, 895],
    }
    released = release_flow(flow(columns), REGISTER)
    assert shown(released, *other) == [2000, None, 895, 895, None, 895, 895]
    assert shown(released, "stock", "2019-12")[:3] == [2000, None, 400]


def test_who_is_among_all_job_seekers_but_not_in_a_sample_is_a_count_too():
    columns = {
        ("job_seekers", None): [2000, 1000, 905, 890, 880, 870, 860],
        ("stock", "2020-12"): [2000, 1000, 900, 700, 600, 500, 400],
    }
    released = release_flow(flow(columns), REGISTER)
    assert shown(released) == [2000, 1000, None, 700, None, 500, 400]
    turned = release_flow(flow(dict(reversed(columns.items()))), REGISTER)
    assert shown(turned, "job_seekers", None) == [2000, 1000, None, 890, None, 870, 860]


def test_cohorts_of_almost_equal_size_are_not_nested_and_both_shown():
    columns = {("stock", "2019-12"): [99, 80, 60, 60, 60, 60, 60],
               ("stock", "2020-12"): [99, 80, 61, 61, 61, 61, 61]}  # fmt: skip
    released = release_flow(flow(columns), REGISTER)
    assert released["status"].eq("ok").equals(released["step"].ne(NEVER_SHOWN))


def test_person_months_go_with_their_persons():
    key = ("stock", "2020-12")
    months = {key: {"resident_when_frozen": 5000, "age_within": 4900, "in_sample": 4000}}
    counts = [1000, 900, 500, 480, 460, 409, 400]
    released = release_flow(flow({key: counts}, months), REGISTER)
    assert shown(released, column="n_person_months")[3:] == [5000, None, None, 4000]


def test_months_lost_by_an_unknown_number_of_persons_are_not_shown():
    """Nobody is left out, but some lose months: how few they are cannot be told."""
    key = ("job_seekers", None)
    months = {key: {"resident_when_frozen": 5000, "age_within": 4990, "in_sample": 4990}}
    released = release_flow(flow({key: [1000, 900, 500, 460, 460, 460, 460]}, months), REGISTER)
    assert released["status"].eq("ok").equals(released["step"].ne(NEVER_SHOWN))
    assert shown(released, *key, column="n_person_months")[3:] == [None, None, 4990, 4990]


def test_without_a_minimum_everything_is_shown():
    counts = {("stock", "2020-12"): [9, 8, 7, 6, 5, 4, 3]}
    assert shown(release_flow(flow(counts), PUBLIC)) == counts["stock", "2020-12"]


def test_sums_over_cohorts_are_refused():
    columns = {("stock", "2020-12"): [99] * 7, ("stock", None): [99] * 7}
    with pytest.raises(InputError, match="stock has rows with and without a cohort"):
        release_flow(flow(columns), REGISTER)


def test_an_unknown_step_is_refused():
    with pytest.raises(InputError, match="column step"):
        flow({("stock", "2020-12"): [99]}, steps=["over_the_moon"])


LOST = st.sampled_from([0, 0, 1, 3, 9, 10, 11, 40])


@st.composite
def flows(draw):
    """All job seekers, and within them two cohorts of the stock."""
    base = draw(st.integers(0, 120))
    seekers = np.cumsum([base, *(draw(LOST) for _ in STEPS[1:])])[::-1]
    columns = {("job_seekers", None): seekers}
    for cohort in ("2019-12", "2020-12"):
        left = max(0, base - draw(LOST)), *(draw(LOST) for _ in STEPS[3:])
        own = np.maximum(left[0] - np.cumsum([0, *left[1:]]), 0)
        columns["stock", cohort] = [*seekers[:2], *own]
    return flow({key: [int(n) for n in counts] for key, counts in columns.items()})


def spread(goal, equations, upper):
    """Width of the interval in which a linear combination of the counts is known to lie."""
    ends = []
    for sign in (1, -1):
        known = {"A_eq": equations[0], "b_eq": equations[1]} if len(equations[0]) else {}
        least = {"A_ub": upper, "b_ub": np.zeros(len(upper))} if len(upper) else {}
        found = linprog(sign * np.asarray(goal, float), **known, **least, bounds=(0, 1e6))
        assert found.status == 0, found.message
        ends.append(sign * found.fun)
    return ends[1] - ends[0]


def knowledge(released):
    """What anybody may conclude of a released flow: its numbers, and who is part of whom."""
    n, eye = len(released), np.eye(len(released))
    at = {
        (row.sample, None if pd.isna(row.cohort) else row.cohort, row.step): k
        for k, row in enumerate(released.itertuples())
    }
    seen = released["n_persons"].notna().to_numpy()
    equal, value = list(eye[seen]), list(released["n_persons"][seen].astype(float))
    nested = []
    for sample, cohort in {key[:2] for key in at}:
        own = [at[sample, cohort, step] for step in STEPS]
        nested += [eye[low] - eye[high] for high, low in pairwise(own)]
        for step in STEPS[:2]:
            equal.append(eye[at[sample, cohort, step]] - eye[at["job_seekers", None, step]])
            value.append(0.0)
        whole = [at["job_seekers", None, step] for step in STEPS]
        nested += [eye[a] - eye[b] for a, b in zip(own, whole, strict=True)]
    return (np.array(equal).reshape(-1, n), value), np.array(nested), at


@settings(deadline=None, max_examples=10)
@given(flows())
def test_no_small_count_follows_from_the_released_flow(truth):
    released = release_flow(truth, REGISTER)
    equations, nested, at = knowledge(released)
    eye = np.eye(len(released))
    n = truth["n_persons"].astype(int).to_numpy()
    goals = [eye[k] for k in range(len(n))]
    goals += [eye[at[*key, a]] - eye[at[*key, b]]
              for key in {key[:2] for key in at} for a, b in pairwise(STEPS)]  # fmt: skip
    goals += [eye[at["job_seekers", None, step]] - eye[k] for (*_, step), k in at.items()]
    for goal in goals:
        if 0 < goal @ n < LEAST:
            assert spread(goal, equations, nested) >= LEAST


def test_knowing_the_rule_does_not_help():
    """Of all small flows: no small number is the same in all that are released alike."""
    profile = DisclosureProfile(profile="x", min_persons=3, note="-")
    steps = [*STEPS[1:3], STEPS[-1]]
    alike = {}
    for counts in product(range(7), repeat=3):
        if list(counts) == sorted(counts, reverse=True):
            released = release_flow(flow({("stock", "2020-12"): counts}, steps=steps), profile)
            alike.setdefault(tuple(shown(released)), []).append(counts)
    whole = [group for group in alike.values() if max(max(group)) < 5]  # not cut off by the range
    assert any(len(group) > 1 for group in whole)
    for group in whole:
        flows = np.column_stack([np.array(group), -np.diff(np.array(group), axis=1)])
        for numbers in flows.T:
            assert len(set(numbers)) > 1 or not 0 < numbers[0] < 3


def eligibility(*rows):
    return conform(pd.DataFrame(rows, columns=list(ELIGIBILITY.columns)), ELIGIBILITY)


@pytest.mark.parametrize(
    ("counts", "stays"),
    [
        ((1000, 600, 500, 400), True),
        ((1000, 600, 410, 401), False),  # nine clients who are not eligible
        ((1000, 409, 500, 400), False),  # nine eligible who are no clients
        ((1000, 600, 500, 105), False),  # five who are neither
        ((1000, 600, 300, 9), False),  # nine who are both
        ((1000, 600, 0, 0), True),  # outside the trial areas nobody is a client
        ((1000, 610, 410, 400), True),
    ],
)
def test_each_part_of_the_fourfold_table_is_zero_or_large(counts, stays):
    released = release_eligibility(eligibility(("payments", True, *counts)), REGISTER)
    assert (released["status"] == "ok").tolist() == [stays]
    assert released[["n_persons", "n_both"]].notna().all(axis=None) == stays


def test_persons_and_clients_stand_in_every_row_of_an_arm_unless_they_are_few():
    """Who looks at the table sees what is hidden: who is eligible, and nothing that others show."""
    rows = eligibility(
        ("payments", True, 1000, 600, 500, 495),  # five clients who are not eligible
        ("under_30", True, 1000, 300, 500, 200),
        ("payments", False, 800, 600, 8, 8),
        ("under_30", False, 800, 300, 8, 4),
    )
    released = release_eligibility(rows, REGISTER)
    assert released["status"].tolist() == ["suppressed", "ok", "suppressed", "suppressed"]
    assert released["n_persons"].tolist()[:2] == [1000, 1000]
    assert released["n_clients"].tolist()[:2] == [500, 500]
    assert released[["n_eligible", "n_both"]].iloc[0].isna().all()
    assert (
        released.iloc[2:][["n_persons", "n_eligible", "n_clients", "n_both"]].isna().all(axis=None)
    )


def test_a_flag_that_is_nearly_the_whole_definition_is_suppressed():
    rows = eligibility(
        ("payments", True, 1000, 600, 500, 400),
        ("under_30", True, 1000, 595, 500, 395),  # five eligible clients are 30 or older
        ("foreign", True, 1000, 300, 500, 200),
    )
    assert release_eligibility(rows, REGISTER)["status"].tolist() == ["ok", "suppressed", "ok"]


def test_an_arm_that_the_flow_would_give_away_takes_the_other_with_it():
    rows = eligibility(
        ("fund", True, 1000, 600, 500, 400), ("fund", False, 8, 8, 0, 0),
        ("payments", True, 1000, 600, 500, 400),
    )  # fmt: skip
    released = release_eligibility(rows, REGISTER)
    assert released["status"].tolist() == ["suppressed", "suppressed", "ok"]


PATTERNS = list(product([False, True], repeat=4))  # three flags, client


@settings(deadline=None, max_examples=10)
@given(st.lists(st.sampled_from([0, 0, 1, 4, 9, 10, 12, 50]), min_size=16, max_size=16))
def test_no_part_of_a_suppressed_row_follows_from_the_others(persons):
    persons = np.array(persons)
    client = np.array([pattern[3] for pattern in PATTERNS])
    flags = np.array(PATTERNS)[:, :3]
    eligible = {"payments": flags.any(axis=1)}
    eligible |= {name: flags[:, k] for k, name in enumerate(ELIGIBILITY_DEFINITIONS[3:])}
    whole, of = np.ones(16), {}
    for name, who in eligible.items():
        of[name] = np.array([whole, who, client, who & client], float)
    truth = eligibility(*((name, True, *map(int, a @ persons)) for name, a in of.items()))
    released = release_eligibility(truth, REGISTER)
    told = released.set_index("definition")[["n_persons", "n_eligible", "n_clients", "n_both"]]
    seen = told.notna().to_numpy()
    rows = np.array([of[name] for name in told.index])[seen].reshape(-1, 16)
    for name, who in eligible.items():
        parts = (who & client, who & ~client, ~who & client, ~who & ~client)
        for part in parts:
            if 0 < part @ persons < LEAST:
                assert spread(part, (rows, rows @ persons), np.empty((0, 16))) >= LEAST, name


@pytest.mark.parametrize("both", [37, 45, 50, 55])
def test_that_a_row_is_hidden_outside_the_trial_areas_does_not_tell_that_few_are(both):
    """Of 55 clients there 10 and more, or 1 to 9, or none are not eligible: shown alike."""
    rows = eligibility(
        ("payments", True, 1000, 600, 500, 400), ("payments", False, 800, 600, 55, both)
    )
    told = release_eligibility(rows, REGISTER)
    assert told["status"].tolist() == ["ok", "suppressed"]
    assert told["n_clients"].tolist() == [500, 55] and pd.isna(told["n_eligible"].iloc[1])
