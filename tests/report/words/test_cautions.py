"""Whatever a check says reaches every number that rests on the estimate, whatever the check."""

from __future__ import annotations

import ast
from dataclasses import fields, replace

import pandas as pd
import pytest

from kuntakokeilu.contracts import DIAGNOSTICS, RELEASED_TABLES, conform
from kuntakokeilu.report.tables import leading as tables
from kuntakokeilu.report.tables import sheets
from kuntakokeilu.report.tables.registry import TABLES
from kuntakokeilu.report.words import cautions, findings, headlines
from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown, lead_rows
from kuntakokeilu.report.words.side_by_side import DESIGNS

from ..conftest import build, check, number
from ..texts import DIAGNOSTICS as ROOM
from ..texts import table as texts
from ..whole import whole

# The only name that the diagnostics compose: a placebo start, which is an estimand with a label.
COMPOSED = {"_placebos"}
LANGUAGES = ("finnish", "swedish", "english")


def made_checks() -> tuple[set[str], set[str]]:
    """Names that the diagnostics give to checks, and the functions that compose one instead."""
    names, composed = set(), set()
    for path in ROOM.glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                called = isinstance(node, ast.Call) and getattr(node.func, "id", "")
                if called != "check_row":
                    continue
                if isinstance(node.args[0], ast.Constant):
                    names.add(node.args[0].value)
                else:
                    composed.add(function.name)
    return names, composed


CHECKS = sorted(made_checks()[0])


def judged(release: Release, verdict: str, name: str = "any_check", only=None) -> Release:
    """The same release after a check gave this verdict on all estimands, or on some."""
    estimands = release.estimates["estimand"].unique() if only is None else only
    rows = [check(estimand, verdict, name) for estimand in estimands]
    checks = conform(pd.DataFrame(rows, columns=list(DIAGNOSTICS.columns)), DIAGNOSTICS)
    return replace(release, diagnostics=checks)


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.getfixturevalue(request.param)


def test_every_check_of_the_diagnostics_has_its_words():
    names, composed = made_checks()
    assert len(names) > 15 and composed <= COMPOSED
    said = texts("checks")
    for name in names:
        for key in (f"check.{name}", f"check.{name}.text"):
            assert key in said.index, f"{key} is in no table of config/labels"
            assert said.loc[key].ne("").all(), key


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_that_warns_stands_with_the_number_in_the_sentence(name, language):
    release = build(number("main"), [check("jobs.main", "warn", name)])
    row = lead_rows(release).iloc[0]
    said = words.effect_sentence(release, row, language)
    wrong = f"check.{name}.caution"  # what is wrong, where the name says what should be
    label = language.say(wrong if language.has(wrong) else f"check.{name}")
    assert label[:1].lower() + label[1:] in said
    (cell,) = sheets.sheet("main_effects", release, language).table[
        language.say("workbook.column.status")
    ]
    assert label in cell


def test_every_released_table_that_names_estimates_is_placed():
    """A table made of estimates that nobody told of carries no caveat, and fails here."""
    release = whole()
    known = set(release.study["estimands"])
    for field in fields(Release):
        table = getattr(release, field.name)
        if not isinstance(table, pd.DataFrame) or field.name == "diagnostics":
            continue
        if table.empty:  # tests of its own have rows of it
            assert {"estimand"} & set(table) == set(RELEASED_TABLES[field.name].rests_on), field
            continue
        behind = {column for column in table if set(table[column].dropna().map(str)) & known}
        assert behind == set(RELEASED_TABLES[field.name].rests_on), field.name


@pytest.mark.parametrize(("verdict", "reader"), [("warn", "swedish"), ("fail", "finnish")])
def test_a_check_reaches_every_row_of_every_sheet_that_rests_on_its_estimate(
    verdict, reader, request
):
    language, release = request.getfixturevalue(reader), judged(whole(), verdict)
    plain = whole()
    of_estimates = 0
    for name, table in TABLES.items():
        rows = table.make(release)
        if name == "checks" or not any("estimand" in c or c == "numerator" for c in rows):
            continue
        of_estimates += len(rows)
        sheet, before = (sheets.sheet(name, r, language) for r in (release, plain))
        texts_of = [
            [cell for cell in line if isinstance(cell, str)]
            for line in sheet.table.to_numpy().tolist()
        ]
        shown = [_has_number(row) for _, row in rows.iterrows()]
        said = language.say("workbook.status.warned" if verdict == "warn" else
                            "workbook.status.failed", checks="Any check")  # fmt: skip
        for line, has in zip(texts_of, shown, strict=True):
            assert not has or any(said in cell for cell in line), (name, line)
        assert "Any check" not in before.table.to_string(), name
    assert of_estimates > 50


def _has_number(row: pd.Series) -> bool:
    """Tell whether any number of a row of a result table can be seen."""
    if "status" in row:
        return is_shown(row)
    each = [{"status": row[f"status_{d}"], "estimate": row[f"estimate_{d}"]} for d in DESIGNS]
    return any(is_shown(one) for one in each if isinstance(one["status"], str))


def test_what_is_made_of_two_estimates_inherits_from_both():
    release = whole()
    parts = tuple(release.ratios[["numerator", "denominator"]].iloc[0])
    for name in parts:
        ratios = judged(release, "warn", only=[name]).ratios
        assert set(ratios["warned_checks"]) == {"any_check"}
    other = judged(release, "warn", only=["in_service.main"]).ratios
    assert set(other["warned_checks"]) == {""}
    rows = [check(parts[0], "fail", "one"), check(parts[1], "warn", "one")]
    rows += [check(parts[1], "warn", "two")]
    both = replace(release, diagnostics=conform(pd.DataFrame(rows), DIAGNOSTICS)).ratios
    assert both[CHECK_COLUMNS].drop_duplicates().values.tolist() == [["one", "two"]]


def test_short_lines_and_views_say_that_a_number_needs_care(english):
    release = judged(whole(), "warn")
    views = [
        tables.effects_view(release, english),
        headlines.others_view(release, english),
    ]
    for view in views:
        cells = view.filter(regex="Effect|Estimate").iloc[:, 0]
        assert cells.str.contains("interpret with caution").all()
    for line in headlines.others_lines(release, english)[1:]:
        assert "interpret with caution" in line


def test_failures_are_named_first_and_none_hides_in_a_count(language):
    rows = number("main") + number("spare", role="robustness") + number("other", weights="area")
    checks = [check("jobs.main", "warn", "few_clusters"), check("jobs.spare", "fail", "pre_trend")]
    checks += [check("jobs.other", "fail", "few_clusters")]
    release = build(rows, checks)
    page = dict(findings.summary(release, language))
    said = page[language.say("summary.failed")]
    assert "[jobs.other]" in said[0] and "[jobs.spare]" in said[1]  # of main effects first
    assert language.say("check.pre_trend")[1:] in said[1]
    assert language.say("verdict.warn") in said[2]
    clean = findings.summary(build(number("main")), language)
    assert language.say("summary.no_failure") in dict(clean)[language.say("summary.failed")]


def test_one_placebo_start_behind_two_estimates_is_named_once(make, english):
    rows = [*make.number(), *make.number("placebo", role="placebo")]
    study = make.build(rows).study
    names = "few_clusters;jobs.placebo;jobs.placebo"
    said = cautions.failed_text({"failed_checks": names}, study, english)
    assert said.count(";") == 1 and "lacebo" in said
