"""Wheels, and what is told of them: licences and a list of components."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from io import StringIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from packaging.utils import parse_wheel_filename

from kuntakokeilu import __version__
from kuntakokeilu.errors import InputError


@dataclass(frozen=True)
class Wheel:
    """A wheel of a kit, by what it says of itself.

    Attributes
    ----------
    file : str
        Its file.
    name : str
        Its package, in canonical form.
    version : str
        Of the package.
    licence : str
        As declared.
    sha256 : str
        Of the file.
    """

    file: str
    name: str
    version: str
    licence: str
    sha256: str


def read_wheel(path: Path) -> Wheel:
    """Read what a wheel says of itself.

    Raises
    ------
    InputError
        It is no wheel.
    """
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
        with ZipFile(path) as archive:
            inner = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
            told = HeaderParser().parsestr(archive.read(min(inner, key=len)).decode("utf-8"))
    except (ValueError, KeyError, OSError, BadZipFile):
        raise InputError(f"{path.name}: no wheel that can be read") from None
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(path.name, name, str(version), licence(told), digest)


def licence(told: Message) -> str:
    """Give the licence that a package declares: as expression, by classifier, or in words."""
    if expression := told.get("License-Expression"):
        return expression
    every = told.get_all("Classifier") or []
    ends = [each.rpartition(" :: ")[2] for each in every if each.startswith("License ::")]
    words = (told.get("License") or "").strip().partition("\n")[0]
    return "; ".join(ends) or words or "not declared"


def components(wheels: Iterable[Wheel], commit: str) -> str:
    """List what a kit is made of, as CycloneDX 1.6 in JSON (ECMA-424).

    Parameters
    ----------
    wheels : iterable of Wheel
        Wheels of the kit.
    commit : str
        Of the project.
    """
    listed = [
        {
            "type": "library",
            "bom-ref": each.file,
            "name": each.name,
            "version": each.version,
            "purl": f"pkg:pypi/{each.name}@{each.version}?file_name={each.file}",
            "hashes": [{"alg": "SHA-256", "content": each.sha256}],
            "licenses": [{"license": {"name": each.licence}}],
        }
        for each in sorted(wheels, key=lambda wheel: wheel.file)
    ]
    about = {"type": "application", "name": "kuntakokeilu", "version": __version__}
    told = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**about, "bom-ref": f"kuntakokeilu@{commit}"}},
        "components": listed,
    }
    return json.dumps(told, indent=1) + "\n"


def licences(wheels: Iterable[Wheel]) -> str:
    """List the licence of each package, as CSV."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["package", "version", "licence"])
    writer.writerows(sorted({(each.name, each.version, each.licence) for each in wheels}))
    return text.getvalue()
