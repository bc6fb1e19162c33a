"""Averages of group-time effects: R did on mpdta, and their definition on made-up panels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import kuntakokeilu
from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.diagnostics.pretrends import as_event_study, clustered_pre_trend_test
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import (
    DESIGNS,
    Sample,
    design_of,
    draw_sample,
    estimate_one,
    fit,
    without_each_cluster,
)

from .build import build_study, panel, spec, tables

AVERAGES = ("group_time_average", "group_average")
ALL = (*AVERAGES, "group_time_event_study")
CONTROLS = ("never_treated", "not_yet_treated")
STAGGERED = (2003,) * 4 + (2005,) * 3 + (2006,) * 2 + (None,) * 7
AGGREGATES = {"group_time_average": "simple", "group_average": "group"}


def fitted(sample):
    """Terms, estimates and influence by row, without factors for few clusters."""
    design = design_of(sample)
    rows = design.regressed(sample.frame)
    found = fit(rows, design)
    m = len(design.terms)
    return rows, design, found.params[:m], (found.scores @ found.bread)[:, :m]


def error(influence, clusters):
    return np.sqrt((pd.DataFrame(influence).groupby(clusters.to_numpy()).sum() ** 2).sum())


@pytest.mark.real_data
@pytest.mark.parametrize("controls", CONTROLS)
@pytest.mark.parametrize("estimator", ALL)
def test_averages_and_errors_are_those_of_callaway_and_santanna(
    config, data_folder, estimator, controls
):
    """Analytical errors of R did 2.5.1 hold the error of the shares of groups.

    Published: simple -0.0400, group -0.0310, dynamic -0.0199, -0.0510, -0.1373, -0.1008.
    """
    built = build_study(config, data_folder, "benchmark_mpdta")
    estimand = built.estimand("log_employment.group_time")
    estimand = estimand.model_copy(update={"estimator": estimator, "control_group": controls})
    cells, units, _ = built.tables("log_employment")
    rows, design, estimates, influence = fitted(draw_sample(cells, units, estimand))
    errors = error(influence, rows["unit"])
    table = pd.read_csv(data_folder / "benchmarks" / "mpdta_reference_did_2.5.1.csv")
    table = table[table["cfg"].eq(f"noX|{controls.replace('_', '')}|dr")].set_index(["what", "key"])
    compared = 0
    for place, term in enumerate(design.terms):
        what = (AGGREGATES.get(estimator, "dynamic"), "overall")
        if term.event_time is not None:
            what = ("dynamic", str(term.event_time))
        if term.event_time is None or term.event_time >= 0:  # theirs before compare neighbours
            assert estimates[place] == pytest.approx(table.loc[what, "est"], abs=1e-9)
            assert errors[place] == pytest.approx(table.loc[what, "se"], abs=1e-9)
            compared += 1
    assert compared == (4 if estimator == "group_time_event_study" else 1)


def drawn(estimator, starts=STAGGERED, *, missing=0.0, seed=5, per_cluster=1, **changes):
    rows, first, clusters = panel(
        starts, per_cluster=per_cluster, missing=missing, effect=0.6, seed=seed
    )
    rows["weight"] = 1.0 + rows["unit"].str[1:].astype(int) % 4 + 0.1 * (rows["period"] % 3)
    estimand = spec(estimator, **changes)
    made = tables(rows, first, clusters)
    return made, draw_sample(*made[:2], estimand)


def averaged(frame, estimand):
    """Group-time effects as four weighted means each, and their average by event time."""
    y = frame.pivot(index="unit", columns="period", values="y")
    w = frame.pivot(index="unit", columns="period", values="w")
    first = frame.groupby("unit")["first_treated"].first()
    found = []
    for start in sorted(first.dropna().unique()):
        own = first.eq(start) & y[start - 1].notna()
        size = w.loc[own, start - 1].sum()
        for period in y.columns.drop(start - 1):
            until = max(period, start - 1)
            free = first.isna()
            if estimand.control_group == "not_yet_treated":
                free |= (first > until) & (first != start)
            change = y[period] - y[start - 1]
            arms = [change[arm].dropna() for arm in (own, free)]
            means = [np.average(arm, weights=w.loc[arm.index, start - 1]) for arm in arms]
            since = period.ordinal - start.ordinal
            found.append((start, since, size, means[0] - means[1]))
    table = pd.DataFrame(found, columns=["start", "since", "size", "effect"])
    if estimand.estimator == "group_time_event_study":
        parts = table.groupby("since")
        return parts.apply(lambda part: np.average(part["effect"], weights=part["size"])).to_numpy()
    after = table[table["since"] >= 0]
    if estimand.estimator == "group_average":
        after = after.groupby("start").mean()
    return np.array([np.average(after["effect"], weights=after["size"])])


@pytest.mark.parametrize("controls", CONTROLS)
@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize("estimator", ALL)
def test_averages_of_differences_of_four_means(estimator, missing, weights, controls):
    _, sample = drawn(estimator, missing=missing, weights=weights, control_group=controls)
    _, design, estimates, _ = fitted(sample)
    expected = averaged(sample.frame, sample.estimand)
    assert len(estimates) == len(expected)
    np.testing.assert_allclose(estimates, expected, rtol=0, atol=1e-10)
    units = design.rows.drop_duplicates("unit")
    observed = pd.factorize(units["first_treated"], sort=True)[0]
    np.testing.assert_allclose(design.again(observed[None, :])[0], expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("controls", CONTROLS)
@pytest.mark.parametrize("estimator", ALL)
def test_other_starts_give_averages_anew(estimator, controls):
    _, sample = drawn(estimator, missing=0.1, weights="persons_current", control_group=controls)
    frame, design = sample.frame, design_of(sample)
    units = design.rows.drop_duplicates("unit").set_index("unit")["first_treated"]
    starts = pd.Series(pd.factorize(units, sort=True)[0], units.index)
    dealt = starts.sample(frac=1, random_state=3).set_axis(starts.index)
    names = sorted(units.dropna().unique())
    first = [names[start] if start >= 0 else pd.NaT for start in frame["unit"].map(dealt)]
    other = frame.assign(first_treated=pd.PeriodIndex(first, freq="Y"))
    expected = averaged(other, sample.estimand)
    found = design.again(dealt.to_numpy()[None, :])[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("estimator", ALL)
def test_without_a_cluster_it_is_the_average_over_the_others(estimator):
    _, sample = drawn(estimator, per_cluster=2, missing=0.1, weights="persons_current")
    found = without_each_cluster(sample.frame, design_of(sample))
    for cluster in ("c00", "c03", "c07"):  # c03 holds units of two starts
        frame = sample.frame[sample.frame["cluster"] != cluster].reset_index(drop=True)
        expected = fitted(Sample(frame, sample.estimand))[2]
        np.testing.assert_allclose(found.loc[cluster], expected, rtol=0, atol=1e-10)


def test_the_error_of_the_shares_is_that_of_drawing_groups_anew():
    """Where effects differ by group and nothing else is random, only the shares are."""
    starts = (2003,) * 6 + (2005,) * 3 + (None,) * 6
    rows, first, clusters = panel(starts, seed=1)
    own = rows["unit"].map(first).astype(float)
    rows["y"] = np.where(rows["period"] >= own, np.where(own == 2003, 1.0, 4.0), 0.0)
    sample = draw_sample(*tables(rows, first, clusters)[:2], spec("group_average"))
    _, _, estimates, influence = fitted(sample)
    found = error(influence, design_of(sample).rows["unit"])
    assert estimates[0] == pytest.approx(2.0)
    assert found[0] == pytest.approx(np.sqrt(6 * 1.0**2 + 3 * 2.0**2) / 9)  # of a mean of nine
    assert (
        estimate_one(*tables(rows, first, clusters), sample.estimand)[0]["identified"]
        .eq("ok")
        .all()
    )


def test_few_clusters_have_the_error_of_the_shares_too():
    """CR2 adjusts residuals, which a regression has made smaller, and no shares."""
    made, sample = drawn("group_average", per_cluster=2, seed=8)
    table, influences = estimate_one(*made, sample.estimand)
    table = table.set_index("inference")
    assert table["leading"].idxmax().startswith("cr2")
    lead = float(table.loc["cr2_area", "std_error"])
    assert np.sqrt((influences["value"] ** 2).sum()) == pytest.approx(lead, rel=1e-9)
    assert lead > 0.8 * table.loc["cluster_area", "std_error"]
    assert not {"cr3_area", "wild_bootstrap_area"} & set(table.index)
    p_values = table.loc[["permutation_area", "permutation_municipality"], "p_value"]
    assert np.isnan(p_values["permutation_area"])  # c03 has two starts
    assert p_values["permutation_municipality"] > 0


def test_a_group_of_one_is_in_the_average_and_has_no_event_time_of_its_own():
    starts = (2003, *(2005,) * 4, *(None,) * 7)
    made, sample = drawn("group_time_average", starts)
    rows, _ = estimate_one(*made, sample.estimand)
    assert rows.set_index("inference").loc["cluster_area", "std_error"] > 0
    made, sample = drawn("group_time_event_study", starts)
    rows, _ = estimate_one(*made, sample.estimand)
    of_area = rows[rows["inference"] == "cluster_area"].set_index("event_time")["std_error"]
    assert of_area[[3, 4]].isna().all()  # reached by the unit that started in 2003 alone
    assert of_area[[-3, -2, 0, 1, 2]].notna().all()


def test_units_that_start_later_can_be_the_only_controls():
    starts = (2003,) * 4 + (2006,) * 5
    made, sample = drawn("group_time_average", starts, control_group="not_yet_treated")
    none, _ = estimate_one(*made, sample.estimand)
    assert set(none["identified"]) == {"no_control"}
    until = sample.estimand.model_copy(update={"last_period": "2005"})
    rows, _ = estimate_one(*made, until)
    assert rows["identified"].eq("ok").all()
    never = until.model_copy(update={"control_group": "never_treated"})
    assert estimate_one(*made, never)[0]["estimate"].iloc[0] == pytest.approx(
        rows["estimate"].iloc[0]
    )


def test_a_group_without_a_value_before_its_start_is_left_out_and_told():
    rows, first, clusters = panel((2003,) * 4 + (2005,) * 4 + (None,) * 7, seed=3)
    gone = rows["unit"].isin([f"u0{i}" for i in range(4)]) & rows["period"].eq(2002)
    made = tables(rows[~gone], first, clusters)
    estimand = spec("group_time_average")
    table, influences = estimate_one(*made, estimand)
    assert table["n_trial"].eq(4).all()
    other = estimand.model_copy(update={"group": "2005"})
    alone = estimate_one(*made, other)[0]
    np.testing.assert_allclose(table["estimate"], alone["estimate"], rtol=1e-12)
    checks = diagnose(*made, table, influences, [estimand]).set_index("check")
    assert checks.loc["units_left_out", "verdict"] == "warn"
    assert "4 units" in checks.loc["units_left_out", "statistic"]


def test_the_time_before_is_tested_in_the_series_of_groups():
    """Nobody treated earlier is a control, so that nothing warns of it."""
    made, sample = drawn("group_time_average")
    series = as_event_study(sample.estimand)
    assert (series.estimator, series.periods_per_bin) == ("group_time_event_study", 1)
    found = clustered_pre_trend_test(draw_sample(*made[:2], series))
    assert found is not None and found.clusters == len(STAGGERED)
    checks = diagnose(*made, *estimate_one(*made, sample.estimand), [sample.estimand])
    assert not {"staggered_starts", "negative_weights"} & set(checks["check"])
    assert "pre_trend_clustered" in set(checks["check"])


@pytest.mark.parametrize("estimator", ALL)
def test_a_registered_design_has_its_average_first(estimator):
    _, sample = drawn(estimator)
    design = DESIGNS[estimator](sample.frame, sample.estimand)
    m = len(design.terms)
    assert list(design.regressors.columns[:m]) == [term.column for term in design.terms]
    assert len(design.regressors) == len(design.rows)


REFUSED = {
    "covariates": ({"covariates": ["x"]}, "covariates: group_average takes none"),
    "controls": ({"controls": ["x"]}, "controls: group_average takes none"),
    "variances": ({"variances": ["iid"]}, "variances: group_average takes none"),
    "trends": ({"unit_trends": True}, "trends: unit goes with one effect of levels"),
    "control_group": (
        {"estimator": "event_study", "control_group": "not_yet_treated"},
        "control_group: not_yet_treated goes with group_time_average or group_average",
    ),
}


@pytest.mark.parametrize(("asked", "told"), REFUSED.values(), ids=REFUSED)
def test_what_groups_leave_no_room_for_is_said(asked, told):
    rows, first, _ = panel(STAGGERED)
    frame = rows.assign(start=rows["unit"].map(first).astype(float), x=1.0)
    names = {"unit": "unit", "period": "period", "outcome": "y", "treated": "start"}
    with pytest.raises(InputError, match=told):
        kuntakokeilu.evaluate(frame, **names, **({"estimator": "group_average"} | asked))
