"""What is said of bounds: never no effect of a wide interval, never a sign that is not there."""

from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.contracts import (
    BOUNDS_RELEASED,
    EQUIVALENCE_RELEASED,
    PRE_TREND_POWER_RELEASED,
    conform,
)
from kuntakokeilu.report.tables.leading import effects_view, summary
from kuntakokeilu.report.tables.sheets import sheet
from kuntakokeilu.report.words import bounds as words
from kuntakokeilu.report.words.rows import lead_rows


def bounded(make, *, estimate=1.2, p=0.001, breakdown=0.8, **more):
    """A release with one main effect, its bounds and the power before its start."""
    release = make.build(make.number("main", estimate, 0.3, p))
    row = {
        "estimand": "jobs.main",
        "outcome": "jobs",
        "unit": "percentage points",
        "restriction": "relative_magnitudes",
        "declared": 1.0,
        "bound": 1.0,
        "estimate": estimate,
        "std_error": 0.3,
        "ci_low": -0.4,
        "ci_high": 2.6,
        "breakdown": breakdown,
        "seen": 0.24,
        "degrees_of_freedom": 40.0,
        "inference": "cluster_area",
        "periods_per_bin": 3,
        "n_before": 7,
        "n_after": 5,
        "identified": "ok",
        "status": "ok",
    }
    power = [
        {
            "estimand": "jobs.main",
            "outcome": "jobs",
            "unit": "percentage points",
            "test": test,
            "power": power,
            "slope": 0.4 * power,
            "bias": 0.6 * power,
            "estimate": estimate,
            "identified": "ok",
            "status": "ok",
        }
        for test in ("any", "joint")
        for power in (0.5, 0.8)
    ]
    return replace(
        release,
        bounds=checked(pd.DataFrame([row | more]), BOUNDS_RELEASED),
        pre_trend_power=checked(pd.DataFrame(power), PRE_TREND_POWER_RELEASED),
    )


def checked(rows, schema):
    return conform(rows, schema).assign(failed_checks="", warned_checks="")


def said(release, language):
    text = words.sign_sentence(release, lead_rows(release).iloc[0], language)
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("breakdown", "begins", "holds"),
    [
        (0.8, "The sign holds as long as", "0.8 times"),
        (0.17, "The sign is fragile", "0.17 times"),
        (10.0, "The sign would hold even if", "10 times"),
        (0.0, "The sign does not hold", "95 % interval"),
    ],
)
def test_a_sign_holds_up_to_its_breakdown(make, english, breakdown, begins, holds):
    text = said(bounded(make, breakdown=breakdown), english)
    assert text.startswith(begins) and holds in text
    assert ("from one quarter to the next" in text) == (breakdown > 0)
    assert "no effect" not in text


def test_a_sign_that_turns_against_the_last_bin_does_not_hold(make, english):
    release = bounded(make)
    other = replace(release, bounds=release.bounds.assign(estimate=-0.5))
    assert said(other, english).startswith("The sign does not hold")


def test_an_interval_with_zero_has_no_sign_to_hold(make, english, finnish, swedish):
    disputed = said(bounded(make, estimate=0.1, p=0.7), english)  # their own interval leaves it out
    assert disputed.startswith("Relative to the last bin before the start alone the estimate is")
    assert disputed.endswith("so that whether a sign can be told depends on what is compared with.")
    release = bounded(make, estimate=0.1, p=0.7, breakdown=0.0)
    text = said(release, english)
    assert text.startswith("Which sign the effect has is open") and "2.60" in text
    assert "no effect" not in text
    assert "ei vaikutusta" not in said(release, finnish)
    assert "ingen effekt" not in said(release, swedish)
    other = replace(release, bounds=release.bounds.assign(bound=0.5))
    assert said(other, english).endswith("moved alike.")


def test_why_there_are_no_bounds_is_said(make, english, finnish, swedish):
    release = bounded(make, identified="too_few_pre_periods", status="not_identified")
    assert "there are too few bins before the start" in said(release, english)
    assert "alkua edeltäviä jaksoja on liian vähän" in said(release, finnish)
    assert "perioderna före starten är för få" in said(release, swedish)
    hidden = replace(release, bounds=release.bounds.assign(status="suppressed"))
    assert said(hidden, english) == ""


def test_the_sentence_stands_beside_the_number(make, english):
    release = bounded(make)
    sentence = words.sign_sentence(release, lead_rows(release).iloc[0], english)
    assert any(sentence in lines for _, lines in summary(release, english))
    assert "0.8 ×" in " ".join(effects_view(release, english).iloc[0]).replace("\u00a0", " ")
    assert said(make.build(make.number("main")), english) == ""


def test_equivalence_is_said_only_where_it_is_shown(make, english):
    release = bounded(make, estimate=0.1, p=0.7)
    row = lead_rows(release).iloc[0]
    assert words.equivalence_sentence(release, row, english) == ""
    test = {
        "estimand": "jobs.main",
        "outcome": "jobs",
        "unit": "percentage points",
        "margin": 0.5,
        "estimate": 0.1,
        "p_value": 0.02,
        "ci_low": -0.3,
        "ci_high": 0.4,
        "identified": "ok",
        "status": "ok",
    }
    for shown, begins in ((True, "The effect is no larger than 0.5"), (False, "That the effect")):
        table = checked(pd.DataFrame([test | {"equivalent": shown}]), EQUIVALENCE_RELEASED)
        with_test = replace(release, equivalence=table)
        text = words.equivalence_sentence(with_test, row, english)
        assert text.startswith(begins) and ("is not shown" in text) == (not shown)
        assert len(sheet("equivalence", with_test, english).table) == 1


def test_tables_hold_bounds_and_power(make, english, finnish, swedish):
    release = bounded(make)
    for language in (english, finnish, swedish):
        assert len(words.bounds_view(release, language)) == 1
        assert len(words.power_view(release, language)) == 2
        assert len(sheet("bounds", release, language).table) == 1
        assert len(sheet("pre_trend_power", release, language).table) == 4
    view = words.power_view(release, english).iloc[0]
    assert list(view)[3:7] == ["0.200", "+0.300", "0.320", "+0.480"]
    assert len(words.bounds_notes(release, english)) == 1
