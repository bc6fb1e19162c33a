"""The rows of ESTIMATES that every kind of inference by area gives."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kuntakokeilu.contracts import ESTIMATES, INFERENCES, conform
from kuntakokeilu.estimation import (
    DESIGNS,
    draw_sample,
    estimate,
    estimate_one,
    few_clusters,
    small_sample_table,
    wild_bootstrap,
)
from kuntakokeilu.estimation.bootstrap import WildBootstrap
from kuntakokeilu.estimation.by_assignment import BY_ASSIGNMENT
from kuntakokeilu.estimation.few_clusters import DRAWS

from .build import panel, spec, tables

COMMON = (2004,) * 6 + (None,) * 10
WINDOWS = {
    "early": {"first": "2004", "last": "2005"},
    "late": {"first": "2006", "last": "2007"},
}
EACH = ["cr2_area", "cr2_exact_area", "cr3_area", "wild_bootstrap_area"]


def made(starts=COMMON, per_cluster=2, effect=1.0):
    rows, first, clusters = panel(
        starts, per_cluster=per_cluster, missing=0.2, effect=effect, seed=4
    )
    return tables(rows, first, clusters)


def one(data, estimand):
    return conform(estimate_one(*data, estimand)[0], ESTIMATES)


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
@pytest.mark.parametrize("estimator", ["two_by_two", "two_way_fixed_effects", "window_effects"])
def test_rows_hold_what_the_functions_find(estimator, weights):
    data, estimand = made(), spec(estimator, windows=WINDOWS, weights=weights, seed=8)
    rows = one(data, estimand)
    frame = draw_sample(*data[:2], estimand).frame
    design = DESIGNS[estimator](frame, estimand)
    table = small_sample_table(frame, design, frame["cluster"])
    for term in design.terms:
        mine = rows[rows["window"].eq(term.window) if term.window else rows["term"].eq("att")]
        mine = mine.set_index("inference")
        assert mine["estimate"].nunique() == 1
        for kind in ("cr2", "cr3"):
            row, expected = mine.loc[f"{kind}_area"], table.loc[term.column]
            degrees = expected[f"{kind}_degrees_of_freedom"]
            t, error = stats.t(degrees), expected[f"{kind}_std_error"]
            assert row["std_error"] == pytest.approx(error, rel=1e-12)
            assert row["degrees_of_freedom"] == pytest.approx(degrees, rel=1e-12)
            assert row["ci_high"] - row["estimate"] == pytest.approx(t.ppf(0.975) * error, rel=1e-9)
            assert row["p_value"] == pytest.approx(2 * t.sf(abs(row["estimate"]) / error), rel=1e-6)
            detectable = row["minimum_detectable_effect"] / error
            power = stats.nct(degrees, detectable).sf(t.ppf(0.975))
            assert power == pytest.approx(0.8, abs=1e-8)
        drawn = wild_bootstrap(
            frame, design, frame["cluster"], term.column, draws=DRAWS, seed=estimand.seed
        )
        row = mine.loc["wild_bootstrap_area"]
        assert row["p_value"] == drawn.p_value
        ends = [end if np.isfinite(end) else np.nan for end in (drawn.ci_low, drawn.ci_high)]
        np.testing.assert_array_equal(row[["ci_low", "ci_high"]].to_numpy(float), ends)
        nothing = ["std_error", "degrees_of_freedom", "minimum_detectable_effect"]
        assert row[nothing].isna().all()


def test_kinds_of_each_term():
    kinds = {
        name: list(one(made(), spec(name, windows=WINDOWS)).groupby("inference", sort=False).size())
        for name in ("two_way_fixed_effects", "event_study", "window_effects")
    }
    assert kinds == {
        "two_way_fixed_effects": [1] * (8 + len(BY_ASSIGNMENT)),
        "event_study": [7] * 5,
        "window_effects": [2] * 7,
    }
    rows = one(made(), spec())
    permuted = ["permutation_area", "permutation_municipality"]
    assert list(rows["inference"]) == [
        "cluster_area",
        "cluster_municipality",
        *EACH,
        *permuted,
        *BY_ASSIGNMENT,
    ]
    first = ["cluster_area", "cluster_municipality"]
    assert list(rows["inference"]) == [*first, *EACH, *permuted, *BY_ASSIGNMENT]
    others = {"simultaneous_area", "two_sample", "iid", "hc1"}
    assert set(rows["inference"]) | others == set(INFERENCES)
    by_area = rows[~rows["inference"].str.endswith("municipality")]
    assert (by_area[["n_trial_clusters", "n_control_clusters"]] == [3, 5]).all(axis=None)


@pytest.mark.parametrize("estimator", ["event_study", "window_effects"])
def test_the_band_is_wider_than_each_interval_by_one_factor(estimator):
    rows = one(made(), spec(estimator, windows=WINDOWS))
    lead, band = (
        rows[mine].reset_index(drop=True)
        for mine in (rows["leading"], rows["inference"] == "simultaneous_area")
    )
    shared = ["term", "event_time", "window", "estimate", "std_error"]
    pd.testing.assert_frame_equal(lead[shared], band[shared])
    fewest = lead["degrees_of_freedom"].min()
    assert (band["degrees_of_freedom"] == fewest).all()
    factor = (band["ci_high"] - band["estimate"]) / band["std_error"]
    assert factor.min() == pytest.approx(factor.max(), rel=1e-9)
    bonferroni = stats.t(fewest).ppf(1 - 0.025 / len(lead))
    assert stats.t(fewest).ppf(0.975) < factor.iloc[0] < bonferroni
    assert (band["ci_high"] >= lead["ci_high"]).all()
    assert band["minimum_detectable_effect"].isna().all()


@pytest.mark.parametrize("estimator", ["two_way_fixed_effects", "window_effects", "event_study"])
def test_an_arm_of_one_cluster_has_no_numbers_by_area(estimator):
    data = made((2004,) * 2 + (None,) * 8)
    rows = one(data, spec(estimator, windows=WINDOWS)).set_index("inference")
    by_area = rows.loc[[kind for kind in rows.index.unique() if kind in (*EACH, "cluster_area")]]
    assert by_area["estimate"].notna().all()
    assert by_area[["std_error", "ci_low", "ci_high", "p_value"]].isna().all(axis=None)
    if "simultaneous_area" in rows.index:
        assert rows.loc["simultaneous_area", ["ci_low", "p_value"]].isna().all(axis=None)
    assert np.all(pd.notna(rows.loc["cluster_municipality", "std_error"]))


@pytest.mark.parametrize("per_cluster", [1, 2])
def test_an_event_time_of_one_cluster_alone_has_no_error_of_any_kind(per_cluster):
    """Only the cluster that starts last has an event time of -7; its two units have errors."""
    starts = [2003] * 5 + [2007] + [None] * 10
    starts = starts if per_cluster == 1 else [each for each in starts for _ in range(2)]
    rows, first, clusters = panel(starts, per_cluster=per_cluster, seed=4)
    found = one(tables(rows, first, clusters), spec("event_study"))
    numbers = found.set_index(["event_time", "inference"])[["std_error", "ci_low", "p_value"]]
    alone = numbers.loc[-7]
    units = alone.loc[["cluster_municipality"]].notna().to_numpy()
    assert units.all() if per_cluster == 2 else not units.any()
    assert alone.drop(index="cluster_municipality").isna().all(axis=None)
    assert numbers.loc[-2].drop(index="simultaneous_area").notna().all(axis=None)


def test_an_interval_that_the_bootstrap_leaves_open_has_no_end(monkeypatch):
    open_below = WildBootstrap(1.0, 2.0, 0.25, -np.inf, 3.0, 4, 99)
    monkeypatch.setattr(few_clusters, "wild_test", lambda *_: open_below)
    row = one(made(), spec()).set_index("inference").loc["wild_bootstrap_area"]
    assert (row["p_value"], row["ci_high"]) == (0.25, 3.0)
    assert pd.isna(row["ci_low"])


def test_outcomes_share_the_draws():
    cells, units, counts = made()
    twice = cells.assign(mean=2 * cells["mean"])
    rows = [estimate(c, units, counts, [spec()])[0] for c in (cells, twice)]
    p_values = [r.set_index("inference").loc["wild_bootstrap_area", "p_value"] for r in rows]
    assert p_values[0] == p_values[1]
