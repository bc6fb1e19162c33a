"""The survey of the twin from raw files to cells: the truth is what was built in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from kuntakokeilu.cells import collapse, register_units
from kuntakokeilu.diagnostics import true_effects
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.panel import TABLES, prepare
from kuntakokeilu.panel.database import NEEDED
from kuntakokeilu.registers import open_extract, read_adapter, read_contract, read_table
from kuntakokeilu.study import read_study
from kuntakokeilu.twin import survey, write_extract
from kuntakokeilu.twin.clock import START
from kuntakokeilu.twin.walk import walk

from .conftest import ADAPTER, CONFIG, STUDY

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("twin")]
SURVEYED = (*NEEDED, "persons_sex", "benefit_payments", "survey")
BEFORE, AFTER = (pd.Period("2021-03", "M") + wave for wave in survey.WAVES)


def surveyed(world, paths, folder):
    """Go from one world to the person-months of those asked."""
    write_extract(
        world, paths, CONFIG, read_adapter(ADAPTER, read_contract(CONFIG)), folder / "raw"
    )
    opened = open_extract(CONFIG, ADAPTER, folder / "raw")
    for name in SURVEYED:
        read_table(opened, name, folder / "tables" / f"{name}.parquet")
    study = read_study(CONFIG, STUDY)
    prepared = prepare(
        tables=folder / "tables",
        settings=study.settings.source.panel,
        classification=read_classification(CONFIG, study.settings.classification),
        rules=read_ledger_rules(CONFIG),
        areas=study.areas,
        start=study.settings.start,
        out=folder,
        samples=["survey"],
    )
    return folder / "survey.parquet", prepared.survey_response


@pytest.fixture(scope="module")
def treated(twin, tmp_path_factory):
    """Return the way of the world with the trial."""
    return surveyed(twin[0], twin[2], tmp_path_factory.mktemp("observed"))


@pytest.fixture(scope="module")
def untreated(twin, tmp_path_factory):
    """Return the way of the world without it."""
    return surveyed(twin[0], twin[1], tmp_path_factory.mktemp("untreated"))


def test_the_table_is_read_by_the_panel():
    assert set(SURVEYED) <= set(TABLES)


@pytest.mark.simulate
def test_the_truth_is_what_was_built_in(twin, treated, untreated):
    (world, without, observed), (zero, _), (one, _) = twin, untreated, treated
    study = read_study(CONFIG, STUDY)
    outcomes = {"scale": "wellbeing_scale"}
    cells, untreated = (collapse(path, "asked", {}, {}, outcomes)[0] for path in (one, zero))
    classification = read_classification(CONFIG, study.settings.classification)
    units = register_units(study.settings, cells, {}, study.areas, classification)
    estimand = next(e for e in study.estimands if e.estimator == "two_way_fixed_effects")
    asked = {"estimand": "scale.main", "outcome": "scale", "population": "asked"}
    asked |= {"sample": "survey", "elapsed_first": None, "elapsed_last": None}
    asked |= {"first_period": str(BEFORE), "last_period": str(AFTER), "weights": "persons_current"}
    truth = true_effects(cells, untreated, units, [estimand.model_copy(update=asked)])
    found = float(truth["truth"].iloc[0])

    # Nothing differs before the start. After it: what the trial did to the wellbeing behind the
    # answers of those who gave any, times what an answer moves with it.
    rows, others = (pd.read_parquet(path).set_index(["person", "period"]) for path in (one, zero))
    both = rows.join(others["wellbeing_scale"].rename("without"), how="inner")
    both = both.dropna(subset=["wellbeing_scale", "without"])
    first = both.index.get_level_values("period").astype(str) == f"{BEFORE}-01"
    change = both["wellbeing_scale"] - both["without"]
    assert first.any() and change[first].eq(0).all()
    in_trial = both["unit"].isin(study.areas["unit"]) & ~first
    expected = _built_in(world, without, observed)
    assert change[in_trial].mean() == pytest.approx(expected, abs=0.02)
    assert abs(change[~in_trial].mean()) < 0.01  # who moved to a trial area after the freeze date
    # Who is asked differs too, since the trial changes who is still a job seeker.
    assert found == pytest.approx(expected, abs=0.04)
    assert found > 0


def _built_in(world, without, observed) -> float:
    """Average the change of the scale among those in trial areas who answer the second wave."""
    t = START + survey.WAVES[1]
    zero, one = (
        survey.wellbeing(world, paths, next(now for now in walk(world, paths) if now.t == t))
        for paths in (without, observed)
    )
    asked = survey.survey(world, observed)
    who = asked.loc[asked["wave"].eq(asked["wave"].max()) & asked["responded"], "person"]
    who = who[world.area_of(t - 1)[who] >= 0]
    moved = (one - zero)[who]
    assert moved[moved != 0].mean() == pytest.approx(0.15, abs=0.05)  # of twin_effects.csv
    own = survey.LOADING**2 * one.var() + 1 - survey.LOADING**2
    slope = survey.LOADING * norm.pdf(survey.THRESHOLDS, scale=np.sqrt(own)).sum()
    return float(slope * moved.mean())


@pytest.mark.simulate
def test_response_is_higher_in_trial_areas_after_the_start_only(treated):
    _, response = treated
    found = response[response["arm"] == "trial"].set_index("wave")
    z = found["difference"] / found["difference_std_error"]
    assert abs(z[str(BEFORE)]) < 3 and found.loc[str(AFTER), "difference"] > 0
    whole = response[response["arm"] == "all"]
    assert np.all(whole["alpha"].between(0.7, 0.9))
    assert (whole["effective_size"] < whole["n_answered"]).all()
