"""What an estimand compares: groups, periods left out, transforms, and cells without a value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import draw_sample, estimate_one, missing_cells
from kuntakokeilu.study import Comparison

from .build import panel, spec, tables

STARTS = [2004] * 3 + [None] * 5


@pytest.fixture
def made():
    rows, first, clusters = panel(STARTS, years=range(2000, 2008))
    rows["y"] = rows["y"].abs() + 1.0
    return tables(rows, first, clusters)


def test_periods_in_between_are_left_out(made):
    cells, units, _ = made
    frame = draw_sample(cells, units, spec(skip_first="2002", skip_last="2003")).frame
    assert sorted(frame["period"].astype(str).unique()) == [
        "2000", "2001", "2004", "2005", "2006", "2007",
    ]  # fmt: skip


def test_logarithm_is_taken_of_the_mean_and_zero_is_left_out(made):
    cells, units, _ = made
    cells = cells.copy()
    cells.loc[cells.index[0], "mean"] = 0.0
    frame = draw_sample(cells, units, spec(transform="log")).frame
    merged = frame.merge(cells, on=["unit", "period"])
    np.testing.assert_allclose(merged["y"], np.log(merged["mean"]), rtol=1e-14)
    assert len(frame) == len(cells) - 1
    assert missing_cells(cells, units, spec(transform="log")).share == pytest.approx(1 / len(cells))
    assert missing_cells(cells, units, spec()).share == 0.0


def test_base_year_is_subtracted_unit_by_unit(made):
    cells, units, _ = made
    frame = draw_sample(cells, units, spec(transform="minus_base_year", base_year=2001)).frame
    wide = cells.pivot(index="unit", columns="period", values="mean")
    expected = wide.sub(wide[pd.Period("2001", "Y")], axis=0).stack()
    found = frame.set_index(["unit", "period"])["y"]
    np.testing.assert_allclose(found, expected.loc[found.index], atol=1e-14)


def test_months_are_compared_with_the_same_month_of_the_base_year():
    periods = pd.period_range("2018-01", "2020-12", freq="M")
    y = np.arange(36.0) ** 2
    cells = pd.DataFrame({"unit": "a", "period": periods, "mean": y})
    from kuntakokeilu.estimation.compared import transformed

    rule = spec(frequency="M", first_period="2018-01", last_period="2020-12")
    rule = rule.model_copy(update={"transform": "minus_base_year", "base_year": 2019})
    np.testing.assert_allclose(transformed(cells, rule)["mean"], y - np.tile(y[12:24], 3))


def test_subtracting_a_fixed_base_year_leaves_the_estimate(made):
    cells, units, counts = made
    plain, _ = estimate_one(cells, units, counts, spec())
    based, _ = estimate_one(cells, units, counts, spec(transform="minus_base_year", base_year=2001))
    assert based["estimate"][0] == pytest.approx(plain["estimate"][0], abs=1e-10)


def test_control_units_and_areas_left_out(made):
    cells, units, _ = made
    controls = units.loc[units["arm"] == "control", "unit"].tolist()
    area = units["area"].dropna().iloc[0]
    rule = Comparison(control_units=controls[:2], exclude_areas=[area])
    frame = draw_sample(cells, units, spec(comparison_rule=rule)).frame
    assert set(frame.loc[~frame["trial"], "unit"]) == set(controls[:2])
    assert area not in set(units.set_index("unit").loc[frame["unit"].unique(), "area"])
    assert frame["trial"].any()


def test_units_treated_in_all_of_the_span_are_left_out(made):
    cells, units, counts = made
    first = pd.Period("2000", "Y")
    always = units.loc[units["arm"] == "trial", "unit"].iloc[0]
    early = units.assign(first_treated=units["first_treated"].mask(units["unit"] == always, first))
    assert always not in set(draw_sample(cells, early, spec(first_period="2000")).frame["unit"])
    rows, _ = estimate_one(cells, early, counts, spec(first_period="2000"))
    without, _ = estimate_one(
        cells,
        units,
        counts,
        spec(first_period="2000", comparison_rule=Comparison(exclude_units=[always])),
    )
    assert set(rows["identified"]) == {"ok"}
    assert rows["estimate"][0] == pytest.approx(without["estimate"][0], abs=1e-12)
    assert missing_cells(cells, early, spec(first_period="2000")).share == 0.0


def test_a_whole_arm_seen_on_one_side_only_stays_and_is_told(made):
    """Each trial unit is seen before or after the start: nothing shows what the start changed."""
    cells, units, counts = made
    trial = units.loc[units["arm"] == "trial", "unit"].tolist()
    late = cells["period"] >= pd.Period("2004", "Y")
    once = cells["unit"].isin(trial) & (late != cells["unit"].eq(trial[0]))
    frame = draw_sample(cells[~once], units, spec()).frame
    assert set(frame.loc[frame["trial"], "unit"]) == set(trial)
    rows, influence = estimate_one(cells[~once], units, counts, spec())
    assert set(rows["identified"]) == {"no_variation"}
    assert rows["estimate"].isna().all() and influence.empty
    # one unit seen on both sides is enough, and the others are left out
    one = once & ~cells["unit"].eq(trial[1])
    frame = draw_sample(cells[~one], units, spec()).frame
    assert set(frame.loc[frame["trial"], "unit"]) == {trial[1]}


def test_a_placebo_must_end_before_the_real_start(made):
    cells, units, _ = made
    placebo = spec(role="placebo", start="2002", last_period="2003")
    assert draw_sample(cells, units, placebo).frame["treated"].any()
    with pytest.raises(InputError, match="must end before the first real start"):
        draw_sample(cells, units, placebo.model_copy(update={"last_period": "2004"}))
