"""Every parameter of the cost ledger on one row, as it travels with a release."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_csv

FOLDER, BESIDE = "ledger", ("benefit_rates.csv", "price_index.csv")
# Columns that hold a number or a choice, and their unit; `value` and `cents` of a table with a
# column of units have what stands there.
VALUES = {
    "value": "",
    "share": "share",
    "rate": "share",
    "cents": "cents",
    "state_transfer_cents": "cents",
    "days_per_week": "days a week",
    "ceiling_cents": "cents a month",
    "unknown_share": "share",
    "tax_at_limit": "euros",
    "index": "1951:10=100",
}
_TIMES, _SAID = ("valid_from", "valid_to", "year"), ("unit", "mark", "source")


def ledger_parameters(config: Path) -> pd.DataFrame:
    """Put the tables of `config/ledger/`, the benefit rates and the price index into one.

    Parameters
    ----------
    config : Path
        The folder config/ of the project.

    Returns
    -------
    DataFrame
        table, parameter (what tells its rows apart, and the column if there are several values),
        valid_from, valid_to (months; empty: always), value (as written), unit, mark, source.

    Raises
    ------
    InputError
        A table has no column of values, so that it would not be told.
    """
    config = Path(config)
    paths = sorted((config / FOLDER).glob("*.csv")) + [config / name for name in BESIDE]
    rows = [row for path in paths for row in _rows(path)]
    columns = ["table", "parameter", "valid_from", "valid_to", "value", "unit", "mark", "source"]
    return pd.DataFrame(rows, columns=columns)


def _rows(path: Path) -> list[tuple[str, ...]]:
    frame = read_csv(path, ["mark", "source"])
    values = [name for name in frame if name in VALUES]
    keys = [name for name in frame if name not in {*VALUES, *_TIMES, *_SAID}]
    if not values:
        raise InputError(f"{path.as_posix()}: no column of values; expected one of {[*VALUES]}")
    rows: list[tuple[str, ...]] = []
    for record in frame.to_dict("records"):
        said = " ".join(record[key] for key in keys if record[key])
        first, last = (record.get(name, "") for name in ("valid_from", "valid_to"))
        if record.get("year"):
            first, last = f"{record['year']}-01", f"{record['year']}-12"
        for name in (name for name in values if record[name]):
            parameter = " ".join(filter(None, [said, name if len(values) > 1 else ""])) or name
            cents = VALUES[name] == "cents" and record.get("unit")
            unit = f"cents a {record['unit']}" if cents else VALUES[name] or record.get("unit", "")
            rows.append((path.stem, parameter, first, last, record[name], unit,
                         record["mark"], record["source"]))  # fmt: skip
    return rows
