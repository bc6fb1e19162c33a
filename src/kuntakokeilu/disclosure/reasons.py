"""Why each row of a release is hidden, and in which band the persons behind a shown one are.

For who checks results. Neither tells a count: a band is as wide as several minimum counts, and a
hidden row has none.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.disclosure.dominance import (
    PERSONS_BEHIND,
    dominated,
    dominated_together,
    few_payers,
    few_with_amount,
    sizes_of_outcomes,
    with_parts_of_sums,
)
from kuntakokeilu.disclosure.panel import NEVER_SHOWN
from kuntakokeilu.disclosure.precision import key_of_rows
from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.study import DisclosureProfile

# Names of reasons; what each says is in config/labels/handover.csv.
FEW, FEW_PAYERS, DOMINATED = "few", "few_payers", "dominated"
OF_SUM, FOLLOWS, RESTS_ON = "of_sum", "follows", "rests_on"
# Of counts that stand exactly in the other rows, one known to be too small is known better.
LINKED = "linked"
BY_RULE = "by_rule"
REASONS = (FEW, FEW_PAYERS, DOMINATED, OF_SUM, FOLLOWS, RESTS_ON, LINKED, BY_RULE)
_EXACT = frozenset({"flow", "eligibility", "survey_response"})
_EDGES = (50, 200)  # persons
# Shares that stand beside bands: in per cent. A mean of euros below 100 is taken for one.
_MEANS = {"coverage": "mean", "estimates": "baseline_mean"}


def reasons_hidden(
    name: str,
    hidden: pd.Series,
    released: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    profile: DisclosureProfile,
    ledger: pd.DataFrame | None = None,
) -> pd.Series:
    """Say why rows of a released table are hidden.

    Parameters
    ----------
    name : str
        Of the table, as in `contracts.RELEASED_TABLES`.
    hidden : Series of bool
        Which of its rows are.
    released : DataFrame
        The table.
    tables : mapping of str to DataFrame
        What the release was made of, by name, with `contracts.AMOUNTS_BEHIND`.
    profile : DisclosureProfile
        The rules.
    ledger : DataFrame, optional
        Which outcomes are columns of the ledger, as `sums.sums_of_payers` takes them.

    Returns
    -------
    Series of str
        The reasons of the hidden rows, of `REASONS`. One that breaks a rule itself is primary.

    Raises
    ------
    InputError
        A hidden row is not in the table that the release was made of.
    """
    gone = released[hidden]
    if name in _EXACT:
        return _of_exact(name, gone)
    frame = tables.get(name, pd.DataFrame())
    column = persons_column(name, frame.columns)
    if column is None:
        return pd.Series(RESTS_ON, index=gone.index, dtype=object)
    told = _told(name, frame.reset_index(drop=True), column, tables, profile, ledger)
    return pd.Series(_matched(name, gone, frame, told), index=gone.index, dtype=object)


def bands(
    name: str,
    shown: pd.Series,
    released: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    profile: DisclosureProfile,
) -> pd.Series | None:
    """Say in which band the fewest persons behind shown rows are.

    Parameters
    ----------
    name, released, tables, profile
        See `reasons_hidden`.
    shown : Series of bool
        Which rows of the table are shown.

    Returns
    -------
    Series of str or None
        A band for each shown row; None for a table behind whose rows nobody counted persons.

    Raises
    ------
    InputError
        A shown row rests on fewer persons than the profile asks for, or is not in the table that
        the release was made of.
    """
    frame = tables.get(name, pd.DataFrame())
    column = persons_column(name, frame.columns)
    if column is None or not profile.min_persons:
        return None
    rows = released[shown]
    persons = pd.Series(
        _matched(name, rows, frame, frame[column].astype("Float64").reset_index(drop=True)),
        index=rows.index,
        dtype="Float64",
    ).fillna(0)
    if (persons < profile.min_persons).any():
        raise InputError(
            f"release/{name}.csv: a row is shown that rests on fewer than "
            f"{counted(profile.min_persons, 'person')}; run the study again"
        )
    mean = rows[_MEANS[name]].astype(float) if name in _MEANS else pd.Series(np.nan, rows.index)
    told = [
        band(int(n), profile.min_persons, share if 0 < share < 1 else None)
        for n, share in zip(persons, mean / 100, strict=True)
    ]
    return pd.Series(told, index=rows.index, dtype=object)


def band(persons: int, least: int, share: float | None = None) -> str:
    """Give the band of a count of persons that may be shown.

    Parameters
    ----------
    persons : int
        How many.
    least : int
        The minimum count.
    share : float, optional
        Which share of about as many persons stands beside the band. A band and a share give the
        persons with the trait: its edges are then only those that leave these, and the others, as
        unknown as the minimum count. They depend on the share alone, and so tell nothing more.

    Examples
    --------
    >>> band(10, 10), band(49, 10), band(50, 10), band(3000, 10)
    ('10–49', '10–49', '50–199', '200 and more')
    >>> band(70, 60), band(30, 10, share=0.1), band(300, 10, share=0.02)
    ('60–199', '10–199', '10 and more')
    """
    part = 1.0 if share is None else min(share, 1 - share)
    edges = [least, *(edge for edge in _EDGES if part * (edge - 1 - least) >= least)]
    at = int(np.searchsorted(edges, persons, side="right")) - 1
    return f"{edges[at]}–{edges[at + 1] - 1}" if at + 1 < len(edges) else f"{edges[at]} and more"


def _of_exact(name: str, gone: pd.DataFrame) -> pd.Series:
    """Say of hidden counts that all leave in a release whether a rule hides them in every one."""
    rule = pd.Series(False, index=gone.index)
    if name == "flow" and "step" in gone:
        rule = gone["step"].eq(NEVER_SHOWN)
    elif name == "eligibility" and "in_trial_area" in gone:
        rule = ~gone["in_trial_area"].astype(bool)
    return rule.map({True: BY_RULE, False: LINKED}).astype(object)


def amounts_told(
    name: str,
    shown: pd.Series,
    released: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    profile: DisclosureProfile,
) -> pd.DataFrame:
    """Say of shown rows of euros how many payers are behind them, and what one has at most.

    Returns
    -------
    DataFrame
        `payers`, the number that the profile asks for and that is reached, or ? where registers
        name none; `largest_share`, the share that the profile allows and that is kept. Empty in
        rows that are not of euros, or of which the profile asks nothing.
    """
    frame, rows = tables.get(name, pd.DataFrame()), released[shown]
    told = pd.DataFrame("", index=rows.index, columns=["payers", "largest_share"], dtype=object)
    if "largest_share" not in frame or not profile.asks_amounts:
        return told
    known = frame["largest_share"].notna().reset_index(drop=True)
    euros = np.array(_matched(name, rows, frame, known), dtype=bool)
    payers = frame.get("n_payers_min", pd.Series(np.nan, frame.index)).fillna(0).gt(0)
    named = np.array(_matched(name, rows, frame, payers.reset_index(drop=True)), dtype=bool)
    if profile.payers:
        told["payers"] = np.where(euros, np.where(named, f"≥ {profile.payers}", "?"), "")
    if profile.largest < 1:
        told["largest_share"] = np.where(euros, f"≤ {100 * profile.largest:g} %", "")
    return told


def persons_column(name: str, columns: Iterable[Hashable]) -> str | None:
    """Name the column of a table under restricted/ that counts the fewest persons behind a row."""
    column = PERSONS_BEHIND.get(name, "n_persons_min")
    return column if column in set(columns) else None


def _told(
    name: str,
    frame: pd.DataFrame,
    column: str,
    tables: Mapping[str, pd.DataFrame],
    profile: DisclosureProfile,
    ledger: pd.DataFrame | None,
) -> pd.Series:
    """Say of every row which rule would hide it, the first that does."""
    few = frame[column].fillna(0) < profile.min_persons
    few |= few_with_amount(frame, profile)
    together = dominated_together(frame, profile, of_estimates=name == "estimates")
    with_parts = together
    if "outcome" in frame:
        with_parts = with_parts_of_sums(frame, together, ledger, sizes_of_outcomes(tables))
    payers, shares = few_payers(frame, profile), dominated(frame, profile)
    told = np.select(
        [each.to_numpy(dtype=bool) for each in (few, payers, shares, with_parts & ~together)],
        [FEW, FEW_PAYERS, DOMINATED, OF_SUM],
        FOLLOWS,
    )
    return pd.Series(told, dtype=object)


def _matched(name: str, rows: pd.DataFrame, frame: pd.DataFrame, values: pd.Series) -> list[object]:
    """Give the value of the row of a restricted table that each released row was made of."""
    keys = [key for key in RELEASED_TABLES[name].contract.unique or () if key in frame]
    known = dict(zip(key_of_rows(frame, keys), values, strict=True))
    wanted = key_of_rows(rows, keys)
    if not keys or any(key not in known for key in wanted):
        raise InputError(
            f"release/{name}.csv: has a row that restricted/ has not; run the study again"
        )
    return [known[key] for key in wanted]
