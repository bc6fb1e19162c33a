"""The collapse of a survey: weighted cells, and regressions on them against those on persons."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import PanelOLS

from kuntakokeilu.cells import collapse
from kuntakokeilu.contracts import CELLS, PERSON_MONTHS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import fit, influence
from kuntakokeilu.estimation.designs import two_way_fixed_effects

from ..estimation.build import spec

OUTCOMES = {"scale": "wellbeing_scale", "responded": "survey_responded", "wage": "wage_cents"}
KEYS = ["unit", "period"]
WAVES = pd.to_datetime(["2020-11-01", "2022-10-01", "2023-10-01"])


def asked(seed: int = 1, persons: int = 3_000) -> pd.DataFrame:
    """Other persons in each wave, in twelve municipalities of six areas, three of them treated."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"person": range(persons), "cohort": None, "elapsed": None})
    place = rng.integers(0, 12, persons)
    frame["period"] = rng.choice(WAVES, persons)
    frame["unit"] = np.char.add("u", place.astype(str))
    frame["sex"] = rng.choice(["male", "female"], persons)
    frame["cluster"] = place % 6
    frame["trial"] = place % 6 < 3
    frame["survey_responded"] = rng.random(persons) < 0.5
    answered = frame["survey_responded"]
    frame["asked_weight"] = rng.choice([1.25, 2.5, 40.0], persons)
    weight = (frame["asked_weight"] * rng.uniform(1.2, 4, persons)).round(6)
    frame["answered_weight"] = weight.where(answered)
    items = rng.integers(1, 6, (persons, 5)) + 0.3 * frame["trial"].to_numpy()[:, None]
    frame["wellbeing_scale"] = pd.Series(items.mean(axis=1).round(4)).where(
        answered & (rng.random(persons) < 0.95)
    )
    frame["wage_cents"] = rng.integers(-1_000, 400_000, persons)
    frame["wage_payers"] = None
    return frame


def written(frame: pd.DataFrame, path):
    """Write the columns that the contract has, in its types."""
    names = [name for name in frame if name in PERSON_MONTHS]
    columns = ", ".join(f'"{n}"::{PERSON_MONTHS[n].type} AS "{n}"' for n in names)
    with duckdb.connect() as con:
        con.register("frame", frame[names])
        con.execute(f"COPY (SELECT {columns} FROM frame) TO '{path.as_posix()}' (FORMAT parquet)")
    return path


def cells_of(frame: pd.DataFrame, folder) -> pd.DataFrame:
    path = written(frame, folder / "survey.parquet")
    return conform(collapse(path, "asked", {}, {"sex": ["sex"]}, OUTCOMES)[0], CELLS)


@pytest.mark.parametrize(
    ("outcome", "own", "unit"),
    [
        ("scale", "answered_weight", 1.0),
        ("responded", "asked_weight", 100.0),
        ("wage", "asked_weight", 0.01),
    ],
)
def test_weighted_cells_are_those_of_pandas(tmp_path, outcome, own, unit):
    frame = asked()
    cells = cells_of(frame, tmp_path)
    cells = cells[(cells["outcome"] == outcome) & (cells["stratification"] == "sex")]
    known = frame.dropna(subset=[OUTCOMES[outcome]])
    y, w = known[OUTCOMES[outcome]].astype(float) * unit, known[own]
    parts = known.assign(n=1, weight=w, sum=w * y, sum_sq=w * y**2)
    theirs = parts.groupby(["sex", *KEYS])[["n", "weight", "sum", "sum_sq"]].sum()
    mine = cells.assign(period=cells["period"].dt.to_timestamp())
    mine = mine.set_index(["stratum", *KEYS])[[*theirs, "mean"]].loc[theirs.index].astype(float)
    np.testing.assert_allclose(mine[[*theirs]], theirs, rtol=1e-12)
    np.testing.assert_allclose(mine["mean"], theirs["sum"] / theirs["weight"], rtol=1e-12)
    shuffled = cells_of(frame.sample(frac=1, random_state=2), tmp_path)
    pd.testing.assert_frame_equal(shuffled, cells_of(frame, tmp_path), check_exact=True)


def test_what_a_person_gets_is_not_weighted_for_disclosure(tmp_path):
    frame = asked()
    cells = cells_of(frame, tmp_path).query("outcome == 'wage' and stratification == 'none'")
    amounts = frame["wage_cents"].abs().groupby([frame[key] for key in KEYS])
    np.testing.assert_allclose(np.sort(cells["top1"]), np.sort(amounts.max() / 100))
    assert cells["sum_abs"].sum() == pytest.approx(frame["wage_cents"].abs().sum() / 100)


def test_samples_of_registers_weigh_everyone_alike(tmp_path):
    """To the bit, whether the columns of the survey are there, empty, or not."""
    frame = asked()
    without = frame.drop(columns=["asked_weight", "answered_weight"])
    empty = frame.assign(asked_weight=np.nan, answered_weight=np.nan)
    cells = cells_of(without, tmp_path)
    pd.testing.assert_frame_equal(cells, cells_of(empty, tmp_path), check_exact=True)
    assert cells["weight"].eq(cells["n"].astype(float)).all()
    ones = frame.assign(asked_weight=1.0, answered_weight=1.0)
    pd.testing.assert_frame_equal(cells, cells_of(ones, tmp_path), rtol=1e-14)


@pytest.mark.parametrize("column", ["asked_weight", "answered_weight"])
@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_an_answer_without_weight_is_refused(tmp_path, column, value):
    frame = asked()
    at = frame.index[frame["wellbeing_scale"].notna()][:2]
    frame.loc[at, column] = value
    with pytest.raises(InputError, match=rf"survey.parquet, column {column}: .* in 2 rows"):
        cells_of(frame, tmp_path)


def test_cells_give_the_weighted_regression_on_persons(tmp_path):
    """Effect, cluster sums and clustered errors; statsmodels with dummies, and linearmodels."""
    frame = asked().dropna(subset=["wellbeing_scale"]).reset_index(drop=True)
    start = pd.Timestamp("2021-03-01")
    about = frame.drop_duplicates("unit").set_index("unit")[["cluster", "trial"]]
    cells = cells_of(frame, tmp_path).query("outcome == 'scale' and stratification == 'none'")
    cells = cells.rename(columns={"mean": "y", "weight": "w"}).join(about, on="unit")
    persons = frame.assign(y=frame["wellbeing_scale"], w=frame["answered_weight"])
    estimand = spec(frequency="M")
    found = []
    for each, when in ((cells, cells["period"].dt.to_timestamp()), (persons, persons["period"])):
        rows = each.assign(treated=each["trial"] & (when > start)).drop(columns="elapsed")
        rows = rows.reset_index(drop=True)
        fitted = fit(rows, two_way_fixed_effects(rows, estimand))
        scores = pd.DataFrame(fitted.scores).groupby(rows["cluster"]).sum()
        found.append((fitted.params[0], scores.to_numpy() @ fitted.bread, fitted, rows))
    (mine, sums, fitted, rows), (alone, theirs, *_) = found
    assert mine == pytest.approx(alone, abs=1e-8)
    np.testing.assert_allclose(sums, theirs, atol=1e-8)

    treated = persons["trial"] & (persons["period"] > start)
    dummies = pd.get_dummies(persons[KEYS].astype(str), drop_first=True, dtype=float)
    x = sm.add_constant(dummies.assign(treated=treated.astype(float)))
    model = sm.WLS(persons["y"], x, persons["w"])
    no_factor = {"groups": persons["cluster"].to_numpy(), "use_correction": False}
    wls = model.fit(cov_type="cluster", cov_kwds=no_factor)
    assert mine == pytest.approx(wls.params["treated"], abs=1e-8)
    assert np.sqrt((sums**2).sum()) == pytest.approx(wls.bse["treated"], abs=1e-8)

    # Other persons in each wave: the index is the person, so that effects are given as dummies.
    panel = persons.assign(treated=treated.astype(float)).set_index(["person", "period"])
    ols = PanelOLS(
        panel["y"],
        panel[["treated"]],
        weights=panel["w"],
        other_effects=pd.DataFrame(
            {
                "unit": pd.factorize(persons["unit"])[0],
                "wave": pd.factorize(persons["period"])[0],
            },
            index=panel.index,
        ),
    ).fit(
        cov_type="clustered",
        clusters=panel["cluster"],
        debiased=False,
        auto_df=False,
        count_effects=False,
    )
    assert mine == pytest.approx(ols.params["treated"], abs=1e-8)
    assert np.sqrt((sums**2).sum()) == pytest.approx(ols.std_errors["treated"], abs=1e-8)

    # With the CR1 factor of the cells: clusters, and cells where the other has persons.
    clusters, n, k = rows["cluster"].nunique(), len(rows), fitted.n_params
    own = influence(fitted, rows["cluster"])
    factor = clusters / (clusters - 1) * (n - 1) / (n - k)
    assert float((own.to_numpy() ** 2).sum()) == pytest.approx(
        factor * wls.bse["treated"] ** 2, rel=1e-8
    )
