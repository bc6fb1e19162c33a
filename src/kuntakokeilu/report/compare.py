"""Which released numbers moved between two releases, and by how much."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kuntakokeilu.contracts import NUMBERS, RELEASED
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv

KEY = ["estimand", "term", "event_time", "window", "inference"]
COMPARED = [*NUMBERS, "n_trial", "n_control", "n_trial_clusters", "n_control_clusters"]
TEXTS = ["status", "identified", "unit"]

# Last digits differ between machines and versions of numpy; they are not a changed number.
RELATIVE_TOLERANCE = 1e-9


def read_released(path: Path) -> pd.DataFrame:
    """Read estimates.csv of a release folder, or the file itself, as text."""
    file = path / "estimates.csv" if path.is_dir() else path
    return read_csv(file, list(RELEASED.columns))


def compare_releases(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """List what differs between two releases.

    Parameters
    ----------
    old, new : DataFrame of str
        Contract RELEASED, read as text.

    Returns
    -------
    DataFrame
        The key of a row, column, old, new, change (new - old, missing for texts). A row that
        only one release has appears once with column `row`.

    Raises
    ------
    InputError
        A release has the same row twice.
    """
    for name, frame in (("old", old), ("new", new)):
        if frame.duplicated(KEY).any():
            raise InputError(f"the {name} release has the same estimate twice")
    both = old.merge(new, on=KEY, how="outer", suffixes=("_old", "_new"), indicator=True)
    only = both[both["_merge"] != "both"]
    places = {"left_only": "only in old", "right_only": "only in new"}
    there = only["_merge"].astype(str).map(places)
    parts = [only[KEY].assign(column="row", old=there, new="", change=float("nan"))]
    both = both[both["_merge"] == "both"]
    parts += [_moved(both, column, number=column in COMPARED) for column in COMPARED + TEXTS]
    return pd.concat(parts, ignore_index=True).sort_values([*KEY, "column"], ignore_index=True)


def say(moved: pd.DataFrame) -> str:
    """Put the differences in words, one line each."""
    if moved.empty:
        return "No released number moved."
    lines = [f"{len(moved)} differences:"]
    for row in moved.itertuples():
        place = "".join(f" {name}" for name in (row.event_time, row.window) if name)
        key = f"{row.estimand} {row.term}{place} ({row.inference})"
        change = f" (by {row.change:+.6g})" if pd.notna(row.change) else ""
        values = f"{row.old} -> {row.new}{change}" if row.column != "row" else row.old
        lines.append(f"  {key} {row.column}: {values}")
    return "\n".join(lines)


def _moved(both: pd.DataFrame, column: str, *, number: bool) -> pd.DataFrame:
    old, new = both[f"{column}_old"], both[f"{column}_new"]
    differs = old != new
    change = pd.Series(float("nan"), index=both.index)
    if number:
        before, after = pd.to_numeric(old), pd.to_numeric(new)
        change = after - before
        scale = before.abs().clip(lower=after.abs())
        differs &= ~(change.abs() <= RELATIVE_TOLERANCE * scale)
    rows = both.loc[differs, KEY]
    return rows.assign(column=column, old=old[differs], new=new[differs], change=change[differs])
