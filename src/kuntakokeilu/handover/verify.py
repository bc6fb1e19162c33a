"""Verifying a package: whether it is whole, who signed it, and which files are of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kuntakokeilu.errors import InputError, system_faults
from kuntakokeilu.handover.archive import read_package
from kuntakokeilu.handover.make import refuse_damaged
from kuntakokeilu.handover.manifest import (
    MANIFEST,
    PUBLIC_KEY,
    hashes,
    read_manifest,
    sha256_of,
)
from kuntakokeilu.handover.signing import fingerprint


@dataclass(frozen=True)
class Verified:
    """A package whose files are as they were signed.

    Attributes
    ----------
    manifest : dict
        What it says of itself.
    files : dict of str to bytes
        Its files.
    key : str
        Fingerprint of the key that signed it.
    """

    manifest: dict[str, Any]
    files: dict[str, bytes]
    key: str


def verified(path: Path, expected_key: str | None = None) -> Verified:
    """Check signature and hashes of a package.

    Parameters
    ----------
    path : Path
        The zip.
    expected_key : str, optional
        Fingerprint that the reader was told by the authors, with or without blanks. A signature
        shows who made a package only to a reader who has that from elsewhere.

    Raises
    ------
    InputError
        The package is damaged or changed, or another key signed it.

    Examples
    --------
    >>> verified(Path("no_such.zip"))
    Traceback (most recent call last):
    ...
    kuntakokeilu.errors.InputError: no_such.zip: no such file
    """
    with system_faults(path):
        content = read_package(path)
    files = refuse_damaged(content, path.name)
    key = fingerprint(files[PUBLIC_KEY])
    if expected_key is not None and _plain(expected_key) != _plain(key):
        raise InputError(f"{path.name}: signed by another key, {key}")
    return Verified(read_manifest(files[MANIFEST]), files, key)


def found_in(package: Verified, files: Iterable[Path]) -> dict[Path, list[str]]:
    """Find which files of a package have the very bytes of some files.

    Returns
    -------
    dict of Path to list of str
        Names in the package; none of a file that is not in it, or was changed.
    """
    names: dict[str, list[str]] = {}
    for name, value in hashes(package.manifest).items():
        names.setdefault(value, []).append(name)
    found = {}
    for path in files:
        with system_faults(path):
            found[path] = names.get(sha256_of(path.read_bytes()), [])
    return found


def _plain(key: str) -> str:
    return "".join(key.split()).casefold()
