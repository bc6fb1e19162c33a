"""The page of a place, and the parts of it that other pages show, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from kuntakokeilu.report.words.attribution import day_text
from kuntakokeilu.report.words.labels import alphabetical
from kuntakokeilu.report.words.language import DASH
from kuntakokeilu.site.charts import has_line
from kuntakokeilu.site.places import Followed, plain_letters
from kuntakokeilu.site.reader import SiteReader
from kuntakokeilu.site.series import SUPPRESSED
from kuntakokeilu.site.shown import Numbers

Content = dict[str, Any]


def beside(place: Followed) -> list[str]:
    """Name what a place is shown beside."""
    order = ("trial", "controls", "country") if place.kind == "whole" else ("controls", "country")
    return [name for name in order if name != place.name]


def lines(numbers: Numbers, place: Followed, indicator: str) -> list[str]:
    """Name the places of a chart: shares stand beside others, counts of one place alone."""
    share = bool(numbers.portal.settings.indicators[indicator].per)
    return [place.name, *(beside(place) if share else [])]


def newest_rows(reader: SiteReader, places: Sequence[Followed]) -> list[Content]:
    """Give the newest month of each indicator of the first place, for all of them."""
    numbers, language = reader.numbers, reader.language
    rows = []
    for name in numbers.indicators:
        k = numbers.newest(places[0].name, name)
        rows.append(
            {
                "name": name,
                "month": DASH if k is None else language.period(numbers.months[k]),
                "cells": [numbers.text(place.name, name, k, language) for place in places],
            }
        )
    return rows


def breaks(reader: SiteReader) -> list[Markup]:
    """Say what changed at each break in the series."""
    return [reader.say(f"site.break.{month}") for month in reader.numbers.portal.settings.breaks]


def cards(reader: SiteReader, kind: str) -> list[Content]:
    """Give each place of a kind with its small chart and newest number."""
    numbers, language = reader.numbers, reader.language
    first = numbers.indicators[0]
    found = []
    for place in sorted(numbers.of_kind(kind), key=lambda one: alphabetical(reader.name(one))):
        k = numbers.newest(place.name, first)
        now = reader.say("site.card.none")
        if k is not None:
            value = numbers.text(place.name, first, k, language)
            now = reader.say("site.card.now", month=language.period(numbers.months[k]), value=value)
        names = [reader.name(one) for one in members(numbers, place)]
        found.append(
            {
                "place": place,
                "now": now,
                "alt": _alt(reader, place, first, "place"),
                "chart": has_line(numbers.series(place.name, first)),
                "find": findable(place, *members(numbers, place)),
                "members": ", ".join(names),
            }
        )
    return found


def findable(*places: Followed) -> str:
    """Give the names of places in all languages without marks on letters, for a filter."""
    names = dict.fromkeys(name for place in places for name in place.names.values())
    return " ".join(dict.fromkeys(plain_letters(name) for name in names))


def members(numbers: Numbers, place: Followed) -> list[Followed]:
    """List the municipalities of a place."""
    return [numbers.places[f"municipality-{unit}"] for unit in place.units]


def _alt(reader: SiteReader, place: Followed, indicator: str, where: str) -> Markup:
    """Describe a chart in one sentence, and say where its numbers are: in a table, or elsewhere."""
    numbers, language = reader.numbers, reader.language
    one = numbers.series(place.name, indicator)
    known = np.flatnonzero(np.isfinite(one.value))
    if not len(known):
        return reader.say("site.chart.nothing")
    values = one.value[known]
    ks = {"low": known[values.argmin()], "high": known[values.argmax()], "now": known[-1]}
    at = {name: numbers.text(place.name, indicator, int(k), language) for name, k in ks.items()}
    when = {f"{name}_month": language.period(numbers.months[k]) for name, k in ks.items()}
    return reader.say(
        "site.chart.alt",
        indicator=language.say(f"site.indicator.{indicator}"),
        name=reader.name(place),
        where=reader.say(f"site.chart.alt.{where}"),
        first=language.period(numbers.months[known[0]]),
        last=language.period(numbers.months[known[-1]]),
        **at,
        **when,
    )


def place_view(reader: SiteReader, place: Followed) -> Content:
    """One place: newest numbers, charts, table, municipalities, files."""
    numbers = reader.numbers
    others = [numbers.places[name] for name in beside(place)]
    mine = members(numbers, place) if place.kind != "whole" else []
    mine = sorted(mine, key=lambda one: alphabetical(reader.name(one)))
    charts = [_chart(reader, place, name) for name in numbers.indicators]
    followed = [chart["name"] for chart in charts if chart["drawn"]]
    return {
        "place": place,
        "others": others,
        "rows": newest_rows(reader, [place, *others]),
        "charts": [chart for chart in charts if chart["drawn"]],
        "single": (single := [chart["name"] for chart in charts if not chart["drawn"]]),
        "single_names": language_list(reader, single),
        "followed": followed,
        "table": _table(reader, place, followed),
        "members": [{"place": one, "rows": newest_cells(reader, one, place)} for one in mine],
        "members_month": members_month(reader, place),
        "members_of": ", ".join(reader.name(one) for one in mine),
        "events": events(reader),
        "covid": covid(reader),
        "breaks": breaks(reader),
    }


def language_list(reader: SiteReader, indicators: Sequence[str]) -> str:
    """Name indicators in a list."""
    said = [str(reader.say(f"site.indicator.{name}")) for name in indicators]
    return "; ".join(said)


def members_month(reader: SiteReader, place: Followed) -> str:
    """Name the newest month of a place."""
    k = reader.numbers.with_data(place.name)
    return reader.language.period(reader.numbers.months[k[-1]]) if len(k) else DASH


def newest_cells(reader: SiteReader, one: Followed, place: Followed) -> list[str]:
    """Give a municipality's numbers in the newest month of its area."""
    numbers, there = reader.numbers, reader.numbers.with_data(place.name)
    k = int(there[-1]) if len(there) else None
    return [numbers.text(one.name, name, k, reader.language) for name in numbers.indicators]


def events(reader: SiteReader) -> list[Content]:
    """Name the events that charts mark."""
    language = reader.language
    return [
        {"number": row["number"], "text": row[f"event_{language.code}"],
         "day": day_text(row["day"], language)}
        for row in reader.numbers.portal.events.to_dict("records")
    ]  # fmt: skip


def covid(reader: SiteReader) -> Markup:
    """Say which months are shaded."""
    shaded, language = reader.numbers.portal.settings.covid, reader.language
    ends = {"first": language.period(shaded.first), "last": language.period(shaded.last)}
    return reader.say("site.chart.shaded", **ends)


def _chart(reader: SiteReader, place: Followed, indicator: str) -> Content:
    numbers, language = reader.numbers, reader.language
    one, k = numbers.series(place.name, indicator), numbers.newest(place.name, indicator)
    gaps = numbers.gaps(place.name, indicator, language)
    return {
        "name": indicator,
        "places": " ".join(lines(numbers, place, indicator)),
        "drawn": k is not None and has_line(one),
        "alt": _alt(reader, place, indicator, "table"),
        "gaps": reader.say("site.chart.gap", gaps=", ".join(gaps)) if gaps else "",
        "hidden": bool((one.state == SUPPRESSED).any()),
        "last": DASH if k is None else language.period(numbers.months[k]),
    }


def _table(reader: SiteReader, place: Followed, indicators: Sequence[str]) -> list[Content]:
    """List the months of what has several, the newest first; a span without data is one row."""
    numbers, language = reader.numbers, reader.language
    rows: list[Content] = []
    later: int | None = None
    for k in map(int, numbers.with_data(place.name)[::-1]):
        if later is not None and later - k > 1:
            ends = {"first": language.period(numbers.months[k + 1]),
                    "last": language.period(numbers.months[later - 1])}  # fmt: skip
            rows.append({"gap": reader.say("site.table.gap", **ends)})
        cells = [numbers.text(place.name, name, k, language) for name in indicators]
        rows.append({"month": language.period(numbers.months[k]), "cells": cells})
        later = k
    return rows
