"""Rows of CSV tables and keys of YAML files as typed models, or one line on what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import PATTERN_WORDS
from kuntakokeilu.io import read_csv

Model = TypeVar("Model", bound=BaseModel)


def read_rows(path: Path, model: type[Model], where: str) -> dict[int, Model]:
    """Read a CSV table into one model per row number; an empty field is an absent one."""
    needed = [name for name, field in model.model_fields.items() if field.is_required()]
    file = f"{where}/{path.name}"
    frame = read_csv(path, needed, name=file)
    unknown = [column or "without a name" for column in frame if column not in model.model_fields]
    if unknown:
        raise InputError(
            f"{file}: unknown column {some(unknown)}; expected {some(model.model_fields, 20)}"
        )
    return rows_of(frame, model, file)


def rows_of(frame: pd.DataFrame, model: type[Model], where: str) -> dict[int, Model]:
    """Make one model of each row of a table of text, by row number in the file."""
    return {
        row + 2: parse(
            model,
            {str(key): value.strip() for key, value in record.items() if value.strip()},
            f"{where}, row {row + 2}, column",
        )
        for row, record in zip(frame.index, frame.to_dict("records"), strict=True)
    }


def parse(model: type[Model], content: dict[str, Any], where: str) -> Model:
    """Make a model of keys and values; the first fault becomes the message."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [_say(fault) for fault in error.errors()]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        separator = " " if where.endswith("column") else ", "
        raise InputError(f"{where}{separator}{faults[0]}{more}") from None


_WORDS = {
    **dict.fromkeys(
        ("model_type", "dict_type", "model_attributes_type"), "expected keys with values"
    ),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "expected a whole number"),
    **dict.fromkeys(("float_parsing", "float_type"), "expected a number"),
    "string_type": "expected a text",
    "list_type": "expected a list such as [a, b]",
    "tuple_type": "expected a list such as [a, b]",
    "invalid_key": "expected a text as the name of a key",
}


def _say(fault: Any) -> str:
    """Put one fault that pydantic found into the words of someone who edits a file."""
    kind, steps = fault["type"], [str(part) for part in fault["loc"]]
    if steps[:1] == ["source"] and len(steps) > 1:
        del steps[1]  # the reader, which pydantic puts there, is no key of the file
    place = ".".join(step for step in steps if step != "[key]")
    message = fault["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    found = fault.get("input")
    if kind == "extra_forbidden":
        return f"{place}: unknown key"
    if kind == "missing":
        return f"{place}: missing"
    if kind == "union_tag_not_found":
        return f"{place}.reader: missing; expected statfin_long, unit_panel, simulated or registers"
    if kind == "union_tag_invalid":
        place, found = f"{place}.reader", fault["ctx"]["tag"]
        message = f"expected one of {fault['ctx']['expected_tags']}"
    elif kind == "string_pattern_mismatch":
        message = PATTERN_WORDS.get(fault["ctx"]["pattern"], message)
    elif kind in _WORDS:
        message = _WORDS[kind]
    if kind == "string_type" and isinstance(found, int) and not isinstance(found, bool):
        message = "expected a text; a code stands in quotes"
    if kind == "value_error" and not place:
        return message
    if "found" in message or not isinstance(found, str | int | float):
        return f"{place}: {message}"
    text = repr(found)
    return f"{place}: {message}; found {text if len(text) < 80 else text[:77] + '...'}"


def unique(rows: Mapping[int, Model], key: str, where: str) -> dict[str, Model]:
    """Index rows by a name that may occur only once."""
    found: dict[str, Model] = {}
    for number, row in rows.items():
        name = getattr(row, key)
        if name in found:
            raise InputError(f"{where}, row {number}, column {key}: {name} stands there twice")
        found[name] = row
    return found
