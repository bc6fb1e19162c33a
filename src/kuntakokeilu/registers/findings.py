"""What reading finds: one row per table, file, column and rule, with counts and nothing else.

No value and no id ever enters a finding, so that its text can be shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import pandas as pd

from kuntakokeilu.errors import InputError

# Faults: reading stops, unless the adapter allows that many rows to be left out.
FATAL = {
    "file_missing": "expected a file for every year of the adapter",
    "file_unreadable": "expected a whole file of the adapter's format; is it cut off?",
    "no_rows": "expected rows",
    "rows_halved": "less than half the rows of the years beside it; is the file cut off?",
    "column_missing": "expected as in the contract, case aside",
    "column_twice": "expected once",
    "id_in_scientific_notation": "expected ids kept as text; digits are lost",
    "not_a_number": "expected a number with the adapter's decimal mark",
    "not_an_integer": "expected a whole number",
    "not_a_year": "expected a year",
    "not_a_month": "expected 1 to 12",
    "not_a_flag": "expected 0 or 1",
    "not_a_date": "expected a date in one of the adapter's forms; after 2150, one of its sentinels",
    "leading_zeros_lost": "expected codes kept as text",
    "unknown_code": "expected a code of config/registers/codes.csv",
    "unknown_municipality": "expected a code of config/municipalities.csv or a merged one",
    "end_before_start": "expected a last day not before the first",
    "out_of_range": "expected what can be (columns.csv, minimum and maximum)",
    "year_of_another_file": "expected only rows of the file's year",
    "too_many_ids_not_in_link": "expected nearly all ids in the key link",
    "duplicate_key": "expected each key once in a delivery; the rows differ",
}
# Repairs: the rows are left out, or a blank gets its documented meaning; always counted.
LEFT_OUT = {
    "value_missing": "without the value the row says nothing",
    "id_not_in_link": "the key link does not know the person",
    "before_period": "ended before the years that the contract keeps",
    "duplicate_row": "the same row again",
    "repeated_in_later_delivery": "the latest delivery of the key is kept",
}
FILLED = {"blank_has_a_meaning": "set to what a blank stands for (columns.csv, missing_as)"}
# Nothing is changed; the user should know.
KEPT = {
    "missing": "no value",
    "unlisted_code": "code not in codes.csv; kept",
    "unusual_value": "hard to believe (columns.csv, usual_minimum and usual_maximum); kept",
    "suspect_day": "a day that programs write for none (columns.csv, suspects); kept. If it is "
    "one, name it under sentinels of the adapter",
    "before_another": "before the column that it cannot precede (columns.csv, not_before); kept",
    "sum_out_of_line": "the sum is ten times, or a tenth of, that of the year in the middle; is it "
    "in another unit, such as cents?",
    "code_outside_its_days": "code used before or after its days of validity",
    "outside_classification": "municipality of another year's classification",
    "open_in_an_earlier_delivery": "open, and not seen again in the last delivery",
    "no_open_spell": "none is open; does the adapter name the date of open spells (sentinels)?",
    "months_without_rows": "last months of the last year all but empty; not covered, if a register "
    "of months",
    "column_absent": "not in the file of this year, or absent from the extract",
    "column_renamed": "renamed by the adapter",
    "column_extra": "not in the contract; ignored",
}
# Faults that an adapter may accept up to a number: those of single rows, then those of files,
# which change nothing.
ALLOWED_ROWS = {
    "id_in_scientific_notation",
    "not_a_number",
    "not_an_integer",
    "not_a_year",
    "not_a_month",
    "not_a_flag",
    "not_a_date",
    "leading_zeros_lost",
    "unknown_code",
    "unknown_municipality",
    "end_before_start",
    "out_of_range",
    "year_of_another_file",
    "duplicate_key",
}
ALLOWED_FILES = {"rows_halved", "too_many_ids_not_in_link"}
CONSEQUENCES = {
    **dict.fromkeys(FATAL, "fatal"),
    **dict.fromkeys(LEFT_OUT, "left_out"),
    **dict.fromkeys(FILLED, "filled"),
    **dict.fromkeys(KEPT, "kept"),
}
MEANINGS = FATAL | LEFT_OUT | FILLED | KEPT


@dataclass(frozen=True)
class Finding:
    """A rule that some rows, columns or files of a table meet.

    Attributes
    ----------
    table : str
        Our name of the table.
    year : int or None
        The year of the file; None if the table as a whole is meant.
    column : str
        The column in the contract's spelling; empty if none is meant.
    rule : str
        A key of `MEANINGS`.
    count : int
        Rows, or files or columns if the rule is about these.
    total : int
        Of how many.
    consequence : str
        fatal, left_out, filled or kept.
    """

    table: str
    year: int | None
    column: str
    rule: str
    count: int
    total: int
    consequence: str


def finding(
    table: str,
    rule: str,
    count: int,
    total: int,
    *,
    year: int | None = None,
    column: str = "",
) -> Finding:
    """Make a finding with the consequence of its rule."""
    return Finding(table, year, column, rule, count, total, CONSEQUENCES[rule])


def apply_allowances(findings: Iterable[Finding], allow: dict[str, int]) -> list[Finding]:
    """Turn faults that the adapter accepts, summed over files, into rows left out."""
    findings = list(findings)
    sums: Counter[str] = Counter()
    for each in findings:
        sums[each.rule] += each.count
    return [
        replace(each, consequence="left_out" if each.rule in ALLOWED_ROWS else "kept")
        if each.consequence == "fatal" and sums[each.rule] <= allow.get(each.rule, 0)
        else each
        for each in findings
    ]


def as_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Put findings into a table: the columns of `Finding`, one row each."""
    names = list(Finding.__dataclass_fields__)
    frame = pd.DataFrame([asdict(each) for each in findings], columns=names)
    return frame.astype({"year": "Int64", "count": "int64", "total": "int64"})


def refuse_faults(findings: Iterable[Finding]) -> None:
    """Raise InputError with the first fault: table, column, rule and count, nothing else."""
    faults = [each for each in findings if each.consequence == "fatal"]
    if not faults:
        return
    first = faults[0]
    others = len(faults) - 1
    more = f" (and {others} more; preflight lists them)" if others else ""
    raise InputError(f"{describe(first)}; {MEANINGS[first.rule]}{more}")


def describe(found: Finding) -> str:
    """Say a finding in one line."""
    place = f"table {found.table}"
    place += f", {found.year}" if found.year is not None else ""
    place += f", column {found.column}" if found.column else ""
    return f"{place}: {found.rule} in {found.count} of {found.total}"
