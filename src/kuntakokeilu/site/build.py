"""The site as a folder: built beside the old one, and put in its place when it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from kuntakokeilu.errors import InputError, system_faults
from kuntakokeilu.io import write_csv, write_json, write_text
from kuntakokeilu.site import charts
from kuntakokeilu.site.changed import (
    LOG,
    Entry,
    atom,
    changes_text,
    compare_sites,
    entry_of,
    log_text,
    read_log,
)
from kuntakokeilu.site.found import found_files
from kuntakokeilu.site.load import Portal
from kuntakokeilu.site.pages import (
    WITH_PAGES,
    front_page,
    pages,
    words_for_scripts,
)
from kuntakokeilu.site.place_views import beside, lines
from kuntakokeilu.site.reader import SiteReader, newest_month
from kuntakokeilu.site.shown import (
    Numbers,
    indicator_csv,
    map_data,
    place_csv,
    place_data,
    places_csv,
)
from kuntakokeilu.site.views import entry_texts

ASSETS = Path(__file__).parent / "assets"
MADE_OF = "data/made_of.json"
SMALL = ("trial", "employment")  # kinds of places with a small chart

Tell = Callable[[str], None]
Check = Callable[[Path], None]


def build_site(
    portal: Portal,
    target: Path,
    built: str,
    tell: Tell = lambda text: None,
    check: Check = lambda folder: None,
) -> Entry:
    """Build the site and put it in the place of the old one.

    Parameters
    ----------
    portal : Portal
        What it is made of.
    target : Path
        The folder of the site, `results/site`. An old site stays whole until the new one is; what
        is not drawn anew is taken from it.
    built : str
        Today, YYYY-MM-DD.
    tell : callable
        Called with a line on what is done.
    check : callable
        Called with the folder of the new site before it takes the place of the old one; whatever
        it raises keeps the old one.

    Returns
    -------
    Entry
        What moved since the old site.

    Raises
    ------
    InputError
        A text that is missing, a folder that is no site, or a disk that refuses.
    """
    target = Path(target)
    restore(target)
    if target.exists() and not (target / LOG).is_file():
        raise InputError(f"{target.as_posix()}: not a site that was built here; move it away")
    fresh = target.with_name(f".{target.name}.new")
    with system_faults():
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
    try:
        entry = fill(portal, fresh, target, built, tell)
        check(fresh)
        swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return entry


def swap(fresh: Path, target: Path) -> None:
    """Put a new site in the place of the old one; if that fails, the old one is there again."""
    old = target.with_name(f".{target.name}.old")
    with system_faults(target):
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            restore(target)
            raise
    shutil.rmtree(old, ignore_errors=True)


def restore(target: Path) -> None:
    """Bring the old site back if a build was stopped between the two steps of `swap`."""
    old = target.with_name(f".{target.name}.old")
    if old.is_dir() and not target.exists():
        old.rename(target)


def fill(portal: Portal, folder: Path, old: Path, built: str, tell: Tell) -> Entry:
    """Write every file of the site into an empty folder."""
    numbers = Numbers(portal)
    for name, text in data_files(numbers):
        write_text(text, folder / "data" / name)
    for name, table in found_files(portal.releases):
        write_csv(table, folder / "data" / name)
    entry, log = _log(numbers, folder, old, built)
    top = _top(numbers)
    tell("drawing charts")
    drawn = sum(_draw(chart, folder, old, name) for name, chart in drawings(numbers, top))
    tell(f"charts drawn: {drawn}")
    chart, dark = _large(numbers), {charts.LIGHT[key]: charts.DARK[key] for key in charts.LIGHT}
    spec = json.dumps({"chart": chart, "dark": dark}, separators=(",", ":"))
    write_text(f"portal.chart({spec});\n", folder / "assets" / "chart.js")
    kept = old / "assets" / "vega.js"
    stamp = f"// vl-convert, Vega-Lite {charts.VERSION}\n"
    known = kept.is_file() and kept.read_text(encoding="utf-8").startswith(stamp)
    runtime = kept.read_text(encoding="utf-8") if known else stamp + charts.runtime()
    write_text(runtime, folder / "assets" / "vega.js")
    for name in ("site.css", "site.js"):
        write_text((ASSETS / name).read_text(encoding="utf-8"), folder / "assets" / name)
    readers = {
        code: SiteReader(numbers, language, log, built, top)
        for code, language in portal.languages.items()
    }
    for code, reader in readers.items():
        tell(f"pages: {code}")
        write_text(words_for_scripts(reader), folder / "assets" / f"words-{code}.js")
        for name, html in pages(reader):
            write_text(html, folder / code / f"{name}.html")
        write_text(_feed(reader), folder / f"feed_{code}.xml")
    write_text(front_page(readers), folder / "index.html")
    write_text(changes_text(log, lambda one: entry_texts(readers["en"], one)), folder / "CHANGES")
    write_text(log_text(log), folder / LOG)
    write_json({"files": [asdict(one) for one in portal.vintages]}, folder / MADE_OF)
    return entry


def is_made_of(site: Path, sha256: str) -> bool:
    """Tell whether a site is made of a file, which a build that failed may not have come to."""
    path = site / MADE_OF
    if not path.is_file():
        return False
    files = json.loads(path.read_text(encoding="utf-8"))["files"]
    return any(one["sha256"] == sha256 for one in files)


def data_files(numbers: Numbers) -> Iterator[tuple[str, str]]:
    """Make the files of numbers: for people and for the pages' scripts."""
    yield "places.csv", places_csv(numbers)
    for name in numbers.places:
        yield f"{name}.csv", place_csv(numbers, name)
        yield f"{name}.js", place_data(numbers, name)
    for name in numbers.indicators:
        yield f"indicator-{name}.csv", indicator_csv(numbers, name)
        if numbers.portal.settings.indicators[name].map:
            yield f"map-{name}.js", map_data(numbers, name)


def drawings(numbers: Numbers, top: float) -> Iterator[tuple[str, dict]]:
    """Specify every chart that is drawn once, with its file's name."""
    large, span = _large(numbers), (numbers.months[0], numbers.months[-1])
    small = charts.small_chart(span, top)
    first = numbers.indicators[0]
    for place in (one for one in numbers.portal.places if one.kind in WITH_PAGES):
        for name in numbers.indicators:
            shown = zip(charts.LINES, lines(numbers, place, name), strict=False)
            series = {line: numbers.series(one, name) for line, one in shown}
            if charts.has_line(series["a"]):
                data = charts.rows(numbers.months, series)
                yield f"{place.name}-{name}.svg", charts.with_rows(large, data)
        if place.kind in SMALL and charts.has_line(numbers.series(place.name, first)):
            pair = {"a": place.name, "c": beside(place)[0]}
            series = {line: numbers.series(one, first) for line, one in pair.items()}
            data = charts.rows(numbers.months, series)
            yield f"small-{place.name}.svg", charts.with_rows(small, data)


def _large(numbers: Numbers) -> dict:
    settings, months = numbers.portal.settings, numbers.months
    found = numbers.portal.events
    events = list(zip(map(int, found["number"]), found["month"], strict=True))
    covid = (settings.covid.first, settings.covid.last)
    inside = [(number, month) for number, month in events if months[0] <= month <= months[-1]]
    return charts.line_chart((months[0], months[-1]), covid, inside)


def _top(numbers: Numbers) -> float:
    """Choose the upper end of the axis of small charts: the next five above all of them."""
    first = numbers.indicators[0]
    values = [
        numbers.series(place.name, first).high
        for place in numbers.portal.places
        if place.kind in SMALL
    ]
    return float(5 * np.ceil(np.nanmax(np.concatenate(values)) / 5))


def _draw(chart: dict, folder: Path, old: Path, name: str) -> int:
    """Draw a chart, or take it from the old site if it is the same; 1 if it was drawn."""
    before = old / "charts" / name
    if before.is_file():
        svg = before.read_text(encoding="utf-8")
        if charts.is_drawn(svg, chart):
            write_text(svg, folder / "charts" / name)
            return 0
    write_text(charts.draw(chart), folder / "charts" / name)
    return 1


def _log(numbers: Numbers, folder: Path, old: Path, built: str) -> tuple[Entry, list[Entry]]:
    """Compare with the old site, and carry its log on."""
    log, newest = read_log(old), newest_month(numbers)
    if not log:
        first = Entry(built, newest, first=True)
        return first, [first]
    moved = compare_sites(old, folder, numbers.indicators)
    shutil.copytree(old / "changes", folder / "changes")
    if moved.empty:
        return Entry(built, newest), log
    file = f"changes/{built}_{len(log):03d}.csv"
    write_csv(moved, folder / file)
    entry = entry_of(moved, built, newest, file)
    return entry, [entry, *log]


def _feed(reader: SiteReader) -> str:
    publisher = reader.numbers.portal.settings.publisher
    title = str(reader.say("site.title"))
    return atom(
        reader.log,
        lambda entry: entry_texts(reader, entry),
        title=title,
        author=reader.language.pick(publisher.name) if publisher else title,
        language=reader.language.code,
        address=publisher.address if publisher else None,
    )
