"""How often tests err if large areas move together, and what areas of like size say beside it."""

from __future__ import annotations

from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import SHOWN

_KIND = "assignment_size_bands"
# On which simulated panels the leading test was measured: one start, or starts that differ. In a
# panel without gaps four means are the two-way regression.
_MEASURED = {
    "two_by_two": "one_start",
    "two_way_fixed_effects": "one_start",
    "imputation_average": "several_starts",
}

# The simulated trials have twenty-five areas; what was measured there is told of trials like them.
_AREAS = range(20, 31)


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
        How often each test errs was measured on simulated panels (docs/validation.md, "Size of
        tests from the assignment" and "Estimators for starts that differ"). Where no area can be
        re-drawn among others of its size, how often the leading test errs; empty if that was not
        measured for the estimator and its weights, or on trials of another number of areas.
    """
    of = release.estimates["estimand"].eq(row["estimand"])
    found = release.estimates[of & release.estimates["inference"].eq(_KIND)]
    found = found[found["status"].isin(SHOWN) & found["p_value"].notna()]
    made = release.assignment
    made = made[made["estimand"].eq(row["estimand"]) & made["inference"].eq(_KIND)]
    if found.empty or made.empty:
        return _of_the_leading_test(release, row, language)
    dealt, fixed = int(made["n_dealt"].iloc[0]), int(made["n_fixed"].iloc[0])
    said = language.say(
        "size_bands.said",
        p=language.p_text(found["p_value"].iloc[0]),
        dealt=language.number(dealt, 0),
        all=language.number(dealt + fixed, 0),
    )
    key = f"size_bands.error.{row['weights']}"
    measured = _measured(release, row) == "one_start" and language.has(key)
    return f"{said} {language.say(key)}" if measured else said


def _of_the_leading_test(release: Release, row: Row, language: Language) -> str:
    """Say how often the leading test errs where large areas are chosen and move together."""
    key = f"leading_test.error.{_measured(release, row)}.{row['weights']}"
    return language.say(key) if row["status"] in SHOWN and language.has(key) else ""


def _measured(release: Release, row: Row) -> str | None:
    """Say on which panels: one start was measured on trials of municipalities alone."""
    which = _MEASURED.get(str(row["estimator"]))
    one_start = release.study["start"] is not None
    if which == "one_start" and (release.study["units"] != "municipality" or not one_start):
        return None
    if which == "one_start" and row["n_trial_clusters"] not in _AREAS:
        return None
    return which
