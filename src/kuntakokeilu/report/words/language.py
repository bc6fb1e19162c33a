"""The three languages of readers: their words from config/labels, and their forms of numbers.

Every word that a reader sees stands in `config/labels/*.csv`, once, in Finnish, Swedish and
English; nothing else in this room holds one. Numbers follow the languages' own conventions: a
decimal comma in Finnish and Swedish (SFS 4175; Språkrådet), a true minus, no-break spaces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv

LANGUAGES = ("fi", "sv", "en")
LABELS = Path("config/labels")
MINUS, DASH, NO_BREAK = "\u2212", "\u2013", "\u00a0"
_DECIMAL = {"fi": ",", "sv": ",", "en": "."}
_GROUP = {"fi": NO_BREAK, "sv": NO_BREAK, "en": ","}
_UNBROKEN = re.compile(r"(?<=[\d}]) (?=%)|(?<=\d) (?=\d{3}\b)")  # as in 95 % and 9 999
_QUARTER = {"fi": "{q}. neljännes {year}", "sv": "kvartal {q} {year}", "en": "{year} Q{q}"}


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes
    ----------
    code : {"fi", "sv", "en"}
        The language.
    texts : mapping of str to str
        Key to text; `{name}` in a text is a place for a value.
    """

    code: str
    texts: Mapping[str, str]

    def say(self, key: str, /, **values: object) -> str:
        """Return the text of a key with its places filled in.

        Raises
        ------
        InputError
            config/labels has no such key.
        """
        if key not in self.texts:
            raise InputError(f"config/labels: no text {key}")
        return self.texts[key].format(**values)

    def has(self, key: str) -> bool:
        """Tell whether there is a text of this key."""
        return key in self.texts

    def pick(self, labels: Mapping[str, str] | None, default: str = "") -> str:
        """Choose this language of a label of a study: fi, sv, en, or label_fi, label_sv, ..."""
        if not labels:
            return default
        return str(labels.get(self.code) or labels.get(f"label_{self.code}") or default)

    def number(self, value: float, decimals: int, *, sign: bool = False) -> str:
        """Write a number; an en dash stands for a missing one, and zero has no sign."""
        if pd.isna(value):
            return DASH
        text = f"{value:{'+' if sign else ''},.{decimals}f}"
        if not text.strip("+-0.,"):
            text = text.lstrip("+-")
        return self._localised(text)

    def significant(self, value: float, digits: int = 3) -> str:
        """Write a number with so many significant digits, never as a power of ten."""
        if pd.isna(value):
            return DASH
        return self._localised(f"{Decimal(f'{value:.{digits}g}'):,f}")

    def interval(self, low: float, high: float, decimals: int) -> str:
        """Write both ends of an interval with their signs."""
        ends = (self.number(end, decimals, sign=True) for end in (low, high))
        return self.say("number.interval", low=next(ends), high=next(ends))

    def p_number(self, p: float) -> str:
        """Write a p-value for a table column that is headed p: `0.386`, or `< 0.001`."""
        if pd.isna(p):
            return DASH
        limit = self._localised("0.001")
        return f"<{NO_BREAK}{limit}" if p < 0.001 else self._localised(f"{p:.3f}")

    def p_text(self, p: float) -> str:
        """Write a p-value in a sentence: `p = 0.386`, or `p < 0.001`."""
        if pd.isna(p):
            return self.say("number.no_p_value")
        sign = "" if p < 0.001 else f"={NO_BREAK}"
        return f"p{NO_BREAK}{sign}{self.p_number(p)}"

    def period(self, text: str) -> str:
        """Write a period: 2021-03, 2021Q1, 2021, or a number of a panel's own count."""
        if "Q" in text:
            year, _, quarter = text.partition("Q")
            return _QUARTER[self.code].format(year=year, q=quarter)
        year, _, month = text.partition("-")
        if not month:
            return year.lstrip("0")
        return f"{year}-{month}" if self.code == "en" else f"{int(month)}/{year}"

    def listed(self, names: list[str]) -> str:
        """Join names as a list in a sentence."""
        *first, last = names or [""]
        return self.say("number.and", first=", ".join(first), last=last) if first else last

    def _localised(self, text: str) -> str:
        swap = {",": _GROUP[self.code], ".": _DECIMAL[self.code], "-": MINUS}
        return "".join(swap.get(letter, letter) for letter in text)

    def about(self, study: Mapping[str, Any]) -> Language:
        """Take the words for the kind of unit of a study: of `key.other` instead of `key`.

        In English, units are called as the study calls them; in Finnish and Swedish, where words
        bend, they stay units.
        """
        kind = f".{study['units']}"
        own = {key.removesuffix(kind): t for key, t in self.texts.items() if key.endswith(kind)}
        words = (study.get("unit_words") or {}).get(self.code)
        if words and self.code == "en":
            own = {key: _called(text, words) for key, text in own.items()}
        renamed = {f"{key}{kind}": text for key, text in own.items()}
        return replace(self, texts={**self.texts, **own, **renamed})


def _called(text: str, words: Mapping[str, str]) -> str:
    """Put the study's own words for `unit` and `units` into an English text, not in its places."""
    for plain, word in (("units", words["many"]), ("unit", words["one"])):
        text = re.sub(rf"(?<!{{)\b{plain}\b(?!}})", word, text)
        text = re.sub(rf"\b{plain.capitalize()}\b", word[:1].upper() + word[1:], text)
    return text


def read_language(code: str, folder: Path | str = LABELS) -> Language:
    """Read the texts of one language from the tables key, fi, sv, en in a folder.

    Raises
    ------
    InputError
        There is no table, a key occurs twice, or a text is missing.
    """
    texts: dict[str, str] = {}
    for path in sorted(Path(folder).glob("*.csv")):
        known = path.stat()
        table = _columns(path, (known.st_mtime_ns, known.st_size))
        for row, (key, text) in enumerate(zip(table["key"], table[code], strict=True), start=2):
            if key in texts:
                raise InputError(f"{path.as_posix()}, row {row}: the key {key} occurs twice")
            if not text:
                raise InputError(f"{path.as_posix()}, row {row}, column {code}: {key} has no text")
            texts[key] = _UNBROKEN.sub(NO_BREAK, text)
    if not texts:
        raise InputError(f"{Path(folder).as_posix()}: no table of labels; expected key, fi, sv, en")
    return Language(code, texts)


@lru_cache(maxsize=64)
def _columns(path: Path, _: tuple[int, int]) -> dict[str, tuple[str, ...]]:
    """Read a table once for all languages, as long as its time and size stay."""
    table = read_csv(path, ("key", *LANGUAGES))
    return {name: tuple(table[name]) for name in ("key", *LANGUAGES)}
