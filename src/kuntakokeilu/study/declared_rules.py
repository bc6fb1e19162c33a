"""Which checks decide the status of a number: the study declares them before any result."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

import pandas as pd

Decisive = Literal[
    "few_clusters",
    "negative_weights",
    "cells_left_out",
    "missing_differs",
    "false_starts",
    "negative_control",
    "pre_trend",
    "pre_trend_clustered",
    "placebo",
]
DECISIVE: tuple[str, ...] = get_args(Decisive)
# What a referee would accept: uncertainty that cannot be computed, an estimate that its own weights
# can turn, values that go missing with the trial, an inference that finds effects where there are
# none. Tests before the start are not among them: a pass says little (docs/methods.md).
FAILS_ON: tuple[Decisive, ...] = (
    "few_clusters",
    "negative_weights",
    "cells_left_out",
    "missing_differs",
    "false_starts",
)


def with_declared_rules(checks: pd.DataFrame, fails_on: Collection[str]) -> pd.DataFrame:
    """Let only declared checks fail an estimate; what fails of any other warns.

    Parameters
    ----------
    checks : DataFrame
        Contract DIAGNOSTICS.
    fails_on : collection of str
        Names of checks that decide; `placebo` stands for every check of a placebo start.

    Returns
    -------
    DataFrame
        The same rows.
    """
    name = checks["check"].mask(checks["placebo"].notna(), "placebo")
    softer = checks["verdict"].eq("fail") & ~name.isin(list(fails_on))
    return checks.assign(verdict=checks["verdict"].mask(softer, "warn"))
