"""What moved between two releases, and by how much: numbers, verdicts, arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import NUMBERS, RELEASED
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv
from kuntakokeilu.report.words.release import read_rows


@dataclass(frozen=True)
class Compared:
    """What of one released file is compared.

    Attributes
    ----------
    key : tuple of str
        The columns that name a row.
    numbers : tuple of str
        Columns that differ if their numbers do.
    texts : tuple of str
        Columns that differ if their texts do.
    """

    key: tuple[str, ...]
    numbers: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def needed(self) -> list[str]:
        """All columns that must be there."""
        return [*self.key, *self.numbers, *self.texts]


COMPARED = {
    "estimates.csv": Compared(
        key=tuple(RELEASED.unique or ()),
        numbers=(*NUMBERS, "n_trial", "n_control", "n_trial_clusters", "n_control_clusters"),
        texts=("status", "identified", "unit"),
    ),
    "diagnostics.csv": Compared(("estimand", "check"), ("value", "threshold"), ("verdict",)),
    "units.csv": Compared(("unit",), (), ("arm", "area", "cluster")),
}
MOVED = ["file", "row", "column", "old", "new", "change"]

# Last digits differ between machines and versions of numpy; they are not a changed number.
RELATIVE_TOLERANCE = 1e-9


def read_released(path: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of a release folder as text, by name of file; or one of its files alone."""
    path = Path(path)
    if path.is_file() and path.name not in COMPARED:
        raise InputError(f"{path.name}: expected a release folder, or {', '.join(COMPARED)}")
    files = [path] if path.is_file() else [path / name for name in COMPARED]
    return {file.name: _read(file) for file in files}


def compare_releases(
    old: Mapping[str, pd.DataFrame], new: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """List what differs between two releases.

    Parameters
    ----------
    old, new : mapping of str to DataFrame of str
        Released tables by name of file, as `read_released` gives them.

    Returns
    -------
    DataFrame
        file, row (its key in words), column, old, new, change (new - old, missing for texts).
        A row that only one release has appears once with column `row`.

    Raises
    ------
    InputError
        The releases do not have the same files, a file has the same row twice, or a column of
        numbers holds text.
    """
    if set(old) != set(new):
        raise InputError("compare two release folders, or the same file of two releases")
    parts = [_compare(file, old[file], new[file]) for file in COMPARED if file in old]
    found = [part for part in parts if len(part)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=MOVED)


def say(moved: pd.DataFrame) -> str:
    """Put the differences in words, one line each."""
    if moved.empty:
        return "No released number, verdict or arm moved."
    lines = [f"{len(moved)} difference{'s' if len(moved) > 1 else ''}:"]
    row: Any
    for row in moved.itertuples():
        change = f" (by {row.change:+.6g})" if pd.notna(row.change) else ""
        values = f"{row.old} -> {row.new}{change}" if row.column != "row" else row.old
        lines.append(f"  {row.file}, {row.row}, {row.column}: {values}")
    return "\n".join(lines)


def _read(file: Path) -> pd.DataFrame:
    if file.name == "diagnostics.csv":
        return read_rows(file, COMPARED[file.name].needed)
    return read_csv(file, COMPARED[file.name].needed)


def _compare(file: str, old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Compare one file of two releases, row by row of the same key."""
    how = COMPARED[file]
    key = list(how.key)
    for name, frame in (("old", old), ("new", new)):
        if frame.duplicated(key).any():
            raise InputError(f"{file}: the {name} release has the same row twice")
    sides = (old[how.needed], new[how.needed])
    both = sides[0].merge(
        sides[1], on=key, how="outer", suffixes=("_old", "_new"), indicator="side"
    )
    both = both.sort_values(key, ignore_index=True)
    both["file"] = file
    both["row"] = [" ".join(filter(None, names)) for names in both[key].itertuples(index=False)]
    only = both[both["side"] != "both"]
    places = {"left_only": "only in old", "right_only": "only in new"}
    there = only["side"].astype(str).map(places)
    parts = [only.assign(column="row", old=there, new="", change=float("nan"))]
    same = both[both["side"] == "both"]
    parts += [_moved(same, file, column, number=True) for column in how.numbers]
    parts += [_moved(same, file, column, number=False) for column in how.texts]
    return pd.concat([part[MOVED] for part in parts]).sort_index(kind="stable")


def _moved(both: pd.DataFrame, file: str, column: str, *, number: bool) -> pd.DataFrame:
    """Pick the rows of which one column differs."""
    old, new = both[f"{column}_old"], both[f"{column}_new"]
    differs = old != new
    change = pd.Series(float("nan"), index=both.index)
    if number:
        try:
            before, after = (pd.to_numeric(side).astype(float) for side in (old, new))
        except (TypeError, ValueError):
            fault = f"{file}: column {column} holds text; expected numbers"
            raise InputError(fault) from None
        change = after - before
        scale = before.abs().clip(lower=after.abs())
        differs &= ~(change.abs() <= RELATIVE_TOLERANCE * scale)
    rows = both.assign(column=column, old=old, new=new, change=change)
    return rows[differs]
