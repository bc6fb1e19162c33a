"""What of a design may leave before the data are seen."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kuntakokeilu.contracts import DESIGN_RELEASED, RELEASED_TABLES, conform
from kuntakokeilu.disclosure.balance import release_balance, release_overlap
from kuntakokeilu.disclosure.judged import release_beyond_reach
from kuntakokeilu.disclosure.precision import no_finer
from kuntakokeilu.disclosure.release import release_units
from kuntakokeilu.study import Comparison, DisclosureProfile


def guarded_design(numbers: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """Blank numbers of a design that rest on too few persons.

    Parameters
    ----------
    numbers : DataFrame
        Contract DESIGN.
    profile : DisclosureProfile
        The minimum count. An unknown count is too small unless the minimum is zero.

    Returns
    -------
    DataFrame
        Contract DESIGN_RELEASED. An effect on a power curve is a multiple of the detectable one,
        and is blanked with it: of a suppressed estimand one row of each quantity stays.
    """
    few = numbers["n_persons_min"].fillna(0) < profile.min_persons
    kept = numbers[~few | ~numbers.duplicated(["estimand", "quantity", "inference"])]
    few = few[kept.index]
    shown = kept.assign(
        value=kept["value"].mask(few),
        effect=kept["effect"].mask(few),
        status=few.map({True: "suppressed", False: "ok"}),
    )
    if profile.min_persons:
        shown = no_finer(shown, kept["n_persons_min"], profile.min_persons)
    return conform(shown.drop(columns="n_persons_min"), DESIGN_RELEASED)


def released_before_estimates(
    units: pd.DataFrame,
    comparison: Comparison,
    tables: Mapping[str, pd.DataFrame],
    profile: DisclosureProfile,
) -> dict[str, pd.DataFrame]:
    """Pass what is known of units and arms through its guards before there is any estimate.

    Parameters
    ----------
    units : DataFrame
        Contract UNITS.
    comparison : Comparison
        The leading comparison, spelt out.
    tables : mapping of str to DataFrame
        balance, overlap, compared, beyond_reach: contracts BALANCE, OVERLAP, COMPARED and
        BEYOND_REACH.
    profile : DisclosureProfile
        The minimum count.

    Returns
    -------
    dict of str to DataFrame
        units, balance, overlap and beyond_reach, as released.
    """
    no_effects = RELEASED_TABLES["area_effects"].empty()
    compared = tables["compared"]
    return {
        "units": release_units(units, comparison),
        "balance": release_balance(tables["balance"], compared, profile),
        "overlap": release_overlap(tables["overlap"], compared, no_effects, profile),
        "beyond_reach": release_beyond_reach(tables["beyond_reach"]),
    }
