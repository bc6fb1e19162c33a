"""A table held against its contract."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandas.api.types import is_bool_dtype

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
    frame = _with_types(frame.reset_index(drop=True), schema)
    if not follows(frame, schema):
        try:
            frame = schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as error:
            fault = some(_faults(error.failure_cases, schema))
            raise InputError(f"{schema.name}: {fault}") from None
    named = [name for name in schema.columns if name in frame]
    return frame[named + [name for name in frame if name not in named]]


def follows(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> bool:
    """Tell whether a table already is as its contract says, types included.

    pandera also turns types and finds each fault in each row, which takes a tenth of a second for a
    table without any; nearly all tables have none.

    Parameters
    ----------
    frame : DataFrame
        The table to check.
    schema : DataFrameSchema
        One of the contracts of this module.

    Returns
    -------
    bool
        False also where only pandera can tell: a rule for a whole row or for the index.
    """
    ruled = schema.checks or schema.index is not None or schema.parsers
    closed = schema.strict or any(column.regex for column in schema.columns.values())
    foreign = closed and not set(frame.columns) <= set(schema.columns)
    if ruled or foreign or not frame.columns.is_unique:
        return False
    for name, column in schema.columns.items():
        if name not in frame:
            if column.required:
                return False
        elif not _column_follows(frame[name], column):
            return False
    return not (schema.unique and frame.duplicated(schema.unique).any())


def _with_types(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Turn columns into the contract's types, as pandera does, if all of them can be."""
    if not frame.columns.is_unique:
        return frame
    there = frame.dtypes
    wanted = {
        name: column.dtype.type
        for name, column in schema.columns.items()
        if name in there.index
        and column.coerce
        and column.dtype is not None
        and there[name] != column.dtype.type
        and (not is_bool_dtype(column.dtype.type) or _is_bool(frame[name]))
    }
    try:
        return frame.astype(wanted) if wanted else frame
    except (TypeError, ValueError, OverflowError):
        return frame  # pandera says which


def _is_bool(values: pd.Series) -> bool:
    """Tell whether values are true or false; of anything else, what is missing would be true."""
    return is_bool_dtype(values.dtype) and not values.isna().any()


def _column_follows(values: pd.Series, column: pa.Column) -> bool:
    if column.unique or column.regex or column.parsers:
        return False
    if column.dtype is not None and values.dtype != column.dtype.type:
        return False
    if not column.nullable and values.isna().any():
        return False
    return all(_passes(check, values) for check in column.checks)


def _passes(check: pa.Check, values: pd.Series) -> bool:
    """Tell whether all values that are there pass; the usual rules without pandera's detour."""
    told = check.statistics or {}
    if check.name == "isin":
        return bool((values.isin(told["allowed_values"]) | values.isna()).all())
    if check.name == "greater_than_or_equal_to":
        return not (values < told["min_value"]).any()
    if check.name == "less_than_or_equal_to":
        return not (values > told["max_value"]).any()
    return bool(check(values).check_passed)


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
