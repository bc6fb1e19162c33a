"""The pages of text warn first, hold what is true of the release, and are in order."""

import re
from dataclasses import replace

import pytest

from kuntakokeilu.io import read_csv
from kuntakokeilu.report.tables.front_pages import (
    glossary_page,
    methods_page,
    summary_page,
    warnings,
)
from kuntakokeilu.report.words.labels import alphabetical
from kuntakokeilu.report.words.language import LABELS, LANGUAGES


@pytest.fixture(params=LANGUAGES)
def language(request, finnish, swedish, english):
    return {"fi": finnish, "sv": swedish, "en": english}[request.param]


def test_warnings_open_the_summary_and_are_not_said_twice(rich, language):
    release = replace(rich, study={**rich.study, "simulated": True})
    (heading, first), *rest = summary_page(release, language).parts
    assert heading == language.say("workbook.summary.warnings")
    assert first[0] == language.say("study.simulated")
    assert not set(first) & {sentence for _, said in rest for sentence in said}


def test_failed_missing_and_few_clusters_are_warned_of(make, english):
    rows = [
        *make.number(status="failed_diagnostic"),
        *make.number("few", weights="area", n_trial_clusters=4),
        *make.number("gone", blank=make.missing, status="suppressed", weights="persons_frozen"),
    ]
    release = make.build(rows, [make.check("jobs.main", "fail")], coverage=None)
    failed, missing, few = warnings(release, english)
    assert "1 of 3" in failed
    assert "each municipality has the same weight" in failed
    assert "labour force" in missing
    assert "4 trial and 32 control areas" in few


def test_a_sound_study_has_no_warnings(make, language):
    release = make.build(make.number(), coverage=None)
    assert warnings(release, language) == []
    parts = summary_page(release, language).parts
    assert parts[0][0] != language.say("workbook.summary.warnings")


def test_methods_name_code_settings_and_seed(rich, language):
    manifest = {**rich.manifest, "commit": "abc123def456", "seed": 20210301}
    said = dict(methods_page(replace(rich, manifest=manifest), language).parts)
    (text,) = said[language.say("methods.provenance.topic")]
    for fact in ("abc123def456", "20210301", "ab" * 32, "ef" * 32):
        assert fact in text
    (data,) = said[language.say("methods.data.topic")]
    assert "rates.csv" in data


def test_methods_speak_only_of_what_the_release_has(rich, language):
    plain = rich.estimates[~rich.estimates["inference"].str.contains("cr2|cr3|wild|simult")]
    topic = language.say("methods.uncertainty.topic")
    (with_all,) = dict(methods_page(rich, language).parts)[topic]
    (without,) = dict(methods_page(replace(rich, estimates=plain), language).parts)[topic]
    for key in ("small_sample", "band"):
        assert language.say(f"methods.{key}.text") in with_all
        assert language.say(f"methods.{key}.text") not in without


def test_methods_fit_one_page(rich, language):
    # 92 x 1.1 letters a line and 58 lines of 13 points are what an upright page holds at full
    # size; the page is scaled down to at most four fifths.
    parts = methods_page(rich, language).parts
    letters = sum(len(text) for _, said in parts for text in said)
    assert letters < 66 * 1.1 * 58 / 0.8**2


def test_neutral_words_where_units_are_no_municipalities(make, language):
    release = make.build(make.number(), units="other", coverage=None)
    word = {"fi": "kunt|kunn", "sv": "kommun(?!f)", "en": "municipal"}[language.code]
    said = " ".join(text for _, texts in methods_page(release, language).parts for text in texts)
    assert not re.search(word, said.replace("kuntakokeilu", ""), flags=re.IGNORECASE)


def test_glossary_is_in_the_order_of_the_language(rich, language):
    page = glossary_page(rich, language)
    terms = [term for term, _ in page.parts]
    assert len(terms) >= 20
    assert terms == sorted(terms, key=alphabetical)
    assert len(set(terms)) == len(terms)
    assert all(said[0].endswith(".") for _, said in page.parts)


def test_the_glossary_explains_only_what_a_release_has(make, english):
    release = make.build(make.number(role="benchmark"), units="other", coverage=None, windows={})
    terms = {term for term, _ in glossary_page(release, english.about(release.study)).parts}
    assert "Control unit" in terms
    assert not terms & {"Trial area", "Control municipality", "Placebo", "Window", "Suppressed"}


def test_letters_after_z_are_in_nordic_order():
    assert sorted(["ö", "ä", "å", "z", "A"], key=alphabetical) == ["A", "z", "å", "ä", "ö"]


@pytest.mark.parametrize("file", ["workbook", "methods", "glossary"])
def test_texts_have_the_same_places_in_every_language(file):
    table = read_csv(LABELS / f"{file}.csv", ("key", *LANGUAGES))
    for _, row in table.iterrows():
        places = [sorted(re.findall(r"\{\w+\}", row[code])) for code in LANGUAGES]
        assert places[0] == places[1] == places[2], row["key"]
        assert all(row[code].strip() == row[code] != "" for code in LANGUAGES), row["key"]
