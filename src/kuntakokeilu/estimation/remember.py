"""What follows from a design alone, kept for all outcomes that are regressed on it.

Outcomes of one population have one sample, and so one right-hand side: what is factorised, drawn or
dealt for the first of them serves the others. Functions of this room stay functions of their
arguments; one that is `remembered` only does not work a thing out twice.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from functools import wraps
from typing import Any, TypeVar

import numpy as np
import pandas as pd

Result = TypeVar("Result")

# Bytes: more than all estimands of one outcome need, so that the next outcome finds all of them.
MOST = 512 * 2**20
_EQUAL = (int, float, str, bytes, tuple)
# By function and arguments: the result, the arguments, and how large both are; the oldest first.
_KEPT: OrderedDict[tuple[Any, ...], tuple[Any, Any, int]] = OrderedDict()
_HELD = {"bytes": 0}  # of all of them


@dataclass(frozen=True)
class Content:
    """An argument that is the same if what is in it is, whichever object it is.

    Attributes
    ----------
    digest : bytes
        Of all that the result rests on.
    value : object
        The argument.
    """

    digest: bytes
    value: Any = field(compare=False)


def remembered(function: Callable[..., Result]) -> Callable[..., Result]:
    """Keep the results of a function, as long as all that is kept is not larger than `MOST`.

    Numbers, texts, bytes, tuples of them and `Content` are the same argument if they are equal; any
    other object, a frame or an array, only if it is the same object, which nobody may change in
    place.
    """

    @wraps(function)
    def call(*arguments: Any) -> Result:
        key = (function, *map(_key, arguments))
        if key not in _KEPT:
            _keep(key, function(*arguments), arguments)
        _KEPT.move_to_end(key)
        result: Result = _KEPT[key][0]
        return result

    return call


def forget(most: int = 0) -> None:
    """Forget the oldest results, until what is left is not larger; all of them by default."""
    while _KEPT and _HELD["bytes"] > most:
        _HELD["bytes"] -= _KEPT.popitem(last=False)[1][2]


def _keep(key: tuple[Any, ...], result: Any, arguments: tuple[Any, ...]) -> None:
    """Keep a result, and arguments alive, so that no other object gets their place in memory."""
    held = [each for each in arguments if not isinstance(each, (*_EQUAL, Content))]
    # a record among them is the result of another call, and counted there
    size = _size(result) + _size([each for each in held if not is_dataclass(each)])
    forget(MOST - size)
    _KEPT[key] = (result, held, size)
    _HELD["bytes"] += size


def _key(argument: Any) -> Any:
    if isinstance(argument, Content):
        return argument.digest
    return argument if isinstance(argument, _EQUAL) else id(argument)


def _size(what: Any) -> int:
    """Add up the bytes of arrays and frames in records and lists."""
    if isinstance(what, np.ndarray):
        return what.nbytes
    if isinstance(what, pd.DataFrame):
        return 8 * what.size  # its columns of text, asked one by one, would take longer
    if isinstance(what, (list, tuple)):
        return sum(map(_size, what))
    if is_dataclass(what) and not isinstance(what, type):
        return sum(_size(getattr(what, each.name)) for each in fields(what))
    return sum(_size(getattr(what, name)) for name in ("data", "indices") if hasattr(what, name))
