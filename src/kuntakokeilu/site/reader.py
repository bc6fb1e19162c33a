"""What every page of one language is made of: its words, its templates, its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.words.language import DASH, LANGUAGES, Language
from kuntakokeilu.site.changed import Entry
from kuntakokeilu.site.load import Portal
from kuntakokeilu.site.places import Followed
from kuntakokeilu.site.shown import Numbers

TEMPLATES = Path(__file__).parent / "templates"
MAIN = ("index", "found", "followup", "reform", "map", "compare", "places")
MORE = ("read", "methods", "data", "changes", "accessibility")


@dataclass(frozen=True)
class SiteReader:
    """What every page of one language is made of.

    Attributes
    ----------
    numbers : Numbers
        The series of all places.
    language : Language
        Of every text.
    log : list of Entry
        What changed, the newest first.
    built : str
        Date of the build, YYYY-MM-DD.
    top : float
        Upper end of the axis of small charts, per cent.
    """

    numbers: Numbers
    language: Language
    log: list[Entry]
    built: str
    top: float

    def say(self, key: str, /, **values: object) -> Markup:
        """Give a text of the site; what is put into it is escaped unless it is markup."""
        if not self.language.has(key):
            raise InputError(f"config/site/texts.csv, column {self.language.code}: no text {key}")
        return Markup(escape(self.language.texts[key])).format(**values)

    def name(self, place: Followed) -> str:
        """Name a place."""
        return self.language.pick(place.names)

    def called(self, place: Followed) -> str:
        """Name a place with its kind, where it stands apart from others of its kind."""
        name, kind = self.name(place), place.kind
        if kind == "municipality" and name not in self._names_of_areas:
            return name
        key = f"site.called.{kind}"
        return str(self.say(key, name=name)) if self.language.has(key) else name

    @cached_property
    def _names_of_areas(self) -> set[str]:
        kinds = ("trial", "employment")
        return {self.name(one) for one in self.numbers.portal.places if one.kind in kinds}

    @cached_property
    def environment(self) -> Environment:
        """The templates, with the words of the language."""
        made = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.globals |= {
            "t": self.say,
            "name": self.name,
            "called": self.called,
            "code": self.language.code,
            "languages": LANGUAGES,
            "main": MAIN,
            "more": MORE,
            "period": self.language.period,
            "indicators": self.numbers.indicators,
            "sources": sources(self.numbers.portal, self.language),
            "newest_month": self.language.period(newest_month(self.numbers)),
            "cited": cited_sources(self.numbers.portal, self.language),
        }
        return made

    def page(self, template: str, name: str, title: object, **content: Any) -> str:
        """Fill a template."""
        found = self.environment.get_template(f"{template}.html")
        return found.render(page=name, title=title, **content) + "\n"


def newest_month(numbers: Numbers) -> str:
    """Name the newest month of the whole country, YYYY-MM."""
    return numbers.months[numbers.with_data("country")[-1]]


def sources(portal: Portal, language: Language) -> list[str]:
    """Name the sources, each with its licence."""
    return [
        ", ".join(part for part in (language.pick(one.model_dump()), one.licence) if part)
        for one in portal.attribution
    ]


def cited_sources(portal: Portal, language: Language) -> str:
    """Name the sources of the statistics in a citation."""
    return language.pick(portal.attribution[0].model_dump()) if portal.attribution else DASH
