"""Getting wheels: fetched for another machine, or built of what is published as source alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import parse_wheel_filename

from kuntakokeilu.bundle.lock import LAST, PLATFORMS, SOURCE_ONLY, Pin, Target
from kuntakokeilu.errors import InputError

_EPOCH = "315532800"  # 1980, the first year of a zip: a wheel that is built again is the same


def fetch_wheels(wanted: Sequence[Pin], machine: Target, folder: Path) -> None:
    """Fetch the wheels of some packages for a kind of machine, checked by the lock.

    Raises
    ------
    InputError
        A package has no wheel for it, or the registry cannot be reached.
    """
    left = [pin for pin in wanted if pin.name not in SOURCE_ONLY]
    tags = [f"--platform={each}" for each in PLATFORMS[machine.system]]
    of = ["--only-binary=:all:", "--implementation=cp", *tags, "--dest", str(folder)]
    for last in LAST:  # a lock may have one version of a package for each, and pip takes one
        some_pins = [pin for pin in left if pin.needed(machine, [last])]
        python = f"--python-version={machine.python}.{last}"
        if some_pins:
            _pip("download", some_pins, [*of, python], f"{machine}: a package has no wheel", folder)
        left = [pin for pin in left if pin not in some_pins]


def build_wheels(locked: Sequence[Pin], folder: Path) -> None:
    """Build wheels of what is published as source alone.

    Raises
    ------
    InputError
        It cannot be built, or holds compiled code and would serve this machine only.
    """
    wanted = [pin for pin in locked if pin.name in SOURCE_ONLY]
    left = [pin for pin in wanted if not _of(pin, folder)]
    if left:
        _pip("wheel", left, ["--wheel-dir", str(folder)], "a package cannot be built", folder)
    for pin in wanted:
        built = _of(pin, folder)
        if not built or not all(name.endswith("-none-any.whl") for name in built):
            raise InputError(f"{pin.name}: holds compiled code, so that a kit cannot carry it")


def _pip(
    what: str, wanted: Sequence[Pin], options: Sequence[str], complaint: str, beside: Path
) -> None:
    """Let pip fetch or build exactly some entries of the lock."""
    with tempfile.TemporaryDirectory(dir=beside) as folder:
        listed = Path(folder) / "wanted.txt"
        plain = (Pin(pin.name, pin.version, "", pin.hashes) for pin in wanted)
        listed.write_text("".join(pin.text() for pin in plain), encoding="utf-8")
        command = [sys.executable, "-m", "pip", what, "--disable-pip-version-check", "--no-deps"]
        how = ["--require-hashes", "--quiet", *options, "-r", str(listed)]
        done = subprocess.run(
            [*command, *how],
            env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        why = said[-1].removeprefix("ERROR: ") if said else "pip failed"
        raise InputError(f"{complaint}: {why}")


def _of(pin: Pin, folder: Path) -> list[str]:
    named = {path.name: parse_wheel_filename(path.name)[:2] for path in folder.glob("*.whl")}
    wanted = (pin.name, pin.version)
    return [file for file, (name, version) in named.items() if (name, str(version)) == wanted]
