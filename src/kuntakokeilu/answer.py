"""The rows that `evaluate` answers with, and what is noted beside each number."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd

from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.errors import counted, some
from kuntakokeilu.estimation import (
    Sample,
    design_of,
    draw_sample,
    estimate,
    without_each_cluster,
)
from kuntakokeilu.facts.basics import Variance
from kuntakokeilu.study import Estimand

_NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "p_value"]
COLUMNS = ["outcome", "term", "group", "event_time", "left_out", *_NUMBERS]
COLUMNS += ["inference", "n_units", "n_clusters", "notes"]


def answer(
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    estimand: Estimand,
    outcome: str,
    notes: list[str],
    leave_one_out: bool,
) -> pd.DataFrame:
    """Estimate, check and give the rows of the answer.

    Parameters
    ----------
    tables : tuple of DataFrame
        Contracts CELLS, UNITS, COUNTS.
    estimand : Estimand
        What is estimated.
    outcome : str
        Its name in the answer.
    notes : list of str
        What was done with the data.
    leave_one_out : bool
        Whether estimates without one cluster at a time are given too.

    Returns
    -------
    DataFrame
        `COLUMNS`; see `kuntakokeilu.evaluate`.
    """
    cells, units, _ = tables
    found, influences = estimate(*tables, [estimand])
    checks = diagnose(*tables, found, influences, [estimand])
    sample = draw_sample(cells, units, estimand)
    told = [*_failed(checks), *notes, *_left_out(cells, units, sample.frame)]
    rows = _tidy(found, outcome, told).assign(group=estimand.group)[COLUMNS]
    others = _without_each(sample, rows) if leave_one_out else []
    return pd.concat([rows, *others], ignore_index=True)


def _failed(checks: pd.DataFrame) -> list[str]:
    """Say which checks of a study the estimate fails."""
    failed = checks[checks["verdict"] == "fail"]
    return [
        f"fails the check {check}: {statistic}, {value:.2g}"
        for check, statistic, value in zip(
            failed["check"], failed["statistic"], failed["value"], strict=True
        )
    ]


def _left_out(cells: pd.DataFrame, units: pd.DataFrame, sample: pd.DataFrame) -> list[str]:
    """Say how many units and values are not in the estimate."""
    used = set(sample["unit"])
    gone = [name for name in units["unit"] if name not in used]
    empty = int(cells["mean"].isna().sum())
    out = f"{counted(len(gone), 'unit is', 'units are')} not in the estimate: {some(gone, 3)}"
    lacking = f"{counted(empty, 'value is', 'values are')} missing"
    return [note for note, said in ((out, gone), (lacking, empty)) if said]


def _tidy(found: pd.DataFrame, outcome: str, notes: list[str]) -> pd.DataFrame:
    """Keep the leading row of each term, and the variances of independent observations."""
    rows = found[found["leading"] | found["inference"].isin(get_args(Variance))]
    rows = rows.reset_index(drop=True)
    told = ["; ".join([*_why_missing(row), *notes]) for _, row in rows.iterrows()]
    return rows.astype(dict.fromkeys(_NUMBERS, float)).assign(
        outcome=outcome,
        group=None,
        left_out=None,
        n_units=rows["n_trial"] + rows["n_control"],
        n_clusters=rows["n_trial_clusters"] + rows["n_control_clusters"],
        notes=told,
    )[COLUMNS]


def _why_missing(row: pd.Series) -> list[str]:
    """Say why a row has no estimate, or no standard error."""
    if row["identified"] != "ok":
        return [f"not identified: {row['identified']}"]
    if pd.notna(row["std_error"]):
        return []
    if row["inference"] in get_args(Variance):
        return [
            "no standard error: the spread of the persons or firms behind the rows is not known"
        ]
    if min(row["n_trial_clusters"], row["n_control_clusters"]) < 2:
        return [
            "no standard error: an arm has one cluster; estimator='two_by_two' has that of persons "
            "or firms in two groups, if their spread is known"
        ]
    return ["no standard error: the number rests on one cluster"]


def _without_each(sample: Sample, rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Give the rows of estimates without one cluster at a time; none of those not identified."""
    if rows["estimate"].isna().all():
        return []
    without = without_each_cluster(sample.frame, design_of(sample))
    assert without is not None  # an estimate exists
    units = sample.frame.groupby("cluster")["unit"].nunique()
    parts, leads = [], rows[~rows["inference"].isin(get_args(Variance))]
    for (_, lead), values in zip(leads.iterrows(), without.to_numpy().T, strict=True):
        moved = pd.Series(values, without.index)
        order = (moved - lead["estimate"]).abs().sort_values(ascending=False, kind="stable").index
        blank = dict.fromkeys(_NUMBERS[1:], np.nan) | {"inference": None}
        part = pd.DataFrame([lead] * len(order)).assign(
            left_out=order, estimate=moved[order].to_numpy(), **blank, n_clusters=len(order) - 1
        )
        parts.append(part.assign(n_units=lead["n_units"] - units[order].to_numpy()))
    return parts
