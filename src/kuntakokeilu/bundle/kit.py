"""The kit itself: the project as git keeps it, wheels, their lock, and what is told of them."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from kuntakokeilu import __version__
from kuntakokeilu.bundle.fetch import build_wheels, fetch_wheels
from kuntakokeilu.bundle.lock import Target, fits, not_as_locked, own_lock, pins, without_wheel
from kuntakokeilu.bundle.wheels import components, licences, read_wheel
from kuntakokeilu.errors import InputError, some, system_faults

FOLDER = "offline"  # of the kit, below the project; run.py installs from it
LOCK, COMPONENTS, LICENCES = "requirements.lock", "components.cdx.json", "licences.csv"
README, SELF_TEST = "README.txt", "self_test.zip"  # the latter as run.py calls it
_README = """Asennus ilman verkkoa, projektin kansiossa: python run.py install --self-test
Installation utan nätverk, i projektets mapp: python run.py install --self-test
To install without a network, in the folder of the project: python run.py install --self-test
"""


def make_kit(
    root: Path, machines: Sequence[Target], out: Path, self_test: Path | None = None
) -> Path:
    """Make the kit for some kinds of machines.

    Parameters
    ----------
    root : Path
        The project, a git repository.
    machines : sequence of Target
        The kinds of machines.
    out : Path
        Folder of the kit; wheels that lie in `out`/wheels are not fetched again.
    self_test : Path, optional
        A package of a study of synthetic or open data, whose numbers are computed again where the
        kit is installed.

    Returns
    -------
    Path
        `out`/kuntakokeilu_<version>_kit.zip.

    Raises
    ------
    InputError
        The project is no git repository, or a package cannot be had.
    """
    source, commit, day = project_source(root)
    locked = pins((root / LOCK).read_text(encoding="utf-8"))
    folder = out / "wheels"
    with system_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for machine in machines:
        have = [read_wheel(path) for path in sorted(folder.glob("*.whl"))]
        fetch_wheels(without_wheel(locked, have, machine), machine, folder)
    build_wheels(locked, folder)
    known = {(pin.name, pin.version) for pin in locked}
    every = [read_wheel(path) for path in sorted(folder.glob("*.whl"))]
    wheels = [
        each
        for each in every
        if (each.name, each.version) in known and any(fits(each.file, m) for m in machines)
    ]
    if strange := not_as_locked(locked, wheels):
        raise InputError(f"{folder.as_posix()}: {some(strange)} not as {LOCK} has it; remove it")
    for machine in machines:
        if lacking := without_wheel(locked, wheels, machine):
            raise InputError(f"{machine}: no wheel of {some(pin.name for pin in lacking)}")
    told = {
        LOCK: own_lock(locked, wheels).encode("utf-8"),
        COMPONENTS: components(wheels, commit).encode("utf-8"),
        LICENCES: licences(wheels).encode("utf-8"),
        README: _README.encode("utf-8"),
        **({SELF_TEST: self_test.read_bytes()} if self_test else {}),
    }
    return pack_kit(source, told, [folder / each.file for each in wheels], day, out)


def pack_kit(
    source: Mapping[str, tuple[bytes, int]],
    told: Mapping[str, bytes],
    wheels: Iterable[Path],
    day: datetime,
    out: Path,
) -> Path:
    """Put project and wheels into one zip; made of the same, it is the same.

    Parameters
    ----------
    source : mapping of str to (bytes, int)
        Files of the project and their rights.
    told : mapping of str to bytes
        Files that are made for the kit, below `FOLDER`.
    wheels : iterable of Path
        The wheels.
    day : datetime
        The time that all files get.
    out : Path
        Where the kit is written.
    """
    top, path = f"kuntakokeilu-{__version__}", out / f"kuntakokeilu_{__version__}_kit.zip"
    part = path.with_name(f".{path.name}.part")
    try:
        with system_faults(path), ZipFile(part, "w") as kit:
            for name in sorted(source):
                content, mode = source[name]
                _put(kit, f"{top}/{name}", content, mode, day)
            for name in sorted(told):
                _put(kit, f"{top}/{FOLDER}/{name}", told[name], 0o644, day)
            for file in sorted(wheels):
                _put(kit, f"{top}/{FOLDER}/wheels/{file.name}", file.read_bytes(), 0o644, day)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def project_source(root: Path) -> tuple[dict[str, tuple[bytes, int]], str, datetime]:
    """Take the project's files as its last commit has them; with that commit, and its time."""
    try:
        archive = _git(root, "archive", "--format=tar", "HEAD")
        commit = _git(root, "log", "-1", "--format=%h %ct", "--abbrev=12").decode("ascii").strip()
    except (OSError, subprocess.CalledProcessError):
        raise InputError("a kit is made of what git keeps; expected a git repository") from None
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        files = {
            member.name: (content.read(), member.mode)
            for member in tar.getmembers()
            if member.isfile() and (content := tar.extractfile(member)) is not None
        }
    name, seconds = commit.split()
    return files, name, datetime.fromtimestamp(int(seconds), UTC)


def changed_files(root: Path) -> int:
    """Count files that differ from the last commit, which a kit would not have."""
    return len(_git(root, "status", "--porcelain").splitlines())


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=True).stdout


def _put(kit: ZipFile, name: str, content: bytes, mode: int, day: datetime) -> None:
    clock = (day.year, day.month, day.day, day.hour, day.minute, day.second)
    member = ZipInfo(name, clock)
    member.compress_type = ZIP_STORED if name.endswith(".whl") else ZIP_DEFLATED
    member.create_system, member.external_attr = 3, (0o755 if mode & 0o100 else 0o644) << 16
    kit.writestr(member, content)
