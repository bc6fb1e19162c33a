"""From data that cannot bear an estimate to its row and its sentence, in three languages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.disclosure.release import release_estimates
from kuntakokeilu.estimation import assignment_table, estimate, few_clusters
from kuntakokeilu.report.tables.assignment import reason_text
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.findings import summary
from kuntakokeilu.report.words.sentences import effect_sentence
from kuntakokeilu.study import DisclosureProfile, with_declared_rules

from ...estimation.build import panel, spec, tables
from ..conftest import build

TRIAL = 8
FAILS_ON = ["few_clusters"]
PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="open data")


@pytest.fixture(scope="module")
def sound():
    rows, first, clusters = panel([2005] * TRIAL + [None] * 8, years=range(2000, 2010), seed=3)
    return tables(rows, first, clusters, weight_frozen=dict.fromkeys(clusters, 1.0))


@pytest.fixture(params=["finnish", "swedish", "english"])
def language(request):
    return request.getfixturevalue(request.param)


def year(cells):
    return cells["period"].dt.year


def trial(frame):
    return frame["unit"] < f"u{TRIAL:02}"


def without(gone):
    return lambda cells, units: (cells[~gone(cells)].reset_index(drop=True), units)


def everybody(cells, units):
    starts = pd.PeriodIndex(["2005"] * len(units), freq="Y")
    return cells, units.assign(first_treated=starts, arm="trial", area=units["cluster"])


def one_cluster(cells, units):
    return cells, units.assign(cluster=units["cluster"].mask(trial(units), "single"))


def flat(cells, units):
    return cells, units.assign(x_flat=3.1)


def still(cells, units):
    return cells.assign(mean=cells["mean"].mask(year(cells) > 0, 5.0)), units


def nobody_on_both_sides(cells):
    return (cells["unit"].str[1:].astype(int) % 2 == 0) == (year(cells) >= 2005)


# What is wrong, what is asked of it, and the reason in the row.
CASES = {
    "no control left": (everybody, {}, "no_control"),
    "covariates that follow from each other": (
        flat, {"covariates": ["flat"]}, "collinear_covariates"),
    "an outcome that is constant": (still, {}, "no_variation"),
    "no value at all": (lambda c, u: (c.assign(mean=np.nan), u), {}, "no_data"),
    "nobody seen on both sides": (without(nobody_on_both_sides), {}, "no_variation"),
    "no period before the start": (without(lambda c: year(c) < 2006), {}, "no_pre_period"),
}  # fmt: skip


def released(sound, change, asked):
    """The released rows of one estimate on data that a case has changed, and its release."""
    cells, units, counts = sound
    cells, units = change(cells, units)
    one = spec(first_period="2000", last_period="2009", **asked)
    rows, sums = estimate(cells, units, counts, [one])
    checks = diagnose(cells, units, counts, rows, sums, [one])
    table = release_estimates(rows, checks, PUBLIC, FAILS_ON)
    return table, told(table), assignment_table(cells, units, [one])


def told(table, checks=None):
    """A release of these rows, under the names that the study of these tests has."""
    names = {"study": "tiny", "estimand": "jobs.main", "outcome": "jobs", "domain": "employment",
             "comparison": "others", "population": "all"}  # fmt: skip
    return build(table.assign(**names).to_dict("records"), checks, start="2005")


@pytest.mark.parametrize("case", CASES)
def test_what_is_lacking_stands_in_the_row_and_in_a_sentence(case, sound, language):
    change, asked, reason = CASES[case]
    table, release, _ = released(sound, change, asked)
    assert set(table["identified"]) == {reason}
    assert set(table["status"]) == {"not_identified"}
    assert table[["estimate", "std_error", "ci_low", "p_value"]].isna().all(axis=None)
    lead = release.estimates[release.estimates["leading"]].iloc[0]
    said = effect_sentence(release, lead, language)
    label = lb.reason_label(reason, language)
    assert label != language.say("reason.other") and label in said
    assert any(label in line for _, lines in summary(release, language) for line in lines)


def test_one_treated_cluster_has_no_interval_and_says_so(sound, language, monkeypatch):
    monkeypatch.setattr(few_clusters, "DRAWS", 99)
    table, release, assigned = released(sound, one_cluster, {})
    lead = release.estimates[release.estimates["leading"]].iloc[0]
    by_area = table[table["inference"].isin(["cluster_area", "cr2_area", "two_way_cluster"])]
    assert by_area[["std_error", "ci_low", "p_value"]].isna().all(axis=None)
    # the status of the row, and the reason of each test that cannot bear it
    assert set(table["status"]) == {"failed_diagnostic"} and lead["n_trial_clusters"] == 1
    reasons = assigned.set_index("inference")["reason"]
    for kind in ("permutation_t_area", "assignment_size_bands", "two_way_cluster"):
        assert reasons[kind] == "one_cluster"
        text = reason_text({"reason": reasons[kind]}, language)
        assert text == lb.sentence_case(language.say("assignment.reason.one_cluster"))
    said = effect_sentence(release, lead, language)
    assert language.say("effect.one_cluster.municipality") in said


def test_a_period_without_any_value_is_left_out_and_told(sound, language):
    """The month is in no comparison; a check says how much of the weight has no value."""
    cells, units, counts = sound
    cells, units = without(lambda c: (year(c) == 2007) | (trial(c) & (year(c) == 2008)))(
        cells, units
    )
    one = spec(first_period="2000", last_period="2009")
    rows, sums = estimate(cells, units, counts, [one])
    assert set(rows["identified"]) == {"ok"}
    checks = diagnose(cells, units, counts, rows, sums, [one])
    checks = checks[checks["check"].eq("missing_differs")]
    assert set(checks["verdict"]) != {"pass"}
    table = release_estimates(rows, checks, PUBLIC, FAILS_ON)
    checks = with_declared_rules(checks, FAILS_ON)
    release = told(table, checks.assign(estimand="jobs.main").to_dict("records"))
    lead = release.estimates[release.estimates["leading"]].iloc[0]
    said = effect_sentence(release, lead, language).lower()
    assert language.say("check.missing_differs").lower() in said
