"""How alike the arms were before the start, and which areas have no comparable control."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import BALANCE, OVERLAP, conform


def empty_balance() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return BALANCE and OVERLAP without rows, for a study without covariates."""
    tables = (
        pd.DataFrame({name: pd.Series(dtype=object) for name in schema.columns})
        for schema in (BALANCE, OVERLAP)
    )
    balance, overlap = tables
    return conform(balance, BALANCE), conform(overlap, OVERLAP)
