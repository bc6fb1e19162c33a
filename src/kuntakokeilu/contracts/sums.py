"""Sums of person-months: what `panel` adds up as whole numbers and `cells` makes cells of.

Sums of two sets of persons add up to those of both, exactly: numbers and amounts are added, of the
largest amounts the two largest are kept, payers are told by name. So persons may be in shards.
"""

from __future__ import annotations

from collections.abc import Sequence

from kuntakokeilu.contracts.panel import PERSON_MONTHS

SUM_FILES = ("sums", "paid", "payers", "counted")  # of each sample
CELL = ("cohort", "elapsed", "unit", "period")
# ASSUME: counts and days have at most four decimals; further ones are rounded.
PER_WHOLE = {"share": 1, "number": 10_000, "euros": 100}

_SPLIT = {"population": "VARCHAR", "stratification": "VARCHAR", "stratum": "VARCHAR"}
_CELL = {name: PERSON_MONTHS[name].type for name in CELL}
# One row per population, stratum, cell and outcome. Amounts are in cents, numbers in
# ten-thousandths.
SUMS = {
    **_SPLIT,
    **_CELL,
    "outcome": "VARCHAR",  # column of the person-months
    "n": "BIGINT",  # person-months of which it is known
    "total": "BIGINT",
    "squares": "DECIMAL(38,0)",  # missing of shares
    "absolute": "BIGINT",  # sum of absolute amounts; of euros alone, as all that follow
    "nonzero": "BIGINT",
    "top1": "BIGINT",  # largest absolute amount of a person in a month
    "top2": "BIGINT",
}
# Who paid how much, recoveries without their sign, in the same cells.
PAID = {**_SPLIT, **_CELL, "outcome": "VARCHAR", "payer": "INTEGER", "paid": "BIGINT"}
# Numbers of payers are those of one shard; 0, who is not here, stands for all without an id.
PAYER_NAMES = {"payer": "INTEGER", "name": "VARCHAR"}
# Persons and entries with any person-month.
COUNTED = {**_SPLIT, "unit": "VARCHAR", "n_persons": "BIGINT", "n_spells": "BIGINT"}


def shard_names(count: int) -> list[str]:
    """Name the shards into which persons are cut, as their folders: `1_of_2` and `2_of_2`."""
    return [f"{number}_of_{count}" for number in range(1, count + 1)]


def whole_numbers(column: str, value: str | None = None) -> str:
    """Write in SQL an outcome as the whole number that is added up; shares stay true or false."""
    value = value or column
    kind = PERSON_MONTHS[column].kind
    return f"round({value} * {PER_WHOLE[kind]})::BIGINT" if kind == "number" else value


def stratum(traits: Sequence[str]) -> str:
    """Write in SQL a stratum: values joined by `|`, true as the trait's name, false as `not_`."""
    if not traits:
        return "'all'"
    return " || '|' || ".join(_value(trait) for trait in traits)


def _value(trait: str) -> str:
    if PERSON_MONTHS[trait].type != "BOOLEAN":
        return f"coalesce(\"{trait}\", 'unknown')"
    return (
        f"CASE WHEN \"{trait}\" THEN '{trait}' WHEN NOT \"{trait}\" THEN 'not_{trait}' "
        f"ELSE '{trait}_unknown' END"
    )
