"""What is added up of a population and its strata, and the files it is written to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import cast

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kuntakokeilu.contracts import COUNTED, PAID, PERSON_MONTHS, SUMS
from kuntakokeilu.duck import arrays
from kuntakokeilu.panel.adding import HALF, Kind, Sums, Whole, sum_by_key
from kuntakokeilu.panel.database import keep
from kuntakokeilu.panel.rows import Groups, Months, find_groups
from kuntakokeilu.panel.told import Told
from kuntakokeilu.study import Split

Known = npt.NDArray[np.bool_]
_TEXT = pa.dictionary(pa.int32(), pa.string())
_ARROW = {
    "VARCHAR": _TEXT,
    "DATE": pa.date32(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DECIMAL(38,0)": pa.decimal128(38, 0),
}


@dataclass
class Added:
    """What has been added up of one split.

    Attributes
    ----------
    split : Split
        Whom, and which outcomes.
    groups : Groups
        By cohort, municipality and stratum.
    counted : DataFrame
        Persons and entries by municipality and stratum.
    size : int
        Number of cells.
    rows : array
        Person-months of each cell.
    sums : dict of str to Sums
        Outcome to its sums.
    paid : dict of str to list
        Outcome to who paid how much: cell x payers + payer, and cents.
    """

    split: Split
    groups: Groups
    counted: pd.DataFrame
    size: int
    rows: Whole = field(init=False)
    sums: dict[str, Sums] = field(init=False)
    paid: dict[str, list[tuple[Whole, Whole]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds = {name: cast(Kind, PERSON_MONTHS[name].kind) for name in self.split.columns}
        self.rows = np.zeros(self.size, np.int64)
        self.sums = {name: Sums(kind, self.size) for name, kind in kinds.items()}


def begin(con: duckdb.DuckDBPyConnection, sample: str, split: Split, slots: int) -> Added:
    """Group the members of a split, count them, and add nothing up yet."""
    groups = find_groups(con, sample, split.members, split.traits)
    counted = con.execute(f"""
        SELECT stratum, grouped.unit, count(DISTINCT person)::BIGINT AS n_persons,
            count(m.cohort)::BIGINT AS n_spells
        FROM members_{sample} AS m JOIN grouped USING (member)
        SEMI JOIN stays_{sample} AS stay ON stay.member = m.member
        GROUP BY ALL ORDER BY ALL""").df()
    return Added(split, groups, counted, len(groups.frame) * slots)


def months_known(
    con: duckdb.DuckDBPyConnection, told: Mapping[str, Told], months: Months
) -> dict[str, Known]:
    """Say in which months outcomes are known that do not depend on a cohort."""
    every = pd.DataFrame({"month": np.arange(months.first, months.first + months.count)})
    return _known(con, told, every.assign(cohort=0))


def _known(
    con: duckdb.DuckDBPyConnection, told: Mapping[str, Told], looked: pd.DataFrame
) -> dict[str, Known]:
    """Say for each cohort and month whether an outcome is known."""
    if not told:
        return {}
    columns = ", ".join(f"({each.within}) AS k{i}" for i, each in enumerate(told.values()))
    keep(con, "months_looked_at", looked.assign(row=np.arange(len(looked))))
    found = arrays(con, f"SELECT row, {columns} FROM months_looked_at AS s")
    order = np.argsort(found["row"])
    return {name: np.asarray(found[f"k{i}"], bool)[order] for i, name in enumerate(told)}


def write_files(
    con: duckdb.DuckDBPyConnection,
    added: Sequence[Added],
    told: Mapping[str, Told],
    months: Months,
    payers: int,
    out: Path,
) -> None:
    """Write the files of `SUM_FILES`: contracts SUMS, PAID, PAYER_NAMES and COUNTED.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `payers`.
    added : sequence of Added
        All splits of a sample.
    told : mapping of str to Told
        Says where outcomes are known and what they are without a fact.
    months : Months
        Those of the sample.
    payers : int
        Above which number there is no payer.
    out : Path
        Folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    names = (out / "payers.parquet").as_posix().replace("'", "''")
    con.execute(f"COPY payers TO '{names}' (FORMAT parquet)")
    with (
        _writer(out / "sums.parquet", SUMS) as sums,
        _writer(out / "paid.parquet", PAID) as paid,
        _writer(out / "counted.parquet", COUNTED) as counted,
    ):
        for each in added:
            cohort = each.groups.frame["cohort"].to_numpy(np.int64)
            place = _Places(each, months, cohort)
            known = _known(con, told, place.looked())
            for name, mine in each.sums.items():
                if name in told:
                    sums.write_table(_sums(place, mine, name, told[name], known[name]))
            for name, parts in each.paid.items():
                paid.write_table(_paid(place, parts, name, known[name], payers))
            listed = {str(name): pa.array(column) for name, column in each.counted.items()}
            counted.write_table(_table(COUNTED, len(each.counted), place.named() | listed))


@dataclass(frozen=True)
class _Places:
    """Says of cells where and when they are."""

    added: Added
    months: Months
    cohort: Whole

    def looked(self) -> pd.DataFrame:
        """Cohort and month of every cell."""
        slot = np.tile(np.arange(self.months.slots), len(self.cohort))
        cohort = np.repeat(self.cohort, self.months.slots)
        return pd.DataFrame({"cohort": cohort, "month": self.months.month(slot, cohort)})

    def named(self) -> dict[str, str]:
        split = self.added.split
        return {"population": split.population, "stratification": split.stratification}

    def keys(self, cells: Whole) -> dict[str, pa.Array]:
        """The keys of cells, as in the contracts."""
        group, slot = np.divmod(cells, self.months.slots)
        cohort, frame = self.cohort[group], self.added.groups.frame
        month = self.months.month(slot, cohort)
        none = cohort == 0
        return {
            "stratum": _chosen(frame["stratum"], group),
            "cohort": pa.array(_day(cohort), mask=none),
            "elapsed": pa.array((month - cohort).astype(np.int16), mask=none),
            "unit": _chosen(frame["unit"], group),
            "period": pa.array(_day(month)),
        }


def _sums(place: _Places, sums: Sums, name: str, told: Told, known: Known) -> pa.Table:
    """Put the sums of facts beside the person-months without one: a row for each known cell."""
    without = 0 if told.nothing == "NULL" else place.added.rows - sums.parts["facts"]
    n = np.where(known, sums.parts["n"] + without, 0)
    cells = np.flatnonzero(n)
    parts = {letter: values[cells] for letter, values in sums.parts.items()}
    columns = place.named() | place.keys(cells) | {"outcome": name, "n": pa.array(n[cells])}
    columns |= {name: pa.array(parts[name]) for name in SUMS if name in parts and name != "n"}
    if "high" in parts:
        columns["squares"] = _wide(parts["high"], parts["low"])
    return _table(SUMS, len(cells), columns)


def _paid(
    place: _Places, parts: Sequence[tuple[Whole, Whole]], name: str, known: Known, payers: int
) -> pa.Table:
    keys, paid = (np.concatenate(each) for each in zip(*parts, strict=True))
    keys, paid = sum_by_key(keys, paid)
    cells, payer = np.divmod(keys, payers)
    kept = known[cells] & (paid > 0)
    columns = place.named() | place.keys(cells[kept])
    columns |= {"outcome": name, "payer": pa.array(payer[kept].astype(np.int32))}
    return _table(PAID, int(kept.sum()), columns | {"paid": pa.array(paid[kept])})


def _wide(high: Whole, low: Whole) -> pa.Array:
    """Put squares together as numbers of 38 digits."""
    high_digits = pa.array(high).cast(pa.decimal128(19, 0))
    half = pa.scalar(Decimal(1 << HALF), pa.decimal128(10, 0))
    whole = pc.add(pc.multiply(high_digits, half), pa.array(low).cast(pa.decimal128(19, 0)))
    return whole.cast(pa.decimal128(38, 0))


def _day(month: Whole) -> npt.NDArray[np.datetime64]:
    """The first day of months counted from year 0."""
    return (month - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")


def _chosen(texts: pd.Series, rows: Whole) -> pa.Array:
    codes, values = pd.factorize(texts)
    return pa.DictionaryArray.from_arrays(
        pa.array(codes[rows].astype(np.int32)), pa.array(values, pa.string())
    )


def _table(
    contract: Mapping[str, str], rows: int, columns: Mapping[str, pa.Array | str]
) -> pa.Table:
    """Make a table of the contract; a text is that of all rows, what is not there is missing."""
    made = []
    for name, kind in contract.items():
        column = columns.get(name)
        if column is None:
            column = pa.nulls(rows, _ARROW[kind])
        elif isinstance(column, str):
            column = pa.DictionaryArray.from_arrays(
                pa.array(np.zeros(rows, np.int32)), pa.array([column])
            )
        made.append(column.cast(_ARROW[kind]))
    return pa.Table.from_arrays(made, schema=_schema(contract))


def _writer(path: Path, contract: Mapping[str, str]) -> pq.ParquetWriter:
    """Write rows of the contract; of numbers dictionaries are dear and save no room."""
    texts = [name for name, kind in contract.items() if _ARROW[kind] is _TEXT]
    return pq.ParquetWriter(path, _schema(contract), use_dictionary=texts, compression="lz4")


def _schema(contract: Mapping[str, str]) -> pa.Schema:
    return pa.schema([(name, _ARROW[kind]) for name, kind in contract.items()])
