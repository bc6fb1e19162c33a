"""Whether an estimate rests on one cluster."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.diagnostics.rows import check_row
from kuntakokeilu.estimation import Sample, design_of, without_each_cluster

# ASSUME: an estimate that one cluster moves by more than its standard error rests on that cluster
# (the cut-off of DFBETAS in Belsley, Kuh & Welsch 1980, Regression Diagnostics, for few cases).
MAX_CHANGE = 1.0


def left_out_in_turn(units: pd.DataFrame, sample: Sample, lead: pd.Series) -> list[dict[str, Any]]:
    """Leave out one cluster at a time, and say how far the estimate moves.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    sample : Sample
        Of a main estimand, or a benchmark, of one effect; of others nothing is said.
    lead : Series
        The leading row of ESTIMATES.

    Returns
    -------
    list of dict
        A row for units that are no municipalities: trial areas, whose effects tell of persons, are
        left out by rows of their own. The value is the largest change in standard errors. It warns
        beyond `MAX_CHANGE`, where the sign turns, and where the effect does not exist without a
        cluster.
    """
    municipal = units["sub_region"].notna().any()
    if municipal or sample.estimand.role not in ("main", "benchmark") or lead["term"] != "att":
        return []
    found = without_each_cluster(sample.frame, design_of(sample))
    if found is None or pd.isna(lead["std_error"]):
        return []
    without, whole = found.iloc[:, 0], float(lead["estimate"])
    alone, known = without.index[without.isna()], without.dropna().sort_values(kind="stable")
    if known.empty:
        return []
    changes = (known - whole).abs() / float(lead["std_error"])
    most, largest = int(changes.to_numpy().argmax()), float(changes.max())
    name, left = known.index[most], known.iloc[most]
    statistic = (
        f"largest change, in standard errors, without one cluster, {name}; the estimate is then "
        f"{left:.4g}, and it lies between {known.iloc[0]:.4g} (without {known.index[0]}) and "
        f"{known.iloc[-1]:.4g} (without {known.index[-1]}); with all {whole:.4g}"
    )
    if len(alone):
        statistic += f"; it does not exist without {alone[0]}"
    bad = len(alone) > 0 or (known * whole < 0).any() or largest > MAX_CHANGE
    verdict = "warn" if bad else "pass"
    return [check_row("one_cluster_left_out", statistic, largest, MAX_CHANGE, verdict)]
