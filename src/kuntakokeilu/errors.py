"""The one exception that a user's input can raise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class InputError(Exception):
    """Something the user gave is wrong.

    The message is one line that names the file, the row or column, and what was expected.
    It carries counts and codes of public units, never a person's value.
    """


def some(values: Iterable[Any], limit: int = 5) -> str:
    """Name the first few of many values, so that a message stays one line."""
    items = [str(value) for value in values]
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more
