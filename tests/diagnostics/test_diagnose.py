"""Each check gives the verdict that its description promises."""

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import DIAGNOSTICS, conform
from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.estimation import estimate

from ..estimation.build import panel, spec, tables


def test_drift_and_distance_reach_the_table(simulate, checks):
    found = checks(*simulate(1, selection_trend=3.0, selection_level=20.0), [simulate.estimand()])
    verdicts = found.loc["employment_rate.main", "verdict"]
    assert verdicts["pre_trend"] == "fail"
    assert verdicts["pre_trend_clustered"] == "warn"
    assert verdicts["pre_trend_slope"] == "warn"
    assert verdicts["comparable"] == "warn"
    conform(found.reset_index(), DIAGNOSTICS)


def test_a_good_design_passes_every_check(simulate, checks):
    names = ["main", "area_weights", "persons_frozen_weights", "placebo_2019"]
    estimands = [simulate.estimand(n) for n in names[:3]]
    estimands.append(simulate.estimand("placebo_2019", last_period="2021-02"))
    found = checks(*simulate(4, effect=3.0), estimands)
    main = found.loc["employment_rate.main"]
    assert set(main.index) == {
        "few_clusters",
        "largest_cluster_share",
        "cells_left_out",
        "inference_agrees",
        "pre_trend",
        "pre_trend_clustered",
        "pre_trend_slope",
        "undetected_drift",
        "placebo_2019",
        "anticipation",
        "level_differs",
        "area_shocks",
        "weights_agree_in_sign",
        "comparable",
    }
    assert set(main.drop(index="undetected_drift")["verdict"]) == {"pass"}
    drift = main.loc["undetected_drift"]
    assert drift["verdict"] == ("warn" if drift["value"] > drift["threshold"] else "pass")
    assert drift["threshold"] > 0
    assert list(found.loc["employment_rate.placebo_2019"].index) == [
        "few_clusters",
        "largest_cluster_share",
        "cells_left_out",
        "inference_agrees",
    ]


def test_placebo_fails_when_an_effect_is_planted_at_its_start(simulate, checks):
    cells, units, counts = simulate(3)
    estimands = [simulate.estimand(), simulate.estimand("placebo_2019", last_period="2021-02")]
    trial = cells["unit"].isin(units.loc[units["arm"] == "trial", "unit"])
    planted = cells.assign(mean=cells["mean"] + 2.0 * (trial & (cells["period"] >= "2019-03")))
    key = ("employment_rate.main", "placebo_2019")
    assert checks(cells, units, counts, estimands).loc[key, "verdict"] == "pass"
    assert checks(planted, units, counts, estimands).loc[key, "verdict"] == "fail"
    other = [estimands[0], estimands[1].model_copy(update={"weights": "area"})]
    assert key not in checks(planted, units, counts, other).index  # another specification's


@pytest.mark.parametrize(
    ("trial", "control", "verdict"),
    [(10, 10, "pass"), (9, 12, "warn"), (12, 5, "warn"), (12, 4, "fail"), (2, 12, "fail")],
)
def test_few_clusters(checks, trial, control, verdict):
    found = checks(*tables(*panel([2004] * trial + [None] * control)), [spec()])
    row = found.loc[("y.main", "few_clusters")]
    assert (row["value"], row["verdict"]) == (min(trial, control), verdict)


def test_one_cluster_fails_and_no_test_pretends_otherwise(checks):
    rows, first, clusters = panel([2004] * 4 + [None] * 12)
    single = {unit: "one" if unit in first else name for unit, name in clusters.items()}
    found = checks(*tables(rows, first, single), [spec()]).loc["y.main"]
    assert found.loc["few_clusters", "verdict"] == "fail"
    assert "pre_trend_clustered" not in found.index
    assert "pre_trend_slope" not in found.index


KINDS = ["cluster_area", "cr2_area", "cr3_area", "wild_bootstrap_area", "permutation_area"]


@pytest.mark.parametrize(
    ("p_values", "value", "verdict"),
    [
        ([0.01, 0.02, 0.03, 0.04, 0.049], 0.049, "pass"),
        ([0.01, 0.02, 0.06, 0.04, 0.03], 0.06, "warn"),
        ([0.2, 0.3, 0.4, 0.05, 0.1], 0.4, "pass"),
        ([0.06, 0.04, 0.3, 0.2, 0.1], 0.3, "warn"),
        ([0.06, None, None, 0.04, None], 0.04, "warn"),
        ([0.06, None, None, None, None], None, None),
        ([None, 0.01, 0.01, 0.01, 0.01], None, None),
    ],
)
def test_kinds_of_inference_that_decide_otherwise_warn(p_values, value, verdict):
    tabled = tables(*panel([2004] * 4 + [None] * 8))
    estimates, influences = estimate(*tabled, [spec(), spec("event_study", estimand="y.series")])
    for kind, p_value in zip(KINDS, p_values, strict=True):
        mine = estimates["inference"].eq(kind) & estimates["term"].eq("att")
        estimates.loc[mine, "p_value"] = p_value
    estimates.loc[estimates["inference"] == "cluster_municipality", "p_value"] = 0.5
    estimates.loc[estimates["inference"] == "permutation_municipality", "p_value"] = 0.001
    found = diagnose(
        *tabled, estimates, influences, [spec(), spec("event_study", estimand="y.series")]
    )
    found = found[found["check"] == "inference_agrees"].set_index("estimand")
    if verdict is None:
        assert found.empty
        return
    assert list(found.index) == ["y.main"]
    row = found.loc["y.main"]
    assert (row["value"], row["threshold"], row["verdict"]) == (value, 0.05, verdict)
    for kind, p_value in zip(KINDS[1:], p_values[1:], strict=True):
        differs = p_value is not None and (p_value < 0.05) != (p_values[0] < 0.05)
        assert (kind in row["statistic"]) == differs


def test_largest_cluster(checks):
    rows, first, clusters = panel([2004] * 5 + [None] * 5)
    rows["weight"] = rows["unit"].map({"u00": 3.0}).fillna(1.0)
    estimands = [spec(), spec(estimand="y.persons", weights="persons_current")]
    found = checks(*tables(rows, first, clusters), estimands)
    equal, persons = (found.loc[(e.estimand, "largest_cluster_share")] for e in estimands)
    assert (equal["value"], equal["verdict"]) == (pytest.approx(1 / 5), "pass")
    assert (persons["value"], persons["verdict"]) == (pytest.approx(3 / 7), "warn")
    three = checks(*tables(*panel([2004] * 3 + [None] * 5)), [spec()])
    assert three.loc[("y.main", "largest_cluster_share"), "verdict"] == "warn"


def test_opposite_signs_under_two_weights_warn(checks):
    rows, first, clusters = panel([2004] * 6 + [None] * 6, seed=1)
    big = rows["unit"] == "u00"
    rows["weight"] = np.where(big, 100.0, 1.0)
    treated = rows["unit"].isin(first) & (rows["period"] >= 2004)
    rows["y"] += treated * np.where(big, -20.0, 10.0)
    estimands = [
        spec(),
        spec(estimand="y.persons", weights="persons_current"),
        spec(estimand="y.late", weights="area", first_period="2002"),  # another window: not asked
    ]
    tabled = tables(rows, first, clusters)
    row = checks(*tabled, estimands).loc[("y.main", "weights_agree_in_sign")]
    estimates, _ = estimate(*tabled, estimands[:2])
    values = estimates.drop_duplicates("estimand")["estimate"]
    assert row["verdict"] == "warn"
    assert row["value"] == pytest.approx(values.max() - values.min(), abs=1e-12)
    rows["y"] += treated * 40.0
    row = checks(*tables(rows, first, clusters), estimands).loc[("y.main", "weights_agree_in_sign")]
    assert row["verdict"] == "pass"


def test_estimands_without_an_answer_are_not_checked(checks):
    tabled = tables(*panel([2004] * 4 + [None] * 4))
    found = checks(*tabled, [spec(first_period="2005"), spec(estimand="y.fine", role="robustness")])
    assert set(found.index.get_level_values("estimand")) == {"y.fine"}
    empty = checks(*tabled, [spec(first_period="2005")])
    assert conform(empty.reset_index(), DIAGNOSTICS).empty
    assert isinstance(empty, pd.DataFrame)
