"""Limits of data owners: the strictest of a study's sources counts, and somebody confirms it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.rows import read_rows
from kuntakokeilu.study import DisclosureProfile, read_study
from kuntakokeilu.study.limits import (
    DisclosureLimit,
    fewest_persons,
    profile_of_persons,
    read_limits,
    refuse_unconfirmed,
)

CONFIG = Path(__file__).parents[2] / "config"
HEADER = "profile,source,rule,value,confirm,reference_fi,reference_sv,reference_en\n"


def limits(tmp_path, *rows, profile="mine"):
    (tmp_path / "disclosure_limits.csv").write_text(
        HEADER + "".join(f"{row}{row[-2:] * 2}\n" for row in rows)
    )
    return read_limits(tmp_path, profile)


def test_the_strictest_source_counts(tmp_path):
    mine = limits(tmp_path, "mine,any,persons,3,no,-", "mine,kela,persons,10,yes,-")
    assert fewest_persons(mine, ["keha"], "mine") == 3
    assert fewest_persons(mine, ["keha", "kela"], "mine") == 10


def test_a_source_without_a_limit_is_refused(tmp_path):
    mine = limits(tmp_path, "mine,kela,persons,10,yes,-")
    with pytest.raises(InputError, match="no limit of persons for source keha"):
        fewest_persons(mine, ["keha", "kela"], "mine")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (["mine,any,persons,3,no,-", "mine,any,persons,4,no,-"], "row 3: the same as row 2"),
        (["mine,any,largest,75,no,-"], "row 2, column value: expected a share"),
        (["mine,any,person,3,no,-"], "row 2, column rule"),
        (["mine,any,persons,3,no,"], "row 2, column reference_en"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, rows, fault):
    with pytest.raises(InputError, match=fault):
        limits(tmp_path, *rows)


def test_published_statistics_are_no_profile_of_persons():
    public = DisclosureProfile(profile="public", min_persons=0, note="-")
    with pytest.raises(InputError, match="public is for published statistics"):
        profile_of_persons(public, [], [], "config/studies/mine/study.yaml")


def test_what_must_be_confirmed_is_refused_until_somebody_has(tmp_path):
    mine = limits(tmp_path, "mine,any,persons,3,no,-", "mine,kela,persons,10,yes,-")
    with pytest.raises(InputError, match=r"disclosure_confirmed: missing.*persons of kela"):
        refuse_unconfirmed("mine", mine, None)
    refuse_unconfirmed("mine", mine, "the data owner, 2026-11-30")
    refuse_unconfirmed("mine", mine[:1], None)


def test_every_profile_of_persons_has_limits_and_its_floor():
    profiles = read_rows(CONFIG / "disclosure_profiles.csv", DisclosureProfile, "config").values()
    for profile in profiles:
        mine = read_limits(CONFIG, profile.profile)
        floor = [m.value for m in mine if (m.source, m.rule) == ("any", "persons")]
        assert floor == ([float(profile.min_persons)] if profile.min_persons else [])
    sources = set(pd.read_csv(CONFIG / "registers" / "tables.csv")["disclosure"])
    named = {limit.source for limit in read_rows(
        CONFIG / "disclosure_limits.csv", DisclosureLimit, "config").values()}  # fmt: skip
    assert named <= sources | {"any"}


def test_a_study_of_registers_has_the_strictest_limit_of_its_sources():
    study = read_study(CONFIG, "demo_2021")
    assert study.profile.min_persons == 10
    assert {limit.source for limit in study.limits} >= {"kela", "incomes_register_wages"}
    # of wages five payers, of benefits three; both (1, 75 %)
    assert (study.profile.payers, study.profile.largest) == (5, 0.75)
    assert study.profile.asks_amounts and study.profile.two_largest == 1
    assert not read_study(CONFIG, "open_2012").profile.asks_amounts
    assert read_study(CONFIG, "open_2012").limits == []
