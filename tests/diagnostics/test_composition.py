"""Who enters: a make-up that moves with the trial is found, and what is not known is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kuntakokeilu.diagnostics.composition import composition, shares_of_traits
from kuntakokeilu.diagnostics.rows import FEWEST_PERSONS
from kuntakokeilu.estimation import draw_sample
from kuntakokeilu.study import read_study, wanted_cells

from ..estimation.followed import asked, collapsed, followed
from ..estimation.plain import least_squares

COHORTS = tuple(str(p) for p in pd.period_range("2019-10", "2022-06", freq="M"))
ESTIMAND = asked(0, 0, "inflow")


def entered(turned=0.0, n_units=40, cohorts=COHORTS, seed=4):
    """Persons of whom a share of the old turns young in trial units after the start."""
    people = followed(cohorts, (0,), sample="inflow", n_units=n_units, seed=seed)
    chance = np.random.default_rng(seed).random(len(people))
    young = people["treated"] & (chance < turned)
    return people.assign(stratum=people["stratum"].mask(young, "young"))


def of(people, estimand=ESTIMAND, change=lambda cells: cells):
    cells, units, _ = collapsed(people)
    cells = change(cells)
    rows = composition(cells, draw_sample(cells, units, estimand))
    return {row["check"]: row for row in rows}


@pytest.mark.parametrize(("turned", "verdict"), [(0.3, "warn"), (0.0, "pass")])
def test_a_make_up_that_moves_with_the_trial_is_found(turned, verdict):
    found = of(entered(turned))
    assert {name: row["verdict"] for name, row in found.items()} == {"composition": verdict}
    assert "1 share of traits" in found["composition"]["statistic"]


def test_of_one_share_the_test_is_the_t_test_of_a_regression():
    people = entered(0.1)
    groups = people.assign(young=100.0 * people["stratum"].eq("young")).groupby(["unit", "cohort"])
    rows = groups.agg(y=("young", "mean"), x=("treated", "first"), cluster=("cluster", "first"))
    rows = rows.reset_index()
    ols = least_squares(rows["x"], rows["unit"], rows["cohort"], rows["y"], None, rows["cluster"])
    t = ols.coefficients[0] / np.sqrt(ols.covariance[0, 0])
    found = of(people)["composition"]
    assert found["value"] == pytest.approx(2 * stats.t(ols.clusters - 1).sf(abs(t)), rel=1e-8)
    size = abs(ols.coefficients[0])
    assert f"{size:.3g} percentage points" in found["statistic"]


def test_traits_of_a_stratum_are_told_apart_and_add_up():
    people = entered()
    rng = np.random.default_rng(1)
    sex = np.where(rng.random(len(people)) < 0.5, "female", "male")
    both = people.assign(stratum=people["stratum"] + "|" + sex)
    cells, _, _ = collapsed(both)
    shares = shares_of_traits(cells, ESTIMAND).set_index(["unit", "period"])
    assert list(shares) == ["entered", "old", "young", "female", "male"]
    np.testing.assert_allclose(shares["old"] + shares["young"], 100)
    np.testing.assert_allclose(shares["female"] + shares["male"], 100)
    one = both[(both["unit"] == "u03") & (both["cohort"] == COHORTS[5])]
    expected = 100 * one["stratum"].str.endswith("|female").mean()
    assert shares.loc[("u03", pd.Period(COHORTS[5], "M")), "female"] == pytest.approx(expected)
    assert "2 shares of traits" in of(both)["composition"]["statistic"]


def test_shares_of_several_stratifications_are_tested_together():
    people = entered()
    rng = np.random.default_rng(1)
    other = people.assign(stratum=np.where(rng.random(len(people)) < 0.5, "unknown", "basic"))
    cells, units, _ = collapsed(people)
    more = collapsed(other)[0]
    more = more[more["stratification"] == "by_age"].assign(stratification="by_education")
    both = pd.concat([cells, more], ignore_index=True)
    shares = shares_of_traits(both, ESTIMAND)
    assert {"old", "young", "basic", "by_education 1 unknown"} < set(shares)
    row = composition(both, draw_sample(cells, units, ESTIMAND))[0]
    assert "2 shares of traits" in row["statistic"]


def test_only_the_cohorts_that_the_estimate_compares_are_looked_at():
    """Those before the start whose follow-up reaches into the trial are not."""
    people = followed(COHORTS, (0, 3), sample="inflow", n_units=40, seed=4, attrition=0.0)
    late = people["trial"] & people["cohort"].between("2020-12", "2021-02")
    turned = people.assign(stratum=people["stratum"].mask(late, "young"))
    estimand = asked(3, 3, "inflow")
    assert of(turned, estimand)["composition"]["value"] == pytest.approx(
        of(people, estimand)["composition"]["value"], abs=1e-12
    )


def test_without_strata_it_says_so():
    found = of(entered(), change=lambda cells: cells[cells["stratification"] == "none"])
    assert list(found) == ["composition_untested"]
    assert (found["composition_untested"]["value"], found["composition_untested"]["verdict"]) == (
        0,
        "warn",
    )
    assert "(no_strata)" in found["composition_untested"]["statistic"]


def test_values_that_few_have_are_not_told():
    people = entered()
    few = people["trial"] & (np.random.default_rng(2).random(len(people)) < 0.01)
    assert few.sum() < FEWEST_PERSONS
    rare = people.assign(stratum=np.where(few, "rare", "usual"))
    assert "(few_persons)" in of(rare)["composition_untested"]["statistic"]


def test_one_area_in_an_arm_gives_no_test():
    people = entered()
    people = people.assign(cluster=people["cluster"].where(~people["trial"], "t0"))
    assert "(one_cluster)" in of(people)["composition_untested"]["statistic"]


@pytest.mark.parametrize("change", [{"sample": "stock"}, {"role": "placebo", "start": "2020-06"}])
def test_of_others_nothing_is_said(change):
    cells, units, _ = collapsed(entered())
    sample = draw_sample(cells, units, ESTIMAND)
    other = sample.estimand.model_copy(update=change)
    assert composition(cells, type(sample)(sample.frame, other)) == []


def test_an_inflow_that_declares_strata_has_cells_by_them(config):
    study = read_study(config, "demo_2021")
    inflow = study.settings.source.populations["eligible_inflow"]
    wanted = wanted_cells(study)["eligible_inflow"]
    assert list(wanted) == ["none", *inflow.strata]
    assert all(outcomes == wanted["none"] for outcomes in wanted.values())
    assert list(wanted_cells(study)["eligible_stock"]) == ["none", "age_sex_education"]
