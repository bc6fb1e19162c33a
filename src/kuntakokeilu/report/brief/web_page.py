"""The brief as a web page that loads nothing: light or dark, and one sheet when it is printed."""

from __future__ import annotations

from html import escape

from kuntakokeilu.report.brief.record import AreaPicture, Brief, BriefAnswer, PayerTable

_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --soft: #4a4a4a; --paper: #ffffff;
  --accent: #0b4f8a; --line: #bbbbbb; --warn: #a33b00; --warned: #fff4e5; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --soft: #c2c2c2; --paper: #16181b;
  --accent: #8cc4ff; --line: #55595f; --warn: #ffb27a; --warned: #33261a; } }
* { box-sizing: border-box; }
body { font: 1.05rem/1.5 Georgia, "Times New Roman", serif; color: var(--ink);
  background: var(--paper); max-width: 52rem; margin: 0 auto; padding: 1rem 1.25rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.2; color: var(--accent); }
h2 { font-size: 1.15rem; margin: 0 0 .25rem; color: var(--accent); }
p { margin: .25rem 0 .5rem; } ul { margin: .25rem 0 .5rem; padding-left: 1.2rem; }
a { color: var(--accent); } .soft { color: var(--soft); font-size: .95em; }
.notice { border: 1px solid var(--warn); background: var(--warned); padding: .5rem .75rem; }
section { border-top: 1px solid var(--line); padding: .75rem 0 .5rem; overflow-wrap: break-word; }
.answer, .two { display: grid; gap: .25rem 2rem; grid-template-columns: minmax(0, 1fr); }
.two section { border: 0; padding: 0 0 .5rem; } .two { border-top: 1px solid var(--line);
  padding-top: .75rem; }
@media (min-width: 40rem), print { .answer { grid-template-columns: minmax(0, 1fr) 15rem; }
  .two { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
.bar { display: block; width: 100%; height: 1.7rem; } .bar text {
  fill: var(--soft); font-size: .75rem; text-anchor: middle; } .bar .axis { stroke: var(--line); }
.bar .zero { stroke: var(--soft); stroke-width: 2; } .bar .span { stroke: var(--accent);
  stroke-width: 4; } .bar circle { fill: var(--accent); }
.dots { color: var(--accent); letter-spacing: .1em; }
table { border-collapse: collapse; width: 100%; font-size: .95em; }
caption { text-align: left; color: var(--soft); padding-bottom: .25rem; }
th, td { text-align: right; padding: .15rem .3rem; vertical-align: bottom; }
th:first-child { text-align: left; } tbody th { font-weight: normal; }
thead tr, tbody tr:last-child { border-top: 1px solid var(--ink); }
thead tr, tbody tr:last-child { border-bottom: 1px solid var(--ink); }
tbody tr:last-child > * { font-weight: bold; }
.map { display: flex; gap: 1rem; align-items: flex-start; }
.map svg { width: 9rem; height: auto; flex: none; background: #fff; border-radius: .25rem; }
footer { border-top: 1px solid var(--line); padding-top: .75rem; }
dl { margin: .25rem 0; } dt { float: left; clear: left; font-weight: bold; margin-right: .4rem; }
dd { margin: 0; } dt::after { content: ":"; }
@media print { :root { --ink: #000; --soft: #333; --paper: #fff; --accent: #0b4f8a; --line: #999;
  --warn: #a33b00; --warned: #fff; } @page { size: A4; margin: 9mm 13mm; }
  body { font-size: 9.4pt; line-height: 1.2; padding: 0; max-width: none; }
  .soft, table { font-size: 9pt; } h1 { font-size: 15pt; margin: 0 0 4pt; }
  h2 { font-size: 10.5pt; }
  section, .two, footer { padding: 3pt 0 2pt; } .two section { padding: 0 0 2pt; }
  p, ul, dl { margin: 1pt 0 2pt; } .notice { padding: 3pt 5pt; } .bar { height: 15pt; }
  .map svg { width: 30mm; } .links { display: none; } a { text-decoration: none; } }
"""


def brief_html(brief: Brief, trace: str, files: dict[str, str]) -> str:
    """Write a brief as a page.

    Parameters
    ----------
    brief : Brief
        What stands on the page.
    trace : str
        Address of the page that says where numbers come from; each answer links to its number.
    files : dict of str to str
        Further addresses, such as the same as PDF and in other languages, to what they are called.

    Returns
    -------
    str
        HTML that loads nothing and has no script.
    """
    heading = f"{brief.name}: {brief.title}"
    links = "".join(f'<li><a href="{a}">{escape(name)}</a></li>' for a, name in files.items())
    notices = f'<p class="notice">{escape(" ".join(brief.notices))}</p>' if brief.notices else ""
    left = [_payers(brief.payers), _where(brief.where)]
    compared = _section(brief.compared[0], _said(brief.compared[1:], "soft"))
    limits = _section(brief.limits[0], _listed(brief.limits[1:]))
    right = [limits, compared]
    if not any(left):
        left, right = [compared], [limits]
    body = [
        f"<h1>{escape(heading)}</h1>",
        notices,
        *(_answer(each, brief, trace) for each in brief.answers),
        _section(brief.sure[0], _listed(brief.sure[1:])),
        f'<div class="two"><div>{"".join(left)}</div><div>{"".join(right)}</div></div>',
    ]
    about = "".join(f"<dt>{escape(n)}</dt><dd>{escape(t)}</dd>" for n, t in brief.about)
    return (
        f'<!DOCTYPE html>\n<html lang="{brief.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(heading)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + f"\n</main>\n<footer>\n<h2>{escape(brief.about_title)}</h2>\n"
        f'<dl class="soft">{about}</dl>\n<ul class="links soft">{links}</ul>\n</footer>\n'
        "</body>\n</html>\n"
    )


def _answer(answer: BriefAnswer, brief: Brief, trace: str) -> str:
    found, sentence = escape(answer.found), escape(answer.sentence)
    said = f"<h2>{escape(answer.question)}</h2><p><strong>{found}.</strong> {sentence}</p>"
    if not answer.grade:
        return f"<section>{said}</section>"
    dots = "\u25cf" * answer.level + "\u25cb" * (4 - answer.level)
    beside = [
        interval_bar(answer.span),
        f'<p class="soft">{escape(brief.interval_name)}: {escape(answer.interval)}</p>'
        if answer.interval
        else "",
        f'<p><span class="dots" aria-hidden="true">{dots}</span> '
        f"{escape(brief.grade_name)}: <strong>{escape(answer.grade)}</strong></p>",
        f'<p class="soft">{escape(answer.why)}</p>' if answer.why else "",
        f'<p class="soft"><a href="{trace}#{escape(answer.estimand)}">'
        f"{escape(brief.origin)}: {escape(answer.estimand)}</a></p>",
    ]
    return f'<section class="answer"><div>{said}</div><div>{"".join(beside)}</div></section>'


def interval_bar(span: tuple[float, ...]) -> str:
    """Draw estimate and interval beside zero; the same stands there as text.

    Parameters
    ----------
    span : tuple of float
        Estimate and both ends of its interval, in one unit; empty without an interval.

    Returns
    -------
    str
        SVG whose parts have classes alone (bar, axis, zero, span); empty without an interval.
    """
    if not span:
        return ""
    low, high = min(0.0, *span), max(0.0, *span)
    pad = 0.06 * (high - low)
    zero, point, first, last = (
        f"{100 * (value - low + pad) / (high - low + 2 * pad):.2f}%" for value in (0.0, *span)
    )
    return (
        '<svg class="bar" aria-hidden="true">'
        '<line class="axis" x1="0" x2="100%" y1="30%" y2="30%"/>'
        f'<line class="zero" x1="{zero}" x2="{zero}" y1="0" y2="60%"/>'
        f'<line class="span" x1="{first}" x2="{last}" y1="30%" y2="30%"/>'
        f'<circle cx="{point}" cy="30%" r="4"/><text x="{zero}" y="98%">0</text></svg>'
    )


def _payers(payers: PayerTable | None) -> str:
    if payers is None:
        return ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in payers.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in payers.rows
    )
    table = (
        f"<table><caption>{escape(payers.caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
    return _section(payers.title, table + f'<p class="soft">{escape(" ".join(payers.notes))}</p>')


def _where(where: AreaPicture | None) -> str:
    if where is None:
        return ""
    drawn = where.svg.replace("<svg ", f'<svg role="img" aria-label="{escape(where.alt)}" ', 1)
    said = " ".join(filter(None, [where.caption, where.names]))
    return _section(
        where.title, f'<div class="map">{drawn}<p class="soft">{escape(said)}</p></div>'
    )


def _section(title: str, inside: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{inside}</section>"


def _said(texts: tuple[str, ...], kind: str) -> str:
    return "".join(f'<p class="{kind}">{escape(text)}</p>' for text in texts)


def _listed(texts: tuple[str, ...]) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"
