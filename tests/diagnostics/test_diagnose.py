"""Each check gives the verdict that its description promises."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kuntakokeilu.contracts import DIAGNOSTICS, conform
from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.diagnostics.inference_agrees import inference_agrees
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
        "missing_differs",
        "units_left_out",
        "areas_left_out",
        "ring_moves",
        "ring_left_out",
        "overlap",
        "breakdown_slope",
        "placebo_2019",
        "anticipation",
        "level_differs",
        "area_shocks",
        "weights_agree_in_sign",
        "comparable",
    }
    free = ["breakdown_slope", "overlap"]  # of what nothing in the simulation decides
    assert set(main.drop(index=free)["verdict"]) == {"pass"}
    assert list(found.loc["employment_rate.placebo_2019"].index) == [
        "few_clusters",
        "largest_cluster_share",
        "cells_left_out",
        "missing_differs",
        "units_left_out",
        "areas_left_out",
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


OTHERS = ["cr3_area", "wild_bootstrap_area", "permutation_area"]
ASSIGNED = ["permutation_t_area", "assignment_size_bands", "conley_taber", "ferman_pinto",
            "two_way_cluster"]  # fmt: skip


@pytest.mark.parametrize("kind", ASSIGNED)
def test_any_kind_over_areas_that_decides_otherwise_is_named(kind):
    rows, _ = estimate(*tables(*panel([2004] * 6 + [None] * 12, effect=3.0)), [spec()])
    own = rows["inference"].isin(["cluster_area", kind])
    rows = rows.assign(leading=rows["inference"].eq("cluster_area"))
    decided = rows.loc[rows["leading"], "p_value"].iloc[0] < 0.05
    found = rows[own].assign(p_value=0.01)
    (agreed,) = inference_agrees(found, spec())
    differs = found.assign(p_value=found["p_value"].where(found["leading"], 0.06))
    (warned,) = inference_agrees(differs, spec())
    assert decided and (agreed["verdict"], warned["verdict"]) == ("pass", "warn")
    assert warned["statistic"].endswith(f"of 1 other p-value on the other side of 0.05: {kind}")


@pytest.mark.parametrize(
    ("lead_p", "p_values", "wider", "value", "verdict"),
    [
        (0.2, [0.2, 0.2, None], [1.0, 1.1, None], 1.1, "pass"),
        (0.2, [0.3, 0.2, None], [1.3, 1.1, None], 1.3, "warn"),  # none significant, one unsure
        (0.04, [0.06, 0.04, None], [1.0, 1.0, None], 1.0, "warn"),
        (0.06, [0.07, 0.04, None], [0.9, 0.9, None], 0.9, "warn"),
        (0.2, [None, None, 0.2], [None, None, None], 1.0, "pass"),  # the p-value of the same error
        (0.2, [None, None, 0.5], [None, None, None], None, "warn"),
        (0.2, [None, None, None], [None, None, None], None, None),
        (None, [0.2, 0.2, 0.2], [1.0, 1.0, None], None, None),
    ],
)
def test_kinds_of_inference_that_are_less_sure_or_decide_otherwise_warn(
    lead_p, p_values, wider, value, verdict
):
    tabled = tables(*panel([2004] * 4 + [None] * 8))
    estimands = [spec(), spec("event_study", estimand="y.series")]
    found, influences = estimate(*tabled, estimands)
    att = found["term"].eq("att")
    t = stats.t(10)
    error = 2.0 / t.isf((lead_p or 0.5) / 2)  # of an estimate of two
    half = t.ppf(0.975) * error
    numbers = {"estimate": 2.0, "std_error": error, "degrees_of_freedom": 10.0, "p_value": lead_p}
    ends = {"ci_low": 2.0 - half, "ci_high": 2.0 + half}
    lead = numbers | (ends if lead_p else dict.fromkeys(ends))
    for name, number in lead.items():
        found.loc[att & found["leading"], name] = number
    for kind, p_value, times in zip(OTHERS, p_values, wider, strict=True):
        mine = att & found["inference"].eq(kind)
        found.loc[mine, "p_value"] = p_value
        found.loc[mine, "ci_low"] = None if times is None else 2.0 - times * half
        found.loc[mine, "ci_high"] = None if times is None else 2.0 + times * half
    twice = att & found["inference"].str.startswith("cr2") & ~found["leading"]
    for name, number in lead.items():  # the other distribution of CR2 says the same here
        found.loc[twice, name] = number
    more = att & found["inference"].isin([*ASSIGNED, "assignment_applicants"])
    found.loc[more, "p_value"] = lead_p  # whose decision counts, and no width
    rest = (
        ~found["inference"].isin([*OTHERS, *ASSIGNED, "assignment_applicants"])
        & ~found["leading"]
        & ~twice
    )
    found.loc[rest, "p_value"] = 0.001  # of clusters that are units
    rows = diagnose(*tabled, found, influences, estimands)
    rows = rows[rows["check"] == "inference_agrees"].set_index("estimand")
    if verdict is None:
        assert rows.empty
        return
    assert list(rows.index) == ["y.main"]
    row = rows.loc["y.main"]
    assert (row["threshold"], row["verdict"]) == (1.25, verdict)
    if value is not None:
        assert row["value"] == pytest.approx(value, abs=1e-9)
    for kind, p_value in zip(OTHERS, p_values, strict=True):
        differs = p_value is not None and (p_value < 0.05) != (lead_p < 0.05)
        assert (kind in row["statistic"].rpartition(":")[2]) == differs


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
