"""Which packages a kind of machine needs: entries of a lock, held against wheels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

from kuntakokeilu.bundle.wheels import Wheel
from kuntakokeilu.errors import InputError, some

PYTHONS = ("3.11", "3.12", "3.13")
LAST = ("0", "99")  # the oldest and any newest of each
# glibc 2.28 is that of Red Hat 8, Debian 10 and whatever is newer.
_LINUX = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)]
PLATFORMS = {
    "linux": [*_LINUX, "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"],
    "windows": ["win_amd64"],
}
_NAMES = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}
_MACHINE = {"linux": "x86_64", "windows": "AMD64"}
SOURCE_ONLY = ("connection-pool",)  # no wheel is published
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)(?:\s*;\s*(.*?))?\s*\\?$")


@dataclass(frozen=True, order=True)
class Target:
    """A kind of machine.

    Attributes
    ----------
    system : str
        Key of PLATFORMS.
    python : str
        Version, such as 3.12.
    """

    system: str
    python: str

    def __str__(self) -> str:
        """Write it as the command line has it: windows-3.12."""
        return f"{self.system}-{self.python}"


TARGETS = tuple(Target(system, python) for system in PLATFORMS for python in PYTHONS)


@dataclass(frozen=True)
class Pin:
    """An entry of a lock.

    Attributes
    ----------
    name : str
        Of the package, in its canonical form.
    version : str
        Of the package.
    marker : str
        When it is needed; empty: always.
    hashes : tuple of str
        SHA-256 of every file that may be taken.
    """

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    def text(self) -> str:
        """Write the entry."""
        marker = f" ; {self.marker}" if self.marker else ""
        hashes = "".join(f" \\\n    --hash=sha256:{each}" for each in self.hashes)
        return f"{self.name}=={self.version}{marker}{hashes}\n"

    def needed(self, machine: Target, last: Sequence[str] = LAST) -> bool:
        """Whether a machine needs it, with any of these last numbers of its Python."""
        return not self.marker or any(
            Marker(self.marker).evaluate(_environment(machine, each)) for each in last
        )


def target(text: str) -> Target:
    """Read a kind of machine, such as windows-3.12.

    Examples
    --------
    >>> target("windows-3.12")
    Target(system='windows', python='3.12')
    """
    known = {str(each): each for each in TARGETS}
    if text not in known:
        raise InputError(f"{text}: no kind of machine; expected {some(known, 9)}")
    return known[text]


def pins(lock: str) -> list[Pin]:
    r"""Read the entries of a lock.

    Examples
    --------
    >>> pins("a==1 ; os_name == 'nt' \\\n    --hash=sha256:00\n    # via b\n")
    [Pin(name='a', version='1', marker="os_name == 'nt'", hashes=('00',))]
    """
    found: list[Pin] = []
    for line in lock.splitlines():
        if match := _PIN.match(line):
            name, version, marker = match.groups()
            found.append(Pin(canonicalize_name(name), version, marker or "", ()))
        elif match := re.match(r"\s+--hash=sha256:([0-9a-f]+)", line):
            last = found.pop()
            found.append(Pin(last.name, last.version, last.marker, (*last.hashes, match[1])))
    return found


def own_lock(locked: Iterable[Pin], wheels: Iterable[Wheel]) -> str:
    """Write the lock of a kit: the entries that it has wheels of, each with the hashes of these.

    Parameters
    ----------
    locked : iterable of Pin
        The project's lock.
    wheels : iterable of Wheel
        Wheels of the kit.
    """
    hashes: dict[tuple[str, str], list[str]] = {}
    for each in wheels:
        hashes.setdefault((each.name, each.version), []).append(each.sha256)
    kept = [
        Pin(pin.name, pin.version, pin.marker, tuple(sorted(hashes[pin.name, pin.version])))
        for pin in locked
        if (pin.name, pin.version) in hashes
    ]
    return "".join(pin.text() for pin in kept)


def without_wheel(locked: Iterable[Pin], wheels: Iterable[Wheel], machine: Target) -> list[Pin]:
    """Find the packages that a machine needs and that no wheel would give without compiling.

    Parameters
    ----------
    locked : iterable of Pin
        The project's lock.
    wheels : iterable of Wheel
        Wheels of the kit.
    machine : Target
        The kind of machine.
    """
    fitting = {(w.name, w.version) for w in wheels if fits(w.file, machine)}
    wanted = [pin for pin in locked if pin.needed(machine)]
    return [pin for pin in wanted if (pin.name, pin.version) not in fitting]


def not_as_locked(locked: Iterable[Pin], wheels: Iterable[Wheel]) -> list[str]:
    """Name the wheels that the lock does not know, but for those that are built of source."""
    hashes = {(pin.name, pin.version): pin.hashes for pin in locked}
    return [
        each.file
        for each in wheels
        if each.name not in SOURCE_ONLY
        and each.sha256 not in hashes.get((each.name, each.version), ())
    ]


def fits(file: str, machine: Target) -> bool:
    """Tell whether a wheel can be installed on a kind of machine, by the tags in its name.

    Examples
    --------
    >>> windows = target("windows-3.12")
    >>> fits("a-1-py3-none-any.whl", windows), fits("a-1-cp311-cp311-win_amd64.whl", windows)
    (True, False)
    >>> fits("a-1-cp39-abi3-win_amd64.whl", windows), fits("a-1-cp312-cp312-win32.whl", windows)
    (True, False)
    """
    return not parse_wheel_filename(file)[3].isdisjoint(_tags(machine))


@cache
def _tags(machine: Target) -> frozenset[Tag]:
    major, minor = map(int, machine.python.split("."))
    version, own, platforms = (major, minor), f"cp{major}{minor}", PLATFORMS[machine.system]
    compiled = cpython_tags(version, abis=[own], platforms=platforms)
    return frozenset([*compiled, *compatible_tags(version, own, platforms)])


def _environment(machine: Target, last: str) -> dict[str, str]:
    return {
        **_NAMES[machine.system],
        "platform_machine": _MACHINE[machine.system],
        "python_version": machine.python,
        "python_full_version": f"{machine.python}.{last}",
        "implementation_name": "cpython",
        "implementation_version": f"{machine.python}.{last}",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
