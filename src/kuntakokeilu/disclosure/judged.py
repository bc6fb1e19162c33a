"""Which numbers of judged designs, and of synthetic controls of areas, may leave."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import (
    DESIGNS_JUDGED_RELEASED,
    JUDGED_NUMBERS,
    SYNTHETIC_AREAS_RELEASED,
    SYNTHETIC_NUMBERS,
    conform,
)
from kuntakokeilu.disclosure.release import few_and_next
from kuntakokeilu.study import DisclosureProfile


def release_designs_judged(judged: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """Blank designs that rest on too few persons, or that have no number.

    Parameters
    ----------
    judged : DataFrame
        Contract DESIGNS_JUDGED.
    profile : DisclosureProfile
        The minimum count. An unknown count is too small unless the minimum is zero.

    Returns
    -------
    DataFrame
        Contract DESIGNS_JUDGED_RELEASED.
    """
    few = judged["n_persons_min"].fillna(0) < profile.min_persons
    released = _with_status(judged, few)
    hidden = released["status"] == "suppressed"
    for name in JUDGED_NUMBERS:
        released[name] = released[name].mask(hidden)
    released["favoured"] &= ~hidden
    return conform(released[list(DESIGNS_JUDGED_RELEASED.columns)], DESIGNS_JUDGED_RELEASED)


def release_synthetic_areas(areas: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """Blank the areas of too few persons, and others if these could be worked out.

    Parameters
    ----------
    areas : DataFrame
        Contract SYNTHETIC_AREAS.
    profile : DisclosureProfile
        The minimum count, as in `release_area_effects`: the mean over areas is released too, so
        that an area suppressed alone would follow from it.

    Returns
    -------
    DataFrame
        Contract SYNTHETIC_AREAS_RELEASED.
    """
    areas = areas.reset_index(drop=True)
    few = pd.Series(False, index=areas.index)
    for _, rows in areas.groupby(["estimand", "candidate"]) if profile.min_persons else ():
        few[few_and_next(rows["n_persons_min"].fillna(0), profile.min_persons)] = True
    released = _with_status(areas, few)
    hidden = released["status"] == "suppressed"
    for name in SYNTHETIC_NUMBERS:
        released[name] = released[name].mask(hidden)
    # adjusted for all areas of a design, that of one shown would tell of one that is not
    together = hidden.groupby([released["estimand"], released["candidate"]]).transform("any")
    released["p_adjusted"] = released["p_adjusted"].mask(together)
    released["n_donors"] = released["n_donors"].mask(hidden)
    released["largest_donor"] = released["largest_donor"].mask(hidden)
    return conform(released[list(SYNTHETIC_AREAS_RELEASED.columns)], SYNTHETIC_AREAS_RELEASED)


def release_beyond_reach(rows: pd.DataFrame) -> pd.DataFrame:
    """Let the names of municipalities leave that no control is like.

    That one is larger than another is public; how far apart they are is not told.
    """
    return rows


def _with_status(rows: pd.DataFrame, few: pd.Series) -> pd.DataFrame:
    status = pd.Series("ok", index=rows.index).mask(rows["identified"] != "ok", "not_identified")
    return rows.assign(status=status.mask(few & rows["identified"].eq("ok"), "suppressed"))
