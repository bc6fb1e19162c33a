"""Queries to Statistics Finland's PxWeb: their codes, their parts, and what must come back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.statfin.codes import area_code, find_variable, variable_kind
from kuntakokeilu.statfin.pxweb import dense_values, dimensions, load_data_set

Query = Mapping[str, Sequence[str] | str]

# Statistics Finland's code of the total of a variable such as sex or age.
TOTAL = "SSS"


def table_variables(text: str, table: str) -> list[dict[str, Any]]:
    """Read the variables of a table from the server's description of it."""
    try:
        variables = json.loads(text.removeprefix("\ufeff"))["variables"]
        return [
            {**one, "code": str(one["code"]), "values": list(one["values"])} for one in variables
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"table {table}: the server's description of the table lists no variables; check the "
            "name of the table and the address"
        ) from None


def resolve_query(
    variables: Sequence[Mapping[str, Any]], query: Query, table: str
) -> dict[str, list[str]]:
    """Write a query in the table's own variable and value codes.

    Parameters
    ----------
    variables : sequence of mapping
        The table's variables: `code`, `values`, and `time` for the month.
    query : mapping of str to (sequence of str or "*")
        What is asked for; `*` takes all codes, `>=2021-03` all months from there on. Area, month
        and content are taken whole if left out, of any other variable its total.
    table : str
        Table, for messages.

    Returns
    -------
    dict of str to list of str
        Every variable of the table, in its order, with the codes to fetch in theirs.

    Raises
    ------
    InputError
        A variable or value that the table does not have; area, month and content it must have.
    """
    where = f"table {table}"
    values = {one["code"]: list(one["values"]) for one in variables}
    timed = [one["code"] for one in variables if one.get("time")]
    kinds = {find_variable(values, "month", where, timed): "month"}
    kinds |= {find_variable(values, kind, where): kind for kind in ("area", "content")}
    asked = {_variable(name, values, timed, where): wanted for name, wanted in query.items()}
    chosen = {}
    for code, found in values.items():
        kind = kinds.get(code)
        whole = kind is not None or len(found) == 1
        if not whole and code not in asked and TOTAL not in found:
            raise InputError(
                f"{where}: variable {code} has {counted(len(found), 'value')} and no total "
                f"{TOTAL}; name one of them"
            )
        wanted = asked.get(code, "*" if whole else TOTAL)
        chosen[code] = found if wanted == "*" else _chosen(code, found, wanted, kind, where)
    return chosen


def _variable(
    name: str, values: Mapping[str, Sequence[str]], timed: Sequence[str], where: str
) -> str:
    exact = [code for code in values if code.casefold() == name.casefold()]
    if exact:
        return exact[0]
    kind = variable_kind(name)
    if kind is None:
        raise InputError(f"{where}: no variable {name}; the table has {some(values, 8)}")
    return find_variable(values, kind, where, timed if kind == "month" else ())


def _chosen(
    code: str, values: Sequence[str], wanted: Sequence[str] | str, kind: str | None, where: str
) -> list[str]:
    keys = {_key(value, kind): value for value in values}
    if kind == "month" and isinstance(wanted, str) and wanted.startswith(">="):
        first = _key(wanted.removeprefix(">="), kind)
        wanted = [value for key, value in keys.items() if key >= first] or first
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    unknown = [name for name in names if _key(name, kind) not in keys]
    if unknown or not names:
        raise InputError(
            f"{where}: variable {code} has no value {some(unknown)}; it has {some(values)}; leave "
            "the variable out to take all"
        )
    picked = {keys[_key(name, kind)] for name in names}
    return [value for value in values if value in picked]


def _key(value: str, kind: str | None) -> str:
    """Bring the forms in which a code of this kind may be written to one."""
    plain = value.strip().casefold()
    if kind == "area":
        return area_code(plain)
    if kind == "month":
        return plain.replace("m", "-")
    return plain.rpartition("-")[2] if kind == "content" else plain


def split_query(selection: Mapping[str, list[str]], limit: int) -> list[dict[str, list[str]]]:
    """Split a query so that no part has more values than the limit.

    It is cut by month first, from the oldest on, so that a table that has grown by a month leaves
    the earlier parts as they were; a single month that is too large is cut by the other variables,
    the longest first.
    """
    first = [code for code in selection if variable_kind(code) == "month"]
    others = sorted(set(selection) - set(first), key=lambda code: (-len(selection[code]), code))
    return _split(dict(selection), [*first, *others], limit)


def _split(
    part: dict[str, list[str]], order: Sequence[str], limit: int
) -> list[dict[str, list[str]]]:
    cells = prod(len(values) for values in part.values())
    if cells <= limit or not order:
        return [part]
    code, values = order[0], part[order[0]]
    step = max(limit // (cells // len(values)), 1)
    pieces = [part | {code: values[at : at + step]} for at in range(0, len(values), step)]
    return [one for piece in pieces for one in _split(piece, order[1:], limit)]


def request_body(part: Mapping[str, Sequence[str]]) -> bytes:
    """Write a part of a query as the body of the call."""
    query = [
        {"code": code, "selection": {"filter": "item", "values": list(values)}}
        for code, values in part.items()
    ]
    content = {"query": query, "response": {"format": "json-stat2"}}
    return json.dumps(content, ensure_ascii=False).encode("utf-8")


def verify_answer(text: str, part: Mapping[str, list[str]], table: str, where: str) -> str:
    """Check that an answer holds every value of a part and nothing else.

    Returns
    -------
    str
        When the table was published, as the answer says.

    Raises
    ------
    InputError
        It does not.
    """
    data = load_data_set(text, table, where)
    codes = dimensions(data, where)
    for code, wanted in part.items():
        found = next((codes[name] for name in codes if name.casefold() == code.casefold()), [])
        if set(found) != set(wanted):
            raise InputError(
                f"{where}: expected {counted(len(wanted), 'value')} of {code}, found "
                f"{len(found)}, or others"
            )
    dense_values(data["value"], prod(len(found) for found in codes.values()), where)
    return str(data.get("updated") or "")
