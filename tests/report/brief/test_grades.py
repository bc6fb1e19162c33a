"""How sure an answer is: one step down for each kind of doubt, by rules that name every check."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.words.grades import CONCERNS, Grade, graded, read_grades
from kuntakokeilu.report.words.language import LANGUAGES
from kuntakokeilu.report.words.rows import lead_rows

from ..conftest import RULES, build, check, number
from ..texts import table as texts
from ..words.test_cautions import made_checks

OF_NUMBERS = {"placebo", "covers_zero", "apart_alone", "no_interval", "sign_fragile"}
CLEAR = number("main", estimate=1.0, half=0.4, p=0.001)


def grade(rows=CLEAR, checks=(), **study):
    release = build(rows, [check("jobs.main", *each) for each in checks], **study)
    return graded(release, lead_rows(release).iloc[0], RULES)


def test_every_check_of_the_diagnostics_has_a_rule_and_no_rule_is_of_another():
    assert set(RULES) == made_checks()[0] | OF_NUMBERS
    assert {rule.concern for rule in RULES.values()} == set(CONCERNS)


@pytest.mark.parametrize("name", sorted(set(RULES) - OF_NUMBERS))
def test_a_check_that_fails_leaves_the_lowest_step_and_one_that_warns_takes_one(name):
    assert grade(checks=[("fail", name)]).level == 1
    assert grade(checks=[("warn", name)]) == Grade(3, (RULES[name].concern,))


def test_a_number_without_doubt_has_the_highest_step():
    assert grade(checks=[("pass", "pre_trend")]) == Grade(4, ())


def test_several_checks_of_one_kind_of_doubt_take_one_step():
    names = ["comparable", "overlap", "area_shocks"]
    assert grade(checks=[("warn", n) for n in names]) == Grade(3, ("comparison",))
    kinds = ["comparable", "few_clusters", "recording", "weights_agree_in_sign"]
    found = grade(checks=[("warn", n) for n in kinds])
    assert found == Grade(1, ("comparison", "inference", "data", "stability"))


def test_an_interval_that_holds_zero_or_is_missing_takes_a_step():
    assert grade(number("main", estimate=0.1, half=0.4)) == Grade(3, ("chance",))
    alone = number("main", 1.0, 0.4, blank=("std_error", "ci_low", "ci_high", "p_value"))
    assert grade(alone).level == 2


def test_a_number_that_only_alone_differs_from_zero_takes_a_step():
    release = build(CLEAR, [])
    rows = release.estimates.assign(adjusted_p_value=0.2)
    object.__setattr__(release, "estimates", rows)
    assert graded(release, lead_rows(release).iloc[0], RULES) == Grade(3, ("chance",))


def test_a_placebo_start_counts_as_one_whatever_its_name():
    rows = [*CLEAR, *number("placebo_2019", role="placebo")]
    checks = [check("jobs.main", "warn", "placebo_2019", placebo="jobs.placebo_2019")]
    release = build(rows, checks)
    assert graded(release, lead_rows(release).iloc[0], RULES) == Grade(3, ("comparison",))


def test_a_check_without_a_rule_is_named():
    with pytest.raises(InputError, match=r"no rule for the check brand_new, which jobs\.main"):
        grade(checks=[("warn", "brand_new")])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("few_clusters,strength,1,3", "row 2, column concern"),
        ("few_clusters,inference,9,3", "row 2, column warn"),
        ("few_clusters,inference,,3", "row 2, column warn"),
    ],
)
def test_a_rule_with_a_fault_is_named(row, said, tmp_path):
    path = tmp_path / "brief_grades.csv"
    path.write_text(f"finding,concern,warn,fail\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_grades(path)


def test_every_step_and_doubt_has_a_word():
    said = texts("brief")
    keys = [*(f"brief.grade.{n}" for n in range(1, 5)), *(f"brief.concern.{c}" for c in CONCERNS)]
    for key in keys:
        assert said.loc[key, list(LANGUAGES)].ne("").all(), key


def test_grades_follow_the_row_alone_not_other_estimands():
    rows = [*CLEAR, *number("other", role="robustness")]
    release = build(rows, [check("jobs.other", "fail", "few_clusters")])
    assert graded(release, lead_rows(release).iloc[0], RULES).level == 4
    worse = replace(
        release, diagnostics=pd.concat([release.diagnostics.assign(estimand="jobs.main")])
    )
    assert graded(worse, lead_rows(worse).iloc[0], RULES).level == 1
