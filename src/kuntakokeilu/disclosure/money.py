"""Which ratios, totals and combinations may leave: those whose estimates all may."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from kuntakokeilu.contracts import COMBINATIONS_RELEASED, RATIOS_RELEASED, TOTALS_RELEASED, conform
from kuntakokeilu.disclosure.release import rounding_bases
from kuntakokeilu.study import DisclosureProfile

# From the best to the worst; what rests on several estimates is as good as the worst of them.
_WORSE = ("ok", "failed_diagnostic", "not_identified", "suppressed")
_BLANK = ("not_identified", "suppressed")


def release_ratios(ratios: pd.DataFrame, released: pd.DataFrame) -> pd.DataFrame:
    """Set the status of every ratio, and blank those that rest on what may not be seen.

    Parameters
    ----------
    ratios : DataFrame
        Contract RATIOS.
    released : DataFrame
        Contract RELEASED, with the estimands of all ratios.

    Returns
    -------
    DataFrame
        Contract RATIOS_RELEASED.
    """
    blanked = ("estimate", "ci_low", "ci_high", "interval", "degrees_of_freedom")
    return _release(ratios, released, ["numerator", "denominator"], blanked, RATIOS_RELEASED)


def release_combinations(combinations: pd.DataFrame, released: pd.DataFrame) -> pd.DataFrame:
    """Set the status of every combination; see `release_ratios`.

    The factor can be a ratio of two means of the trial arm, and is blanked with the rest.
    """
    numbers = ("estimate", "std_error", "ci_low", "ci_high", "p_value", "degrees_of_freedom")
    return _release(
        combinations, released, ["first", "second"], ("factor", *numbers), COMBINATIONS_RELEASED
    )


def release_totals(
    totals: pd.DataFrame, released: pd.DataFrame, profile: DisclosureProfile
) -> pd.DataFrame:
    """Set the status of every total, and round its person-months.

    Parameters
    ----------
    totals : DataFrame
        Contract TOTALS.
    released : DataFrame
        Contract RELEASED, with the estimands of all totals.
    profile : DisclosureProfile
        Person-months are rounded as those of an estimate are, and estimate and interval follow:
        total over estimate would give the exact number back. Too few to be anything but zero
        when rounded are suppressed.

    Returns
    -------
    DataFrame
        Contract TOTALS_RELEASED.
    """
    base = rounding_bases(profile).get("n_person_months", 1)
    counted = totals["quantity"].ne("per_person") & totals["multiplier"].notna()
    rounded = totals["multiplier"].mask(counted, (totals["multiplier"] / base).round() * base)
    few = counted & rounded.eq(0)
    share = (rounded / totals["multiplier"]).fillna(1.0)
    added = totals["programme_euros"].fillna(0.0)
    numbers = {
        name: (totals[name] - added) * share + added for name in ("estimate", "ci_low", "ci_high")
    }
    blanked = (*numbers, "multiplier", "degrees_of_freedom")
    frame = totals.assign(multiplier=rounded, **numbers)
    return _release(frame, released, ["estimand"], blanked, TOTALS_RELEASED, few)


def _release(
    frame: pd.DataFrame,
    released: pd.DataFrame,
    behind: list[str],
    blanked: tuple[str, ...],
    schema: pa.DataFrameSchema,
    few: pd.Series | None = None,
) -> pd.DataFrame:
    """Give each row the worst status of the estimands behind it."""
    rank = released["status"].map(_WORSE.index).groupby(released["estimand"]).max()
    worst = pd.concat([frame[name].map(rank) for name in behind], axis=1).max(axis=1)
    worst = worst.where(frame["identified"].eq("ok"), worst.clip(_WORSE.index("not_identified")))
    if few is not None:
        worst = worst.mask(few, _WORSE.index("suppressed"))
    status = worst.map(dict(enumerate(_WORSE)))
    blank = status.isin(_BLANK)
    shown = {name: frame[name].mask(blank) for name in blanked}
    return conform(frame.assign(status=status, **shown), schema)
