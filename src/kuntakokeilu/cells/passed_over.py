"""Columns of a stranger's table that would fit but for a few rows, and what is wrong there."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kuntakokeilu.cells.panel_treatment import OFF, ON, ended_marks
from kuntakokeilu.cells.parse import first_row, periods, without_decimals
from kuntakokeilu.cells.recognise import are_marks
from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.study.panel_source import MISSING

# ASSUME: a column is meant to be what nine tenths of its rows are.
_FEW = 0.1


def texts_among_numbers(table: pd.DataFrame, names: Sequence[str]) -> dict[str, str]:
    """Name the columns of numbers in which a few rows are text, with the first such row."""
    found = {}
    for name in names:
        text = pd.to_numeric(table[name], errors="coerce").isna() & ~table[name].isin(MISSING)
        if _few(text):
            found[name] = f"row {first_row(text)} is no number ({counted(text.sum(), 'such row')})"
    return found


def almost_marks(values: pd.Series) -> pd.Series | None:
    """Tell which few rows of a column of 0 and 1 hold something else; None if it is none."""
    texts = without_decimals(values).str.casefold()
    there = set(texts)
    other = ~texts.isin([*ON, *OFF])
    return other if there & set(ON) and there & set(OFF) and _few(other) else None


def start_that_differs(
    values: pd.Series, units: pd.Series, frequency: str, form: str, never: Sequence[str]
) -> str | None:
    """Say in which row a unit has another start than in its other rows; None if that is not it."""
    texts = without_decimals(values)
    known = ~texts.isin(never)
    rows = pd.DataFrame({"unit": units, "text": texts})
    often = rows.groupby(["unit", "text"])["text"].transform("size")
    ordered = rows.iloc[(-often).argsort(kind="stable")]
    usual = units.map(ordered.drop_duplicates("unit").set_index("unit")["text"])
    other = texts != usual
    if not _few(other):
        return None
    try:
        periods(texts[known], frequency, "", form=form)
    except InputError:
        return None
    row = first_row(other)
    unit, here, there = units[row - 2], texts[row - 2] or "nothing", usual[row - 2] or "nothing"
    home = first_row((units == unit) & (texts == usual))
    return (
        f"row {row}: unit {unit} has {here} here and {there} in row {home} "
        f"({counted(other.sum(), 'such row')}); expected one start for each unit"
    )


def no_treatment(table: pd.DataFrame, data: pd.DataFrame, name: str | None, where: str) -> str:
    """Say why no column, or not this one, is fit to tell who is treated."""
    if name is None:
        return (
            f"{where}: no column says who is treated from when on, as a start or as 0 and 1; name "
            "one with --treated"
        )
    texts = without_decimals(table[name]).str.casefold()
    if not are_marks(table[name]):
        other = ~texts.isin([*ON, *OFF])
        place = first_row(other) if other.any() else 2
        return (
            f"{where}, column {name}, row {place}: expected 0 and 1, or for each unit one first "
            "period of treatment"
        )
    on = texts.isin(ON)
    ended = ended_marks(data, on)
    if not ended.any():
        both = on.groupby([data["unit"], data["period"]]).transform("nunique").gt(1)
        one = data[both].iloc[0]
        return (
            f"{where}, column {name}, row {first_row(both)}: unit {one['unit']} is both marked and "
            f"not in {one['told']}; expected one mark for each unit and period; is the unit "
            "right? name its columns with --unit"
        )
    units = data.loc[ended, "unit"]
    row = first_row(ended)
    return (
        f"{where}, column {name}, row {row}: unit {units.iloc[0]} is treated and later not "
        f"({counted(units.nunique(), 'such unit')}); treatment that ends is not estimated; leave "
        "out these rows, or say --treatment-ends ignored"
    )


def _few(rows: pd.Series) -> bool:
    return 0 < int(rows.sum()) <= max(1, int(_FEW * len(rows)))
