"""Which numbers belong beside each other: estimands that differ in one thing only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.outcomes import reading_order
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import area_rows

# What an estimand is for, and what follows from its other settings.
_NO_SETTINGS = ("role", "reference_bin", "headline")
_QUESTION = ("population", "design", "contrast", "elapsed_first", "elapsed_last")


@kept
def effects(release: Release, term: str = "att") -> pd.DataFrame:
    """Return the main effects and robustness checks of a term, clustered by area.

    Outcomes come in reading order.
    """
    rows = area_rows(release)
    rows = rows[rows["term"].eq(term) & rows["role"].isin(["main", "robustness"])]
    names = reading_order(release.study["outcomes"], release.study)
    order = rows["outcome"].map(names.index)
    return rows.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def alike_but(
    rows: pd.DataFrame, release: Release, without: Collection[str]
) -> list[tuple[str, pd.DataFrame]]:
    """Group rows whose estimands differ in nothing but the settings named, in order.

    Returns
    -------
    list of (str, DataFrame)
        The settings in common as text, and the rows.
    """
    declared = release.study["estimands"]
    keys = rows["estimand"].map(lambda name: settings(declared[name], without))
    return [(str(key), group) for key, group in rows.groupby(keys, sort=False)]


def settings(about: Mapping[str, Any], without: Collection[str]) -> str:
    """Write an estimand's settings as text, but for those named."""
    left_out = {*without, *_NO_SETTINGS}
    return "; ".join(f"{name}={about[name]}" for name in sorted(about) if name not in left_out)


def same_question(estimand: str, study: Study) -> bool:
    """Tell whether an estimand asks what the first main one of its outcome asks.

    That is of the same persons, by the same design, over the same time since entry: then what
    differs is only how the answer is sought, or which spillover share is assumed.
    """
    about = study["estimands"][estimand]
    same = [other for other in study["estimands"].values() if other["outcome"] == about["outcome"]]
    first = next((other for other in same if other["role"] == "main"), same[0])
    return all(about.get(name) == first.get(name) for name in _QUESTION)
