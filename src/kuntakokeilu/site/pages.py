"""The pages of the site: templates filled in one language."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kuntakokeilu.site import views
from kuntakokeilu.site.found import effect_here
from kuntakokeilu.site.place_views import place_view
from kuntakokeilu.site.places import AREAS
from kuntakokeilu.site.reader import MAIN, MORE, SiteReader, cited_sources

WITH_PAGES = ("whole", "trial", "employment")  # kinds of places; a municipality has a file


def pages(reader: SiteReader) -> Iterator[tuple[str, str]]:
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
            content = place_view(reader, place)
            content["effect"] = effect_here(reader, place) if kind in AREAS else None
            yield place.name, reader.page("place", place.name, reader.called(place), **content)


def front_page(readers: Mapping[str, SiteReader]) -> str:
    """Make the page on which a language is chosen."""
    first = next(iter(readers.values()))
    template = first.environment.get_template("front.html")
    titles = {code: reader.say("site.title") for code, reader in readers.items()}
    names = {code: reader.say("site.language") for code, reader in readers.items()}
    return template.render(titles=titles, names=names) + "\n"


def words_for_scripts(reader: SiteReader) -> str:
    """Write the names, words and numbers that scripts need in one language."""
    numbers, language = reader.numbers, reader.language
    settings = numbers.portal.settings
    content = {
        "code": language.code,
        "months": numbers.months,
        "indicators": {
            name: {
                "name": language.say(f"site.indicator.{name}"),
                "decimals": numbers.decimals(name),
                "bounds": settings.indicators[name].map,
            }
            for name in numbers.indicators
        },
        "places": {
            place.name: [place.kind, reader.called(place)] for place in numbers.portal.places
        },
        "kinds": {
            kind: language.say(f"site.kind.{kind}")
            for kind in ("whole", "trial", "employment", "municipality")
        },
        "source": cited_sources(numbers.portal, language),
        "words": {
            key.removeprefix("site."): language.say(key) if "{" not in text else text
            for key, text in language.texts.items()
            if key.startswith(("site.map.", "site.compare.", "site.filter.", "site.column.month"))
            or key in ("site.chart.close", "site.chart.save", "site.chart.source", "site.table.gap")
        },
    }
    return f"portal.say({json.dumps(content, ensure_ascii=False, separators=(',', ':'))});\n"
