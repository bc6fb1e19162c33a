"""Counts of several released tables together: the engine hides what the guards of each let pass."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import ELIGIBILITY, FLOW, FLOW_STEPS, conform
from kuntakokeilu.disclosure.linked import protect_linked
from kuntakokeilu.disclosure.panel import release_eligibility, release_flow
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
    assert done.lost["hidden"] == 0


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
