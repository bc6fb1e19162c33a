"""What the collapse keeps: regressions on cells against the same regressions on persons.

The other way is linearmodels or statsmodels on the person-months, pyfixest too where installed.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels.iv.absorbing import AbsorbingLS
from linearmodels.panel import PanelOLS

from kuntakokeilu.cells import collapse
from kuntakokeilu.contracts import PERSON_MONTHS
from kuntakokeilu.estimation import Design, Term, fit, influence
from kuntakokeilu.estimation.designs import event_study, two_way_fixed_effects

from ..estimation.build import spec

MONTHS = pd.period_range("2020-01", periods=10, freq="M")
START = MONTHS[6]
UNITS, CLUSTERS = 16, 8
OUTCOMES = {"employment": "employed", "wage": "wage_cents"}
ESTIMAND = spec(frequency="M", periods_per_bin=2)
TOLERANCE = {"rtol": 1e-8, "atol": 1e-10}


def micro(seed: int, balanced: bool = False, person_sd: float = 1.0) -> pd.DataFrame:
    """Person-months of a trial; unless balanced, persons enter and leave at random.

    Who earns more stays away more after the start in trial units, so that persons differ
    between the cells of a unit: `level` is the person's own.
    """
    rng = np.random.default_rng(seed)
    persons = 700
    frame = pd.DataFrame({"person": np.repeat(np.arange(persons), len(MONTHS))})
    unit = np.r_[np.repeat(np.arange(UNITS), 8), rng.integers(0, UNITS, persons - 8 * UNITS)]
    frame["place"] = unit[frame["person"]]
    frame["unit"] = frame["place"].map("{:03}".format)
    frame["t"] = np.tile(np.arange(len(MONTHS)), persons)
    frame["period"] = MONTHS[frame["t"]]
    frame["cluster"] = (frame["place"] % CLUSTERS).map("c{}".format)
    frame["trial"] = frame["place"] % CLUSTERS < CLUSTERS // 2
    frame["treated"] = frame["trial"] & (frame["period"] >= START)
    frame["sex"] = rng.choice(["male", "female"], persons)[frame["person"]]
    frame["level"] = (person_sd * rng.standard_normal(persons))[frame["person"]]
    if not balanced:
        stays = 1 / (1 + np.exp(-1 - frame["level"] * np.where(frame["treated"], -1.5, 0.5)))
        frame = frame[rng.random(len(frame)) < stays]
    shock = rng.normal(0, 0.4, (CLUSTERS, len(MONTHS)))[frame["place"] % CLUSTERS, frame["t"]]
    latent = frame["level"] + shock + 0.3 * frame["treated"] + rng.standard_normal(len(frame))
    frame["employed"] = latent > 0
    frame["wage_cents"] = (100_000 * np.maximum(latent, 0)).round().astype("int64")
    return frame.reset_index(drop=True)


def described(frame: pd.DataFrame) -> pd.DataFrame:
    """Add what the designs of `estimation` need beside trial and treated."""
    first = pd.Series(START, frame.index).where(frame["trial"])
    since = (frame["period"].astype("int64") - START.ordinal) // 2
    event_time = since.astype("Int64").where(frame["trial"])
    return frame.assign(first_treated=first, event_time=event_time)


def persons_of(frame: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """The person-months as a sample: an outcome in the unit of its cells, weights of one."""
    scale = 100.0 if outcome == "employment" else 0.01
    return described(frame).assign(y=frame[OUTCOMES[outcome]] * scale, w=1.0)


def cells_of(frame: pd.DataFrame, outcome: str, folder: Path, by: list[str]) -> pd.DataFrame:
    """The collapsed person-months as a sample, weighted by persons."""
    path = folder / "micro.parquet"
    columns = {"person": None, "unit": None, "sex": None, "employed": None, "wage_cents": None}
    types = ", ".join(f"{name}::{PERSON_MONTHS[name].type} AS {name}" for name in columns)
    months = frame[[*columns]].assign(period=frame["period"].dt.to_timestamp(), wage_payers=None)
    with duckdb.connect() as con:
        con.register("frame", months)
        con.execute(f"""COPY (SELECT {types}, NULL::DATE AS cohort, NULL::SMALLINT AS elapsed,
            period::DATE AS period,
            wage_payers::{PERSON_MONTHS["wage_payers"].type} AS wage_payers FROM frame)
            TO '{path.as_posix()}' (FORMAT parquet)""")
    cells, _ = collapse(path, "all", {}, {"sex": ["sex"]}, OUTCOMES)
    scheme = "sex" if by else "none"
    cells = cells[(cells["outcome"] == outcome) & (cells["stratification"] == scheme)]
    about = frame.drop_duplicates("unit").set_index("unit")[["cluster", "trial"]]
    names = {
        "stratum": "sex",
        "unit": "unit",
        "period": "period",
        "n": "n",
        "mean": "y",
        "weight": "w",
    }
    cells = cells[[*names]].rename(columns=names).join(about, on="unit")
    cells["treated"] = cells["trial"] & (cells["period"] >= START)
    return described(cells.reset_index(drop=True))


def design(frame: pd.DataFrame, kind: str) -> Design:
    """The designs of which equality is shown."""
    if kind == "effect":
        return two_way_fixed_effects(frame, ESTIMAND)
    if kind == "event study":
        return event_study(frame, ESTIMAND)
    frame = frame.assign(unit_sex=frame["unit"] + frame["sex"])
    period = frame["sex"] + "|" + frame["period"].astype(str)
    unit = frame["unit"] if kind == "effect, sex by month" else frame["unit_sex"]
    effects = pd.DataFrame({"unit": unit, "period": period})
    terms = pd.DataFrame({"att": frame["treated"].astype(float)})
    terms["women"] = terms["att"] * (frame["sex"] == "female")
    return Design(terms, [Term(name, "att") for name in terms], effects)


KINDS = ["effect", "event study", "effect, sex by month", "effect, sex by month and by unit"]


def sums_of_scores(frame: pd.DataFrame, made: Design) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients, and the covariance without small-sample factors."""
    fitted = fit(frame, made)
    scores = pd.DataFrame(fitted.scores).groupby(frame["cluster"].to_numpy()).sum()
    influences = scores.to_numpy() @ fitted.bread
    return fitted.params, influences


@settings(max_examples=3, deadline=None)
@given(
    seed=st.integers(0, 10**6), kind=st.sampled_from(KINDS), outcome=st.sampled_from([*OUTCOMES])
)
def test_cells_give_the_numbers_of_persons(tmp_path_factory, seed, kind, outcome):
    frame = micro(seed)
    cells = cells_of(frame, outcome, tmp_path_factory.mktemp("equality"), ["sex"] * ("sex" in kind))
    persons = persons_of(frame, outcome)
    assert cells["n"].sum() == len(persons)
    params, influences = sums_of_scores(cells, design(cells, kind))
    made = design(persons, kind)
    theirs = AbsorbingLS(
        persons["y"], made.regressors, absorb=made.effects.astype("category"), drop_absorbed=False
    ).fit(cov_type="clustered", clusters=pd.factorize(persons["cluster"])[0], debiased=False)
    np.testing.assert_allclose(params, theirs.params, **TOLERANCE)
    # Cluster sums are identical, so the covariances are before any small-sample factor.
    _, micro_influences = sums_of_scores(persons, made)
    scale = np.abs(micro_influences).max()
    np.testing.assert_allclose(influences, micro_influences, rtol=1e-8, atol=1e-8 * scale)
    std_errors = np.sqrt((influences**2).sum(axis=0))
    np.testing.assert_allclose(std_errors, theirs.std_errors, rtol=1e-8)


@pytest.mark.parametrize("kind", ["effect", "event study"])
def test_dummies_in_statsmodels_agree(tmp_path, kind):
    frame = micro(1)
    cells = cells_of(frame, "wage", tmp_path, [])
    persons = persons_of(frame, "wage")
    made = design(cells, kind)
    x = design(persons, kind).regressors
    dummies = [pd.get_dummies(persons["unit"], dtype=float)]
    dummies.append(pd.get_dummies(persons["period"].astype(str), dtype=float).iloc[:, 1:])
    x = pd.concat([x, *dummies], axis=1)
    groups = pd.factorize(persons["cluster"])[0]
    theirs = sm.OLS(persons["y"], x).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    params, influences = sums_of_scores(cells, made)
    names = list(made.regressors)
    np.testing.assert_allclose(params, theirs.params[names], **TOLERANCE)
    np.testing.assert_allclose(np.sqrt((influences**2).sum(axis=0)), theirs.bse[names], rtol=1e-8)


def test_the_factor_counts_cells_not_persons(tmp_path):
    """(N-1)/(N-K) has the rows of the regression as N: the one thing cells change."""
    frame = micro(2)
    cells = cells_of(frame, "employment", tmp_path, [])
    persons = persons_of(frame, "employment")
    ours, theirs = (
        np.sqrt((influence(fit(f, design(f, "effect")), f["cluster"]) ** 2).sum()[0])
        for f in (cells, persons)
    )
    k = 1 + len(MONTHS)  # the effect, month effects and a constant
    factors = [np.sqrt((n - 1) / (n - k)) for n in (len(cells), len(persons))]
    assert ours / theirs == pytest.approx(factors[0] / factors[1], rel=1e-8)
    assert len(cells) == UNITS * len(MONTHS) and ours > theirs


def test_pyfixest_agrees(tmp_path):
    pf = pytest.importorskip("pyfixest")
    frame = micro(3)
    cells = cells_of(frame, "wage", tmp_path, [])
    persons = persons_of(frame, "wage")
    made = design(persons, "effect")
    codes = {name: pd.factorize(persons[name])[0] for name in ("unit", "period", "cluster")}
    data = pd.DataFrame({"y": persons["y"], "att": made.regressors["att"]} | codes)
    theirs = pf.feols(
        "y ~ att | unit + period",
        data,
        vcov={"CRV1": "cluster"},
        ssc=pf.ssc(k_adj=False, G_adj=False),
        fixef_tol=1e-12,
    )
    params, influences = sums_of_scores(cells, design(cells, "effect"))
    assert params[0] == pytest.approx(float(theirs.coef()["att"]), rel=1e-8)
    assert np.sqrt((influences**2).sum()) == pytest.approx(float(theirs.se()["att"]), rel=1e-8)


def with_person_effects(frame: pd.DataFrame) -> float:
    """The effect on wages with an effect for every person beside those of months."""
    panel = persons_of(frame, "wage").set_index(["person", "t"])
    model = PanelOLS(
        panel["y"], panel[["treated"]].astype(float), entity_effects=True, time_effects=True
    )
    return float(model.fit().params["treated"])


def on_cells(frame: pd.DataFrame, folder: Path) -> float:
    """The effect on wages with effects of units and months."""
    cells = cells_of(frame, "wage", folder, [])
    return float(fit(cells, design(cells, "effect")).params[0])


def test_person_effects_are_those_of_units_in_a_balanced_panel(tmp_path):
    frame = micro(4, balanced=True)
    assert on_cells(frame, tmp_path) == pytest.approx(with_person_effects(frame), rel=1e-8)


def test_person_effects_are_not_in_an_unbalanced_panel(tmp_path):
    """docs/methods.md quotes these two numbers."""
    frame = micro(4)
    cells, persons = on_cells(frame, tmp_path), with_person_effects(frame)
    assert cells == pytest.approx(QUOTED["cells"], abs=0.05)
    assert persons == pytest.approx(QUOTED["persons"], abs=0.05)
    assert persons - cells > 50


QUOTED = {"cells": -37.85, "persons": 199.20}


def test_movers_by_actual_residence_differ(tmp_path):
    """Whoever moves to a trial area is treated there; by cells of the first unit, is not."""
    frame = micro(5, balanced=True)
    moved = (frame["person"] % 4 == 0) & (frame["t"] >= 5)
    lived = frame["place"].where(~moved, (frame["place"] + CLUSTERS // 2) % UNITS)
    actual = (lived % CLUSTERS < CLUSTERS // 2) & (frame["period"] >= START)
    extra = 30_000 * (actual.astype(int) - frame["treated"].astype(int))
    frame["wage_cents"] = frame["wage_cents"] + extra
    y = persons_of(frame, "wage")
    x = actual.to_frame("att").astype(float)
    effects = design(y, "effect").effects.astype("category")
    by_residence = float(AbsorbingLS(y["y"], x, absorb=effects).fit().params["att"])
    assert abs(by_residence - on_cells(frame, tmp_path)) > 10
