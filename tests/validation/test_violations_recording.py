"""Unemployment that is recorded as a service moves what the ledger prices by status, and no more.

The trial has no effect here, so that the two worlds are the same persons in the same states; the
switch writes part of their unemployment down as something else. What is in no register of its
own is priced by status, as rehabilitative work: the cost falls on those who pay for that.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.cells import register_units
from kuntakokeilu.diagnostics import recording
from kuntakokeilu.estimation import estimate
from kuntakokeilu.facts import read_classification
from kuntakokeilu.study import read_study

from .conftest import CONFIG, STUDY, make_twin, to_cells, to_person_months, to_tables
from .violated import NO_COUNTS

pytestmark = [pytest.mark.simulate, pytest.mark.slow, pytest.mark.xdist_group("recording")]
SEED, SCALE, SHARE = 3, 1 / 200, 0.5
TABLES = (
    *("persons_yearly", "jobseekers", "search_spells", "status_spells", "work_trials"),
    *("training", "training_courses", "benefit_payments", "social_assistance"),
    *("sickness_allowance", "medicine_purchases"),
)
STATUS = ("unemployed", "in_service")
PRICED = ("state_transfers",)  # by day of rehabilitative work
UNTOUCHED = (
    *("labour_market_subsidy", "municipal_subsidy", "state_benefits", "employment_fund"),
    *("unemployment_funds", "shifted", "social_assistance", "psychotropic_purchase"),
)
KEY = ["cohort", "elapsed", "unit", "outcome"]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """Return the study, and the worlds and cells without and with the switch."""
    study = read_study(CONFIG, STUDY)
    columns = {n: study.outcomes[n].column for n in (*STATUS, *PRICED, *UNTOUCHED)}
    populations = {"eligible_stock": ("stock", {"eligible": True})}
    paths, cells = [], []
    for share in (0.0, SHARE):
        switches = {"recording": share}
        world, _, observed = make_twin(SCALE, SEED, effect_scale=0, switches=switches)
        folder = tmp_path_factory.mktemp("recording")
        tables = to_tables(world, observed, folder, names=TABLES)
        wanted, stocks = columns.values(), ["2019-02", "2021-02"]
        to_person_months(tables, folder / "panel", ["stock"], wanted, stocks=stocks)
        paths.append(observed)
        cells.append(to_cells(folder / "panel", populations, columns))
    return study, paths, cells


@pytest.fixture(scope="module")
def answers(worlds):
    """Return the estimands, and estimates and influences without and with the switch."""
    study, _, cells = worlds
    names = [f"{outcome}.persons" for outcome in (*STATUS, *PRICED)]
    few = {"permutations": 99}  # no test here asks for them
    asked = [e.model_copy(update=few) for e in study.estimands if e.estimand in names]
    classification = read_classification(CONFIG, study.settings.classification)
    found = []
    for each in cells:
        units = register_units(study.settings, each, {}, study.areas, classification)
        found.append(estimate(each, units, NO_COUNTS, asked))
    return asked, found


def test_nobody_lives_otherwise(worlds):
    _, (off, on), _ = worlds
    assert all(
        np.array_equal(*(getattr(p, name) for p in (off, on)))
        for name in ("state", "right", "client")
    )


def test_benefits_and_wellbeing_are_the_same_to_the_cent(worlds):
    _, _, cells = worlds
    off, on = (each.set_index(KEY).sort_index()[["n", "sum"]] for each in cells)
    for outcome in UNTOUCHED:
        one, other = (each.xs(outcome, level="outcome") for each in (off, on))
        assert one["sum"].abs().sum() > 0
        pd.testing.assert_frame_equal(one, other)


def test_costs_by_status_miss_and_the_check_says_so(answers):
    asked, found = answers
    columns = {**{name: name for name in STATUS}, **{name: f"{name}_cents" for name in PRICED}}
    leading = [each[0][each[0]["leading"]].set_index("outcome") for each in found]
    for outcome in PRICED:  # nothing has an effect
        holds = [e.loc[outcome, "ci_low"] <= 0 <= e.loc[outcome, "ci_high"] for e in leading]
        assert holds == [True, False], outcome
        assert leading[1].loc[outcome, "estimate"] > 0
    checks = [recording(*each, asked, columns) for each in found]
    assert [set(each["verdict"]) for each in checks] == [{"pass"}, {"warn"}]
    assert set(checks[1]["estimand"]) == {f"{n}.persons" for n in (*STATUS, *PRICED)}
