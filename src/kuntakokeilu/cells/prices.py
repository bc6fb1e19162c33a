"""Cells of euros at the prices of one year."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kuntakokeilu.errors import InputError, some

_AMOUNTS = ("mean", "sum", "sum_abs", "top1", "top2", "payer_top1")


def at_prices(
    cells: pd.DataFrame, outcomes: Mapping[str, int], index: Mapping[int, float]
) -> pd.DataFrame:
    """Express the euros of some outcomes at the prices of one year each.

    An amount of a period is multiplied by the index of the price year over that of the period's
    own year. A cell is of one period, so this is what collapsing person-months at those prices
    would give.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of any outcomes.
    outcomes : mapping of str to int
        Price year of each outcome in real euros; the cells of all others stay nominal.
    index : mapping of int to float
        Price index by year.

    Returns
    -------
    DataFrame
        The same cells, in the same order.

    Raises
    ------
    InputError
        A price year, or the year of a cell, is not in the index.
    """
    price_years = cells["outcome"].map(outcomes)
    real = price_years.notna()
    if not real.any():
        return cells
    own, wanted = cells.loc[real, "period"].dt.year, price_years[real].astype(int)
    lacking = sorted({*own, *wanted} - set(index))
    if lacking:
        raise InputError(
            f"price_index.csv, column year: {some(lacking)} is missing; needed for the prices of "
            f"{some(sorted(cells.loc[real, 'outcome'].unique()))}"
        )
    factor = wanted.map(index) / own.map(index)
    scaled = cells.copy()
    for name in _AMOUNTS:
        if name in cells:
            scaled.loc[real, name] = cells.loc[real, name] * factor
    scaled.loc[real, "sum_sq"] = cells.loc[real, "sum_sq"] * factor**2
    return scaled
