"""The result tables as CSV: one kind for machines, one for Excel with Finnish settings."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pandas as pd

from kuntakokeilu.report.tables.sheets import result_table, sheet
from kuntakokeilu.report.tables.spreadsheet import FORMULA_SIGNS, clean
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.who_is_compared import notes

_BYTE_ORDER_MARK = "\ufeff"  # without it Excel does not take a file for UTF-8


def machine_table(name: str, release: Release) -> pd.DataFrame:
    """Give one result table in codes; last, whether data are simulated and effects are hidden."""
    said = {key: bool(release.study[key]) for key in ("simulated", "blinded")}
    return result_table(release, name).assign(**said)


def excel_csv(name: str, release: Release, language: Language) -> str:
    """Write one result table so that Excel with Finnish settings opens it as it is.

    Parameters
    ----------
    name : str
        Name of the table in `TABLES`.
    release : Release
        A released study.
    language : Language
        Of headings and labels.

    Returns
    -------
    str
        A byte order mark, then semicolons between fields, a decimal comma and every digit. A
        text that begins with a sign that a spreadsheet takes for a formula gets an apostrophe
        before it (OWASP, CSV injection); numbers are left as they are. The last column says
        whether data are simulated and coverage is incomplete, since the file travels alone.
    """
    content = sheet(name, release, language)
    note = notes(release.study, language)
    file = StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\n")
    writer.writerow([*map(_field, content.table.columns), language.say("workbook.column.note")])
    for line in content.table.to_numpy().tolist():
        writer.writerow([*map(_field, line), _field(note)])
    return _BYTE_ORDER_MARK + file.getvalue()


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        text = clean(value)
        return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
    return repr(value).replace(".", ",")
