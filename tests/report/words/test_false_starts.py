"""The sentence on false starts, their table and their figure."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.contracts import (
    FALSE_STARTS_RELEASED,
    FALSE_STARTS_SUMMARY_RELEASED,
    SUMMARY_NUMBERS,
    conform,
)
from kuntakokeilu.report.figures.false_starts import (
    drawn_outcomes,
    false_starts_alt,
    false_starts_data,
    false_starts_figure,
)
from kuntakokeilu.report.pages import robustness
from kuntakokeilu.report.tables.false_starts import FALSE_STARTS
from kuntakokeilu.report.tables.result_tables import main_effects
from kuntakokeilu.report.words.calibration import calibration_of, with_calibration
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.false_starts import false_starts_sentence
from kuntakokeilu.report.words.sentences import effect_sentence

KINDS = ("cluster_area", "cr2_area", "permutation_t_area")


def summary(estimand, outcome, **changes):
    row = dict.fromkeys(SUMMARY_NUMBERS, 0.25) | {"n_false_starts": 89, "n_apart": 6, "rank": 23}
    row |= {"estimand": estimand, "outcome": outcome, "n_earlier_trials": 80, "n_left_out": 0}
    row |= {"first_start": "2010-01", "last_start": "2017-05", "most_rejected": 0.2}
    row |= {"share_rejected": 0.37, "share_as_large": 0.19, "identified": "ok", "status": "ok"}
    row |= {"calibration": "too_often"}
    rows = [row | {"inference": kind, "leading": kind == KINDS[0]} | changes for kind in KINDS]
    return conform(pd.DataFrame(rows), FALSE_STARTS_SUMMARY_RELEASED)


def starts(estimand, outcome, **changes):
    rows = [
        {"estimand": estimand, "outcome": outcome, "start": f"{year}-01", "p_value": 0.01 * k}
        | {"first_period": f"{year - 2}-01", "last_period": f"{year + 1}-12", "std_error": 0.2}
        | {"inference": "cluster_area", "leading": True, "estimate": 0.1 * k - 0.5}
        | {"degrees_of_freedom": 20.0, "earlier_trials": None, "identified": "ok", "status": "ok"}
        | changes
        for k, year in enumerate(range(2008, 2019))
    ]
    return conform(pd.DataFrame(rows), FALSE_STARTS_RELEASED)


@pytest.fixture
def released(make):
    """A release with one main estimate, its false starts and what they are summed up to."""

    def build(**changes):
        release = make.build(make.number("main"))
        row = release.estimates.iloc[0]
        of = (row["estimand"], row["outcome"])
        tables = {"false_starts": starts(*of), "false_starts_summary": summary(*of, **changes)}
        return replace(release, **tables), of

    return build


def test_what_false_starts_say_stands_beside_the_main_number(released, finnish, swedish, english):
    release, (name, _) = released()
    said = false_starts_sentence(release, name, english).replace("\u00a0", " ")
    assert "The false starts give" in said
    assert "Of 89 false starts in earlier years 37 % would have been called significant" in said
    assert "larger in size than 81 % of theirs; at most 6 of their windows" in said
    row = release.estimates[release.estimates["leading"]].iloc[0]
    for language in (finnish, swedish, english):
        text = effect_sentence(release, row, language)
        assert text.endswith(false_starts_sentence(release, name, language))
        assert "89" in text and "37 %" in text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"identified": "no_window", "status": "not_identified"}, "No false start fits"),
        ({"status": "suppressed"}, "withheld"),
        ({"identified": "series", "status": "not_identified"}, ""),
        ({"n_false_starts": 1, "share_rejected": 1.0}, "it would have been called significant"),
        ({"n_false_starts": 1, "share_rejected": 0.0}, "would not have been called significant"),
    ],
)
def test_what_is_said_where_there_are_none(released, english, changes, said):
    release, (name, _) = released(**changes)
    found = false_starts_sentence(release, name, english)
    assert said in found and bool(said) == bool(found)
    assert "no effect" not in found


@pytest.mark.parametrize(
    ("mean", "alike"), [(0.9, True), (0.5, True), (0.4, False), (-0.9, False), (0.0, False)]
)
def test_an_estimate_no_larger_than_what_false_starts_give_is_told_so(
    released, english, mean, alike
):
    release, (name, _) = released(mean=mean, estimate=1.0)
    assert ("in the same direction" in false_starts_sentence(release, name, english)) == alike


def kept(release, kind, share):
    """The same release, in which one kind of inference kept its level."""
    rows = release.false_starts_summary
    mine = rows["inference"].eq(kind)
    rows = rows.assign(
        calibration=rows["calibration"].mask(mine, "acceptable"),
        share_rejected=rows["share_rejected"].mask(mine, share),
    )
    return replace(release, false_starts_summary=rows)


def test_an_interval_that_is_too_sure_says_so_and_names_one_that_is_not(released, english):
    release, (name, _) = released()
    assert "No interval by area is shown to keep its level" in false_starts_sentence(
        release, name, english
    )
    assert main_effects(release)["calibration"].tolist() == ["too_often"]
    total = pd.DataFrame({"total": ["jobs"], "estimand": [name]})  # its t is the same
    assert with_calibration(total, release)["calibration"].tolist() == ["too_often"]
    cr2 = kept(release, "cr2_area", 0.04)
    said = false_starts_sentence(cr2, name, english).replace("\u00a0", " ")
    row = cr2.estimates.set_index("inference").loc["cr2_area"]
    assert "too sure with these weights" in said and "at 4 of 89 false starts" in said
    assert english.interval(row["ci_low"], row["ci_high"], 2).replace("\u00a0", " ") in said
    # a test without an interval is none, and a leading one that keeps its level says nothing
    only = kept(release, "permutation_t_area", 0.0)
    assert "No interval by area" in false_starts_sentence(only, name, english)
    fine = kept(release, "cluster_area", 0.05)
    assert "level" not in false_starts_sentence(fine, name, english)
    assert calibration_of(fine, name) == "acceptable"


def test_what_would_have_shown_there_is_told_and_which_windows_touch_a_trial(released, english):
    release, (name, _) = released(found_rise=0.76, found_fall=0.634, n_earlier_trials=89)
    said = false_starts_sentence(release, name, english).replace("\u00a0", " ")
    assert "a rise of 0.76 percentage points or a fall of 0.63 percentage points is found" in said
    assert "89 of 89 overlap an earlier trial" in said and "may be its effect" in said
    without, (name, _) = released(found_rise=None, found_fall=None, n_earlier_trials=0)
    said = false_starts_sentence(without, name, english)
    assert "is found at four" not in said and "earlier trial" not in said


def test_false_starts_to_one_side_are_told(released, english):
    release, (name, _) = released(calibration="off_centre", share_rejected=0.0)
    assert "lie to one side of zero" in false_starts_sentence(release, name, english)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"calibration": "undecided", "n_apart": 1}, "undecided"),
        ({"calibration": "off_centre"}, "off_centre"),
        ({"status": "not_identified", "identified": "no_window", "calibration": None}, "undecided"),
        ({"status": "suppressed", "calibration": None}, ""),
        ({"status": "not_identified", "identified": "no_data", "calibration": None}, ""),
    ],
)
def test_what_cannot_be_told_is_not_called_sound(released, english, changes, verdict):
    release, (name, _) = released(**changes)
    assert calibration_of(release, name) == verdict
    few = "So few windows apart" in false_starts_sentence(release, name, english)
    assert few == (changes.get("n_apart") == 1)


def test_other_numbers_have_no_such_sentence(make, english):
    release = make.build(make.number("main"))
    assert false_starts_sentence(release, release.estimates["estimand"].iloc[0], english) == ""


def test_the_table_has_shares_in_per_cent_and_the_leading_kind_first(released, english):
    release, _ = released()
    table = FALSE_STARTS.make(release)
    assert table["inference"].tolist() == list(KINDS)
    assert table["share_rejected"].tolist() == pytest.approx([37.0] * 3)
    assert set(table["unit"]) == set(release.estimates["unit"])
    columns = {column.name: column for column in FALSE_STARTS.every}
    row = table.iloc[-1]
    assert columns["inference"].words(row, release, english) == (
        "Permutation test by area, t statistic"
    )


def test_the_figure_draws_the_real_estimate_among_the_false_ones(released, english):
    release, (name, outcome) = released()
    data = false_starts_data(release, outcome)
    assert data["real"].sum() == 1 and len(data) == 12
    real = data[data["real"]].iloc[0]
    assert real["start"] == release.study["start"]
    assert real["estimate"] == release.estimates["estimate"].iloc[0]
    drawn = false_starts_figure(release, outcome, english)
    assert len(drawn.axes) == 2  # over time, and beside it the distribution
    points = drawn.axes[0].collections[0].get_offsets()
    assert len(points) == 11
    alt = false_starts_alt(release, outcome, english)
    assert false_starts_sentence(release, name, english) in alt
    hidden = replace(release, false_starts=starts(name, outcome, status="suppressed"))
    assert false_starts_data(hidden, outcome).empty
    assert "No number can be shown" in false_starts_alt(hidden, outcome, english)


def test_only_studies_that_declare_them_have_the_figure(released):
    release, (_, outcome) = released()
    assert drawn_outcomes(Declaration(release.study)) == []
    assert drawn_outcomes(Declaration(release.study, released=("false_starts",))) == [outcome]


def test_the_page_names_the_declared_rules(released, english):
    release, _ = released()
    assert "fewer than five clusters in a group" in robustness.declared_rules(release, english)
    none = replace(release, study={**release.study, "fails_on": []})
    assert robustness.declared_rules(none, english).startswith("No check fails a number")
    notes = robustness.false_starts_notes(release, english)
    assert notes.startswith("- ") and "89 false starts" in notes
    assert "80 of 89" in robustness.earlier_trials_notes(release, english)


@pytest.mark.parametrize("apart", [1, 2, 4])
def test_few_windows_apart_are_never_told_as_shares(released, apart, finnish, swedish, english):
    release, (name, _) = released(n_apart=apart)
    for language in (finnish, swedish, english):
        said = false_starts_sentence(release, name, language)
        values = {"n": 89, "apart": apart, "rejected": 33}
        assert language.say("false_starts.few_apart", **values) in said
        assert "37" not in said and "81" not in said
