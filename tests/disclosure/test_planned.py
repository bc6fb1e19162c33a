"""The plan that leaves says what was done of it."""

import pandas as pd

from kuntakokeilu.disclosure.planned import release_plan


def test_what_was_planned_says_whether_it_was_done():
    rows = [
        ("y.main", "estimand", "locked", "done"),
        ("y.few", "estimand", "locked", "suppressed"),
        ("y.late", "estimand", "added", "not_identified"),
        ("y.series", "estimand", "changed", "done"),  # one of its numbers is shown
        ("y.gone", "estimand", "dropped", "not_done"),
        ("y.few", "setting", "changed", "done"),
    ]
    plan = pd.DataFrame([row[:3] for row in rows], columns=["item", "kind", "plan"])
    plan = plan.assign(changes=None, reason_fi=None, reason_sv=None, reason_en=None)
    states = [
        ("y.main", "failed_diagnostic"),
        ("y.few", "suppressed"),
        ("y.late", "not_identified"),
    ]
    states += [("y.series", "suppressed"), ("y.series", "ok")]
    released = release_plan(plan, pd.DataFrame(states, columns=["estimand", "status"]))
    assert released["done"].tolist() == [row[3] for row in rows]
    assert release_plan(plan.iloc[:0], pd.DataFrame(columns=["estimand", "status"])).empty
