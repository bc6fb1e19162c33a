"""The plan beside what was done with it."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import PLAN_RELEASED, conform

_STATES = {"not_identified": "not_identified", "suppressed": "suppressed"}


def release_plan(plan: pd.DataFrame, estimates: pd.DataFrame) -> pd.DataFrame:
    """Say of everything planned whether it was done.

    Parameters
    ----------
    plan : DataFrame
        Contract PLAN: config/ says all of it.
    estimates : DataFrame
        Contract RELEASED.

    Returns
    -------
    DataFrame
        Contract PLAN_RELEASED. What was dropped is not_done; an estimand without any number that
        may be shown has the reason.
    """
    states = estimates.groupby("estimand")["status"].agg(set)
    hidden = {
        str(name): _STATES[next(iter(found))]
        for name, found in states.items()
        if len(found) == 1 and found <= set(_STATES)
    }
    named = plan["item"].where(plan["kind"].eq("estimand"))
    done = named.map(hidden).fillna("done").mask(plan["plan"].eq("dropped"), "not_done")
    return conform(plan.assign(done=done.astype(str)), PLAN_RELEASED)
