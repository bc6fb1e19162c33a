"""What of a design may leave before the data are seen."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import DESIGN_RELEASED, RELEASED_TABLES, conform
from kuntakokeilu.disclosure.balance import release_balance, release_overlap
from kuntakokeilu.disclosure.precision import no_finer
from kuntakokeilu.study import DisclosureProfile


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


def released_balance_and_overlap(
    balance: pd.DataFrame,
    overlap: pd.DataFrame,
    compared: pd.DataFrame,
    profile: DisclosureProfile,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pass balance and overlap through their guards before there is any estimate.

    Parameters
    ----------
    balance, overlap, compared : DataFrame
        Contracts BALANCE, OVERLAP and COMPARED.
    profile : DisclosureProfile
        The minimum count.

    Returns
    -------
    tuple of DataFrame
        Contracts BALANCE_RELEASED and OVERLAP_RELEASED.
    """
    no_effects = RELEASED_TABLES["area_effects"].empty()
    return (
        release_balance(balance, compared, profile),
        release_overlap(overlap, compared, no_effects, profile),
    )
