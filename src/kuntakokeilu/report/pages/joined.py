"""Many pages as one file: each a part of it, with links between them that lead on within it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from html import escape
from posixpath import dirname, normpath
from posixpath import join as path_join

_MAIN = re.compile(r"<main>(.*?)</main>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_HEADING = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
_BODY = re.compile(r"(?<=<body>).*?(?=<footer>|</body>)", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z][^>]*>")
_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_ADDRESS = re.compile(r'(?<=\bhref=")[^"]*')
_NAMES = re.compile(r'\b(id|for|headers|aria-labelledby|aria-describedby)="([^"]*)"')
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_MARK = "--"  # between a page's name and what was an id in it


def joined_pages(pages: Mapping[str, str], file: str, there: Collection[str], title: str) -> str:
    """Join pages of one study into one file.

    Parameters
    ----------
    pages : mapping of str to str
        Pages by the name of their files, as `html_page.whole_page` makes them, in reading order.
    file : str
        Name of the file that is made, in the folder from which pages are named.
    there : collection of str
        Other files that lie beside it. A link to a page that was not joined and is not there leads
        to its form as PDF, if that is; a link to anything else that is not there becomes its text.
    title : str
        Of the file.

    Returns
    -------
    str
        A page that opens with a list of its parts. An id of a page is one of its part, so that two
        pages may have the same; addresses from outside are as `place_within` gives them.

    Examples
    --------
    >>> one = '<main><h1>One</h1><a href="two.html#x">on</a></main>'
    >>> two = '<main><h1>Two</h1><p id="x">here <a href="gone.csv">numbers</a></p></main>'
    >>> whole = joined_pages({"one.html": one, "two.html": two}, "pages.html", [], "All")
    >>> '<a href="#two--x">' in whole, '<p id="two--x">here numbers</p>' in whole
    (True, True)
    """
    first = next(iter(pages.values()))
    styles = dict.fromkeys(style for text in pages.values() for style in _STYLE.findall(text))
    parts = [
        f'<section id="{_stem(name)}">\n{_part(name, text, pages, file, there)}\n</section>'
        for name, text in pages.items()
    ]
    body = (
        f"\n<h1>{escape(title)}</h1>\n<nav><ul>{_contents(pages)}</ul></nav>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n"
    )
    whole = _STYLE.sub(lambda _: f"<style>{''.join(styles)}</style>", first, count=1)
    whole = re.sub(r"(?<=<title>)[^<]*", lambda _: escape(title), whole, count=1)
    if not _BODY.search(whole):
        return body
    return _BODY.sub(lambda _: body, whole, count=1)


def led_within(
    text: str, name: str, joined: Collection[str], file: str, there: Collection[str]
) -> str:
    """Let links of a page that stands alone lead into a joined file.

    Parameters
    ----------
    text, name : str
        The page and its file.
    joined : collection of str
        Names of the pages that were joined.
    file : str
        The file that they were joined in.
    there : collection of str
        Other files beside it; see `joined_pages`.
    """
    return _LINK.sub(lambda link: _followed(link, name, joined, file, there, alone=True), text)


def place_within(name: str, mark: str = "") -> str:
    """Give the place in a joined file of a page, or of an id in it.

    Examples
    --------
    >>> place_within("outcomes/outcome_employed.html"), place_within("costs.html", "table_2")
    ('#outcome_employed', '#costs--table_2')
    """
    return f"#{_stem(name)}{_MARK}{mark}" if mark else f"#{_stem(name)}"


def _contents(pages: Mapping[str, str]) -> str:
    told = {name: _HEADING.search(text) for name, text in pages.items()}
    names = {
        name: re.sub(r"<[^>]*>", "", h[1]).strip() if h else _stem(name) for name, h in told.items()
    }
    return "".join(f'<li><a href="{place_within(n)}">{t}</a></li>' for n, t in names.items())


def _part(name: str, text: str, pages: Collection[str], file: str, there: Collection[str]) -> str:
    """Take the body of a page; its list of pages and its sources stand once for all."""
    found = _MAIN.search(text)
    body = found[1].strip() if found else text
    body = _TAG.sub(lambda tag: _NAMES.sub(lambda a: _renamed(a, name), tag[0]), body)
    return _LINK.sub(lambda link: _followed(link, name, pages, file, there, alone=False), body)


def _renamed(attribute: re.Match[str], name: str) -> str:
    ids = " ".join(f"{_stem(name)}{_MARK}{each}" for each in attribute[2].split())
    return f'{attribute[1]}="{ids}"'


def _followed(
    link: re.Match[str],
    name: str,
    joined: Collection[str],
    file: str,
    there: Collection[str],
    *,
    alone: bool,
) -> str:
    """Give a link as it is where pages are joined, or its text if it would lead nowhere."""
    address = link[1]
    if _ELSEWHERE.match(address):
        return link[0]
    path, _, mark = address.partition("#")
    target = normpath(path_join(dirname(name), path)) if path else name
    if target in joined:
        new = (file if alone else "") + place_within(target, mark)
    elif target == name:
        return link[0]
    else:
        printed = target.removesuffix(".html") + ".pdf"
        found = next((each for each in (target, printed) if each in there), None)
        if found is None:
            return link[2]
        new = found + (f"#{mark}" if mark and found == target else "")
    head, rest = link[0].split(">", 1)
    return _ADDRESS.sub(lambda _: new, head, count=1) + ">" + rest


def _stem(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".html")
