"""The contract as SQL: typed values, and the rules that count what does not fit.

Every file is scanned once, in three layers. `parsed` gives each column as `v.<name>`, a value of
its type, null where it is none; beside a number or a day `t.<name>`, whether the cell says anything
at all, and beside a code `k.<name>`, whether it is a known one. `linked` adds the person id after
the key link. `judged` gives the typed columns and what the rules found: the number of the first
rule for which the row cannot be used, so that rows read = rows kept + rows left out, each for one
reason; and a bit for each rule that only counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kuntakokeilu.registers.adapter import TableFiles
from kuntakokeilu.registers.contract import (
    DELIVERY_YEAR,
    END,
    IS_OPEN,
    SQL_TYPES,
    START,
    CodeRow,
    ColumnRow,
    Table,
)
from kuntakokeilu.registers.files import Source, literal, quote
from kuntakokeilu.registers.values import is_one_of, is_sentinel, is_there, text_of, value_of

PERSON = "person"
YEAR = "year"
FIRST_CLASSIFICATION = 2013  # the first year with all codes in config/municipalities.csv
# What Excel, SAS (1.2345679E11) and Python (1.23e+11) make of a long number; no protected id has
# a decimal mark or a plus sign.
SCIENTIFIC = r"^\d[.,]\d+[eE][+]?\d{1,3}$|^\d[eE][+]\d{1,3}$"
# Names that no column of the contract can have.
REASON = quote("rule against")
BITS = 16  # rules to a column of bits
AMOUNTS = ("integer", "decimal", "euros")
NOT_A = {
    "integer": "not_an_integer",
    "year": "not_a_year",
    "month": "not_a_month",
    "flag": "not_a_flag",
    "decimal": "not_a_number",
    "euros": "not_a_number",
    "date": "not_a_date",
}


@dataclass(frozen=True)
class Rule:
    """A rule of findings, the column it is about and the SQL that is true where it applies."""

    rule: str
    column: str
    predicate: str


@dataclass(frozen=True)
class Reading:
    """One file of a table with everything that decides how it is read.

    Attributes
    ----------
    table : Table
        The contract.
    files : TableFiles
        The adapter's words about the table.
    source : Source
        The file.
    municipalities : DataFrame
        config/municipalities.csv, all text.
    merged : frozenset of str
        Codes that a merger has ended.
    link : str or None
        What to scan for the key link; None if the id is already the common one.
    """

    table: Table
    files: TableFiles
    source: Source
    municipalities: pd.DataFrame
    merged: frozenset[str]
    link: str | None

    def judged(self) -> str:
        """SQL of all rows in the columns and types of the contract, with what the rules found.

        The year of the file is not among them, since all rows share it.
        """
        chosen = [
            f"CAST({self._value(name)} AS {SQL_TYPES[column.type]}) AS {quote(name)}"
            for name, column in self.table.columns.items()
        ]
        if self.table.is_spells:
            sentinel = is_sentinel(_v(END), self.source.format)
            chosen.append(f"coalesce({sentinel}, false) AS {quote(IS_OPEN)}")
        cases = " ".join(
            f"WHEN {rule.predicate} THEN {number}" for number, rule in enumerate(self.against())
        )
        reason = f"CASE {cases} END" if cases else "NULL"
        chosen.append(f"CAST({reason} AS USMALLINT) AS {REASON}")
        about = [rule.predicate for rule in self.about()]
        for first in range(0, len(about), BITS):
            bits = [
                f"CASE WHEN {predicate} THEN {2**bit} ELSE 0 END"
                for bit, predicate in enumerate(about[first : first + BITS])
            ]
            chosen.append(f"CAST({' | '.join(bits)} AS INTEGER) AS {_notes(first)}")
        return f"SELECT {', '.join(chosen)} FROM {self._linked()}"

    def usable(self, judged: str) -> str:
        """SQL of the usable rows in the columns of the typed table, from what `judged` gave."""
        chosen = [quote(name) for name in self.table.output() if name != DELIVERY_YEAR]
        if DELIVERY_YEAR in self.table.output():
            year = "NULL" if self.source.year is None else str(self.source.year)
            chosen.append(f"CAST({year} AS INTEGER) AS {quote(DELIVERY_YEAR)}")
        return f"SELECT {', '.join(chosen)} FROM {judged} WHERE {REASON} IS NULL"

    def against(self) -> list[Rule]:
        """List the rules for which a row cannot be used, in the order in which they are tried."""
        columns = self.table.columns
        rules = []
        for name, column in columns.items():
            if column.type in ("person", "id"):
                scientific = f"regexp_matches({_v(name)}, {literal(SCIENTIFIC)})"
                rules.append(Rule("id_in_scientific_notation", column.column, scientific))
            if column.type in NOT_A:
                bad = f"{_v(name)} IS NULL AND {_t(name)}"
                rules.append(Rule(NOT_A[column.type], column.column, bad))
            if column.if_missing == "drop":
                missing = f"{self._value(name, link=False)} IS NULL"
                rules.append(Rule("value_missing", column.column, missing))
        if self.link is not None:
            person = columns[PERSON].column
            rules.append(Rule("id_not_in_link", person, "linked IS NULL"))
        if self.table.about.keep_from is not None:
            rules.append(Rule("before_period", "", self._before(self.table.about.keep_from)))
        for name, column in columns.items():
            rules += self._code_faults(name, column)
        for name, column in columns.items():
            beyond = self._beyond(name, column.minimum, column.maximum)
            rules += [Rule("out_of_range", column.column, beyond)] if beyond else []
        if self.table.is_spells:
            ends_early = f"{self._value(END)} < {self._value(START)}"
            rules.append(Rule("end_before_start", columns[END].column, ends_early))
        if self.table.about.files == "snapshot" and self.source.year and YEAR in columns:
            other = f"{_v(YEAR)} <> {self.source.year}"
            rules.append(Rule("year_of_another_file", columns[YEAR].column, other))
        return rules

    def about(self) -> list[Rule]:
        """List the rules that count something about the usable rows."""
        rules = []
        for name, column in self.table.columns.items():
            if name not in self.source.columns:
                continue
            if column.missing_as is not None:
                blank = f"{_v(name)} IS NULL AND {self._value(name)} IS NOT NULL"
                rules.append(Rule("blank_has_a_meaning", column.column, blank))
            if column.if_missing == "keep":
                filled = self._value(name)
                missing = f"{_v(name)} IS NULL"
                missing += f" AND {filled} IS NULL" if filled != _v(name) else ""
                rules.append(Rule("missing", column.column, missing))
            codes = self.table.codes[name]
            if column.codes == "open":
                unlisted = f"NOT {is_one_of(_v(name), [code.code for code in codes])}"
                rules.append(Rule("unlisted_code", column.column, unlisted))
            if any(code.valid_from or code.valid_to for code in codes):
                rules.append(
                    Rule("code_outside_its_days", column.column, self._outside_days(name, codes))
                )
            if column.type == "municipality":
                rules += self._classification(name, column, codes)
            rules += self._hard_to_believe(name, column)
        return rules

    def sums(self) -> dict[str, str]:
        """Give SQL of the sum of each column of amounts, by its name, over rows of `judged`."""
        return {
            column.column: f"sum({quote(name)})"
            for name, column in self.table.columns.items()
            if column.type in AMOUNTS and name in self.source.columns
        }

    def _hard_to_believe(self, name: str, column: ColumnRow) -> list[Rule]:
        rules = []
        beyond = self._beyond(name, column.usual_minimum, column.usual_maximum)
        if beyond:
            rules.append(Rule("unusual_value", column.column, beyond))
        if column.suspects:
            days = ", ".join(f"DATE '{day}'" for day in column.suspects)
            rules.append(Rule("suspect_day", column.column, f"{self._value(name)} IN ({days})"))
        if column.not_before:
            early = f"{self._value(name)} < {self._value(column.not_before)}"
            rules.append(Rule("before_another", column.column, early))
        return rules

    def _beyond(self, name: str, least: str | None, most: str | None) -> str:
        """SQL that is true of a value outside two bounds of the contract; empty without any."""
        value, kind, year = self._value(name), self.table.columns[name].type, self.source.year
        limits = {"<": _bound(least, kind, year), ">": _bound(most, kind, year)}
        return " OR ".join(f"{value} {sign} {bound}" for sign, bound in limits.items() if bound)

    def _linked(self) -> str:
        if PERSON not in self.table.columns:
            return self._parsed()
        if self.link is None:
            return f"(SELECT *, {_v(PERSON)} AS linked FROM {self._parsed()})"
        return (
            f"(SELECT p.*, l.person AS linked FROM {self._parsed()} p "
            f"LEFT JOIN {self.link} l ON p.{_v(PERSON)} = l.source_id)"
        )

    def _parsed(self) -> str:
        chosen = []
        for name, column in self.table.columns.items():
            if name in self.source.columns:
                cell, sql_type = self.source.columns[name]
                cell, written = quote(cell), self.source.format
                text = text_of(cell, sql_type, written)
                value = value_of(column, cell, sql_type, text, written)
                there = is_there(cell, sql_type, text)
            else:
                value, there = f"CAST(NULL AS {SQL_TYPES[column.type]})", "false"
            chosen.append(f"{value} AS {_v(name)}")
            if column.type in NOT_A:
                chosen.append(f"{there} AS {_t(name)}")
            if codes := self._known_codes(name, column):
                chosen.append(f"{is_one_of(value, codes)} AS {_k(name)}")
        return f"(SELECT {', '.join(chosen)} FROM {self.source.relation})"

    def _value(self, name: str, *, link: bool = True) -> str:
        """SQL of the value after sentinels, the meaning of a blank and the key link."""
        column = self.table.columns[name]
        if column.type == "person":
            return "linked" if link else _v(name)
        if column.type == "date":
            sentinel = is_sentinel(_v(name), self.source.format)
            return f"CASE WHEN {sentinel} THEN NULL ELSE {_v(name)} END"
        if column.type == "year" and "9999" in self.source.format.sentinels:
            return f"nullif({_v(name)}, 9999)"
        if column.missing_as is None or name not in self.source.columns:
            return _v(name)
        meaning = f"CAST({literal(column.missing_as)} AS {SQL_TYPES[column.type]})"
        filled = f"coalesce({_v(name)}, {meaning})"
        lag = self._lag(column)
        if not lag:
            return filled
        if self.files.years is None:  # nothing says which year is the last: a blank stays one
            return _v(name)
        last = self.files.years[1] - lag
        return f"CASE WHEN {_v(YEAR)} <= {last} THEN {filled} ELSE {_v(name)} END"

    def _lag(self, column: ColumnRow) -> int:
        given = {name.lower(): years for name, years in self.files.lags.items()}
        return given.get(column.column.lower(), column.lag_years)

    def _before(self, year: int) -> str:
        if self.table.is_spells:
            return f"{self._value(END)} < DATE '{year}-01-01'"
        dated = self.table.about.dated_by
        assert dated is not None  # deliveries without a date are of spells
        first = str(year) if self.table.columns[dated].type == "year" else f"DATE '{year}-01-01'"
        return f"{self._value(dated)} < {first}"

    def _known_codes(self, name: str, column: ColumnRow) -> list[str]:
        """List the codes of which each value must be one; none if any text will do."""
        codes = [code.code for code in self.table.codes[name]]
        if column.type == "municipality":
            return [*codes, *self.municipalities["code"], *self.merged]
        return codes if column.codes == "closed" else []

    def _code_faults(self, name: str, column: ColumnRow) -> list[Rule]:
        codes = self._known_codes(name, column)
        if not codes:
            return []
        unknown = f"NOT {_k(name)}"
        rule = "unknown_municipality" if column.type == "municipality" else "unknown_code"
        faults = [Rule(rule, column.column, unknown)]
        width = max(map(len, codes))
        if width > 1:
            padded = is_one_of(f"lpad({_v(name)}, {width}, '0')", codes)
            lost = f"{unknown} AND length({_v(name)}) < {width} AND {padded}"
            faults.insert(0, Rule("leading_zeros_lost", column.column, lost))
        return faults

    def _outside_days(self, name: str, codes: list[CodeRow]) -> str:
        dated = self.table.columns[name].dated_by or self.table.about.dated_by
        assert dated is not None  # codes are bound to days only where a column tells the day
        day = self._value(dated)
        if self.table.columns[dated].type == "year":
            day = f"make_date({day}, 12, 31)"
        limited = sorted({code.code for code in codes if code.valid_from or code.valid_to})
        parts = []
        for each in limited:
            inside = " OR ".join(_inside(day, code) for code in codes if code.code == each)
            parts.append(f"({_v(name)} = {literal(each)} AND NOT ({inside}))")
        return " OR ".join(parts)

    def _classification(self, name: str, column: ColumnRow, codes: list[CodeRow]) -> list[Rule]:
        given = {key.lower(): year for key, year in self.files.municipalities_as_of.items()}
        year = given.get(column.column.lower())
        if year is None and self.source.year is not None and self.table.about.files == "snapshot":
            step = {"year": 0, "next_year": 1, "current": None}[column.classification or "current"]
            year = None if step is None else self.source.year + step
        if year is None or year < FIRST_CLASSIFICATION:
            return []
        last = self.municipalities["valid_to"].replace("", "9999").astype(int)
        valid = (self.municipalities["valid_from"].astype(int) <= year) & (last >= year)
        known = [*self.municipalities.loc[valid, "code"], *(code.code for code in codes)]
        outside = f"NOT {is_one_of(_v(name), known)}"
        return [Rule("outside_classification", column.column, outside)]


def _bound(text: str | None, kind: str, year: int | None) -> str | None:
    """SQL of a bound: euros in cents, the last day of a year; none if the file has no year."""
    if text is None:
        return None
    if text.startswith("file_year"):
        if year is None:
            return None
        number = year + int(text.partition("+")[2] or 0)
        return f"DATE '{number}-12-31'" if kind == "date" else str(number)
    if kind == "date":
        return f"DATE '{text}'"
    return str(round(float(text) * 100)) if kind == "euros" else text


def noted(number: int) -> str:
    """SQL that is true of rows that a rule about usable rows met, by its number."""
    return f"({_notes(number)} & {2 ** (number % BITS)}) <> 0"


def _notes(number: int) -> str:
    return quote(f"rules {number // BITS}")


def _v(name: str) -> str:
    return quote(f"v.{name}")


def _k(name: str) -> str:
    return quote(f"k.{name}")


def _t(name: str) -> str:
    return quote(f"t.{name}")


def _inside(day: str, code: CodeRow) -> str:
    limits = [f"{day} >= DATE '{code.valid_from}'"] if code.valid_from else []
    limits += [f"{day} <= DATE '{code.valid_to}'"] if code.valid_to else []
    return f"({' AND '.join(limits) or 'true'})"
