"""Folders of a study: who may enter them, that none leads into another, and nothing left behind."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kuntakokeilu.errors import InputError, system_faults

OWNER_ONLY = 0o700
PRIVATE = ("restricted", "logs")  # may hold persons, or name them
FOLDERS = (*PRIVATE, "release", "report", "package")
# What steps make beside their results and remove at the end, unless they are killed. Not those of
# `preflight`, which may be at work at the same time.
_LEFT = (
    *(".registers-*", ".collapse-*", ".reach-*", ".parts-*", ".panel-*", ".ids-*"),
    *(".package-*", ".tmp-*", ".*.part"),
)


def secure(results: Path) -> None:
    """Make the folders of a study that others must not enter, and close them.

    Parameters
    ----------
    results : Path
        The study's folder, results/<study>.

    Raises
    ------
    InputError
        A folder of the study is a link or leads elsewhere: what is written to one would lie in
        another. Or the system refuses.

    Notes
    -----
    On POSIX, `restricted` and `logs` can be entered by their owner alone, whatever the rights of
    files in them. Windows asks the rights of the folder above, which this leaves as they are.
    """
    with system_faults(results):
        for name in FOLDERS:
            folder = results / name
            if folder.is_symlink() or folder.resolve() != results.resolve() / name:
                raise InputError(
                    f"{folder.as_posix()}: a link; expected a folder of its own, since what is "
                    "released must not lie where persons do"
                )
        for name in PRIVATE:
            folder = results / name
            folder.mkdir(parents=True, exist_ok=True)
            if os.name == "posix" and folder.stat().st_mode & 0o777 != OWNER_ONLY:
                folder.chmod(OWNER_ONLY)


def remove_left(restricted: Path) -> int:
    """Remove what steps that were killed left behind; no step may be at work.

    Parameters
    ----------
    restricted : Path
        The folder of a study that must not leave.

    Returns
    -------
    int
        How many folders and files were removed.
    """
    found = list(_left(restricted))
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(found)


@contextmanager
def own_temporary(restricted: Path) -> Iterator[None]:
    """Let temporary files of this process and its children lie below a folder, and remove them.

    Parameters
    ----------
    restricted : Path
        The folder of a study that must not leave. Where there is none, the system's own folder
        serves: nothing of a study is at work.
    """
    if not restricted.is_dir():
        yield
        return
    names = ("TMPDIR", "TEMP", "TMP")
    before = {name: os.environ.get(name) for name in names}
    own = restricted.absolute()
    with tempfile.TemporaryDirectory(dir=own, prefix=".tmp-", ignore_cleanup_errors=True) as here:
        os.environ.update(dict.fromkeys(names, here))
        past, tempfile.tempdir = tempfile.tempdir, here
        try:
            yield
        finally:
            tempfile.tempdir = past
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _left(folder: Path) -> Iterator[Path]:
    """Find them, without looking into those that are found or into links."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if any(path.match(pattern) for pattern in _LEFT):
            yield path
        elif path.is_dir() and not path.is_symlink():
            yield from _left(path)


def secret_of(results: Path) -> bytes:
    """Give the secret of a study's folder, 32 random bytes that stay below `restricted`.

    Hashes of files of persons are keyed with it, the same for each run in this folder.
    """
    return private_file(results / PRIVATE[0] / "hash_key", secrets.token_bytes(32))


def private_file(path: Path, content: bytes) -> bytes:
    """Read a file that its owner alone may read, or make it with this content if there is none.

    Parameters
    ----------
    path : Path
        The file, in a folder that is there or will be made.
    content : bytes
        What a new one holds.

    Returns
    -------
    bytes
        What the file holds. Two processes that make it at once get the same.

    Raises
    ------
    InputError
        It is a link, or the system refuses.
    """
    with system_faults(path):
        if path.is_symlink():
            raise InputError(f"{path.as_posix()}: a link; expected a file of its own")
        path.parent.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "wb") as file:
                file.write(content)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return path.read_bytes()
