"""The pages of the site: templates filled in one language."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.words.language import LANGUAGES, Language
from kuntakokeilu.site import views
from kuntakokeilu.site.changed import Entry
from kuntakokeilu.site.places import Followed
from kuntakokeilu.site.shown import Numbers

TEMPLATES = Path(__file__).parent / "templates"
MAIN = ("index", "found", "followup", "reform", "map", "compare", "places")
MORE = ("read", "methods", "data", "changes", "accessibility")
WITH_PAGES = ("whole", "trial", "employment")  # kinds of places; a municipality has a file


@dataclass(frozen=True)
class Reader:
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
            "code": self.language.code,
            "languages": LANGUAGES,
            "main": MAIN,
            "more": MORE,
            "period": self.language.period,
            "indicators": self.numbers.indicators,
            "sources": views.sources(self.numbers.portal, self.language),
            "newest_month": self.language.period(newest_month(self.numbers)),
            "cited": views.cited_sources(self.numbers.portal, self.language),
        }
        return made

    def page(self, template: str, name: str, title: object, **content: Any) -> str:
        """Fill a template."""
        found = self.environment.get_template(f"{template}.html")
        return found.render(page=name, title=title, **content) + "\n"


def newest_month(numbers: Numbers) -> str:
    """Name the newest month of the whole country, YYYY-MM."""
    return numbers.months[numbers.with_data("country")[-1]]


def pages(reader: Reader) -> Iterator[tuple[str, str]]:
    """Make every page of a language.

    Yields
    ------
    name : str
        Of the page, without ending.
    html : str
        The page.

    Raises
    ------
    InputError
        A text is missing.
    """
    for name in (*MAIN, *MORE):
        content: Mapping[str, Any] = getattr(views, f"{name}_view")(reader)
        template = "text" if name in ("read", "methods", "accessibility") else name
        yield name, reader.page(template, name, reader.say(f"site.page.{name}"), **content)
    for kind in WITH_PAGES:
        for place in reader.numbers.of_kind(kind):
            content = views.place_view(reader, place)
            yield place.name, reader.page("place", place.name, reader.name(place), **content)


def front_page(readers: Mapping[str, Reader]) -> str:
    """Make the page on which a language is chosen."""
    first = next(iter(readers.values()))
    template = first.environment.get_template("front.html")
    titles = {code: reader.say("site.title") for code, reader in readers.items()}
    names = {code: reader.say("site.language") for code, reader in readers.items()}
    return template.render(titles=titles, names=names) + "\n"


def words_for_scripts(reader: Reader) -> str:
    """Write the names, words and numbers that scripts need in one language."""
    numbers, language = reader.numbers, reader.language
    settings = numbers.portal.settings
    content = {
        "code": language.code,
        "months": numbers.months,
        "events": [[int(row.number), row.month] for row in numbers.portal.events.itertuples()],
        "indicators": {
            name: {
                "name": language.say(f"site.indicator.{name}"),
                "decimals": numbers.decimals(name),
                "bounds": settings.indicators[name].map,
            }
            for name in numbers.indicators
        },
        "places": {place.name: [place.kind, reader.name(place)] for place in numbers.portal.places},
        "kinds": {
            kind: language.say(f"site.kind.{kind}")
            for kind in ("whole", "trial", "employment", "municipality")
        },
        "words": {
            key.removeprefix("site."): language.say(key) if "{" not in text else text
            for key, text in language.texts.items()
            if key.startswith(("site.map.", "site.compare.", "site.filter.", "site.column.month"))
            or key in ("site.chart.close", "site.table.gap")
        },
    }
    return f"portal.say({json.dumps(content, ensure_ascii=False, separators=(',', ':'))});\n"
