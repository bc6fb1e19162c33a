"""One thing has one name and one definition, in every file and language."""

import csv
from pathlib import Path

import pytest

from kuntakokeilu.contracts import COSTS, FINANCIERS, LEDGER, RECEIPTS
from kuntakokeilu.report.tables.front_pages import definition_parts
from kuntakokeilu.report.tables.payers import payer_label
from kuntakokeilu.report.words.definitions import definition, definitions

from ...studies import shipped
from .. import texts
from ..conftest import build, number

CONFIG = Path(__file__).parents[3] / "config"
STUDIES = sorted(path.parent.name for path in CONFIG.glob("studies/*/study.yaml"))
# Studies whose data are not Finnish registers or statistics, but published examples or invented.
OTHERS = [name for name in STUDIES if name.startswith(("benchmark_", "simulated_"))]
CODES = ("fi", "sv", "en")


@pytest.fixture(params=["finnish", "swedish", "english"])
def language(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("name", [name for name in STUDIES if name not in OTHERS])
def test_every_outcome_is_defined(name, language):
    study = shipped(name).describe()
    said = dict(definitions(study, language))
    own = language.say("definition.own", column="").rstrip(".: ")
    assert said and not [topic for topic, text in said.items() if text.startswith(own)]
    assert not [text for text in said.values() if "{" in text or not text.strip()]


@pytest.mark.parametrize("name", ["demo_2021", "evaluation_2021"])
def test_employment_and_the_target_group_are_defined_by_the_study(name, language):
    described = shipped(name).describe()
    assert described["employed_above"] == 500 and described["twin_scale"] is not None
    assert language.number(500, 0) in definition("employed", described, language)
    higher = {**described, "employed_above": 1300.0}
    assert language.number(1300, 0) in definition("employed", higher, language)
    assert list(described["definitions"]) == ["eligible_stock"]
    who, text = definitions(described, language)[-1]
    assert "30" in text and len(who) > 10


def test_an_outcome_without_data_is_not_defined_as_registers_have_it(language):
    described = shipped("open_2021").describe()
    said = {
        label: text
        for labels, text in definitions(described, language)
        for label in labels.split(" · ")
    }
    absent = [name for name, about in described["outcomes"].items() if about["data"] == "none"]
    assert absent
    for name in absent:
        label = language.pick(described["outcomes"][name])
        assert said[label] == language.say("definition.no_data")


def test_an_outcome_of_own_data_names_its_column_instead(language):
    release = build(number("main"))
    assert definition_parts(release, language) == [
        (language.pick(release.study["outcomes"]["jobs"]),
         [language.say("definition.own", column="jobs")]),
    ]  # fmt: skip


def test_outcomes_made_of_one_column_are_defined_once(language):
    release = build(number("main"))
    one = {**release.study["outcomes"]["jobs"], "column": "vacancies"}
    two = {**one, "label_fi": "Fi toinen", "label_sv": "Sv andra", "label_en": "En second"}
    study = {**release.study, "outcomes": {"jobs": one, "second": two}}
    names, text = definitions(study, language)[0]
    assert names == f"{language.pick(one)} · {language.pick(two)}"
    assert text == language.say("definition.vacancies")


def rows_of(file):
    """Rows of all files of this name, with the study they are from."""
    for path in sorted(CONFIG.glob(f"studies/*/{file}")):
        with path.open(encoding="utf-8", newline="") as text:
            yield from ((path.parent.name, row) for row in csv.DictReader(text))


def test_a_column_of_the_ledger_has_one_name_in_all_files(language):
    """Outcomes of every study begin with the payer's name in config/labels; so do totals."""
    columns = {}
    for study, row in rows_of("outcomes.csv"):
        columns[study, row["outcome"]] = column = row.get("column") or row["outcome"]
        if column in LEDGER:
            name, label = payer_label(column, language), row[f"label_{language.code}"]
            assert label.startswith(f"{name}, "), (study, row["outcome"])
    for study, row in rows_of("totals.csv"):
        column = columns[study, row["estimand"].partition(".")[0]]
        if column in LEDGER:
            label = row[f"label_{language.code}"]
            assert label.startswith(f"{payer_label(column, language)}, "), (study, row["total"])


@pytest.mark.parametrize("file", ["outcomes.csv", "covariates.csv", "totals.csv", "ratios.csv"])
def test_one_key_has_one_name_in_all_studies(file):
    """Studies of one kind of data share names: another name would be read as another thing."""
    key = {"covariates.csv": "covariate"}.get(file, file.removesuffix("s.csv"))
    names = {}
    for study, row in rows_of(file):
        if study in OTHERS:
            continue
        what = (row[key], row.get("unit"), row.get("column"), row.get("price_year"))
        for code in CODES:
            names.setdefault((*what, code), {}).setdefault(row[f"label_{code}"], []).append(study)
    assert {key: found for key, found in names.items() if len(found) > 1} == {}


def test_labels_do_not_give_two_keys_one_name():
    """Two payers, domains or designs of one name could not be told apart."""
    table = texts.table("costs")
    for code in CODES:
        names = table.loc[table.index.str.startswith("payer."), code]
        assert not names[names.duplicated()].tolist()


def test_every_column_of_a_sum_has_one_payer():
    columns = [column for mine in FINANCIERS.values() for column in mine]
    assert sorted(columns) == sorted((*COSTS, *RECEIPTS))
