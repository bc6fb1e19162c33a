"""What follows from a release alone, worked out once however many pages and languages ask for it.

A release is never changed; what is kept lies with it, so that it goes when the release goes, and a
release made by `dataclasses.replace` begins anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import pandas as pd

from kuntakokeilu.report.words.release import Release

Result = TypeVar("Result")


def kept(make: Callable[..., Result]) -> Callable[..., Result]:
    """Call a function of a release, and of names, once for each release and names.

    Parameters
    ----------
    make : callable
        Takes a release, then nothing but hashable values; returns a frame, a list of frames, or
        what nobody changes.

    Returns
    -------
    callable
        The same function. Whoever asks gets frames of their own, which share their values until
        one is changed.
    """

    @wraps(make)
    def asked(release: Release, *names: Any) -> Result:
        made = vars(release).setdefault("_kept", {})
        key = (make, *names)
        if key not in made:
            made[key] = make(release, *names)
        return _own(made[key])

    return asked


@kept
def parts_by(release: Release, table: str, column: str) -> dict[str, pd.DataFrame]:
    """Split a released table by the values of a column; rows keep their order and their index."""
    frame = getattr(release, table)
    return {str(value): rows for value, rows in frame.groupby(column, sort=False)}


def rows_with(release: Release, table: str, column: str, value: str) -> pd.DataFrame:
    """Choose the rows of a released table that have a value, without a search of all of them."""
    found = parts_by(release, table, column).get(value)
    return getattr(release, table).iloc[:0] if found is None else found.copy(deep=False)


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Give each row by column: who writes sentences asks for many values of a row."""
    return [dict(zip(rows.columns, line, strict=True)) for line in rows.to_numpy(dtype=object)]


def _own(result: Any) -> Any:
    if isinstance(result, pd.DataFrame):
        return result.copy(deep=False)
    return list(map(_own, result)) if isinstance(result, list) else result
