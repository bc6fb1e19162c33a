"""What the evaluations found, in the words of the reports, from a small release."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pandas as pd
import pytest
from markupsafe import escape

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.attribution import known
from kuntakokeilu.report.words.findings import summary
from kuntakokeilu.site.found import (
    effect_here,
    first_sentence,
    found_files,
    found_view,
    linked,
    short_answer,
)
from kuntakokeilu.site.place_views import place_view
from kuntakokeilu.site.reader import SiteReader
from kuntakokeilu.site.shown import Numbers
from kuntakokeilu.site.views import index_view

from ..report.conftest import build, check, number, rich_rows


@pytest.fixture(scope="module")
def released():
    return build(rich_rows())


@pytest.mark.parametrize("code", ["fi", "sv", "en"])
def test_each_question_is_answered_or_said_to_be_open(few, released, code):
    with_one = replace(few, releases={**few.releases, "trial_2017": released})
    reader = SiteReader(Numbers(with_one), few.languages[code], [], "2026-07-25", 30)
    view = found_view(reader)
    run = {trial["name"]: trial for trial in view["trials"]}
    assert [trial["run"] for trial in view["trials"]] == [False, True, False]
    text = reader.page("found", "found", "x", **view)
    said = reader.language.about(released.study)
    found = [told["answer"] for told in run["trial_2017"]["answers"]]
    asked = released.study["brief"]["questions"]
    assert [each.question for each in found] == [
        said.pick(each["ask"], said.say(f"brief.ask.{each['domain']}")) for each in asked
    ]
    for each in found:
        for shown in (each.found, each.sentence, each.interval, each.grade, each.why):
            assert str(escape(shown)) in text
    folded = text.index(
        f"<summary>{reader.say('site.found.more', trial=reader.say('site.found.trial_2017'))}"
    )
    assert text.index(str(escape(found[-1].sentence))) < folded  # the answers stand open
    plain = unescape(re.sub(r"</?a[^>]*>", "", text[folded:]))
    for _, sentences in summary(released, said):
        assert [one for one in sentences if one not in plain] == []
    assert text.count(str(reader.say("site.found.not_run"))) == 2
    for trial in view["trials"]:  # each has its place and a link to it, the latest first
        assert text.count(f'href="#{trial["name"]}"') == text.count(f'id="{trial["name"]}"') == 1
    places = [text.index(f'id="trial_{year}"') for year in (2021, 2017, 2012)]
    assert places == sorted(places)


def reader_of(few, release, code="en", name="trial_2021"):
    with_one = replace(few, releases={**few.releases, name: release})
    return SiteReader(Numbers(with_one), few.languages[code], [], "2026-07-25", 30)


@pytest.mark.parametrize("code", ["fi", "sv", "en"])
def test_an_answer_says_of_what_it_is_a_mean_and_is_ready_to_quote(few, released, code):
    reader = reader_of(few, released, code)
    told = found_view(reader)["trials"][0]["answers"][0]
    said, answer = reader.language.about(released.study), told["answer"]
    weights = lb.weights_label("municipality", released.study, said)
    assert told["mean"] == reader.say("site.found.mean.municipality")
    quote = str(told["quote"])
    assert answer.interval in quote and answer.grade in quote and weights in quote
    assert first_sentence(answer.sentence) in quote
    assert known(released, said)["cite"] in told["cite"]
    assert told["bar"].count("<circle") == 1  # an estimate, and an interval beside zero
    assert ">0</text>" in told["bar"]


@pytest.mark.parametrize("verdict", ["pass", "fail"])
def test_what_people_as_weights_give_is_said_with_what_checks_say_of_it(few, verdict):
    status = "failed_diagnostic" if verdict == "fail" else "ok"
    rows = number("main", estimate=0.5, half=0.4, p=0.001)
    rows += number("persons", estimate=1.0, weights="persons_frozen", status=status)
    release = build(rows, [check("jobs.persons", verdict, name="few_clusters")])
    told = found_view(reader_of(few, release))["trials"][0]["answers"][0]
    assert "Weighted by labour force" in told["answer"].sentence
    assert "+1.00 (" in told["answer"].sentence
    assert ("fails a check" in told["answer"].sentence) == (verdict == "fail")


@pytest.mark.parametrize("code", ["fi", "sv", "en"])
def test_an_area_of_today_says_which_of_its_municipalities_were_in_the_trial(few, released, code):
    reader = reader_of(few, released, code)
    said = {}
    for place in reader.numbers.of_kind("employment"):
        trial = set(place.units) & set(reader.numbers.places["trial"].units)
        controls = set(place.units) & set(reader.numbers.places["controls"].units)
        text = effect_here(reader, place)["text"]
        keys = {(True, False): "all", (True, True): "some", (False, True): "none"}
        key = keys.get((bool(trial), bool(controls)), "outside")
        begun = reader.language.texts[f"site.took_part.{key}"].partition("{")[0]
        assert str(text).startswith(begun)
        for unit in trial:
            assert reader.name(reader.numbers.places[f"municipality-{unit}"]) in text
        said[key] = place.name
    assert said


def with_areas(release, out):
    """The release with the units of Kuopio's area, of which some have no comparable control."""
    units = [("297", "Kuopio"), ("749", "Siilinjärvi")]
    rows = [
        {"unit": unit, **{f"name_{code}": name for code in ("fi", "sv", "en")},
         "arm": "trial", "area": "Kuopion seutu"}
        for unit, name in units
    ]  # fmt: skip
    beyond = [
        {"comparison": "overlap", "unit": unit, "area": "Kuopion seutu", "reason": "far"}
        for unit in out
    ]
    columns = ["comparison", "unit", "area", "reason"]
    return replace(
        release, units=pd.DataFrame(rows), beyond_reach=pd.DataFrame(beyond, columns=columns)
    )


@pytest.mark.parametrize("code", ["fi", "sv", "en"])
@pytest.mark.parametrize(
    ("out", "key"), [((), "general"), (("297",), "some"), (("297", "749"), "none")]
)
def test_an_area_says_whether_its_effect_can_be_estimated(few, released, code, out, key):
    reader = reader_of(few, with_areas(released, out), code)
    place = reader.numbers.places["trial-kuopion-seutu"]
    told = effect_here(reader, place)
    assert told["text"] == reader.say(f"site.effect.{key}", names="Kuopio")
    assert told["trial"] == "trial_2021"
    text = reader.page("place", place.name, "x", **place_view(reader, place), effect=told)
    assert str(told["text"]) in text and 'href="found.html#trial_2021"' in text


def test_names_of_estimands_and_tables_lead_to_files_that_the_site_has(few, released):
    written = dict(found_files({"trial_2021": released, "trial_2017": None}))
    name = released.estimates["estimand"].iloc[0]
    text = f"x <b> [{name}] [nothing.here] They are in the table Checks."
    found = linked(text, "trial_2021", released, few.languages["en"])
    links = re.findall(r'href="\.\./data/([^"]+)"', found)
    assert len(links) == 2 and set(links) == set(written)
    assert "<b>" not in found and "[nothing.here]" in found
    assert name in set(written["trial_2021-estimates.csv"]["estimand"])


def test_the_start_page_gives_the_answer_in_a_sentence(few, released):
    reader = reader_of(few, released)
    short = short_answer(reader)
    text = reader.page("index", "index", "x", **index_view(reader))
    assert str(escape(short["sentence"])) in text and 'href="found.html#trial_2021"' in text
    without = SiteReader(Numbers(few), few.languages["en"], [], "2026-07-25", 30)
    assert short_answer(without) is None
    assert "found.html#" not in without.page("index", "index", "x", **index_view(without))
