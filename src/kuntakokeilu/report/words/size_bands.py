"""What re-drawing areas among those of like size says beside a main number."""

from __future__ import annotations

from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import SHOWN

_KIND = "assignment_size_bands"


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
        tests from the assignment") for units alike and for weights by persons; empty where no area
        can be re-drawn among others of its size.
    """
    of = release.estimates["estimand"].eq(row["estimand"])
    found = release.estimates[of & release.estimates["inference"].eq(_KIND)]
    found = found[found["status"].isin(SHOWN) & found["p_value"].notna()]
    made = release.assignment
    made = made[made["estimand"].eq(row["estimand"]) & made["inference"].eq(_KIND)]
    if found.empty or made.empty:
        return ""
    dealt, fixed = int(made["n_dealt"].iloc[0]), int(made["n_fixed"].iloc[0])
    said = language.say(
        "size_bands.said",
        p=language.p_text(found["p_value"].iloc[0]),
        dealt=language.number(dealt, 0),
        all=language.number(dealt + fixed, 0),
    )
    key = f"size_bands.error.{row['weights']}"
    return f"{said} {language.say(key)}" if language.has(key) else said
