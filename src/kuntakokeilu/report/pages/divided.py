"""One notebook as two pages: what a reader needs, and an annex of what is long.

The cells of the annex have the tag `annex`. They run with the others, so that a notebook stays one
story, and the page says at their place what the annex holds.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from html import escape, unescape
from itertools import groupby
from typing import Any

from kuntakokeilu.report.words.language import Language

TAG = "annex"


def annex_of(name: str) -> str:
    """Name the file of a page's annex, beside it."""
    return f"{name}_annex.html"


def without_annex(notebook: Any, name: str, language: Language) -> Any:
    """Take out the cells of the annex, and put links to them in their place.

    Parameters
    ----------
    notebook : NotebookNode
        An executed notebook.
    name : str
        Its name.
    language : Language
        Of the links.
    """
    page = copy.copy(notebook)
    page["cells"] = []
    number = 0
    for in_annex, cells in _runs(notebook):
        titles = list(dict.fromkeys(title for cell in cells for title in titles_of(cell)))
        if not in_annex:
            page["cells"] += cells
        elif titles:
            number += 1
            where = f"{annex_of(name)}#part-{number}"
            said = language.say("page.in_annex", titles="; ".join(titles))
            link = f'<a href="{where}">{escape(said)}</a>'
            page["cells"].append(_markdown(f'<p class="annexed">{link}</p>', number))
    return page


def annex_alone(notebook: Any, name: str, language: Language, warned: Sequence[str] = ()) -> Any:
    """Keep the cells of the annex, below a title that leads back to the page, and warnings."""
    title = language.say("page.annex", page=language.say(f"page.{name}"))
    back = language.say("page.back", page=language.say(f"page.{name}"))
    page = copy.copy(notebook)
    head = [f"# {title}", *warned, f"[{back}]({name}.html)"]
    page["cells"] = [_markdown("\n\n".join(head), 0)]
    number = 0
    for in_annex, cells in _runs(notebook):
        if in_annex and any(titles_of(cell) for cell in cells):
            number += 1
            page["cells"] += [_markdown(f'<span id="part-{number}"></span>', number), *cells]
    if not number:
        page["cells"].append(_markdown(language.say("page.no_annex"), 1))
    return page


def titles_of(cell: Any) -> list[str]:
    r"""List the headings that a cell shows; the captions of its tables and figures if it has none.

    Examples
    --------
    >>> titles_of({"cell_type": "markdown", "source": "## What there is\n\nText."})
    ['What there is']
    """
    if cell["cell_type"] == "markdown":
        return _headings(cell["source"])
    shown = [output.get("data", {}) for output in cell.get("outputs", [])]
    found = [title for data in shown for title in _headings(_joined(data.get("text/markdown")))]
    if found:
        return found
    html = "".join(_joined(data.get("text/html")) for data in shown)
    captions = re.findall(r"<(?:caption|figcaption)>(.*?)(?:<a |</)", html, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "", caption)).strip() for caption in captions]


def _runs(notebook: Any) -> Iterator[tuple[bool, list[Any]]]:
    for in_annex, cells in groupby(notebook["cells"], key=_is_annex):
        yield in_annex, list(cells)


def _is_annex(cell: Any) -> bool:
    return TAG in cell.get("metadata", {}).get("tags", [])


def _headings(text: str) -> list[str]:
    found = re.findall(r"^#{2,3} (.+)$", text, re.MULTILINE)
    return [unescape(re.sub(r"\\(\W)", r"\1", title)) for title in found]


def _joined(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else text or ""


def _markdown(text: str, number: int) -> Any:
    """Make a cell; its name is the same in every run."""
    import nbformat

    return nbformat.v4.new_markdown_cell(text, id=f"part-{number}")
