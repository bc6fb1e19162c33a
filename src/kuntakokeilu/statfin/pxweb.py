"""Answers of Statistics Finland's PxWeb, as the text frame that the long CSV files give.

JSON-stat2: https://json-stat.org/full/; values stand row by row, the last dimension fastest. The
other form of the same table, a CSV download, is read in `statfin.csv`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.statfin.codes import (
    MISSING,
    area_code,
    content_codes,
    find_variable,
    month_text,
    published,
    refuse_web_page,
    table_id,
    title_id,
)

KEYS = ["kunta", "month", "content"]


@dataclass(frozen=True)
class Answer:
    """One answer or download, before it is put together with others.

    Attributes
    ----------
    values : DataFrame of str
        kunta, month, content, value; a suppressed value is an empty string.
    updated : str
        When the table was published, as the answer says; empty if it does not.
    """

    values: pd.DataFrame
    updated: str = ""


def load_data_set(text: str, table: str, where: str) -> dict[str, Any]:
    """Load a JSON-stat2 data set; numbers stay text, so that none changes its form.

    Raises
    ------
    InputError
        A web page or an error message instead of data, a cut answer, or another table.
    """
    refuse_web_page(text, where)
    try:
        data = json.loads(
            text.removeprefix("\ufeff"), parse_float=str, parse_int=str, parse_constant=str
        )
    except json.JSONDecodeError as error:
        raise InputError(
            f"{where}: not a whole JSON answer ({error.msg} at character {error.pos} of "
            f"{len(text)}); download it again"
        ) from None
    except RecursionError:
        raise InputError(
            f"{where}: too many levels within each other; expected JSON-stat2"
        ) from None
    needed = ("id", "size", "dimension", "value")
    if not isinstance(data, dict) or any(key not in data for key in needed):
        raise InputError(f"{where}: expected a JSON-stat2 data set; ask for the format json-stat2")
    named = _part(_part(data, "extension", where), "px", where).get("tableid")
    named = str(named or "") or title_id(str(data.get("label") or ""))
    if named and table_id(named) != table_id(table):
        raise InputError(
            f"{where}: expected table {table_id(table)}, found {table_id(named)}; "
            "download the right table"
        )
    return data


def _part(data: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """Return an optional part of a data set that has keys of its own; empty without it."""
    found = data.get(key)
    if found is not None and not isinstance(found, Mapping):
        raise InputError(f"{where}: expected keys with values in {key}; download it again")
    return found or {}


def dimensions(data: Mapping[str, Any], where: str) -> dict[str, list[str]]:
    """List the codes of every dimension, in the order of the values."""
    try:
        sizes = [int(size) for size in data["size"]]
        codes = {name: _codes(data["dimension"][name]["category"]) for name in data["id"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(
            f"{where}: a dimension without its codes, or with places that are not 0, 1, 2 and so "
            "on; download it again"
        ) from None
    if [len(one) for one in codes.values()] != sizes:
        raise InputError(f"{where}: the sizes {sizes} are not those of the dimensions' codes")
    return codes


def _codes(category: Mapping[str, Any]) -> list[str]:
    index = category.get("index")
    if index is None:  # a dimension of one code may name it in its label alone
        return list(dict(category["label"]))
    if isinstance(index, list):
        codes = [str(code) for code in index]
        if len(set(codes)) < len(codes):
            raise ValueError("a code stands there twice")
        return codes
    places = {int(place): code for code, place in index.items()}
    if sorted(places) != list(range(len(index))):
        raise ValueError("a hole, or two codes at one place")
    return [places[place] for place in range(len(places))]


def _values(data: Mapping[str, Any], count: int, where: str) -> pd.Series:
    """Return all values as text, empty where suppressed."""
    values = pd.Series(dense_values(data["value"], count, where), dtype=object)
    if not data["value"]:
        raise InputError(f"{where}: not one value; download it again")
    status = data.get("status")
    if status is None:
        return published(values)
    flags = [status] * count if isinstance(status, str) else dense_values(status, count, where)
    hidden = pd.Series(flags, dtype=object).isin([token for token in MISSING if token])
    return published(values).mask(hidden, "")


def dense_values(values: Any, count: int, where: str) -> list[Any]:
    """Lay out a list, or an object that holds only some of the places."""
    if isinstance(values, dict):
        places = {int(place): value for place, value in values.items() if place.isdecimal()}
        if len(places) == len(values) and max(places, default=0) < count:
            return [places.get(place) for place in range(count)]
    elif isinstance(values, list) and len(values) == count:
        return values
    found = len(values) if isinstance(values, list | dict) else "none"
    raise InputError(
        f"{where}: the sizes of the dimensions multiply to {counted(count, 'value')}, found "
        f"{found} or one beyond the last; download it again"
    )


def read_json_stat(text: str, table: str, where: str, contents: Sequence[str] = ()) -> Answer:
    """Read a JSON-stat2 answer.

    Parameters
    ----------
    text : str
        The answer.
    table : str
        Table that was asked for, such as `12r5`.
    where : str
        File name, for messages.
    contents : sequence of str
        Content codes to keep; all if empty.

    Raises
    ------
    InputError
        No data, a cut answer, another table, a variable or content that is no longer there, or
        a further variable with several values.
    """
    data = load_data_set(text, table, where)
    codes = dimensions(data, where)
    roles = _part(data, "role", where)
    area = find_variable(codes, "area", where, _single(roles.get("geo")))
    month = find_variable(codes, "month", where, _single(roles.get("time")))
    content = find_variable(codes, "content", where, _single(roles.get("metric")))
    for name, found in codes.items():
        if name not in (area, month, content) and len(found) != 1:
            raise InputError(
                f"{where}: variable {name} has {counted(len(found), 'value')}; expected one"
            )
    sizes = [len(found) for found in codes.values()]
    at = dict(zip(codes, np.unravel_index(np.arange(prod(sizes)), sizes), strict=True))
    columns = content_codes(codes[content], contents, where)
    names = {
        "kunta": (area, [area_code(code) for code in codes[area]]),
        "month": (month, [month_text(code, where) for code in codes[month]]),
        "content": (content, [columns.get(code) for code in codes[content]]),
    }
    frame = pd.DataFrame(
        {key: np.array(found, dtype=object)[at[name]] for key, (name, found) in names.items()}
    )
    frame["value"] = _values(data, len(frame), where)
    return Answer(frame.dropna(subset=["content"]), str(data.get("updated") or ""))


def _single(role: Any) -> list[str]:
    return list(role) if isinstance(role, list) and len(role) == 1 else []


def combine(answers: Sequence[Answer], where: str) -> pd.DataFrame:
    """Put the parts of one publication together.

    Parameters
    ----------
    answers : sequence of Answer
        The parts.
    where : str
        File or table, for messages.

    Returns
    -------
    DataFrame of str
        kunta, month and one column for each content, sorted by kunta and month; as the long CSV.

    Raises
    ------
    InputError
        No answer, a value that stands there twice, or a content that some area and month lack,
        which is not the same as suppressed.
    """
    if not answers:
        raise InputError(f"{where}: no answer to put together")
    long = pd.concat([answer.values for answer in answers], ignore_index=True)
    twice = long.duplicated(KEYS)
    if twice.any():
        kunta, month, content = long.loc[twice, KEYS].iloc[0]
        raise InputError(
            f"{where}: {content} of area {kunta} in {month} stands there twice "
            f"({counted(twice.sum(), 'such value')}); expected one publication"
        )
    wide = long.set_index(KEYS)["value"].unstack("content")[list(long["content"].unique())]
    lacking = wide.sort_index().isna()
    if lacking.to_numpy().any():
        kunta, month = lacking.index[lacking.any(axis=1)][0]
        raise InputError(
            f"{where}: {counted(lacking.to_numpy().sum(), 'value is', 'values are')} missing, "
            f"first of area {kunta} in {month}; expected every content for every area and month"
        )
    return wide.sort_index().reset_index().rename_axis(columns=None).astype(str)


def list_changes(publications: Sequence[Answer]) -> pd.DataFrame:
    """List the values that were published anew and are no longer the same number.

    Parameters
    ----------
    publications : sequence of Answer
        A table as it was at different times, the oldest first.

    Returns
    -------
    DataFrame of str
        kunta, month, content, earlier, later, published (when the later value was), sorted; a
        suppressed value is an empty string. The same number in another form is no change.
    """
    long = pd.concat([one.values.assign(published=one.updated) for one in publications])
    number = long["value"].str.replace(r"(\.\d*?)0+$", r"\1", regex=True).str.removesuffix(".")
    long = long.assign(number=number)
    before = long.groupby(KEYS)[["value", "number"]].shift()
    moved = before["number"].notna() & (before["number"] != long["number"])
    rows = long.assign(earlier=before["value"], later=long["value"])[moved]
    columns = [*KEYS, "earlier", "later", "published"]
    return rows.sort_values(KEYS, kind="stable")[columns].reset_index(drop=True)
