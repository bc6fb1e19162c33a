"""What a column of a stranger's panel looks like: the form of its periods, marks of treatment."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.cells.panel_treatment import OFF, ON
from kuntakokeilu.cells.parse import periods, read_period, without_decimals

# Months in which quarters are dated: by their first, middle or last month.
_QUARTERLY = ({1, 4, 7, 10}, {2, 5, 8, 11}, {3, 6, 9, 12})


def recognise_periods(values: pd.Series, where: str) -> tuple[str, str]:
    """Tell the frequency and the form of a column of periods.

    Parameters
    ----------
    values : Series of str
        The column as text.
    where : str
        File and column, for the message.

    Returns
    -------
    frequency : {"M", "Q", "Y"}
        Days count as the longest period that they can stand for: those of one month of the year
        as years, those of every third month as quarters.
    form : {"calendar", "number"}
        As the key period_form of a study.

    Raises
    ------
    InputError
        No form fits all values; the message names the first that does not fit the commonest.
    """
    texts = without_decimals(values)
    found = texts.drop_duplicates()
    if found.str.fullmatch(r"[1-9]\d{0,2}").all():
        return "Y", "number"
    fits = {
        frequency: found.map(lambda text, f=frequency: read_period(text, f) is not None)
        for frequency in ("Y", "Q", "M")
    }
    if all(fit.all() for fit in fits.values()):
        return _of_days(found), "calendar"
    frequency = max(fits, key=lambda name: int(fits[name].sum()))
    periods(texts, frequency, where)
    return frequency, "calendar"


def _of_days(texts: pd.Series) -> str:
    """Tell the frequency of days from the months in which they lie."""
    months = {read.month for read in periods(texts, "M", "")}
    if len(months) == 1:
        return "Y"
    return "Q" if any(months <= quarterly for quarterly in _QUARTERLY) else "M"


def are_marks(values: pd.Series) -> bool:
    """Tell whether a column holds 0 and 1, false and true, or no and yes, and nothing else."""
    texts = set(without_decimals(values).str.casefold())
    return texts <= {*ON, *OFF} and bool(texts & set(ON)) and bool(texts & set(OFF))
