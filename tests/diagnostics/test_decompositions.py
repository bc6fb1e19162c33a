"""What two-way effects are made of, and what they would have said beside another estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.diagnostics.decompositions import event_study_weights, goodman_bacon
from kuntakokeilu.estimation import design_of, draw_sample, estimate, fit

from ..estimation.build import panel, spec, tables

STARTS = [2003] * 5 + [2005] * 4 + [2006] * 3 + [None] * 6


def made(starts=STARTS, growth=0.0, missing=0.0):
    rows, first, clusters = panel(starts, seed=4, missing=missing)
    since = (rows["period"] - pd.to_numeric(rows["unit"].map(first)) + 1).clip(lower=0).fillna(0)
    rows["y"] = 0.05 * rows["y"] + growth * since**2
    rows["weight"] = 1.0 + rows["unit"].str[1:].astype(float)
    return tables(rows, first, clusters)


@pytest.mark.parametrize("weights", ["municipality", "persons_current"])
@pytest.mark.parametrize("starts", [STARTS, STARTS[:12]])
def test_comparisons_add_up_to_the_two_way_effect(starts, weights):
    cells, units, _ = made(starts, growth=0.3)
    until = "2100" if None in starts else "2005"
    sample = draw_sample(cells, units, spec(weights=weights, last_period=until))
    table = goodman_bacon(sample.frame)
    assert table["weight"].sum() == pytest.approx(1.0) and table["weight"].gt(0).all()
    effect = fit(sample.frame, design_of(sample)).params[0]
    assert (table["weight"] * table["estimate"]).sum() == pytest.approx(effect, abs=1e-10)
    n = table["start"].nunique()
    assert len(table) == n * n  # each with those never treated, and with each other start


def test_a_panel_with_gaps_has_no_such_sum():
    cells, units, _ = made(missing=0.1)
    assert goodman_bacon(draw_sample(cells, units, spec()).frame) is None


def test_weights_of_terms_explain_them():
    """Effects of any kind, put in without noise, come out as the weights say."""
    cells, units, _ = made(missing=0.1)
    sample = draw_sample(cells, units, spec("event_study"))
    table = event_study_weights(sample.frame, sample.estimand)
    own = table[table["since"] == table["event_time"]].groupby("event_time")["weight"].sum()
    np.testing.assert_allclose(own, 1.0, atol=1e-10)
    rng = np.random.default_rng(2)
    effects = table.drop_duplicates(["first_treated", "since"])[["first_treated", "since"]]
    effects = effects.assign(effect=rng.normal(size=len(effects)))
    frame = sample.frame.merge(
        effects, left_on=["first_treated", "event_time"], right_on=["first_treated", "since"],
        how="left",
    )  # fmt: skip
    frame["y"] = frame["effect"].fillna(0.0).to_numpy()
    design = design_of(sample)
    found = fit(frame, design).params[: len(design.terms)]
    expected = table.merge(effects, on=["first_treated", "since"])
    expected = expected.assign(part=expected["weight"] * expected["effect"])
    by_term = expected.groupby("event_time")["part"].sum()
    terms = [term.event_time for term in design.terms]
    np.testing.assert_allclose(found, by_term.loc[terms], rtol=0, atol=1e-9)


def test_what_two_way_effects_would_have_said_stands_beside():
    built, estimand = made(growth=0.3), spec("imputation_average")
    checks = diagnose(*built, *estimate(*built, [estimand]), [estimand]).set_index("check")
    row = checks.loc["two_way_beside"]
    cells, units, _ = built
    plain = draw_sample(cells, units, spec())
    two_way = fit(plain.frame, design_of(plain)).params[0]
    assert row["verdict"] == "warn" and row["value"] > 1
    assert f"{two_way:.4g} instead of" in row["statistic"]
    assert "staggered_starts" not in checks.index
