"""Effects of units and of periods by group and stratum: their number is that of dense dummies."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from kuntakokeilu.estimation import Sample, fit
from kuntakokeilu.estimation.absorb import rank_beside_units, rank_of_effects, residualise
from kuntakokeilu.estimation.contrast import design_of
from kuntakokeilu.estimation.cross_products import cross_products
from kuntakokeilu.estimation.designs import Term, absorbing
from kuntakokeilu.estimation.registry import DESIGNS

from .build import spec
from .plain import dummies

STRATA = ["15-24|f", "15-24|m|2", "25-64|f", "25-64"]  # as `age_sex_education` has them


def sample(seed: int, *, cells: int = 2, gaps: float = 0.0) -> pd.DataFrame:
    """Rows of units in three regions and several strata; some are missing."""
    rng = np.random.default_rng(seed)
    places = pd.MultiIndex.from_product(
        [range(12), range(6), STRATA[:cells]], names=["unit", "year", "stratum"]
    )
    frame = places.to_frame(index=False)
    frame = frame[rng.random(len(frame)) >= gaps].reset_index(drop=True)
    unit = frame["unit"]
    frame["period"] = pd.PeriodIndex((2000 + frame["year"]).astype(str), freq="Y")
    frame["region"] = "r|" + (unit % 3).astype(str)
    frame["cluster"] = frame["unit"] = "u" + unit.astype(str).str.zfill(2)
    frame["trial"] = unit < 6
    start = pd.Series(pd.PeriodIndex(["2003"] * len(frame), freq="Y"))
    frame["first_treated"] = start.where(frame["trial"])
    frame["treated"] = frame["trial"] & (frame["period"] >= start)
    frame["x_size"] = rng.normal(size=12)[unit]
    return frame.assign(y=rng.normal(size=len(frame)), w=rng.uniform(0.5, 2.0, len(frame)))


def dense_rank(*columns: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(np.hstack(columns)))


def joined(frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    return dummies(frame[names].astype(str).agg(" // ".join, axis=1))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    cells=st.integers(1, len(STRATA)),
    gaps=st.sampled_from([0.0, 0.2, 0.6]),
    by=st.sampled_from([None, "region"]),
    strata=st.booleans(),
)
def test_the_rank_is_that_of_dense_dummies(seed, cells, gaps, by, strata):
    frame = sample(seed, cells=cells, gaps=gaps)
    estimand = spec(effects_by_period=by, strata="age_sex_education" if strata else None)
    effects = DESIGNS["two_way_fixed_effects"](frame, estimand).effects
    names = [*([by] if by else []), *(["stratum"] if strata else []), "period"]
    units = joined(frame, ["unit"])
    both = dense_rank(units, joined(frame, names))
    assert rank_beside_units(effects) == both - dense_rank(units)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), by=st.sampled_from([None, "region"]))
def test_bins_of_months_since_entry_have_units_and_periods_of_their_own(seed, by):
    frame = sample(seed, cells=3, gaps=0.1)
    frame["elapsed"] = frame["stratum"].map(STRATA.index)
    estimand = spec("elapsed_effects", effects_by_period=by, covariates=["size"])
    design = DESIGNS["elapsed_effects"](frame, estimand)
    units = joined(frame, ["elapsed", "unit"])
    periods = joined(frame, ["elapsed", *([by] if by else []), "period"])
    own = dense_rank(units, periods) - dense_rank(units)
    assert rank_beside_units(design.effects) == own
    sizes = design.regressors.drop(columns=[term.column for term in design.terms])
    by_bin = joined(frame, ["elapsed", "period"]) * frame[["x_size"]].to_numpy()
    whole = dense_rank(units, periods, by_bin)
    assert dense_rank(units, periods, sizes.to_numpy(float)) == whole
    assert sizes.shape[1] == 3 * 5  # the first period of each bin is the units'


def test_strata_whose_names_hold_bars_count_as_often_as_there_are():
    """Of six periods in four strata, all but one: units have one effect over all strata."""
    frame = sample(1, cells=4)
    design = DESIGNS["two_way_fixed_effects"](frame, spec(strata="age_sex_education"))
    assert rank_beside_units(design.effects) == 4 * 6 - 1
    fitted = fit(frame, design)
    products = cross_products(frame, design, frame["cluster"])
    k, n, g = 1 + 4 * 6, len(frame), 12
    assert fitted.n_params == k
    assert products.cr1 == g / (g - 1) * (n - 1) / (n - k)


def test_two_populations_share_no_effect():
    frame = sample(2, cells=1)
    both = pd.concat([frame.assign(other=False), frame.assign(other=True)], ignore_index=True)
    estimand = spec(
        effects_by_period="region",
        design="eligible_relative",
        contrast="others",
        spillover_share=0.0,
    )
    effects = design_of(Sample(both, estimand)).effects
    assert rank_beside_units(effects) == 2 * 3 * 5
    assert effects["unit"].nunique() == 24


def test_period_effects_alone_are_those_of_dense_dummies():
    frame = sample(3, gaps=0.2)
    estimand = spec(effects_by_period="region", covariates=["size"])
    terms = pd.DataFrame({"att": frame["treated"].astype(float)})
    design = absorbing(frame, estimand, terms, [Term("att", "att")], unit_effects=False)
    periods, w = joined(frame, ["region", "period"]), frame["w"].to_numpy()
    by_period = joined(frame, ["period"]) * frame[["x_size"]].to_numpy()
    dense = np.hstack([terms, by_period, periods])
    root = np.sqrt(w)[:, None]
    truth = np.linalg.lstsq(root * dense, root[:, 0] * frame["y"], rcond=None)[0][0]
    fitted = fit(frame, design)
    products = cross_products(frame, design, frame["cluster"])
    np.testing.assert_allclose([fitted.params[0], products.params[0]], truth, rtol=1e-9)
    assert fitted.n_params == dense_rank(dense)
    assert rank_of_effects(design.effects) == periods.shape[1]
    left = residualise(terms.to_numpy(), design.effects, w)
    np.testing.assert_allclose(periods.T @ (w[:, None] * left), 0.0, atol=1e-9)
    n, g = len(frame), 12
    assert products.cr1 == g / (g - 1) * (n - 1) / (n - fitted.n_params)
