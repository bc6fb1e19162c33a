"""Simulated municipal panels for the checks."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest

from kuntakokeilu.cells.simulate import simulate_panel, simulate_persons
from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.estimation import estimate

from ..estimation.build import Built, build_study, tables

QUIET = {"area_shock_sd": 0.0, "unit_shock_sd": 0.0, "person_sd": 0.0}


@dataclass(frozen=True)
class Simulator:
    built: Built

    def __call__(self, seed: int, **process) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """CELLS, UNITS and COUNTS of the demonstration's employment rate, made otherwise."""
        source = self.built.study.settings.source
        outcome = source.outcomes["employment_rate"].model_copy(
            update={"selection_level": 0.0, **process}
        )
        units = self.built.units.copy()
        units["weight_frozen"] = simulate_persons(units, source, seed).astype(float)
        span = pd.period_range("2018-03", "2022-02", freq="M")
        rows = simulate_panel(units, span, outcome, seed, stream=1)
        rows = rows.rename(columns={"mean": "y"}).assign(period=rows["period"].astype(str))
        cells, _, counts = tables(rows, {})
        return cells.assign(outcome="employment_rate"), units, counts

    def estimand(self, name: str = "main", **changes):
        changes = {"last_period": "2022-02"} | changes
        return self.built.estimand(f"employment_rate.{name}", **changes)


@pytest.fixture
def simulate(config) -> Simulator:
    return Simulator(build_study(config, None, "simulated_2021"))


@pytest.fixture
def checks():
    """Run estimates and checks of some estimands; rows by estimand and check."""

    def run(cells, units, counts, estimands):
        estimates, influences = estimate(cells, units, counts, estimands)
        found = diagnose(cells, units, counts, estimates, influences, estimands)
        return found.set_index(["estimand", "check"])

    return run
