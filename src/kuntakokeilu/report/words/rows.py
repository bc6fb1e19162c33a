"""Which rows of a release lead a report, which may be shown, and in which order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.labels import P_COLUMNS
from kuntakokeilu.report.words.outcomes import reading_order
from kuntakokeilu.report.words.release import Release

SHOWN = ("ok", "failed_diagnostic")
LEVEL = 0.05  # below which an adjusted p-value counts as far from zero
KEY = ["estimand", "term", "event_time", "window"]
_ALIKE = ["outcome", "population", "comparison", "design", "estimator"]
_RANK = {"fail": 0, "warn": 1, "pass": 2}


def is_shown(row: Row) -> bool:
    """Tell whether the row holds a number that a reader may see."""
    return bool(row["status"] in SHOWN and pd.notna(row["estimate"]))


def covers_zero(row: Row) -> bool:
    """Tell whether the 95 % interval covers zero; missing intervals cover everything."""
    return pd.isna(row["ci_low"]) or row["ci_low"] <= 0 <= row["ci_high"]


def differs(row: Row) -> bool:
    """Tell whether a number may be said to differ from zero, all that is read with it counted."""
    adjusted = row.get("adjusted_p_value", np.nan)
    # where nothing else is read with it, the interval says it
    alone = bool(pd.isna(adjusted) or adjusted == row["p_value"])
    return not covers_zero(row) and (alone or bool(adjusted < LEVEL))


@kept
def area_rows(release: Release) -> pd.DataFrame:
    """Return the leading rows: one per number, and the only ones that count."""
    rows = release.estimates[release.estimates["leading"]]
    numbers = release.estimates.drop_duplicates(KEY)
    if len(rows) != len(numbers):
        lost = len(numbers) - len(rows)
        raise InputError(
            f"estimates.csv: {counted(lost, 'number lacks', 'numbers lack')} a leading row"
        )
    return rows.reset_index(drop=True)


@kept
def lead_rows(release: Release) -> pd.DataFrame:
    """Return the main effects clustered by area; the benchmarks where nothing is main.

    Rows keep their order, but those of one outcome stand together, and so do unemployment,
    services and their sum.
    """
    rows = area_rows(release)
    effects = rows[rows["term"] == "att"]
    main = effects[effects["role"] == "main"]
    lead = main if len(main) else effects[effects["role"] == "benchmark"]
    order = lead["outcome"].map(reading_order(lead["outcome"], release.study).index)
    return lead.loc[order.sort_values(kind="stable").index]


def alike(rows: pd.DataFrame) -> Any:
    """Group rows that differ only in their weights."""
    return rows.groupby(_ALIKE, sort=False)


def p_values(estimates: pd.DataFrame) -> pd.DataFrame:
    """Put the p-values of all kinds of inference on one row per number, a column per kind."""
    place = estimates.groupby(KEY, sort=False, dropna=False).ngroup()
    wide = estimates.assign(place=place).pivot(index="place", columns="inference", values="p_value")
    numbers = estimates.loc[~place.duplicated(), KEY].reset_index(drop=True)
    return numbers.join(wide.reindex(columns=list(P_COLUMNS)).rename(columns=P_COLUMNS))


def worst_first(checks: pd.DataFrame) -> pd.DataFrame:
    """Order the checks of each estimand by verdict: fails, needs care, passes."""
    place = {name: i for i, name in enumerate(checks["estimand"].unique())}
    keys = pd.DataFrame(
        {"place": checks["estimand"].map(place), "rank": checks["verdict"].map(_RANK)}
    )
    return checks.loc[keys.sort_values(["place", "rank"], kind="stable").index]
