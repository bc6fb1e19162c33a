"""A small study of four municipalities and one of a panel, written into a folder of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

STUDY = """\
title: {fi: Koe, sv: Prov, en: Test}
units: municipality
classification: 2025
frequency: M
first_period: 2020-01
last_period: 2022-12
start: 2021-03
areas: areas.csv
trial: {areas: 2, municipalities: 4}
source:
  reader: statfin_long
  frozen_weight: {path: counts.csv, column: labour_force, period: 2021-02}
comparisons:
  mainland: {exclude_regions: ["21"]}
windows:
  early: {first: 2021-03, last: 2021-12}
disclosure: public
seed: 1
"""
OUTCOMES = """\
outcome,file,column,unit,domain,label_fi,label_sv,label_en
spare,rates.csv,spare_pct,%,other,Vara,Reserv,Spare
rate,rates.csv,rate_pct,%,employment,Osuus,Andel,Rate
"""
ESTIMANDS = """\
estimand,outcome,comparison,weights,estimator,covariates,start,first_period,last_period,role,headline
rate.main,rate,mainland,municipality,two_way_fixed_effects,,,,,main,yes
rate.frozen,rate,mainland,persons_frozen,two_way_fixed_effects,,,,,main,
rate.windows,rate,mainland,municipality,window_effects,,,,,robustness,
rate.placebo,rate,mainland,municipality,two_by_two,,2020-06,2020-01,2021-02,placebo,
"""
AREAS = """\
arm,area,code
trial,South,507
trial,South,588
trial,North,005
neither,,009
"""
PANEL = """\
title: {fi: Koe, sv: Prov, en: Test}
units: other
frequency: Y
first_period: 2000
last_period: 2010
start: 2005
source:
  reader: unit_panel
  path: panel.csv
  unit: [state]
  period: year
  treated_when: {trial: ["1"]}
comparisons:
  all: {}
disclosure: public
seed: 1
"""
PANEL_OUTCOMES = """\
outcome,column,unit,domain,label_fi,label_sv,label_en
rate,rate_pct,%,employment,Osuus,Andel,Rate
"""
PANEL_ESTIMANDS = """\
estimand,outcome,comparison,weights,estimator,role
rate.main,rate,all,municipality,two_by_two,main
"""
FILES = {
    "mine/study.yaml": STUDY,
    "mine/outcomes.csv": OUTCOMES,
    "mine/estimands.csv": ESTIMANDS,
    "mine/areas.csv": AREAS,
    "panel/study.yaml": PANEL,
    "panel/outcomes.csv": PANEL_OUTCOMES,
    "panel/estimands.csv": PANEL_ESTIMANDS,
}


@pytest.fixture
def own_config(tmp_path: Path, config: Path) -> Path:
    """A config folder with the shared tables and the studies `mine` and `panel`."""
    folder = tmp_path / "config"
    folder.mkdir()
    for path in config.glob("*.csv"):
        shutil.copy(path, folder)
    for name, text in FILES.items():
        path = folder / "studies" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def replace(own_config: Path):
    """Replace a text that stands once in a file of a study."""

    def run(file: str, old: str, new: str) -> None:
        path = own_config / "studies" / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return run
