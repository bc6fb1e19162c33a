"""Computing the numbers of a package again, and saying which differ.

Nothing of this project's folder is read but its code and settings, and nothing is written there:
the study is run in a copy, in a temporary folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.handover.hidden import key_columns, row_names
from kuntakokeilu.handover.manifest import sha256_of
from kuntakokeilu.handover.verify import Verified
from kuntakokeilu.io import DATA_FOLDER, DATA_VARIABLE, data_file
from kuntakokeilu.job import ERROR_PREFIX
from kuntakokeilu.study import Study, read_study

ROOT = Path(__file__).resolve().parents[3]
PARTS = ("Snakefile", "run.py")
FOLDERS = ("workflow", "config", "src", "profiles")
SHOWN = 20  # rows that are named
# Below this share of a column's largest number, a difference is one of last digits.
OF_LARGEST = 1e-9


@dataclass(frozen=True)
class Recomputed:
    """What came of computing a release again.

    Attributes
    ----------
    said : tuple of str
        Lines for a reader.
    differs : bool
        Whether any number, text or row differs, or a source file is another.
    """

    said: tuple[str, ...]
    differs: bool


def recomputed(package: Verified, config: Path, tolerance: float) -> Recomputed:
    """Compute every released number of a package again, where anybody can.

    Parameters
    ----------
    package : Verified
        A package that is whole.
    config : Path
        Settings of this project, with the study.
    tolerance : float
        Relative difference of two numbers that is none.

    Returns
    -------
    Recomputed
        Of a study of a real extract: that nothing was computed.

    Raises
    ------
    InputError
        The study is not here, has other settings here, or cannot be run.
    """
    told = package.manifest
    study = read_study(config, told["study"])
    registers = study.settings.source.registers
    if registers is not None and registers.twin is None:
        said = "Its numbers rest on registers of persons: nothing was computed again"
        return Recomputed((said,), differs=False)
    if study.fingerprint() != told["release"]["study_sha256"]:
        raise InputError(
            f"{study.name}: config/ here differs from that of the package; take the commit "
            f"{told['release']['commit']} of the project"
        )
    others = other_sources(told["release"]["inputs"], config)
    results = config.parent / "results"
    results.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=results, prefix="verify-") as folder:
        new = _run(study, Path(folder) / "project")
    old = {
        name.removeprefix("release/").removesuffix(".csv"): content
        for name, content in package.files.items()
        if name.startswith("release/") and name.endswith(".csv")
    }
    differing = differences(old, new, tolerance)
    lines = [f"source file {name}: not the one that was read" for name in others]
    return Recomputed((*lines, *_said(differing, old, tolerance)), bool(lines or len(differing)))


def differences(
    old: Mapping[str, bytes], new: Mapping[str, bytes], tolerance: float
) -> pd.DataFrame:
    """List what differs between two releases, in any table and column.

    Parameters
    ----------
    old, new : mapping of str to bytes
        CSV files of released tables, by name of table.
    tolerance : float
        Numbers x and y agree if ``|x - y| <= tolerance * max(|x|, |y|)``, or if they differ by
        less than `OF_LARGEST` of the largest number of their column: last digits of a zero.

    Returns
    -------
    DataFrame
        file, row, column, released, computed. A row that one side lacks has column `row`.
    """
    parts = []
    for name in sorted({*old, *new}):
        if name not in old and not len(_frame(new[name])):
            continue  # a table without rows is not packed
        if name not in old or name not in new:
            where = "released" if name in old else "computed"
            parts.append(_lines(name, ["all"], "row", [f"only {where}"], [""]))
            continue
        parts += _table(name, _frame(old[name]), _frame(new[name]), tolerance)
    columns = ["file", "row", "column", "released", "computed"]
    return pd.concat([pd.DataFrame(columns=columns), *parts], ignore_index=True)


def other_sources(inputs: Mapping[str, str], config: Path) -> list[str]:
    """Name the source files that are not those that a release was made of, or are not there."""
    other = []
    for name, expected in inputs.items():
        try:
            path = config.parent / name if name.startswith("config/") else data_file(name)
            same = sha256_of(path.read_bytes()) == expected
        except (InputError, OSError):
            same = False
        if not same:
            other.append(name)
    return other


def _table(name: str, old: pd.DataFrame, new: pd.DataFrame, tolerance: float) -> list[pd.DataFrame]:
    key = key_columns(name, old) if name in RELEASED_TABLES else []
    old, new = _named(old, key), _named(new, key)
    parts = []
    for one, other, where in ((old, new, "only released"), (new, old, "only computed")):
        alone = one.index.difference(other.index, sort=False)
        if len(alone):
            parts.append(_lines(name, list(alone), "row", [where] * len(alone), [""] * len(alone)))
    both = old.index.intersection(new.index, sort=False)
    for column in dict.fromkeys([*old.columns, *new.columns]):
        if column not in old or column not in new:
            where = "only released" if column in old else "only computed"
            parts.append(_lines(name, ["all"], column, [where], [""]))
            continue
        before, after = old.loc[both, column], new.loc[both, column]
        moved = ~_agree(before, after, tolerance)
        if moved.any():
            rows = list(both[moved.to_numpy()])
            parts.append(_lines(name, rows, column, list(before[moved]), list(after[moved])))
    return parts


def _named(table: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Index rows by what names them; of several of one name, by their place among these too."""
    name = pd.Series(row_names(table, [n for n in key if n in table]), dtype=object)
    again = name.groupby(name).cumcount()
    whole = name.where(again.eq(0), name + " (" + (again + 1).astype(str) + ")")
    return table.set_axis(pd.Index(whole), axis=0)


def _agree(before: pd.Series, after: pd.Series, tolerance: float) -> pd.Series:
    same = before.eq(after)
    x, y = (pd.to_numeric(side, errors="coerce") for side in (before, after))
    scale = pd.concat([x.abs(), y.abs()], axis=1).max(axis=1)
    near = (x - y).abs().le((tolerance * scale).clip(lower=OF_LARGEST * scale.max()))
    return same | near


def _lines(
    name: str, rows: list[Any], column: str, released: list[Any], computed: list[Any]
) -> pd.DataFrame:
    told = {"file": f"{name}.csv", "row": rows, "column": column}
    return pd.DataFrame(told | {"released": released, "computed": computed})


def _frame(content: bytes) -> pd.DataFrame:
    text = content.decode("utf-8-sig")
    return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False, na_filter=False)


def _said(differing: pd.DataFrame, old: Mapping[str, bytes], tolerance: float) -> list[str]:
    rows = sum(max(len(_frame(content)), 0) for content in old.values())
    of = f"{counted(len(old), 'table')}, {counted(rows, 'row')}"
    if differing.empty:
        return [f"Computed again: {of}; none differs by more than {tolerance:g} of its value"]
    head = f"Computed again: {of}; {counted(len(differing), 'place differs', 'places differ')}:"
    shown: Any = differing.head(SHOWN).itertuples(index=False)
    listed = [
        f"  {each.file}, {each.row}, {each.column}: {each.released}"
        + (f", computed {each.computed}" if each.computed else "")
        for each in shown
    ]
    more = len(differing) - SHOWN
    return [head, *listed, *([f"  and {more} more"] if more > 0 else [])]


def _run(study: Study, folder: Path) -> dict[str, bytes]:
    """Run a study in a copy of the project; give its released tables."""
    folder.mkdir(parents=True)
    leave = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    for name in PARTS:
        shutil.copy2(ROOT / name, folder / name)
    command = [sys.executable, "run.py", "results", "--study", study.name, "--only", "release"]
    names = {"KUNTAKOKEILU_PYTHON": sys.executable}
    names |= {"KUNTAKOKEILU_DATA": str(_data_folder())} if _data_folder() else {}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **names},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith(ERROR_PREFIX)]
        why = some(line.removeprefix(ERROR_PREFIX) for line in lines) or "see its own run"
        raise InputError(f"{study.name}: cannot be computed again: {why}")
    release = folder / "results" / study.name / "release"
    return {path.stem: path.read_bytes() for path in sorted(release.glob("*.csv"))}


def _data_folder() -> Path | None:
    """Give the folder of open data, which a copy elsewhere would not find by itself."""
    folder = Path(os.environ.get(DATA_VARIABLE) or DATA_FOLDER)
    return folder.resolve() if folder.is_dir() else None
