"""The one exception for what a user gave or the system refused, each told in one line."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# What the system says, as a line for people; anything else keeps the system's own words.
_REFUSALS = {
    errno.ENOENT: "no such file",
    errno.EISDIR: "a folder; expected a file",
    errno.ENOTDIR: "a part of this path is a file; expected a folder",
    errno.EEXIST: "exists already",
    errno.ELOOP: "a symbolic link that leads back to itself; expected a file",
    errno.EACCES: "no permission to read or write it",
    errno.EPERM: "no permission to read or write it",
    errno.EROFS: "may not be written; the disk is read-only",
    errno.ENAMETOOLONG: "a name that is too long for this system",
    errno.ENOSPC: "no room left on the disk",
    errno.EDQUOT: "no room left of what this user may fill",
    errno.EMFILE: "too many open files",
}


class InputError(Exception):
    """Something the user gave is wrong.

    The message is one line that names the file, the row or column, and what was expected.
    It carries counts and codes of public units, never a person's value.
    """

    def __init__(self, message: str) -> None:
        """Keep the message on one line, whatever a name in it holds."""
        shown = "".join(letter if letter.isprintable() else " " for letter in message)
        super().__init__(" ".join(shown.split()))


class UnitPeriodError(InputError):
    """A fault of a unit in a period, which only a reader of the file can name as the file does.

    Attributes
    ----------
    fault, rest : str
        What stands before and after the unit and period.
    unit : str
        The unit.
    period : Period
        The period.
    """

    def __init__(self, fault: str, unit: str, period: Any, rest: str) -> None:
        """Keep the parts of the message."""
        self.fault, self.unit, self.period, self.rest = fault, unit, period, rest
        super().__init__(self.told(str(period)))

    def told(self, when: str) -> str:
        """Write the message with the period as somebody calls it."""
        return f"{self.fault} for unit {self.unit} in {when}{self.rest}"


def some(values: Iterable[Any], limit: int = 5) -> str:
    """Name the first few of many values, so that a message stays one line.

    Examples
    --------
    >>> some(["Turku", "Pori", "Salo"], limit=2)
    'Turku, Pori and 1 more'
    """
    items = [str(value) for value in values]
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more


def counted(number: float, one: str, many: str | None = None) -> str:
    """Write a count with its noun, and a verb if it has one, in the form that goes with it.

    Parameters
    ----------
    number : float
        How many there are, a whole number.
    one : str
        What follows if it is one.
    many : str, optional
        What follows else; default: `one` with an s.

    Examples
    --------
    >>> counted(1, "such row"), counted(3, "such row"), counted(0, "unit is", "units are")
    ('1 such row', '3 such rows', '0 units are')
    """
    return f"{int(number)} {one if number == 1 else many or f'{one}s'}"


def refusal(error: OSError, path: Path | str | None = None) -> str:
    """Say in one line what the system refused, and for which file."""
    place = path if path is not None else error.filename
    if place is not None and error.errno == errno.EACCES and Path(str(place)).is_dir():
        said = _REFUSALS[errno.EISDIR]  # Windows calls a folder opened as a file so
    else:
        said = _REFUSALS.get(error.errno or 0) or error.strerror or str(error)
    name = f"{Path(str(place)).as_posix()[-200:]}: " if place is not None else ""
    return " ".join(f"{name}{said}".split())


@contextmanager
def system_faults(path: Path | str | None = None) -> Iterator[None]:
    """Turn what the system refuses, such as a full disk, into an InputError of one line."""
    try:
        yield
    except OSError as error:
        raise InputError(refusal(error, path)) from None
    except MemoryError:
        raise InputError("not enough memory on this machine") from None
