"""What is in the data and what is missing: periods, cells without a value, mergers, coverage."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from kuntakokeilu.report.words.findings import bullets
from kuntakokeilu.report.words.labels import (
    detail,
    outcome_label,
    sentence_case,
    verdict_label,
)
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.outcomes import of_cohorts
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import lead_rows

ARMS = ("trial", "control")


def missing_by_year(coverage: pd.DataFrame) -> pd.DataFrame:
    """Count the cells and those without a value by outcome, year and arm.

    Parameters
    ----------
    coverage : DataFrame
        Contract COVERAGE_RELEASED.

    Returns
    -------
    DataFrame
        outcome, year, arm, cells, missing, in the order of the outcomes.
    """
    rows = coverage.assign(
        year=coverage["period"].dt.year,
        cells=coverage["n_units"],
        missing=coverage["n_units"] - coverage["n_known"],
    )
    keys = ["outcome", "year", "arm"]
    return rows.groupby(keys, sort=False, as_index=False)[["cells", "missing"]].sum()


def series_table(
    release: Release, language: Language, outcomes: Collection[str] | None = None
) -> pd.DataFrame:
    """Show of outcomes, by default all, their periods with data, units and missing cells."""
    rows = []
    for name in _outcomes(release):
        if outcomes is not None and name not in outcomes:
            continue
        mine = release.coverage[release.coverage["outcome"] == name]
        known = _known_periods(release, name)
        periods = [language.period(str(end)) for end in (known.min(), known.max())]
        units = [_most(mine, arm) for arm in ARMS]
        row = [
            outcome_label(name, release.study, language),
            *(periods if len(known) else [language.say("quality.none")] * 2),
            language.number(known.nunique(), 0),
            *(language.number(count, 0) for count in units),
            *(_share(mine[mine["arm"] == arm], language) for arm in ARMS),
        ]
        rows.append(row)
    columns = ("outcome", "first", "last", "periods", "trial", "control",
               "missing_trial", "missing_control")  # fmt: skip
    return pd.DataFrame(rows, columns=[language.say(f"quality.column.{c}") for c in columns])


def series_notes(release: Release, language: Language) -> str:
    """Say which outcomes have no data and which end before the study does, in Markdown.

    Cohorts end earlier than the study by design: their last members are followed to its end.
    """
    study = release.study
    last = study["last_period"]
    said: dict[tuple[str, str], list[str]] = {}
    for name in _outcomes(release):
        known = _known_periods(release, name)
        if study["outcomes"][name].get("data") == "none":
            why = ("quality.no_data", "")
        elif known.empty:
            why = ("quality.no_value", "")
        elif not of_cohorts(study, name) and known.max() < pd.Period(last, study["frequency"]):
            why = ("quality.ends_early", language.period(str(known.max())))
        else:
            continue
        said.setdefault(why, []).append(outcome_label(name, study, language))
    lines = [
        language.say(key, outcomes="; ".join(names), end=end, study=language.period(last))
        for (key, end), names in said.items()
    ]
    return bullets(lines) or language.say("quality.all_to_the_end")


def missing_table(release: Release, language: Language) -> pd.DataFrame:
    """Show by year and arm how many cells have no value, for outcomes that lack any."""
    counts = missing_by_year(release.coverage)
    lacking = counts.groupby("outcome")["missing"].transform("sum") > 0
    rows = [
        [
            outcome_label(str(outcome), release.study, language),
            str(year),
            *(_of_cells(group[group["arm"] == arm], language) for arm in ARMS),
        ]
        for (outcome, year), group in counts[lacking].groupby(["outcome", "year"], sort=False)
    ]
    columns = ("outcome", "year", "missing_trial", "missing_control")
    return pd.DataFrame(rows, columns=[language.say(f"quality.column.{c}") for c in columns])


def complete_note(release: Release, language: Language) -> str:
    """Name the outcomes that have a value in every cell; empty if there is none."""
    missing = missing_by_year(release.coverage).groupby("outcome", sort=False)["missing"].sum()
    whole = missing.index[missing == 0]
    names = [f"“{outcome_label(name, release.study, language)}”" for name in whole]
    return language.say("quality.complete", outcomes=language.listed(names)) if names else ""


def arms_table(release: Release, language: Language) -> pd.DataFrame:
    """Count units, areas and clusters of each arm, and the units in neither."""
    units = release.units.assign(area=release.units["area"].replace("", None))
    rows = []
    for arm in (*ARMS, "neither"):
        mine = units[units["arm"] == arm]
        clusters = mine["cluster"].nunique() if arm != "neither" else float("nan")
        areas = mine["area"].nunique() if arm == "trial" else float("nan")
        counts = (len(mine), areas, clusters)
        rows.append([language.say(f"quality.arm.{arm}"), *(language.number(n, 0) for n in counts)])
    columns = ("arm", "units", "areas", "clusters")
    return pd.DataFrame(rows, columns=[language.say(f"quality.column.{c}") for c in columns])


def coverage_notes(release: Release, language: Language) -> str:
    """Say what an incomplete list and units in neither arm mean, in Markdown; perhaps empty."""
    coverage = release.study.get("coverage") or {}
    said = []
    if coverage.get("listed", 0) < coverage.get("total", 0):
        gone = language.number(coverage["total"] - coverage["listed"], 0)
        said.append(language.say("quality.incomplete", missing=gone))
    if release.units["arm"].eq("neither").any():
        said.append(language.say("quality.neither"))
    return "\n\n".join(said)


def left_out_table(release: Release, language: Language) -> pd.DataFrame:
    """Show which share of its cells an estimate lacks: leading estimates and failed checks."""
    checks = release.diagnostics[release.diagnostics["check"] == "cells_left_out"]
    leads = checks["estimand"].isin(lead_rows(release)["estimand"])
    rows = [
        [
            outcome_label(_outcome(row["estimand"], release), release.study, language),
            sentence_case(detail(row["estimand"], release.study, language)),
            _percent(100 * row["value"], language),
            verdict_label(row["verdict"], language),
        ]
        for _, row in checks[leads | checks["verdict"].ne("pass")].iterrows()
    ]
    columns = ("outcome", "specification", "share", "verdict")
    return pd.DataFrame(rows, columns=[language.say(f"quality.column.{c}") for c in columns])


def _outcomes(release: Release) -> list[str]:
    """Name the outcomes in the order of the plan; study.json has them by name."""
    planned = list(release.estimates["outcome"].unique())
    return [*planned, *(name for name in release.study["outcomes"] if name not in planned)]


def _known_periods(release: Release, outcome: str) -> pd.Series:
    rows = release.coverage[release.coverage["outcome"] == outcome]
    return rows.loc[rows["n_known"] > 0, "period"]


def _most(rows: pd.DataFrame, arm: str) -> float:
    found = rows.loc[rows["arm"] == arm, "n_units"]
    return float(found.max()) if len(found) else float("nan")


def _share(rows: pd.DataFrame, language: Language) -> str:
    cells = rows["n_units"].sum()
    missing = cells - rows["n_known"].sum()
    return _percent(100 * missing / cells if cells else float("nan"), language)


def _percent(share: float, language: Language) -> str:
    number = language.number(share, 1)
    return number if pd.isna(share) else language.say("quality.percent", share=number)


def _outcome(estimand: str, release: Release) -> str:
    return release.study["estimands"][estimand]["outcome"]


def _of_cells(rows: pd.DataFrame, language: Language) -> str:
    cells, missing = int(rows["cells"].sum()), int(rows["missing"].sum())
    if not cells:
        return language.number(float("nan"), 0)
    share = language.number(100 * missing / cells, 1)
    counts = {"missing": language.number(missing, 0), "cells": language.number(cells, 0)}
    return language.say("quality.of_cells", share=share, **counts)
