"""What stands in a cell of a sheet: a heading, a text, or a number with the format that shows it.

Numbers keep all their digits. A number format is written in the notation of ECMA-376 (part 1,
18.8.31); a spreadsheet shows it with the separators of its own language.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pandas as pd

from kuntakokeilu.report.words import made_of
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import MINUS, NO_BREAK, Language
from kuntakokeilu.report.words.side_by_side import DESIGNS

_PLACES = {"count": 0, "order": 0, "hundredths": 2, "whole": 0}
_PLACES |= {f"places_{n}": n for n in (1, 2, 3)}
_DIGITS, _MOST = 3, 6  # significant digits of numbers of any size, and their decimals at most
_PLUS = ("signed", "order", "hundredths", "whole")


def say(key: str, study: Study, language: Language, /, **values: object) -> str:
    """Fetch a text, or its neutral form `<key>.other` where units are no municipalities."""
    neutral = f"{key}.{study['units']}"
    return language.say(neutral if language.has(neutral) else key, **values)


def heading(column: str, study: Study, language: Language) -> str:
    """Head a column of a sheet; one of several designs says of which."""
    for design in DESIGNS:
        part = column.removesuffix(f"_{design}")
        if part != column:
            what = language.say(f"workbook.column.{part}")
            name = language.say(f"designs.short.{design}")
            return language.say("workbook.column.of_design", design=name, what=what)
    return say(f"workbook.column.{column}", study, language)


def decimals_of(row: Row, study: Study) -> int:
    """Give the decimals of a row's numbers: those of its outcome, or of its amounts."""
    if "outcome" in row:
        return int(study["outcomes"][row["outcome"]]["decimals"])
    if "first" in row and row["first"] in study["estimands"]:
        outcome = study["estimands"][row["first"]]["outcome"]
        return int(study["outcomes"][outcome]["decimals"])
    if "ratio" in row or "quantity" in row:
        each = "ratio" in row or row["quantity"] == "per_person"
        return made_of.places(row["unit"], each=each)
    return 1 if "response_rate" in row else 2


def number_format(kind: str, value: Any, decimals: int, language: Language) -> str:
    """Choose the number format of a cell.

    Parameters
    ----------
    kind : str
        What sort of number its column holds; empty for text.
    value : Any
        Its value.
    decimals : int
        Decimals of the outcome.
    language : Language
        Whose decimal sign stands in the text that a small p-value shows.

    Returns
    -------
    str
        Empty for text. Estimates show their sign, with a true minus, and what rounds to zero
        none; a p-value below 0.001 stays the number it is and shows as such.
    """
    if not kind:
        return ""
    if kind == "millions":  # each comma at the end divides by a thousand
        return f'+#,##0.0,,;"{MINUS}"#,##0.0,,;0.0'
    places = significant_places(value) if kind == "significant" else _PLACES.get(kind, decimals)
    tiny = kind in ("significant", "alike") and pd.notna(value) and 0 < value < 0.5 * 10**-places
    if kind == "p" or tiny:
        least = 3 if kind == "p" else max(places, 1)
        limit = f"{10.0**-least:.{least}f}"
        said = language.number(10.0**-least, least)
        return f'[<{limit}]"<{NO_BREAK}{said}";0.{"0" * least}'
    plain = "#,##0" + ("." + "0" * places if places else "")
    if pd.notna(value) and abs(value) < 0.5 * 10**-places:
        return f"{plain};{plain};{plain}"
    plus = "+" if kind in _PLUS else ""
    return f'{plus}{plain};"{MINUS}"{plain};{plain}'


def significant_places(value: Any) -> int:
    """Decimals that show three significant digits, without zeros at the end."""
    if pd.isna(value):
        return 0
    exponent = Decimal(f"{value:.{_DIGITS}g}").normalize().as_tuple().exponent
    return min(max(-int(exponent), 0), _MOST)


def even_places(values: Iterable[Any]) -> int:
    """Decimals for numbers of one sort: three significant digits of the largest, if needed."""
    known = [abs(float(value)) for value in values if pd.notna(value)]
    largest = max(known, default=0.0)
    if not largest:
        return 0
    digits = _DIGITS - 1 - math.floor(math.log10(largest))
    return min(max(map(significant_places, known)), max(digits, 0))
