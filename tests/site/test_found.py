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
    answered = [name for name, answer in run["trial_2017"]["answers"] if answer]
    assert answered
    for _, sentences in summary(released, said):
        assert [one for one in sentences if str(escape(one)) not in text] == []
    untold = 3 - len(answered)
    assert text.count(str(reader.say("site.found.untold"))) == untold
    assert text.count("open_2012") == 1
    assert "open_2021" in text
