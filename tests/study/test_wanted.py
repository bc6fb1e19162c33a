"""Which cells a study needs, and by what its registers are added up for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuntakokeilu.contracts import PAYERS
from kuntakokeilu.study import read_study, splits_of, wanted_cells

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.mark.parametrize("name", ["demo_2021", "registers_2012", "evaluation_2021"])
def test_registers_are_added_up_for_every_cell_that_is_wanted(name):
    study = read_study(CONFIG, name)
    populations = study.settings.source.registers.populations
    wanted = {
        (population, scheme, study.outcomes[outcome].column)
        for population, schemes in wanted_cells(study).items()
        if populations[population].sample != "survey"
        for scheme, outcomes in schemes.items()
        for outcome in outcomes
    }
    splits = splits_of(study)
    made = {
        (each.population, each.stratification, column)
        for mine in splits.values()
        for each in mine
        for column in each.columns
    }
    assert made == wanted and "survey" not in splits
    for sample, mine in splits.items():
        for each in mine:
            assert populations[each.population].sample == sample
            assert dict(each.members) == populations[each.population].members
            whole = next(e for e in mine if (e.population, e.traits) == (each.population, ()))
            assert set(each.paid) == set(whole.columns) & set(PAYERS)
