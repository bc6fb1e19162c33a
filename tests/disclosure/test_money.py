"""What rests on several estimates is released as the worst of them, and gives no count back."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.contracts import COMBINATIONS, RATIOS, TOTALS, conform
from kuntakokeilu.contracts import NUMBERS as COUNTED
from kuntakokeilu.contracts import RELEASED as SCHEMA
from kuntakokeilu.disclosure.money import release_combinations, release_ratios, release_totals
from kuntakokeilu.disclosure.release import release_estimates
from kuntakokeilu.study import DECISIVE, DisclosureProfile

REGISTER = DisclosureProfile(profile="register", min_persons=10, note="-")
PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="-")
STATUSES = {
    "y.ok": "ok",
    "y.failed": "failed_diagnostic",
    "y.lost": "not_identified",
    "y.few": "suppressed",
}
# two kinds of inference of each estimand
RELEASED = pd.DataFrame([*STATUSES.items()] * 2, columns=["estimand", "status"])
CLUSTERS = {"degrees_of_freedom": 30, "n_trial_clusters": 25, "n_control_clusters": 6}
NUMBERS = {"estimate": 5.0, "ci_low": 1.0, "ci_high": 9.0}
PAIRS = [
    ("y.ok", "y.ok", "ok"),
    ("y.ok", "y.failed", "failed_diagnostic"),
    ("y.lost", "y.failed", "not_identified"),
    ("y.few", "y.lost", "suppressed"),
    ("y.failed", "y.few", "suppressed"),
]
FACTS = {"role": "main", "unit": "euros", "identified": "ok"}


def ratios():
    facts = FACTS | CLUSTERS | NUMBERS | {"interval": "bounded"}
    rows = [
        {"ratio": f"r{i}", "numerator": a, "denominator": b, **facts}
        for i, (a, b, _) in enumerate(PAIRS)
    ]
    return conform(pd.DataFrame(rows), RATIOS)


def combinations():
    facts = FACTS | CLUSTERS | NUMBERS | {"factor": 0.4, "std_error": 2.0, "p_value": 0.1}
    rows = [
        {"combination": f"c{i}", "first": a, "second": b, **facts}
        for i, (a, b, _) in enumerate(PAIRS)
    ]
    return conform(pd.DataFrame(rows), COMBINATIONS)


def totals(**changes):
    row = FACTS | CLUSTERS | NUMBERS
    row |= {"total": "t", "estimand": "y.ok", "quantity": "whole_group"}
    row |= {"multiplier": 12_345.0, "programme_euros": None} | changes
    return conform(pd.DataFrame([row]), TOTALS)


@pytest.mark.parametrize(
    ("table", "release", "hidden"),
    [
        (ratios, release_ratios, [*NUMBERS, "interval", "degrees_of_freedom"]),
        (
            combinations,
            release_combinations,
            [*NUMBERS, "factor", "std_error", "p_value", "degrees_of_freedom"],
        ),
    ],
)
def test_a_pair_is_as_good_as_the_worse_of_the_two(table, release, hidden):
    frame = table()
    released = release(frame, RELEASED)
    assert list(released["status"]) == [status for *_, status in PAIRS]
    blank = released["status"].isin(["not_identified", "suppressed"])
    assert released.loc[blank, hidden].isna().all(axis=None)
    pd.testing.assert_frame_equal(released.loc[~blank, frame.columns], frame[~blank])
    # names, labels and numbers of areas are public; a new numeric column must be placed
    numeric = {name for name in released if pd.api.types.is_numeric_dtype(released[name])}
    assert numeric <= {*hidden, "n_trial_clusters", "n_control_clusters"}


def test_too_few_clusters_of_an_estimate_are_told_of_all_that_is_made_of_it():
    names = [*SCHEMA.columns, "n_persons_min"]
    row = dict.fromkeys(names, "x") | dict.fromkeys(COUNTED, 100.0)
    row |= {"n_persons_min": 50, "identified": "ok"}
    estimates = pd.DataFrame([row | {"estimand": name} for name in ("y.ok", "y.failed", "y.few")])
    checks = pd.DataFrame(
        [("y.failed", "few_clusters", None, 2, "fail"), ("y.few", "few_clusters", None, 4, "warn")],
        columns=["estimand", "check", "placebo", "value", "verdict"],
    )
    released = release_estimates(estimates, checks, REGISTER, DECISIVE)
    whole = totals(estimand="y.failed")
    assert release_totals(whole, released, REGISTER)["status"].tolist() == ["failed_diagnostic"]
    for table, release in ((ratios, release_ratios), (combinations, release_combinations)):
        frame = table().iloc[:2]
        assert release(frame, released)["status"].tolist() == ["ok", "failed_diagnostic"]
        other = frame.iloc[:1].replace("y.ok", "y.few")  # a warning is told beside the estimate
        assert release(other, released)["status"].tolist() == ["ok"]


def test_an_undefined_ratio_of_good_estimates_is_not_identified():
    frame = ratios().assign(identified="no_variation")
    assert list(release_ratios(frame, RELEASED)["status"]) == [
        *["not_identified"] * 3,
        *["suppressed"] * 2,
    ]


def test_person_months_are_rounded_and_cannot_be_divided_out():
    row = release_totals(totals(), RELEASED, REGISTER).iloc[0]
    assert row["multiplier"] == 12_000
    for name, exact in NUMBERS.items():
        assert row[name] == pytest.approx(exact / 12_345 * 12_000)
    assert row["status"] == "ok"


def test_programme_costs_are_not_rounded_with_them():
    frame = totals(quantity="whole_group_with_programme", programme_euros=3.0)
    row = release_totals(frame, RELEASED, REGISTER).iloc[0]
    assert row["estimate"] == pytest.approx(3 + (5 - 3) / 12_345 * 12_000)
    assert row["programme_euros"] == 3


def test_months_of_a_client_and_public_counts_stay():
    row = release_totals(totals(quantity="per_person", multiplier=24), RELEASED, REGISTER).iloc[0]
    assert (row["multiplier"], row["estimate"], row["status"]) == (24, 5, "ok")
    assert release_totals(totals(), RELEASED, PUBLIC).iloc[0]["multiplier"] == 12_345


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"multiplier": 499}, "suppressed"),
        ({"multiplier": None, "identified": "no_data"}, "not_identified"),
        ({"estimand": "y.few"}, "suppressed"),
        ({"estimand": "y.lost"}, "not_identified"),
    ],
)
def test_what_may_not_be_seen_has_no_number(changes, status):
    row = release_totals(totals(**changes), RELEASED, REGISTER).iloc[0]
    assert row["status"] == status
    hidden = ["estimate", "ci_low", "ci_high", "multiplier", "degrees_of_freedom"]
    assert row[hidden].isna().all()


def test_a_failed_diagnostic_is_said():
    row = release_totals(totals(estimand="y.failed"), RELEASED, REGISTER).iloc[0]
    assert row["status"] == "failed_diagnostic" and row["multiplier"] == 12_000
