"""Which numbers of single trial areas, and of strata of persons, may leave."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import (
    AMOUNTS_BEHIND,
    AREA_EFFECTS_RELEASED,
    AREA_NUMBERS,
    HETEROGENEITY_RELEASED,
    META_NUMBERS,
    META_REGRESSION_RELEASED,
    STRATUM_NUMBERS,
    conform,
)
from kuntakokeilu.disclosure.release import few_and_next, rounding_bases
from kuntakokeilu.study import DisclosureProfile

_SHRUNK = ["shrunk", "shrunk_std_error", "shrunk_ci_low", "shrunk_ci_high"]
_TOTALS = {"total": "estimate", "total_ci_low": "ci_low", "total_ci_high": "ci_high"}


def release_area_effects(
    effects: pd.DataFrame, estimates: pd.DataFrame, profile: DisclosureProfile
) -> pd.DataFrame:
    """Suppress the areas of too few persons, and others if these could be worked out.

    Parameters
    ----------
    effects : DataFrame
        Contract AREA_EFFECTS.
    estimates : DataFrame
        Contract RELEASED: an estimand that failed a diagnostic did so in every area.
    profile : DisclosureProfile
        The minimum count, in the area and among the controls. An unknown count is too small
        unless the minimum is zero. Person-months are rounded to a hundred times the minimum, and
        totals are of the rounded ones, so that their ratio to the effect tells no more. Too few
        to be anything but zero when rounded are missing, and so is the total.

    Returns
    -------
    DataFrame
        Contract AREA_EFFECTS_RELEASED. Numbers that are suppressed, or do not exist, are missing.

    Notes
    -----
    The effect of all areas together is nearly a weighted mean of theirs and is released as well: an
    area suppressed alone would follow from it. The area with next fewest persons is therefore
    suppressed with it, and the next, until those suppressed are two and enough persons together.
    Shrunken effects rest on all areas, and are not released of an estimand with one suppressed.
    """
    judged = _with_status(effects, estimates)
    parts = [_hide(rows, profile) for _, rows in judged.groupby("estimand", sort=False)]
    released = _blank(pd.concat(parts), AREA_NUMBERS)
    telling = released["estimand"].isin(_suppressed(released))
    released[_SHRUNK] = released[_SHRUNK].mask(telling)
    if profile.min_persons:
        base = rounding_bases(profile)["n_person_months"]
        rounded = (released["n_person_months"] / base).round().mul(base)
        months = rounded.mask(rounded.eq(0)).astype("Int64")
        factors = months.astype("Float64").astype(float)
        known = released["total"].notna()
        for total, name in _TOTALS.items():
            released[total] = (released[name] * factors).where(known)
        released["n_person_months"] = months
    return conform(_without_inside(released), AREA_EFFECTS_RELEASED)


def release_meta_regression(
    rows: pd.DataFrame, effects: pd.DataFrame, estimates: pd.DataFrame
) -> pd.DataFrame:
    """Suppress what rests on effects of areas of which one is suppressed.

    Parameters
    ----------
    rows : DataFrame
        Contract META_REGRESSION.
    effects : DataFrame
        Contract AREA_EFFECTS_RELEASED.
    estimates : DataFrame
        Contract RELEASED.

    Returns
    -------
    DataFrame
        Contract META_REGRESSION_RELEASED.
    """
    rows = _with_status(rows, estimates)
    telling = rows["estimand"].isin(_suppressed(effects)) & rows["identified"].eq("ok")
    rows["status"] = rows["status"].mask(telling, "suppressed")
    return conform(_blank(rows, META_NUMBERS), META_REGRESSION_RELEASED)


def release_heterogeneity(
    rows: pd.DataFrame, estimates: pd.DataFrame, profile: DisclosureProfile
) -> pd.DataFrame:
    """Suppress the strata of too few persons, and others if these could be worked out.

    Parameters
    ----------
    rows : DataFrame
        Contract HETEROGENEITY.
    estimates : DataFrame
        Contract RELEASED.
    profile : DisclosureProfile
        The minimum count, of a stratum in an arm and period.

    Returns
    -------
    DataFrame
        Contract HETEROGENEITY_RELEASED. What is suppressed in one method is so in the other; the
        test over all strata stays. A tree's number is of a leaf, which may hold a suppressed
        stratum beside one that is shown: those of an estimand with one suppressed are all
        suppressed.
    """
    keys = ["estimand", "method"]
    judged = _with_status(rows, estimates)
    parts = [_hide(part, profile) for _, part in judged.groupby(keys, sort=False)]
    released = pd.concat(parts)
    telling = released["method"].eq("honest_tree") & released["status"].ne("not_identified")
    telling &= released["estimand"].isin(_suppressed(released))
    released["status"] = released["status"].mask(telling, "suppressed")
    released = _blank(released, STRATUM_NUMBERS)
    return conform(_without_inside(released), HETEROGENEITY_RELEASED)


def _without_inside(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop(columns=["n_persons_min", *(n for n in AMOUNTS_BEHIND if n in rows)])


def _with_status(rows: pd.DataFrame, estimates: pd.DataFrame) -> pd.DataFrame:
    """Say which rows exist, and which belong to an estimand that failed a diagnostic, or is hidden.

    Parts of a hidden whole would add up to it.
    """
    failed = estimates.loc[estimates["status"] == "failed_diagnostic", "estimand"]
    gone = estimates["status"].eq("suppressed").groupby(estimates["estimand"]).all()
    status = rows["estimand"].isin(failed).map({True: "failed_diagnostic", False: "ok"})
    status = status.mask(rows["estimand"].isin(gone.index[gone]), "suppressed")
    return rows.assign(status=status.mask(rows["identified"] != "ok", "not_identified"))


def _suppressed(rows: pd.DataFrame) -> pd.Series:
    return rows.loc[rows["status"] == "suppressed", "estimand"]


def _hide(rows: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """Suppress among rows that add up to one number, so that none suppressed can be worked out."""
    least = profile.min_persons
    if least == 0:
        return rows
    exist = rows["status"] != "not_identified"
    persons = rows.loc[exist, "n_persons_min"].fillna(0)
    rows.loc[few_and_next(persons, least), "status"] = "suppressed"
    return rows


def _blank(rows: pd.DataFrame, numbers: tuple[str, ...]) -> pd.DataFrame:
    blank = rows["status"].isin(["suppressed", "not_identified"])
    return rows.assign(**{name: rows[name].mask(blank) for name in numbers})
