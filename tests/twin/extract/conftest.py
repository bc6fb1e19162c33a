"""One extract of a twin, written and read once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ... import twins
from ...twins import ADAPTER, CONFIG

__all__ = ["ADAPTER", "CONFIG"]


@pytest.fixture(scope="session")
def read(tmp_path_factory):
    """Return the extract of the world with the trial, read; no test changes it."""
    return twins.read(tmp_path_factory)


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Hold two tables against each other, whatever the order of rows and the types."""
    assert list(found) == list(expected)

    def plain(frame: pd.DataFrame) -> pd.DataFrame:
        columns = {}
        for name, values in frame.items():
            if values.dtype.kind == "M":
                columns[name] = values.dt.strftime("%Y-%m-%d").fillna("")
            elif pd.api.types.is_numeric_dtype(values):
                columns[name] = values.astype(float).to_numpy()
            else:
                columns[name] = values.astype(object).where(values.notna(), "").astype(str)
        result = pd.DataFrame({name: np.asarray(values) for name, values in columns.items()})
        return result.sort_values(list(result), ignore_index=True)

    pd.testing.assert_frame_equal(plain(found), plain(expected), check_dtype=False)


def since_2017(spells: pd.DataFrame) -> pd.DataFrame:
    """Leave out what had ended before the first delivery."""
    return spells[~(spells["end_date"] < "2017-01-01")]


def on(spells: pd.DataFrame, date: str) -> pd.DataFrame:
    """Spells that cover a day."""
    return spells[(spells["start_date"] <= date) & ~(spells["end_date"] < date)]
