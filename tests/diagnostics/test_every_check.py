"""Every check there is fires on data made to break it, and is silent on data that are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.diagnostics import recording
from kuntakokeilu.estimation import estimate
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import Balance, Comparison

from ..estimation.build import panel, spec, tables
from ..estimation.followed import STOCKS, asked, collapsed, followed
from .test_recording import COLUMNS, estimated
from .test_recording import estimands as statuses
from .test_violations import with_shocks

START, TRIAL, CONTROL = 2004, 12, 16
PLAIN = [START] * TRIAL + [None] * CONTROL
SIZES = {f"u{i:02}": float(10 + i) for i in range(TRIAL + CONTROL)}
Made = tuple[tuple, list]


def made(
    change: Callable[[pd.DataFrame], pd.Series | float] = lambda rows: 0.0,
    *others,
    starts=tuple(PLAIN),
    keep: Callable[[pd.DataFrame], pd.Series] | None = None,
    per_cluster: int = 1,
    seed: int = 6,
    columns: dict | None = None,
    **how,
) -> Made:
    """Tables whose outcome is moved, of which some rows are kept, and the estimands."""
    rows, first, clusters = panel(list(starts), seed=seed, per_cluster=per_cluster)
    rows["y"] = rows["y"] + change(rows)
    rows = rows if keep is None else rows[keep(rows)].reset_index(drop=True)
    main = spec(**how)
    return tables(rows, first, clusters, **(columns or {})), [main, *others]


def trial(rows):
    return rows["unit"] < f"u{TRIAL:02}"


def after(rows):
    return rows["period"] >= START


def drift(size):
    return made(lambda rows: size * trial(rows) * (rows["period"] - 2000))


def effect(size, slope):
    """A panel of little noise with an effect, and a drift before and after the start."""
    return made(
        lambda rows: size * trial(rows) * after(rows) + slope * trial(rows) * rows["period"]
    )


def one_unit_alone(size):
    """Without its first unit the effect is zero."""
    return made(lambda rows: size * (rows["unit"] == "u00") * after(rows))


def opposite_cohorts(late):
    """Early starters, late ones and hardly a control: the later are compared with the treated."""
    return made(starts=[2002] * 10 + [late] * 10 + [None] * 5)


def one_area_alone(alone):
    """Effects of group and period; in one group there is a trial area and no control."""
    groups = {f"u{i:02}": "g0" for i in range(TRIAL + CONTROL)}
    groups |= {"u00": "alone"} if alone else {}
    return made(effects_by_period="region", columns={"region": groups})


def sizes(largest):
    frozen = SIZES | {"u00": largest}
    return made(weights="persons_frozen", columns={"weight_frozen": frozen})


def balanced(distance, controls=CONTROL, method="entropy"):
    """Arms whose covariate differs; entropy weights mend a little of it, matching what it finds."""
    rng = np.random.default_rng(3)
    x = {u: rng.normal() + distance * (u < f"u{TRIAL:02}") for u in SIZES}
    x |= {f"u{TRIAL + i:02}": x["u00"] for i in range(CONTROL - controls)}
    rule = Comparison(balance=Balance(method=method, covariates=["size"]))
    return made(comparison_rule=rule, columns={"x_size": x})


def with_others(name, moved, **how):
    """A second estimand of the same outcome."""
    return made(moved, spec(estimand=f"y.{name}", **how))


def by_weights(flip):
    heavy = {u: 1000.0 if u == "u00" else 1.0 for u in SIZES}
    return made(
        lambda rows: after(rows) * trial(rows) * np.where(rows["unit"] == "u00", flip, 5.0),
        spec(estimand="y.persons", weights="persons_frozen"),
        columns={"weight_frozen": heavy},
    )


def target_and_others(moved):
    (cells, units, counts), _ = made(seed=2)
    shift = moved * (cells["unit"].lt(f"u{TRIAL:02}") & (cells["period"].dt.year >= START))
    others = cells.assign(population="others", mean=cells["mean"] + shift)
    both = pd.concat([cells.assign(population="target"), others], ignore_index=True)
    target = spec(population="target", design="targeted")
    rest = spec(estimand="y.others", population="others", design="spillover", role="robustness")
    return (both, units, counts), [target, rest]


def neighbours(moved):
    near = [f"u{i:02}" for i in range(TRIAL, TRIAL + 4)]
    rule = Comparison(exclude_units=near, exclude_groups=["neighbours"])
    far = {"comparison": "far", "comparison_rule": rule, "role": "robustness"}
    return with_others("far", lambda rows: moved * (rows["unit"].isin(near) & after(rows)), **far)


def ring(moved=0.0, clusters=8):
    """Controls in the sub-regions of trial units that move with them; the rest are elsewhere."""
    near = {f"u{TRIAL + i:02}": f"s{i:02}" for i in range(clusters)}
    sub_regions = {u: f"s{int(u[1:]):02}" for u in SIZES} | near
    return made(
        lambda rows: moved * (rows["unit"].isin(near) & after(rows)),
        columns={"sub_region": sub_regions},
    )


def stocks():
    return collapsed(followed(STOCKS, (0, 1, 2, 3, 4, 5, 6), n_units=24)), [
        asked(1, 6, design="targeted")
    ]


def gone(rows, units, side):
    return ~(rows["unit"].isin(units) & side)


def few_and_unlike():
    """Three trial areas of unlike effects: Student's t with few degrees of freedom sees nothing."""
    effects = {"u00": 1.0, "u01": 4.0, "u02": 9.0}
    return made(
        lambda rows: after(rows) * rows["unit"].map(effects).fillna(0.0),
        starts=[START] * 3 + [None] * 40,
    )


def placebo(moved):
    other = spec(
        estimand="y.placebo", role="placebo", start="2002", first_period="2000", last_period="2003"
    )
    return made(lambda rows: moved * (trial(rows) & (rows["period"] >= 2002)), other)


def growing(growth):
    """Effects that grow, of two starts: the first are controls of the second in two-way effects."""
    starts = [2002] * 9 + [2006] * 9 + [None] * 6

    def effect(rows):
        first = np.repeat([2002, 2006, 9999], [9, 9, 6])[rows["unit"].str[1:].astype(int)]
        return growth * np.clip(rows["period"] - first + 1, 0, None)

    return made(effect, starts=starts, estimator="imputation_average")


few = [START] * 4 + [None] * CONTROL
heavy, even = SIZES | {"u00": 500.0}, dict.fromkeys(SIZES, 1.0)
# of each check: where it fires, where it is silent
CASES: dict[str, tuple[Callable[[], Made], Callable[[], Made]]] = {
    "few_clusters": (lambda: made(starts=few), made),
    "largest_cluster_share": (
        lambda: made(weights="persons_frozen", columns={"weight_frozen": heavy}),
        lambda: made(weights="persons_frozen", columns={"weight_frozen": even}),
    ),
    "cells_left_out": (
        lambda: made(keep=lambda rows: (rows.index % 5 > 0) | rows["period"].isin([2000, 2007])),
        lambda: made(keep=lambda rows: rows.index != 3),
    ),
    "missing_differs": (
        lambda: made(keep=lambda rows: ~(trial(rows) & (rows["period"] == 2005))),
        lambda: made(keep=lambda rows: rows["period"] != 2005),
    ),
    "pre_trend": (lambda: drift(2.0), made),
    "pre_trend_clustered": (lambda: drift(2.0), made),
    "pre_trend_slope": (lambda: drift(2.0), made),
    "breakdown_slope": (lambda: effect(0.0, 1.0), lambda: effect(60.0, 0.0)),
    "pre_trend_untested": (stocks, made),
    "anticipation": (lambda: made(lambda rows: 5.0 * trial(rows) * (rows["period"] == 2003)), made),
    "weights_agree_in_sign": (lambda: by_weights(-50.0), lambda: by_weights(5.0)),
    "comparable": (lambda: made(lambda rows: 8.0 * trial(rows)), made),
    "overlap": (lambda: sizes(5000.0), lambda: made(columns={"weight_frozen": even})),
    "level_differs": (lambda: made(lambda rows: 8.0 * trial(rows)), made),
    "area_shocks": (
        lambda: (with_shocks(1.0), [spec()]),
        lambda: (with_shocks(0.0), [spec()]),
    ),
    "staggered_starts": (lambda: made(starts=[2003] * 6 + [2005] * 6 + [None] * CONTROL), made),
    "negative_weights": (
        lambda: opposite_cohorts(2007),
        lambda: made(starts=[2005] * 6 + [2006] * 6 + [None] * 40),
    ),
    "already_treated_controls": (
        lambda: made(starts=[2002] * 12 + [2005] * 12 + [None] * 4),
        lambda: made(starts=[2005] * 6 + [2006] * 6 + [None] * 40),
    ),
    "mixed_periods": (
        lambda: made(starts=[2002] * 9 + [2006] * 9 + [None] * 4, estimator="event_study"),
        lambda: made(starts=[2005] * 6 + [None] * 40, estimator="event_study"),
    ),
    "two_way_beside": (
        lambda: growing(3.0),
        lambda: growing(0.0),
    ),
    "inference_agrees": (few_and_unlike, made),
    "one_cluster_left_out": (lambda: one_unit_alone(40.0), lambda: effect(1.0, 0.0)),
    "balance": (lambda: balanced(1.0, method="matching"), lambda: balanced(0.2)),
    "effective_controls": (lambda: balanced(1.2), lambda: balanced(0.1)),
    "units_left_out": (lambda: made(starts=[2000] * 2 + PLAIN[2:], first_period="2000"), made),
    "areas_left_out": (lambda: one_area_alone(True), lambda: one_area_alone(False)),
    "one_sided_units": (
        lambda: made(keep=lambda rows: gone(rows, ["u20"], after(rows)), estimator="two_by_two"),
        lambda: made(estimator="two_by_two"),
    ),
    "placebo": (lambda: placebo(6.0), lambda: placebo(0.0)),
    "non_eligible_moves": (lambda: target_and_others(4.0), lambda: target_and_others(0.0)),
    "ring_moves": (lambda: ring(5.0), ring),
    "ring_left_out": (lambda: ring(5.0), ring),
    "ring_untested": (lambda: ring(clusters=1), ring),
    "neighbours_differ": (lambda: neighbours(5.0), lambda: neighbours(0.0)),
}
ACROSS = {"recording": ((-3.0, 3.0), (0.0, 0.0))}  # of several outcomes
# made with the false starts, and with all outcomes, and tried there
BESIDE = {"false_starts", "negative_control", "negative_control_untested"}
BESIDE |= {"composition", "composition_untested"}  # of persons who enter, and tried there
BESIDE |= {"movers", "false_starts_aside"}  # of all outcomes, of false starts, and tried there


def test_every_check_that_readers_can_meet_is_tried(config):
    keys = read_csv(config / "labels" / "checks.csv")["key"].str.split(".")
    names = {key[1] for key in keys if key[0] == "check"}
    assert names == {*CASES, *ACROSS, *BESIDE}


@pytest.mark.parametrize("name", CASES)
def test_fires_where_it_should_and_only_there(name, checks):
    firing, silent = CASES[name]
    verdicts = []
    for case in (firing, silent):
        built, estimands = case()
        found = checks(*built, estimands).loc["y.main"]
        assert set(found.index) <= {*CASES}, "a check that is not tried here"
        verdicts.append(found["verdict"].get(name, "pass"))
    assert verdicts[0] in ("warn", "fail")
    assert verdicts[1] == "pass"


@pytest.mark.parametrize("name", ACROSS)
def test_fires_across_outcomes(name):
    verdicts = [
        set(recording(*estimated(*moves), statuses(), COLUMNS)["verdict"]) for moves in ACROSS[name]
    ]
    assert verdicts == [{"warn"}, {"pass"}]


@pytest.mark.parametrize("name", ["cells_left_out", "missing_differs"])
def test_what_is_missing_can_decide_an_estimate(name, checks):
    half = {
        "cells_left_out": lambda rows: rows["period"].isin([2000, 2003, 2007]),
        "missing_differs": lambda rows: ~(trial(rows) & rows["period"].isin([2004, 2005, 2006])),
    }[name]
    complete, estimands = made()
    built, _ = made(keep=half)
    blanks = complete[0].merge(built[0][["unit", "period"]], how="left", indicator=True)
    gone = blanks["_merge"].eq("left_only").to_numpy()
    cells = complete[0].assign(mean=complete[0]["mean"].mask(gone))
    found = checks(cells, *complete[1:], estimands).loc[("y.main", name)]
    assert found["verdict"] == "fail"


def test_negative_weights_fail_an_estimate(checks):
    built, estimands = opposite_cohorts(2007)
    row = checks(*built, estimands).loc[("y.main", "negative_weights")]
    assert row["verdict"] == "fail"
    assert row["value"] > row["threshold"] > 0


def test_the_cluster_that_moves_an_estimate_most_is_named_with_what_is_left(checks):
    built, estimands = one_unit_alone(40.0)
    row = checks(*built, estimands).loc[("y.main", "one_cluster_left_out")]
    cells, units, counts = built
    rule = Comparison(exclude_units=["u00"])
    without = estimands[0].model_copy(update={"comparison_rule": rule})
    left = estimate(cells, units, counts, [without])[0].iloc[0]["estimate"]
    assert f"without one cluster, c00; the estimate is then {left:.4g}" in row["statistic"]
    assert row["value"] > 1


def test_municipalities_are_left_out_by_rows_of_their_own(checks):
    regions = {f"u{i:02}": f"{i:03}" for i in range(TRIAL + CONTROL)}
    built, estimands = made(columns={"sub_region": regions})
    assert "one_cluster_left_out" not in checks(*built, estimands).loc["y.main"].index


def test_areas_without_weight_are_named_and_not_counted(checks):
    built, estimands = one_area_alone(True)
    row = checks(*built, estimands).loc[("y.main", "areas_left_out")]
    assert "(c00)" in row["statistic"]
    counts = estimate(*built, estimands)[0].iloc[0]
    assert (counts["n_trial"], counts["n_trial_clusters"]) == (TRIAL - 1, TRIAL - 1)
    assert counts["degrees_of_freedom"] == TRIAL - 1 + CONTROL - 1
