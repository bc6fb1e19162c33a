"""What the cells of a notebook call: the release they read, and how they show a thing."""

from __future__ import annotations

import json
import os

import pandas as pd
from IPython.display import HTML, Markdown, display

from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.inputs import calendar, read_inputs
from kuntakokeilu.report.figures.registry import FIGURES
from kuntakokeilu.report.pages.annex import main_part
from kuntakokeilu.report.tables.leading import html_table
from kuntakokeilu.report.words.captions import caption
from kuntakokeilu.report.words.language import Language, read_language
from kuntakokeilu.report.words.plain_text import markdown, markup_names
from kuntakokeilu.report.words.release import Release, read_release
from kuntakokeilu.report.words.who_is_compared import (
    coverage_sentence,
    own_effects_notes,
    twin_notes,
)

# Who reads notebooks reads English; tables and figures come in three languages.
LANGUAGE = "en"
VARIABLE = "KUNTAKOKEILU_NOTEBOOK"
# Where the inputs are, seen from results/<study>/report, if somebody runs a notebook there by hand.
_BESIDE = {
    "release": "../release",
    "labels": "../../../config/labels",
    "calendar": "../../../config/policy_calendar.csv",
}


def given(name: str) -> str:
    """Return a file, folder or setting that the notebook was given; empty if it was not.

    Notebooks ask for their inputs by name and never hold a path, so none can end in a report.
    """
    inputs = json.loads(os.environ.get(VARIABLE, "null")) or _BESIDE
    return inputs.get(name, "")


class NotebookPage:
    """One notebook: the release that it is about, and ways to show things of it.

    Attributes
    ----------
    release : Release
        The released study.
    shown : Release
        Its outcomes that long tables show; each outcome has a page of its own (`annex`).
    study : dict
        Content of study.json.
    language : Language
        The language of the notebooks.
    """

    def __init__(self, name: str) -> None:
        """Read the release and show the head of the page that config/labels calls `name`."""
        self.release: Release = read_release(given("release"))
        self.study = self.release.study
        self.language: Language = read_language(LANGUAGE, given("labels")).about(self.study)
        self.shown: Release = main_part(self.release)
        self._names = markup_names(self.release)
        self.text(self._head(name))

    def text(self, text: str) -> None:
        """Show sentences in Markdown; nothing if there are none. Names in them are no markup."""
        if text.strip():
            display(Markdown(markdown(text, self._names)))

    def table(self, frame: pd.DataFrame, title: str) -> None:
        """Show a frame of text with a caption; nothing if it has no rows."""
        if len(frame):
            display(HTML(html_table(frame, caption(self.study, title, self.language))))

    def figure(self, drawn: canvas.Drawing, alt: str, title: str) -> None:
        """Show a figure with a caption, and its description for those who cannot see it.

        The notes of the study stand in the figure itself.
        """
        display(HTML(canvas.html_figure(drawn, alt, title, self.language)))

    def drawing(self, kind: str, title: str, of: str = "") -> None:
        """Show a kind of figure with a caption: of the whole study, or of what is named."""
        figure, given_of = FIGURES[kind], (of,) if of else ()
        inputs = read_inputs(figure.inputs, given, self.study)
        drawn = figure.draw(self.release, *given_of, self.language, **inputs)
        alt = figure.alt(self.release, *given_of, self.language, **inputs)
        self.figure(drawn, alt, title)

    def calendar(self) -> pd.DataFrame:
        """Read the policy calendar; it is empty for a study that has none."""
        return calendar(given, self.study)

    def _head(self, name: str) -> str:
        """Name the page and the study, warn if simulated, and say what is covered."""
        say, study = self.language.say, self.study
        start = study.get("start")
        values = {
            "title": self.language.pick(study["title"]),
            "first": self.language.period(study["first_period"]),
            "last": self.language.period(study["last_period"]),
            "start": self.language.period(start) if start else say("page.starts_differ"),
        }
        simulated = say("page.simulated") if study["simulated"] else ""
        blinded = f"**{say('study.blinded')}**" if study["blinded"] else ""
        covered = coverage_sentence(study, self.language)
        made_up = own_effects_notes(study, self.language)
        warned = [blinded, simulated, *made_up, *twin_notes(study, self.language)]
        parts = (f"# {say(f'page.{name}')}", say("page.about", **values), *warned, covered)
        return "\n\n".join(part for part in parts if part)
