"""What of a run leaves in one package, and what goes together in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path, PurePosixPath

from kuntakokeilu.errors import InputError, some, system_faults
from kuntakokeilu.handover.archive import MOST_FILES, zipped

PAGES = "report/pages.zip"
WRITTEN = 8  # files that are written about the others: three forms, log, dictionary, manifest, ...
# What repeats in another form what leaves anyhow.
_REPEATED = (".png", ".ipynb", "_excel_fi.csv", "_excel_sv.csv")


def package_contents(
    folder: Path, released: Iterable[str], made: Iterable[str], day: date
) -> dict[str, bytes]:
    """Gather the files of a package but for those that are written about them.

    Parameters
    ----------
    folder : Path
        The study's results.
    released, made : iterable of str
        What the study released and what was made of it, seen from there. No other file leaves.
    day : date
        The day of the release.

    Returns
    -------
    dict of str to bytes
        Released tables and workbooks as they are; pages, figures (as drawings that can be
        enlarged) with their numbers, and result tables together in `PAGES`, so that links between
        them hold when it is unpacked where it lies. Workbooks lie in it too if there would be more
        files than a checker takes.

    Raises
    ------
    InputError
        A file is not there, or the release has one that no step of the study writes.
    """
    released, made = list(released), list(made)
    _refuse_strangers(folder, released)
    found = {name: _read(folder, name) for name in released}
    wanted = [name for name in made if not name.endswith(_REPEATED)]
    books = [name for name in wanted if name.endswith(".xlsx")]
    alone = books if len(released) + len(books) + 1 + WRITTEN <= MOST_FILES else []
    found |= {name: _read(folder, name) for name in alone}
    pages = {_seen_from_report(n): _read(folder, n) for n in wanted if n not in alone}
    return found | ({PAGES: zipped(pages, day)} if pages else {})


def _seen_from_report(name: str) -> str:
    return str(PurePosixPath(name).relative_to(PurePosixPath(PAGES).parent))


def _refuse_strangers(folder: Path, released: Iterable[str]) -> None:
    known = {folder / name for name in released}
    strange = [path for path in sorted((folder / "release").rglob("*")) if path not in known]
    if strange:
        names = (path.relative_to(folder).as_posix() for path in strange)
        raise InputError(
            f"{some(names)}: no step of the study writes it; remove it, since release/ holds only "
            "what was checked"
        )


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{name}: a link; expected a file of the run")
    if not path.is_file():
        raise InputError(f"{name}: no such file; run the study first: python run.py results")
    with system_faults(name):
        return path.read_bytes()
