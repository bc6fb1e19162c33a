"""What a design makes of a broken assumption: intervals that miss, and tests that reject."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.estimation import DESIGNS, draw_sample, fit, influence, t_inference

from .violated import Answers, tables

SEEDS = pytest.mark.parametrize(
    "seed",
    [
        pytest.param(int(seed), marks=pytest.mark.xdist_group(f"violations_{seed}"))
        for seed in os.environ.get("KUNTAKOKEILU_SEEDS", "3").split()
    ],
)
QUARTERS = {"estimator": "event_study", "periods_per_bin": 3, "first_period": "2019-03"}


def holds(answers: Answers, name: str) -> bool:
    """Tell whether the interval of an estimand holds its true effect."""
    row = answers.row(name)
    return row["ci_low"] <= answers.true(name) <= row["ci_high"]


def after_alone(answers: Answers, estimand, kind: str, *which) -> bool:
    """Tell whether comparing the arms after the start and nothing else holds the truth."""
    compared = arms_after(estimand, kind, *which)
    return compared["ci_low"] <= answers.true(estimand.estimand) <= compared["ci_high"]


def arms_after(estimand, kind: str, *which) -> dict[str, float]:
    """Compare the arms after the start and nothing else: the difference and its interval."""
    observed, _, units = tables(kind, *which)
    frame = draw_sample(observed, units, estimand).frame
    after = frame[frame["period"] >= frame["first_treated"].dropna().min()]
    gap, error = _difference_of_means(after)
    return {"gap": gap} | t_inference(gap, error, after["cluster"].nunique() - 1)


def _difference_of_means(frame: pd.DataFrame) -> tuple[float, float]:
    means, errors = [], []
    for _, arm in frame.groupby("trial"):
        mean = np.average(arm["y"], weights=arm["w"])
        sums = (arm["w"] * (arm["y"] - mean)).groupby(arm["cluster"]).sum() / arm["w"].sum()
        means.append(mean)
        errors.append(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)))
    return means[1] - means[0], float(np.hypot(*errors))


def share_missed(answers: Answers, name: str) -> float:
    """Return the share of effects from the start on whose interval is without the truth."""
    rows = answers.estimates[answers.estimates["inference"] == "cluster_area"]
    both = rows[rows["estimand"] == name].merge(answers.truth, on=["estimand", "event_time"])
    after = both[both["event_time"] >= 0]
    return 1 - after["truth"].between(after["ci_low"], after["ci_high"]).mean()


def rejections(
    frame: pd.DataFrame, estimand, seed: int, shared: str, clusters: tuple[str, ...], draws=150
) -> list[float]:
    """Count how often no effect is rejected at 5 % under shocks common to units of `shared`.

    One share for each way of clustering.
    """
    frame = _before_and_after(frame)
    design = DESIGNS[estimand.estimator](frame, estimand)
    rng = np.random.default_rng(seed)
    codes, names = pd.factorize(frame[shared])
    late = (frame["period"] == frame["period"].max()).to_numpy()
    found = np.zeros(len(clusters))
    for _ in range(draws):
        # A log shock of 0.3, the change of its mean from before to after.
        shock = np.exp(rng.normal(0, 0.3, len(names)))[codes]
        fitted = fit(frame.assign(y=frame["y"] * np.where(late, shock, 1.0)), design)
        for k, by in enumerate(clusters):
            sums = influence(fitted, frame[by])[0]
            error = float(np.sqrt((sums**2).sum()))
            found[k] += t_inference(float(fitted.params[0]), error, len(sums) - 1)["p_value"] < 0.05
    return list(found / draws)


def _before_and_after(frame: pd.DataFrame) -> pd.DataFrame:
    """Average the months before and after the start of each unit."""
    start = frame["first_treated"].dropna().min()
    ends = frame.assign(period=frame["period"].where(frame["period"] >= start, start - 1))
    ends["period"] = ends["period"].where(ends["period"] < start, start)
    keys = ["unit", "period", "trial", "treated", "cluster"]
    return ends.groupby(keys, as_index=False)[["y", "w"]].mean()
