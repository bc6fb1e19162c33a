"""The twin with one assumption broken at a time: its cells, estimates, truth and checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from kuntakokeilu.cells import register_units
from kuntakokeilu.contracts import COUNTS, conform
from kuntakokeilu.diagnostics import diagnose, true_effects
from kuntakokeilu.estimation import estimate
from kuntakokeilu.facts import read_classification
from kuntakokeilu.study import Estimand, read_study
from kuntakokeilu.twin import Switches, TwinSettings, World, make_world, simulate, simulate_pair
from kuntakokeilu.twin.clock import month
from kuntakokeilu.twin.dynamics import Paths

from .conftest import CONFIG, STUDY
from .direct import flow_cells, recorded, stock_cells
from .direct_costs import costs_and_care

SCALE = 1 / 20
# Smaller than the shocks of the real areas, which are found without any switch.
QUIET = {"shock_sd": 0.07, "shock_persistence": 0.95}
# Switches of both worlds: all others leave the world without the trial as it is.
BOTH = {"selection_level", "selection_trend", "area_shocks", "covid_by_area_eligibility"}
MONTHS = range(month("2018-01"), month("2023-01"))
COSTS = ("benefit_cents", "municipal_subsidy_cents", "social_assistance")
STOCKS = ("2018-02", "2019-02", "2021-02")
NO_COUNTS = conform(
    pd.DataFrame(columns=["population", "stratification", "stratum", "unit", "n_persons"]), COUNTS
)
_STUDY = read_study(CONFIG, STUDY)
_ROWS = {e.estimand: e.model_copy(update={"weights": "persons_frozen"}) for e in _STUDY.estimands}
MAIN, FAR = "employed.persons", "employed.without_neighbours"


@lru_cache(maxsize=4)
def worlds(seed: int, switch: str = "", size: float = 0.0) -> tuple[World, Paths, Paths]:
    """Return a world with at most one switch on, and its paths without and with the trial."""
    switches = Switches(**{switch: size} if switch else {})
    settings = TwinSettings(scale=SCALE, seed=seed, switches=switches, **QUIET)
    world = make_world(settings, CONFIG)
    if not switch or switch in BOTH:
        return world, *simulate_pair(world)
    _, without, observed = worlds(seed)
    if switch == "recording":
        return world, without, recorded(world, observed)
    return world, without, simulate(world, trial=True, entry_rates=without.entry_rates)


@lru_cache(maxsize=2)
def costs(*which) -> tuple[dict, dict]:
    """Return euros of benefits and social assistance, without and with the trial."""
    world, without, observed = worlds(*which)
    if len(which) == 1 or which[1] in BOTH:
        untreated = costs_and_care(world, without, CONFIG, COSTS)
    else:
        untreated = costs(which[0])[0]
    return untreated, costs_and_care(world, observed, CONFIG, COSTS)


@dataclass(frozen=True)
class Answers:
    """What a study would say of one world, and what is true there."""

    estimates: pd.DataFrame
    influences: pd.DataFrame
    checks: pd.DataFrame
    truth: pd.DataFrame

    def row(self, name: str) -> pd.Series:
        """Return the one effect of an estimand, clustered by area."""
        mine = self.estimates["estimand"].eq(name)
        return self.estimates[mine & self.estimates["inference"].eq("cluster_area")].iloc[0]

    def true(self, name: str) -> float:
        """Return the true effect."""
        return float(self.truth.set_index("estimand").loc[name, "truth"])

    def verdict(self, name: str, check: str) -> str:
        """Return what a check says."""
        return str(self.checks.set_index(["estimand", "check"]).loc[(name, check), "verdict"])


@lru_cache(maxsize=8)
def tables(kind: str, *which) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the observed cells, those of the world without the trial, and the units.

    Kinds: stock and flow, of states; stock_costs and flow_costs.
    """
    world, without, observed = worlds(*which)
    stocks = stock_cells(world, observed)
    classification = read_classification(CONFIG, _STUDY.settings.classification)
    units = register_units(_STUDY.settings, stocks, {}, _STUDY.areas, classification)
    if kind.endswith("_costs"):
        pairs = zip((observed, without), reversed(costs(*which)), strict=True)
        return *(_cost_cells(kind, world, *pair) for pair in pairs), units
    if kind == "stock":
        return stocks, stock_cells(world, without), units
    flows = [flow_cells(world, paths, MONTHS) for paths in (observed, without)]
    finding_work = [cells[cells["outcome"] == "open_market_work"] for cells in flows]
    return *finding_work, units


def _cost_cells(kind: str, world: World, paths: Paths, more: dict) -> pd.DataFrame:
    if kind == "stock_costs":
        return stock_cells(world, paths, STOCKS, more=more)
    return flow_cells(world, paths, MONTHS, more)


def ask(kind: str, estimands: list[Estimand], *which) -> Answers:
    """Estimate, check and look up the truth of estimands of one kind of cells in one world."""
    observed, untreated, units = tables(kind, *which)
    estimates, influences = estimate(observed, units, NO_COUNTS, estimands)
    checks = diagnose(observed, units, NO_COUNTS, estimates, influences, estimands)
    truth = true_effects(observed, untreated, units, estimands)
    return Answers(estimates, influences, checks, truth)


def stock(outcome: str = "open_market_work", row: str = MAIN, **changes) -> Estimand:
    """Ask for the effect on the target group among the job seekers of February 2021."""
    basics = {"estimand": f"{outcome}.main", "outcome": outcome, "permutations": 199}
    return _ROWS[row].model_copy(update=basics | changes)


def flow(**changes) -> Estimand:
    """Ask for the effect on finding work within a month among the target group's job seekers."""
    monthly = {"population": "eligible_seekers", "sample": "job_seekers"}
    monthly |= {"elapsed_first": None, "elapsed_last": None}
    monthly |= {"first_period": "2018-01", "last_period": "2022-12"}
    return stock(**(monthly | changes))
