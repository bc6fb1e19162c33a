"""The plan of a study of registers is locked with the rules by which persons are followed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kuntakokeilu.registration import lock_plan
from kuntakokeilu.study import plan_rows, plan_statuses, read_study

STUDY = "demo_2021"


@pytest.fixture
def locked(tmp_path):
    """A copy of the configuration whose demonstration is locked; reads it anew."""
    config = shutil.copytree(Path("config"), tmp_path / "config")
    lock_plan(config, STUDY)
    return config / "studies" / STUDY, lambda: read_study(config, STUDY)


def edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_estimands_of_registers_are_locked_changed_or_added(locked):
    folder, study = locked
    assert set(plan_statuses(study()).values()) == {"locked"}
    rows = (folder / "estimands.csv").read_text(encoding="utf-8").splitlines()
    edit(folder / "estimands.csv", rows[1], rows[1].replace(",1,24,", ",1,12,"))
    added = rows[2].replace("employed.persons,", "employed.persons_of_a_year,")
    added = added.replace(",1,24,", ",1,6,").replace(",main,yes", ",robustness,")
    with (folder / "estimands.csv").open("a", encoding="utf-8") as file:
        file.write(added + "\n")
    found = plan_statuses(study())
    assert found["employed.main"] == "changed"
    assert found["employed.persons_of_a_year"] == "added"
    assert set(found.values()) == {"locked", "changed", "added"}
    table = plan_rows(study()).set_index("item")
    assert table.loc["employed.main", "changes"].startswith("elapsed_last: 24 → 12")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("employed_above: 500", "employed_above: 600"),
        ("eligibility: payments", "eligibility: fund"),
        ("members: {eligible: true}", "members: {eligible: false}"),
    ],
)
def test_a_rule_about_persons_that_moves_changes_every_number(old, new, locked):
    folder, study = locked
    edit(folder / "study.yaml", old, new)
    assert set(plan_statuses(study()).values()) == {"changed"}
