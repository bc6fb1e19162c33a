"""One number, one rounding: nothing made of an estimate tells it better than it is shown."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.disclosure.alike import (
    as_shown,
    totals_of_areas,
    totals_of_estimates,
    words_as_shown,
)

EXACT = pd.DataFrame(
    {
        "estimand": ["jobs.main", "cost.main", "jobs.others"],
        "term": "att",
        "estimate": [3.5113, -8.004127, 0.0058913],
        "ci_low": [0.9183, -35.8851, -0.41],
        "ci_high": [6.1043, 19.8768, 0.42],
    }
)
SHOWN = EXACT.assign(
    estimate=[3.51, -8.0, 0.006], ci_low=[0.92, -35.9, -0.41], ci_high=[6.1, 19.9, 0.42]
)


def totals(**columns):
    rows = {
        "total": ["per_person", "whole_group", "with_programme", "share"],
        "estimand": ["cost.main", "cost.main", "cost.main", "jobs.main"],
        "programme_euros": [None, None, 500_000.0, None],
        "factor": [24.0, 252_000.0, 252_000.0, 0.24],
    }
    frame = pd.DataFrame(rows)
    exact = EXACT.set_index("estimand").loc[frame["estimand"]].reset_index(drop=True)
    for name in ("estimate", "ci_low", "ci_high"):
        frame[name] = exact[name] * frame["factor"] + frame["programme_euros"].fillna(0)
    return frame.drop(columns="factor").assign(**columns)


def test_totals_are_known_factors_times_what_is_shown():
    made = totals_of_estimates(totals(), EXACT, SHOWN).set_index("total")
    assert made["estimate"].tolist() == [-192.0, -2_016_000.0, -1_516_000.0, 0.8424]
    assert made.loc["per_person", ["ci_low", "ci_high"]].tolist() == [-861.6, 477.6]


def test_a_number_that_is_no_multiple_stays():
    other = totals(ci_low=[1.0, 2.0, 3.0, 4.0])
    made = totals_of_estimates(other, EXACT, SHOWN)
    pd.testing.assert_frame_equal(made, other)


def test_totals_of_areas_divide_back_to_the_shown_effect():
    effects = pd.DataFrame(
        {"estimate": [-89.5, 0.26], "ci_low": [-250.0, -5.5], "ci_high": [70.0, 6.03],
         "n_person_months": pd.array([2000, 44_000], "Int64"), "total": [-178_500.0, None],
         "total_ci_low": [-494_000.0, None], "total_ci_high": [136_900.0, None]}
    )  # fmt: skip
    made = totals_of_areas(effects)
    assert made["total"].dropna().tolist() == [-179_000.0]
    assert made.loc[0, ["total_ci_low", "total_ci_high"]].tolist() == [-500_000.0, 140_000.0]
    assert made.loc[1, ["total", "total_ci_low"]].isna().all()


def test_other_tables_repeat_what_is_shown():
    frame = pd.DataFrame(
        {"estimand": ["jobs.main", "jobs.main", "cost.main"], "estimate": [3.5113, 4.4, 3.5113]}
    )
    assert as_shown(frame, EXACT, SHOWN)["estimate"].tolist() == [3.51, 4.4, 3.5113]


def test_sentences_tell_the_numbers_of_estimands_that_they_name():
    said = pd.Series(
        ["nothing changed (jobs.others, +0.00589)", "of 4 areas (3.511), 95 % from -35.89",
         "cost.main, -8.004 from -35.89 to 19.88"]
    )  # fmt: skip
    assert words_as_shown(said, EXACT, SHOWN).tolist() == [
        "nothing changed (jobs.others, +0.006)",
        "of 4 areas (3.511), 95 % from -35.89",
        "cost.main, -8 from -35.9 to 19.9",
    ]
