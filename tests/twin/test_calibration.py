"""The twin against the real series, and against a twin that should be refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.twin import TwinSettings, check_realism, make_world, simulate
from kuntakokeilu.twin.places import read_places, read_targets


def test_lies_within_the_bands(world, pair):
    checks = check_realism(world, pair[0])
    assert checks["ok"].all(), checks.loc[~checks["ok"], ["check", "value"]].to_string()


def test_independent_months_are_refused(world, pair):
    """The same stocks each month, but of persons drawn anew: cross-sections stay, paths do not."""
    rng = np.random.default_rng(1)
    drawn = np.array([row[rng.permutation(len(row))] for row in pair[0].state])
    checks = check_realism(world, replace(pair[0], state=drawn)).set_index("check")
    assert checks.loc[["mean_absolute_error", "spring_2020"], "ok"].all()
    refused = ["serial_correlation", "exit_from_unemployment", "work_stays_work", "work_12_on"]
    assert not checks.loc[refused, "ok"].any()


def test_without_a_cycle_is_refused(world, pair):
    """Every month repeats the state of January 2019."""
    frozen = np.repeat(pair[0].state[24:25], len(pair[0].state), axis=0)
    with np.errstate(invalid="ignore"):
        checks = check_realism(world, replace(pair[0], state=frozen)).set_index("check")
    assert not checks.loc[["mean_absolute_error", "spring_2020", "summer"], "ok"].any()


def test_trial_areas_are_those_of_the_study(config):
    places = read_places(config)
    study = pd.read_csv(config / "studies" / "open_2021" / "areas.csv", dtype=str)
    study = study[study["arm"] == "trial"].set_index("code")["area"]
    ours = {c: places.areas[a] for c, a in zip(places.code, places.area, strict=True) if a >= 0}
    assert ours == study.to_dict()
    assert len(places.code) == 309
    assert not (places.borders_trial & (places.area >= 0)).any()


def test_trial_offices_are_known_codes(config):
    places = read_places(config)
    codes = pd.read_csv(config / "registers" / "codes.csv", dtype=str)
    known = set(codes.loc[codes["column"] == "toinoh", "code"])
    assert set(places.office) <= known
    assert set(places.trial_office) - {""} <= known
    assert ((places.trial_office != "") == (places.area >= 0)).all()


def test_targets_are_the_real_counts(config, data_folder):
    counts = pd.read_csv(data_folder / "statfin" / "12r5_counts_2006_2023.csv", dtype=str)
    counts["unemployed"] = pd.to_numeric(counts["unemployed"])
    real = counts[counts["month"] >= "2017-01"].groupby("month")["unemployed"].sum()
    ours = read_targets(config).unemployed[: len(real)]
    np.testing.assert_allclose(ours, real, atol=51)  # in hundreds of persons
    places = read_places(config)
    level = counts[counts["month"].between("2017-01", "2019-12")].groupby("kunta")["unemployed"]
    expected = level.mean().fillna(2).loc[places.code]
    np.testing.assert_allclose(places.size, np.maximum(expected, 2), atol=0.51)


@pytest.mark.parametrize("seed", [11, 12])
def test_other_seeds_lie_within_the_bands(config, seed):
    world = make_world(TwinSettings(scale=1 / 100, seed=seed), config)
    checks = check_realism(world, simulate(world, trial=False))
    assert checks["ok"].all(), checks.loc[~checks["ok"], ["check", "value"]].to_string()


def test_a_table_with_a_hole_is_refused(config, tmp_path):
    (tmp_path / "registers").mkdir()
    text = (config / "registers" / "twin_calendar.csv").read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    file = tmp_path / "registers" / "twin_calendar.csv"
    file.write_text("".join(lines[:5] + lines[6:]), encoding="utf-8")
    with pytest.raises(InputError, match=r"twin_calendar.csv, column month: expected 2017-01"):
        read_targets(tmp_path)
