"""Judged designs and synthetic controls leave only where enough persons stand behind them."""

import pandas as pd

from kuntakokeilu.contracts import (
    BEYOND_REACH,
    DESIGNS_JUDGED,
    JUDGED_NUMBERS,
    SYNTHETIC_AREAS,
    SYNTHETIC_NUMBERS,
    conform,
)
from kuntakokeilu.disclosure.judged import (
    release_beyond_reach,
    release_designs_judged,
    release_synthetic_areas,
)
from kuntakokeilu.study import DisclosureProfile

PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="open data")
REGISTER = DisclosureProfile(profile="register", min_persons=10, note="persons")


def judged(**changes):
    row = {
        "estimand": "y.main", "outcome": "y", "weights": "municipality", "candidate": "two_way",
        "n_starts": 8, "n_apart": 2, "first_start": "2010-01",
        "last_start": "2012-01", "rmse": 0.2, "bias": 0.1, "rejected": 0.1,
        "as_large": 0.5, "favoured": True, "estimate": 1.0, "std_error": 0.1, "ci_low": 0.8,
        "ci_high": 1.2, "p_value": 0.01, "unit": "points", "n_trial": 3, "n_control": 9,
        "inference": "cluster_area", "n_persons_min": pd.NA, "identified": "ok",
    }  # fmt: skip
    return conform(pd.DataFrame([row | changes]), DESIGNS_JUDGED)


def areas(persons):
    rows = [
        {
            "estimand": "y.main", "outcome": "y", "area": name, "candidate": "synthetic_control",
            "estimate": 1.0, "distance_before": 0.1, "ratio": 2.0, "p_value": 0.5, "n_donors": 3,
            "p_adjusted": 1.0,
            "largest_donor": "005", "largest_weight": 0.4, "unit": "points", "n_persons_min": n,
            "identified": "ok",
        }
        for name, n in persons.items()
    ]  # fmt: skip
    return conform(pd.DataFrame(rows), SYNTHETIC_AREAS)


def test_public_statistics_leave_whole():
    released = release_designs_judged(judged(), PUBLIC)
    assert released["status"].tolist() == ["ok"]
    assert released["rmse"].tolist() == [0.2]
    assert "n_persons_min" not in released
    whole = release_synthetic_areas(areas({"Lahti": 3, "Salo": 40}), PUBLIC)
    assert whole["status"].eq("ok").all()


def test_unknown_and_few_persons_are_suppressed_under_a_minimum():
    for number in (pd.NA, 9):
        released = release_designs_judged(judged(n_persons_min=number), REGISTER)
        assert released["status"].tolist() == ["suppressed"]
        assert released[list(JUDGED_NUMBERS)].isna().all(axis=None)
        assert not released["favoured"].any()
    assert release_designs_judged(judged(n_persons_min=10), REGISTER)["status"].tolist() == ["ok"]


def test_what_is_not_identified_is_said_and_not_suppressed():
    lacking = judged(identified="no_balance", estimate=None, n_persons_min=3)
    assert release_designs_judged(lacking, REGISTER)["status"].tolist() == ["not_identified"]


def test_an_area_alone_does_not_follow_from_the_others():
    released = release_synthetic_areas(areas({"Lahti": 3, "Salo": 40, "Pori": 20}), REGISTER)
    hidden = released[released["status"] == "suppressed"]
    assert sorted(hidden["area"]) == ["Lahti", "Pori"]
    assert hidden[list(SYNTHETIC_NUMBERS)].isna().all(axis=None)
    assert hidden["largest_donor"].isna().all()


def test_names_of_units_beyond_reach_leave():
    rows = pd.DataFrame(
        [{"comparison": "overlap", "unit": "091", "area": "Helsinki", "reason": "larger"}]
    )
    pd.testing.assert_frame_equal(release_beyond_reach(conform(rows, BEYOND_REACH)), rows)
