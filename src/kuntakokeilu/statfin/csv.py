"""CSV downloads of Statistics Finland's PxWeb: long, or with contents or months in columns."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import pandas as pd

from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.statfin.codes import (
    area_code,
    content_codes,
    find_variable,
    month_text,
    published,
    refuse_web_page,
    table_id,
    title_id,
    variable_kind,
)
from kuntakokeilu.statfin.pxweb import Answer

_AREA = re.compile(r"(SSS|KUJOU|(?:KU|MK|SK|ELY)?\d+)(_\d{8})?(?=\s|$)", re.IGNORECASE)
_CONTENT = re.compile(r"[A-ZÅÄÖ][A-ZÅÄÖ0-9_]{3,}(?=\s|$)")
_MONTH_IN_HEADER = re.compile(r"(?<!\w)\d{4}[M-](?:0[1-9]|1[0-2])(?!\w)\*?")
_LINES_BEFORE_HEADER = 10


def labels_of(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Map the texts of a table's areas and contents to their codes.

    Parameters
    ----------
    metadata : mapping
        What PxWeb answers to GET: `variables`, each with `code`, `values` and `valueTexts`.

    Returns
    -------
    dict of str to str
        Text to code, for texts that stand for one code only.
    """
    pairs = [
        (text.strip(), code)
        for variable in metadata["variables"]
        if variable_kind(variable["code"]) in ("area", "content")
        for code, text in zip(variable["values"], variable["valueTexts"], strict=True)
    ]
    codes: dict[str, set[str]] = {}
    for text, code in pairs:
        codes.setdefault(text, set()).add(code)
    return {text: next(iter(found)) for text, found in codes.items() if len(found) == 1}


def read_pxweb_csv(
    data: bytes,
    table: str,
    where: str,
    contents: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    updated: str = "",
) -> Answer:
    """Read a CSV download, in UTF-8 or Latin-1, with comma, semicolon or tab.

    Parameters
    ----------
    data : bytes
        The file.
    table : str
        Table it should hold, such as `12r5`; checked where the title line names one.
    where : str
        File name, for messages.
    contents : sequence of str
        Content codes to keep; all if empty.
    labels : mapping of str to str, optional
        Codes of areas and contents by their texts, where the file has texts (see `labels_of`).
    updated : str
        When the table was published, if known; the file does not say.

    Raises
    ------
    InputError
        No header with an area, a row of the wrong length, an area without a code, a content that
        is not there, or a column that is neither a month nor a content.
    """
    text = _decode(data)
    refuse_web_page(text, where)
    if text and not text.endswith(("\n", "\r")):
        warnings.warn(f"{where}: no line end after the last row; is it whole?", stacklevel=2)
    header, rows = _table(text, table, where)
    frame = pd.DataFrame(rows, columns=range(len(header)), dtype=str)
    known = {label.casefold(): code for label, code in (labels or {}).items()}
    long = _long(frame, header, where)
    found = {name: _content(name, known, contents) for name in long["content"].unique()}
    columns = content_codes(found.values(), contents, where)
    areas = {name: _area(name, known, where) for name in long["kunta"].unique()}
    months = {name: month_text(name, where) for name in long["month"].unique()}
    values = pd.DataFrame(
        {
            "kunta": long["kunta"].map(areas),
            "month": long["month"].map(months),
            "content": long["content"].map(found).map(columns),
            "value": published(_with_point(long["value"])),
        }
    )
    return Answer(values.dropna(subset=["content"]).reset_index(drop=True), updated)


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _table(text: str, table: str, where: str) -> tuple[list[str], list[list[str]]]:
    """Find the separator and the header; a title line may stand above it."""
    for separator in (",", ";", "\t"):
        try:
            records = list(csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True))
        except csv.Error:
            continue
        for place, record in enumerate(records[:_LINES_BEFORE_HEADER]):
            if len(record) > 1 and any(variable_kind(field) == "area" for field in record):
                _check_title(records[:place], table, where)
                return [field.strip() for field in record], _rows(records, place, where)
    raise InputError(
        f"{where}: no header with the area (Alue, Region or Område) in a whole CSV; "
        "is it cut off, or another table?"
    )


def _check_title(lines: Sequence[Sequence[str]], table: str, where: str) -> None:
    for line in lines:
        named = title_id(line[0]) if line else ""
        if named and table_id(named) != table_id(table):
            raise InputError(f"{where}: expected table {table_id(table)}, found {named}")


def _rows(records: Sequence[list[str]], place: int, where: str) -> list[list[str]]:
    width = len(records[place])
    rows = []
    for number, record in enumerate(records[place + 1 :], start=place + 2):
        if record and len(record) != width:
            raise InputError(
                f"{where}, row {number}: expected {counted(width, 'field')} as in the header, "
                f"found {len(record)}; is the file cut off, or has it notes below the data?"
            )
        if record:
            rows.append(record)
    if not rows:
        raise InputError(f"{where}: the file has a header but no rows")
    return rows


def _long(frame: pd.DataFrame, header: Sequence[str], where: str) -> pd.DataFrame:
    """Give kunta, month, content and value, whichever of them stand in columns."""
    kinds = [variable_kind(name) for name in header]
    area = header.index(find_variable(header, "area", where))
    month = kinds.index("month") if "month" in kinds else None
    content = kinds.index("content") if "content" in kinds else None
    others = [place for place, kind in enumerate(kinds) if kind is None]
    if month is not None and content is not None:
        if len(others) != 1:
            names = some(header[place] for place in others)
            raise InputError(f"{where}: expected one column of values, found {names or 'none'}")
        columns = {"kunta": area, "month": month, "content": content, "value": others[0]}
        return pd.DataFrame({name: frame[place] for name, place in columns.items()})
    parts = []
    for place in others:
        in_name = _MONTH_IN_HEADER.search(header[place])
        rest = _MONTH_IN_HEADER.sub("", header[place], count=1).strip(" ,;")
        if (month is None) != (in_name is not None) or (content is None) != (rest != ""):
            raise InputError(
                f"{where}, column {header[place]!r}: expected a month or a content, as in the "
                "other columns; is it a further variable?"
            )
        parts.append(
            pd.DataFrame(
                {
                    "kunta": frame[area],
                    "month": in_name[0] if in_name is not None else frame[month],
                    "content": frame[content] if content is not None else rest,
                    "value": frame[place],
                }
            )
        )
    if not parts:
        raise InputError(f"{where}: expected columns of values, found {some(header)}")
    return pd.concat(parts, ignore_index=True)


def _area(text: str, labels: Mapping[str, str], where: str) -> str:
    """Return the code that a field is, begins with, or is the text of."""
    code = _AREA.match(text.strip())
    found = code[0] if code else labels.get(text.strip().casefold())
    if found is None:
        raise InputError(
            f"{where}: area {text[:40]!r} has no code; download the table with codes, or as "
            "json-stat2"
        )
    return area_code(found)


def _content(text: str, labels: Mapping[str, str], wanted: Sequence[str]) -> str:
    """Return the code that a field is, begins with, or is the text of; else the text."""
    plain = text.strip()
    if plain.rpartition("-")[2].casefold() in {name.casefold() for name in wanted}:
        return plain
    code = _CONTENT.match(plain)
    return labels.get(plain.casefold()) or (code[0] if code else plain)


def _with_point(values: pd.Series) -> pd.Series:
    """Bring `1 234` and `5,3` to `1234` and `5.3`; what else there is, `read_statfin` refuses."""
    text = values.str.strip().str.replace(r"(?<=\d)[ \u00a0\u202f](?=\d{3})", "", regex=True)
    return text.str.replace(r"^(-?\d+),(\d{1,2})$", r"\1.\2", regex=True)
