"""Which numbers of false starts may leave."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import (
    FALSE_START_NUMBERS,
    FALSE_STARTS_RELEASED,
    FALSE_STARTS_SUMMARY_RELEASED,
    SUMMARY_NUMBERS,
)
from kuntakokeilu.study import DisclosureProfile


def release_false_starts(rows: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """Blank the false starts of an estimate if one of them rests on too few persons.

    Neighbouring windows differ by two periods, so that one hidden among others shown would follow
    from them: an estimate's false starts are shown all, or none.

    Parameters
    ----------
    rows : DataFrame
        Contract FALSE_STARTS.
    profile : DisclosureProfile
        The minimum count. An unknown count is too small unless the minimum is zero.

    Returns
    -------
    DataFrame
        Contract FALSE_STARTS_RELEASED.
    """
    few = rows["n_persons_min"].fillna(0) < profile.min_persons
    few &= rows["identified"].eq("ok")
    hidden = rows["estimand"].isin(rows.loc[few, "estimand"])
    released = _with_status(rows, hidden, FALSE_START_NUMBERS)
    return released[list(FALSE_STARTS_RELEASED.columns)]


def release_false_starts_summary(
    summary: pd.DataFrame, false_starts: pd.DataFrame, estimates: pd.DataFrame
) -> pd.DataFrame:
    """Blank what sums up hidden false starts, or tells of a hidden estimate.

    Parameters
    ----------
    summary : DataFrame
        Contract FALSE_STARTS_SUMMARY.
    false_starts, estimates : DataFrame
        Contracts FALSE_STARTS_RELEASED and RELEASED, as they left.

    Returns
    -------
    DataFrame
        Contract FALSE_STARTS_SUMMARY_RELEASED.
    """
    behind = [table.loc[table["status"] == "suppressed", "estimand"]
              for table in (false_starts, estimates)]  # fmt: skip
    hidden = summary["estimand"].isin(pd.concat(behind))
    released = _with_status(summary, hidden, (*SUMMARY_NUMBERS, "calibration"))
    return released[list(FALSE_STARTS_SUMMARY_RELEASED.columns)]


def hidden_checks(false_starts: pd.DataFrame) -> set[tuple[str, str]]:
    """Name estimand and check of the checks that rest on hidden false starts."""
    hidden = false_starts.loc[false_starts["status"] == "suppressed", "estimand"]
    return {(each, check) for each in hidden for check in ("false_starts", "false_starts_aside")}


def _with_status(rows: pd.DataFrame, hidden: pd.Series, numbers: tuple[str, ...]) -> pd.DataFrame:
    lacking = np.where(rows["identified"].eq("ok"), "ok", "not_identified")
    status = pd.Series(lacking, index=rows.index, dtype=object).mask(hidden, "suppressed")
    blanked = {name: rows[name].mask(hidden) for name in numbers}
    return rows.assign(**blanked, status=status)
