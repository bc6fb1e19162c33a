"""Event studies on a base that ends early: plain regressions with another reference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.diagnostics.pretrends import (
    anticipation,
    as_event_study,
    clustered_pre_trend_test,
    permuted_pre_trend_test,
    pre_trend_slope,
)
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import draw_sample, estimate_one, reference_bin
from kuntakokeilu.study.follow_up import reference_bin as told

from .build import panel, spec, tables
from .followed import asked, collapsed, followed
from .plain import event_dummies, least_squares


@pytest.fixture
def monthly():
    """Two years before and one after the start; months of the year before it are shifted."""
    rows, _, clusters = panel([2004] * 12 + [None] * 12, per_cluster=2, years=range(36), seed=3)
    trial = rows["unit"].isin(sorted(clusters)[:12])
    number = rows["period"]
    rows["period"] = [str(pd.Period("2019-03", "M") + n) for n in number]
    rows["y"] += 5.0 * (trial & number.between(12, 23)) * (1 + number % 2)
    starts = {u: "2021-03" for u in sorted(clusters)[:12]}
    return tables(rows, starts, clusters), rows.assign(number=number, trial=trial)


def base(last, **changes):
    how = {"frequency": "M", "first_period": "2010-01", "last_period": "2030-12", "base_last": last}
    return spec("event_study", **(how | changes))


@pytest.mark.parametrize(("last", "width", "bin"), [("2020-02", 3, -5), ("2020-01", 1, -14)])
def test_the_reference_is_the_bin_of_the_base(monthly, last, width, bin):
    made, rows = monthly
    estimand = base(last, periods_per_bin=width)
    found = estimate_one(*made, estimand)[0]
    area = found[found["inference"] == "cluster_area"].set_index("event_time")
    assert bin not in area.index and {-1, 0} <= set(area.index)
    assert told(estimand, "2021-03") == bin
    assert reference_bin(draw_sample(*made[:2], estimand).frame, estimand) == bin
    start = np.where(rows["trial"], 24, np.nan)
    names, columns = event_dummies(rows["number"] + 100 * width, start + 100 * width, width)
    reference = np.floor((rows["number"] - start) / width) == bin
    minus_one = np.floor((rows["number"] - start) / width) == -1
    kept = [i for i, name in enumerate(names) if name != bin]
    x = np.column_stack([columns[:, kept], minus_one])
    assert reference.any()
    cluster = made[1].set_index("unit")["cluster"].reindex(rows["unit"]).to_numpy()
    ols = least_squares(x, rows["unit"], rows["period"], rows["y"], None, cluster)
    expected = pd.Series(ols.coefficients, index=[*(names[i] for i in kept), -1])
    errors = pd.Series(np.sqrt(np.diag(ols.covariance)), index=expected.index)
    np.testing.assert_allclose(area["estimate"], expected[area.index], atol=1e-8)
    np.testing.assert_allclose(area["std_error"], errors[area.index], atol=1e-8)


def test_what_happens_between_the_base_and_the_start_is_no_pre_trend(monthly):
    """The shift of the year before the start is shown, but no test of the base asks about it."""
    made, _ = monthly
    with_base, without = (base(last, periods_per_bin=3) for last in ("2020-02", None))
    assert permuted_pre_trend_test(draw_sample(*made[:2], as_event_study(without))) < 0.05
    assert permuted_pre_trend_test(draw_sample(*made[:2], as_event_study(with_base))) > 0.05
    joint = clustered_pre_trend_test(
        draw_sample(*made[:2], as_event_study(base("2020-02", periods_per_bin=6)))
    )
    assert joint.coefficients == 1  # of 2019-03..08 against 2019-09..2020-02
    cells, units, _ = made
    months = cells["period"].astype(str)
    gap = cells[(months <= "2020-02") | (months >= "2021-03")]  # nothing between base and start
    slopes = [
        pre_trend_slope(draw_sample(each, units, with_base)).per_year for each in (cells, gap)
    ]
    assert slopes[0] == pytest.approx(slopes[1], abs=1e-10)
    assert slopes[0] != pytest.approx(
        pre_trend_slope(draw_sample(cells, units, without)).per_year, abs=1e-3
    )
    assert anticipation(draw_sample(*made[:2], with_base)) is None
    assert anticipation(draw_sample(*made[:2], without)) is not None


def test_cohorts_of_an_inflow_have_a_base():
    months = tuple(map(str, pd.period_range("2019-01", "2021-12", freq="M")))
    people = followed(months, (0, 3), sample="inflow", seed=5, n_units=8)
    cells, units, counts = collapsed(people)
    estimand = asked(
        3, 3, "inflow", estimator="event_study", periods_per_bin=3, base_last="2019-11"
    )
    rows, _ = estimate_one(cells, units, counts, estimand)
    # entered by 2020-11 they are followed until 2021-02: that is bin -1, and 2019-09..11 bin -5
    assert told(estimand, "2021-03") == -5
    assert -5 not in set(rows["event_time"]) and -1 in set(rows["event_time"])
    frame = draw_sample(cells, units, estimand).frame
    base_months = frame.loc[frame["event_time"] == -5, "period"].astype(str).unique()
    assert set(base_months) == {"2019-09", "2019-10", "2019-11"}
    persons = frame.groupby(["trial", "period", "event_time"])["n_fewest"].sum().reset_index()
    for number, least in rows.groupby("event_time")["n_persons_min"].first().items():
        behind = persons[persons["event_time"].isin([number, -5])]  # the bin and the reference
        at = frame.loc[frame["trial"] & frame["event_time"].isin([number, -5]), "period"]
        controls = frame[~frame["trial"] & frame["period"].isin(at)].groupby("period")["n_fewest"]
        assert least == min(behind["n_fewest"].min(), controls.sum().min())


def test_a_base_without_data_and_starts_that_differ(monthly):
    (cells, units, counts), _ = monthly
    gone = cells[cells["period"].astype(str) != "2020-01"]
    rows, _ = estimate_one(gone, units, counts, base("2020-01"))
    assert set(rows["identified"]) == {"no_pre_period"}
    later = units["first_treated"].mask(units["unit"] == "u00", pd.Period("2021-06", "M"))
    with pytest.raises(InputError, match="base_last needs one common start"):
        estimate_one(cells, units.assign(first_treated=later), counts, base("2020-01"))
