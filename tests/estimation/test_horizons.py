"""Horizons that the data cannot reach say which side of the start is missing, and why."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.contracts import ESTIMATES, RELEASED, conform
from kuntakokeilu.diagnostics import diagnose, true_effects
from kuntakokeilu.disclosure.release import release_estimates
from kuntakokeilu.estimation import estimate
from kuntakokeilu.study import FAILS_ON, DisclosureProfile

from .followed import asked, collapsed, followed

MONTHS = tuple(map(str, pd.period_range("2019-06", "2022-06", freq="M")))
HORIZONS = (0, 6, 12, 24)
PROFILE = DisclosureProfile(profile="public", min_persons=0, note="none")


@pytest.fixture(scope="module")
def inflow():
    return collapsed(followed(MONTHS, HORIZONS, sample="inflow", n_units=6, attrition=0.0))


@pytest.fixture(scope="module")
def stocks():
    cohorts = ("2018-02", "2019-02", "2021-02")
    return collapsed(followed(cohorts, tuple(range(26)), n_units=6, attrition=0.0))


def known_from(tables, month, last="2099-12"):
    """Drop the cells of months in which nobody's outcome is known, as the collapse does."""
    cells, units, counts = tables
    inside = cells["period"].between(pd.Period(month, "M"), pd.Period(last, "M"))
    return cells[inside].reset_index(drop=True), units, counts


def reason(tables, estimand):
    """The reason after estimates, checks, truth and release; there is never a number."""
    cells, units, counts = tables
    estimates, influence = estimate(cells, units, counts, [estimand])
    diagnostics = diagnose(cells, units, counts, estimates, influence, [estimand])
    truth = true_effects(cells, cells, units, [estimand])
    released = conform(
        release_estimates(conform(estimates, ESTIMATES), diagnostics, PROFILE, FAILS_ON), RELEASED
    )
    (said,) = set(estimates["identified"])
    if said != "ok":
        assert diagnostics.empty and influence.empty
        assert truth["truth"].fillna(0).eq(0).all()
        assert set(released["status"]) == {"not_identified"}
        assert released["estimate"].isna().all()
    assert set(released["identified"].replace("in_part", "ok")) == {said}
    return said


@pytest.mark.parametrize(
    ("asking", "since", "said"),
    [
        # cohorts from 2019-06 on: those before 2020-03 end twelve months, none ends 24
        (asked(12, 12, "inflow"), "2019-06", "ok"),
        (asked(24, 24, "inflow", first_period="2019-06"), "2019-06", "no_cohort_before"),
        # the outcome is known from 2021-03 on: cohorts end twelve months before, unknown
        (asked(12, 12, "inflow"), "2021-03", "not_covered"),
        (asked(0, 0, "inflow"), "2019-06", "ok"),
        # the last cohort that can be followed so long comes before the start
        (asked(12, 12, "inflow", last_period="2021-02"), "2019-06", "no_cohort_after"),
        (asked(12, 12, "inflow", outcome="x"), "2019-06", "no_data"),
    ],
)
def test_inflows(inflow, asking, since, said):
    assert reason(known_from(inflow, since), asking) == said


@pytest.mark.parametrize(
    ("asking", "since", "said"),
    [
        (asked(1, 24), "2018-02", "ok"),
        (asked(1, 24), "2019-01", "ok"),
        (asked(1, 25), "2018-02", "ok"),  # the stock of 2018-02 alone
        (asked(1, 25), "2019-01", "not_covered"),
        (asked(1, 25, first_period="2019-02"), "2018-02", "no_cohort_before"),
        (asked(1, 24, last_period="2021-01"), "2018-02", "no_cohort_after"),
    ],
)
def test_stocks(stocks, asking, since, said):
    assert reason(known_from(stocks, since), asking) == said


def test_a_follow_up_cut_short_after_the_start_is_not_covered(stocks):
    assert reason(known_from(stocks, "2018-02", "2022-12"), asked(1, 24)) == "not_covered"
    assert reason(known_from(stocks, "2018-02", "2022-12"), asked(1, 22)) == "ok"


def test_periods_without_cohorts_keep_their_reason(inflow):
    cells, units, counts = known_from(inflow, "2021-03")
    seekers = cells[cells["elapsed"] == 0].assign(cohort=None, elapsed=pd.NA)
    seekers["elapsed"] = seekers["elapsed"].astype("Int64")
    plain = asked(None, None, "job_seekers")
    assert reason((seekers, units, counts), plain) == "no_pre_period"
