"""Tables lose no number, and the row clustered by area decides."""

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.report import tables
from kuntakokeilu.report.release import read_release


def test_one_row_per_number_and_every_p_value_in_its_column(rich):
    table = tables.results_table(rich)
    assert len(table) * 4 == len(rich.estimates)
    main = table.iloc[0]
    assert (main["p_area"], main["p_municipality"], main["p_permutation_area"]) == (
        0.39, 0.0001, 0.0001,
    )  # fmt: skip
    assert list(table.columns) == tables.RESULT_COLUMNS


def test_stars_follow_the_area_row_only(make):
    table = tables.results_table(make.build(make.number(p=0.39) + make.number("b", p=0.004)))
    assert list(table["stars"]) == ["", "**"]  # all other p-values are 0.0001


def test_suppressed_numbers_stay_missing_and_are_said(rich):
    row = tables.results_table(rich).set_index("estimand").loc["jobs.hidden"]
    assert row[["estimate", "ci_low", "p_area", "p_municipality"]].isna().all()
    assert "withheld" in row["sentence"]


def test_failed_check_is_named_in_the_sentence(rich):
    table = tables.results_table(rich).set_index("estimand")
    assert (
        "fails a diagnostic check (movement before the start"
        in table.loc["jobs.failed", "sentence"]
    )
    assert "fails" not in table.loc["jobs.main", "sentence"]


def test_note_travels_with_every_row(rich):
    assert set(tables.results_table(rich)["note"]) == {"95 of 118 municipalities"}
    assert set(tables.diagnostics_table(rich)["note"]) == {"95 of 118 municipalities"}


def test_diagnostics_keep_their_rows(rich):
    table = tables.diagnostics_table(rich)
    assert len(table) == len(rich.diagnostics)
    failed = table[table["verdict"] == "fail"]
    assert failed["sentence"].str.contains("fails").all()
    assert set(table["outcome_label"]) == {"Employed"}


def test_number_without_an_area_row_is_refused(make):
    release = make.build(make.number()[1:] + make.number("b"))
    with pytest.raises(InputError, match="1 numbers lack a row with inference cluster_area"):
        tables.results_table(release)


def test_answer_compares_weights_and_shows_only_main_effects(rich):
    said = tables.answer(rich)
    assert "The sign depends on the weights" in said
    assert "placebo" not in said
    assert said.count("\n- ") == 2


def test_benchmark_leads_where_nothing_is_main(make):
    release = make.build(make.number(role="benchmark"), units="other", coverage=None)
    assert "−0.14" in tables.answer(release)
    assert "units equal" in tables.answer(release)
    assert "municipalit" not in tables.answer(release) + tables.inference(release)


def test_html_table_has_caption_and_scoped_headers():
    html = tables.html_table(pd.DataFrame({"a": ["<x>"], "b": ["1"]}), "Title & more")
    assert "<caption>Title &amp; more</caption>" in html
    assert html.count('scope="col"') == 2
    assert '<th scope="row">&lt;x&gt;</th>' in html


def test_hashes_and_names_may_break_but_words_and_numbers_do_not():
    html = tables.html_table(
        pd.DataFrame({"a": ["jobs.main_x1"], "b": ["ab" * 32], "c": ["0.39"]}), "T"
    )
    assert "jobs.<wbr>main_<wbr>x1" in html
    assert html.count("<wbr>") == 2 + 3
    assert "<td>0.39</td>" in html


def test_release_is_read_with_its_types(rich, make, tmp_path):
    release = read_release(make.save(rich, tmp_path / "release"))
    pd.testing.assert_frame_equal(release.estimates, rich.estimates)
    assert list(release.units["unit"]) == ["091", "049"]
    assert release.study["coverage"]["listed"] == 95


def test_text_in_a_number_column_is_refused_by_name(rich, make, tmp_path):
    folder = make.save(rich, tmp_path / "release")
    path = folder / "estimates.csv"
    path.write_text(path.read_text("utf-8").replace("0.39", "about", 1), "utf-8")
    with pytest.raises(InputError, match="column p_value holds text"):
        read_release(folder)


def test_checks_that_need_care_are_named_in_answer_and_table(make):
    checks = [
        make.check("jobs.main", "pass"),
        make.check("jobs.main", "warn", "pre_trend_clustered"),
        make.check("jobs.main", "warn", "comparable"),
    ]
    release = make.build(make.number(), checks)
    for said in (tables.answer(release), tables.results_table(release)["sentence"].iloc[0]):
        assert "needs care: movement before the start, clustered by area)" in said


def test_worst_checks_come_first_within_an_estimand(make):
    verdicts = [("pre_trend", "pass"), ("comparable", "warn"), ("few_clusters", "fail"),
                ("cells_left_out", "warn")]  # fmt: skip
    names = ("jobs.main", "jobs.b")
    checks = [make.check(name, verdict, c) for name in names for c, verdict in verdicts]
    release = make.build(make.number() + make.number("b"), checks)
    for table in (tables.diagnostics_view(release), tables.diagnostics_table(release)):
        assert list(table.iloc[:, 0]) == [name for name in names for _ in verdicts]
    order = ["few_clusters", "comparable", "cells_left_out", "pre_trend"]
    assert list(tables.diagnostics_table(release)["check"]) == order * 2


def test_starts_that_differ_are_said_where_the_check_is_there(make):
    rows = make.number() + make.number("b")
    assert tables.staggered(make.build(rows)) == ""
    checks = [make.check("jobs.b", "warn", "staggered_starts"), make.check("jobs.main")]
    said = tables.staggered(make.build(rows, checks))
    assert "`jobs.b`" in said and "jobs.main" not in said
    assert "mixes comparisons" in said and "Goodman-Bacon 2021" in said


def test_what_cannot_be_estimated_is_listed_with_its_reason(make):
    rows = make.rich_rows() + make.unestimated("window", "gone")
    release = make.build(rows + make.unestimated("event_time", "no_series", "no_control"))
    assert tables.unestimated(release).splitlines() == [
        "- `jobs.gone` cannot be estimated because no period before the start is observed.",
        "- `jobs.no_series` cannot be estimated because no unit is left to compare with.",
    ]
    table = tables.results_table(release).set_index("estimand")
    assert "the event study cannot be estimated because" in table.loc["jobs.no_series", "sentence"]
    assert tables.unestimated(make.build(make.rich_rows())) == ""


def test_weights_are_named_by_the_study_everywhere(make):
    rows = make.number(weights="persons_frozen") + make.number("b", 0.2, weights="area")
    release = make.build(rows, frozen_weight="labour force")
    said = tables.answer(release) + tables.inference(release)
    assert said.count("labour force before the start") == 3
    assert "persons before" not in said
    assert "weighted by labour force" in tables.effects_view(release)["Weights"].iloc[0]


def test_release_without_checks_is_read_and_says_so(make, tmp_path):
    folder = make.save(make.build(make.number(), []), tmp_path / "release")
    assert (folder / "diagnostics.csv").read_text("utf-8").count("\n") == 1
    release = read_release(folder)
    assert release.diagnostics.empty
    assert "There are no checks" in tables.concerns(release)
    assert tables.diagnostics_table(release).empty
    assert tables.diagnostics_view(release).empty
    (folder / "diagnostics.csv").write_text("estimand,check\n", "utf-8")
    with pytest.raises(InputError, match=r"diagnostics\.csv: column .* is missing"):
        read_release(folder)
