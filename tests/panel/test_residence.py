"""Who lives where the trial runs, by the residence of the last 31 December."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.panel import residence
from kuntakokeilu.panel.outcomes import looks, tell

from .facts_tables import SETTINGS, make_facts, month
from .tiny import make, registered, resident

AREAS = pd.DataFrame({"arm": ["trial", "trial", "applicant"], "unit": ["092", "092", "049"]})
START = "2021-03"


def lived(con, areas=AREAS, start=START) -> dict[tuple[int, int], tuple[str, str]]:
    """Tell the first and last month under the trial by person and year."""
    residence.trial_years(con, areas, start)
    rows = con.execute('SELECT person, "first", "last" FROM trial_years ORDER BY ALL').fetchall()
    assert len(rows) == len(set(rows))
    return {
        (person, last // 12): (first - month(f"{last // 12}-01") + 1, last % 12 + 1)
        for person, first, last in rows
    }


@pytest.fixture
def con(opened, settings, classification):
    """Three who stay, move in and move out; the last is known by next year's municipality."""
    people = {
        "persons_yearly": [
            *resident("a", range(2017, 2024), municipality="092"),
            *resident("b", range(2017, 2021)),
            *resident("b", range(2021, 2024), municipality="092"),
            *resident("c", range(2017, 2022), municipality=None, municipality_next_year="092"),
            *resident("c", range(2022, 2024), municipality="049"),
        ],
        "jobseekers": [{"person": each, "delivery_year": 2024} for each in "abc"],
    }
    searches = [registered(each, "2018-01-01") for each in "abc"]
    return make(opened, settings, classification, people, *searches)


def test_months_are_those_after_a_december_in_a_trial_municipality(con):
    found = lived(con)
    whole, from_march = (1, 12), (3, 12)
    assert found == {
        (1, 2021): from_march,
        (1, 2022): whole,
        (1, 2023): whole,
        (1, 2024): whole,
        (2, 2022): whole,
        (2, 2023): whole,
        (2, 2024): whole,
        (3, 2021): from_march,
        (3, 2022): whole,
    }


def test_without_a_trial_nobody_lives_under_it(con):
    assert lived(con) != {}
    assert lived(con, areas=None) == {} == lived(con, start=None)


def test_each_month_of_a_person_is_told_once(con, settings):
    residence.trial_years(con, AREAS, START)
    sql = looks(settings, None)["under_trial"].replace("{persons}", "person = 2")
    months = [m for (m,) in con.execute(f"SELECT month FROM ({sql}) ORDER BY month").fetchall()]
    assert months == list(range(month("2022-01"), month("2025-01")))


def test_known_a_year_later_than_the_register_of_residents(con, settings):
    make_facts(con, SETTINGS, {"persons_yearly", "search_spells", "status_spells"}, None)
    within = tell(con, settings, None)["under_trial"].within
    assert within == f"s.month BETWEEN {month('2018-01')} AND {month('2024-12')}"
