"""How often tests err if large areas move together, and what areas of like size say beside it."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import SHOWN

_KIND = "assignment_size_bands"
_MATCHED = "assignment_size_bands_matched"
# On which simulated panels the leading test was measured: one start, or starts that differ. In a
# panel without gaps four means are the two-way regression.
_MEASURED = {
    "two_by_two": "one_start",
    "two_way_fixed_effects": "one_start",
    "imputation_average": "several_starts",
}


class Errs(NamedTuple):
    """Of 100 simulated panels without an effect, in which large areas are chosen and move alike.

    Attributes
    ----------
    leading, error : int
        In how many the leading test finds one, and the Monte Carlo error of that.
    bands : int
        In how many the test among areas of like size does.
    """

    leading: int
    error: int
    bands: int


# docs/validation.md, "Size of tests from the assignment", by treated areas and weights.
MEASURED = {
    (25, "municipality"): Errs(31, 2, 5),
    (25, "area"): Errs(22, 2, 6),
    (25, "persons_frozen"): Errs(12, 3, 4),
    (5, "municipality"): Errs(14, 2, 3),
    (5, "area"): Errs(15, 2, 4),
    (5, "persons_frozen"): Errs(6, 1, 4),
}
_MANY = 1e6
# What was measured is told of trials with about as many areas.
_AREAS = {25: range(20, 31), 5: range(4, 7)}


def size_bands_sentence(release: Release, row: Row, language: Language) -> str:
    """Say the p-value among areas of like size, and how often tests err if large areas move alike.

    Parameters
    ----------
    release : Release
        A released study.
    row : Row
        The leading row of a main estimand of one effect.
    language : Language
        Of the reader.

    Returns
    -------
    str
        Who keeps treatment in every assignment for want of a match, and the estimate without
        them, stand beside the p-value. How often each test errs was measured on simulated panels
        (docs/validation.md, "Size of tests from the assignment" and "Estimators for starts that
        differ"). Where no area can be re-drawn among others of its size, how often the leading
        test errs; empty if that was not measured for the estimator and its weights, or on trials
        of another number of areas.
    """
    found = _row(release, row["estimand"], _KIND)
    made = release.assignment
    made = made[made["estimand"].eq(row["estimand"]) & made["inference"].eq(_KIND)]
    if found is None or made.empty:
        return _errs(release, row, language, bands=False)
    about = made.iloc[0]
    dealt, fixed = int(about["n_dealt"]), int(about["n_fixed"])
    said = language.say(
        "size_bands.said",
        p=language.p_text(found["p_value"]),
        dealt=language.number(dealt, 0),
        all=language.number(dealt + fixed, 0),
        assignments=_many(about["assignments"], language),
    )
    parts = [said, _fixed(release, about, language), _matched(release, row, language)]
    return " ".join(filter(None, [*parts, _errs(release, row, language, bands=True)]))


def _many(assignments: float, language: Language) -> str:
    """Write how many assignments there are, as far as it matters."""
    return (
        language.say("size_bands.many") if assignments > _MANY else language.number(assignments, 0)
    )


def _row(release: Release, estimand: str, kind: str) -> pd.Series | None:
    """Give a shown row of one kind of inference with a p-value."""
    rows = release.estimates
    rows = rows[rows["estimand"].eq(estimand) & rows["inference"].eq(kind)]
    rows = rows[rows["status"].isin(SHOWN) & rows["p_value"].notna()]
    return None if rows.empty else rows.iloc[0]


def _fixed(release: Release, about: pd.Series, language: Language) -> str:
    """Name the treated areas without a match."""
    if pd.isna(about["fixed"]) or not about["fixed"]:
        return ""
    areas = str(about["fixed"]).split("; ")
    names = (lb.area_name(name, release.study, language) for name in areas)
    return language.say("size_bands.fixed", names=", ".join(names))


def _matched(release: Release, row: Row, language: Language) -> str:
    """Give the estimate of the areas that have a match; that of all areas is another."""
    found, made = _row(release, row["estimand"], _MATCHED), release.assignment
    made = made[made["estimand"].eq(row["estimand"]) & made["inference"].eq(_MATCHED)]
    if found is None or made.empty or pd.isna(made["estimate"].iloc[0]):
        return ""
    outcome = release.study["outcomes"][row["outcome"]]
    return language.say(
        "size_bands.matched",
        estimate=language.number(made["estimate"].iloc[0], outcome["decimals"], sign=True),
        unit=lb.unit_label(outcome["unit"], language),
        p=language.p_text(found["p_value"]),
    )


def _errs(release: Release, row: Row, language: Language, *, bands: bool) -> str:
    """Say how often the leading test errs where large areas are chosen and move together."""
    which = _MEASURED.get(str(row["estimator"]))
    if row["status"] not in SHOWN or which is None:
        return ""
    if which == "several_starts":
        key = f"leading_test.error.several_starts.{row['weights']}"
        return language.say(key) if language.has(key) and not bands else ""
    if release.study["units"] != "municipality" or release.study["start"] is None:
        return ""  # one start was measured on trials of municipalities alone
    areas = next((n for n, like in _AREAS.items() if row["n_trial_clusters"] in like), None)
    found = MEASURED.get((areas or 0, str(row["weights"])))
    if found is None:
        return ""
    key = f"size_bands.error.{'both' if bands else 'leading'}"
    return language.say(key, areas=str(areas), **{k: str(v) for k, v in found._asdict().items()})
