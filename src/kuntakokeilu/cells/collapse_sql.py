"""The SQL of the collapse: which integers each outcome is made of, and how they are grouped.

Outcomes are added up as whole numbers (persons, cents, ten-thousandths), and so are weights
(millionths), so that sums are exact and the same in any order of rows, files and threads; only the
finished sums are divided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kuntakokeilu.contracts import (
    ANSWERED_WEIGHT,
    ANSWERS,
    ASKED_WEIGHT,
    CELL,
    PER_WHOLE,
    PERSON_MONTHS,
    stratum,
    whole_numbers,
)

# What one whole is in a cell: shares in per cent, numbers as they are, euros.
IN_CELLS = {"share": 100.0, "number": 1.0, "euros": 1.0}
PER_WEIGHT = 1_000_000  # ASSUME: weights of a survey have at most six decimals


def scale(column: str) -> float:
    """Give the value in a cell of one of the integers that an outcome is added up in."""
    kind = PERSON_MONTHS[column].kind
    return IN_CELLS[kind] / PER_WHOLE[kind]


def weight(column: str) -> str:
    """Name the column that says how many persons a row of a survey stands for in an outcome."""
    return ANSWERED_WEIGHT if column in ANSWERS else ASKED_WEIGHT


def where(members: Mapping[str, bool | str]) -> tuple[str, list[bool | str]]:
    """Write the condition that makes a row one of the population's, and its parameters."""
    conditions = [f'"{trait}" = ?' for trait in members]
    return " AND ".join(conditions) or "true", list(members.values())


def cell_sums(
    table: str, members: str, traits: Sequence[str], columns: Sequence[str], weighted: bool = False
) -> str:
    """Write the query that adds up every outcome in every cell of one stratification.

    The i-th outcome has the columns n{i} (rows where it is known), s{i}, q{i} (sums of it and of
    its square), and of euros a{i}, z{i}, f{i}, g{i} (sum of absolute amounts, rows with an
    amount, largest and second largest absolute amount). If weighted also w{i}, ws{i}, wq{i}: the
    sum of the weights, and the two sums weighted.
    """
    keys = ", ".join([*CELL, *map(_quoted, traits)])
    values = ", ".join(f"{whole_numbers(column)} AS v{i}" for i, column in enumerate(columns))
    sums = ", ".join(_sums(i, PERSON_MONTHS[column].kind) for i, column in enumerate(columns))
    if weighted:
        weights = [f"round({weight(c)} * {PER_WEIGHT})::BIGINT" for c in columns]
        values += "".join(f", {each} AS u{i}" for i, each in enumerate(weights))
        sums += "".join(f", {_weighted_sums(i)}" for i in range(len(columns)))
    return f"""
        SELECT {stratum(traits)} AS stratum, {cell_keys()}, * EXCLUDE ({keys})
        FROM (
            SELECT {keys}, {sums}
            FROM (SELECT {keys}, {values} FROM {table} WHERE {members})
            GROUP BY {keys}
        )
    """


def cell_payers(
    table: str, members: str, traits: Sequence[str], column: str, payers: str, by_cell: bool
) -> str:
    """Write the query that counts the payers of an outcome, in every cell or over all months.

    A payer is one who paid or recovered something; its amount is the sum of the absolute amounts
    to persons, which no repayment can make small.
    """
    keys = ", ".join([*(CELL if by_cell else ["unit"]), *map(_quoted, traits)])
    where_to = cell_keys() if by_cell else "unit"
    return f"""
        SELECT {stratum(traits)} AS stratum, {where_to}, n_payers, payer_top1
        FROM (
            SELECT {keys}, count(*) AS n_payers, max(paid) AS payer_top1
            FROM (
                SELECT {keys}, payment.payer, sum(abs(payment.cents)) AS paid
                FROM (
                    SELECT {keys}, unnest({payers}) AS payment
                    FROM {table} WHERE {members} AND {column} IS NOT NULL
                )
                GROUP BY {keys}, payment.payer
            )
            WHERE paid > 0
            GROUP BY {keys}
        )
    """


def person_counts(table: str, members: str, traits: Sequence[str]) -> str:
    """Write the query that counts distinct persons and entries of every unit and stratum."""
    keys = ", ".join(["unit", *map(_quoted, traits)])
    return f"""
        SELECT {stratum(traits)} AS stratum, unit, n_persons, n_spells
        FROM (
            SELECT {keys}, count(DISTINCT person) AS n_persons, count(cohort) AS n_spells
            FROM (SELECT DISTINCT {keys}, person, cohort FROM {table} WHERE {members})
            GROUP BY {keys}
        )
    """


def cell_keys() -> str:
    """Write a cell's keys: months as numbers since 1970, the cohort as text."""
    month = "(year(period) - 1970) * 12 + month(period) - 1"
    return f"strftime(cohort, '%Y-%m') AS cohort, elapsed, unit, {month} AS period"


def _sums(i: int, kind: str) -> str:
    v = f"v{i}"
    if kind == "share":
        return f"count({v}) AS n{i}, count_if({v}) AS s{i}"
    # HUGEINT: the squared cents of thirty million euros would not fit into 64 bits.
    sums = f"count({v}) AS n{i}, sum({v}) AS s{i}, sum({v}::HUGEINT * {v}) AS q{i}"
    if kind == "number":
        return sums
    top = f"max(abs({v}), 2)"
    return (
        f"{sums}, sum(abs({v})) AS a{i}, count_if({v} <> 0) AS z{i}, "
        f"{top}[1] AS f{i}, {top}[2] AS g{i}"
    )


def _weighted_sums(i: int) -> str:
    value, times = f"v{i}::HUGEINT", f"u{i}"
    return (
        f"sum({times}) FILTER (v{i} IS NOT NULL) AS w{i}, sum({value} * {times}) AS ws{i}, "
        f"sum({value} * {value} * {times}) AS wq{i}"
    )


def _quoted(name: str) -> str:
    return f'"{name}"'
