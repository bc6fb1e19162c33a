"""Why rows are hidden, by rule, and bands of persons that tell no count."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.disclosure import reasons as why
from kuntakokeilu.study import DisclosureProfile

PROFILE = DisclosureProfile(profile="register", min_persons=10, note="-", largest=0.75, payers=3)
COUNTS = [("few", 9), ("payers", 40), ("share", 40), ("next", 12), ("fine", 300)]


def area_effects(**columns):
    frame = pd.DataFrame(COUNTS, columns=["area", "n_persons_min"]).assign(estimand="a.b")
    frame = frame.assign(n_payers_min=[9, 2, 9, 9, 9], largest_share=[0.9, 0.2, 0.8, 0.1, 0.1])
    return frame.assign(**columns)


def test_each_rule_has_its_reason_and_the_first_counts():
    frame = area_effects()
    released = frame[["estimand", "area"]].iloc[::-1]  # in whatever order
    hidden = released["area"].ne("fine")
    found = why.reasons_hidden("area_effects", hidden, released, {"area_effects": frame}, PROFILE)
    told = dict(zip(released.loc[hidden, "area"], found, strict=True))
    assert told == {
        "few": why.FEW,
        "payers": why.FEW_PAYERS,
        "share": why.DOMINATED,
        "next": why.FOLLOWS,
    }


@pytest.mark.parametrize("name", ["flow", "eligibility", "survey_response"])
def test_of_exact_counts_it_is_not_told_which_one_is_few(name):
    """Nine of eleven hidden together would be known to be few; who knows which, knows it better."""
    table = pd.DataFrame({"n_persons": [None, None]})
    found = why.reasons_hidden(name, pd.Series([True, True]), table, {name: table}, PROFILE)
    assert set(found) == {why.LINKED}


def test_what_rests_on_other_tables_says_so():
    table = pd.DataFrame({"estimand": ["a.b"]})
    assert list(why.reasons_hidden("bounds", pd.Series([True]), table, {}, PROFILE)) == [
        why.RESTS_ON
    ]


def test_bands_are_told_of_shown_rows_alone():
    frame = area_effects()
    shown = frame["area"].isin(["next", "fine"])
    found = why.bands("area_effects", shown, frame, {"area_effects": frame}, PROFILE)
    assert list(found) == ["10–49", "200 and more"] and list(found.index) == [3, 4]
    assert why.bands("bounds", shown, frame, {}, PROFILE) is None


def test_no_band_beside_a_share_tells_a_count_of_few():
    """Persons with and without the trait are as unknown as the limit."""
    for percent in range(1, 100):
        part = min(percent, 100 - percent) / 100
        for persons in range(10, 400):
            told = why.band(persons, 10, percent / 100)
            if "–" in told:
                low, high = map(int, told.split("–"))
                assert low <= persons <= high
                assert part * low >= 10 or part * (high - low) >= 10
