"""The workbook holds the released numbers, as numbers, and no label becomes a formula."""

import re
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pandas as pd
import pytest
from openpyxl import load_workbook

from kuntakokeilu.contracts import BALANCE_RELEASED, OVERLAP_RELEASED, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.report.pages.design import overlap_note, overlap_table
from kuntakokeilu.report.tables.registry import TABLES
from kuntakokeilu.report.tables.sheet_cells import even_places, number_format
from kuntakokeilu.report.tables.sheets import sheet
from kuntakokeilu.report.tables.spreadsheet import HEADER_ROW
from kuntakokeilu.report.tables.workbook import GRID, workbook
from kuntakokeilu.report.words.labels import sentence_case
from kuntakokeilu.report.words.language import LANGUAGES, MINUS, Language, read_language

from ..conftest import RULES

BOOKS = {}
EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")', "#N/A")


@pytest.fixture(params=LANGUAGES)
def language(request, finnish, swedish, english):
    return {"fi": finnish, "sv": swedish, "en": english}[request.param]


@pytest.fixture
def book(rich, language):
    """The workbook of the rich release; made once for each language."""
    if language.code not in BOOKS:
        BOOKS[language.code] = opened(rich, language)
    return BOOKS[language.code]


def opened(release, language):
    return load_workbook(BytesIO(workbook(release, RULES, language)))


def page(book, name, language):
    return book[language.say(f"sheet.{name}")]


def lines(book, name, language):
    """The rows of a sheet's table as dicts by the last part of the heading's key."""
    here = page(book, name, language)
    header, *rows = here[here.tables[name].ref]
    names = {language.say(key): key.rpartition(".")[2] for key, _, _ in GRID}
    return [{names[head.value]: cell for head, cell in zip(header, row, strict=True)}
            for row in rows]  # fmt: skip


def columns(name, language, release):
    return sheet(name, release, language).names


def cells(name, release, language):
    """The rows of a result table as readers see it: dicts by column of value and format."""
    content = sheet(name, release, language)
    found = zip(content.table.to_numpy().tolist(), content.formats, strict=True)
    return [dict(zip(content.names, zip(values, formats, strict=True), strict=True))
            for values, formats in found]  # fmt: skip


def written(number):
    """What openpyxl writes of a number: sixteen digits."""
    return float(f"{number:.16g}")


def test_every_number_is_the_released_one(rich, book, language):
    released = rich.estimates[rich.estimates["leading"]]
    seen = set()
    for name in ("employment", "checks"):
        for row in lines(book, name, language):
            mine = released[released["estimand"] == row["estimand"].value]
            if mine.empty:  # of a check
                continue
            if len(mine) > 1:  # a series, of which some months are shown
                mine = mine[mine["event_time"].eq(1)]
            (true,) = mine.to_dict("records")
            for column in ("estimate", "ci_low", "ci_high", "p_value"):
                shown = row[column].value
                assert shown is None if pd.isna(true[column]) else shown == written(true[column])
            seen.add(true["estimand"])
    assert seen == set(released["estimand"])


def test_other_p_values_stand_in_their_own_columns(rich, english):
    by_name = {row["estimand"][0]: row for row in cells("robustness", rich, english)}
    placebo = by_name["jobs.placebo"]
    assert (placebo["p_area"][0], placebo["p_municipality"][0]) == (0.7, 0.0001)
    kinds = ("cr2_area", "cr3_area", "wild_bootstrap_area", "permutation_area")
    assert [placebo[f"p_{kind}"][0] for kind in kinds] == [0.0001] * 4


def test_the_p_value_of_a_row_is_of_the_same_kind_as_its_interval(rich, make, language):
    few = make.number(p=0.146, leading="cr2_exact_area")
    for row in few:
        row["p_value"] = row["p_value"] if row["leading"] else 0.0001
    release = make.build([*few, *make.number("b", role="robustness", p=0.3)])
    shown = sheet("main_effects", release, language)
    (row,) = shown.table.to_dict("records")
    assert row[language.say("workbook.column.p_value")] == 0.146
    said = sentence_case(language.say("inference.cr2_exact_area.municipality"))
    assert any(said in note for note in shown.notes)
    both = sheet("robustness", release, language)
    assert both.names.index("p_value") < both.names.index("p_area")
    for name, table in TABLES.items():  # no p-value by CR1 beside an interval that may be CR2's
        assert "p_area" not in [column.name for column in table.printed], name


def test_formats_follow_the_outcome_and_keep_small_p_values_numbers(make, language):
    release = make.build(make.number(p=0.00003))
    (row,) = cells("main_effects", release, language)
    assert row["baseline_mean"][1] == '#,##0.00;"−"#,##0.00;#,##0.00'
    assert row["n_trial"][1] == '#,##0;"−"#,##0;#,##0'
    limit = "0.001" if language.code == "en" else "0,001"
    (shown,) = lines(opened(release, language), "employment", language)
    assert shown["estimate"].number_format == row["estimate"][1]
    assert row["estimate"][1] == '+#,##0.00;"−"#,##0.00;#,##0.00'
    assert shown["p_value"].number_format == f'[<0.001]"<\u00a0{limit}";0.000'
    assert shown["p_value"].value == 0.00003


@pytest.mark.parametrize(("value", "shown"), [(-0.004, False), (0.0, False), (0.006, True)])
def test_what_rounds_to_zero_has_no_sign(value, shown):
    form = number_format("signed", value, 2, read_language("en"))
    assert (form.startswith("+"), MINUS in form) == (shown, shown)
    assert form.count(";") == 2


def test_one_check_shows_as_many_decimals_in_every_row(make, english):
    """A column with 25, 9.32 and 0.000117 in it cannot be read downwards."""
    values = {"clusters": [25.0, 7.0], "share": [0.23404, 0.9], "p": [0.4, 0.002, 0.000117]}
    checks = [
        make.check(f"jobs.{k}", name=name, value=value) | {"threshold": found[-1]}
        for name, found in values.items()
        for k, value in enumerate(found)
    ]
    release = make.build([row for k in range(3) for row in make.number(str(k))], checks)
    places = {}
    for row in cells("checks", release, english):
        for part in ("value", "threshold"):
            form = row[part][1].split(";")[-1]
            places.setdefault(row["check"][0], set()).add(len(form.partition(".")[2]))
    assert places == {"Clusters": {0}, "Share": {3}, "P": {3}}


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([25, 10], 0),
        ([19.6, 10, None], 1),
        ([9.32, 8.63], 2),
        ([72.0, 71.4631], 1),
        ([0.85, 0.05], 2),
        ([0.857123, 0.0024, 0.05], 3),
        ([-0.00552, 0.009592], 5),
        ([6139.56, 6549.8], 0),
        ([0.0, 0.0], 0),
        ([None], 0),
    ],
)
def test_numbers_of_one_sort_share_their_decimals(values, places):
    assert even_places(values) == places


def test_no_check_that_is_not_zero_shows_as_zero(make, english):
    release = make.build(make.number(), [make.check("jobs.main", name="tiny", value=3e-9)])
    (row,) = cells("checks", release, english)
    assert row["value"] == (3e-9, '[<0.0001]"<\u00a00.0001";0.0000')


def test_suppressed_stays_empty_and_is_said(rich, book, language):
    rows = lines(book, "checks", language)
    (hidden,) = [row for row in rows if row["estimand"].value == "jobs.hidden"]
    for column in ("estimate", "ci_low", "ci_high", "p_value"):
        assert hidden[column].value is None
    assert hidden["status"].value == language.say("workbook.status.suppressed")
    series = cells("event_study", rich, language)
    assert [row["estimate"][0] is None for row in series] == [False, False, False, True, False]


def test_failed_numbers_are_said_and_marked_without_colour(book, language):
    rows = [row for row in lines(book, "checks", language) if row["estimand"].value]
    for row in rows:
        bad = row["estimand"].value in ("jobs.failed", "jobs.hidden")
        assert row["estimate"].font.bold is bad
    (failed,) = [row for row in rows if row["estimand"].value == "jobs.failed"]
    named = language.say("check.pre_trend")
    said = language.say("workbook.status.failed", checks=named[:1].lower() + named[1:])
    assert failed["status"].value == said


def test_the_strongest_caveat_stands_beside_the_number_and_the_others_are_counted(make, english):
    checks = [
        make.check("jobs.main", "warn", "few_clusters"),
        make.check("jobs.main", "warn", "breakdown_slope"),
    ]
    rows = [*make.number(), *make.number("b", weights="area")]
    checks += [{**each, "estimand": "jobs.b"} for each in checks]
    answer, other = lines(opened(make.build(rows, checks), english), "employment", english)
    strongest = "drift that would explain the result"
    assert answer["status"].value.lower() == f"with care: {strongest}; few clusters."
    assert other["status"].value == f"With care: {strongest} (other caveats: 1)."


def test_failed_checks_come_first(rich, english):
    rows = lines(opened(rich, english), "checks", english)
    assert rows[0]["part"].value == "Fails a check"
    assert rows[0]["what"].font.bold
    assert rows[0]["how"].value == "Main effects: 0, estimates in all: 1"
    assert len(cells("checks", rich, english)) == len(rich.diagnostics)


def test_no_label_becomes_a_formula(make, english):
    labels = {f"o{i}": text for i, text in enumerate(EVIL)}
    about = make.study["outcomes"]["jobs"]
    rows = [row for name in labels for row in make.number(outcome=name, estimand=f"{name}.main")]
    release = make.build(
        rows,
        outcomes={n: {**about, "label_en": text, "unit": text} for n, text in labels.items()},
        title={**make.study["title"], "en": EVIL[0]},
    )
    data = workbook(release, RULES, english)
    with ZipFile(BytesIO(data)) as archive:
        sheets = [archive.read(n) for n in archive.namelist() if "worksheets/sheet" in n]
    assert sheets
    assert not any(b"<f>" in xml or b"<f " in xml for xml in sheets)
    book = load_workbook(BytesIO(data))
    assert {cell.data_type for here in book for row in here for cell in row} <= {"s", "n"}
    rows = lines(book, "employment", english)
    shown = {row["what"].value.replace("\r", "\n"): row["what"] for row in rows}  # as XML does
    for text in EVIL:
        assert shown[text.replace("\r", "\n")].quotePrefix is (text != "#N/A")


def test_control_characters_are_dropped(rich, make, english):
    outcomes = {"jobs": {**make.study["outcomes"]["jobs"], "label_en": "Em\x00ploy\x1fed"}}
    release = replace(rich, study={**rich.study, "outcomes": outcomes})
    rows = lines(opened(release, english), "employment", english)
    assert rows[0]["what"].value == "Employed"


def test_sheets_print_on_a4_with_header_and_footer(rich, book, language):
    title = rich.study["title"][language.code]
    for here in book:
        assert here.page_setup.paperSize == 9
        assert here.sheet_properties.pageSetUpPr.fitToPage
        assert here.page_setup.fitToWidth == 1
        assert here.oddFooter.left.text == title
        assert {"&P", "&N"} <= set(re.findall("&[A-Z]", here.oddFooter.right.text))
        assert here.print_area
        assert here["A1"].value
    for name in ("employment", "checks", "method", "glossary", "contents"):
        here = page(book, name, language)
        assert here.print_title_rows == f"${HEADER_ROW}:${HEADER_ROW}"
        assert here.freeze_panes.endswith(str(HEADER_ROW + 1))
        merged = [r for r in here.merged_cells.ranges if r.min_row <= table_end(here, name)]
        assert merged == []
    assert page(book, "employment", language).page_setup.orientation == "landscape"


def table_end(here, name):
    return int(re.search(r"\d+$", here.tables[name].ref).group())


def test_names_are_short_and_headings_unique(rich, book, language):
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in book.sheetnames)
    for units in ("municipality", "other"):
        study = {**rich.study, "units": units}
        for name in TABLES:
            heads = list(sheet(name, replace(rich, study=study), language).table.columns)
            assert len(heads) == len(set(heads))


def test_an_ampersand_in_the_title_is_no_code(rich, english):
    title = {**rich.study["title"], "en": "Jobs & pay"}
    release = replace(rich, study={**rich.study, "title": title})
    assert opened(release, english).worksheets[0].oddFooter.left.text == "Jobs && pay"


def test_properties_name_title_language_and_author(rich, book, language):
    facts = book.properties
    assert rich.study["title"][language.code] in facts.title
    assert facts.language.startswith(language.code)
    assert facts.creator == "Institute of Examples"
    assert f"{facts.created:%Y-%m-%d}" == rich.manifest["date"]


def test_the_same_release_gives_the_same_bytes(rich, english):
    assert workbook(rich, RULES, english) == workbook(rich, RULES, english)


def test_a_sheet_without_content_does_not_exist(make, language):
    release = make.build(make.number(role="benchmark"), [], units="other", coverage=None)
    book = opened(release, language.about(release.study))
    names = ("answer", "employment", "method", "glossary", "contents")
    assert book.sheetnames == [language.say(f"sheet.{name}") for name in names]
    for name in ("event_study", "robustness", "checks", "balance"):
        content = sheet(name, release, language)
        assert content.table.empty
        assert content.notes[0].startswith(language.say(f"workbook.{name}.empty")[:10])


def test_balance_and_overlap_have_their_tables(rich, language):
    balance = conform(
        pd.DataFrame(
            [["others", stage, "young", True, 0.2, 0.31, d, 1.2, 94, 111, 60.5, "ok"]
             for stage, d in (("before", -0.4), ("after", 0.0))],
            columns=list(BALANCE_RELEASED.columns),
        ),
        BALANCE_RELEASED,
    )  # fmt: skip
    overlap = conform(
        pd.DataFrame(
            [
                ["others", "=North", 2, 1, 0.9, 0.5, 0.7, False, "ok"],
                ["others", "South", 2, None, None, 0.5, None, None, "suppressed"],
            ],
            columns=list(OVERLAP_RELEASED.columns),
        ),
        OVERLAP_RELEASED,
    )
    release = replace(rich, balance=balance, overlap=overlap)
    before, after = cells("balance", release, language)
    assert before["covariate"][0] == language.pick(rich.study["covariates"]["young"])
    assert (before["std_difference"][0], after["std_difference"][0]) == (-0.4, 0)
    assert before["stage"][0] == language.say("workbook.stage.before")
    assert before["targeted"][0] == language.say("workbook.yes")
    area, hidden = cells("overlap", release, language)
    assert area["area"][0] == "=North"
    assert area["comparable"][0] == language.say("workbook.no")
    assert area["n_without_control"][0] == 1
    assert not hidden["comparable"][0] and hidden["distance"][0] is None
    assert hidden["status"][0] == language.say("workbook.status.suppressed")
    table = overlap_table(release, language)
    assert table.iloc[:, -1].tolist()[-1] == language.say("status.suppressed")
    assert "South" not in overlap_note(release, language)


def test_a_comparison_that_varies_gets_a_column(make, english):
    one = make.build(make.number())
    assert "comparison" not in columns("main_effects", english, one)
    assert any("All others" in note for note in sheet("main_effects", one, english).notes)
    two = make.build(make.number() + make.number("b", comparison="few"))
    assert "comparison" in columns("main_effects", english, two)


def test_a_missing_label_stops_the_workbook(rich, finnish):
    texts = dict(finnish.texts)
    del texts["workbook.column.estimate"]
    with pytest.raises(InputError, match=r"no text workbook\.column\.estimate"):
        workbook(rich, RULES, Language("fi", texts))
