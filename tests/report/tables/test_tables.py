"""Tables lose no number, and the row clustered by area decides."""

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.tables import leading as tables
from kuntakokeilu.report.words.release import read_release

from ..conftest import rich_rows, save
from ..covered import covered


def test_one_row_per_number_and_every_p_value_in_its_column(rich, english):
    table = tables.results_table(rich, english)
    assert len(table) == len(rich.estimates.drop_duplicates(tables.KEY))
    main = table.iloc[0]
    kinds = ["p_area", "p_municipality", "p_permutation_area", "p_cr2_area", "p_cr3_area"]
    assert list(main[kinds]) == [0.39, 0.0001, 0.0001, 0.0001, 0.0001]
    assert main["p_wild_bootstrap_area"] == 0.0001
    assert list(table.columns) == tables.RESULT_COLUMNS


def test_kinds_of_inference_that_are_not_there_leave_their_columns_empty(make, english):
    release = make.build([row for row in make.number() if row["inference"] != "cr2_area"])
    table = tables.results_table(release, english)
    assert table["p_cr2_area"].isna().all()
    assert table["p_cr3_area"].notna().all()
    view = tables.inference_view(release, english)
    assert "p, bias-reduced CR2, areas" not in view
    assert list(view["p, jackknife CR3, areas"]) == ["<\u00a00.001"]


def test_results_are_the_same_in_every_language_but_for_their_texts(rich, finnish, english):
    texts = ["outcome_label", "sentence", "note"]
    ours, theirs = (tables.results_table(rich, language) for language in (finnish, english))
    pd.testing.assert_frame_equal(ours.drop(columns=texts), theirs.drop(columns=texts))
    assert not (ours[texts] == theirs[texts]).any(axis=None)


def test_stars_follow_the_leading_row_only(make, english):
    """Where CR2 leads, a small p-value of CR1 must not stand by the interval of CR2."""
    few = make.number("few", p=0.146, leading="cr2_exact_area")
    for row in few:
        row["p_value"] = row["p_value"] if row["leading"] else 0.0001
    release = make.build([*make.number(p=0.39), *make.number("b", p=0.004), *few])
    table = tables.results_table(release, english)
    assert list(table["stars"]) == ["", "**", ""]  # all other p-values are 0.0001
    assert list(table["p_value"]) == [0.39, 0.004, 0.146]
    view = tables.effects_view(release, english)
    assert list(view["p-value"]) == ["0.390", "0.004", "0.146"]
    assert view["Estimate"].str.contains("*", regex=False).tolist() == [False, True, False]
    assert "bias-reduced CR2" in view["Interval and p-value"].iloc[2]


def test_suppressed_numbers_stay_missing_and_are_said(rich, english):
    row = tables.results_table(rich, english).set_index("estimand").loc["jobs.hidden"]
    assert row[["estimate", "ci_low", "p_area", "p_municipality"]].isna().all()
    assert "withheld" in row["sentence"]


def test_failed_check_is_named_in_the_sentence(rich, english):
    table = tables.results_table(rich, english).set_index("estimand")
    assert (
        "fails a diagnostic check (movement before the start"
        in table.loc["jobs.failed", "sentence"]
    )
    assert "fails" not in table.loc["jobs.main", "sentence"]


def test_note_travels_with_every_row(rich, finnish, english):
    for table in (tables.results_table, tables.diagnostics_table):
        assert set(table(rich, english)["note"]) == {"95 of 118 municipalities"}
        assert set(table(rich, finnish)["note"]) == {"mukana 95 kokeilun 118 kunnasta"}


def test_diagnostics_keep_their_rows(rich, english):
    table = tables.diagnostics_table(rich, english)
    assert len(table) == len(rich.diagnostics)
    failed = table[table["verdict"] == "fail"]
    assert failed["sentence"].str.contains("fails").all()
    assert set(table["outcome_label"]) == {"Employed"}


def test_number_without_an_area_row_is_refused(make, english):
    release = make.build(make.number()[1:] + make.number("b"))
    with pytest.raises(InputError, match="1 number lacks a leading row"):
        tables.results_table(release, english)


def test_answer_is_one_number_and_whether_other_weights_agree(rich, finnish, english):
    said = tables.answer(rich, english)
    assert said.startswith("Each question is answered by one estimate")
    assert "### Employment: Employed" in said
    assert "placebo" not in said
    assert said.count("interval") == 2  # in the number, and in what zero means
    for language, words in ((english, "the sign of the estimate depends on the weights"),
                            (finnish, "arvion etumerkki riippuu painotuksesta")):  # fmt: skip
        told = [line for _, lines in tables.summary(rich, language) for line in lines]
        assert any(words in line for line in told) and words not in tables.answer(rich, language)


def test_benchmark_leads_where_nothing_is_main(make, english):
    release = make.build(make.number(role="benchmark"), units="other", coverage=None)
    assert "−0.14" in tables.answer(release, english)
    assert "each unit has the same weight" in tables.answer(release, english)
    said = tables.answer(release, english) + tables.inference(release, english)
    assert "municipalit" not in said


def test_a_summary_says_what_how_sure_what_failed_and_what_it_cannot_tell(rich, english):
    summary = dict(tables.summary(rich, english))
    found, number, failed, studied, sure, limits = summary.values()
    assert list(summary)[:2] == ["What was found", "Employment: Employed"]
    assert "Comparison: all others, unless a row says otherwise." in studied[0]
    assert studied[1] == "Period: 2019-01 to 2022-12, unless a row says otherwise. Start: 2021-01."
    assert studied[2] == "Outcomes: Employed."
    assert len(found) == 1 and len(number) == 5 and "depends on the weights" in number[4]
    assert "If large areas move together" in number[3]
    assert sure[0].startswith("Employed (each municipality has the same weight): p")
    assert sum("first p-value counts" in said for said in sure) == 1
    assert failed[0].startswith("FAILS A CHECK: Employed (each municipality has the same weight)")
    assert failed[0].endswith("[jobs.failed]")
    assert failed[1].startswith("The main effects pass every check")
    assert len(limits) == 4


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("finnish", ["Mitä havaittiin", "Työllisyys: Työlliset, %",
                     "Mikä ei läpäissyt tarkistuksia", "Mitä tutkittiin",
                     "Kuinka varma tulos on", "Mitä tulos ei kerro"]),
        ("swedish", ["Vad som framkom", "Sysselsättning: Sysselsatta, %",
                     "Vad som inte klarade kontrollerna", "Vad som undersöktes",
                     "Hur säkert resultatet är", "Vad resultatet inte visar"]),
    ],
)  # fmt: skip
def test_a_summary_has_its_headings(rich, language, headings, request):
    summary = tables.summary(rich, request.getfixturevalue(language))
    assert [heading for heading, _ in summary] == headings


def test_a_summary_of_what_cannot_be_estimated_or_has_no_main_effect(make, english):
    how = {"blank": make.missing, "status": "not_identified", "identified": "no_control"}
    summary = dict(tables.summary(make.build(make.number(**how), []), english))
    assert "cannot be estimated because no unit is left" in summary["Employment: Employed"][0]
    assert "How sure this is" not in summary
    assert "There are no checks" in summary["What did not pass the checks"][0]
    release = make.build(make.number(role="robustness"), simulated=True, start=None)
    summary = dict(tables.summary(release, english))
    assert summary["What was found"][0].startswith("The data are simulated.")
    assert "Units start at different times." in summary["What was studied"][1]
    assert summary["What did not pass the checks"][0] == "No estimate fails a check."


def test_an_unusual_unit_is_explained_in_the_summary(make, finnish):
    outcome = {**make.study["outcomes"]["jobs"], "unit": "log points", "decimals": 3}
    release = make.build(make.number(), outcomes={"jobs": outcome})
    found = tables.summary(release, finnish)[0][1]
    assert found[-1] == "Logaritmipisteinä 0,01 on noin yksi prosentti."


def test_areas_left_out_in_turn_are_counted(make, english):
    rows = make.number() + make.number("a", role="leave_one_out")
    rows += make.number("b", role="leave_one_out")
    checks = [make.check(name, "warn", "comparable") for name in ("jobs.main", "jobs.a", "jobs.b")]
    said = tables.concerns(make.build(rows, checks), english)
    where = "Employed (main effect; one area left out, 2 estimands)"
    assert said == f"- Groups told apart before the start – interpret with caution: {where}"


def test_views_have_headings_and_numbers_in_the_language(rich, finnish, swedish):
    view = tables.effects_view(rich, finnish)
    assert list(view) == [
        "Tulosmuuttuja", "Määrittely", "Arvio", "95\u00a0%:n luottamusväli",
        "p-arvo", "Keskiarvo ennen alkua",
        "Yksiköt, kokeilu + verrokit", "Klusterit, kokeilu + verrokit",
        "Tunniste",
    ]  # fmt: skip
    assert list(view.iloc[0]) == [
        "Työlliset, %", "jokaisella kunnalla sama paino", "−0,14 prosenttiyksikköä",
        "−0,47 … +0,19", "0,390", "60,00", "94 + 111", "25 + 32", "jobs.main",
    ]  # fmt: skip
    view = tables.inference_view(rich, swedish)
    assert list(view)[3:5] == [
        "p, medelfel klustrat efter område",
        "p, medelfel klustrat efter kommun",
    ]
    assert list(view.iloc[1])[1:4] == [
        "viktat med arbetskraften 2/2021", "+0,23 procentenheter", "0,470",
    ]  # fmt: skip


def test_a_number_that_failed_or_is_missing_says_so_in_the_view(make, finnish, english):
    failed = make.build(make.number(status="failed_diagnostic"))
    shown = tables.effects_view(failed, english)["Estimate"].iloc[0]
    assert shown == "−0.14 percentage points (failed diagnostic)"
    hidden = make.build(make.number(blank=make.missing, status="suppressed"))
    view = tables.effects_view(hidden, finnish)
    assert list(view.iloc[0])[2:5] == ["salattu", "–", "–"]


def test_what_was_computed_is_for_english_readers_and_what_is_asked_for_others(
    rich, finnish, english
):
    assert "What was computed" in tables.diagnostics_view(rich, english)
    view = tables.diagnostics_view(rich, finnish)
    assert view["Mitä kysytään"].iloc[0].startswith("Kehittyivätkö ryhmät samalla tavalla")
    assert set(view["Tulos"]) == {"läpäisee", "ei läpäise"}
    assert "p-value" not in view.to_string()


def test_provenance_is_headed_in_the_language(rich, swedish):
    view = tables.provenance_view(rich, swedish)
    assert list(view) == ["Uppgift", "Innehåll"]
    assert "Paket pandas" in set(view["Uppgift"])
    assert view.set_index("Uppgift")["Innehåll"].iloc[1] == "–"  # no commit


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
    numbers = rich.estimates.select_dtypes(["number", "bool"])
    pd.testing.assert_frame_equal(release.estimates[list(numbers)], numbers)
    pd.testing.assert_frame_equal(release.estimates, rich.estimates, check_dtype=False)
    assert list(release.units["unit"]) == ["091", "049"]
    assert release.study["coverage"]["listed"] == 95


def test_text_in_a_number_column_is_refused_by_name(rich, make, tmp_path):
    folder = make.save(rich, tmp_path / "release")
    path = folder / "estimates.csv"
    path.write_text(path.read_text("utf-8").replace("0.39", "about", 1), "utf-8")
    with pytest.raises(InputError, match="column p_value holds text"):
        read_release(folder)


def test_a_release_edited_in_a_spreadsheet_is_refused(tmp_path):
    """A spreadsheet writes TRUE, which must not pass for False."""
    folder = save(covered(rich_rows()), tmp_path / "release")
    path = folder / "overlap.csv"
    path.write_text(path.read_text("utf-8").replace("True", "TRUE"), "utf-8")
    with pytest.raises(InputError, match="column comparable: expected True or False"):
        read_release(folder)


def test_checks_that_need_care_are_named_in_answer_and_table(make, english):
    checks = [
        make.check("jobs.main", "pass"),
        make.check("jobs.main", "warn", "pre_trend_clustered"),
        make.check("jobs.main", "warn", "comparable"),
    ]
    release = make.build(make.number(), checks)
    table = tables.results_table(release, english)
    strongest = "movement before the start, clustered by area"
    assert f"caveat: {strongest} (other caveats: 1)" in tables.answer(release, english)
    named = f"{strongest}; groups told apart before the start"
    assert f"interpret with caution: {named})" in table["sentence"].iloc[0]
    told = [line for _, lines in tables.summary(release, english) for line in lines]
    assert f"Caveats, the strongest first: {named}." in told


def test_worst_checks_come_first_within_an_estimand(make, english):
    verdicts = [("pre_trend", "pass"), ("comparable", "warn"), ("few_clusters", "fail"),
                ("cells_left_out", "warn")]  # fmt: skip
    names = ("jobs.main", "jobs.b")
    checks = [make.check(name, verdict, c) for name in names for c, verdict in verdicts]
    release = make.build(make.number() + make.number("b", weights="area"), checks)
    table = tables.diagnostics_table(release, english)
    assert list(table["estimand"]) == [name for name in names for _ in verdicts]
    order = ["few_clusters", "comparable", "cells_left_out", "pre_trend"]
    assert list(table["check"]) == order * 2
    view = tables.diagnostics_view(release, english)
    assert (
        list(view["Specification"])
        == ["each municipality has the same weight"] * 4 + ["each area has the same weight"] * 4
    )
    assert (
        list(view["Verdict"])
        == ["fails", "interpret with caution", "interpret with caution", "passes"] * 2
    )


def test_starts_that_differ_are_said_where_the_check_is_there(make, finnish, english):
    rows = make.number() + make.number("b", weights="area")
    assert tables.staggered(make.build(rows), english) == ""
    checks = [make.check("jobs.b", "warn", "staggered_starts"), make.check("jobs.main")]
    said = tables.staggered(make.build(rows, checks), english)
    assert (
        "Employed (each area has the same weight)." in said
        and "each municipality has the same weight" not in said
    )
    assert "mixes comparisons" in said and "Goodman-Bacon 2021" in said
    said = tables.staggered(make.build(rows, checks), finnish)
    assert said.startswith(
        "Aloitusajat vaihtelevat: Työlliset, % (jokaisella alueella sama paino)."
    )


def test_what_cannot_be_estimated_is_listed_with_its_reason(make, finnish, english):
    rows = make.rich_rows() + make.unestimated("window", "gone")
    release = make.build(rows + make.unestimated("event_time", "no_series", "no_control"))
    assert tables.unestimated(release, english).splitlines() == [
        "- Employed (each municipality has the same weight, effects by calendar window): "
        "cannot be estimated because no period before the start is observed.",
        "- Employed (each municipality has the same weight, monthly event study): "
        "cannot be estimated because no unit is left to compare with.",
    ]
    assert "ei arvioitavissa, koska vertailuun ei jää" in tables.unestimated(release, finnish)
    table = tables.results_table(release, english).set_index("estimand")
    assert "the event study cannot be estimated because" in table.loc["jobs.no_series", "sentence"]
    assert tables.unestimated(make.build(make.rich_rows()), english) == ""


def test_weights_are_named_by_the_study_everywhere(make, english):
    rows = make.number(weights="persons_frozen") + make.number("b", 0.2, weights="area")
    release = make.build(rows)
    said = tables.answer(release, english) + tables.inference(release, english)
    assert said.count("labour force 2021-02") == 2
    assert "persons before" not in said
    view = tables.effects_view(release, english)
    assert "weighted by labour force" in view["Specification"].iloc[0]


def test_release_without_checks_is_read_and_says_so(make, tmp_path, finnish, english):
    folder = make.save(make.build(make.number(), []), tmp_path / "release")
    assert (folder / "diagnostics.csv").read_text("utf-8").count("\n") == 1
    release = read_release(folder)
    assert release.diagnostics.empty
    assert "There are no checks" in tables.concerns(release, english)
    assert "Tarkistuksia ei ole" in tables.concerns(release, finnish)
    assert tables.diagnostics_table(release, english).empty
    assert tables.diagnostics_view(release, english).empty
    (folder / "diagnostics.csv").write_text("estimand,check\n", "utf-8")
    with pytest.raises(InputError, match=r"diagnostics\.csv: column .* is missing"):
        read_release(folder)


def test_main_effects_over_another_span_are_said_on_the_first_page(make, english):
    usual = make.build(make.number("main"))
    studied = dict(tables.summary(usual, english))["What was studied"]
    assert not any("Other periods" in said for said in studied)
    plan = usual.study["estimands"]["jobs.main"] | {"last_period": "2021-10"}
    other = make.build(make.number("main"), estimands={"jobs.main": plan})
    studied = dict(tables.summary(other, english))["What was studied"]
    said = [said for said in studied if "Other periods" in said]
    assert said == ["Other periods of main effects: Employed: 2019-01 to 2021-10."]
