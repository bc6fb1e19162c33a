"""The pages of text hold what is true of the release, and are in order."""

import re
from dataclasses import replace

import pytest

from kuntakokeilu.io import read_csv
from kuntakokeilu.report.tables.front_pages import glossary_page, method_page, methods_parts
from kuntakokeilu.report.words.labels import alphabetical
from kuntakokeilu.report.words.language import LABELS, LANGUAGES


@pytest.fixture(params=LANGUAGES)
def language(request, finnish, swedish, english):
    return {"fi": finnish, "sv": swedish, "en": english}[request.param]


def test_methods_name_code_settings_and_seed(rich, language):
    manifest = {**rich.manifest, "commit": "abc123def456", "seed": 20210301}
    said = dict(methods_parts(replace(rich, manifest=manifest), language))
    (text,) = said[language.say("methods.provenance.topic")]
    for fact in ("abc123def456", "20210301", "ab" * 32, "ef" * 32):
        assert fact in text
    (data,) = said[language.say("methods.data.topic")]
    assert "rates.csv" in data


def test_methods_speak_only_of_what_the_release_has(rich, language):
    plain = rich.estimates[~rich.estimates["inference"].str.contains("cr2|cr3|wild|simult")]
    topic = language.say("methods.uncertainty.topic")
    (with_all,) = dict(methods_parts(rich, language))[topic]
    (without,) = dict(methods_parts(replace(rich, estimates=plain), language))[topic]
    for key in ("small_sample", "band"):
        assert language.say(f"methods.{key}.text") in with_all
        assert language.say(f"methods.{key}.text") not in without


def test_the_sheet_on_method_has_definitions_periods_plan_and_sources(rich, language):
    page = method_page(rich, language)
    said = dict(zip(page.groups, page.parts, strict=True))  # the last of each part
    keys = ("outcomes", "windows", "plan", "how", "data")
    assert list(said) == [language.say(f"method.part.{key}") for key in keys]
    topics = [topic for topic, _ in page.parts]
    assert language.pick(rich.study["outcomes"]["jobs"]) in topics
    window = language.pick(rich.study["windows"]["early"]["label"])
    assert any(topic.lower() == window for topic in topics)
    plan = said[language.say("method.part.plan")]
    assert plan[1][0].startswith(language.say("done.counts", all=7, done=6, suppressed=1,
                                              impossible=0))  # fmt: skip
    assert any("Institute of Examples" in text for _, (text, *_) in page.parts)


def test_neutral_words_where_units_are_no_municipalities(make, language):
    release = make.build(make.number(), units="other", coverage=None)
    word = {"fi": "kunt|kunn", "sv": "kommun(?!f)", "en": "municipal"}[language.code]
    said = " ".join(text for _, texts in methods_parts(release, language) for text in texts)
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


@pytest.mark.parametrize("file", ["workbook", "methods", "glossary", "reading"])
def test_texts_have_the_same_places_in_every_language(file):
    table = read_csv(LABELS / f"{file}.csv", ("key", *LANGUAGES))
    for _, row in table.iterrows():
        places = [sorted(re.findall(r"\{\w+\}", row[code])) for code in LANGUAGES]
        assert places[0] == places[1] == places[2], row["key"]
        assert all(row[code].strip() == row[code] != "" for code in LANGUAGES), row["key"]
