"""Where released numbers come from."""

from __future__ import annotations

import hashlib
import hmac
import os
import platform
import subprocess
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path, PureWindowsPath
from typing import Any

from kuntakokeilu import __version__
from kuntakokeilu.errors import InputError

SECRET_BYTES = 32
_PACKAGES = ("pandas", "numpy", "scipy", "statsmodels", "linearmodels", "scikit-learn")


def provenance(
    inputs: Mapping[str, Path],
    study: str,
    files: Iterable[Path],
    seed: int,
    plan: Mapping[str, Any] | None = None,
    keyed: Collection[str] = (),
    secret: bytes = b"",
) -> dict[str, Any]:
    """Gather what it takes to trace a release: code, inputs, versions, seed, and its files.

    Parameters
    ----------
    inputs : mapping of str to Path
        Source data by the name that the study gives them; an absolute one is cut to the file.
    study : str
        Fingerprint of everything that config/ says about the study.
    files : iterable of Path
        The released files.
    seed : int
        Seed of everything random.
    plan : mapping, optional
        When the plan was locked and hidden effects were shown; None if the plan never was locked.
    keyed : collection of str
        Names of inputs that hold persons. From a plain hash somebody who guesses a file could learn
        that the guess is right; theirs is keyed, and tells nothing without the key.
    secret : bytes
        The key, which stays inside.

    Returns
    -------
    dict
        Names and SHA-256 hashes, and the day of the run: no path and no time of day, so that
        equal releases of one day have equal manifests. SOURCE_DATE_EPOCH sets the day.
    """
    return {
        "project_version": __version__,
        "commit": _commit(),
        "date": today().isoformat(),
        "study_sha256": study,
        "inputs": {
            _public(name): keyed_hash(path, secret) if name in keyed else file_hash(path)
            for name, path in inputs.items()
        },
        "packages": {name: version(name) for name in _PACKAGES},
        "python": platform.python_version(),
        "seed": seed,
        "plan": None if plan is None else dict(plan),
        "files": {path.name: file_hash(path) for path in files},
    }


def _public(name: str) -> str:
    """Drop the folders of an absolute path, which are of one machine."""
    whole = PureWindowsPath(name)  # takes / as well, and a drive
    return whole.name if whole.root else name


def today() -> date:
    """Today, or the day of SOURCE_DATE_EPOCH (reproducible-builds.org) for an equal copy."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds:
        return date.today()
    if not seconds.isdigit():
        raise InputError("SOURCE_DATE_EPOCH: expected seconds since 1970")
    return datetime.fromtimestamp(int(seconds), UTC).date()


def file_hash(path: Path) -> str:
    """SHA-256 of a file of any size."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keyed_hash(path: Path, secret: bytes) -> str:
    """HMAC-SHA-256 of the SHA-256 of a file: who has both file and key can tell that they fit.

    Raises
    ------
    ValueError
        The key has fewer than 32 bytes, so that it could be guessed.
    """
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"a key of {SECRET_BYTES} bytes is needed")
    digest = hmac.new(secret, bytes.fromhex(file_hash(path)), hashlib.sha256).hexdigest()
    return f"hmac-sha256:{digest}"


def _commit() -> str | None:
    """Name the commit of the code, marked if files were changed since; None outside git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() or None
