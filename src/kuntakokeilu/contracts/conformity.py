"""A table held against its contract."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa

from kuntakokeilu.errors import InputError, counted, some


def conform(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Check a table against its contract and put its columns in the contract's order.

    Parameters
    ----------
    frame : DataFrame
        The table to check.
    schema : DataFrameSchema
        One of the contracts of this module.

    Returns
    -------
    DataFrame
        The same rows with the contract's types and order of columns.

    Raises
    ------
    InputError
        A column is missing, has the wrong type, or a key occurs twice. Only columns and counts
        are named, never a value.
    """
    frame = frame.reset_index(drop=True)
    try:
        checked = schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise InputError(f"{schema.name}: {some(_faults(error.failure_cases, schema))}") from None
    named = [name for name in schema.columns if name in checked]
    return checked[named + [name for name in checked if name not in named]]


def _faults(cases: pd.DataFrame, schema: pa.DataFrameSchema) -> list[str]:
    """Say which columns are at fault and in how many rows; a value is never named."""
    rows: dict[str, set[int]] = {}
    case: Any
    for case in cases.itertuples():
        if case.check == "column_in_dataframe":
            fault = f"column {case.failure_case} is missing"
        elif case.check == "column_in_schema":
            fault = f"column {case.failure_case} does not belong there"
        elif case.check == "multiple_fields_uniqueness":
            fault = f"the key {' + '.join(schema.unique or [])} occurs twice"
        elif case.check == "not_nullable":
            fault = f"column {case.column} has missing values"
        elif "dtype" in str(case.check):
            fault = f"column {case.column} has the wrong type"
        else:
            fault = f"column {case.column}: {case.check}"
        rows.setdefault(fault, set())
        if pd.notna(case.index):
            rows[fault].add(int(case.index))
    return [
        f"{fault} ({counted(len(found), 'row')})" if found else fault
        for fault, found in rows.items()
    ]
