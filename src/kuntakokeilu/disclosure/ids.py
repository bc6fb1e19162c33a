"""The ids of an extract, hashed, and what in a text looks like one of them.

An id of many digits that stands in a text is there for a reason; one of few digits may be any
number. So each form of id (digits and letters by place) is looked for, and what is found is held
against what chance alone would give among so many numbers of that form.
"""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom

from kuntakokeilu import duck

# ASSUME: one false alarm in a million files.
BY_CHANCE = 1e-6
FORMS = 40  # of ids; those with fewest ids are left out
SHORTEST = 5  # digits and letters; a shorter id is any number or code
_CHUNK = 1_000_000
_FORM = str.maketrans(
    {**dict.fromkeys("0123456789", "9"), **{chr(65 + n): "A" for n in range(26)}}
    | {chr(97 + n): "A" for n in range(26)}
)
# No part of a word or of a fraction; asked after the first letter, as in `identifiers`.
_BEFORE, _AFTER = r"(?<![\w.].)", r"(?!\w|\.\d*[1-9])"


@dataclass(frozen=True)
class IdFilter:
    """Ids that can be asked for and not listed.

    Attributes
    ----------
    hashes : ndarray of uint64
        Sorted keyed hashes of all ids.
    forms : dict of str to int
        Form of ids (9 for a digit, A for a letter), to how many ids have it.
    key : str
        The key of the hashes, which is made anew for each filter and kept nowhere.
    """

    hashes: npt.NDArray[np.uint64]
    forms: Mapping[str, int]
    key: str = field(repr=False)

    def __contains__(self, value: str) -> bool:
        return bool(self.among([value])[0])

    def among(self, values: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Tell which of some values are ids."""
        if not len(values) or not len(self.hashes):
            return np.zeros(len(values), dtype=bool)
        asked = _hashed(values, self.key)
        place = np.minimum(np.searchsorted(self.hashes, asked), len(self.hashes) - 1)
        found: npt.NDArray[np.bool_] = self.hashes[place] == asked
        return found


NO_IDS = IdFilter(np.array([], dtype=np.uint64), {}, "")


def id_filter(chunks: Iterable[Sequence[str]]) -> IdFilter:
    """Make a filter of ids.

    Parameters
    ----------
    chunks : iterable of sequences of str
        The ids, a part at a time; an id may come more than once. Ids of fewer than `SHORTEST`
        digits and letters are passed over.

    Returns
    -------
    IdFilter
        Eight bytes an id, while chunks are merged sixteen.
    """
    key, hashes = secrets.token_hex(8), NO_IDS.hashes
    forms: dict[str, int] = {}
    for chunk in chunks:
        values = pd.Series(list(chunk), dtype=object)
        values = values[values.map(len) >= SHORTEST].drop_duplicates()
        made = _hashed(values.to_numpy(), key)
        new = ~np.isin(made, hashes)
        for form, count in values[new].str.translate(_FORM).value_counts().items():
            forms[str(form)] = forms.get(str(form), 0) + int(count)
        hashes = np.union1d(hashes, made)
    most = sorted(forms, key=lambda form: (-forms[form], form))[:FORMS]
    return IdFilter(hashes, {form: forms[form] for form in most}, key)


def ids_of_tables(columns: Mapping[Path, Sequence[str]]) -> IdFilter:
    """Make a filter of the ids in parquet files.

    Parameters
    ----------
    columns : mapping of Path to sequence of str
        The files, each with its columns of ids.
    """
    if not columns:
        return id_filter([])
    with (
        tempfile.TemporaryDirectory(dir=next(iter(columns)).parent, prefix=".ids-") as spill,
        duck.connect(Path(spill)) as con,
    ):
        return id_filter(
            chunk
            for path, names in columns.items()
            for name in names
            for chunk in _chunks(con, path, name)
        )


def _chunks(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> Iterable[list[str]]:
    column = '"' + name.replace('"', '""') + '"'
    query = f"SELECT DISTINCT CAST({column} AS VARCHAR) FROM read_parquet(?)"
    found = con.execute(f"{query} WHERE {column} IS NOT NULL", [path.as_posix()])
    while rows := found.fetchmany(_CHUNK):
        yield [value for (value,) in rows]


def count_ids(text: str, ids: IdFilter) -> int:
    """Count the ids in a text, if there are more than chance would give.

    Parameters
    ----------
    text : str
        Any text.
    ids : IdFilter
        The ids.

    Returns
    -------
    int
        Different ids; 0 if so many numbers of a form would hold as many ids by chance in more
        than one text of a million. Digits count as an id also without the zeros that it begins
        with, which a spreadsheet drops.
    """
    found = 0
    for form, known in ids.forms.items():
        asked = sorted({_padded(hit[0], form) for hit in _pattern(form).finditer(text)})
        hits = int(ids.among(asked).sum())
        if hits and binom.sf(hits - 1, len(asked), min(known / _possible(form), 1.0)) < BY_CHANCE:
            found += hits
    return found


def _hashed(values: Sequence[str] | npt.NDArray[np.object_], key: str) -> npt.NDArray[np.uint64]:
    array = np.array([value.strip().casefold() for value in values], dtype=object)
    return pd.util.hash_array(array, hash_key=key, categorize=False)


def _possible(form: str) -> float:
    """Say how many ids a form could have."""
    return 10.0 ** form.count("9") * 26.0 ** form.count("A")


def _pattern(form: str) -> re.Pattern[str]:
    if set(form) == {"9"}:
        fewest, most = max(len(form) - 2, SHORTEST) - 1, len(form) - 1
        return re.compile(rf"\d{_BEFORE}\d{{{fewest},{most}}}{_AFTER}")
    marks = {"9": r"\d", "A": "[A-Za-z]"}
    first, *rest = (marks.get(mark, re.escape(mark)) for mark in form)
    return re.compile(f"{first}{_BEFORE}{''.join(rest)}{_AFTER}")


def _padded(value: str, form: str) -> str:
    return value.zfill(len(form))
