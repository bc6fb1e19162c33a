"""What readers are told: never more than the interval says, never a hidden number."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuntakokeilu.contracts import IDENTIFIED
from kuntakokeilu.report import captions, labels, words

OUTCOME = {"label_en": "Employed", "unit": "points", "decimals": 2, "better": "higher"}


def area(make, *args, **changes):
    return make.frame(make.number(*args, **changes)).iloc[0]


def test_an_interval_over_zero_is_never_reported_as_no_effect(make):
    said = words.effect_sentence(area(make), OUTCOME)
    assert "cannot tell it from zero" in said
    assert "fall of up to 0.47 or a rise of up to 0.19" in said
    assert (
        "0.47 points or more in either direction would have been found with at least 80 %" in said
    )
    assert "differs from zero" not in said


@given(estimate=st.floats(-5, 5), half=st.floats(0.01, 5))
def test_sentence_follows_the_interval_for_any_number(estimate, half):
    row = {
        "estimate": estimate, "std_error": half / 2, "ci_low": estimate - half,
        "ci_high": estimate + half, "p_value": 0.5, "minimum_detectable_effect": 1.4 * half,
        "status": "ok", "identified": "ok", "weights": "area", "role": "main", "term": "att",
        "estimand": "a.b", "n_trial_clusters": 20, "n_control_clusters": 20,
    }  # fmt: skip
    said = words.effect_sentence(row, OUTCOME)
    assert not re.search(r"no (significant )?effect|without effect", said, re.IGNORECASE)
    covers = estimate - half <= 0 <= estimate + half
    assert ("cannot tell it from zero" in said) == covers
    assert ("differs from zero" in said) == (not covers)
    assert not re.search(r"-\d", said)  # hyphens are not minus signs


def test_an_effect_that_differs_from_zero_says_so(make):
    said = words.effect_sentence(area(make, "main", 0.6, 0.3, 0.0004), OUTCOME)
    assert "+0.60 points (95 % interval +0.30 to +0.90, p < 0.001), which differs" in said
    assert "higher is better" in said


def test_failed_diagnostic_stands_in_the_sentence_of_the_number(make):
    said = words.effect_sentence(
        area(make, status="failed_diagnostic"), OUTCOME, failed=["pre_trend"]
    )
    first = said.split(". ")[0]
    assert "−0.14" in first
    assert "fails a diagnostic check (movement before the start, areas dealt at random)" in first


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "suppressed"}, "too few persons"),
        (
            {"status": "not_identified", "identified": "no_pre_period"},
            "the number cannot be estimated because no period before",
        ),
    ],
)
def test_a_number_that_may_not_be_shown_has_no_digit(make, changes, reason):
    said = words.effect_sentence(area(make, blank=make.missing, **changes), OUTCOME)
    assert reason in said
    assert not re.search(r"\d", said)


def test_suppressed_row_that_still_holds_its_number_stays_hidden(make):
    said = words.effect_sentence(area(make, status="suppressed"), OUTCOME)
    assert not re.search(r"\d", said)


def test_few_clusters_are_said_below_ten(make):
    few = words.effect_sentence(area(make, n_trial_clusters=3), OUTCOME)
    assert "only 3 trial and 32 control areas" in few
    assert "only" not in words.effect_sentence(area(make, n_trial_clusters=10), OUTCOME)


def test_one_cluster_in_an_arm_has_no_standard_error_in_words(make):
    gone = [name for name in make.missing if name != "estimate"]
    said = words.effect_sentence(area(make, blank=gone, n_trial_clusters=1), OUTCOME)
    assert "no standard error" in said
    assert "only one area" in said
    assert "nan" not in said


def weights(make, *numbers):
    kinds = ("municipality", "area", "persons_frozen")
    rows = []
    for kind, (estimate, half) in zip(kinds, numbers, strict=False):
        rows += make.number(kind, estimate, half, weights=kind)
    return words.weights_sentence(make.frame(rows), OUTCOME)


def test_sign_that_depends_on_the_weights_is_said_with_all_intervals(make):
    said = weights(make, (-0.14, 0.33), (-0.11, 0.38), (0.23, 0.62))
    assert said.startswith("The sign depends on the weights")
    assert "−0.14 with municipalities equal (95 % interval −0.47 to +0.19; detectable" in said
    assert "+0.23 weighted by persons before the start (95 % interval −0.39 to +0.85" in said
    assert "None of them differs from zero at the 5 % level" in said


def test_sign_that_does_not_depend_on_the_weights(make):
    said = weights(make, (0.5, 0.2), (0.4, 0.9))
    assert said.startswith("The sign does not depend on the weights")
    assert "1 of 2 differs from zero" in said


def test_weights_are_not_compared_with_suppressed_numbers(make):
    rows = make.number("a") + make.number("b", weights="area", status="suppressed")
    assert words.weights_sentence(make.frame(rows), OUTCOME) == ""


def test_inference_names_all_four_and_explains_the_first(make):
    said = words.inference_sentence(make.frame(make.number(p=0.386)))
    assert "p = 0.386 with each area as one case" in said
    assert said.count("p < 0.001") == 3
    assert "The first counts, because whole areas were treated" in said


def test_coverage_says_what_is_missing(make):
    said = words.coverage_sentence(make.study)
    for part in ("95 of 118 municipalities", "all 25 areas", "94 units in today's"):
        assert part in said
    assert captions.coverage_short(make.study) == "95 of 118 municipalities"
    whole = {
        **make.study,
        "coverage": {"areas": 25, "areas_total": 25, "listed": 118, "total": 118, "units": 118},
    }
    assert captions.coverage_short(whole) == ""
    assert words.coverage_sentence({**make.study, "coverage": None}) == ""


def test_simulated_data_are_named_in_captions_and_at_the_top(make):
    study = {**make.study, "simulated": True}
    assert "simulated data; 95 of 118" in captions.caption(study, "Effects")
    assert "simulated data" in words.headline(study)
    assert "simulated" not in words.headline(make.study) + captions.caption(make.study, "Effects")


def test_a_passed_pre_trend_is_not_called_parallel(make):
    assert "Not significant is not parallel" in words.diagnostic_sentence(make.check("a.b"))
    assert "Not significant" not in words.diagnostic_sentence(make.check("a.b", "fail"))


@pytest.mark.parametrize(
    ("p", "expected"), [(0.0009, "***"), (0.009, "**"), (0.049, "*"), (0.05, ""), (None, "")]
)
def test_stars(p, expected):
    assert labels.stars(p) == expected


def test_numbers_have_a_true_minus_and_no_signed_zero():
    assert labels.number(-1234.5, 1) == "\u22121,234.5"
    assert labels.number(-0.001, 2, sign=True) == "0.00"
    assert labels.number(0.5, 1, sign=True) == "+0.5"


@pytest.mark.parametrize(
    ("frequency", "bins", "expected"),
    [("M", {"a.b": 3}, "quarters"), ("M", {}, "months"), ("Y", {"a.b": 1}, "years"),
     ("M", {"a.b": 5}, "bins of 5 months"), ("M", None, "bins")],
)  # fmt: skip
def test_bins_are_named_by_their_length(frequency, bins, expected):
    study = {"frequency": frequency} | ({} if bins is None else {"event_bins": bins})
    assert captions.axis_label(study, "a.b") == f"{expected} since the start"


def test_every_reason_has_its_words():
    assert {*IDENTIFIED, "no_variation"} - {"ok"} == set(labels.REASONS)


@pytest.mark.parametrize(
    ("term", "what"),
    [("event_time", "the event study"), ("window", "the effects by calendar window")],
)
def test_all_numbers_of_a_kind_that_cannot_be_estimated_are_said_once(make, term, what):
    row = make.frame(make.unestimated(term, "none")).iloc[0].to_dict()
    said = words.effect_sentence({**row, "identified": "no_variation"}, OUTCOME)
    assert f"{what} cannot be estimated because within the effects and covariates" in said
    assert not re.search(r"nan|<NA>|None|\d", said)


def test_no_reason_is_given_for_numbers_that_are_there_or_withheld(make):
    assert words.unestimated(make.frame(make.number())) == ""
    assert words.unestimated(make.frame(make.series(hidden=(-3, -2, 0, 1, 2)))) == ""
    assert words.unestimated(make.frame(make.number()).iloc[:0]) == ""


def test_checks_that_need_care_stand_in_the_sentence_of_the_number(make):
    care = ["few_clusters", "staggered_starts"]
    said = words.effect_sentence(area(make), OUTCOME, care=care).split(". ")[0]
    assert "the estimate (needs care: number of clusters; starts that differ) is −0.14" in said
    said = words.effect_sentence(
        area(make, status="failed_diagnostic"), OUTCOME, failed=["pre_trend"], care=care
    )
    assert "starts that differ), which fails a diagnostic check (movement" in said


def test_only_warnings_of_movement_and_clusters_ask_for_care(make):
    checks = [
        make.check("a.b", "warn", "pre_trend_slope"),
        make.check("a.b", "warn", "undetected_drift"),
        make.check("a.b", "pass", "few_clusters"),
        make.check("a.b", "fail", "pre_trend"),
        make.check("a.other", "warn", "cells_left_out"),
    ]
    assert words.cautioned_checks(pd.DataFrame(checks), "a.b") == ["pre_trend_slope"]


@pytest.mark.parametrize("half", [0.33, 0.01])
def test_a_placebo_says_that_this_trial_had_not_started(make, half):
    said = words.effect_sentence(area(make, "placebo", -0.14, half, role="placebo"), OUTCOME)
    assert "this trial had not started (an earlier trial may lie in the period)" in said
    assert "nothing started" not in said


def test_clusters_that_are_the_units_are_said_to_be(make):
    rows = make.frame(make.number(p=0.0001, n_trial_clusters=94, n_control_clusters=111))
    said = words.inference_sentence(rows, units="other")
    assert "No clusters larger than a unit are declared" in said
    assert "are the same" in said
    assert "The first counts" not in said
    other = words.inference_sentence(make.frame(make.number(p=0.2)), units="other")
    assert "The first counts" in other


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (87, "87 municipalities whose membership is not known are in neither arm."),
        (1, "1 municipality whose membership is not known is in neither arm."),
        (0, ""),
        (None, ""),
    ],
)
def test_municipalities_kept_out_of_both_arms_are_counted(make, n, expected):
    coverage = make.study["coverage"] | ({} if n is None else {"neither": n})
    said = words.coverage_sentence({**make.study, "coverage": coverage})
    assert said.endswith(expected)
    assert ("neither" in said) == bool(n)


def test_headline_says_who_the_controls_are(make):
    said = words.headline(make.study)
    assert "all other municipalities of the comparison that an estimand names" in said


def test_weights_before_the_start_are_named_by_the_study(make):
    row = area(make, weights="persons_frozen")
    assert "weighted by persons before the start" in words.effect_sentence(row, OUTCOME)
    said = words.effect_sentence(row, OUTCOME, frozen="labour force")
    assert "weighted by labour force before the start" in said
    assert labels.weights_label("area", frozen="labour force") == "areas equal"
