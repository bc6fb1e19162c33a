"""Activation moves costs from municipalities to the state, and cost shifting finds how much.

The trial does one thing here: its clients start services several times as often. What that shifts
is computed a second time from the twin's own benefit histories, which know nothing of register
files, ledger tables or SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from kuntakokeilu.cells import outcome_cells, register_units
from kuntakokeilu.contracts import COUNTS, conform
from kuntakokeilu.diagnostics import true_effects
from kuntakokeilu.estimation import estimate
from kuntakokeilu.facts import read_classification
from kuntakokeilu.study import Effect, read_study
from kuntakokeilu.twin import TwinSettings, make_world, simulate_pair
from kuntakokeilu.twin.benefits import benefit_payments
from kuntakokeilu.twin.clock import month
from kuntakokeilu.twin.extract.files import COMMON, person_ids
from kuntakokeilu.twin.rates import read_rates

from .conftest import CONFIG, STUDY, to_cells, to_person_months, to_tables

pytestmark = [pytest.mark.simulate, pytest.mark.slow, pytest.mark.xdist_group("cost_shifting")]

SCALE, SEED = 1 / 80, 1
SERVICES = Effect(outcome="services", from_month=0, to_month=45, effect=2.0)  # log change
POPULATION = "eligible_stock"
OUTCOMES = ("shifted", "municipal_subsidy", "state_benefits")
TABLES = (
    *("persons_yearly", "jobseekers", "search_spells", "status_spells"),
    *("benefit_payments", "social_assistance"),
)
CELL = ["cohort", "elapsed", "unit"]
NO_COUNTS = conform(
    pd.DataFrame(columns=["population", "stratification", "stratum", "unit", "n_persons"]), COUNTS
)


@dataclass(frozen=True)
class World:
    """What the long way made of one world, and the same cells of `shifted` by the short one."""

    cells: pd.DataFrame
    clean: pd.DataFrame


@dataclass(frozen=True)
class Answers:
    """Both worlds, the units, and of each outcome the estimate and the truth."""

    observed: World
    untreated: World
    units: pd.DataFrame
    estimates: pd.DataFrame
    truth: pd.Series


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> Answers:
    """Let both worlds go the whole way, once."""
    study = read_study(CONFIG, STUDY)
    world = replace(make_world(TwinSettings(scale=SCALE, seed=SEED), CONFIG), effects=(SERVICES,))
    without, observed = simulate_pair(world)
    one, zero = (
        whole_way(world, paths, study, tmp_path_factory.mktemp("shifting"))
        for paths in (observed, without)
    )
    classification = read_classification(CONFIG, study.settings.classification)
    units = register_units(study.settings, one.cells, {}, study.areas, classification)
    estimates, truths = [], []
    for outcome in OUTCOMES:
        (asked,) = [e for e in study.estimands_of(outcome) if e.estimand == f"{outcome}.persons"]
        asked = [asked.model_copy(update={"permutations": 99})]
        cells = [outcome_cells(each.cells, outcome) for each in (one, zero)]
        estimates.append(estimate(cells[0], units, NO_COUNTS, asked)[0])
        truths.append(true_effects(*cells, units, asked))
    estimates = pd.concat(estimates).query("inference == 'cluster_area'").set_index("outcome")
    truth = pd.concat(truths).set_index("estimand")["truth"]
    return Answers(one, zero, units, estimates, truth.rename(lambda name: name.split(".")[0]))


def whole_way(world, paths, study, folder: Path) -> World:
    """Write and read the register files of a world, and make its cells in both ways."""
    tables = to_tables(world, paths, folder, names=TABLES)
    columns = {name: study.outcomes[name].column for name in OUTCOMES}
    stocks = ["2019-02", "2021-02"]
    to_person_months(tables, folder / "panel", ["stock"], columns.values(), stocks=stocks)
    cells = to_cells(folder / "panel", {POPULATION: ("stock", {"eligible": True})}, columns)
    members = read_members(world, tables, folder / "panel" / "stock.parquet")
    return World(cells, clean_cells(members, clean_shifted(world, paths)))


def read_members(world, tables: Path, stock: Path) -> pd.DataFrame:
    """Read who of the target group is followed when and where; `person` is the twin's number."""
    ids = pq.read_table(tables / "search_spells.parquet", columns=["person"])["person"]
    numbers = pd.Series(np.arange(len(known := person_ids(world, COMMON))), known.to_pylist())
    of_the_twin = numbers[sorted(set(ids.to_pylist()))].to_numpy()  # the panel counts from 1
    columns = ["person", "cohort", "elapsed", "unit", "eligible"]
    rows = pq.read_table(stock, columns=columns).to_pandas()
    rows = rows[rows["eligible"]].drop(columns="eligible")
    cohort = pd.to_datetime(rows["cohort"]).dt.strftime("%Y-%m")
    return rows.assign(
        person=of_the_twin[rows["person"] - 1],
        cohort=cohort,
        t=cohort.map({name: month(name) for name in cohort.unique()}) + rows["elapsed"],
    )


def clean_shifted(world, paths) -> pd.DataFrame:
    """Price service days of labour market subsidy as a municipality would share unemployment.

    At the daily allowance, without what is added for services; half from 300 days counted before
    the month, seven tenths from 1,000, half a cent up: person, t, cents.
    """
    rates = read_rates(CONFIG)
    paid = pd.concat(benefit_payments(world, paths, rates))
    paid = paid[(paid["benefit"] == "FM") & (paid["ground"] == 3)]
    paid = paid.assign(t=12 * (paid["year"].astype(int) - 2017) + paid["month"] - 1)
    months = paid.groupby(["person", "t"]).agg(days=("days", "sum"), counter=("counter", "first"))
    cents = (
        months["days"].astype("int64")
        * rates["daily_allowance"][months.index.get_level_values("t")]
    )
    tenths = np.select([months["counter"] >= 1000, months["counter"] >= 300], [7, 5], 0)
    return months.assign(cents=(cents * tenths + 5) // 10).reset_index()


def clean_cells(members: pd.DataFrame, shifted: pd.DataFrame) -> pd.DataFrame:
    """Add up persons and cents by cohort, month since and municipality."""
    rows = members.merge(shifted, on=["person", "t"], how="left").fillna({"cents": 0})
    return rows.groupby(CELL)["cents"].agg(n="size", cents="sum").astype("int64")


def test_each_cell_has_the_cents_of_the_clean_histories(answers):
    for world in (answers.observed, answers.untreated):
        cells = outcome_cells(world.cells, "shifted")[[*CELL, "n", "sum"]]
        both = cells.merge(world.clean.reset_index(), on=CELL, how="outer", suffixes=("", "_clean"))
        assert len(both) == len(cells) == len(world.clean)
        assert (both["n"] == both["n_clean"]).all()
        assert ((100 * both["sum"]).round() == both["cents"]).all()
        assert (both["cents"] > 0).sum() > 1_000


def test_truth_is_what_the_clean_histories_say(answers):
    units = answers.units.set_index("unit")
    means = []
    for world in (answers.observed, answers.untreated):
        followed = world.clean.query("1 <= elapsed <= 24").groupby(["cohort", "unit"]).sum()
        means.append((followed["cents"] / 100 / followed["n"]).unstack("cohort"))
    one, zero = (frame.dropna() for frame in means)  # seen before and after
    trial = one.index.intersection(units.index[units["arm"] == "trial"])
    effect = (one["2021-02"] - zero["2021-02"])[trial]
    weights = units.loc[trial, "weight_frozen"]
    assert answers.truth["shifted"] == pytest.approx(np.average(effect, weights=weights), abs=1e-9)


def test_municipalities_pay_less_and_the_state_more(answers):
    assert answers.truth["shifted"] > 10
    assert answers.truth["municipal_subsidy"] < -10
    assert answers.truth["state_benefits"] > 10


def test_the_estimate_finds_what_was_shifted(answers):
    found = answers.estimates.loc["shifted"]
    assert found["ci_low"] > 0
    assert found["ci_low"] <= answers.truth["shifted"] <= found["ci_high"]
    assert answers.estimates.loc["municipal_subsidy", "ci_high"] < 0
