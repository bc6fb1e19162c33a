"""Names from a study's configuration as plain text: nothing in them may be markup anywhere.

Sentences hold names of outcomes, areas and units, which anybody may have written. Tables, figures
and workbooks escape them where they write; Markdown and reStructuredText are composed of sentences,
so names are found in them and escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from kuntakokeilu.report.words.labels import sentence_case
from kuntakokeilu.report.words.release import Release

_MARKS = re.compile(r"[\\`*_\[\]#|~$!^{}]|(?<=:)//|^[-+=:](?=\s|[-+=])|^\d+(?=[.)])")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_.]*")  # of outcomes, estimands: never markup
_SPECIAL = re.compile(r"[\\`*_\[\]#|~$!^{}<>&\n]|://|^[-+=:]|^\d+[.)]")


def markup_names(release: Release) -> list[str]:
    """List the names of a release that could be read as markup, the longest first."""
    frames = (release.units, release.programme_costs, release.service_models, release.area_effects)
    given = set(_texts(release.study))
    for frame in frames:
        for _, column in frame.select_dtypes(["object", "string"]).items():
            given |= {text for text in column.dropna().unique() if isinstance(text, str)}
    given = {name for name in given if _SPECIAL.search(name) and not _IDENTIFIER.fullmatch(name)}
    given |= {sentence_case(text) for text in given}
    return sorted(given, key=lambda text: (-len(text), text))


def markdown(text: str, names: Iterable[str]) -> str:
    """Write sentences as Markdown without HTML, in which the given names are plain text.

    Parameters
    ----------
    text : str
        Markdown of this project, which uses no HTML.
    names : iterable of str
        As `markup_names` lists them.
    """
    text = escape(text, quote=False)
    kept: list[str] = []
    for name in names:
        plain = escape(name, quote=False)
        if plain in text:  # set aside, so that no shorter name is found in a longer one
            text = text.replace(plain, f"\0{len(kept)}\0")
            kept.append(" ".join(_MARKS.sub(_backslashed, plain).split()))
    return re.sub(r"\0(\d+)\0", lambda found: kept[int(found[1])], text)


def restructured(text: str) -> str:
    r"""Write one line of plain text as reStructuredText.

    Examples
    --------
    >>> print(restructured("unemployed_share*"))
    unemployed\_share\*
    """
    return re.sub(r"([\\*`_|:<>{}])", r"\\\1", " ".join(text.split()))


def _backslashed(found: re.Match[str]) -> str:
    text = found[0]
    if text == "//":
        return r"\/\/"
    return text + "\\" if text.isdigit() else f"\\{text}"


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for below in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from _texts(below)
