"""Lines of the policy calendar in an event study: each has a number, each number its events."""

from __future__ import annotations

import re

import numpy as np
import pytest

from kuntakokeilu.report.figures.event_study import event_study_figure
from kuntakokeilu.report.words.policy_calendar import no_calendar, read_calendar

from .test_figures import QUARTERS, assert_nothing_overlaps, words_of


@pytest.fixture
def calendar(config):
    """Of the project: 36 events, several in some months."""
    return read_calendar(config / "policy_calendar.csv")


def lines_of(figure):
    """Places of the dotted lines."""
    drawn = (line for line in figure.axes[0].lines if line.get_linestyle() == ":")
    return sorted({float(line.get_xdata()[0]) for line in drawn})


def numbers_of(figure):
    """Place of each number above the axes."""
    marks = (text for text in figure.axes[0].texts if text.get_text().isdigit())
    return {int(text.get_text()): float(text.xyann[0]) for text in marks}


@pytest.mark.parametrize("tongue", ["finnish", "swedish", "english"])
def test_every_line_is_numbered_and_every_number_is_told(rich, calendar, tongue, request):
    language = request.getfixturevalue(tongue)
    figure = event_study_figure(rich, QUARTERS, language, calendar=calendar)
    places, numbers, said = lines_of(figure), numbers_of(figure), words_of(figure)
    assert len(places) > 3
    np.testing.assert_allclose([numbers[k + 1] for k in range(len(places))], places)
    assert sorted(map(int, re.findall(r"\((\d+)\) \d", said))) == sorted(numbers)
    flat = " ".join(said.split())
    named = [text for text in calendar[f"event_{language.code}"] if text in flat]
    assert len(named) >= len(places)
    assert_nothing_overlaps(figure)


def test_a_study_without_a_calendar_has_neither(rich, english):
    for calendar in (None, no_calendar()):
        figure = event_study_figure(rich, QUARTERS, english, calendar=calendar)
        assert lines_of(figure) == [] and numbers_of(figure) == {}
        assert "Dotted" not in words_of(figure)
