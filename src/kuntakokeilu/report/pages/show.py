"""What the cells of a notebook call: the release they read, and how they show a thing."""

from __future__ import annotations

import json
import os
import sys
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd
from IPython.core.getipython import get_ipython
from IPython.display import HTML, Markdown, display

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.inputs import calendar, read_inputs
from kuntakokeilu.report.figures.record import figure_name
from kuntakokeilu.report.figures.registry import FIGURES
from kuntakokeilu.report.pages.annex import headline_part, main_part, told_part
from kuntakokeilu.report.pages.html_page import warnings
from kuntakokeilu.report.pages.opening import ANSWERS, Answers, opening
from kuntakokeilu.report.tables.leading import html_table
from kuntakokeilu.report.words.beside import main_numbers
from kuntakokeilu.report.words.captions import caption
from kuntakokeilu.report.words.headlines import chosen_sentence
from kuntakokeilu.report.words.language import LANGUAGES, Language, read_language
from kuntakokeilu.report.words.plain_text import markdown, markup_names
from kuntakokeilu.report.words.release import Release, read_release
from kuntakokeilu.report.words.who_is_compared import coverage_sentence

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


def _tell(shell: Any, _: type, error: Exception, __: Any, tb_offset: Any = None) -> list[str]:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    return []


def tell_in_one_line() -> None:
    """Tell faults of input in one line, where somebody runs a notebook by hand."""
    if VARIABLE not in os.environ and (shell := get_ipython()) is not None:
        shell.set_custom_exc((InputError,), _tell)


class NotebookPage:
    """One notebook: the release that it is about, and ways to show things of it.

    Attributes
    ----------
    release : Release
        The released study.
    study : dict
        Content of study.json.
    language : Language
        The language of the notebooks.
    """

    def __init__(self, name: str, answers: Answers | None = None) -> None:
        """Read the release and show the head of the page that config/labels calls `name`.

        Its answer is given in three languages by `answers`, or by what `opening` has for the page.
        """
        tell_in_one_line()
        self.release: Release = read_release(given("release"))
        self.study = self.release.study
        self.language: Language = read_language(LANGUAGE, given("labels")).about(self.study)
        self._names = markup_names(self.release)
        self.text(self._head(name))
        others = [
            read_language(code, given("labels")).about(self.study)
            for code in LANGUAGES
            if code != LANGUAGE
        ]
        say = answers or ANSWERS[name]
        display(HTML(opening(name, self.release, self.language, others, say)))

    @cached_property
    def lead(self) -> Release:
        """The outcomes with a headline, which the tables of a main page show."""
        return headline_part(self.release)

    @cached_property
    def told(self) -> Release:
        """The estimates that are told in words."""
        return told_part(self.release)

    @cached_property
    def shown(self) -> Release:
        """The outcomes that long tables of an annex show; each has a page of its own (`annex`)."""
        return main_part(self.release)

    def text(self, text: str) -> None:
        """Show sentences in Markdown; nothing if there are none. Names in them are no markup."""
        if text.strip():
            display(Markdown(markdown(text, self._names)))

    def folded(self, title: str, sentences: list[str]) -> None:
        """Show sentences that unfold below a title; nothing if there are none."""
        if sentences:
            listed = "".join(f"<li>{escape(text)}</li>" for text in sentences)
            title = escape(title)
            display(HTML(f"<details><summary>{title}</summary><ul>{listed}</ul></details>"))

    def answers(self) -> None:
        """Show the headline of each domain: three sentences, and below them all others, folded."""
        self.text(chosen_sentence(self.release, self.language))
        for one in main_numbers(self.release, self.language):
            name = one.row["estimand"]
            self.text(f"### {one.title}\n\n{' '.join(one.said)} `{name}`")
            self.folded(self.language.say("page.more"), one.more)

    def table(self, frame: pd.DataFrame, title: str) -> None:
        """Show a frame of text with a caption; nothing if it has no rows."""
        if len(frame):
            display(HTML(html_table(frame, caption(self.study, title, self.language))))

    def figure(self, drawn: canvas.Drawing, alt: str, title: str, numbers: str = "") -> None:
        """Show a figure with a caption, its description in a sentence, and where its numbers are.

        The notes of the study stand in the figure itself. Numbers of a figure without a file are
        in a table of the page.
        """
        display(HTML(canvas.html_figure(drawn, alt, title, self.language, numbers)))

    def drawing(self, kind: str, title: str, of: str = "") -> None:
        """Show a kind of figure with a caption: of the whole study, or of what is named."""
        figure, given_of = FIGURES[kind], (of,) if of else ()
        inputs = read_inputs(figure.inputs, given, self.study)
        drawn = figure.draw(self.release, *given_of, self.language, **inputs)
        alt = figure.alt(self.release, *given_of, self.language, **inputs)
        self.figure(drawn, alt, title, f"figures/{figure_name(kind, of)}.csv")

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
        covered = coverage_sentence(study, self.language)
        warned = warnings(study, self.language)
        parts = (f"# {say(f'page.{name}')}", say("page.about", **values), *warned, covered)
        return "\n\n".join(part for part in parts if part)
