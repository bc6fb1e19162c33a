"""Which cells have a value, and how the plain means of both arms move."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import COVERAGE, conform


def coverage(cells: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Count the units with a value in each arm and period of one outcome.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of one outcome.
    units : DataFrame
        Contract UNITS.

    Returns
    -------
    DataFrame
        Contract COVERAGE. The mean is of published or summed cell means, each unit equal and
        before any transform: it describes the data, it estimates nothing.
    """
    arms = units.set_index("unit")["arm"]
    rows = cells.assign(arm=cells["unit"].map(arms)).query("arm in ['trial', 'control']")
    known = rows[rows["mean"].notna()]
    keys = ["outcome", "arm", "period"]
    groups = known.groupby(keys)
    # one unpublished count makes the total unknown
    persons = groups["n"].agg(lambda n: n.sum() if n.notna().all() else pd.NA)
    table = pd.DataFrame(
        {
            "n_units": rows.groupby(keys)["unit"].nunique(),
            "n_known": groups["unit"].nunique(),
            "n_persons": persons,
            "mean": groups["mean"].mean(),
        }
    ).reset_index()
    table["n_known"] = table["n_known"].fillna(0)
    return conform(table.astype({"n_persons": "Int64"}), COVERAGE)
