"""Whether the interval shown first keeps its level with its weights, and which one does if not."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

# Kinds of an interval over clusters, whose weights are those of the estimate.
_BY_AREA = ("cluster_area", "cr2_area", "cr2_exact_area")


def calibration_of(release: Release, estimand: str) -> str:
    """Tell whether the inference that leads an estimate keeps its level where nothing happened.

    Parameters
    ----------
    release : Release
        A released study.
    estimand : str
        Name of an estimand.

    Returns
    -------
    str
        `acceptable`, `too_often`, `off_centre` or `undecided`; empty where no false start was
        asked for, or it may not be told.
    """
    rows = release.false_starts_summary
    rows = rows[rows["estimand"].eq(estimand) & rows["leading"].astype(bool)]
    if rows.empty or rows["status"].iloc[0] == "suppressed":
        return ""
    if rows["identified"].iloc[0] == "no_window":
        return "undecided"
    return str(rows["calibration"].iloc[0]) if rows["status"].iloc[0] == "ok" else ""


def with_calibration(table: pd.DataFrame, release: Release) -> pd.DataFrame:
    """Add the verdict on the leading inference of the estimand of each row.

    Parameters
    ----------
    table : DataFrame
        Main effects, or what is a multiple of one, so that its t is the same; with `estimand`.
    release : Release
        A released study.

    Returns
    -------
    DataFrame
        With `calibration`, as `calibration_of` gives it; missing where that is empty.
    """
    said = [calibration_of(release, name) or None for name in table["estimand"]]
    return table.assign(calibration=pd.Series(said, index=table.index, dtype=object))


def calibration_sentence(release: Release, estimand: str, language: Language) -> str:
    """Say that the interval shown first is too sure with its weights, or off, and which one is not.

    The most careful of the kinds that kept their level is told: fewest false starts called an
    effect, then the widest interval.

    Returns
    -------
    str
        Empty where the leading inference keeps its level, or nothing is known.
    """
    verdict = calibration_of(release, estimand)
    if verdict == "off_centre":
        return language.say("calibration.one_side")
    if verdict == "too_narrow":
        return language.say("calibration.beyond")
    if verdict == "undecided" and _several(release, estimand):
        return language.say("calibration.few_windows")
    if verdict != "too_often":
        return ""
    found = _kept_level(release, estimand)
    if found.empty:
        return language.say(f"calibration.none.{release.study['units']}")
    row = found.iloc[0]
    outcome = release.study["outcomes"][row["outcome"]]
    return language.say(
        "calibration.other",
        kind=lb.inference_label(str(row["inference"]), release.study, language),
        found=language.number(round(row["n_false_starts"] * row["share_rejected"]), 0),
        n=language.number(row["n_false_starts"], 0),
        interval=language.interval(row["ci_low"], row["ci_high"], outcome["decimals"]),
    )


def _several(release: Release, estimand: str) -> bool:
    rows = release.false_starts_summary
    return bool(rows.loc[rows["estimand"].eq(estimand), "n_false_starts"].max() > 1)


def _kept_level(release: Release, estimand: str) -> pd.DataFrame:
    """Give the intervals by area that kept their level, the most careful first."""
    rows = release.false_starts_summary
    mine = rows[rows["estimand"].eq(estimand) & rows["calibration"].eq("acceptable")]
    mine = mine[mine["inference"].isin(_BY_AREA)]
    numbers = release.estimates
    numbers = numbers[numbers["estimand"].eq(estimand) & numbers["term"].eq("att")]
    ends = numbers.dropna(subset=["ci_low", "ci_high"])[["inference", "ci_low", "ci_high"]]
    found = mine.merge(ends, on="inference")
    width = found["ci_low"] - found["ci_high"]
    return found.assign(width=width).sort_values(["share_rejected", "width"], kind="stable")
