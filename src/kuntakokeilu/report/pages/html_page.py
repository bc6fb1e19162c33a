"""One HTML page of an executed notebook, that loads nothing and links to its siblings."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from html import escape
from html.parser import HTMLParser
from typing import Any

from kuntakokeilu.report.pages import divided
from kuntakokeilu.report.words import captions
from kuntakokeilu.report.words.attribution import about
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.trace import trace_file
from kuntakokeilu.report.words.who_is_compared import own_effects_notes, twin_notes

# What no link may stand in, any tag; or a name with a dot inside, as estimands have.
_NAMES = re.compile(
    r"<(?P<tag>a|pre|style|title|script)\b.*?</(?P=tag)>|<(?!wbr)[^>]*>"
    r"|(?P<name>(?:\w|<wbr/?>)+\.(?:\w|<wbr/?>)*\w)",
    re.DOTALL,
)
_BREAK = re.compile("<wbr/?>")
_LOADING = {
    **dict.fromkeys(("script", "img", "iframe", "embed", "audio", "track", "input"), ("src",)),
    "video": ("src", "poster"),
    "source": ("src", "srcset"),
    "link": ("href",),
    "object": ("data",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
_TEMPLATE = """
{%- extends 'basic/index.html.j2' -%}
{% block codecell %}
<div class="cell">
{%- if cell.outputs %}{{ self.output_group() }}{% endif %}
{%- if 'remove-input' not in cell.metadata.get('tags', []) %}{{ self.input_group() }}{% endif %}
</div>
{% endblock codecell %}
{% block input_group %}
<details class="code"><summary>{{ resources.code }}</summary>
<div tabindex="0" role="region" aria-label="{{ resources.code }}">
{{ cell.source | highlight_code(metadata=cell.metadata) }}
</div></details>
{% endblock input_group %}
"""
_STYLE = """
body { font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  color: #1a1a1a; background: #fff; max-width: 66rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
p, li, figure, details.code { max-width: 52rem; }
h1 { font-size: 1.7rem; line-height: 1.25; } h2 { font-size: 1.3rem; margin-top: 2.5rem; }
h3 { font-size: 1.1rem; } a { color: #00508a; } li { margin-bottom: .5rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0 0 .5rem;
  margin: 0 0 1.5rem; border-bottom: 1px solid #ddd; } nav li { margin: 0; }
figure { margin: 1.5rem 0; } figure img { width: 100%; min-width: 44rem; height: auto; }
figure:target img { width: 80rem; } .drawing { overflow-x: auto; }
p, li, h1, h2, h3, figcaption { overflow-wrap: anywhere; }
figcaption, caption { color: #444; font-size: .9rem; text-align: left; }
caption { padding-bottom: .4rem; font-weight: 600; }
.opening { border-left: 4px solid #00508a; padding: .1rem 0 .1rem 1rem; }
.opening p { margin: .5rem 0; } details { max-width: 52rem; margin: .5rem 0; }
summary { cursor: pointer; color: #00508a; padding: .25rem 0; } details li { margin: .3rem 0; }
.table { overflow-x: auto; margin: 1.5rem 0; }
.table:focus-visible, .drawing:focus-visible { outline: 3px solid #00508a; }
table { border-collapse: collapse; font-size: .82rem; line-height: 1.35; }
th, td { padding: .35rem .45rem; min-width: 4.5rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums; }
thead th { border-bottom: 2px solid #888; vertical-align: bottom; }
tbody th { font-weight: 400; } .whole { white-space: nowrap; }
footer { border-top: 1px solid #ddd; margin-top: 3rem; font-size: .9rem; }
footer dt { font-weight: 600; } footer dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
details.code { margin: .25rem 0; font-size: .8rem; color: #595959; }
details.code pre { background: #f6f6f6; padding: .6rem .8rem; overflow-x: auto; color: #1a1a1a; }
@media print { body, p, li { max-width: none; } body { padding: 0; font-size: 10pt; }
  details.code, nav { display: none; } .table { overflow: visible; }
  figure, tr, li { break-inside: avoid; } h2 { break-after: avoid; }
  table { font-size: 7.5pt; } @page { size: A4; margin: 18mm; } }
"""


def to_html(
    notebook: Any,
    name: str,
    names: Sequence[str],
    release: Release,
    language: Language,
    *,
    annex: bool = False,
) -> str:
    """Turn an executed notebook into a page without scripts: text first, code folded below.

    Cells with the tag `annex` stand on a second page, to which the first has links where they were.

    Parameters
    ----------
    notebook : NotebookNode
        An executed notebook.
    name : str
        Which of the notebooks it is.
    names : sequence of str
        All notebooks of the study, in reading order; the page links to `<name>.html` beside it.
    release : Release
        What the notebook shows.
    language : Language
        Language of the page.
    annex : bool
        Is it the second page?
    """
    from pygments.formatters import HtmlFormatter

    if annex:
        shown = divided.annex_alone(notebook, name, language, warnings(release.study, language))
    else:
        shown = divided.without_annex(notebook, name, language)
    body, _ = _exporter().from_notebook_node(shown, {"code": escape(language.say("page.code"))})
    links = {
        "" if other == name and not annex else f"{other}.html": language.say(f"page.{other}")
        for other in names
    }
    traces = trace_file(language)
    title = language.say(f"page.{name}")
    title = language.say("page.annex", page=title) if annex else title
    return whole_page(
        title=f"{title}: {language.pick(release.study['title'])}",
        body=linked(body, set(release.study["estimands"]), traces),
        links={**links, traces: language.say("trace.page")},
        release=release,
        language=language,
        style=HtmlFormatter(style="default").get_style_defs(".highlight"),
    )


@cache
def _exporter() -> Any:
    """Make what turns cells into HTML, once for a page and its annex."""
    from jinja2 import DictLoader
    from nbconvert import HTMLExporter

    return HTMLExporter(
        template_file="page.html.j2",
        extra_loaders=[DictLoader({"page.html.j2": _TEMPLATE})],
        exclude_anchor_links=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )


def warnings(study: Study, language: Language) -> list[str]:
    """Say in Markdown what stands above everything else on a page: what is not as it seems."""
    blinded = [f"**{language.say('study.blinded')}**"] if study["blinded"] else []
    simulated = [language.say("page.simulated")] if study["simulated"] else []
    return [*blinded, *simulated, *own_effects_notes(study, language), *twin_notes(study, language)]


def whole_page(
    title: str,
    body: str,
    links: Mapping[str, str],
    release: Release,
    language: Language,
    style: str = "",
) -> str:
    """Put a page together.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML.
    links : mapping of str to str
        Addresses of the study's pages to their names; the page itself has none.
    release : Release
        Whose sources and authors stand at the end.
    language : Language
        Of the page.
    style : str
        More than the style that all pages have.
    """
    return (
        f'<!DOCTYPE html>\n<html lang="{language.code}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(captions.caption(release.study, title, language))}</title>\n"
        f"<style>{_STYLE}{style}</style>\n</head>\n"
        f"<body>\n{_navigation(links, language)}\n<main>\n{body}\n</main>\n"
        f"{_footer(release, language)}\n</body>\n"
        "</html>\n"
    )


def linked(html: str, names: Collection[str], page: str) -> str:
    """Make every name of an estimand in the text of a page a link to where it comes from.

    Parameters
    ----------
    html : str
        A page; its tables may have places to break inside names.
    names : collection of str
        What can be traced.
    page : str
        Address of the page of traces, seen from this one.

    Examples
    --------
    >>> linked("<td>jobs.<wbr>main</td>", {"jobs.main"}, "trace_en.html")
    '<td><a href="trace_en.html#jobs.main">jobs.<wbr>main</a></td>'
    """

    def link(match: re.Match[str]) -> str:
        shown = match["name"] or ""
        name = _BREAK.sub("", shown)
        return f'<a href="{page}#{name}">{shown}</a>' if name in names else match[0]

    return _NAMES.sub(link, html)


def _navigation(links: Mapping[str, str], language: Language) -> str:
    """Link to the other pages; the one that is open is marked. A page alone has no navigation."""
    if not links:
        return ""
    items = []
    for address, name in links.items():
        label = escape(name)
        here = f'<strong aria-current="page">{label}</strong>'
        items.append(f'<a href="{address}">{label}</a>' if address else here)
    listed = "".join(f"<li>{item}</li>" for item in items)
    return f'<nav aria-label="{escape(language.say("page.navigation"))}"><ul>{listed}</ul></nav>'


def _footer(release: Release, language: Language) -> str:
    """Name the sources, the day of the run, the authors, and how to cite."""
    facts = about(release, language)
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    title = escape(language.say("attribution.topic"))
    return f"<footer><h2>{title}</h2>\n<dl>{listed}</dl></footer>" if facts else ""


def external_loads(html: str) -> list[str]:
    """List what a page would load from elsewhere; links that a reader may follow do not count.

    Parameters
    ----------
    html : str
        A whole page.

    Returns
    -------
    list of str
        Addresses in the order of the page, of scripts, styles, images and frames that are not
        inside the page, of `url()` and `@import` in styles, and of any address in a script.
    """
    parser = _Loads()
    parser.feed(html)
    parser.close()
    return parser.found


class _Loads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in ("script", "style") else self._inside
        for name, value in attrs:
            if name in _LOADING.get(tag, ()) and not _inside_page(value or ""):
                self.found.append(value or "")
            if name == "style":
                self.found += _style_loads(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.found += _style_loads(data)
        if self._inside == "script":
            self.found += re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'`]*", data)


def _inside_page(address: str) -> bool:
    return address.strip().startswith(("data:", "#")) or not address.strip()


def _style_loads(style: str) -> list[str]:
    urls = re.findall(r"url\(\s*[\"']?([^\"')]+)", style)
    imports = re.findall(r"@import\s+[\"']([^\"']+)", style)
    return [address for address in urls + imports if not _inside_page(address)]
