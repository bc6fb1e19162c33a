"""Tables that look like rows of persons: in files of any delimiter, sheets, pages and JSON."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

Table = Sequence[Sequence[str]]

FEWEST = 20  # rows of a table that can be one of persons
OF_PERSONS = 3  # names of registers that make a table one of persons
# ASSUME: what ids and days of birth are called in Finnish, Swedish and English data.
_NAMES = (
    "hetu henkilotunnus henkilötunnus htunnus shnro shtun hid_e henkilo_id henkilö_id "
    "henkilotunniste henkilönro personbeteckning personnummer person_id personid ssn pid "
    "person_number national_id syntymaaika syntymäaika syntymapaiva syntymäpäivä birth_date "
    "date_of_birth fodelsedatum födelsedatum y_tunnus ytunnus business_id firm_id"
)
NAMED = frozenset(_NAMES.split())
_CODE = re.compile(r"(?=.*\d)[\w-]{6,40}")
_PERIOD = re.compile(r"\d{4}([-M/Q]?\d{2}){0,2}|\d{4}[-M/]?Q?\d{1,2}|-?\d{1,2}\.\d{1,2}\.\d{4}")
_DELIMITERS = (",", ";", "\t", "|")
_ALIGNED = re.compile(r" {2,}")


def is_microdata(table: Table, columns: Iterable[str] = ()) -> bool:
    """Tell whether a table may be one of persons.

    Parameters
    ----------
    table : sequence of sequences of str
        Rows, the header first.
    columns : iterable of str
        Names of variables that only rows of persons have, in any case.

    Returns
    -------
    bool
        At least `FEWEST` rows, and: a column is called as ids and days of birth are and has as
        many values; or the columns have at least `OF_PERSONS` names of `columns`; or a column has
        in almost every row a code of its own, all equally long.
    """
    if len(table) <= FEWEST:
        return False
    header = [name.strip().casefold().lstrip("\ufeff") for name in table[0]]
    of_persons = {name.casefold() for name in columns}
    if len(of_persons & set(header)) >= OF_PERSONS:
        return True
    body = table[1:]
    for place, name in enumerate(header):
        values = [row[place].strip() for row in body if place < len(row)]
        if name in NAMED and len(set(values) - {""}) >= FEWEST:
            return True
        if _is_key(values):
            return True
    return False


def _is_key(values: list[str]) -> bool:
    """Tell whether almost every row has a code of its own, as ids are."""
    given = [value for value in values if value]
    if len(given) < FEWEST or len(set(given)) < 0.95 * len(given):
        return False
    if not _CODE.fullmatch(given[0]) or _PERIOD.fullmatch(given[0]):
        return False
    codes = [one for one in given if _CODE.fullmatch(one) and not _PERIOD.fullmatch(one)]
    lengths = [len(code) for code in codes]
    usual = max(set(lengths), key=lengths.count)
    return lengths.count(usual) >= 0.95 * len(given)


def tables_in(text: str) -> Iterator[Table]:
    """Find what may be a table in a text: lines in a row with as many fields each.

    Parameters
    ----------
    text : str
        A file of separated values, a page whose cells are parted by tabs, or a log with a printed
        table.
    """
    lines = text.splitlines()
    if len(lines) <= FEWEST:
        return
    for delimiter in _DELIMITERS:
        if sum(delimiter in line for line in lines) > FEWEST:
            yield from _runs(_records(lines, delimiter))
    yield from _runs(_ALIGNED.split(line.strip()) for line in lines)


def _records(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        yield from (line.split(delimiter) for line in lines)


def _runs(records: Iterable[list[str]]) -> Iterator[Table]:
    run: list[list[str]] = []
    for record in records:
        if run and len(record) != len(run[0]):
            if len(run) > FEWEST:
                yield run
            run = []
        if len(record) > 1:
            run.append(record)
    if len(run) > FEWEST:
        yield run
