"""Municipalities that have merged: which they are, and in which arm they count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

Merger = Mapping[str, Any]


def lives_on(study: Study) -> dict[str, str]:
    """Map every code that a merger has ended to the unit it is part of."""
    return {row["code"]: row["unit"] for row in study["mergers"]}


def since_the_start(study: Study) -> list[Merger]:
    """List the mergers after the first period of the study: all codes before it are of today."""
    return [row for row in study.get("mergers", []) if row["date"] > study["first_period"]]


def across_arms(study: Study) -> list[Merger]:
    """List the municipalities that are part of one of another arm."""
    return [row for row in study.get("mergers", []) if row["arm"] != row["unit_arm"]]


def across_sentence(study: Study, language: Language) -> str:
    """Name the municipalities that joined one of another arm, and say where they count."""
    rows = across_arms(study)
    if not rows:
        return ""
    named = [
        language.say(
            "merger.into",
            gone=language.pick(row["name"]),
            now=language.pick(row["unit_name"]),
            year=row["date"][:4],
        )
        for row in rows
    ]
    key = f"merger.across.{study['merged_across_arms']}"
    return language.say(key, named=language.listed(named))


def merger_table(release: Release, language: Language) -> pd.DataFrame:
    """Show which municipalities have become part of another, and their arms at the start."""
    rows = [
        [
            f"{language.pick(row['name'])} ({row['code']})",
            f"{language.pick(row['unit_name'])} ({row['unit']})",
            row["date"],
            *(language.say(f"quality.arm.{row[arm]}") for arm in ("arm", "unit_arm")),
            lb.area_name(row["area"], release.study, language) if row["area"] else "",
        ]
        for row in since_the_start(release.study)
    ]
    columns = ("gone", "now", "since", "own_arm", "unit_arm", "area")
    return pd.DataFrame(rows, columns=[language.say(f"quality.column.{c}") for c in columns])


def merger_note(release: Release, language: Language) -> str:
    """Say that no municipality has merged, or which of them joined one of another arm."""
    if not since_the_start(release.study):
        return language.say("quality.no_mergers")
    return across_sentence(release.study, language)
