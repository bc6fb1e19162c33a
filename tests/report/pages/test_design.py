"""The tables of the design page: areas, plan, balance and overlap."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.report.pages import design, robustness
from kuntakokeilu.report.words.sentences import effect_sentence

from ..conftest import build, check, number, rich_rows
from ..covered import covered


@pytest.fixture(scope="module")
def release():
    return covered(rich_rows())


def test_areas_list_their_municipalities(release, english):
    assert design.areas_table(release, english).to_numpy().tolist() == [["North", "1", "A"]]


def test_plan_has_a_row_for_each_estimand_and_one_for_all_left_out_areas(english):
    left = [row for name in "abc" for row in number(f"without_{name}", role="leave_one_out")]
    table = design.estimands_table(build(rich_rows() + left), "jobs", english)
    names = table.iloc[:, -1].tolist()
    assert names == [*dict.fromkeys(row["estimand"] for row in rich_rows()), "jobs.…"]
    assert "3 estimates" in table.iloc[-1, 1]


def test_clusters_that_are_few_are_named(english):
    checks = [check("jobs.main", "warn", "few_clusters", 7.0)]
    said = design.cluster_notes(build(number(), checks), english)
    assert "Employed" in said and "value 7" in said
    assert design.cluster_notes(build(number()), english).startswith("Clusters are many enough")


def test_balance_counts_the_covariates_that_stay_unlike(release, english):
    assert design.balance_table(release, english).iloc[0, 3] == "−0.50"
    lines = design.balance_notes(release, english).split("\n")
    assert "1 of 1 covariates" in lines[0] and "at most by 0.50" in lines[0]
    assert "0 of 1 covariates" in lines[1] and "Effective number of controls: 40" in lines[1]


def test_areas_without_a_control_within_reach_come_first_and_are_named(release, english):
    assert design.overlap_table(release, english).iloc[:, 0].tolist() == ["North", "South"]
    assert "1 of 2. North." in design.overlap_note(release, english)
    assert "no covariates" in design.overlap_note(build(number()), english)


def test_calendar_is_cut_to_the_study(release, english):
    events = pd.DataFrame(
        {
            "date": pd.to_datetime(["2018-12-31", "2019-01-01", "2022-12-31", "2023-01-01"]),
            "precision": "day",
            "event_en": list("abcd"),
            "mark": "verified",
        }
    )
    assert design.calendar_table(events, release, english).iloc[:, 1].tolist() == ["b", "c"]


def test_inference_sets_the_kinds_of_one_number_side_by_side(release, english):
    table = robustness.inference_table(release, english)
    mine = release.estimates[release.estimates["estimand"] == "jobs.main"]
    assert len(table) == len(mine)
    assert table.iloc[0, 5] == "0.390"


def test_placebos_stand_with_their_intervals(release, english):
    table = robustness.effects_table(release, ["placebo"], english)
    assert (
        len(table) == 1 and table.iloc[0, 2] == "+0.05 percentage points (interpret with caution)"
    )


def test_the_range_without_each_area_names_the_areas_at_its_ends(english):
    rows = []
    for name, estimate in (("a", -0.3), ("b", 0.1), ("c", 0.0)):
        rows += number(f"without_{name}", estimate, role="leave_one_out")
    release = build(rows)
    for name in "abc":
        release.study["estimands"][f"jobs.without_{name}"]["leave_out_area"] = name.upper()
    said = robustness.left_out_notes(release, english)
    assert "−0.30 (without A)" in said and "+0.10 (without B)" in said


def test_the_first_row_of_every_kind_of_inference_is_the_one_that_counts(make, english):
    """The page says so of the first row, and with few clusters that is not the usual kind."""
    release = make.build([*make.number(leading="cr2_area"), *make.number("b", role="robustness")])
    table = robustness.inference_table(release, english)
    assert table.iloc[0, 1] == "Bias-reduced CR2, areas"
    assert table.iloc[1, 1] == "Standard error clustered by area"


def test_degrees_of_the_exact_distribution_are_said_to_be_of_its_interval(make, finnish, english):
    release = make.build(make.number(leading="cr2_exact_area", degrees_of_freedom=26.34))
    table = robustness.inference_table(release, english).set_index("Inference")
    degrees = table["Degrees of freedom"]
    assert degrees["Bias-reduced CR2, exact distribution, areas"] == "26.3 (interval only)"
    assert degrees["Bias-reduced CR2, areas"] == "26.3"
    row = release.estimates[release.estimates["leading"]].iloc[0]
    said = effect_sentence(release, row, english)
    assert "26.3 degrees of freedom; the p-value does not follow from them" in said
    assert "p-arvoa niistä ei voi laskea" in effect_sentence(release, row, finnish)
    plain = make.build(make.number(leading="cr2_area"))
    row = plain.estimates[plain.estimates["leading"]].iloc[0]
    assert "does not follow" not in effect_sentence(plain, row, english)


def test_intervals_that_are_not_centred_are_marked_and_explained(make, english):
    rows = make.number("main", -0.1, 0.3)
    for row in rows:
        if row["inference"] == "conley_taber":
            row |= {"ci_low": -0.2, "ci_high": 0.4}
    release = make.build(rows)
    table = (
        robustness.inference_table(release, english)
        .set_index("Inference")
        .filter(like="interval")
        .iloc[:, 0]
    )
    marked = table[table.str.contains("not in the middle")]
    assert list(marked.index) == ["From changes of untreated areas (Conley & Taber)"]
    note = robustness.inference_note(release, english)
    assert "each drawn with the same chance" in note and "bootstrap" not in note
    assert robustness.inference_note(make.build(make.number()), english) == ""
