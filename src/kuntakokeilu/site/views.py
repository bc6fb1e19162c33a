"""What each page shows, ready for its template."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from kuntakokeilu.report.words.attribution import day_text
from kuntakokeilu.report.words.labels import alphabetical
from kuntakokeilu.report.words.language import DASH
from kuntakokeilu.site.changed import Entry
from kuntakokeilu.site.found import found_view, short_answer
from kuntakokeilu.site.outline_map import class_of, outline_map
from kuntakokeilu.site.place_views import (
    Content,
    breaks,
    cards,
    covid,
    events,
    findable,
    members_month,
    newest_cells,
    newest_rows,
)
from kuntakokeilu.site.places import AREAS, KINDS
from kuntakokeilu.site.reader import SiteReader
from kuntakokeilu.site.series import differences
from kuntakokeilu.site.shown import HIDDEN, months_of_map

__all__ = ["found_view"]  # with the views of this module, one for each page


def index_view(reader: SiteReader) -> Content:
    """The start: the newest numbers of the country and both arms, and the answer in short."""
    numbers = reader.numbers
    places = numbers.of_kind("whole")
    rows = [row for row in newest_rows(reader, places) if row["month"] != DASH]
    return {"places": places, "rows": rows, "short": short_answer(reader)}


def followup_view(reader: SiteReader) -> Content:
    """Small charts of all trial areas."""
    return {"cards": cards(reader, "trial"), "top": f"{reader.top:g}",
            "wholes": reader.numbers.of_kind("whole")}  # fmt: skip


def reform_view(reader: SiteReader) -> Content:
    """Small charts of all employment areas, and the breaks in the series."""
    found = cards(reader, "employment")
    return {"cards": found, "top": f"{reader.top:g}", "breaks": breaks(reader), "n": len(found)}


def map_view(reader: SiteReader) -> Content:
    """The map of the newest month, and the same numbers as a table."""
    numbers, language = reader.numbers, reader.language
    settings = numbers.portal.settings
    mapped = [name for name, one in settings.indicators.items() if one.map]
    first = mapped[0]
    places = numbers.of_kind("municipality")
    drawn = outline_map(numbers.portal.outlines, [place.units[0] for place in places])
    months = months_of_map(numbers, first)
    k = months[-1] if months else None
    bounds = settings.indicators[first].map
    rows = []
    for place in sorted(places, key=lambda one: alphabetical(reader.name(one))):
        text = numbers.text(place.name, first, k, language)
        look = "h" if text == HIDDEN else "n"
        if text not in (HIDDEN, DASH) and k is not None:
            # by the number that is shown: 9.96 is shown as 10.0, and lies in its class
            value = round(
                float(numbers.series(place.name, first).value[k]), numbers.decimals(first)
            )
            look = f"k{class_of(value, bounds)}"
        unit = place.units[0]
        rows.append({"unit": unit, "place": place, "text": text, "look": look,
                     "path": drawn.paths.get(unit)})  # fmt: skip
    missing = [reader.name(numbers.places[f"municipality-{unit}"]) for unit in drawn.missing]
    return {
        "rows": rows,
        "mapped": mapped,
        "size": (drawn.width, drawn.height),
        "month": language.period(numbers.months[k]) if k is not None else DASH,
        "months": len(months),
        "legend": _legend(reader, bounds, numbers.decimals(first)),
        "missing": ", ".join(missing),
        "areas": [
            one
            for kind in AREAS
            for one in sorted(numbers.of_kind(kind), key=lambda one: alphabetical(reader.name(one)))
        ],
        "units": {place.name: " ".join(place.units) for place in numbers.portal.places},
    }


def _legend(reader: SiteReader, bounds: Sequence[float], decimals: int) -> list[tuple[str, str]]:
    say, ends = reader.say, [reader.language.number(bound, decimals) for bound in bounds]
    # a number on a bound is in the class above it
    tops = [reader.language.number(bound - 10.0**-decimals, decimals) for bound in bounds[1:]]
    texts = [
        say("site.map.under", b=ends[0]),
        *(say("site.map.between", a=a, b=b) for a, b in zip(ends, tops, strict=False)),
        say("site.map.over", a=ends[-1]),
    ]
    looks = [(f"k{k}", str(text)) for k, text in enumerate(texts)]
    return [*looks, ("h", str(say("site.map.hidden"))), ("n", str(say("site.map.missing")))]


def compare_view(reader: SiteReader) -> Content:
    """The form in which two places are chosen."""
    groups = [
        (kind, sorted(reader.numbers.of_kind(kind), key=lambda one: alphabetical(reader.name(one))))
        for kind in KINDS
    ]
    years = sorted({month[:4] for month in reader.numbers.months})
    return {"groups": groups, "years": years, "events": events(reader), "covid": covid(reader)}


def places_view(reader: SiteReader) -> Content:
    """All municipalities with their areas and newest numbers."""
    numbers = reader.numbers
    area_of = {
        (kind, unit): place
        for kind in ("trial", "employment")
        for place in numbers.of_kind(kind)
        for unit in place.units
    }
    country = numbers.places["country"]
    rows = [
        {
            "place": place,
            "trial": area_of.get(("trial", place.units[0])),
            "employment": area_of.get(("employment", place.units[0])),
            "cells": newest_cells(reader, place, country),
            "find": findable(
                place,
                *(one for kind in AREAS if (one := area_of.get((kind, place.units[0])))),
            ),
        }
        for place in sorted(
            numbers.of_kind("municipality"), key=lambda one: alphabetical(reader.name(one))
        )
    ]
    return {"rows": rows, "n": len(rows), "month": members_month(reader, country)}


def read_view(reader: SiteReader) -> Content:
    """How to read the numbers."""
    say = reader.say
    return {"parts": [(say(f"site.read.{k}.h"), [say(f"site.read.{k}.p")]) for k in range(1, 6)]}


def methods_view(reader: SiteReader) -> Content:
    """How the numbers were made."""
    numbers, say = reader.numbers, reader.say
    worst, place, month = _worst_weighted(reader)
    values: dict[int, Content] = {
        1: {"year": numbers.portal.settings.classification},
        3: {"worst": worst, "place": place, "month": month},
        5: {name: len(numbers.places[name].units) for name in ("trial", "controls")},
    }
    parts = [
        (say(f"site.methods.{k}.h"), [say(f"site.methods.{k}.p", **values.get(k, {}))])
        for k in range(1, 7)
    ]
    return {"parts": parts}


def _worst_weighted(reader: SiteReader) -> tuple[str, str, str]:
    """Compare weighted shares with ratios of sums, where a month has both."""
    numbers = reader.numbers
    indicator = next(iter(numbers.portal.settings.indicators.values()))
    worst, where, when = 0.0, DASH, DASH
    for place in [*numbers.of_kind("trial"), *numbers.of_kind("employment")]:
        gap = differences(numbers.portal.observed, place, indicator)
        if np.isfinite(gap).any() and np.nanmax(gap) > worst:
            worst, where = float(np.nanmax(gap)), reader.name(place)
            when = reader.language.period(numbers.months[int(np.nanargmax(gap))])
    return reader.language.number(worst, 2), where, when


def data_view(reader: SiteReader) -> Content:
    """Files, sources, and which months there are."""
    numbers, language = reader.numbers, reader.language
    vintages = [
        {
            "file": one.file,
            "span": language.period(one.first) + (DASH + language.period(one.last)
                                                  if one.last != one.first else ""),
            "updated": one.updated or DASH,
            "retrieved": one.retrieved or DASH,
            "sha256": one.sha256,
        }
        for one in numbers.portal.vintages
    ]  # fmt: skip
    coverage = []
    for name in numbers.indicators:
        there = numbers.series("country", name).there()
        ends = (
            [language.period(numbers.months[k]) for k in (there[0], there[-1])]
            if len(there)
            else [DASH] * 2
        )
        gaps = numbers.gaps("country", name, language)
        coverage.append({"name": name, "ends": ends, "gaps": ", ".join(gaps)})
    columns = ["span", *(name for name in ("updated", "retrieved")
                         if any(one[name] != DASH for one in vintages)), "sha256"]  # fmt: skip
    return {"vintages": vintages, "columns": columns, "coverage": coverage}


def changes_view(reader: SiteReader) -> Content:
    """What changed, build by build."""
    return {"entries": [_entry(reader, entry) for entry in reader.log]}


def _entry(reader: SiteReader, entry: Entry) -> Content:
    return {
        "day": day_text(entry.date, reader.language),
        "said": entry_texts(reader, entry),
        "file": entry.file,
    }


def entry_texts(reader: SiteReader, entry: Entry) -> list[Markup]:
    """Say in sentences what one build changed."""
    language, numbers = reader.language, reader.numbers
    month = language.period(entry.newest)
    if entry.first:
        return [reader.say("site.changes.first", month=month)]
    counts = {"new": entry.new, "revised": entry.revised, "withdrawn": entry.withdrawn}
    said = [reader.say("site.changes.entry", month=month, **counts)]
    largest = entry.largest
    if (
        largest
        and largest["place"] in numbers.places
        and largest["indicator"] in numbers.indicators
    ):
        decimals = numbers.decimals(largest["indicator"])
        ends = {end: language.number(float(largest[end]), decimals) for end in ("before", "after")}
        said.append(
            reader.say(
                "site.changes.largest",
                indicator=language.say(f"site.indicator.{largest['indicator']}"),
                place=reader.name(numbers.places[largest["place"]]),
                month=language.period(largest["month"]),
                **ends,
            )
        )
    return said


def accessibility_view(reader: SiteReader) -> Content:
    """The statement that the Finnish Act on the Provision of Digital Services asks for."""
    publisher, say = reader.numbers.portal.settings.publisher, reader.say
    day = day_text(reader.built, reader.language)
    contact = say("site.accessibility.no_contact")
    if publisher:
        named = f"{reader.language.pick(publisher.name)}, {publisher.contact}"
        contact = say("site.accessibility.5.p", contact=named)
    parts = [("", [say("site.accessibility.1.p", title=say("site.title"), date=day)])]
    for k in range(2, 7):
        text = contact if k == 5 else say(f"site.accessibility.{k}.p")
        parts.append((say(f"site.accessibility.{k}.h"), [text]))
    return {"parts": parts}
