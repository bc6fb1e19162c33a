"""The first sheet is one page of few words; the sheets are few and none is empty."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import BytesIO

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from kuntakokeilu.report.brief.make import make_brief
from kuntakokeilu.report.tables.answer import answer_page
from kuntakokeilu.report.tables.parts import subjects
from kuntakokeilu.report.tables.workbook import GRID, MOST_SHEETS, workbook
from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words.answers import first_sentence
from kuntakokeilu.report.words.language import LANGUAGES, read_language

from ..conftest import LABELS, RULES, build, check, number, rich_rows
from ..texts import checks as checks_of_diagnostics
from ..whole import HEADLINES, totals, whole

MOST_WORDS = 600
PAPER = {"portrait": (8.27, 11.69), "landscape": (11.69, 8.27)}  # inches
PIXELS, POINTS = 96, 72  # an inch
DIGIT = 7  # pixels of a digit of Arial 10, the unit of column widths


@cache
def release(kind):
    return whole() if kind == "registers" else build(rich_rows())


@cache
def book(kind, code):
    study = release(kind).study
    language = read_language(code, LABELS).about(study)
    return load_workbook(BytesIO(workbook(release(kind), RULES, language)))


def printed(page):
    """Reckon the points that text of ten points prints at, and how many pages it takes."""
    _, _, last_column, last_row = range_boundaries(page.print_area.split("!")[-1].replace("$", ""))
    columns = map(get_column_letter, range(1, last_column + 1))
    width = sum(page.column_dimensions[name].width for name in columns) * DIGIT / PIXELS
    heights = [page.row_dimensions[row].height or 18 for row in range(1, last_row + 1)]
    margins = page.page_margins
    across, down = PAPER[page.page_setup.orientation]
    across -= margins.left + margins.right
    down -= margins.top + margins.bottom
    scale = min(1.0, across / width)
    return 10 * scale, sum(heights) / POINTS * scale / down


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("kind", ["registers", "open"])
def test_the_first_sheet_is_one_page_of_few_words(kind, code):
    first = book(kind, code).worksheets[0]
    points, pages = printed(first)
    assert points >= 9 and pages <= 1
    assert first.page_setup.fitToHeight == 1
    texts = [cell for row in first.iter_rows(values_only=True) for cell in row if cell is not None]
    assert 40 < sum(len(str(text).split()) for text in texts) <= MOST_WORDS


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("kind", ["registers", "open"])
def test_sheets_are_few_filled_and_print_at_nine_points(kind, code):
    here = book(kind, code)
    assert len(here.sheetnames) <= MOST_SHEETS
    for page in here:
        assert page.tables, page.title
        assert printed(page)[0] >= 9, page.title


def test_the_grid_fits_the_page_to_the_point():
    widths = [width for _, _, width in GRID]
    assert sum(widths[:8]) <= 162


def test_each_question_has_the_number_that_was_declared(english):
    page = answer_page(release("registers"), RULES, english.about(release("registers").study))
    assert [line.name for line in page.answers] == list(HEADLINES)
    questions = [line.part for line in page.answers]
    keys = ("employment", "cost", "wellbeing")
    assert questions == [english.say(f"brief.ask.{key}") for key in keys]
    mine = release("registers").estimates.query("leading").set_index("estimand")
    for line in page.answers:
        row = mine.loc[line.name]
        assert (line.estimate, line.ci_low, line.ci_high) == (
            row["estimate"], row["ci_low"], row["ci_high"],
        )  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_sheet_says_what_the_brief_says_in_the_same_words(code):
    made = release("registers")
    language = read_language(code, LABELS).about(made.study)
    page, brief = answer_page(made, RULES, language), make_brief(made, RULES, language)
    assert [question for question, _ in page.meaning] == [one.question for one in brief.answers]
    for one, (_, said) in zip(brief.answers, page.meaning, strict=True):
        assert said.startswith(f"{one.found}. {first_sentence(one.sentence)}")
        assert one.interval in said and f"{language.say('brief.grade')}: {one.grade}." in said
    parts = dict(page.parts)
    assert parts[brief.compared[0]] == list(brief.compared[1:2])
    assert parts[brief.sure[0]][0] == brief.sure[1]
    assert parts[brief.limits[0]] == list(brief.limits[1:3])


def test_payers_add_up_to_the_sum_below_them(english):
    table = totals()
    table.loc[1, ["quantity", "programme_euros"]] = ["whole_group", None]
    made = replace(release("registers"), totals=table)
    payers = answer_page(made, RULES, english.about(made.study)).payers
    *parts, total = payers
    assert len(parts) > 3
    assert sum(line.estimate for line in parts) == pytest.approx(total.estimate, abs=1e-9)
    assert sum(line.total for line in parts) == pytest.approx(total.total, rel=1e-12)


def test_a_hidden_answer_has_no_number_and_says_why(make, english):
    made = build(number(blank=make.missing, status="suppressed"))
    page = answer_page(made, RULES, english)
    (line,) = page.answers
    assert line.estimate != line.estimate and line.marked
    assert line.care == english.say("workbook.status.suppressed")
    assert english.say("brief.suppressed") in page.meaning[0][1]


def test_what_warns_of_a_study_stands_on_its_first_sheet(english):
    made = build(number())
    whole_study = replace(made, study={**made.study, "simulated": True, "own_effects": True})
    said = answer_page(whole_study, RULES, english).warned
    assert said[:2] == [english.say("study.simulated"), english.say("study.own_effects")]
    assert "95 of 118" in said[2]


def test_failed_and_doubtful_numbers_are_counted(english):
    rows = [*number(status="failed_diagnostic"), *number("b", weights="area")]
    found = build(rows, [check("jobs.main", "fail"), check("jobs.b", "warn", "few_clusters")])
    said = dict(answer_page(found, RULES, english).parts)[english.say("brief.ask.sure")]
    assert (
        said[-1]
        == "The whole workbook has 2 main effects: 1 fail a check, 1 call for caution and 0 "
        "have no number."
    )


def test_a_study_of_other_outcomes_has_a_sheet_for_them(english):
    rows = [*number(domain="other"), *number("b", domain="wellbeing", weights="area")]
    names = [each.name for each in subjects(build(rows))]
    assert "wellbeing_other" in names and "other" not in names


def test_every_check_has_a_place_among_the_caveats():
    known = checks_of_diagnostics()
    assert known and known <= set(cautions.STRENGTH)
    assert len(set(cautions.STRENGTH)) == len(cautions.STRENGTH)
