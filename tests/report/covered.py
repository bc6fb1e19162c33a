"""A release with rows of coverage, balance and overlap, for the notebooks' tables."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from kuntakokeilu.contracts import BALANCE_RELEASED, COVERAGE_RELEASED, OVERLAP_RELEASED, conform

from .conftest import build, check


def coverage_rows() -> pd.DataFrame:
    """Jobs, monthly from 2019 to 2021: two trial units of which one lacks 2020, three controls."""
    rows = []
    for period in pd.period_range("2019-01", "2021-12", freq="M"):
        for arm, n in (("trial", 2), ("control", 3)):
            known = n - (arm == "trial" and period.year == 2020)
            rows.append(("jobs", arm, period, n, known, 60.0 + period.month))
    return conform(pd.DataFrame(rows, columns=list(COVERAGE_RELEASED.columns)), COVERAGE_RELEASED)


def balance_rows() -> pd.DataFrame:
    """One comparison as it is, one that is balanced."""
    columns = list(BALANCE_RELEASED.columns)
    rows = [
        ("others", "before", "young", False, 20.0, 22.0, -0.5, 1.2, 94, 111, 111.0, "ok"),
        ("alike", "before", "young", True, 20.0, 22.0, -0.5, 1.2, 94, 111, 111.0, "ok"),
        ("alike", "after", "young", True, 20.0, 20.1, -0.02, 1.1, 94, 111, 40.0, "ok"),
    ]
    return conform(pd.DataFrame(rows, columns=columns), BALANCE_RELEASED)


def overlap_rows() -> pd.DataFrame:
    """North has a unit without a control within reach, South has none."""
    rows = [
        ("others", "North", 3, 1, 0.9, 0.2, 0.8, False, "ok"),
        ("others", "South", 2, 0, 0.1, 0.2, 0.5, True, "ok"),
    ]
    return conform(pd.DataFrame(rows, columns=list(OVERLAP_RELEASED.columns)), OVERLAP_RELEASED)


def covered(rows, **study):
    """A release of these rows with everything that describes the data."""
    names = dict.fromkeys(row["estimand"] for row in rows)
    checks = [check(name) for name in names]
    checks += [
        check(name, verdict, "cells_left_out", value)
        for name, verdict, value in (("jobs.main", "pass", 0.004), ("jobs.placebo", "warn", 0.05))
        if name in names
    ]
    tables = {"coverage": coverage_rows(), "balance": balance_rows(), "overlap": overlap_rows()}
    return replace(build(rows, checks, **study), **tables)
