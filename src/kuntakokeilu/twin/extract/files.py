"""Register files as an adapter describes them: paths, names of columns, types, ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kuntakokeilu.errors import InputError
from kuntakokeilu.registers.adapter import LINK, Adapter, Format, TableFiles
from kuntakokeilu.registers.contract import SQL_TYPES, ColumnRow, Table
from kuntakokeilu.twin.extract.dirt import with_extra_rows
from kuntakokeilu.twin.world import World

BLOCK = 1_000_000  # rows that are put into words at a time
COMMON = ""  # name of the common person id among the ids
DIGITS = {COMMON: 12}  # of person ids; those behind key links have 11
STRANGERS = 0.002  # ASSUME: ids per person that no key link knows
Render = Callable[[pd.DataFrame], dict[str, object]]
_ARROW = {"VARCHAR": pa.string(), "INTEGER": pa.int32(), "BOOLEAN": pa.string()}
_ARROW |= {"DOUBLE": pa.float64(), "BIGINT": pa.float64(), "DATE": pa.date32()}


@dataclass
class Writer:
    """Writes the files of one world.

    Attributes
    ----------
    world : World
        Whose streams decide ids and dirt.
    contract : dict of str to Table
        The contract.
    adapter : Adapter
        Where and how files are written.
    root : Path
        Folder of the extract.
    upper_case : bool
        Whether names of columns are in upper case.
    from_year : int
        Files of earlier years, and key links unless it is 0, are left out.
    written : list of Path
        The files so far.
    """

    world: World
    contract: dict[str, Table]
    adapter: Adapter
    root: Path
    upper_case: bool = False
    from_year: int = 0
    written: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse what cannot be written, then draw the ids."""
        clock = self.world.clock
        for name, files in [*self.adapter.tables.items(), *self.adapter.links.items()]:
            where = f"adapter {self.adapter.adapter}, table {name}"
            table = self.contract[LINK if name in self.adapter.links else name]
            # What is known of the persons at the end of the year before the twin begins.
            first, last = clock.first_year - (name == "persons_yearly"), clock.last_year
            if self.adapter.formats[files.format].kind not in ("parquet", "csv"):
                raise InputError(f"{where}: the twin is written as parquet or csv only")
            if (files.years is None) != (table.about.files == "single"):
                raise InputError(f"{where}: the twin is written in a file per year")
            if files.years and not first <= files.years[0] <= files.years[1] <= last:
                raise InputError(f"{where}: the twin has the years {first} to {last}")
        names = [COMMON, *self.adapter.links]
        self.ids = {name: person_ids(self.world, name) for name in names}

    def years(self, table: str) -> range:
        """List the years for which a table is written; none if the extract lacks it."""
        files = self.adapter.tables.get(table)
        if files is None or files.years is None:
            return range(0)
        return range(files.years[0], files.years[1] + 1)

    def write(self, table: str, year: int | None, frame: pd.DataFrame, render: Render) -> None:
        """Write one file of a table, if the adapter has it.

        Parameters
        ----------
        table : str
            Our name of the table.
        year : int or None
            Year of the file.
        frame : DataFrame
            One row per row of the file, in numbers as far as possible; `person` if it has persons.
        render : callable
            Turns some of the rows into columns by their names after reading: Arrow arrays of text,
            whole numbers (missing as NaN), cents or numbered days. `person` comes of itself.
        """
        files = self.adapter.tables.get(table)
        if files is None or year not in files.files() or (year or self.from_year) < self.from_year:
            return
        link = files.link or COMMON
        about = self.contract[table]

        def rendered(part: pd.DataFrame) -> dict[str, object]:
            own = {"person": take(self.ids[link], part["person"])} if "person" in part else {}
            return own | render(part)

        frame = with_extra_rows(self.world, about, year, frame)
        self._write(about, files, year, frame, rendered)

    def write_links(self) -> None:
        """Write the key links; some ids lead nowhere."""
        if self.from_year:
            return
        n, known = self.world.streams.persons, len(self.ids[COMMON]) - 1
        about = self.contract[LINK]
        for link, files in self.adapter.links.items():

            def rendered(part: pd.DataFrame, link: str = link) -> dict[str, object]:
                person = np.where(part["source"] < n, part["source"], -1)
                source = take(self.ids[link], part["source"])
                return {"source_id": source, "person": take(self.ids[COMMON], person)}

            # Half of the strangers stand in the link, with a blank.
            frame = pd.DataFrame({"source": np.arange((n + known) // 2, dtype=np.int32)})
            frame = with_extra_rows(self.world, about, None, frame)
            self._write(about, files, None, frame, rendered)

    def strangers(self) -> range:
        """Give the numbers of persons whom the registers of the twin do not know."""
        return range(self.world.streams.persons, len(self.ids[COMMON]) - 1)

    def _write(
        self,
        table: Table,
        files: TableFiles,
        year: int | None,
        frame: pd.DataFrame,
        render: Render,
    ) -> None:
        columns = self._columns(table, files, year)
        schema = pa.schema([(c, _ARROW[SQL_TYPES[row.type]]) for c, row in columns.items()])

        def parts() -> Iterator[pa.Table]:
            for begin in range(0, max(len(frame), 1), BLOCK):
                values = render(frame.iloc[begin : begin + BLOCK])
                rows = min(BLOCK, len(frame) - begin)
                arrays = [
                    pa.nulls(rows, _ARROW[SQL_TYPES[row.type]])
                    if _not_yet(row, files, year)
                    else _arrow(row, values[row.name])
                    for row in columns.values()
                ]
                yield pa.Table.from_arrays(arrays, schema=schema)

        path = self.root / files.files()[year]
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        try:
            _save(part, self.adapter.formats[files.format], schema, parts())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        self.written.append(path)

    def _columns(self, table: Table, files: TableFiles, year: int | None) -> dict[str, ColumnRow]:
        """List the columns of a file, by the name that they have in it."""
        alias = {name.lower(): given for given, name in files.columns.items()}
        absent = {name.lower() for name in files.without}
        return {
            self._cased(alias.get(row.column.lower(), row.column)): row
            for row in table.columns.values()
            if row.column.lower() not in absent and row.in_year(year)
        }

    def _cased(self, name: str) -> str:
        return name.upper() if self.upper_case else name


def person_ids(world: World, name: str) -> pa.Array:
    """Draw the ids of one kind: of the persons, of strangers, and last a blank.

    Returns
    -------
    Array of string
        Digits, all different, with leading zeros; they say nothing of the person's number.
    """
    n = world.streams.persons
    many = n + 2 * max(5, round(STRANGERS * n / 2))
    return digits(world, f"id {name}", many, DIGITS.get(name, 11))


def digits(world: World, purpose: str, many: int, width: int) -> pa.Array:
    """Draw different numbers of some digits with leading zeros; a blank comes last."""
    rng = world.streams.generator(f"extract {purpose}")
    numbers = pa.array(rng.choice(10**width, many, replace=False)).cast(pa.string())
    return pa.concat_arrays([pc.utf8_lpad(numbers, width, "0"), pa.array([""])])


def take(words: pa.Array, index: pd.Series | np.ndarray) -> pa.Array:
    """Look words up by number; -1 is the last."""
    index = np.asarray(index)
    return words.take(pa.array(np.where(index < 0, len(words) - 1, index)))


def coded(index: pd.Series | np.ndarray, codes: list[str] | tuple[str, ...]) -> pa.Array:
    """Turn numbers of codes into text; -1 is a blank."""
    return take(pa.array([*codes, ""]), index)


def _not_yet(row: ColumnRow, files: TableFiles, year: int | None) -> bool:
    """Tell whether a column is not yet produced for a year."""
    given = {name.lower(): years for name, years in files.lags.items()}
    lag = given.get(row.column.lower(), row.lag_years)
    if not lag or files.years is None or year is None:
        return False
    return year > files.years[1] - lag


def _arrow(row: ColumnRow, values: object) -> pa.Array:
    kind = _ARROW[SQL_TYPES[row.type]]
    if kind == pa.string():
        return pa.array(values, kind) if not isinstance(values, pa.Array) else values
    values = np.asarray(values)
    if row.type == "date":
        return pa.array(values.astype(np.int32)).view(kind)
    if row.type == "euros":  # nothing is a blank
        return pa.array(values / 100, kind, mask=values == 0)
    if kind == pa.int32():
        return pa.array(values, from_pandas=True).cast(kind)
    return pa.array(values.astype(np.float64), kind, from_pandas=True)


def _save(path: Path, written: Format, schema: pa.Schema, parts: Iterator[pa.Table]) -> None:
    if written.kind == "parquet":
        with pq.ParquetWriter(path, schema, compression="zstd") as file:
            for part in parts:
                file.write_table(part)
        return
    blank = written.missing[0] if written.missing else ""
    integers = {pa.int32(): pd.Int32Dtype()}
    with path.open("w", encoding=written.encoding, newline="") as file:
        for number, part in enumerate(parts):
            frame = part.to_pandas(date_as_object=False, types_mapper=integers.get)
            frame.replace("", None).to_csv(
                file,
                sep=written.separator,
                decimal=written.decimal,
                date_format=written.date_formats[0],
                na_rep=blank,
                index=False,
                header=number == 0,
                lineterminator="\n",
            )
