"""What a study declares of false starts and of the checks that decide."""

from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from kuntakokeilu.plan import specs
from kuntakokeilu.study import DECISIVE, FAILS_ON, FalseStarts, read_study, with_declared_rules


def test_cells_reach_back_and_comparisons_do_not(config):
    study = read_study(config, "open_2021")
    assert study.span_of("unemployment_rate") == ("2007-01", "2024-12")
    assert study.compared_span_of("unemployment_rate") == ("2016-03", "2024-12")
    assert study.span_of("vacancies_low")[0] == "2018-03"  # no main effect, no false start
    first, second = specs.coverage(study, ["unemployment_rate", "vacancies_low"])
    assert first["span"] == ["2016-03", "2024-12"] and second["span"] is None


def test_studies_without_them_are_as_they_were(config):
    study = read_study(config, "simulated_2021")
    assert study.settings.false_starts is None
    assert study.settings.fails_on == list(FAILS_ON)
    for outcome in study.outcomes:
        assert study.span_of(outcome) == study.compared_span_of(outcome)


def test_periods_are_checked():
    with pytest.raises(ValueError, match="first_period: expected YYYY-MM"):
        FalseStarts(first_period="2010").check("M")
    late = {"old": {"first": "2012-01", "last": "2011-01"}}
    with pytest.raises(ValueError, match=r"earlier_trials\.old"):
        FalseStarts(earlier_trials=late).check("M")
    with pytest.raises(ValidationError):
        FalseStarts(most_rejected=0.01)


def test_windows_that_touch_a_trial():
    trials = {"a": {"first": "2012-09", "last": "2015-12"}, "b": {"first": "2017", "last": "2018"}}
    settings = FalseStarts(earlier_trials=trials)
    assert settings.touched("2010-01", "2012-08") == []
    assert settings.touched("2010-01", "2012-09") == ["a"]
    assert settings.touched("2015-12", "2017-08") == ["a", "b"]


def test_tests_before_the_start_decide_only_if_declared():
    assert not {"pre_trend", "pre_trend_clustered", "placebo"} & set(FAILS_ON)
    checks = pd.DataFrame(
        [(name, None, "fail") for name in DECISIVE[:-1]]
        + [("placebo_2019", "y.placebo_2019", "fail"), ("pre_trend_slope", None, "warn")],
        columns=["check", "placebo", "verdict"],
    )
    told = with_declared_rules(checks, FAILS_ON)
    assert set(told.loc[told["verdict"] == "fail", "check"]) == set(FAILS_ON)
    assert set(told["verdict"]) == {"fail", "warn"}
    assert with_declared_rules(checks, DECISIVE)["verdict"].eq(checks["verdict"]).all()
