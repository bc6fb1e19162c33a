"""Controls near the trial: found where they move with it, and never called untouched unasked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.diagnostics.pairs import difference
from kuntakokeilu.diagnostics.ring import (
    placebo_in_ring,
    ring_as_trial,
    spillover_ring,
    without_ring,
)
from kuntakokeilu.diagnostics.rows import FEWEST_PERSONS
from kuntakokeilu.estimation import (
    Sampler,
    difference_of,
    draw_sample,
    estimate,
    leading_effect,
)
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import Comparison, in_ring, left_out

from ..estimation import plain
from ..estimation.build import build_study, panel, spec, tables
from ..estimation.plain import least_squares

TRIAL, RING, OTHERS = 24, 24, 40
STARTS = [2004] * TRIAL + [None] * (RING + OTHERS)
NAMES = [f"u{i:02}" for i in range(len(STARTS))]
NEAR = NAMES[TRIAL : TRIAL + RING]
# of each two units one sub-region; those of the ring are where a trial municipality is
SUB_REGIONS = {
    unit: f"s{(i - TRIAL if TRIAL <= i < TRIAL + RING else i) // 2:02}"
    for i, unit in enumerate(NAMES)
}


def made(moved=0.0, seed=1, **changes):
    """Tables in which the ring moves with the trial by so much."""
    rows, first, clusters = panel(STARTS, seed=seed, per_cluster=2, **changes)
    rows["y"] += moved * (rows["unit"].isin(NEAR) & (rows["period"] >= 2004))
    return tables(rows, first, clusters, sub_region=SUB_REGIONS)


def of(built, *estimands):
    cells, units, _ = built
    samplers = Sampler(cells, units), Sampler(cells, ring_as_trial(units))
    found = [spillover_ring(*samplers, estimand) for estimand in estimands or [spec()]]
    return {row["check"]: row for rows in found for row in rows}


def test_the_ring_is_the_controls_of_sub_regions_with_a_trial_municipality():
    _, units, _ = made()
    assert sorted(units.loc[in_ring(units), "unit"]) == NEAR
    out = left_out(Comparison(exclude_ring=True), units)
    assert sorted(units.loc[out, "unit"]) == NEAR


def test_the_ring_starts_with_the_first_trial_municipality_of_its_sub_region():
    _, units, _ = made()
    late = units["unit"].eq("u00")
    units = units.assign(first_treated=units["first_treated"].mask(late, pd.Period("2006", "Y")))
    swapped = ring_as_trial(units).set_index("unit")
    assert swapped.loc[["u00", "u01"], "arm"].eq("neither").all()
    assert str(swapped.loc[NEAR[0], "first_treated"]) == "2004"  # u01 has started by then
    units = units.assign(
        first_treated=units["first_treated"].mask(units["unit"].eq("u01"), pd.Period("2005", "Y"))
    )
    assert str(ring_as_trial(units).set_index("unit").loc[NEAR[0], "first_treated"]) == "2005"
    assert swapped.loc[NAMES[-1], "arm"] == "control"
    assert swapped["first_treated"].notna().sum() == RING


@pytest.mark.parametrize(("moved", "verdict"), [(3.0, "warn"), (0.0, "pass")])
def test_a_ring_that_moves_is_found(moved, verdict):
    found = of(made(moved))
    assert {name: row["verdict"] for name, row in found.items()} == {
        "ring_moves": verdict,
        "ring_left_out": verdict,
    }
    assert "24 municipalities in 12 clusters against 40" in found["ring_moves"]["statistic"]


def test_the_placebo_is_a_regression_on_untreated_units_alone():
    """Against least squares on the controls, ring times after as treatment."""
    cells, units, _ = made(1.0)
    effect = leading_effect(draw_sample(cells, ring_as_trial(units), placebo_in_ring(spec())))
    rows = cells[~cells["unit"].isin(NAMES[:TRIAL])]
    year = rows["period"].dt.year
    x = rows["unit"].isin(NEAR) & (year >= 2004)
    clusters = rows["unit"].map(units.set_index("unit")["cluster"])
    ols = least_squares(x, rows["unit"], year, rows["mean"], None, clusters)
    assert effect.inference == "cluster_area"
    assert effect.estimate == pytest.approx(ols.coefficients[0], abs=1e-10)
    assert effect.std_error == pytest.approx(np.sqrt(ols.covariance[0, 0]), abs=1e-10)
    assert effect.units == (RING, OTHERS)
    assert effect.clusters == (RING // 2, OTHERS // 2)


@pytest.mark.parametrize("weights", ["unit", "persons_current"])
def test_one_effect_is_the_leading_row_of_estimates(weights):
    cells, units, counts = made(1.0)
    estimand = spec(weights=weights)
    effect = leading_effect(draw_sample(cells, units, estimand))
    rows, sums = estimate(cells, units, counts, [estimand])
    row = rows[rows["leading"]].iloc[0]
    assert effect.inference == row["inference"]
    for name in ("estimate", "std_error", "ci_low", "ci_high", "p_value"):
        assert getattr(effect, name) == pytest.approx(row[name], abs=1e-12)
    assert effect.detectable == pytest.approx(row["minimum_detectable_effect"], abs=1e-12)
    assert effect.degrees == pytest.approx(row["degrees_of_freedom"])
    values = sums.set_index("cluster")["value"].astype(float)
    pd.testing.assert_series_equal(
        effect.sums.sort_index(), values.sort_index(), check_names=False, atol=1e-12
    )


def test_without_the_ring_the_estimate_is_that_of_a_comparison_that_names_its_units():
    cells, units, counts = made(2.0)
    named = spec(estimand="y.far", comparison_rule=Comparison(exclude_units=NEAR))
    estimates, influences = estimate(cells, units, counts, [spec(), named])
    gap = difference(estimates, influences, spec(), named)
    effects = [leading_effect(draw_sample(cells, units, e)) for e in (spec(), without_ring(spec()))]
    found = difference_of(*effects)
    assert found["estimate"] == pytest.approx(gap["estimate"], abs=1e-12)
    assert found["p_value"] == pytest.approx(gap["p_value"], abs=1e-12)


def test_the_same_estimate_has_no_difference():
    cells, units, _ = made()
    effect = leading_effect(draw_sample(cells, units, spec()))
    assert difference_of(effect, effect) is None


def test_a_ring_of_one_cluster_is_not_tested_and_says_so():
    cells, units, counts = made()
    alone = units["sub_region"].mask(units["unit"].isin(NEAR[2:]), "s99")
    found = of((cells, units.assign(sub_region=alone), counts))
    assert list(found) == ["ring_untested"]
    row = found["ring_untested"]
    assert (row["value"], row["verdict"]) == (1, "warn")
    assert "(one_cluster)" in row["statistic"]


def test_where_all_controls_are_in_the_ring_there_is_none_to_compare_it_with():
    cells, units, counts = made()
    everywhere = units.assign(sub_region="s00")
    assert "(no_control)" in of((cells, everywhere, counts))["ring_untested"]["statistic"]


@pytest.mark.parametrize(
    "change",
    [
        {"role": "robustness"},
        {"estimator": "event_study"},
        {"comparison_rule": Comparison(exclude_ring=True)},
        {"comparison_rule": Comparison(exclude_units=NEAR)},
    ],
)
def test_of_others_nothing_is_said(change):
    assert of(made(3.0), spec(**change)) == {}


def test_without_sub_regions_there_is_no_ring():
    rows, first, clusters = panel(STARTS, seed=1, per_cluster=2)
    assert of(tables(rows, first, clusters)) == {}


@pytest.mark.parametrize(
    ("span", "reason"),
    [({"first_period": "2004"}, "no_pre_period"), ({"last_period": "2003"}, "no_post_period")],
)
def test_a_window_without_a_side_says_which(span, reason):
    found = of(made(), spec(**span))
    assert list(found) == ["ring_untested"]
    assert f"({reason})" in found["ring_untested"]["statistic"]


def test_a_constant_outcome_gives_no_number():
    cells, units, counts = made()
    found = of((cells.assign(mean=3.0, sum=3.0), units, counts))
    assert "(no_variation)" in found["ring_untested"]["statistic"]


@pytest.mark.parametrize(("persons", "tested"), [(3, False), (200, True)])
def test_few_persons_give_no_number(persons, tested):
    rows, first, clusters = panel(STARTS, seed=1, per_cluster=2)
    rows["n"] = pd.array([persons] * len(rows), dtype="Int64")
    found = of(tables(rows, first, clusters, sub_region=SUB_REGIONS))
    assert ("ring_moves" in found) is tested
    if not tested:
        assert "few_persons" in found["ring_untested"]["statistic"]


def test_no_profile_asks_for_more_persons(config):
    least = read_csv(config / "disclosure_profiles.csv")["min_persons"].astype(int)
    assert least.max() <= FEWEST_PERSONS


def test_both_populations_of_a_contrast_are_asked():
    cells, units, counts = made()
    others = cells.assign(population="others")
    both = pd.concat([cells.assign(mean=cells["mean"] + 3 * _near(cells)), others])
    asked = spec(design="eligible_relative", contrast="others", spillover_share=0.0)
    found = of((both, units, counts), asked)
    assert found["ring_moves"]["verdict"] == "warn"
    assert "difference +3," in found["ring_moves"]["statistic"]


def _near(cells):
    return cells["unit"].isin(NEAR) & (cells["period"].dt.year >= 2004)


@pytest.mark.parametrize(("study", "n_ring", "last"), [("open_2017", 29, "2018-12")])
def test_the_ring_of_a_real_trial(config, data_folder, study, n_ring, last):
    """Against least squares on the rates of the raw files, ring and estimate without it."""
    built = build_study(config, data_folder, study)
    estimand = built.estimand("unemployment_rate.main")
    frame = plain.unemployment(data_folder, config, study, estimand.first_period, last)
    near = set(frame.loc[frame["trial"], "sub_region"])
    frame["near"] = ~frame["trial"] & frame["sub_region"].isin(near)
    assert frame.loc[frame["near"], "unit"].nunique() == n_ring
    after = frame["month"] >= "2017-08"
    cells, units = built.cells["unemployment_rate"], built.units
    parts = {
        "placebo": (~frame["trial"], frame["near"] & after, ring_as_trial(units), placebo_in_ring),
        "without": (~frame["near"], frame["trial"] & after, units, without_ring),
    }
    for kept, x, table, ask in parts.values():
        rows = frame[kept]
        expected = least_squares(
            x[kept], rows["unit"], rows["month"], rows["y"], None, rows["cluster"]
        )
        effect = leading_effect(draw_sample(cells, table, ask(estimand)))
        assert effect.estimate == pytest.approx(expected.coefficients[0], abs=1e-9)
