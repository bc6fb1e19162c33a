"""The records of what leaves: every table has a guard, and every guard a table."""

from __future__ import annotations

import pkgutil
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu import disclosure
from kuntakokeilu.contracts import RELEASED_TABLES, conform
from kuntakokeilu.disclosure import GUARDED, disclose, released_tables, restricted_tables
from kuntakokeilu.errors import InputError
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.study import DisclosureProfile, read_study

CONFIG = Path(__file__).parents[2] / "config"
PUBLIC = {"profile": DisclosureProfile(profile="public", min_persons=0, note="-")}
EVERYWHERE = {"estimates", "diagnostics", "units", "coverage", "balance", "overlap"}
BOUNDED = {"bounds", "pre_trend_power"}  # of any study that does not ask for none
EVERYWHERE |= {"assignment", "multiplicity"}
COSTS = pd.DataFrame(
    {
        **{f"label_{code}": ["Wages"] for code in ("fi", "sv", "en")},
        "line": ["wages"], "payer": ["municipality"], "euros": [1.0], "first": ["2021-03"],
        "last": ["2021-04"], "mark": ["verified"], "source": ["-"],
    }
)  # fmt: skip


def test_every_released_table_has_one_record_of_each_kind():
    names = [table.name for table in GUARDED]
    assert len(names) == len(set(names)) and set(names) == set(RELEASED_TABLES)
    assert {table.name for table in RELEASED_TABLES.values() if table.everywhere} == EVERYWHERE
    attributes = {field.name for field in fields(Release)}
    assert attributes == {*RELEASED_TABLES, "study", "manifest"}


def test_every_guard_guards_a_table():
    modules = [
        import_module(f"{disclosure.__name__}.{found.name}")
        for found in pkgutil.iter_modules(disclosure.__path__)
    ]
    guards = {
        name
        for module in modules
        for name, thing in vars(module).items()
        if name.startswith("release_") and thing.__module__ == module.__name__
    }
    assert {table.guard.__name__ for table in GUARDED} == guards


def test_what_binds_a_table_is_released_before_it():
    before: set[str] = set()
    for table in GUARDED:
        assert set(table.beside) <= before, table.name
        before.add(table.name)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        (
            "open_2017",
            {
                *("false_starts", "false_starts_summary", "specification_curve_test"),
                *("designs_judged", "synthetic_areas", "beyond_reach", *BOUNDED),
                "equivalence",
            },
        ),
        ("registers_2017", {"flow", "eligibility", "specification_curve_test", *BOUNDED}),
        (
            "demo_2021",
            {
                *("false_starts", "false_starts_summary"),
                *("flow", "eligibility", "survey_response", "ratios", "totals", "combinations"),
                *("programme_costs", "parameters", "service_models", "area_effects"),
                *("meta_regression", "heterogeneity", *BOUNDED),
                *("beyond_reach", "specification_curve_test"),
            },
        ),
    ],
)
def test_a_study_releases_what_it_declares(name, more):
    released = released_tables(read_study(CONFIG, name))
    assert set(released) == EVERYWHERE | more
    inside = restricted_tables(released)
    assert {"estimates", "compared"} <= set(inside)
    assert not {"parameters", "programme_costs"} & set(inside)  # config/ says what they hold


def test_a_guard_that_lets_a_column_through_stops_the_release():
    tables = {"programme_costs": conform(COSTS, RELEASED_TABLES["programme_costs"].contract)}
    released = disclose(["programme_costs"], tables, PUBLIC).tables
    pd.testing.assert_frame_equal(released["programme_costs"], tables["programme_costs"])
    tables["programme_costs"] = tables["programme_costs"].assign(n_persons=3)
    with pytest.raises(InputError, match=r"^PROGRAMME_COSTS: column n_persons does not belong"):
        disclose(["programme_costs"], tables, PUBLIC)
