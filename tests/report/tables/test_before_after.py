"""Means before and after the start are those of the released coverage, by hand."""

from dataclasses import replace

import pandas as pd
import pytest

from kuntakokeilu.contracts import COVERAGE_RELEASED, conform
from kuntakokeilu.report.tables.before_after import BEFORE_AFTER_COLUMNS, before_after
from kuntakokeilu.report.tables.sheets import sheet

MEANS = {  # by period: trial, control; the trial starts in January 2021
    "2018-12": (0.0, 0.0),  # before the first period of the estimate
    "2020-10": (60.0, 50.0),
    "2020-11": (62.0, None),  # the other arm has no mean
    "2020-12": (64.0, 54.0),
    "2021-01": (70.0, 54.0),
    "2021-02": (71.0, 55.0),
    "2021-03": (75.0, 56.0),
}


def covered(release, **about):
    """The release with these means, and an estimate that is described otherwise."""
    rows = [
        ("jobs", arm, pd.Period(period, "M"), 3, 0 if mean is None else 3, mean)
        for period, means in MEANS.items()
        for arm, mean in zip(("trial", "control"), means, strict=True)
    ]
    coverage = conform(
        pd.DataFrame(rows, columns=list(COVERAGE_RELEASED.columns)), COVERAGE_RELEASED
    )
    declared = release.study["estimands"]
    lead = {"jobs.main": declared["jobs.main"] | about}
    study = {**release.study, "estimands": declared | lead}
    return replace(release, coverage=coverage, study=study)


def test_changes_are_reckoned_over_the_periods_that_both_arms_have(rich):
    (row,) = before_after(covered(rich)).to_dict("records")
    assert list(row) == BEFORE_AFTER_COLUMNS
    assert (row["trial_before"], row["trial_after"], row["trial_change"]) == (62.0, 72.0, 10.0)
    assert (row["control_before"], row["control_after"], row["control_change"]) == (52.0, 55.0, 3.0)
    assert (row["raw_difference"], row["n_before"], row["n_after"]) == (7.0, 2, 3)
    (lead,) = rich.estimates.query("estimand == 'jobs.main' and leading").to_dict("records")
    for name in ("estimate", "ci_low", "ci_high", "status"):
        assert row[name] == lead[name]


def test_months_that_the_estimate_skips_are_skipped(rich):
    (row,) = before_after(covered(rich, skip_first="2020-12", skip_last="2021-01")).to_dict(
        "records"
    )
    assert (row["trial_before"], row["trial_after"]) == (60.0, 73.0)
    assert (row["n_before"], row["n_after"]) == (1, 2)


def test_an_estimate_of_logarithms_is_not_set_beside_means(rich):
    (row,) = before_after(covered(rich, transform="log")).to_dict("records")
    assert row["raw_difference"] == 7.0
    assert [row[name] for name in ("estimate", "ci_low", "ci_high")] == [None] * 3


def test_without_means_on_both_sides_of_the_start_there_is_no_row(rich):
    assert before_after(covered(rich, first_period="2021-01")).empty


def test_of_persons_followed_it_is_said_who_is_before_and_who_after(rich, english):
    said = english.say("workbook.before_after.followed")
    assert said in sheet("before_after", covered(rich, elapsed_first=0), english).notes
    assert said not in sheet("before_after", covered(rich), english).notes


def test_staggered_starts_have_no_before_and_after(rich):
    release = covered(rich)
    assert before_after(replace(release, study={**release.study, "start": None})).empty


@pytest.mark.parametrize("language", ["finnish", "swedish", "english"])
def test_the_sheet_names_both_units_of_a_share(rich, request, language):
    language = request.getfixturevalue(language)
    content = sheet("before_after", covered(rich), language)
    cells = dict(zip(content.names, content.table.iloc[0], strict=True))
    level, change = (
        language.say(f"unit.{key}") for key in ("level.percentage_points", "percentage_points")
    )
    assert level in cells["unit"] and change in cells["unit"]
    formats = dict(zip(content.names, content.formats[0], strict=True))
    assert formats["trial_change"].startswith("+") and not formats["trial_before"].startswith("+")
