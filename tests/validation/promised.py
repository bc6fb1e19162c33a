"""What the demonstration promises, on twins of its effects and any size, straight from states.

The short way of `direct`: no register files, no ledger, so that many twins of 1:10 are a matter of
minutes. The net cost beside what is shifted needs the ledger, and is not judged here.

    PYTHONPATH=src python -m tests.validation.promised --scale 0.1 --seeds 10

prints how often each promise comes true (docs/twin.md).
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from kuntakokeilu.cells import register_units
from kuntakokeilu.contracts import CELLS, conform
from kuntakokeilu.diagnostics import true_effects
from kuntakokeilu.diagnostics.violations import non_eligible_moves
from kuntakokeilu.estimation import estimate
from kuntakokeilu.facts import read_classification
from kuntakokeilu.report.tables.expected import came_true
from kuntakokeilu.study import read_study
from kuntakokeilu.twin import World, make_world, simulate_pair
from kuntakokeilu.twin.benefits import benefit_payments
from kuntakokeilu.twin.clock import month
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.rates import read_rates
from kuntakokeilu.twin.survey import ITEMS, REVERSED, survey
from kuntakokeilu.twin.wages import wage_payments
from kuntakokeilu.twin.wellbeing import sickness_spells

from .conftest import CONFIG, STUDY
from .direct import EMPLOYED_ABOVE, eligible, stock_cells
from .direct_costs import SUBSIDY, municipal_share
from .violated import NO_COUNTS

FIRST = month("2019-03")  # nothing before it is asked for
SERVICE = 3  # ground of a benefit: days in a service
_STUDY = read_study(CONFIG, STUDY)
_ROWS = {each.estimand: each for each in _STUDY.estimands}


def promises(seed: int, scale: float, **settings) -> pd.DataFrame:
    """Judge every promise on one twin: truth, what is detectable, the interval, if it came true."""
    twin = _STUDY.settings.source.twin
    twin = twin.model_copy(update={"seed": seed, "scale": scale} | settings)
    world = make_world(twin, CONFIG, _STUDY.areas, _STUDY.effects)
    untreated, observed = simulate_pair(world)
    one, zero = (cells_of(world, paths) for paths in (observed, untreated))
    classification = read_classification(CONFIG, _STUDY.settings.classification)
    units = register_units(_STUDY.settings, one, {}, _STUDY.areas, classification)
    rows = pd.DataFrame([judged(row, one, zero, units) for row in _STUDY.expected.values()])
    return rows.assign(seed=seed, scale=scale)


def judged(promise, one: pd.DataFrame, zero: pd.DataFrame, units: pd.DataFrame) -> dict:
    """Estimate what one promise is about, beside its truth, and judge it as the page does."""
    mine = _ROWS[promise.estimand]
    names = [mine.estimand]
    check = None
    if promise.expected == "caught":
        others = f"{mine.outcome}.others"
        names += [promise.beside, others]
    asked = [_ROWS[name].model_copy(update={"permutations": 19}) for name in names]
    cells, without = (each[each["outcome"].eq(mine.outcome)] for each in (one, zero))
    estimates, _ = estimate(cells, units, NO_COUNTS, asked)
    truth = true_effects(cells, without, units, asked).set_index("estimand")["truth"]
    lead = estimates[estimates["leading"]].set_index("estimand").assign(truth=truth, status="ok")
    if promise.expected == "caught":
        (check,) = non_eligible_moves(estimates, asked[0], asked)
    kind = "found" if promise.expected == "shifted" else promise.expected
    row = lead.loc[mine.estimand]
    kept = came_true(kind, row, lead.loc[names[-2]] if check else None, check)
    numbers = ("truth", "minimum_detectable_effect", "estimate", "ci_low", "ci_high")
    about = {"estimand": mine.estimand, "expected": promise.expected, "came_true": kept}
    return about | {name: row[name] for name in numbers}


def cells_of(world: World, paths: Paths) -> pd.DataFrame:
    """Make the cells of everything promised, in the units of the study."""
    more = employed(world, paths) | subsidies(world, paths) | sickness(world, paths)
    return pd.concat([stock_cells(world, paths, more=more), scale_cells(world, paths)])


def employed(world: World, paths: Paths) -> dict[str, np.ndarray]:
    """Tell who has wages above the study's limit in a month, in per cent."""
    cents = np.zeros(paths.state.shape, np.int64)
    for t, wages in enumerate(wage_payments(world, paths)):
        if t >= FIRST:
            np.add.at(cents[t], wages["person"], wages["cents"])
    return {"employed": 100.0 * (cents > EMPLOYED_ABOVE)}


def subsidies(world: World, paths: Paths) -> dict[str, np.ndarray]:
    """Give the municipal share of the labour market subsidy and what service days spare it."""
    found = {n: np.zeros(paths.state.shape) for n in ("municipal_subsidy", "shifted")}
    rates = read_rates(CONFIG)
    for t, paid in enumerate(benefit_payments(world, paths, rates)):
        if t < FIRST:
            continue
        subsidy = paid[paid["benefit"] == SUBSIDY]
        person, cents = municipal_share(subsidy)
        np.add.at(found["municipal_subsidy"][t], person, cents / 100)
        service = subsidy[subsidy["ground"] == SERVICE].groupby("person")
        days, counter = service["days"].sum().astype(float), service["counter"].first()
        share = np.select([counter >= 1000, counter >= 300], [0.7, 0.5], 0.0)
        euros = days * rates["daily_allowance"][t] * share / 100
        np.add.at(found["shifted"][t], days.index, euros)
    return found


def sickness(world: World, paths: Paths) -> dict[str, np.ndarray]:
    """Give the days of the sickness spells that begin in a month."""
    days = np.zeros(paths.state.shape)
    spells = sickness_spells(world, paths)
    t = spells["start_date"].to_numpy().astype("datetime64[M]").astype(int) - (2017 - 1970) * 12
    np.add.at(days, (t, spells["person"]), spells["days"])
    return {"sickness_days": days}


def scale_cells(world: World, paths: Paths) -> pd.DataFrame:
    """Make the cells of the survey's scale: weighted means of those who answered."""
    rows = survey(world, paths)
    items = rows[list(ITEMS)].astype(float).replace(0.0, np.nan)
    items[REVERSED] = 6 - items[REVERSED]
    rows = rows.assign(mean=items.mean(axis=1))[rows["responded"]].dropna(subset="mean")
    parts = []
    for day, asked in rows.groupby("wave"):
        period = pd.Period(day, "M")
        t = month(str(period))
        mine = asked[eligible(world, paths, t - 1)[asked["person"]]]
        home = world.population.residence(12 * (t // 12) - 1)[mine["person"]]
        mine = mine.assign(unit=world.places.code[home], sum=mine["weight"] * mine["mean"], n=1)
        sums = mine.groupby("unit")[["weight", "sum", "n"]].sum().reset_index()
        parts.append(sums.assign(mean=sums["sum"] / sums["weight"], period=period))
    cells = pd.concat(parts, ignore_index=True).assign(
        outcome="wellbeing_scale",
        population="asked_eligible",
        stratification="none",
        stratum="all",
        cohort=None,
        elapsed=pd.array([pd.NA] * sum(map(len, parts)), dtype="Int64"),
        sum_sq=np.nan,
        value_kind="sum",
        sources="survey",
    )
    return conform(cells, CELLS)


def main() -> None:
    """Print how often each promise comes true."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--shocks", type=float, nargs=2, help="deviation and persistence")
    options = parser.parse_args()
    named = ("shock_sd", "shock_persistence")
    shocks = dict(zip(named, options.shocks, strict=True)) if options.shocks else {}
    parts = []
    for seed in range(options.first, options.first + options.seeds):
        parts.append(promises(seed, options.scale, **shocks))
        print(parts[-1].round(3).to_string(index=False, header=seed == options.first), flush=True)
    rows = pd.concat(parts)
    ratio = rows["truth"].abs() / rows["minimum_detectable_effect"]
    groups = rows.assign(ratio=ratio).groupby(["estimand", "expected"], sort=False)
    print(groups[["came_true", "truth", "minimum_detectable_effect", "ratio"]].mean().round(3))


if __name__ == "__main__":
    main()
