"""When a unit of a panel is treated: from its start, or from marks of units and periods."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from kuntakokeilu.cells.parse import first_row, periods, without_decimals
from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.facts import period as to_period
from kuntakokeilu.study import DataSettings, UnitPanelSource

ON = ("1", "true", "yes", "t", "y")
OFF = ("0", "false", "no", "f", "n")


def read_periods(
    values: pd.Series, source: UnitPanelSource, frequency: str, where: str, otherwise: str = ""
) -> pd.Series:
    """Read periods in the form that the study declares, or waves as their periods."""
    texts = without_decimals(values)
    if source.waves:
        unknown = ~texts.isin(list(source.waves))
        if unknown.any():
            row = first_row(unknown)
            raise InputError(
                f"{where}, row {row}: expected one of source.waves, {some(source.waves)}"
                f"{otherwise}; found {texts.loc[row - 2][:20]!r}"
            )
        texts = texts.map(source.waves)
    form = source.period_form
    if source.waves and texts.str.startswith("0").any():
        form, texts = "number", texts.str.lstrip("0")
    return periods(texts, frequency, where, otherwise, form)


def as_in_file(source: UnitPanelSource) -> Callable[[pd.Period], str]:
    """Give what writes a period as the file does: a wave, or a number without zeros before it."""
    waves = {when: wave for wave, when in source.waves.items()}

    def said(period: pd.Period) -> str:
        text = str(period)
        return waves.get(text, text.lstrip("0"))

    return said


def treatment_columns(source: UnitPanelSource) -> str:
    """Name the columns that say who is treated, for messages."""
    return some(
        [one for one in (source.first_treated, source.treated) if one] or source.treated_when
    )


def first_treated(
    data: pd.DataFrame, raw: pd.DataFrame, source: UnitPanelSource, settings: DataSettings
) -> pd.Series:
    """Read the first period of treatment of the unit in each row; missing if never treated.

    Parameters
    ----------
    data : DataFrame
        unit, period; same index as `raw`.
    raw : DataFrame of str
        The file as text.
    source : UnitPanelSource
        The mapping of columns.
    settings : DataSettings
        The study's frequency, and start if the file does not say when.

    Raises
    ------
    InputError
        A start that is no period, a mark that is none, or marks that end.
    """
    if source.first_treated is None:
        on = marks(raw, source)
        return _from_marks(data, on, source, settings)
    text = without_decimals(raw[source.first_treated])
    ever = ~text.isin(source.never)
    where = f"{source.path}, column {source.first_treated}"
    other = ", or a value of source.never"
    found = read_periods(text[ever], source, settings.frequency, where, other)
    return found.reindex(raw.index)


def marks(raw: pd.DataFrame, source: UnitPanelSource) -> pd.Series:
    """Tell which rows are marked as treated.

    Raises
    ------
    InputError
        The column `treated` holds anything but 0 and 1, false and true, no and yes.
    """
    on = pd.Series(True, index=raw.index)
    for column, values in source.treated_when.items():
        on &= without_decimals(raw[column]).isin(values)
    if source.treated is None:
        return on
    texts = without_decimals(raw[source.treated]).str.casefold()
    bad = ~texts.isin([*ON, *OFF])
    if bad.any():
        raise InputError(
            f"{source.path}, column {source.treated}, row {first_row(bad)}: expected 0 or 1, false "
            f"or true, no or yes ({counted(bad.sum(), 'other row')}); a column of starts is "
            "first_treated"
        )
    return texts.isin(ON)


def _from_marks(
    data: pd.DataFrame, on: pd.Series, source: UnitPanelSource, settings: DataSettings
) -> pd.Series:
    """Read marks of trial units: the same in all rows of a unit, or on from its start.

    Marks that are constant say who is treated, from the study's start; marks that change within
    a unit say when, and may not end again unless the study ignores it.
    """
    where, said = f"{source.path}, column {treatment_columns(source)}", as_in_file(source)
    never = pd.Series(pd.NaT, index=on.index, dtype=f"period[{settings.frequency}]")
    if on.groupby(data["unit"]).nunique().le(1).all():
        if settings.start is None:
            raise InputError(
                f"{where}: the marks of a unit never change, so they do not say when treatment "
                "starts; expected the key start in study.yaml"
            )
        return never.mask(on, to_period(settings.start, settings.frequency))
    both = on.groupby([data["unit"], data["period"]]).transform("nunique") > 1
    if both.any():
        row = data[both].iloc[0]
        raise InputError(
            f"{where}, row {first_row(both)}: unit {row['unit']} is both marked and not in "
            f"{said(row['period'])}; expected one mark for each unit and period"
        )
    starts = data["period"].where(on).groupby(data["unit"]).min()
    start = data["unit"].map(starts).astype(never.dtype)
    ended = ended_marks(data, on)
    if ended.any() and source.treatment_ends == "stop":
        row = data[ended].iloc[0]
        raise InputError(
            f"{where}, row {first_row(ended)}: unit {row['unit']}, treated from "
            f"{said(start[ended].iloc[0])} on, is not marked in {said(row['period'])} "
            f"({counted(data.loc[ended, 'unit'].nunique(), 'such unit')}); treatment that ends "
            "is not estimated; leave out these units or periods, or say treatment_ends: ignored in "
            "source"
        )
    return start


def ended_marks(data: pd.DataFrame, on: pd.Series) -> pd.Series:
    """Tell which rows are not marked although their unit was in an earlier period."""
    starts = data["period"].where(on).groupby(data["unit"]).min()
    return ~on & (data["period"] > data["unit"].map(starts).astype(data["period"].dtype))
