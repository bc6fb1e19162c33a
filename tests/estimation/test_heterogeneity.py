"""Effects by stratum: against regressions, by hand, and in worlds with and without differences."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import HETEROGENEITY, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import draw_sample, heterogeneity
from kuntakokeilu.estimation.heterogeneity import (
    Sums,
    cluster_sums,
    honest_trees,
    omnibus_p_value,
    stratum_effects,
)

from .followed import STOCKS, asked, collapsed, followed
from .plain import least_squares

trees = sys.modules["kuntakokeilu.estimation.heterogeneity"]  # its name is the function's too
STRATA = [f"{age}|{sex}" for age in ("20s", "30s", "40s", "50s") for sex in ("f", "m")]
YOUNG = np.array([name.startswith("20s") for name in STRATA])


def world(rng, effect, n_trial=25, n_control=35):
    """Sums of clusters: trial areas larger, shocks of clusters, of cells, and noise of persons."""
    trial = np.arange(n_trial + n_control) < n_trial
    persons = np.exp(np.where(trial, 5.5, 4.0) + rng.normal(size=len(trial)))
    persons = persons[:, None] * rng.dirichlet(np.full(8, 8.0), len(trial))
    moved = rng.normal(0, 0.05, len(trial))[:, None] + rng.normal(0, 0.03, persons.shape)
    moved += rng.normal(0, 0.4, persons.shape) / np.sqrt(persons)
    moved += rng.normal(0, 0.2, 8) + trial[:, None] * effect  # strata move without the trial too
    return Sums(persons, persons * moved, trial, STRATA)


@pytest.fixture(scope="module")
def people():
    return followed(STOCKS, (0, 1, 2), seed=7, n_units=48, effect=0.5, attrition=0)


@pytest.mark.parametrize("weights", ["municipality", "persons_frozen"])
def test_a_stratums_effect_is_its_own_difference_in_differences(people, weights):
    cells, units, _ = collapsed(people)
    estimand = asked(1, 2, weights=weights)
    table = conform(heterogeneity(cells, units, estimand, "by_age"), HETEROGENEITY)
    frame = draw_sample(cells, units, estimand.model_copy(update={"strata": "by_age"})).frame
    for stratum in ("old", "young"):
        mine = frame[frame["stratum"].eq(stratum)]
        mine = mine[mine.groupby("unit")["period"].transform("nunique") == 2]
        ols = least_squares(
            mine["treated"], mine["unit"], mine["period"], mine["y"], mine["w"], mine["cluster"]
        )
        row = table[table["method"].eq("stratum") & table["stratum"].eq(stratum)].iloc[0]
        assert row["estimate"] == pytest.approx(ols.coefficients[0], abs=1e-9)
        # the same sandwich but for (N-1)/(N-K); some areas have none of the old
        assert row["degrees_of_freedom"] == ols.clusters - 1
        n, k = len(mine), ols.n_params
        factor = np.sqrt((n - k) / (n - 1))
        assert row["std_error"] == pytest.approx(np.sqrt(ols.covariance[0, 0]) * factor, rel=1e-6)


def test_rows_are_complete(people):
    cells, units, _ = collapsed(people)
    table = heterogeneity(cells, units, asked(1, 2), "by_age")
    assert list(table["method"]) == ["stratum"] * 2 + ["honest_tree"] * 2 + ["omnibus"]
    assert (table["identified"] == "ok").all()
    assert table["share"].iloc[:2].sum() == pytest.approx(1)
    assert table["stratum"].isna().tolist() == [False] * 4 + [True]
    frame = draw_sample(cells, units, asked(1, 2, strata="by_age")).frame
    young = frame[frame["stratum"].eq("young")]
    fewest = young.groupby(["trial", "period"])["n_fewest"].sum().min()
    assert table.loc[table["stratum"].eq("young"), "n_persons_min"].eq(fewest).all()


def test_the_same_seed_gives_the_same_table(people):
    cells, units, _ = collapsed(people)
    one, two = (heterogeneity(cells, units, asked(1, 2), "by_age") for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_a_stratum_of_few_areas_is_not_identified(people):
    for n_areas, expected in ((4, "too_few_strata"), (5, "ok")):
        few = people["trial"] & people["cluster"].isin([f"t{i}" for i in range(4, 4 + n_areas)])
        rare = people[people["stratum"].eq("old") | ~people["trial"] | few]
        cells, units, _ = collapsed(rare)
        table = heterogeneity(cells, units, asked(1, 2), "by_age")
        found = table.set_index(["method", "stratum"])["identified"]
        assert found["stratum"]["young"] == expected
        assert found["stratum"]["old"] == "ok"
        assert table["identified"].iloc[-1] == expected
        conform(table, HETEROGENEITY)


def test_areas_with_starts_of_their_own_are_refused(people):
    cells, units, _ = collapsed(people)
    first = units["unit"].eq("u00")
    earlier = units.assign(first_treated=units["first_treated"].mask(first, pd.Period("2020-06")))
    with pytest.raises(InputError, match="effects by stratum need one common start, found 2"):
        heterogeneity(cells, earlier, asked(1, 2), "by_age")


def test_without_a_period_before_nothing_is_identified(people):
    cells, units, _ = collapsed(people)
    table = heterogeneity(cells, units, asked(1, 2, first_period="2021-01"), "by_age")
    assert not table["identified"].isin(["ok", "too_few_strata"]).any()
    assert table["estimate"].isna().all()
    conform(table, HETEROGENEITY)


def test_sums_by_hand():
    rows = [("t", True, "u", 3.0), ("c", False, "v", 1.0)]
    frame = pd.DataFrame(
        [
            (cluster, trial, unit, stratum, period, w, y)
            for cluster, trial, unit, w in rows
            for stratum, change in (("a", 2.0), ("b", 5.0))
            for period, y in (("2020", 1.0), ("2021", 1.0 + change * (1 + trial)))
        ],
        columns=["cluster", "trial", "unit", "stratum", "period", "w", "y"],
    )
    frame["period"] = pd.PeriodIndex(frame["period"], freq="Y")
    frame["first_treated"] = pd.PeriodIndex(np.where(frame["trial"], "2021", None), freq="Y")
    sums = cluster_sums(frame, pd.Period("2021", "Y"))
    effects, _ = stratum_effects(sums, sums.trial)
    np.testing.assert_allclose(effects, [2, 5])
    np.testing.assert_allclose(sums.moved, [[2, 5], [12, 30]])  # control first, by name


def test_one_effect_in_all_strata_does_not_move_the_test():
    rng = np.random.default_rng(0)
    sums = world(rng, 0.0)
    moved = Sums(
        sums.weight, sums.moved + 7 * sums.weight * sums.trial[:, None], sums.trial, STRATA
    )
    assert omnibus_p_value(moved, 199, 1) == omnibus_p_value(sums, 199, 1)


@pytest.mark.simulate
def test_the_omnibus_rejects_about_five_in_a_hundred_without_differences():
    """300 worlds whose areas are larger than the controls; Monte Carlo error 1.3 points."""
    rng = np.random.default_rng(1)
    rate = np.mean([omnibus_p_value(world(rng, 0.1), 199, 1) <= 0.05 for _ in range(300)])
    assert 0.015 <= rate <= 0.085


def test_a_difference_between_strata_is_found():
    rng = np.random.default_rng(2)
    effect = np.where(YOUNG, 0.25, 0.0)
    worlds = [world(rng, effect) for _ in range(20)]
    assert sum(omnibus_p_value(sums, 199, 1) <= 0.05 for sums in worlds) >= 18
    grown = [honest_trees(sums, seed=1, splits=10) for sums in worlds]
    young = np.mean([[tree[name]["estimate"] for tree in grown] for name in STRATA[:2]])
    others = np.mean([[tree[name]["estimate"] for tree in grown] for name in STRATA[2:]])
    assert young == pytest.approx(0.25, abs=0.05)
    assert others == pytest.approx(0.0, abs=0.03)


def test_trees_are_estimated_on_other_areas_than_they_are_grown_on(monkeypatch):
    sums = world(np.random.default_rng(4), 0.0)
    seen = []
    for name in ("_grow", "_estimate_leaves"):
        whole = getattr(trees, name)

        def watched(part, more, whole=whole):
            seen.append({tuple(row) for row in part.weight})
            return whole(part, more)

        monkeypatch.setattr(trees, name, watched)
    honest_trees(sums, seed=1, splits=2)
    assert len(seen) == 8
    for grown, estimated in zip(seen[::2], seen[1::2], strict=True):
        assert not grown & estimated
        assert len(grown | estimated) == len(sums.trial)


@pytest.mark.simulate
def test_honest_intervals_cover_with_and_without_differences():
    """Medians of ends of wider intervals: at least 95 % of the true effects, less 2 points."""
    rng = np.random.default_rng(3)
    for effect in (np.full(8, 0.1), np.where(YOUNG, 0.25, 0.0)):
        inside = []
        for _ in range(12):
            tree = honest_trees(world(rng, effect), seed=1, splits=10)
            ends = np.array([(tree[name]["ci_low"], tree[name]["ci_high"]) for name in STRATA])
            inside.append((ends[:, 0] <= effect) & (effect <= ends[:, 1]))
        assert np.mean(inside) >= 0.93
