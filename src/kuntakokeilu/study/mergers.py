"""Municipalities that have merged since a study began, and those of them that join two arms.

A municipality counts as treated if it was in the trial on the first day of treatment. One that
later became part of a municipality of another arm can be told apart in no statistics of today, so a
study says what is done: the whole keeps the arm of the municipality that lives on, or it is in
neither arm.
"""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.municipalities import Classification, successors
from kuntakokeilu.study.models import ACROSS_ARMS, Settings

NAMES = ("name_fi", "name_sv", "name_en")
UNIT_NAMES = tuple(f"unit_{name}" for name in NAMES)
MERGED_COLUMNS = ("code", "unit", "date", "arm", "unit_arm", "area", *NAMES, *UNIT_NAMES)


def merged(areas: pd.DataFrame, classification: Classification, settings: Settings) -> pd.DataFrame:
    """List the municipalities that are part of another in a study's classification.

    Parameters
    ----------
    areas : DataFrame
        As `read_areas` returns them: arm, area, code.
    classification : Classification
        The study's municipalities.
    settings : Settings
        Say when treatment begins.

    Returns
    -------
    DataFrame
        One row per merged municipality, in the order of the mergers: its code, the unit it is part
        of in the classification, the day, its own arm and that of the unit's municipality on the
        first day of treatment (trial, control or neither), the trial area of the one that is in the
        trial, and the names of both.
    """
    mergers, lives_on = classification.mergers, classification.successors()
    before = successors(mergers, f"{settings.start}-01")
    listed = areas.set_index("code")
    done = mergers[mergers["code_from"].isin(set(lives_on))].sort_values("date", kind="stable")
    names = classification.municipalities.drop_duplicates("code", keep="last").set_index("code")

    def at_start(code: str) -> tuple[str, str]:
        then = code if code in listed.index else before.get(code, code)
        known = then in listed.index
        if not known:
            return "control", ""
        arm, area = listed.loc[then, ["arm", "area"]]
        return str(arm), str(area)

    rows = []
    for code, date in zip(done["code_from"], done["date"], strict=True):
        unit = lives_on[code]
        (arm, area), (unit_arm, unit_area) = at_start(code), at_start(unit)
        said = (names.at[one, name] for one in (code, unit) for name in NAMES)
        rows.append((code, unit, date, arm, unit_arm, area or unit_area, *said))
    return pd.DataFrame(rows, columns=MERGED_COLUMNS, dtype=str)


def no_mergers() -> pd.DataFrame:
    """Return the list without rows."""
    return pd.DataFrame(columns=list(MERGED_COLUMNS), dtype=str)


def across_arms(merged: pd.DataFrame) -> pd.DataFrame:
    """Choose the municipalities that are part of one of another arm."""
    return merged[merged["arm"] != merged["unit_arm"]]


def check_across_arms(merged: pd.DataFrame, settings: Settings, where: str) -> None:
    """Stop where the arm of the municipality that lives on is not that of the list.

    Raises
    ------
    InputError
        A municipality of the trial is part of one that was outside it, which is to keep its arm:
        that would silently take a municipality of the list out of the trial.
    """
    rows = across_arms(merged)
    lost = rows[rows["arm"].eq("trial")]
    if settings.merged_across_arms == "receiving" and len(lost):
        row = lost.iloc[0]
        raise InputError(
            f"{where}, {ACROSS_ARMS}: {row['name_fi']} ({row['code']}) of the trial is part of "
            f"{row['unit_name_fi']} ({row['unit']}), which was outside it, so the arm of the whole "
            "is not that of the list; expected left_out"
        )
