"""Which waves of a survey may be shown."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.contracts import SURVEY_NUMBERS, SURVEY_RESPONSE, conform
from kuntakokeilu.disclosure.survey_response import release_survey_response
from kuntakokeilu.study import DisclosureProfile


def profile(least: int) -> DisclosureProfile:
    return DisclosureProfile(profile="p", min_persons=least, note="n")


def response(*counts: tuple[int, int]) -> pd.DataFrame:
    """Two waves: asked and answered of the trial and control arm of the first; the second large."""
    rows = []
    for wave, arms in {"2020-11": counts, "2022-10": ((500, 250), (400, 200))}.items():
        whole = tuple(map(sum, zip(*arms, strict=True)))
        for arm, (asked, answered) in zip(("trial", "control", "all"), [*arms, whole], strict=True):
            numbers = dict.fromkeys(SURVEY_NUMBERS, 1.0)
            rows.append({"wave": wave, "arm": arm} | numbers)
            rows[-1] |= {"n_asked": asked, "n_answered": answered}
    return conform(pd.DataFrame(rows), SURVEY_RESPONSE)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        (((30, 10), (30, 10)), True),
        (((30, 9), (30, 10)), False),
        (((30, 0), (30, 10)), False),
        (((30, 21), (30, 10)), False),  # nine did not answer
        (((30, 30), (30, 10)), True),  # all did
        (((30, 20), (30, 20)), True),
    ],
)
def test_a_wave_is_shown_whole_or_not_at_all(counts, shown):
    released = release_survey_response(response(*counts), profile(10)).set_index("wave")
    first = released.loc["2020-11"]
    assert first["status"].eq("ok" if shown else "suppressed").all()
    assert first[[*SURVEY_NUMBERS]].notna().all(axis=None) == shown
    assert shown or first[[*SURVEY_NUMBERS]].isna().all(axis=None)
    assert released.loc["2022-10", "status"].eq("ok").all()


def test_public_data_need_no_minimum():
    released = release_survey_response(response((2, 1), (1, 1)), profile(0))
    assert released["status"].eq("ok").all()
