"""Rows of sums, found in the files of all shards without reading the others, and put together.

A file of sums has a row group for each split and outcome (`panel.sum_files`), so that those of one
outcome are found by their smallest and largest keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kuntakokeilu.contracts import CELL, SUMS
from kuntakokeilu.errors import InputError

Whole = npt.NDArray[np.int64]
Key = tuple[str, str, str]  # population, stratification, outcome
_KEY = ("population", "stratification", "outcome")
_READ = ["stratum", *CELL, "n", "total", "squares", "absolute", "nonzero", "top1", "top2"]
_LIMB = (1 << 32) - 1
_WORD = 2.0**64
_DAMAGED = "sums.parquet: not a whole parquet file; is it cut off?"


@dataclass(frozen=True)
class SumRows:
    """Files of sums and where in them the rows of each key are.

    Attributes
    ----------
    files : tuple of ParquetFile
        One for each shard; contract SUMS.
    groups : dict of tuple to list
        Key to file and row group.
    """

    files: tuple[pq.ParquetFile, ...]
    groups: dict[Key, list[tuple[int, int]]]

    def read(self, population: str, stratification: str, outcome: str) -> pd.DataFrame:
        """Read the sums of one outcome, those of a cell in several shards added up.

        Returns
        -------
        DataFrame
            As `values_of` takes them: stratum, cohort as text, elapsed, unit, period (months since
            1970), and n0, s0, q0, a0, z0, f0, g0; in the order of stratum, cohort, elapsed, unit
            and period. What the kind of outcome does not have is missing.
        """
        found = self.groups.get((population, stratification, outcome), [])
        try:
            parts = [self.files[i].read_row_group(group, columns=_READ) for i, group in found]
        except (pa.ArrowException, OSError):
            raise InputError(_DAMAGED) from None
        if not parts:
            parts = [self.files[0].schema_arrow.empty_table().select(_READ)]
        table = pa.concat_tables(parts).unify_dictionaries().combine_chunks()
        return _put_together({name: _chunk(table[name]) for name in _READ})


def find_rows(paths: Iterable[Path]) -> SumRows:
    """Find the row groups of files of sums.

    Raises
    ------
    InputError
        A file is damaged, has other columns than the contract, or a row group several keys.
    """
    files: list[pq.ParquetFile] = []
    groups: dict[Key, list[tuple[int, int]]] = {}
    for i, path in enumerate(paths):
        try:
            file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError):
            raise InputError(_DAMAGED) from None
        files.append(file)
        if file.schema_arrow.names != list(SUMS):
            raise InputError(f"{path.name}: expected the columns {', '.join(SUMS)}")
        columns = [list(SUMS).index(name) for name in _KEY]
        for group in range(file.metadata.num_row_groups):
            row_group = file.metadata.row_group(group)
            if row_group.num_rows:
                told = [row_group.column(column).statistics for column in columns]
                if any(each is None or each.min != each.max for each in told):
                    raise InputError(
                        f"{path.name}, row group {group}: expected rows of one population, "
                        "stratification and outcome"
                    )
                groups.setdefault(tuple(each.min for each in told), []).append((i, group))
    return SumRows(tuple(files), groups)


def _chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _put_together(rows: dict[str, pa.Array]) -> pd.DataFrame:
    """Add up the rows of each cell."""
    month = {name: _month(rows[name]) for name in ("cohort", "period")}
    elapsed = _filled(rows["elapsed"])
    parts = [_ranks(rows["stratum"]), month["cohort"], elapsed]
    key = _packed([*parts, _ranks(rows["unit"]), month["period"]])
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(np.diff(key, prepend=key[:1] - 1))
    first = order[starts]
    none = rows["cohort"].null_count > 0
    frame = {
        "stratum": rows["stratum"].take(pa.array(first)).cast(pa.string()).to_pandas(),
        "cohort": _text(month["cohort"][first], none),
        "elapsed": np.full(len(first), np.nan) if none else elapsed[first],
        "unit": rows["unit"].take(pa.array(first)).cast(pa.string()).to_pandas(),
        "period": month["period"][first],
    }
    return pd.DataFrame(frame | _sums(rows, order, starts))


def _sums(
    rows: dict[str, pa.Array], order: Whole, starts: Whole
) -> dict[str, npt.NDArray[np.generic]]:
    def column(name: str) -> Whole:
        return rows[name].to_numpy()[order]

    def total(name: str) -> Whole:
        return np.add.reduceat(column(name), starts) if len(starts) else np.zeros(0, np.int64)

    found: dict[str, npt.NDArray[np.generic]] = {"n0": total("n"), "s0": total("total")}
    if not rows["squares"].null_count:
        found["q0"] = _squares(rows["squares"], order, starts)
    if not rows["top1"].null_count:
        found |= {"a0": total("absolute"), "z0": total("nonzero")}
        found["f0"], found["g0"] = _largest(column("top1"), column("top2"), starts)
    return found


def _squares(column: pa.Array, order: Whole, starts: Whole) -> npt.NDArray[np.float64]:
    """Add up numbers of 38 digits, none below zero, exactly; then the nearest of 64-bit words."""
    words = np.frombuffer(column.buffers()[1], np.uint64).reshape(-1, 2)
    words = words[column.offset : column.offset + len(column)][order]
    if not len(starts):
        return np.zeros(0)
    limbs = [words[:, 0] & _LIMB, words[:, 0] >> 32, words[:, 1] & _LIMB, words[:, 1] >> 32]
    sums = [np.add.reduceat(each, starts) for each in limbs]
    for i in range(3):
        sums[i + 1] += sums[i] >> 32
        sums[i] &= _LIMB
    low, high = (sums[i] | sums[i + 1] << 32 for i in (0, 2))
    # As DuckDB makes a float of such a number: each word is rounded, then their sum.
    return low.astype(float) + high.astype(float) * _WORD


def _largest(top1: Whole, top2: Whole, starts: Whole) -> tuple[Whole, Whole]:
    """Find the two largest of each cell from the two largest of its rows."""
    if not len(starts):
        return top1, top2
    first = np.maximum.reduceat(top1, starts)
    is_first = top1 == np.repeat(first, np.diff(starts, append=len(top1)))
    # Where the largest comes from one row, the second is its second or the largest of another.
    below = np.maximum.reduceat(np.where(is_first, top2, top1), starts)
    return first, np.where(np.add.reduceat(is_first, starts, dtype=np.int64) > 1, first, below)


def _month(days: pa.Array) -> Whole:
    """Months since 1970; 0 where missing."""
    dates = _filled(days.cast(pa.int32())).astype("datetime64[D]")
    return dates.astype("datetime64[M]").astype(np.int64)


def _filled(numbers: pa.Array) -> Whole:
    """Whole numbers; 0 where missing."""
    return numbers.cast(pa.int64()).fill_null(0).to_numpy()


def _text(month: Whole, none: bool) -> pd.Series:
    """Write months as YYYY-MM; missing if there are none."""
    if none:
        return pd.Series([None] * len(month), dtype=object)
    numbers, which = np.unique(month, return_inverse=True)
    texts = pa.array(np.datetime_as_string(numbers.astype("datetime64[M]")).tolist(), pa.string())
    return texts.take(pa.array(which)).to_pandas()


def _ranks(texts: pa.DictionaryArray) -> Whole:
    """Number texts in their order."""
    place = pc.rank(texts.dictionary.cast(pa.string())).to_numpy().astype(np.int64)
    return place[texts.indices.to_numpy()]


def _packed(keys: list[Whole]) -> Whole:
    """Put whole numbers into one, the first of which weighs most; cells are fewer than 64 bits."""
    packed = np.zeros(len(keys[0]), np.int64)
    for key in keys:
        low, high = int(key.min(initial=0)), int(key.max(initial=0))
        packed = packed * (high - low + 1) + (key - low)
    return packed
