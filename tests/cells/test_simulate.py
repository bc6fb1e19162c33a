"""The simulator: seeded, exact in its effect, stationary, with shocks common to an area."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from kuntakokeilu.cells import build_cells, build_units
from kuntakokeilu.cells.simulate import ar1, simulate_panel, simulate_persons
from kuntakokeilu.contracts import CELLS, COUNTS, UNITS, conform
from kuntakokeilu.study import DataSettings, OutcomeData, SimulatedOutcome, SimulatedSource

SPAN = pd.period_range("2020-01", "2021-12", freq="M")
START = pd.Period("2021-03", "M")
QUIET = {
    "level": 60.0,
    "effect": 0.0,
    "unit_sd": 0.0,
    "season_amplitude": 0.0,
    "area_shock_sd": 0.0,
    "unit_shock_sd": 0.0,
    "person_sd": 0.0,
}


def units(number=6, trial=2):
    """Units of which every two share a cluster and the first ones are treated."""
    treated = np.arange(number) < trial
    return pd.DataFrame(
        {
            "unit": [f"{i:03d}" for i in range(number)],
            "arm": np.where(treated, "trial", "control"),
            "cluster": [f"c{i // 2}" for i in range(number)],
            "first_treated": pd.PeriodIndex([START if t else None for t in treated], freq="M"),
            "weight_frozen": 100.0 * (1 + np.arange(number)),
        }
    )


def simulate(seed=1, stream=1, span=SPAN, of=None, **process):
    of = units() if of is None else of
    outcome = SimulatedOutcome(**({"level": 60.0, "effect": 0.0} | process))
    return simulate_panel(of, span, outcome, seed, stream)


def wide(panel):
    return panel.pivot(index="unit", columns="period", values="mean")


def test_the_same_seed_gives_the_same_panel():
    pd.testing.assert_frame_equal(simulate(), simulate())


@pytest.mark.parametrize("other", [{"seed": 2}, {"stream": 2}])
def test_another_seed_or_outcome_gives_another_panel(other):
    assert (simulate(**other)["mean"] != simulate()["mean"]).all()


@limits(deadline=None, max_examples=40)
@given(st.floats(-50, 50), st.floats(-50, 50))
def test_the_effect_enters_exactly(first, second):
    one, two = simulate(effect=first), simulate(effect=second)
    treated = one["unit"].isin(["000", "001"]) & (one["period"] >= START)
    difference = two["mean"] - one["mean"]
    assert np.allclose(difference[treated], second - first, rtol=0, atol=1e-12)
    assert (difference[~treated] == 0).all()
    assert treated.sum() == 2 * 10


def test_without_noise_only_the_declared_parts_are_left():
    level = wide(simulate(**QUIET))
    assert (level == 60).all(axis=None)
    season = wide(simulate(**QUIET | {"season_amplitude": 2.0}))
    assert season.iloc[0, 0] == pytest.approx(62)
    assert season.iloc[0, 6] == pytest.approx(58)
    assert season.iloc[:, :12].mean(axis=1).tolist() == pytest.approx([60] * 6)
    selected = wide(simulate(**QUIET | {"selection_level": 3.0, "selection_trend": 1.2}))
    assert selected.iloc[2:].eq(60).all(axis=None)
    assert selected.iloc[0].tolist() == pytest.approx(list(63 + 0.1 * np.arange(24)))


def test_area_shocks_are_common_to_a_cluster():
    panel = wide(simulate(**QUIET | {"area_shock_sd": 1.0}))
    assert panel.iloc[0].tolist() == panel.iloc[1].tolist()
    assert panel.iloc[2].tolist() == panel.iloc[3].tolist()
    assert (panel.iloc[0] != panel.iloc[2]).all()


def test_unit_shocks_are_not():
    panel = wide(simulate(**QUIET | {"unit_shock_sd": 1.0}))
    assert (panel.iloc[0] != panel.iloc[1]).all()


@pytest.mark.parametrize("persistence", [0.0, 0.5, 0.9])
def test_shocks_are_stationary_with_the_declared_persistence(persistence):
    paths = ar1(np.random.default_rng(7), 20_000, 12, persistence)
    assert paths.std(axis=0) == pytest.approx(np.ones(12), abs=0.03)  # 6 standard errors
    assert paths.mean(axis=0) == pytest.approx(np.zeros(12), abs=0.05)
    for lag in (1, 4):
        correlation = np.corrcoef(paths[:, 3], paths[:, 3 + lag])[0, 1]
        assert correlation == pytest.approx(persistence**lag, abs=0.04)


def test_noise_falls_with_the_number_of_persons():
    many = units(400, 0)
    months = pd.period_range("2020-01", "2029-12", freq="M")
    for persons in (100, 2500):
        panel = simulate(
            of=many.assign(weight_frozen=float(persons)), span=months, **QUIET | {"person_sd": 20.0}
        )
        assert panel["mean"].std() == pytest.approx(20 / np.sqrt(persons), rel=0.02)


def test_sums_are_those_of_persons():
    panel = simulate(person_sd=20.0)
    assert (panel["weight"] == panel["n"]).all()
    assert panel["sum"].tolist() == (panel["n"] * panel["mean"]).tolist()
    variance = panel["sum_sq"] / panel["weight"] - panel["mean"] ** 2
    assert variance.to_numpy() == pytest.approx(np.full(len(panel), 400.0))


def test_numbers_of_persons_are_seeded_and_at_least_five():
    source = SimulatedSource(reader="simulated", persons_median=20, outcomes={})
    of = units(2000, 0)
    persons = simulate_persons(of, source, 3)
    assert persons.min() == 5
    assert persons.median() == pytest.approx(20, abs=2)
    assert persons.tolist() == simulate_persons(of, source, 3).tolist()
    assert persons.tolist() != simulate_persons(of, source, 4).tolist()


def test_a_simulated_study_follows_the_contracts(of_2025):
    settings = DataSettings.model_validate(
        {
            "units": "municipality",
            "classification": 2025,
            "frequency": "M",
            "start": "2021-03",
            "seed": 5,
            "source": {
                "reader": "simulated",
                "outcomes": {name: {"level": 1, "effect": 2} for name in ("one", "two")},
            },
        }
    )
    areas = pd.DataFrame({"arm": ["trial"], "area": ["South"], "unit": ["507"]})
    made, counts = build_units(settings, {}, areas, of_2025)
    made, counts = conform(made, UNITS), conform(counts, COUNTS)
    assert counts["n_persons"].tolist() == made["weight_frozen"].tolist()
    one, two = (
        conform(
            build_cells(
                settings, OutcomeData(outcome=name), ("2021-01", "2021-04"), {}, made, of_2025
            ),
            CELLS,
        )
        for name in ("one", "two")
    )
    assert len(one) == 308 * 4
    assert set(one["sources"]) == {"simulated"}
    assert (one["mean"] != two["mean"]).all()  # each outcome draws from a stream of its own
    assert one["n"].tolist() == two["n"].tolist()
