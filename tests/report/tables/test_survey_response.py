"""Who answered a survey: in the workbook, in CSV and on the page."""

import json
from dataclasses import replace

import pytest

from kuntakokeilu.report.tables import sheets
from kuntakokeilu.report.tables.delimited import excel_csv, machine_table
from kuntakokeilu.report.tables.registry import planned_tables
from kuntakokeilu.report.tables.survey_response import survey_notes, survey_table
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.release import read_release

from ..conftest import save
from ..whole import save_optional, whole


@pytest.fixture(scope="module")
def release():
    return whole()


@pytest.fixture(params=["finnish", "swedish", "english"])
def language(request):
    return request.getfixturevalue(request.param)


def test_response_is_a_table_of_studies_that_release_it(release, english):
    assert "survey_response" in planned_tables(Declaration(release.study, ["survey_response"]))
    assert "survey_response" not in planned_tables(Declaration(release.study))
    content = sheets.sheet("survey_response", release, english)
    first = dict(zip(content.names, content.table.iloc[1], strict=True))
    assert (first["wave"], first["arm"], first["n_asked"]) == ("2020-11", "Trial", 2000)
    formats = dict(zip(content.names, content.formats[1], strict=True))
    assert formats["response_rate"].startswith("#,##0.0;")
    assert formats["difference"].startswith("+#,##0.0;")
    assert content.marked == [False, False, True, True]
    assert "of those who answered" in content.notes[0]
    assert "Suppressed waves: 1" in content.notes[1]


def test_response_is_written_for_machines_and_for_excel(release, finnish):
    table = machine_table("survey_response", release)
    assert table["response_rate"].tolist()[:2] == [48.0, 44.0]
    assert table.loc[2:, "n_asked"].isna().all()
    lines = excel_csv("survey_response", release, finnish).splitlines()
    assert lines[2].startswith("11/2020;Kokeilukunnat;2000;880;44,0;44,04;-4,0;1,96;")


def test_page_shows_rates_difference_and_dashes(release, english):
    rows = survey_table(release, english).to_numpy().tolist()
    assert rows[1] == [
        "2020-11", "Trial", "2,000", "880", "44.0", "44.0", "−4.0 (standard error 2.0)", "860",
        "0.82",
    ]  # fmt: skip
    assert rows[0][6] == "–"
    assert set(rows[3][2:]) == {"–"}


def test_effects_on_a_survey_are_said_to_be_of_those_who_answered(release, language):
    said = survey_notes(release, language)[0]
    assert said in sheets.sheet("main_effects", release, language).notes
    without = replace(release, survey_response=release.survey_response.iloc[:0])
    assert survey_notes(without, language) == []
    assert said not in sheets.sheet("main_effects", without, language).notes


def test_outcomes_of_one_unit_are_read_with_as_many_decimals(release, tmp_path):
    folder = save(release, tmp_path / "release")
    save_optional(release, folder)
    study = json.loads((folder / "study.json").read_text("utf-8"))
    study["outcomes"]["municipal_tax"]["decimals"] = 1
    study["outcomes"]["primary_care"]["decimals"] = 3
    (folder / "study.json").write_text(json.dumps(study), "utf-8")
    read = read_release(folder).study["outcomes"]
    assert {about["decimals"] for about in read.values() if "euros" in about["unit"]} == {2}
    assert read["primary_care"]["decimals"] == 3
