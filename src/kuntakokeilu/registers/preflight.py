"""Preflight: an extract held against its contract, in counts only.

Reads every table as the pipeline would, keeps nothing, and prints where the extract differs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from kuntakokeilu.errors import counted
from kuntakokeilu.needs import READING, check_room
from kuntakokeilu.registers.files import find_file
from kuntakokeilu.registers.findings import MEANINGS, Finding, as_frame
from kuntakokeilu.registers.read import Extract, Prepared, prepare, workplace


def preflight(extract: Extract, work: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Compare every table of an extract with its contract.

    Parameters
    ----------
    extract : Extract
        The extract.
    work : Path
        Where temporary copies of persons may lie. Emptied at the end.

    Returns
    -------
    tables : DataFrame
        One row per table: `table, files, files_expected, rows, rows_kept, faults`.
    findings : DataFrame
        The columns of `Finding`: names of tables and columns, years and counts. No value of the
        data and no id is in it; counts are those of the extract and are not protected.
    ratios : DataFrame
        `table, column, ratios`: the sum of each column of amounts over that of the year before.

    Raises
    ------
    InputError
        The disk or the memory cannot hold what a run makes of these files.
    """
    described = [*extract.adapter.tables.values(), *extract.adapter.links.values()]
    names = [name for files in described for name in files.files().values()]
    there = [path for name in names if (path := find_file(extract.root, name)) is not None]
    check_room(there, work, READING)
    about, found, ratios = [], [], []
    for name in extract.adapter.tables:
        with tempfile.TemporaryDirectory(dir=work) as folder, workplace(Path(folder)) as (con, at):
            prepared = prepare(con, extract, name, at)
        found += prepared.findings
        about.append(_row(name, prepared))
        ratios += [(name, column, _ratios(sums)) for column, sums in prepared.sums.items()]
    compared = pd.DataFrame(ratios, columns=["table", "column", "ratios"])
    return pd.DataFrame(about), as_frame(found), compared[compared["ratios"] != ""]


def _ratios(sums: dict[int | None, float]) -> str:
    """Say each year's sum over that of the year before, for years whose sums are not zero."""
    known = {year: amount for year, amount in sums.items() if year is not None and amount}
    pairs = [
        (year, amount / known[year - 1]) for year, amount in known.items() if year - 1 in known
    ]
    return ", ".join(f"{year}: {ratio:.3g}" for year, ratio in sorted(pairs))


def _row(name: str, prepared: Prepared) -> dict[str, object]:
    faults = sum(each.consequence == "fatal" for each in prepared.findings)
    files, expected = prepared.files
    return {
        "table": name,
        "files": files,
        "files_expected": expected,
        "rows": prepared.rows,
        "rows_kept": prepared.kept,
        "faults": faults,
    }


def report(
    extract: Extract, tables: pd.DataFrame, findings: pd.DataFrame, ratios: pd.DataFrame
) -> str:
    """Say the result of a preflight in lines of text.

    Findings are summed over the years of a table; `years` says in which files they stand.
    """
    lines = [f"Extract {extract.adapter.adapter}", "", tables.to_string(index=False), ""]
    unverified = [
        name for name in tables["table"] if extract.contract[name].about.status == "unverified"
    ]
    if unverified:
        lines += [f"Columns to be confirmed, not seen in TAIKA: {', '.join(unverified)}", ""]
    if extract.adapter.absent:
        lines += [f"Tables that the extract does not have: {', '.join(extract.adapter.absent)}", ""]
    for consequence, title in (
        ("fatal", "Faults: reading stops"),
        ("left_out", "Rows left out"),
        ("filled", "Blanks that have a meaning"),
        ("kept", "To know"),
    ):
        chosen = findings[findings["consequence"] == consequence]
        if len(chosen):
            lines += [title, _summed(chosen).to_string(index=False), ""]
    if len(ratios):
        lines += ["Sums of a year over those of the year before", ratios.to_string(index=False), ""]
    lines += ["Rules"]
    lines += [f"  {rule}: {MEANINGS[rule]}" for rule in MEANINGS if rule in set(findings["rule"])]
    faults = int(tables["faults"].sum())
    lines += ["", counted(faults, "fault") if faults else "No fault"]
    return "\n".join(lines)


def _summed(findings: pd.DataFrame) -> pd.DataFrame:
    keys = ["table", "column", "rule"]
    assert set(keys) < set(Finding.__dataclass_fields__)
    summed = findings.groupby(keys, sort=False).agg(
        years=("year", _years), count=("count", "sum"), total=("total", "sum")
    )
    return summed.reset_index()


def _years(years: pd.Series) -> str:
    known = sorted(years.dropna().astype(int).unique())
    if not known:
        return ""
    whole = known == list(range(known[0], known[-1] + 1)) and len(known) > 1
    return f"{known[0]}-{known[-1]}" if whole else ", ".join(map(str, known))
