"""Rows of sums of several shards against plain Python numbers, which have no bounds."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kuntakokeilu.cells.sum_rows import find_rows
from kuntakokeilu.contracts import SUMS
from kuntakokeilu.errors import InputError

TEXT = pa.dictionary(pa.int32(), pa.string())
ARROW = {
    "VARCHAR": TEXT,
    "DATE": pa.date32(),
    "SMALLINT": pa.int16(),
    "BIGINT": pa.int64(),
    "DECIMAL(38,0)": pa.decimal128(38, 0),
}
SCHEMA = pa.schema([(name, ARROW[kind]) for name, kind in SUMS.items()])
KEY = {"population": "all", "stratification": "by_sex", "outcome": "wage_cents"}
COHORTS = ["2019-02", "2021-02"]


def some_rows(seed: int, kind: str) -> list[dict]:
    """Cells of one shard, each once, in an order of its own."""
    draw = random.Random(seed)
    cells = [
        (stratum, cohort, elapsed, unit)
        for stratum in ("Ä", "female", "male")
        for cohort in COHORTS
        for elapsed in range(3)
        for unit in ("005", "091")
    ]
    made = []
    for stratum, cohort, elapsed, unit in draw.sample(cells, 25):
        largest = sorted((draw.choice([0, 7, draw.randrange(10**12)]) for _ in "ab"), reverse=True)
        first = pd.Period(cohort, "M")
        row = {
            "stratum": stratum,
            "cohort": first.start_time.date(),
            "elapsed": elapsed,
            "unit": unit,
            "period": (first + elapsed).start_time.date(),
            "n": draw.randrange(1, 9),
            "total": draw.randrange(-(10**12), 10**12),
        }
        if kind != "share":
            row["squares"] = Decimal(draw.choice([0, 2**32 - 1, 2**64 - 1, draw.randrange(2**100)]))
        if kind == "euros":
            row |= {"absolute": draw.randrange(10**13), "nonzero": draw.randrange(9)}
            row |= dict(zip(("top1", "top2"), largest, strict=True))
        made.append(KEY | row)
    return made


def write(path: Path, *parts: list[dict]) -> Path:
    """A row group for each part."""
    with pq.ParquetWriter(path, SCHEMA) as file:
        for part in parts:
            file.write_table(pa.Table.from_pylist(part, SCHEMA))
    return path


@pytest.mark.parametrize("kind", ["share", "number", "euros"])
@pytest.mark.parametrize("shards", [1, 3])
def test_cells_of_shards_are_added_up_exactly(tmp_path, kind, shards):
    parts = [some_rows(seed, kind) for seed in range(shards)]
    # Rows of other outcomes and populations stand before and after them.
    other = [row | {"outcome": "benefit_cents"} for row in some_rows(9, kind)]
    women = [row | {"population": "women"} for row in some_rows(8, kind)]
    paths = [write(tmp_path / f"{i}.parquet", other, [], p, women) for i, p in enumerate(parts)]
    found = find_rows(paths).read("all", "by_sex", "wage_cents")
    cells: dict[tuple, list[dict]] = {}
    for row in (row for part in parts for row in part):
        place = (row["stratum"], f"{row['cohort']:%Y-%m}", row["elapsed"], row["unit"])
        cells.setdefault(place, []).append(row)
    keys = ["stratum", "cohort", "elapsed", "unit"]
    assert [tuple(each) for each in found[keys].itertuples(index=False)] == sorted(cells)
    for row, (place, rows) in zip(found.to_dict("records"), sorted(cells.items()), strict=True):
        assert row["period"] == pd.Period(place[1], "M").ordinal + place[2]
        assert row["n0"] == sum(each["n"] for each in rows)
        assert row["s0"] == sum(each["total"] for each in rows)
        assert ("q0" in row) == (kind != "share") and ("f0" in row) == (kind == "euros")
        if kind != "share":
            whole = sum(int(each["squares"]) for each in rows)
            high, low = divmod(whole, 2**64)
            assert row["q0"] == float(high) * 2.0**64 + float(low)
            assert row["q0"] == pytest.approx(whole, rel=1e-15)
        if kind == "euros":
            amounts = sorted(each[name] for each in rows for name in ("top1", "top2"))
            assert (row["f0"], row["g0"]) == (amounts[-1], amounts[-2])
            assert row["a0"] == sum(each["absolute"] for each in rows)
            assert row["z0"] == sum(each["nonzero"] for each in rows)


def test_months_without_a_cohort_have_none(tmp_path):
    part = [row | {"cohort": None, "elapsed": None} for row in some_rows(1, "share")[:1]]
    (row,) = (
        find_rows([write(tmp_path / "a.parquet", part)])
        .read("all", "by_sex", "wage_cents")
        .to_dict("records")
    )
    assert row["cohort"] is None and np.isnan(row["elapsed"]) and row["n0"] == part[0]["n"]


def test_an_outcome_without_rows_has_no_cells(tmp_path):
    found = find_rows([write(tmp_path / "a.parquet", some_rows(1, "euros"))])
    assert found.read("all", "by_sex", "wage_cents").shape[0] == 25
    assert found.read("all", "none", "wage_cents").empty


def test_rows_of_several_outcomes_in_a_row_group_are_refused(tmp_path):
    mixed = some_rows(1, "share") + [row | {"outcome": "x"} for row in some_rows(2, "share")]
    path = write(tmp_path / "sums.parquet", mixed)
    with pytest.raises(InputError, match=r"sums\.parquet, row group 0: expected rows of one"):
        find_rows([path])


def test_other_columns_and_damaged_files_are_refused(tmp_path):
    other = tmp_path / "sums.parquet"
    pq.write_table(pa.table({"n": [1]}), other)
    with pytest.raises(InputError, match=r"sums\.parquet: expected the columns population, strat"):
        find_rows([other])
    whole = write(other, some_rows(1, "euros")).read_bytes()
    other.write_bytes(whole[:-50])
    with pytest.raises(InputError, match="not a whole parquet file"):
        find_rows([other])
    # The end, which says where everything is, is whole; rows are not.
    other.write_bytes(whole[:4] + b"\xff" * 400 + whole[404:])
    with pytest.raises(InputError, match="not a whole parquet file"):
        find_rows([other]).read("all", "by_sex", "wage_cents")
