"""False starts leave whole or not at all, and nothing that sums up hidden ones leaves."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.contracts import (
    FALSE_START_NUMBERS,
    FALSE_STARTS,
    FALSE_STARTS_RELEASED,
    FALSE_STARTS_SUMMARY,
    FALSE_STARTS_SUMMARY_RELEASED,
    SUMMARY_NUMBERS,
    conform,
)
from kuntakokeilu.disclosure.false_starts import (
    hidden_checks,
    release_false_starts,
    release_false_starts_summary,
)
from kuntakokeilu.study import DisclosureProfile

REGISTER = DisclosureProfile(profile="register", min_persons=10, note="-")
PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="-")


def rows(**persons):
    """Two false starts of each estimand, with so many persons at least."""
    table = [
        dict.fromkeys(FALSE_START_NUMBERS, 0.5)
        | {"estimand": f"y.{name}", "outcome": "y", "start": start, "first_period": "2010-01"}
        | {"last_period": "2012-01", "inference": "cluster_area", "leading": True}
        | {"earlier_trials": None, "n_persons_min": count, "identified": "ok"}
        for name, counts in persons.items()
        for start, count in zip(("2011-01", "2011-02"), counts, strict=True)
    ]
    frame = pd.DataFrame(table).astype({"n_persons_min": "Int64"})
    return conform(frame, FALSE_STARTS)


def summary(*names, **changes):
    counts = ("n_false_starts", "n_apart", "n_earlier_trials", "n_left_out")
    table = [
        dict.fromkeys(SUMMARY_NUMBERS, 0.5)
        | dict.fromkeys(counts, 2)
        | {"estimand": f"y.{name}", "outcome": "y", "inference": "cluster_area", "leading": True}
        | {"first_start": "2011-01", "last_start": "2011-02", "most_rejected": 0.2, "rank": 2}
        | {"identified": "ok", "calibration": "acceptable"} | changes
        for name in names
    ]  # fmt: skip
    return conform(pd.DataFrame(table), FALSE_STARTS_SUMMARY)


def estimates(**statuses):
    return pd.DataFrame(
        [(f"y.{name}", status) for name, status in statuses.items()], columns=["estimand", "status"]
    )


def test_one_window_with_too_few_persons_hides_all_of_its_estimate():
    made = rows(fine=(10, 50), few=(9, 50), unknown=(None, 50))
    released = conform(release_false_starts(made, REGISTER), FALSE_STARTS_RELEASED)
    status = released.groupby("estimand")["status"].agg(set)
    assert status.to_dict() == {
        "y.fine": {"ok"},
        "y.few": {"suppressed"},
        "y.unknown": {"suppressed"},
    }
    hidden = released["status"].eq("suppressed")
    numbers = list(FALSE_START_NUMBERS)
    assert released.loc[hidden, numbers].isna().all(axis=None)
    assert released.loc[~hidden, numbers].eq(0.5).all(axis=None)
    assert "n_persons_min" not in released


def test_public_statistics_hide_nothing():
    released = release_false_starts(rows(unknown=(None, None)), PUBLIC)
    assert set(released["status"]) == {"ok"}


def test_a_number_that_does_not_exist_is_not_suppressed():
    made = rows(none=(None, 50)).assign(identified=["no_data", "ok"])
    released = release_false_starts(made, REGISTER)
    assert released["status"].tolist() == ["not_identified", "ok"]


@pytest.mark.parametrize("hidden_by", ["false starts", "estimate"])
def test_what_sums_up_hidden_numbers_is_hidden(hidden_by):
    few = (9, 50) if hidden_by == "false starts" else (50, 50)
    false = release_false_starts(rows(fine=(50, 50), few=few), REGISTER)
    status = "ok" if hidden_by == "false starts" else "suppressed"
    real = estimates(fine="failed_diagnostic", few=status)
    found = release_false_starts_summary(summary("fine", "few"), false, real)
    found = conform(found, FALSE_STARTS_SUMMARY_RELEASED).set_index("estimand")
    assert found["status"].to_dict() == {"y.fine": "ok", "y.few": "suppressed"}
    assert found.loc["y.few", list(SUMMARY_NUMBERS)].isna().all()
    assert found.loc["y.fine", list(SUMMARY_NUMBERS)].notna().all()


def test_a_check_rests_on_its_false_starts():
    false = release_false_starts(rows(fine=(50, 50), few=(9, 50)), REGISTER)
    assert hidden_checks(false) == {("y.few", "false_starts"), ("y.few", "false_starts_aside")}


def test_an_estimate_without_false_starts_says_so():
    blank = summary("late", identified="no_window", **dict.fromkeys(SUMMARY_NUMBERS))
    found = release_false_starts_summary(
        blank, release_false_starts(rows(fine=(50, 50)), REGISTER), estimates(late="ok")
    )
    assert found["status"].tolist() == ["not_identified"]
