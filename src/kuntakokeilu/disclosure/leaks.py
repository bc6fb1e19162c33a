"""What must leave under no circumstances, looked for in everything that a run has written.

Not a check of numbers, which is the business of the release itself, but of accidents: an id in a
caption, a path in a page's metadata, a table of persons saved beside the results, the name of a
colleague in a workbook's properties. What is found is named by file and kind, never by value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from kuntakokeilu import machine
from kuntakokeilu.disclosure.identifiers import business_ids, identity_codes
from kuntakokeilu.disclosure.ids import NO_IDS, IdFilter, count_ids
from kuntakokeilu.disclosure.microdata import is_microdata
from kuntakokeilu.disclosure.opened import Inside, Part, pieces
from kuntakokeilu.errors import InputError, counted, some

# What is found, in words that follow a count: one, many.
KINDS = {
    "extract_id": ("id of the extract", "ids of the extract"),
    "identity_code": ("personal identity code", "personal identity codes"),
    "business_id": ("business id", "business ids"),
    "microdata": ("table that looks like persons", "tables that look like persons"),
    "path": ("folder of this machine or of a user", "folders of this machine or of a user"),
    "user": ("name of this user", "names of this user"),
    "host": ("name of this machine", "names of this machine"),
    "hidden_sheet": ("hidden sheet", "hidden sheets"),
    "unreadable": ("part that cannot be looked into", "parts that cannot be looked into"),
    "link": ("link to a file elsewhere", "links to files elsewhere"),
}
OF_MACHINE = frozenset({"path", "user", "host"})
SHOWN = 6  # files that a message names


@dataclass(frozen=True, order=True)
class Leak:
    """Something that must not leave.

    Attributes
    ----------
    file : str
        Where, with the file within a file after a colon.
    kind : str
        What, a key of `KINDS`.
    count : int
        How often.
    """

    file: str
    kind: str
    count: int


@dataclass(frozen=True)
class Wanted:
    """What is looked for beside what has a form of its own.

    Attributes
    ----------
    ids : IdFilter
        Ids of the extract.
    columns : tuple of str
        Names of variables that only rows of persons have.
    names : mapping of str to list of str
        Names of `user` and `host`.
    """

    ids: IdFilter
    columns: tuple[str, ...]
    names: Mapping[str, list[str]]


# Where in a file, and what is found there by kind; the same by the hash of a file.
Found = list[tuple[str, dict[str, int]]]
Known = dict[bytes, Found]


def wanted(ids: IdFilter = NO_IDS, columns: Iterable[str] = ()) -> Wanted:
    """Look for these ids and variables, and for this machine's own names."""
    return Wanted(ids, tuple(columns), machine.own_names())


def scan(folders: Iterable[Path], look_for: Wanted | None = None) -> list[Leak]:
    r"""Look through folders and files for what must not leave.

    Parameters
    ----------
    folders : iterable of Path
        Folders, with all that lies below them, and files; one that is not there is passed over.
    look_for : Wanted, optional
        Default: `wanted()`, without ids of an extract.

    Returns
    -------
    list of Leak
        By file and kind. Names of files are looked at too; one that tells something is cut.

    Raises
    ------
    InputError
        The system refuses a file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "table.csv").write_text("area,note\nPori,131052-308T\n")
    ...     [(leak.kind, leak.count) for leak in scan([Path(folder)]) if "table" in leak.file]
    [('identity_code', 1)]
    """
    look_for = look_for or wanted()
    found: Counter[tuple[str, str]] = Counter()
    known: Known = {}
    for path, name in _files(folders):
        for inside, kinds in _of_file(path, name, look_for, known):
            place, of_name = _masked(f"{name}{inside}", look_for)
            for kind, count in {**kinds, **of_name}.items():
                found[place, kind] += count
    return sorted(Leak(place, kind, count) for (place, kind), count in found.items() if count)


def of_part(part: Part, look_for: Wanted) -> dict[str, int]:
    """Count what must not leave in a piece of a file, by kind."""
    found = {} if part.fault is None else {part.fault: 1}
    for kind, count in _counters(look_for).items():
        if number := max(map(count, part.texts), default=0):
            found[kind] = number
    tables = sum(is_microdata(table, look_for.columns) for table in part.tables)
    return found | ({"microdata": tables} if tables else {})


def refuse(leaks: list[Leak]) -> list[str]:
    """Stop at what must not leave, and return what is only to be known.

    Parameters
    ----------
    leaks : list of Leak
        As found.

    Returns
    -------
    list of str
        A line on logs that name the machine, as they may: they stay where it is.

    Raises
    ------
    InputError
        One line that says where which kinds were found, and no value.
    """
    notes = [leak for leak in leaks if leak.file.startswith("logs/") and leak.kind in OF_MACHINE]
    grave = [leak for leak in leaks if leak not in notes]
    if grave:
        raise InputError(f"what must not leave was found in {_told(grave)}; do not hand it on")
    return [f"{_told(notes)}: logs stay inside"] if notes else []


def _told(leaks: list[Leak]) -> str:
    by_file: dict[str, list[str]] = {}
    for leak in leaks:
        by_file.setdefault(leak.file, []).append(counted(leak.count, *KINDS[leak.kind]))
    return some((f"{file} ({', '.join(kinds)})" for file, kinds in by_file.items()), SHOWN)


def not_looked_for(look_for: Wanted) -> list[str]:
    """Say which names of this machine are such common words that they are not looked for."""
    return [
        f"name of the {what}: too short or too common to tell"
        for what, names in look_for.names.items()
        if not any(map(machine.tells, names))
    ]


def _counters(look_for: Wanted) -> dict[str, Callable[[str], int]]:
    def named(pattern: str) -> Callable[[str], int]:
        return lambda text: len(patterns[pattern].findall(text))

    patterns = machine.name_patterns(dict(look_for.names))
    return {
        "extract_id": lambda text: count_ids(text, look_for.ids),
        "identity_code": lambda text: sum(1 for _ in identity_codes(text)),
        "business_id": lambda text: sum(1 for _ in business_ids(text)),
        "path": machine.machine_paths,
        **{what: named(what) for what in patterns},
    }


def _files(folders: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """List files with what they are called in messages: their place below the folder's own."""
    for folder in folders:
        if folder.is_dir() and not folder.is_symlink():
            inside = sorted(path for path in folder.rglob("*") if _is_leaf(path))
        else:
            inside = [folder] if folder.exists() or folder.is_symlink() else []
        for path in inside:
            yield path, path.relative_to(folder.parent).as_posix()


def _is_leaf(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def _of_file(path: Path, name: str, look_for: Wanted, known: Known) -> Found:
    if path.is_symlink():  # not followed: what packs the folder would take the file it leads to
        return [("", {"link": 1})]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{name}: not readable ({error.strerror})") from None
    return _of_content(content, look_for, known)


def _of_content(content: bytes, look_for: Wanted, known: Known, depth: int = 0) -> Found:
    """Count by piece; an archive holds again what lies beside it, and bytes are read once."""
    digest = sha256(content).digest()
    if digest not in known:
        found: Found = []
        for piece in pieces(content, depth):
            if isinstance(piece, Inside):
                inner = _of_content(piece.content, look_for, known, depth + 1)
                found += [(f": {piece.name}{place}", kinds) for place, kinds in inner]
            else:
                found.append((piece.place, of_part(piece, look_for)))
        known[digest] = found
    return known[digest]


def _masked(place: str, look_for: Wanted) -> tuple[str, dict[str, int]]:
    """Cut out of a name what must not be told, and count it."""
    found = {kind: count(place) for kind, count in _counters(look_for).items()}
    found = {kind: number for kind, number in found.items() if number}
    if not found:
        return place, {}
    kept = place.partition("/")[0]
    return f"{kept}/ (a file whose name tells it)", found
