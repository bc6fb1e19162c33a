"""Municipality codes across years and mergers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field
from pydantic import model_validator as validate_model

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import THREE_DIGITS, TWO_DIGITS, Day
from kuntakokeilu.facts.rows import Model, rows_of, unique
from kuntakokeilu.io import read_csv

LAST_YEAR = 2026  # of the keys that config/municipalities.csv is made from

Code = Annotated[str, Field(pattern=THREE_DIGITS)]
Year = Annotated[int, Field(ge=1900, le=2100)]


class _Shared(BaseModel):
    """A row of a shared table, which may have further columns."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Municipality(_Shared):
    """One row of config/municipalities.csv: a municipality in a run of years."""

    code: Code = Field(description="three digits")
    valid_from: Year = Field(description="first year; 2013, where the keys begin, or earlier")
    valid_to: Year | None = Field(default=None, description="last year; none: it is there still")
    name_fi: str = Field(min_length=1, description="Finnish name")
    name_sv: str = Field(min_length=1, description="Swedish name")
    name_en: str = Field(min_length=1, description="English name")
    region: str = Field(pattern=TWO_DIGITS, description="code of its region")
    sub_region: str = Field(pattern=THREE_DIGITS, description="code of its sub-region")
    ely: str = Field(pattern=TWO_DIGITS, description="code of its ELY centre")

    @validate_model(mode="after")
    def _years_in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to: {self.valid_to} is before valid_from ({self.valid_from})")
        return self


class Merger(_Shared):
    """One row of config/municipality_mergers.csv: `code_from` became a part of `code_to`."""

    code_from: Code = Field(description="code that ended")
    code_to: Code = Field(description="code of the municipality that it became a part of")
    date: Day = Field(description="first day of the new municipality")


MERGER_COLUMNS = tuple(Merger.model_fields)


@dataclass(frozen=True)
class Classification:
    """The municipalities of one year, and how codes of other years lead to them.

    Attributes
    ----------
    year : int
        Year of the classification, as on 1 January.
    municipalities : DataFrame
        config/municipalities.csv, all text; one row per code and interval of years.
    mergers : DataFrame
        config/municipality_mergers.csv, all text: `code_from` became part of `code_to`.
    """

    year: int
    municipalities: pd.DataFrame
    mergers: pd.DataFrame

    def members(self) -> pd.DataFrame:
        """Return the municipalities of the year, one row each."""
        first = self.municipalities["valid_from"].astype(int)
        last = self.municipalities["valid_to"].replace("", "9999").astype(int)
        valid = (first <= self.year) & (last >= self.year)
        return self.municipalities[valid].reset_index(drop=True)

    def successors(self) -> dict[str, str]:
        """Map every code that a merger has ended by the year to the code it lives on under."""
        return successors(self.mergers, f"{self.year}-12-31")

    def translate(self, codes: pd.Series, where: str) -> pd.Series:
        """Express municipality codes of any year in this classification.

        Parameters
        ----------
        codes : Series of str
            Three-digit codes; the index is the row in the file minus 2.
        where : str
            File and column, for the message.

        Raises
        ------
        InputError
            A code is not known in any year, or no merger leads from it to this year.
        """
        known = set(self.municipalities["code"])
        unknown = codes[~codes.isin(known)]
        if len(unknown):
            raise InputError(
                f"{where}, row {unknown.index[0] + 2}: {some(unknown.unique())} is no "
                f"municipality code of any year; {hint(unknown.iloc[0], known)}"
            )
        step = self.successors()
        translated = codes.map({code: step.get(code, code) for code in codes.unique()})
        stray = codes[~translated.isin(set(self.members()["code"]))]
        if len(stray):
            raise InputError(
                f"{where}, row {stray.index[0] + 2}: {some(stray.unique())} is no municipality "
                f"in {self.year}, nor part of one by a merger"
            )
        return translated


def successors(mergers: pd.DataFrame, until: str) -> dict[str, str]:
    """Map every code that a merger has ended by a day to the code it lives on under that day.

    Parameters
    ----------
    mergers : DataFrame
        code_from, code_to, date (YYYY-MM-DD), all text.
    until : str
        YYYY-MM-DD; later mergers have not happened.

    Examples
    --------
    >>> rows = [("926", "927", "2013-01-01"), ("927", "444", "2021-01-01")]
    >>> mergers = pd.DataFrame(rows, columns=["code_from", "code_to", "date"])
    >>> successors(mergers, "2020-12-31")
    {'926': '927'}
    >>> successors(mergers, "2021-12-31")
    {'926': '444', '927': '444'}
    """
    done = mergers[mergers["date"] <= until]
    step = dict(zip(done["code_from"], done["code_to"], strict=True))

    def follow(code: str) -> str:
        for _ in step:  # no chain is longer than the table
            code = step.get(code, code)
        return code

    return {code: follow(code) for code in step}


def hint(code: str, known: set[str]) -> str:
    """Say what to do about a code that is not known."""
    plain = re.sub(r"\.0+$", "", code)
    if plain.zfill(3) in known and plain.isdecimal():
        return (
            f"expected {plain.zfill(3)}: a spreadsheet such as Excel has dropped leading zeros; "
            "keep the column as text"
        )
    return "expected three digits as in config/municipalities.csv"


def read_classification(config: Path, year: int) -> Classification:
    """Read the shared tables of municipalities and mergers.

    Raises
    ------
    InputError
        A field that cannot be, a code with two rows in one year, a merger of or into a code that
        is not there then, two mergers of one code, or mergers in a circle.
    """
    municipalities, places = _read(Path(config) / "municipalities.csv", Municipality)
    _check_years(places, "config/municipalities.csv")
    mergers, steps = _read(Path(config) / "municipality_mergers.csv", Merger)
    _check_mergers(steps, places, "config/municipality_mergers.csv")
    return Classification(year, municipalities, mergers)


def _read(path: Path, model: type[Model]) -> tuple[pd.DataFrame, dict[int, Model]]:
    """Read a shared table as text and as typed rows."""
    table = read_csv(path, list(model.model_fields)).apply(lambda column: column.str.strip())
    return table, rows_of(table, model, f"config/{path.name}")


def _check_years(places: Mapping[int, Municipality], where: str) -> None:
    """Stop at a code that has two rows in one year."""
    seen: dict[str, list[Municipality]] = {}
    for number, row in places.items():
        for other in seen.setdefault(row.code, []):
            if row.valid_from <= (other.valid_to or 9999) and other.valid_from <= (
                row.valid_to or 9999
            ):
                raise InputError(
                    f"{where}, row {number}, column code: {row.code} has another row for "
                    f"{max(row.valid_from, other.valid_from)}; expected one in each year"
                )
        seen[row.code].append(row)


def _check_mergers(
    mergers: Mapping[int, Merger], places: Mapping[int, Municipality], where: str
) -> None:
    """Stop at a merger of what is not there, and at mergers that lead nowhere."""
    unique(mergers, "code_from", where)
    spans: dict[str, list[Municipality]] = {}
    for place in places.values():
        spans.setdefault(place.code, []).append(place)
    step = {row.code_from: row.code_to for row in mergers.values()}
    for number, row in mergers.items():
        at = f"{where}, row {number}, column"
        for name, day in (("code_from", row.date - timedelta(days=1)), ("code_to", row.date)):
            code = getattr(row, name)
            if code not in spans:
                raise InputError(f"{at} {name}: {code} is not in config/municipalities.csv")
            if not any(_there(place, day.year) for place in spans[code]):
                raise InputError(f"{at} {name}: {code} is no municipality on {day}")
        if any(_there(place, row.date.year) for place in spans[row.code_from]):
            raise InputError(
                f"{at} code_from: {row.code_from} is a municipality in {row.date.year} still"
            )
        code = row.code_to
        for _ in step:
            code = step.get(code, code)
        if code in step:
            raise InputError(f"{at} code_to: the mergers of {row.code_from} go in a circle")


def _there(place: Municipality, year: int) -> bool:
    """Tell whether a row is about a year; 2013, where the keys begin, stands for earlier ones."""
    first = 0 if place.valid_from == 2013 else place.valid_from
    return first <= year <= (place.valid_to or 9999)
