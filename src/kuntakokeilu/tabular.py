"""Tables as people have them, read as text: CSV, Excel, parquet, Stata, SPSS and SAS.

The formats that know types give texts with exact values: 1.0 is `1`, a day `2010-01-31`, a month
of Stata `2010-01`, a missing value an empty text. The message of a reader never reaches the user,
since it may quote a line of the file.
"""

from __future__ import annotations

import datetime
import math
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from kuntakokeilu.errors import InputError, some, system_faults
from kuntakokeilu.io import read_csv, require_columns

STATISTICAL = ("dta", "sav", "sas7bdat")
# pyreadstat's marks of a date among the formats of Stata, SPSS and SAS.
STATA_DATES = ("%td", "%d", "%tc", "%tC")
SPSS_DATES = ("DATE", "ADATE", "EDATE", "SDATE", "DATETIME", "JDATE")
SAS_DATES = ("DATE", "DATETIME", "YYMMDD", "DDMMYY", "MMDDYY", "E8601DA")
DATE_FORMATS = (*STATA_DATES, *SPSS_DATES, *SAS_DATES)
STATA_PERIODS = {"%tm": "M", "%tq": "Q", "%ty": "Y"}
STATA_ORIGIN = 1960  # Stata counts its periods from the first of this year
# Numbers in which a comma stands for a point; those in which it may as well part thousands.
_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")


class UnreadableError(Exception):
    """A file is not what its name says, or not whole. Carries no text of the reader."""


@dataclass(frozen=True)
class Written:
    """How a file is written, as far as its name does not say.

    Attributes
    ----------
    separator : str or None
        Between the columns of a CSV file; None: the one that gives the columns asked for.
    decimal : {".", ","} or None
        Mark of decimals; None: recognised.
    encoding : str
        Of a CSV file.
    sheet : str or None
        Of a workbook; None: its only one.
    labelled : {"codes", "labels"}
        What is read where a file of Stata or SPSS has labels for its values.
    """

    separator: str | None = None
    decimal: str | None = None
    encoding: str = "utf-8"
    sheet: str | None = None
    labelled: Literal["codes", "labels"] = "codes"


def read_table_file(
    path: Path, columns: Iterable[str] | None, written: Written, name: str | None = None
) -> pd.DataFrame:
    """Read a file as text, whatever it is written in.

    Parameters
    ----------
    path : Path
        A file whose name ends in .csv, .txt, .tsv (each also with .gz), .xlsx, .parquet, .dta,
        .sav or .sas7bdat; any other ending is taken for CSV.
    columns : iterable of str or None
        Columns that must be there; None: all of them. A CSV file or sheet gives the others as well.
    written : Written
        What the name does not say.
    name : str, optional
        What messages call the file; default: the last part of its path.

    Returns
    -------
    DataFrame of str
        A missing value is an empty text. The index is the row of a sheet with a header, less 2:
        the n-th observation of a file without one stands in row n + 1.

    Raises
    ------
    InputError
        The file is not whole, lacks a column, or a comma in its numbers may mean two things.
    """
    path = Path(path)
    told = name or path.name
    wanted = None if columns is None else list(dict.fromkeys(columns))
    kind = path.suffix.lower().removeprefix(".")
    try:
        with system_faults(name or path):
            if kind in ("xlsx", "xlsm"):
                table = _workbook(path, written.sheet, told)
            elif kind == "parquet":
                table = _parquet(path, wanted, told)
            elif kind in STATISTICAL:
                table = _statistical(path, kind, wanted, written, told)
            else:
                table = read_csv(path, wanted or (), written.separator, written.encoding, name)
    except UnreadableError:
        raise InputError(f"{told}: not a whole file of the kind .{kind}") from None
    wanted = list(table.columns) if wanted is None else wanted
    require_columns(told, list(table.columns), wanted)
    if table.empty:
        raise InputError(f"{told}: the file has columns but no rows")
    return with_points(table, wanted, written.decimal, told)


# --- Decimal commas ------------------------------------------------------------------------------


def with_points(
    table: pd.DataFrame, columns: Iterable[str], decimal: str | None, name: str
) -> pd.DataFrame:
    """Write numbers that have a decimal comma with a point.

    A column is changed if all its texts that hold a comma are such numbers.

    Raises
    ------
    InputError
        Every comma in the file may part thousands, and the study does not say what it marks.
    """
    asked = () if decimal == "." else columns
    found = {c: commas for c in asked if (commas := _with_comma(table[c])) is not None}
    if decimal is None and found and not _is_clear(table):
        column, commas = next(iter(found.items()))
        raise InputError(
            f"{name}, column {column}, row {commas.index[commas][0] + 2}: a comma before three "
            "digits may mark decimals or part thousands; say which (source.decimal, or --decimal), "
            "or write numbers without a mark of thousands"
        )
    table = table.copy() if found else table
    for column, commas in found.items():
        table[column] = table[column].mask(commas, table[column].str.replace(",", "."))
    return table


def _is_clear(table: pd.DataFrame) -> bool:
    """Tell whether any column of the file has a comma that can only mark decimals."""
    for column in table.columns:
        commas = _with_comma(table[column])
        if commas is not None and not table.loc[commas, column].map(_may_part).all():
            return True
    return False


def _with_comma(texts: pd.Series) -> pd.Series | None:
    """Tell which texts hold a decimal comma; None if none does, or a comma means another thing."""
    commas = texts.str.contains(",", regex=False)
    if not commas.any() or not texts[commas].str.strip().map(_is_number).all():
        return None
    return commas


def _is_number(text: str) -> bool:
    return _COMMA.fullmatch(text) is not None


def _may_part(text: str) -> bool:
    return _THOUSANDS.fullmatch(text.strip()) is not None


# --- Formats that know types ---------------------------------------------------------------------


def as_text(value: Any) -> str:
    """Write a typed value as a text that gives it back exactly."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)
    return str(value)


def _texts(values: Iterable[Any]) -> list[str]:
    return [as_text(value) for value in values]


def _workbook(path: Path, sheet: str | None, name: str) -> pd.DataFrame:
    """Read one sheet: its first row that is not empty is the header."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise UnreadableError from None
    try:
        names = book.sheetnames
        if sheet is None and len(names) > 1:
            raise InputError(f"{name}: sheets {some(names)}; name one (source.sheet, or --sheet)")
        if sheet is not None and sheet not in names:
            raise InputError(f"{name}: no sheet {sheet}; there are {some(names)}")
        rows = [_texts(row) for row in book[sheet or names[0]].iter_rows(values_only=True)]
    finally:
        book.close()
    filled = [(place, row) for place, row in enumerate(rows, start=-1) if any(row)]
    if not filled:
        raise InputError(f"{name}: the sheet is empty; expected a header and rows")
    header = filled[0][1]
    width = max(place for place, name in enumerate(header, start=1) if name)
    body = [(place, (row + [""] * width)[:width]) for place, row in filled[1:]]
    index = [place for place, _ in body]
    return pd.DataFrame([row for _, row in body], columns=header[:width], index=index, dtype=str)


def _parquet(path: Path, wanted: list[str] | None, name: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = pq.read_schema(path).names
        columns = names if wanted is None else wanted
        require_columns(name, names, columns)
        table = pq.read_table(path, columns=columns)
    except pa.ArrowException:
        raise UnreadableError from None
    return pd.DataFrame({c: _texts(table[c].to_pylist()) for c in columns}, dtype=str)


def _statistical(
    path: Path, kind: str, wanted: list[str] | None, written: Written, name: str
) -> pd.DataFrame:
    meta = metadata(path, kind)
    columns = list(meta.column_names) if wanted is None else wanted
    require_columns(name, list(meta.column_names), columns)
    parts = [frame for frame, _ in chunks(path, kind, columns)]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    labels = meta.variable_value_labels if written.labelled == "labels" else {}
    return pd.DataFrame(
        {
            c: _of_statistical(
                frame[c], str(meta.original_variable_types.get(c)), labels.get(c, {})
            )
            for c in columns
        },
        dtype=str,
    )


def _of_statistical(values: pd.Series, form: str, labels: dict[Any, str]) -> list[str]:
    """Write a column of Stata, SPSS or SAS as text: labels and periods as such."""
    frequency = STATA_PERIODS.get(form[:3])
    if frequency is not None and pd.api.types.is_numeric_dtype(values):
        return ["" if pd.isna(v) else stata_period(int(v), frequency) for v in values]
    return [str(labels[v]) if v in labels else as_text(v) for v in values.tolist()]


def stata_period(number: int, frequency: str) -> str:
    """Write a period that Stata has as a number; of years, the number is the year."""
    if frequency == "Y":
        return str(number)
    return str(pd.Period(year=STATA_ORIGIN, month=1, freq=frequency) + number)


def labelled_columns(path: Path, columns: Iterable[str]) -> list[str]:
    """Name the columns of a Stata or SPSS file that have labels for their values."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in STATISTICAL:
        return []
    named = metadata(path, kind).variable_value_labels
    return [column for column in columns if column in named]


def _readers() -> dict[str, Any]:
    import pyreadstat

    return {
        "dta": pyreadstat.read_dta,
        "sav": pyreadstat.read_sav,
        "sas7bdat": pyreadstat.read_sas7bdat,  # no writer exists: tested on two files of SAS
    }


def metadata(path: Path, kind: str) -> Any:
    """Read what a Stata, SPSS or SAS file says of itself; raise UnreadableError if it cannot be."""
    try:
        return _readers()[kind](str(path), metadataonly=True)[1]
    except Exception:  # pyreadstat has errors of its own, of Python and of the C library
        raise UnreadableError from None


def chunks(
    path: Path, kind: str, columns: list[str], rows: int = 200_000
) -> Iterator[tuple[pd.DataFrame, Any]]:
    """Read columns of a Stata, SPSS or SAS file, so many rows at a time."""
    import pyreadstat

    try:
        yield from pyreadstat.read_file_in_chunks(
            _readers()[kind], str(path), chunksize=rows, usecols=columns
        )
    except Exception:
        raise UnreadableError from None
