"""MANIFEST.json of a package: what is in it and where it comes from, by hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.handover.archive import unzipped

MANIFEST, SIGNATURE, PUBLIC_KEY = "MANIFEST.json", "MANIFEST.sig", "public_key.pem"
ABOUT_ITSELF = (MANIFEST, SIGNATURE, PUBLIC_KEY)
FORM = "kuntakokeilu package 1"


def package_manifest(
    study: str,
    release: Mapping[str, Any],
    profile: Mapping[str, Any],
    contents: Mapping[str, bytes],
    key: str,
) -> bytes:
    """Say what a package holds.

    Parameters
    ----------
    study : str
        Its name.
    release : mapping
        release/manifest.json: commit, day, versions, seed, plan, hashes of what was read. Hashes
        of a real extract are keyed there, and say nothing to who has not the key.
    profile : mapping
        The disclosure profile by which numbers were hidden and rounded.
    contents : mapping of str to bytes
        Files of the package, but for those about itself.
    key : str
        Fingerprint of the key that signs it.

    Returns
    -------
    bytes
        JSON: `files` has SHA-256 and bytes of each file; `inside` those of files in archives.
    """
    inside = {
        name: {inner: sha256_of(content) for inner, content in unzipped(packed, name).items()}
        for name, packed in contents.items()
        if name.endswith(".zip")
    }
    told = {
        "form": FORM,
        "study": study,
        "release": {name: value for name, value in release.items() if name != "files"},
        "profile": dict(profile),
        "key": key,
        "files": {
            name: {"sha256": sha256_of(contents[name]), "bytes": len(contents[name])}
            for name in sorted(contents)
        },
        "inside": inside,
    }
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def read_manifest(content: bytes) -> dict[str, Any]:
    """Read the manifest of a package.

    Raises
    ------
    InputError
        It is none.
    """
    try:
        told = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or told.get("form") != FORM:
        raise InputError(f"{MANIFEST}: expected JSON of the form {FORM!r}")
    kinds = {"study": str, "release": dict, "files": dict, "inside": dict, "key": str}
    wrong = [name for name, kind in kinds.items() if not isinstance(told.get(name), kind)]
    if wrong:
        raise InputError(f"{MANIFEST}: {some(wrong)} is missing or of another kind")
    return told


def faults(told: Mapping[str, Any], contents: Mapping[str, bytes]) -> list[str]:
    """List what differs between a manifest and the files of its package.

    Parameters
    ----------
    told : mapping
        As `read_manifest` gives it.
    contents : mapping of str to bytes
        All files of the package.

    Returns
    -------
    list of str
        A line for each file that is missing, too many or changed; of one inside an archive too.
    """
    listed = told["files"]
    there = {name: c for name, c in contents.items() if name not in ABOUT_ITSELF}
    found = [f"{name}: missing" for name in listed if name not in there]
    found += [f"{name}: not in {MANIFEST}" for name in there if name not in listed]
    changed = [n for n in there if n in listed and _hash_of(listed[n]) != sha256_of(there[n])]
    return found + [f"{name}: changed since it was signed" for name in changed]


def hashes(told: Mapping[str, Any]) -> dict[str, str]:
    """Give the hash of every file of a package, those inside archives with both names."""
    inside = {
        f"{packed}: {name}": str(value)
        for packed, names in told["inside"].items()
        for name, value in names.items()
    }
    return {name: _hash_of(each) for name, each in told["files"].items()} | inside


def sha256_of(content: bytes) -> str:
    """SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def _hash_of(entry: Any) -> str:
    return str(entry.get("sha256")) if isinstance(entry, dict) else ""
