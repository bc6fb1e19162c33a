"""No study, outcome or municipality is special: a renamed copy gives the same numbers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu import contracts
from kuntakokeilu.cells import build_cells, build_units, source_files
from kuntakokeilu.estimation import estimate
from kuntakokeilu.facts import read_classification
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import Study, read_study

NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "degrees_of_freedom"]
NUMBERS += ["baseline_mean", "minimum_detectable_effect", "n_trial", "n_control"]

STUDY_YAML = """
title: {fi: Kopio, sv: Kopia, en: Copy}
units: other
frequency: M
first_period: 2010-09
last_period: 2015-12
start: 2012-09
source:
  reader: unit_panel
  path: renamed.csv
  unit: [place]
  period: moment
  weight: people
  first_treated: since
  never: [never]
  cluster: neighbourhood
comparisons:
  everyone: {}
disclosure: public
seed: 20120901
"""
OUTCOMES = """outcome,column,unit,domain,label_fi,label_sv,label_en
idleness,share_idle,points,other,Joutilaat,Lediga,Idle
"""


def estimates_of(
    study: Study, name: str, wanted: set[str], config: Path, data: Path
) -> pd.DataFrame:
    """Estimate the wanted ones of an outcome."""
    settings = study.settings
    year = settings.classification
    classification = read_classification(config, year) if year else None

    def load(outcome):
        files = source_files(settings, outcome).items()
        return {name: read_csv(data / name, columns) for name, columns in files}

    outcome = study.outcomes[name]
    units, counts = build_units(settings, load(None), study.areas, classification)
    units = contracts.conform(units, contracts.UNITS)
    cells = build_cells(
        settings, outcome, study.span_of(outcome.outcome), load(outcome), units, classification
    )
    cells = contracts.conform(cells, contracts.CELLS)
    asked = [e for e in study.estimands_of(name) if e.estimand in wanted]
    few = [e.model_copy(update={"permutations": 99}) for e in asked]
    return estimate(cells, units, counts, few)[0]


@pytest.mark.real_data
def test_a_renamed_copy_gives_identical_numbers(
    config: Path, data_folder: Path, tmp_path: Path
) -> None:
    original = read_study(config, "open_2012")
    copy = tmp_path / "config"
    folder = copy / "studies" / "elsewhere"
    folder.mkdir(parents=True)
    shutil.copy(config / "disclosure_profiles.csv", copy)
    (folder / "study.yaml").write_text(STUDY_YAML, encoding="utf-8")
    (folder / "outcomes.csv").write_text(OUTCOMES, encoding="utf-8")
    rows = pd.read_csv(config / "studies" / "open_2012" / "estimands.csv", dtype=str)
    plain = rows["outcome"].eq("unemployment_rate") & rows["comparison"].eq("mainland")
    plain &= rows[["effects_by_period", "leave_out_area"]].isna().all(axis=1)
    plain &= rows["covariates"].isna()  # a panel of places has no covariates
    plain &= rows["periods_per_bin"].ne("1")  # the event studies by quarter show the same
    if "KUNTAKOKEILU_SEEDS" not in os.environ:  # one event study is as good as two
        plain &= ~(rows["periods_per_bin"].notna() & rows["weights"].ne("municipality"))
    rows = rows[plain].copy()  # a panel of places has no regions and no named areas
    wanted = set(rows["estimand"])
    expected = estimates_of(original, "unemployment_rate", wanted, config, data_folder)
    assert expected["estimand"].nunique() == len(wanted) >= 6
    rows["estimand"] = rows["estimand"].str.replace("unemployment_rate", "idleness")
    rows = rows.assign(outcome="idleness", comparison="everyone")
    rows.to_csv(folder / "estimands.csv", index=False)
    renamed_data(original, config, data_folder).to_csv(tmp_path / "renamed.csv", index=False)

    study = read_study(copy, "elsewhere")
    found = estimates_of(study, "idleness", set(rows["estimand"]), copy, tmp_path)
    assert found["estimand"].tolist() == [
        name.replace("unemployment_rate", "idleness") for name in expected["estimand"]
    ]
    pd.testing.assert_frame_equal(
        found[NUMBERS].astype(float), expected[NUMBERS].astype(float), rtol=1e-12, atol=1e-12
    )


def renamed_data(study: Study, config: Path, data: Path) -> pd.DataFrame:
    """Write the open statistics as some panel of places, keeping the order of names."""
    settings = study.settings
    classification = read_classification(config, settings.classification)
    files = source_files(settings, None)
    raw = {name: read_csv(data / name, columns) for name, columns in files.items()}
    units, _ = build_units(settings, raw, study.areas, classification)
    units = units[units["region"] != "21"].set_index("unit")
    rates = read_csv(data / "statfin" / "12r5_unemployment_rate_2007_2025.csv")
    rates = rates[rates["kunta"].isin(units.index)]
    facts = units.loc[rates["kunta"]]
    return pd.DataFrame(
        {
            "place": "P" + rates["kunta"].to_numpy(),
            "moment": rates["month"].to_numpy(),
            "share_idle": rates["unemployment_rate_pct"].to_numpy(),
            "people": facts["weight_frozen"].to_numpy(),
            "since": facts["first_treated"].map(str).replace("NaT", "never").to_numpy(),
            "neighbourhood": "N" + facts["cluster"].to_numpy(),
        }
    )
