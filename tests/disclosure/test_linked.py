"""Counts of several released tables together: the engine hides what the guards of each let pass."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.contracts import ELIGIBILITY, FLOW, FLOW_STEPS, SURVEY_RESPONSE, conform
from kuntakokeilu.disclosure.linked import protect_linked
from kuntakokeilu.disclosure.panel import release_eligibility, release_flow
from kuntakokeilu.disclosure.survey_response import release_survey_response
from kuntakokeilu.study import DisclosureProfile

REGISTER = DisclosureProfile(profile="register", min_persons=10, note="-")
PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="-")


def flow(last=600):
    counts = [2000, 1500, 900, 800, 700, 650, last]
    rows = [
        ("stock", "2020-12", at, step, n, None)
        for at, (step, n) in enumerate(zip(FLOW_STEPS, counts, strict=True))
    ]
    return conform(pd.DataFrame(rows, columns=list(FLOW.columns)), FLOW)


def eligibility(**other):
    rows = [("payments", True, 400, 200, 150, 100), ("payments", False, 200, 90, 40, 20),
            ("under_30", True, 400, 100, 150, 60),
            ("under_30", False, 200, 40, 40, 10)]  # fmt: skip
    made = pd.DataFrame(rows, columns=list(ELIGIBILITY.columns))
    for column, values in other.items():
        made[column] = values
    return conform(made, ELIGIBILITY)


def both(f, e, profile=REGISTER):
    restricted = {"flow": f, "eligibility": e}
    released = {"flow": release_flow(f, profile), "eligibility": release_eligibility(e, profile)}
    made, done = protect_linked(released, restricted, profile)
    return released, made, done


def test_what_the_guards_hid_well_enough_stays_as_it_is():
    released, made, done = both(flow(), eligibility())
    for name, frame in released.items():
        pd.testing.assert_frame_equal(made[name], frame.reset_index(drop=True))
    assert done.lost["few"] == 0


def test_an_arm_that_is_the_stock_less_the_other_is_hidden_with_it():
    """The few of an arm are the flow's stock less the other arm, wherever either stands."""
    e = eligibility(n_persons=[594, 6, 594, 6], n_eligible=[200, 5, 100, 4],
                    n_clients=[150, 4, 150, 4], n_both=[100, 3, 60, 3])  # fmt: skip
    f = flow()
    released = {
        "flow": release_flow(f, REGISTER),
        "eligibility": conform(e, ELIGIBILITY).assign(
            status=["ok", "suppressed"] * 2,
            **{c: e[c].mask(~e["in_trial_area"])
               for c in ("n_persons", "n_eligible", "n_clients", "n_both")},
        ),
    }  # fmt: skip
    made, _ = protect_linked(released, {"flow": f, "eligibility": e}, REGISTER)
    stock = made["flow"].set_index("step")["n_persons"]["in_sample"]
    arms = made["eligibility"].loc[made["eligibility"]["in_trial_area"], "n_persons"]
    assert pd.isna(stock) or arms.isna().all()
    assert made["eligibility"].loc[made["eligibility"]["status"].eq("suppressed"),
                                   "n_both"].isna().all()  # fmt: skip


def test_published_statistics_pass_as_they_are():
    _, made, done = both(flow(last=3), eligibility(), PUBLIC)
    assert done is None and made["flow"]["n_persons"].notna().all()


def survey(asked=400, answered=200):
    rows = [("2020-11", "control", 300, 150), ("2020-11", "trial", asked, answered),
            ("2020-11", "all", 300 + asked, 150 + answered)]  # fmt: skip
    made = pd.DataFrame(rows, columns=["wave", "arm", "n_asked", "n_answered"])
    made = made.assign(response_rate=100 * made["n_answered"] / made["n_asked"])
    weighted = made["response_rate"] + 0.137
    gap = weighted[1] - weighted[0]
    made = made.assign(response_rate_weighted=weighted, difference=[None, gap, None])
    made = made.assign(difference_std_error=[None, 3.71 + asked / 1e5, None])
    made = made.assign(effective_size=made["n_answered"] * 0.93, alpha=0.7 + made["n_asked"] / 1e5)
    return conform(made, SURVEY_RESPONSE)


def with_months(f, persons=0):
    """A flow with months of its last step, less some persons of 25 months each."""
    last = f["step"].eq(FLOW_STEPS[-1])
    n = f["n_persons"].mask(last, f["n_persons"] - persons)
    return conform(f.assign(n_persons=n, n_person_months=(n * 25 + 3).where(last)), FLOW)


def released(f, e, s, earlier=()):
    restricted = {"flow": f, "eligibility": e, "survey_response": s}
    guarded = {
        "flow": release_flow(f, REGISTER),
        "eligibility": release_eligibility(e, REGISTER),
        "survey_response": release_survey_response(s, REGISTER),
    }
    return protect_linked(guarded, restricted, REGISTER, earlier)


@pytest.mark.parametrize("gone", [1, 4, 9, 15])
def test_who_subtracts_one_release_from_the_next_learns_of_no_few(gone):
    """Some eligible clients leave the registers: counts, months and rates stay as they were."""
    first, done = released(with_months(flow()), eligibility(), survey())
    less = eligibility(
        n_persons=[400 - gone, 200] * 2, n_eligible=[200 - gone, 90, 100 - gone, 40],
        n_clients=[150 - gone, 40] * 2, n_both=[100 - gone, 20, 60 - gone, 10],
    )  # fmt: skip
    later = survey(400 - gone, 200 - gone)
    second, _ = released(with_months(flow(), gone), less, later, [done.release])
    for name, frame in first.items():
        if gone < 10:
            pd.testing.assert_frame_equal(second[name], frame)
        else:
            assert not second[name].equals(frame), name


def test_months_and_weighted_rates_are_no_finer_than_counts():
    made, _ = released(with_months(flow()), eligibility(), survey())
    months = made["flow"]["n_person_months"].dropna()
    assert months.tolist() == [15_000]  # of 15,003
    rows = made["survey_response"]
    assert rows["response_rate"].round(6).tolist() == [50, 50, 50]
    # Ten of 150, 200 and 350 who answered are 6.7, 5 and 2.9 percentage points.
    assert rows["response_rate_weighted"].tolist() == [50, 50, 50]
    assert (rows["effective_size"] % 10).eq(0).all()
