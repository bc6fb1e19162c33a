"""Named groups of municipalities, and estimands that leave something out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.study import read_study

STUDY = "open_2021"


@pytest.fixture
def copy(config: Path, tmp_path: Path) -> Path:
    """A copy of config/ that a test may edit."""
    target = tmp_path / "config"
    shutil.copytree(config, target)
    return target


def edit(copy: Path, name: str, old: str, new: str) -> None:
    path = copy / "studies" / STUDY / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def rule(config: Path, name: str):
    study = read_study(config, STUDY)
    return next(e for e in study.estimands if e.estimand == name).comparison_rule


def test_groups_become_units_of_the_classification(config: Path) -> None:
    derived = rule(config, "unemployment_rate.verified").exclude_units
    areas = pd.read_csv(config / "studies" / STUDY / "areas.csv", dtype=str)
    listed = set(areas.loc[areas["status"] == "derived", "code"])
    assert set(derived) == {"507" if code == "588" else code for code in listed}
    assert len(rule(config, "unemployment_rate.applicants").control_units) == 10
    earlier = rule(config, "unemployment_rate.no_prior_trial").exclude_units
    assert "837" in earlier  # Tampere was in both earlier trials
    assert not {"476", "532", "534", "618", "246", "926"} & set(earlier)  # merged since


def test_an_area_left_out_is_in_the_rule(config: Path) -> None:
    assert rule(config, "unemployment_rate.without_kainuu").exclude_areas == ["Kainuu"]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("study.yaml", "exclude_groups: [derived]", "exclude_groups: [derive]", "exclude_groups"),
        ("study.yaml", "groups: groups.csv", "groups: none.csv", r"none\.csv"),
        ("groups.csv", "derived,886,", ",886,", r"groups\.csv, row \d+, column group"),
        ("groups.csv", "derived,886,", "derived,999,", r"groups\.csv.*999"),
        ("estimands.csv", ",Kainuu,", ",Kainu,", "column leave_out_area: no area Kainu"),
        ("estimands.csv", "2020-01,2021-02", "2021-02,2020-01", "skip_first"),
        ("estimands.csv", "2020-01,2021-02", ",2021-02", "skip_first and skip_last together"),
        ("estimands.csv", "minus_base_year,2019", "minus_base_year,", "base_year"),
    ],
)
def test_a_fault_is_named(copy: Path, name: str, old: str, new: str, message: str) -> None:
    edit(copy, name, old, new)
    with pytest.raises(InputError, match=message) as caught:
        read_study(copy, STUDY)
    assert "\n" not in str(caught.value)


def test_cells_begin_at_the_base_year(config: Path) -> None:
    assert read_study(config, STUDY).compared_span_of("unemployment_rate")[0] == "2016-03"
    study = read_study(config, STUDY)
    late = [e for e in study.estimands_of("unemployment_rate") if e.base_year == 2019]
    only = replace(study, estimands=[late[0].model_copy(update={"first_period": "2020-01"})])
    assert only.compared_span_of("unemployment_rate")[0] == "2019-01"
