"""At most three sentences stand beside a main number, the strongest caveat among them."""

from __future__ import annotations

import pytest

from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words.beside import MOST, main_numbers
from kuntakokeilu.report.words.done import done_sentences
from kuntakokeilu.report.words.horizons import bin_of, horizon_text, horizons
from kuntakokeilu.report.words.language import LANGUAGES, read_language

from ..conftest import LABELS, MISSING, build, check, number, series, unestimated


@pytest.mark.parametrize("code", LANGUAGES)
def test_three_sentences_and_nothing_lost(code):
    checks = [check("jobs.main", "warn", name) for name in ("few_clusters", "comparable")]
    rows = [*number(n_trial_clusters=4), *number("b", 0.3, weights="area")]
    language = read_language(code, LABELS)
    (one,) = main_numbers(build(rows, checks), language)
    assert len(one.said) == MOST
    assert language.say("check.comparable.caution").lower() in one.said[-1].lower()
    rest = " ".join(one.more).lower()
    assert language.say("check.few_clusters.caution").lower() in rest
    assert language.say("effect.few_clusters.municipality", trial=4, control=32).lower() in rest
    assert not set(one.said) & set(one.more)


def test_a_number_that_fails_says_so_first_and_a_hidden_one_has_one_sentence(english):
    failed = build(number(status="failed_diagnostic"), [check("jobs.main", "fail")])
    (one,) = main_numbers(failed, english)
    assert "must not be read as the effect" in one.said[0]
    assert "strongest caveat: movement before the start" in one.said[-1]
    hidden = build(number(blank=MISSING, status="suppressed"))
    (one,) = main_numbers(hidden, english)
    assert len(one.said) == 1 and "withheld" in one.said[0]


def test_failures_come_before_warnings_and_both_by_strength(english):
    row = {
        "failed_checks": "inference_agrees;pre_trend",
        "warned_checks": "area_shocks;negative_control",
    }
    study = build(number()).study
    named = cautions.strongest_text(row, study, english)
    assert named == "movement before the start, permutation test by area (other caveats: 3)"
    assert cautions.strongest_text(dict.fromkeys(row, ""), study, english) == ""
    assert cautions.strongest_first(["few_clusters", "my_placebo", "pre_trend"]) == [
        "my_placebo", "pre_trend", "few_clusters",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("month", "size", "place"),
    [(6, 1, 5), (6, 3, 1), (12, 3, 3), (24, 3, 7), (12, 12, 0), (24, 12, 1), (6, 12, None)],
)
def test_the_bin_of_a_month(month, size, place):
    assert bin_of(month, size) == place
    if place is not None:
        assert place * size < month <= (place + 1) * size


def test_months_after_the_start_are_those_of_the_first_series_of_an_outcome(english):
    release = build([*number(), *series(), *series("again")])
    found = horizons(release)
    assert found["estimand"].unique().tolist() == ["jobs.by_quarter"]
    assert found[["month", "event_time"]].values.tolist() == [[6, 1]]  # bins end at month 9
    said = horizon_text(found.iloc[0], release, english)
    assert said == "6 months after the start (months 4–6), 2021-04 to 2021-06"
    assert horizons(build([*number(), *series()], counted=True)).empty


def test_the_plan_is_held_against_what_was_done(english):
    rows = [*number(), *number("gone", blank=MISSING, status="suppressed", role="robustness")]
    rows += unestimated("window", "windows")
    said = done_sentences(build(rows), english)
    assert said[0] == (
        "Declared estimates: 3, of which 1 are done, 1 are suppressed and 1 were not possible."
    )
    assert said[1].startswith("Not possible because: ") and "(1)" in said[1]
    assert "was not locked" in said[2]
