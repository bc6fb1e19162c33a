"""What the evaluations found, in the words of the reports, from a small release."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markupsafe import escape

from kuntakokeilu.report.words.findings import summary
from kuntakokeilu.site.reader import Reader
from kuntakokeilu.site.shown import Numbers
from kuntakokeilu.site.views import found_view

from ..report.conftest import build, rich_rows


@pytest.fixture(scope="module")
def released():
    return build(rich_rows())


@pytest.mark.parametrize("code", ["fi", "sv", "en"])
def test_each_question_is_answered_or_said_to_be_open(few, released, code):
    with_one = replace(few, releases={**few.releases, "trial_2017": released})
    reader = Reader(Numbers(with_one), few.languages[code], [], "2026-07-25", 30)
    view = found_view(reader)
    run = {trial["name"]: trial for trial in view["trials"]}
    assert [trial["run"] for trial in view["trials"]] == [False, True, False]
    text = reader.page("found", "found", "x", **view)
    said = reader.language.about(released.study)
    found = run["trial_2017"]["answers"]
    asked = released.study["brief"]["questions"]
    assert [each.question for each in found] == [
        said.pick(each["ask"], said.say(f"brief.ask.{each['domain']}")) for each in asked
    ]
    for each in found:
        for shown in (each.found, each.sentence, each.interval, each.grade, each.why):
            assert str(escape(shown)) in text
    folded = text.index("<details")
    assert text.index(str(escape(found[-1].sentence))) < folded  # the answers stand open
    for _, sentences in summary(released, said):
        assert [one for one in sentences if str(escape(one)) not in text[folded:]] == []
    assert text.count("open_2012") == 1
    assert "open_2021" in text
