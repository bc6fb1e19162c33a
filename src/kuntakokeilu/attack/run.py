"""Every class of attack on what would leave, and what succeeded."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from kuntakokeilu.attack import bars, drawings, errors, means, sisters, sums
from kuntakokeilu.attack.bands import told_by_bands
from kuntakokeilu.attack.fractions import denominator, exact_numbers
from kuntakokeilu.attack.linear import ranges
from kuntakokeilu.attack.numbers import as_number, base_of, count_columns, public_counts
from kuntakokeilu.attack.read import Piece, Rows, pieces
from kuntakokeilu.attack.structure import puzzle
from kuntakokeilu.errors import InputError, some

LEAST = 10  # persons: what the strictest Finnish source asks
# By class: what was worked out.
CLASSES = {
    "linear": "counts that follow from others by adding up",
    "differences": "counts of two samples that differ by few",
    "fractions": "shares so exact that they tell their counts",
    "errors": "errors so exact that they tell their counts",
    "degrees": "degrees of freedom that are counts of persons",
    "means": "sums over few that follow from means of two samples or releases",
    "sisters": "hidden numbers that stand in another row",
    "sums": "hidden euros that follow from a net cost and its other parts",
    "bands": "counts that follow from a band of persons beside them",
    "drawings": "numbers that a drawing tells more exactly than the table beside it",
    "releases": "counts that moved by few since an earlier release",
    "concealed": "numbers in hidden sheets, rows, columns or comments",
    "metadata": "hashes or names that confirm a guess",
    "unlisted": "files that the manifest does not know",
}
_OF_PUBLISHED = ("concealed", "metadata", "unlisted")
_HEX = 64
_LANGUAGE = re.compile(r"_(?:fi|sv|en)$")


@dataclass(frozen=True, order=True)
class Success:
    """Something that was worked out.

    Attributes
    ----------
    file : str
        Where it stands.
    kind : str
        How, a key of `CLASSES`.
    where : str
        Columns or places, never a value.
    """

    file: str
    kind: str
    where: str = ""


def attack(
    release: Path,
    reports: Iterable[Path] = (),
    earlier: Sequence[Path] = (),
    least: int = LEAST,
) -> list[Success]:
    r"""Try every class of attack on a release.

    Parameters
    ----------
    release : Path
        Folder of released tables.
    reports : iterable of Path
        What is made of them and leaves as well: folders or files.
    earlier : sequence of Path
        Folders of earlier releases.
    least : int
        Fewest persons that may be told; 0 of published statistics, in which nobody is looked for
        and only concealed things are.

    Returns
    -------
    list of Success
        By file and class.

    Raises
    ------
    InputError
        There is no release, or a file that cannot be opened.

    Examples
    --------
    >>> import tempfile
    >>> rows = "arm,n_persons,status\ntrial,21,ok\ncontrol,,suppressed\nall,25,ok\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "table.csv").write_text(rows)
    ...     [(each.kind, each.where) for each in attack(Path(folder))]
    [('linear', 'n_persons')]
    """
    if not release.is_dir():
        raise InputError(f"{release.name}: no such folder; expected a release")
    read = list(pieces([release]))
    others = list(pieces(list(reports)))
    found = [*_concealed([*read, *others]), *_metadata(release, read), *_unlisted(release)]
    if least > 0:
        tables = {piece.file: piece.rows for piece in read if piece.rows}
        shown = tables | {piece.file: piece.rows for piece in others if piece.rows}
        found += _linear(tables, least)
        found += _differences(tables, least)
        public = public_counts(tables.values())
        found += [*_fractions(shown, public), *_fractions_in_words([*read, *others], public)]
        found += _errors(tables, least)
        found += _sisters(tables, shown)
        found += _sums(release, tables)
        found += _persons_in_bands(shown, tables, least)
        found += [*_drawings([*read, *others]), *_bars([*read, *others], tables)]
        for folder in earlier:
            before = {p.file: p.rows for p in pieces([folder]) if p.rows}
            found += _releases(before, tables, least)
    return sorted(set(found))


def tried(least: int) -> list[str]:
    """Name the classes that `attack` tries: of published statistics those of what is concealed."""
    return list(CLASSES if least > 0 else _OF_PUBLISHED)


def stop_at(found: Sequence[Success]) -> None:
    """Stop if anything was worked out.

    Raises
    ------
    InputError
        One line that names files, classes and columns, and no value.
    """
    if found:
        told = say_successes(found)
        raise InputError(f"what is hidden follows from what would leave: {told}; keep it inside")


def say_successes(found: Sequence[Success]) -> str:
    """Say in one line what was worked out, by file and class."""
    kinds: dict[str, set[str]] = {}
    for each in found:
        kinds.setdefault(each.file, set()).add(f"{each.kind}: {each.where}".rstrip(": "))
    return some((f"{file} ({'; '.join(sorted(how))})" for file, how in kinds.items()), 6)


def _linear(tables: dict[str, Rows], least: int) -> Iterator[Success]:
    made = puzzle(tables, least)
    wanted = [name for name in made.wanted if name not in made.known]
    bounds = ranges(made.equations, made.known, wanted)
    for name, (low, high) in bounds.items():
        if high - low < least and low < least and high > 0 and math.isfinite(high):
            yield Success(made.wanted[name], "linear", _column(name))


def _column(name: str) -> str:
    """Say what of a table a count is, without what tells whose."""
    last = name.rpartition("|")[2]
    return last if last.startswith("n_") else "a part or difference"


def _differences(tables: dict[str, Rows], least: int) -> Iterator[Success]:
    """Compare counts of samples of one population."""
    for file, rows in tables.items():
        if not rows or "estimand" not in rows[0]:
            continue
        if means.of_few_between_samples(rows, least):
            yield Success(file, "means", "baseline_mean")
        for column in count_columns(rows):
            sizes: dict[str, dict[str, float]] = {}
            for row in rows:
                if (value := as_number(row[column])) is not None:
                    population = "|".join(row.get(c, "") for c in ("population", "term", "window"))
                    sizes.setdefault(population, {})[row["estimand"]] = value
            values = [v for each in sizes.values() for v in each.values()]
            if base_of(values, least) > 1:
                continue
            for each in sizes.values():
                pairs = combinations(sorted(set(each.values())), 2)
                if any(0 < b - a < least for a, b in pairs):
                    yield Success(file, "differences", column)
                    break


def _fractions(tables: dict[str, Rows], public: set[int]) -> Iterator[Success]:
    for file, rows in tables.items():
        for column in rows[0]:
            if any(denominator(row[column] or "", public) for row in rows if column in row):
                yield Success(file, "fractions", column)


def _fractions_in_words(read: Sequence[Piece], public: set[int]) -> Iterator[Success]:
    for piece in read:
        if any(denominator(number, public) for number in exact_numbers(piece.text)):
            yield Success(piece.file, "fractions", "words")


def _errors(tables: dict[str, Rows], least: int) -> Iterator[Success]:
    months = _months(tables)
    for file, rows in tables.items():
        for column in errors.finer_than_counts(rows, months, least):
            yield Success(file, "errors", column)
        for column in [*errors.ends_of_more_digits(rows), *errors.finer_totals(rows)]:
            yield Success(file, "errors", column)
        if file.endswith("totals.csv"):
            beside = tables.get(file.replace("totals.csv", "estimates.csv"), [])
            for column in errors.finer_multiples(rows, beside):
                yield Success(file, "errors", column)
        for column in errors.degrees_of_persons(rows):
            yield Success(file, "degrees", column)


def _months(tables: dict[str, Rows]) -> float:
    """Tell from estimates with both counts how many months a person has."""
    ratios = [
        months / persons
        for rows in tables.values()
        for row in rows
        if (months := as_number(row.get("n_person_months", "")))
        and (persons := as_number(row.get("n_persons", "")))
    ]
    return max(1.0, float(np.median(ratios))) if ratios else 1.0


def _sisters(tables: dict[str, Rows], shown: dict[str, Rows]) -> Iterator[Success]:
    hidden: set[sisters.Key] = set()
    for file, rows in tables.items():
        for column in sisters.on_hidden_rows(rows):
            yield Success(file, "sisters", column)
        hidden |= sisters.hidden_keys(rows)
    for file, rows in shown.items():
        found = sisters.standing_elsewhere(rows, hidden)
        found += sisters.beside_hidden_words(rows) if file not in tables else []
        for column in found:
            yield Success(file, "sisters", column)


def _sums(release: Path, tables: dict[str, Rows]) -> Iterator[Success]:
    study = release / "study.json"
    columns = sums.columns_of(study.read_text(encoding="utf-8")) if study.exists() else {}
    for file, rows in tables.items():
        for column in sums.hidden_parts_that_follow(rows, columns):
            yield Success(file, "sums", column)


def _persons_in_bands(
    shown: dict[str, Rows], tables: dict[str, Rows], least: int
) -> Iterator[Success]:
    for file, rows in shown.items():
        if rows and {"file", "row", "persons"} <= rows[0].keys():
            for what in sorted(set(told_by_bands(rows, tables, least))):
                yield Success(file, "bands", what)


def _drawings(read: Sequence[Piece]) -> Iterator[Success]:
    """Hold drawings against the tables beside them; those in pages are known by their titles."""
    beside = {_without_ending(piece.file): piece.rows for piece in read if piece.rows}
    own = {p.file: beside.get(_LANGUAGE.sub("", _without_ending(p.file)), []) for p in read}
    titled: dict[str, dict[str, Rows]] = {}
    for piece in read:
        if piece.drawing and own[piece.file]:  # a figure in several parts has one title
            parts = titled.setdefault(drawings.title_of(piece.drawing), {})
            parts[_LANGUAGE.sub("", _without_ending(piece.file))] = own[piece.file]
    for piece in read:
        if not piece.drawing:
            continue
        same = titled.get(drawings.title_of(piece.drawing), {})
        rows = own[piece.file] or [row for part in same.values() for row in part]
        for column in drawings.finer_than_table(piece.drawing, rows) if rows else ():
            yield Success(piece.file, "drawings", column)


def _bars(read: Sequence[Piece], tables: dict[str, Rows]) -> Iterator[Success]:
    """Hold the bars of PDFs and pages against all rows, since nothing says which one they show."""
    for piece in read:
        drawn = list(bars.bars_of(piece.shapes, piece.exact))
        if drawn and bars.finer_than_rows(drawn, tables.values()):
            yield Success(piece.file, "drawings", "a bar")


def _without_ending(file: str) -> str:
    name, _, ending = file.rpartition(".")
    return name if ending.isalnum() else file


def _releases(before: dict[str, Rows], now: dict[str, Rows], least: int) -> Iterator[Success]:
    """Subtract one release from another."""
    old = {file.rpartition("/")[2]: rows for file, rows in before.items()}
    for file, rows in now.items():
        past = old.get(file.rpartition("/")[2], [])
        for column in count_columns(rows):
            mine, theirs = _by_key(rows, column), _by_key(past, column)
            moved = [abs(mine[k] - theirs[k]) for k in mine.keys() & theirs.keys()]
            if any(0 < each < least for each in moved):
                yield Success(file, "releases", column)
        for column in means.of_few_between_releases(past, rows):
            yield Success(file, "means", column)


def _by_key(rows: Rows, column: str) -> dict[tuple[str, ...], float]:
    found = {}
    for row in rows:
        value = as_number(row.get(column, ""))
        if value is not None:
            texts = (t for c, t in row.items() if as_number(t) is None or c in ("event_time",))
            found[tuple(texts)] = value
    return found


def _concealed(read: Iterable[Piece]) -> Iterator[Success]:
    for piece in read:
        words = piece.text.strip()
        told_so = piece.rows or "hidden rows" in words or any(map(str.isdigit, words))
        if piece.concealed and told_so:
            yield Success(piece.file, "concealed")


def _metadata(release: Path, read: Iterable[Piece]) -> Iterator[Success]:
    """Look for hashes of what stays inside: whoever guesses a register's content can confirm it."""
    path = release / "manifest.json"
    if not path.exists():
        return
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        inputs = manifest.get("inputs", {})
    except (ValueError, AttributeError):
        raise InputError("release/manifest.json: expected a manifest in JSON") from None
    for name, mark in inputs.items():
        inside = not name.startswith(("config/", "data/")) or "restricted" in name
        if inside and isinstance(mark, str) and len(mark) == _HEX and _of_register(name):
            yield Success("release/manifest.json", "metadata", "inputs")
            return


def _of_register(name: str) -> bool:
    return name.rpartition(".")[2].lower() in ("parquet", "sas7bdat", "dta", "sav")


def _unlisted(release: Path) -> Iterator[Success]:
    path = release / "manifest.json"
    if not path.exists():
        return
    listed = set(json.loads(path.read_text(encoding="utf-8")).get("files", {})) | {path.name}
    for each in sorted(release.rglob("*")):
        if each.is_file() and each.relative_to(release).as_posix() not in listed:
            yield Success(f"release/{each.name}", "unlisted")
