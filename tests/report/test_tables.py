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
