"""Zip files that leave: the same files give the same bytes, within what checkers take."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from kuntakokeilu.errors import InputError, counted, some

# Findata: at most 50 files and one zip of 20 MB at a time; names of letters, digits and . - _
# (findata.fi, on producing anonymous results, read in November 2026).
MOST_FILES, MOST_BYTES = 50, 20_000_000
LARGEST = 500_000_000  # bytes unpacked; what is larger was not made here
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def zipped(contents: Mapping[str, bytes], day: date) -> bytes:
    """Pack files in the order of their names, each dated alike.

    Parameters
    ----------
    contents : mapping of str to bytes
        Files by name, with / between folders.
    day : date
        The day that all of them get.

    Returns
    -------
    bytes
        A zip file; equal contents and days give equal bytes (with one version of zlib).

    Raises
    ------
    InputError
        A name is not safe to unpack anywhere.

    Examples
    --------
    >>> from datetime import date
    >>> both = [zipped(each, date(2026, 1, 2)) for each in ({"a": b"1", "b": b"2"},) * 2]
    >>> both[0] == both[1], sorted(unzipped(both[0], "x.zip"))
    (True, ['a', 'b'])
    """
    require_safe(contents)
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name in sorted(contents):
            member = ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            member.compress_type, member.create_system = ZIP_DEFLATED, 3  # on Windows too
            member.external_attr = 0o644 << 16
            archive.writestr(member, contents[name], compresslevel=9)
    return packed.getvalue()


def unzipped(content: bytes, name: str) -> dict[str, bytes]:
    """Read the files of a zip into memory, trusting nothing that it says of itself.

    Parameters
    ----------
    content : bytes
        The zip file.
    name : str
        What messages call it.

    Raises
    ------
    InputError
        It is no whole zip file, is too large when unpacked, or has a name twice or one that could
        lead out of a folder.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            listed = [each for each in archive.infolist() if not each.is_dir()]
            if sum(each.file_size for each in listed) > LARGEST:
                raise InputError(f"{name}: unpacks to more than {LARGEST // 10**6} MB")
            names = [each.filename for each in listed]
            if len(set(names)) < len(names):
                raise InputError(f"{name}: two files of one name")
            require_safe(names, f"{name}: ")
            return {each.filename: archive.read(each) for each in listed}
    except (BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError):
        raise InputError(f"{name}: no whole zip file without a password") from None


def require_safe(names: Mapping[str, bytes] | list[str], place: str = "") -> None:
    """Stop at names that some system refuses, or that lead out of the folder they are put in."""
    bad = [name for name in names if not _is_safe(name)]
    if bad:
        raise InputError(
            f"{place}{some(bad)}: expected names of letters without accents, digits, . - and _"
        )


def require_small(content: bytes, files: int) -> None:
    """Stop if a package is larger than what a checker takes at a time."""
    if files > MOST_FILES:
        raise InputError(f"{counted(files, 'file')}: a checker takes {MOST_FILES} at a time")
    if len(content) > MOST_BYTES:
        said = f"{len(content) / 1e6:.1f} MB: a checker takes {MOST_BYTES // 10**6} MB at a time"
        raise InputError(said)


def read_package(path: Path) -> bytes:
    """Read a package, if it is not too large to be one."""
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name}: more than {MOST_BYTES // 10**6} MB, no package")
    return path.read_bytes()


def _is_safe(name: str) -> bool:
    return bool(name) and all(
        _SAFE.fullmatch(part) and not part.endswith(".") for part in name.split("/")
    )


def below(folder: str, contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """Put files into a folder of a package."""
    return {str(PurePosixPath(folder) / name): content for name, content in contents.items()}
