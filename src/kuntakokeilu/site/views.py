"""What each page shows, ready for its template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from kuntakokeilu.report.words.attribution import about, day_text
from kuntakokeilu.report.words.findings import summary
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.site.charts import has_line
from kuntakokeilu.site.load import Portal
from kuntakokeilu.site.outline_map import class_of, outline_map
from kuntakokeilu.site.places import Followed
from kuntakokeilu.site.series import SUPPRESSED, WEIGHTED
from kuntakokeilu.site.shown import HIDDEN, Numbers, months_of_map

if TYPE_CHECKING:
    from kuntakokeilu.site.pages import Reader

Content = dict[str, Any]


def sources(portal: Portal, language: Language) -> list[str]:
    """Name the sources, each with its licence."""
    return [
        ", ".join(part for part in (language.pick(one.model_dump()), one.licence) if part)
        for one in portal.attribution
    ]


def cited_sources(portal: Portal, language: Language) -> str:
    """Name the sources of the statistics in a citation."""
    return language.pick(portal.attribution[0].model_dump()) if portal.attribution else DASH


def beside(place: Followed) -> list[str]:
    """Name what a place is shown beside."""
    if place.kind == "whole":
        return [name for name in ("country", "trial", "controls") if name != place.name]
    return ["controls", "country"] if place.kind == "trial" else ["country"]


def lines(numbers: Numbers, place: Followed, indicator: str) -> list[str]:
    """Name the places of a chart: shares stand beside others, counts of one place alone."""
    share = bool(numbers.portal.settings.indicators[indicator].per)
    return [place.name, *(beside(place) if share else [])]


def index_view(reader: Reader) -> Content:
    """The start: the newest numbers of the country and both arms."""
    numbers = reader.numbers
    places = numbers.of_kind("whole")
    rows = [row for row in _newest_rows(reader, places) if row["month"] != DASH]
    return {"places": places, "rows": rows}


def _newest_rows(reader: Reader, places: Sequence[Followed]) -> list[Content]:
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


def followup_view(reader: Reader) -> Content:
    """Small charts of all trial areas."""
    return {"cards": _cards(reader, "trial"), "top": f"{reader.top:g}",
            "wholes": reader.numbers.of_kind("whole")}  # fmt: skip


def reform_view(reader: Reader) -> Content:
    """Small charts of all employment areas, and the breaks in the series."""
    cards = _cards(reader, "employment")
    return {"cards": cards, "top": f"{reader.top:g}", "breaks": _breaks(reader), "n": len(cards)}


def _breaks(reader: Reader) -> list[str]:
    return [reader.say(f"site.break.{month}") for month in reader.numbers.portal.settings.breaks]


def _cards(reader: Reader, kind: str) -> list[Content]:
    numbers, language = reader.numbers, reader.language
    first = numbers.indicators[0]
    cards = []
    for place in sorted(numbers.of_kind(kind), key=lambda one: reader.name(one).casefold()):
        k = numbers.newest(place.name, first)
        now = reader.say("site.card.none")
        if k is not None:
            value = numbers.text(place.name, first, k, language)
            now = reader.say("site.card.now", month=language.period(numbers.months[k]), value=value)
        names = [reader.name(one) for one in _members(numbers, place)]
        cards.append(
            {
                "place": place,
                "now": now,
                "alt": _alt(reader, place, first),
                "chart": has_line(numbers.series(place.name, first)),
                "find": " ".join([reader.name(place), *names]).casefold(),
                "members": ", ".join(names),
            }
        )
    return cards


def _members(numbers: Numbers, place: Followed) -> list[Followed]:
    return [numbers.places[f"municipality-{unit}"] for unit in place.units]


def _alt(reader: Reader, place: Followed, indicator: str) -> Markup:
    """Describe a chart in one sentence."""
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
        first=language.period(numbers.months[known[0]]),
        last=language.period(numbers.months[known[-1]]),
        **at,
        **when,
    )


def place_view(reader: Reader, place: Followed) -> Content:
    """One place: newest numbers, charts, table, municipalities, files."""
    numbers = reader.numbers
    others = [numbers.places[name] for name in beside(place)]
    members = _members(numbers, place) if place.kind != "whole" else []
    return {
        "place": place,
        "others": others,
        "rows": _newest_rows(reader, [place, *others]),
        "charts": [_chart(reader, place, name) for name in numbers.indicators],
        "table": _table(reader, place),
        "members": [{"place": one, "rows": _newest_cells(reader, one, place)} for one in members],
        "members_month": _members_month(reader, place),
        "members_of": ", ".join(reader.name(one) for one in members),
        "events": _events(reader),
        "covid": _covid(reader),
        "breaks": _breaks(reader),
    }


def _members_month(reader: Reader, place: Followed) -> str:
    k = reader.numbers.with_data(place.name)
    return reader.language.period(reader.numbers.months[k[-1]]) if len(k) else DASH


def _newest_cells(reader: Reader, one: Followed, place: Followed) -> list[str]:
    """Give a municipality's numbers in the newest month of its area."""
    numbers, there = reader.numbers, reader.numbers.with_data(place.name)
    k = int(there[-1]) if len(there) else None
    return [numbers.text(one.name, name, k, reader.language) for name in numbers.indicators]


def _events(reader: Reader) -> list[Content]:
    language = reader.language
    return [
        {"number": row["number"], "text": row[f"event_{language.code}"],
         "day": day_text(row["day"], language)}
        for row in reader.numbers.portal.events.to_dict("records")
    ]  # fmt: skip


def _covid(reader: Reader) -> Markup:
    covid, language = reader.numbers.portal.settings.covid, reader.language
    ends = {"first": language.period(covid.first), "last": language.period(covid.last)}
    return reader.say("site.chart.shaded", **ends)


def _chart(reader: Reader, place: Followed, indicator: str) -> Content:
    numbers, language = reader.numbers, reader.language
    one, k = numbers.series(place.name, indicator), numbers.newest(place.name, indicator)
    note = None
    if k is None:
        note = reader.say("site.chart.nothing")
    elif not has_line(one):
        when, value = (
            language.period(numbers.months[k]),
            numbers.text(place.name, indicator, k, language),
        )
        note = reader.say("site.chart.single", month=when, value=value)
    gaps = numbers.gaps(place.name, indicator, language)
    return {
        "name": indicator,
        "places": " ".join(lines(numbers, place, indicator)),
        "drawn": note is None,
        "note": note,
        "alt": _alt(reader, place, indicator),
        "gaps": reader.say("site.chart.gap", gaps=", ".join(gaps)) if gaps else "",
        "hidden": bool((one.state == SUPPRESSED).any()),
    }


def _table(reader: Reader, place: Followed) -> list[Content]:
    """List the months, the newest first; a span without data is one row."""
    numbers, language = reader.numbers, reader.language
    rows: list[Content] = []
    later: int | None = None
    for k in map(int, numbers.with_data(place.name)[::-1]):
        if later is not None and later - k > 1:
            ends = {"first": language.period(numbers.months[k + 1]),
                    "last": language.period(numbers.months[later - 1])}  # fmt: skip
            rows.append({"gap": reader.say("site.table.gap", **ends)})
        cells = [numbers.text(place.name, name, k, language) for name in numbers.indicators]
        rows.append({"month": language.period(numbers.months[k]), "cells": cells})
        later = k
    return rows


def map_view(reader: Reader) -> Content:
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
    for place in sorted(places, key=lambda one: reader.name(one).casefold()):
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
        "areas": numbers.of_kind("trial") + numbers.of_kind("employment"),
        "units": {place.name: " ".join(place.units) for place in numbers.portal.places},
    }


def _legend(reader: Reader, bounds: Sequence[float], decimals: int) -> list[tuple[str, str]]:
    say, ends = reader.say, [reader.language.number(bound, decimals) for bound in bounds]
    texts = [
        say("site.map.under", b=ends[0]),
        *(say("site.map.between", a=a, b=b) for a, b in zip(ends, ends[1:], strict=False)),
        say("site.map.over", a=ends[-1]),
    ]
    looks = [(f"k{k}", str(text)) for k, text in enumerate(texts)]
    return [*looks, ("h", str(say("site.map.hidden"))), ("n", str(say("site.map.missing")))]


def compare_view(reader: Reader) -> Content:
    """The form in which two places are chosen."""
    kinds = ("whole", "trial", "employment", "municipality")
    groups = [(kind, sorted(reader.numbers.of_kind(kind), key=lambda one: reader.name(one).casefold()))
              for kind in kinds]  # fmt: skip
    years = sorted({month[:4] for month in reader.numbers.months})
    return {"groups": groups, "years": years, "events": _events(reader), "covid": _covid(reader)}


def places_view(reader: Reader) -> Content:
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
            "cells": _newest_cells(reader, place, country),
        }
        for place in sorted(
            numbers.of_kind("municipality"), key=lambda one: reader.name(one).casefold()
        )
    ]
    return {"rows": rows, "n": len(rows), "month": _members_month(reader, country)}


def found_view(reader: Reader) -> Content:
    """What was found of each trial, in the words of the reports."""
    trials = []
    for name, studies in reader.numbers.portal.settings.evaluations.items():
        release = reader.numbers.portal.releases[name]
        trials.append({"name": name, "study": studies[-1], **_told(release, reader.language)})
    return {"trials": trials}


def _told(release: Release | None, language: Language) -> Content:
    if release is None:
        return {"run": False}
    said = language.about(release.study)
    first = {
        said.say(f"summary.{name}") for name in ("failed", "studied", "sure", "limits", "others")
    }
    parts = summary(release, said)
    return {
        "run": True,
        "simulated": release.study["simulated"],
        "answers": [part for part in parts if part[0] not in first],
        "rest": [part for part in parts if part[0] in first],
        "about": about(release, said),
    }


def read_view(reader: Reader) -> Content:
    """How to read the numbers."""
    say = reader.say
    return {"parts": [(say(f"site.read.{k}.h"), [say(f"site.read.{k}.p")]) for k in range(1, 6)]}


def methods_view(reader: Reader) -> Content:
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


def _worst_weighted(reader: Reader) -> tuple[str, str, str]:
    """Compare weighted shares with ratios of sums, where a month has both."""
    from kuntakokeilu.site.series import differences

    numbers = reader.numbers
    indicator = next(iter(numbers.portal.settings.indicators.values()))
    worst, where, when = 0.0, DASH, DASH
    for place in [*numbers.of_kind("trial"), *numbers.of_kind("employment")]:
        gap = differences(numbers.portal.observed, place, indicator)
        if np.isfinite(gap).any() and np.nanmax(gap) > worst:
            worst, where = float(np.nanmax(gap)), reader.name(place)
            when = reader.language.period(numbers.months[int(np.nanargmax(gap))])
    return reader.language.number(worst, 2), where, when


def data_view(reader: Reader) -> Content:
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
    return {"vintages": vintages, "coverage": coverage}


def changes_view(reader: Reader) -> Content:
    """What changed, build by build."""
    return {"entries": [_entry(reader, entry) for entry in reader.log]}


def _entry(reader: Reader, entry: Any) -> Content:
    return {
        "day": day_text(entry.date, reader.language),
        "said": entry_texts(reader, entry),
        "file": entry.file,
    }


def entry_texts(reader: Reader, entry: Any) -> list[Markup]:
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


def accessibility_view(reader: Reader) -> Content:
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
