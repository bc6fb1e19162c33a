"""The brief as a tagged PDF of one A4 page (PDF/UA-1), set with Typst and its own fonts."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.brief.record import Brief

TEMPLATE = Path(__file__).with_name("brief.typ")
# Points of the text with millimetres of the map; the first that fits is taken.
SIZES = ((11.5, 80), (11.0, 72), (10.5, 62), (10.0, 62), (9.5, 55), (9.0, 48), (9.0, 36), (9.0, 28))


def brief_pdf(brief: Brief) -> bytes:
    """Set a brief as PDF.

    Text is as large as fits on one page, from 11.5 points to 9; what does not fit then are names of
    areas that a map shows, or else the map, and what the study cannot tell, from the end of its
    list, of which two stay.

    Parameters
    ----------
    brief : Brief
        What stands on the page.

    Returns
    -------
    bytes
        The file: title, language, tags and alternative texts; the same for the same brief.

    Raises
    ------
    InputError
        The page would be fuller than one sheet at 9 points, or is no PDF/UA-1, as with a picture
        without words or a letter that the font does not have.
    """
    import typst

    template = TEMPLATE.read_bytes()
    for shorter in _shorter(brief):
        for size, tall in SIZES:
            how: dict[str, Any] = {
                "ignore_system_fonts": True,
                "sys_inputs": {"brief": _as_data(shorter), "size": str(size), "map": str(tall)},
            }
            try:
                if json.loads(typst.query(template, "<pages>", field="value", **how)) == [1]:
                    made: bytes = typst.compile(template, pdf_standards=["ua-1"], **how)
                    return made
            except typst.TypstError as error:
                raise InputError(f"brief_{brief.language}.pdf: {error.message}") from None
    raise InputError(
        f"brief_{brief.language}.pdf: more than one page at 9 points; expected "
        "shorter texts in study.yaml, brief, or fewer authors and sources"
    )


def _shorter(brief: Brief) -> list[Brief]:
    """Give the brief whole, then with names of areas or a map alone, then with ever fewer limits.

    The heading of limits and two of them stay.
    """
    found, where = [brief], brief.where
    if where is not None and where.svg:
        found += [replace(brief, where=replace(where, **{name: ""})) for name in ("names", "svg")]
    last, limits = found[-1], brief.limits
    return [*found, *(replace(last, limits=limits[:n]) for n in range(len(limits) - 1, 2, -1))]


def _as_data(brief: Brief) -> str:
    content = asdict(brief)
    day = content["day"]
    content |= {"year": day.year, "month": day.month, "day": day.day}
    return json.dumps(content, ensure_ascii=False)
