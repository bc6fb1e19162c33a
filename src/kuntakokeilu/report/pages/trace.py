"""The way back of a number as a page of text for a terminal, and as HTML for a browser."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import fill

import pandas as pd

from kuntakokeilu.report.pages.html_page import whole_page
from kuntakokeilu.report.tables.leading import html_table
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.trace import Trace, origin, trace, traced
from kuntakokeilu.report.words.trace_steps import Step

MOST_ROWS = 24  # of a series on the page of all numbers; the file of the release has all
_WIDTH = 96  # of a line on a terminal
# A long page is laid out as it is scrolled to.
_STYLE = """
section.number { border-top: 2px solid #ddd; margin-top: 2.5rem;
  content-visibility: auto; contain-intrinsic-size: auto 60rem; }
dl.facts { display: grid; grid-template-columns: minmax(7rem, 14rem) 1fr; gap: .2rem 1rem;
  max-width: 52rem; font-size: .9rem; }
dl.facts dt { font-weight: 600; } dl.facts dd { margin: 0; }
dl.facts dt, dl.facts dd, code { overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl.facts { display: block; } dl.facts dd { margin-bottom: .4rem; } }
details.contents li { margin: .15rem 0; } summary { font-weight: 600; padding: .3rem 0; }
"""


def as_text(release: Release, name: str, language: Language) -> str:
    """Write the way back of one number for a terminal.

    Parameters
    ----------
    release : Release
        A released study.
    name : str
        An estimand, ratio, total or combination.
    language : Language
        Of the reader.

    Returns
    -------
    str
        Numbered steps; a number that is made of estimates is followed by theirs.

    Raises
    ------
    InputError
        The release has no such number.
    """
    parts = [fill(text, _WIDTH) for text in _warnings(release, language)]
    for way in _ways(release, name, language):
        title = fill(language.say("trace.title", what=way.title), _WIDTH)
        parts.append(f"{title}\n[{way.name}]")
        steps = way.steps
        parts += [_step_text(step, place, language) for place, step in enumerate(steps, start=1)]
    parts += [
        _step_text(step, place, language)
        for place, step in enumerate(origin(release, language), start=len(way.steps) + 1)
    ]
    return "\n\n".join(parts) + "\n"


def as_page(release: Release, name: str, language: Language) -> str:
    """Write the way back of one number as a page of its own."""
    ways = _ways(release, name, language)
    body = [f"<p>{escape(text)}</p>" for text in _warnings(release, language)]
    body += [_section(way, language, level=1 if way is ways[0] else 2) for way in ways]
    body.append(_shared(release, language))
    title = language.say("trace.title", what=ways[0].title)
    return whole_page(title, "\n".join(body), {}, release, language, _STYLE)


def study_page(release: Release, names: Sequence[str], language: Language) -> str:
    """Write the page of all numbers of a release, each below an anchor of its name.

    Parameters
    ----------
    release : Release
        A released study.
    names : sequence of str
        The study's other pages, to which it links.
    language : Language
        Of the reader.

    Returns
    -------
    str
        HTML. Files and code stand once, at the end; a series has at most `MOST_ROWS` rows, so
        that the page grows by a few kilobytes for each estimand.
    """
    ways = [trace(release, name, language, MOST_ROWS) for name in traced(release)]
    body = [
        f"<h1>{escape(language.say('trace.page'))}</h1>",
        f"<p>{escape(language.pick(release.study['title']))}</p>",
        *(f"<p>{escape(text)}</p>" for text in _warnings(release, language)),
        f"<p>{escape(language.say('trace.about'))}</p>",
        _contents(ways, release, language),
        *(_section(way, language) for way in ways),
        _shared(release, language),
    ]
    links = {f"{name}.html": language.say(f"page.{name}") for name in names}
    links[""] = language.say("trace.page")
    title = f"{language.say('trace.page')}: {language.pick(release.study['title'])}"
    return whole_page(title, "\n".join(body), links, release, language, _STYLE)


def _warnings(release: Release, language: Language) -> list[str]:
    return [language.say("study.simulated")] if release.study["simulated"] else []


def _ways(release: Release, name: str, language: Language) -> list[Trace]:
    """Follow a number, and the estimates that it is made of."""
    way = trace(release, name, language)
    return [way, *(trace(release, other, language) for other in dict.fromkeys(way.behind))]


def _step_text(step: Step, place: int, language: Language) -> str:
    title = f"{place} {language.say(f'trace.step.{step.name}')}"
    lines = [title, "-" * len(title), *(fill(text, _WIDTH) for text in step.said)]
    lines += [
        fill(f"{name}: {text}", _WIDTH, initial_indent="  ", subsequent_indent="    ")
        for name, text in step.facts
    ]
    return "\n".join([*lines, *_columns(step.table)])


def _columns(table: pd.DataFrame) -> list[str]:
    """Write a table of text in columns, the first to the left."""
    if table.empty:
        return []
    lines = [list(map(str, table.columns)), *table.astype(str).to_numpy().tolist()]
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    rows = (
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True))
        for line in lines
    )
    return [f"  {row.rstrip()}" for row in rows]


def _section(way: Trace, language: Language, level: int = 2) -> str:
    steps = "\n".join(_step_html(step, level + 1, language) for step in way.steps)
    code = f"<p><code>{escape(way.name)}</code></p>"
    behind = ", ".join(f'<a href="#{name}">{name}</a>' for name in dict.fromkeys(way.behind))
    following = f"<p>{language.say('trace.next', names=behind)}</p>" if behind else ""
    return (
        f'<section class="number" id="{escape(way.name)}">\n'
        f"<h{level}>{escape(way.title)}</h{level}>\n{code}\n{steps}\n{following}</section>"
    )


def _shared(release: Release, language: Language) -> str:
    """Show what all numbers share: source files and code."""
    steps = "\n".join(_step_html(step, 3, language) for step in origin(release, language))
    title = escape(language.say("trace.shared"))
    return f'<section class="number" id="origin"><h2>{title}</h2>\n{steps}</section>'


def _step_html(step: Step, level: int, language: Language) -> str:
    title = escape(language.say(f"trace.step.{step.name}"))
    parts = [f"<h{level}>{title}</h{level}>"]
    parts += [f"<p>{escape(text)}</p>" for text in step.said if text]
    if step.facts:
        facts = "".join(f"<dt>{escape(n)}</dt><dd>{escape(t)}</dd>" for n, t in step.facts)
        parts.append(f'<dl class="facts">{facts}</dl>')
    if len(step.table):
        parts.append(html_table(step.table, language.say(f"trace.step.{step.name}")))
    return "\n".join(parts)


def _contents(ways: Sequence[Trace], release: Release, language: Language) -> str:
    """List all numbers by outcome, folded, so that the first of them is on the first screen."""
    groups: dict[str, list[str]] = {}
    for way in ways:
        about = release.study["estimands"].get(way.name)
        key = "trace.made"
        of = lb.outcome_label(about["outcome"], release.study, language) if about else ""
        item = f'<li><a href="#{way.name}">{escape(way.title)}</a> <code>{way.name}</code></li>'
        groups.setdefault(of or language.say(key), []).append(item)
    listed = "\n".join(
        f'<details class="contents"><summary>{escape(name)} ({len(items)})</summary>'
        f"<ul>{''.join(items)}</ul></details>"
        for name, items in groups.items()
    )
    title = escape(language.say("trace.contents"))
    return f'<nav aria-label="{title}" id="contents"><h2>{title}</h2>\n{listed}</nav>'
