"""Municipalities that have merged, and those that join one of another arm."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.commands.studies import merger_lines
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.municipalities import Classification, successors
from kuntakokeilu.study import read_study
from kuntakokeilu.study.mergers import across_arms, merged

from .conftest import AREAS

MUNICIPALITIES = pd.DataFrame(
    {
        "code": ["001", "002", "003", "004"],
        "valid_from": "2013",
        "valid_to": ["", "2014", "2016", "2019"],
        **{f"name_{code}": ["One", "Two", "Three", "Four"] for code in ("fi", "sv", "en")},
    }
)
MERGERS = pd.DataFrame(  # 2 into 3 in 2015, 3 into 1 in 2017, 4 into 1 in 2020
    {
        "code_from": ["002", "003", "004"],
        "code_to": ["003", "001", "001"],
        "date": ["2015-01-01", "2017-01-01", "2020-01-01"],
    }
)


class Began:
    """What `merged` asks of settings."""

    def __init__(self, start: str) -> None:
        self.start = start


def arms(start: str, year: int, **listed: str) -> dict[str, tuple[str, str]]:
    """Give own and receiving arm of every merged municipality."""
    areas = pd.DataFrame([(arm, "A" * (arm == "trial"), code[1:]) for code, arm in listed.items()],
                         columns=["arm", "area", "code"])  # fmt: skip
    rows = merged(areas, Classification(year, MUNICIPALITIES, MERGERS), Began(start))
    assert set(rows["area"]) <= {"A", ""}
    return {row.code: (row.arm, row.unit_arm) for row in rows.itertuples()}


def test_a_merger_counts_on_its_day():
    assert successors(MERGERS, "2014-12-31") == {}
    assert successors(MERGERS, "2015-01-01") == {"002": "003"}
    assert successors(MERGERS, "2020-01-01") == dict.fromkeys(("002", "003", "004"), "001")


@pytest.mark.parametrize(
    ("start", "listed", "expected"),
    [
        ("2014-01", {"_001": "trial"}, {"002": "control", "003": "control", "004": "control"}),
        ("2014-01", {"_001": "trial", "_003": "trial"},
         {"002": "control", "003": "trial", "004": "control"}),
        # at the start of 2016 the second is a part of the third: its arm is that of the third
        ("2016-01", {"_001": "trial", "_003": "trial"},
         {"002": "trial", "003": "trial", "004": "control"}),
        # whoever had merged before the start was treated like the whole
        ("2018-01", {"_001": "trial"}, {"002": "trial", "003": "trial", "004": "control"}),
        ("2021-01", {"_001": "trial"}, {"002": "trial", "003": "trial", "004": "trial"}),
    ],
)  # fmt: skip
def test_the_arm_is_that_of_the_first_day_of_treatment(start, listed, expected):
    found = arms(start, 2024, **listed)
    assert found == {code: (arm, "trial") for code, arm in expected.items()}


def test_mergers_after_the_classification_have_not_happened():
    assert set(arms("2014-01", 2018, _001="trial")) == {"002", "003"}


def test_the_studies_name_who_joined_another_arm(config):
    across = {
        name: set(across_arms(read_study(config, name).merged)["name_fi"])
        for name in ("open_2012", "registers_2012", "open_2017", "open_2021")
    }
    joined = {"Lavia", "Hämeenkoski", "Juankoski"}
    assert across == {
        "open_2012": joined, "registers_2012": joined, "open_2017": set(), "open_2021": set(),
    }  # fmt: skip
    told = {row["name"]["fi"]: row for row in read_study(config, "open_2017").mergers()}
    assert (told["Honkajoki"]["unit"], told["Honkajoki"]["arm"]) == ("214", "control")


def test_the_other_choice_leaves_the_merged_municipalities_out(config):
    study = read_study(config, "open_2012")
    rules = {e.estimand: set(e.comparison_rule.exclude_units) for e in study.estimands}
    assert rules["unemployment_rate.without_merged"] == {"609", "098", "297"}
    assert rules["unemployment_rate.main"] == set()


@pytest.mark.parametrize(("said", "out"), [("", []), ("receiving", []), ("left_out", ["507"])])
def test_the_choice_is_the_studys_and_by_default_the_receiving_one(own_config, replace, said, out):
    replace("mine/areas.csv", AREAS, AREAS.replace("trial,South,588\n", ""))
    if said:
        replace("mine/study.yaml", "disclosure:", f"merged_across_arms: {said}\ndisclosure:")
    study = read_study(own_config, "mine")
    assert all(e.comparison_rule.exclude_units == out for e in study.estimands)
    assert study.describe()["merged_across_arms"] == (said or "receiving")
    (line, *_) = merger_lines(study)
    assert "Pertunmaa (588), control, is part of Mäntyharju (507), trial, since 2025-01-01" in line
    assert line.endswith("neither arm" if out else "the arm of the latter")


def test_the_arm_of_the_receiving_one_takes_nobody_out_of_the_trial(own_config, replace):
    replace("mine/areas.csv", AREAS, AREAS.replace("trial,South,507\n", ""))
    with pytest.raises(InputError, match=r"Pertunmaa \(588\) of the trial is part of Mäntyharju"):
        read_study(own_config, "mine")
