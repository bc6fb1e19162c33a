"""Cells of a file as SQL: their text, and what they say as a value of a type of the contract."""

from __future__ import annotations

from collections.abc import Iterable

from kuntakokeilu.registers.adapter import Format
from kuntakokeilu.registers.contract import SQL_TYPES, ColumnRow
from kuntakokeilu.registers.files import literal

FIRST_YEAR, LAST_YEAR = 1850, 2150
# A longer list is looked up in a map: IN compares with each code in turn, or joins the whole file.
FEW = 8


def in_list(codes: Iterable[str]) -> str:
    """SQL of a list of codes, for IN."""
    return f"({', '.join(literal(code) for code in sorted(set(codes)))})"


def is_one_of(value: str, codes: Iterable[str]) -> str:
    """SQL that tells whether a text is one of some codes; null where there is no text."""
    known = sorted({*codes})
    if len(known) <= FEW:
        return f"{value} IN {in_list(known)}"
    texts = ", ".join(literal(code) for code in known)
    return f"map_contains(map([{texts}], [{', '.join(['true'] * len(known))}]), {value})"


def is_sentinel(day: str, written: Format) -> str:
    """SQL that is true of a day that stands for "still going on"."""
    limits = [
        (s, s) if len(s) > len("9999") else (f"{s}-01-01", f"{s}-12-31") for s in written.sentinels
    ]
    tests = [f"{day} BETWEEN DATE '{first}' AND DATE '{last}'" for first, last in limits]
    return f"({' OR '.join(tests)})" if tests else "false"


def _kind(sql_type: str) -> str:
    if sql_type in ("DOUBLE", "FLOAT") or sql_type.startswith("DECIMAL"):
        return "number"
    if "INT" in sql_type:
        return "integer"
    if sql_type == "DATE" or sql_type.startswith("TIMESTAMP"):
        return "date"
    return "boolean" if sql_type == "BOOLEAN" else "text"


def text_of(cell: str, sql_type: str, written: Format) -> str:
    """SQL of a cell as trimmed text, null where the file says missing."""
    kind = _kind(sql_type)
    if kind == "text":
        missing = in_list(["", *written.missing])
        return f"CASE WHEN trim({cell}) IN {missing} THEN NULL ELSE trim({cell}) END"
    if kind == "number":  # 12.0 is 12; beyond 2^53 digits are lost, which the exponent shows
        number = f"CAST({cell} AS DOUBLE)"
        return (
            f"CASE WHEN isnan({number}) THEN NULL "
            f"WHEN {number} = trunc({number}) AND abs({number}) < 1e15 "
            f"THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) ELSE CAST({number} AS VARCHAR) END"
        )
    if kind == "boolean":
        return f"CASE WHEN {cell} THEN '1' WHEN NOT {cell} THEN '0' END"
    if kind == "date":
        return f"strftime({cell}, '%Y-%m-%d')"
    return f"CAST({cell} AS VARCHAR)"


def is_there(cell: str, sql_type: str, text: str) -> str:
    """SQL that tells whether a cell says anything."""
    kind = _kind(sql_type)
    if kind == "text":
        return f"{text} IS NOT NULL"
    there = f"{cell} IS NOT NULL"
    return f"{there} AND NOT isnan(CAST({cell} AS DOUBLE))" if kind == "number" else there


def value_of(column: ColumnRow, cell: str, sql_type: str, text: str, written: Format) -> str:
    """SQL of a cell as a value of the column's type, null where it is none."""
    if SQL_TYPES[column.type] == "VARCHAR":
        return text
    if column.type == "date":
        return _parse_date(cell, sql_type, text, written)
    if column.type == "flag":
        return _parse_flag(cell, sql_type, text)
    number = _parse_number(cell, sql_type, text, written)
    if column.type == "decimal":
        return f"CAST({number} AS DOUBLE)"
    if column.type == "euros":
        return f"TRY_CAST(round({number} * 100) AS BIGINT)"
    if _kind(sql_type) == "integer":
        whole = f"TRY_CAST({number} AS INTEGER)"
    else:
        whole = f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS INTEGER) END"
    limits = {"year": (FIRST_YEAR, LAST_YEAR), "month": (1, 12)}.get(column.type)
    if limits is None:
        return whole
    also = " OR w = 9999" if column.type == "year" and "9999" in written.sentinels else ""
    within = f"w BETWEEN {limits[0]} AND {limits[1]}{also}".replace("w ", f"({whole}) ")
    return f"CASE WHEN {within} THEN {whole} END"


def _parse_flag(cell: str, sql_type: str, text: str) -> str:
    kind = _kind(sql_type)
    if kind == "boolean":
        return cell
    if kind in ("number", "integer"):
        return f"CASE {cell} WHEN 1 THEN true WHEN 0 THEN false END"
    return (
        f"CASE lower({text}) WHEN '1' THEN true WHEN '0' THEN false "
        "WHEN 'true' THEN true WHEN 'false' THEN false END"
    )


def _parse_number(cell: str, sql_type: str, text: str, written: Format) -> str:
    kind = _kind(sql_type)
    if kind == "integer":
        return cell
    if kind == "number":
        return f"CASE WHEN isfinite(CAST({cell} AS DOUBLE)) THEN {cell} END"
    if written.decimal == ",":  # 1.500 could be a thousand and a half: no guess
        text = f"CASE WHEN contains({text}, '.') THEN NULL ELSE replace({text}, ',', '.') END"
    return f"TRY_CAST({text} AS DECIMAL(18, 4))"


def _parse_date(cell: str, sql_type: str, text: str, written: Format) -> str:
    """SQL of a day; a year that nobody lives to see is a sentinel the adapter lacks, and no day."""
    kind = _kind(sql_type)
    if kind == "date":
        day = f"CAST({cell} AS DATE)"
    elif kind == "text":
        forms = ", ".join(literal(form) for form in written.date_formats)
        day = f"CAST(try_strptime({text}, [{forms}]) AS DATE)"
    else:
        return "CAST(NULL AS DATE)"
    within = f"{day} BETWEEN DATE '{FIRST_YEAR}-01-01' AND DATE '{LAST_YEAR}-12-31'"
    return f"CASE WHEN {within} OR {is_sentinel(day, written)} THEN {day} END"
