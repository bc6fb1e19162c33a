"""Who was treated: the list of trial areas and their municipalities."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kuntakokeilu.errors import InputError, counted, some
from kuntakokeilu.facts.municipalities import Classification
from kuntakokeilu.io import read_csv
from kuntakokeilu.study.models import Settings

AREA_COLUMNS = ("arm", "area", "code")
# What is said of an area, on each of its rows; a file may leave these columns out.
SAID_OF_AREAS = ("area_sv", "area_en", "office_code")
GROUP_COLUMNS = ("group", "code")


def read_areas(
    folder: Path, settings: Settings, classification: Classification, where: str
) -> pd.DataFrame:
    """Read the list of areas and check it against the classification and the law.

    Parameters
    ----------
    folder : Path
        The study's folder.
    settings : Settings
        Names the file, and the size of the trial in law.
    classification : Classification
        The study's municipalities.
    where : str
        The folder as the user sees it, for messages.

    Returns
    -------
    DataFrame
        arm (trial, or neither: kept out), area, code as listed, unit (code in the study's
        classification), and of the area its names area_sv and area_en, of which the Finnish one
        stands in for a missing one, and office_code in the register of job seekers, perhaps empty.

    Raises
    ------
    InputError
        An unknown code, an area without municipalities, a municipality in two areas, an area
        with two names or offices, or a number of areas that is not the one in law.
    """
    path = folder / str(settings.areas)
    file = f"{where}/{settings.areas}"
    areas = read_csv(path, AREA_COLUMNS, name=file)
    for column in (*AREA_COLUMNS, *SAID_OF_AREAS):
        areas[column] = areas[column].str.strip() if column in areas else ""
    for column in ("area_sv", "area_en"):
        areas[column] = areas[column].where(areas[column].ne(""), areas["area"])
    trial = areas["arm"] == "trial"
    sub_regions = set(classification.municipalities["sub_region"])
    faults = {
        "arm: expected trial or neither, found {arm!r}": ~areas["arm"].isin(["trial", "neither"]),
        "area: a trial municipality needs one": trial & areas["area"].eq(""),
        "area: {area} is the code of a sub-region, by which the controls are clustered; expected "
        "a name": trial & areas["area"].isin(sub_regions),
        "code: area {area} has no municipality there": areas["code"].eq(""),
    }
    found = [(first_row(bad), text) for text, bad in faults.items() if bad.any()]
    if found:
        row, text = min(found)
        said = text.format_map(areas.loc[[row]].iloc[0])
        raise InputError(f"{file}, row {row + 2}, column {said}")
    areas["unit"] = classification.translate(areas["code"], f"{file}, column code")
    twice = areas.loc[areas["code"].duplicated(), "code"]
    if len(twice):
        raise InputError(
            f"{file}, row {twice.index[0] + 2}, column code: {some(twice)} stands there twice"
        )
    parts = areas.groupby("unit")[["arm", "area"]].nunique().gt(1).any(axis=1)
    split = areas[areas["unit"].isin(parts[parts].index)]
    if len(split):
        raise InputError(
            f"{file}, row {split.index[-1] + 2}, column code: {some(split['code'])} belong to one "
            f"municipality in {classification.year}, which would be in two areas or arms"
        )
    _check_said(areas[areas["arm"] == "trial"], file)
    _check_trial(areas[areas["arm"] == "trial"], settings, file)
    return areas[["arm", "area", "code", "unit", *SAID_OF_AREAS]]


def area_names(areas: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Give the name of each trial area in three languages, in the order of the list."""
    trial = areas[areas["arm"] == "trial"].drop_duplicates("area")
    names = trial[["area", "area_sv", "area_en"]].to_numpy().tolist()
    return {fi: {"fi": fi, "sv": sv, "en": en} for fi, sv, en in names}


def _check_said(trial: pd.DataFrame, file: str) -> None:
    """Stop at an area that has two names or offices, or an office code that is none."""
    for column in SAID_OF_AREAS:
        first = trial.groupby("area")[column].transform("first")
        if (trial[column] != first).any():
            row = trial.index[trial[column] != first][0]
            raise InputError(
                f"{file}, row {row + 2}, column {column}: {trial.loc[row, 'area']} has "
                f"{first[row]!r} before; expected one for each area, found "
                f"{trial.loc[row, column]!r}"
            )
    odd = trial.loc[~trial["office_code"].str.fullmatch(r"(\d{4})?"), "office_code"]
    if len(odd):
        raise InputError(
            f"{file}, row {odd.index[0] + 2}, column office_code: expected four digits, found "
            f"{odd.iloc[0]!r}"
        )


def first_row(bad: pd.Series) -> int:
    """Return the label of the first row that is marked."""
    return int(bad.index[bad.to_numpy(bool)][0])


def _check_trial(trial: pd.DataFrame, settings: Settings, file: str) -> None:
    if trial.empty:
        raise InputError(f"{file}, column arm: no row is trial; an area needs municipalities")
    if settings.trial is None:
        return
    found, expected = trial["area"].nunique(), settings.trial.areas
    if found != expected:
        raise InputError(
            f"{file}, column area: {counted(found, 'area')}; study.yaml says {expected}"
        )
    listed, total = len(trial), settings.trial.municipalities
    if listed > total:
        raise InputError(
            f"{file}, column code: "
            f"{counted(listed, 'trial municipality', 'trial municipalities')}; "
            f"study.yaml says {total}"
        )


def read_groups(
    folder: Path, settings: Settings, classification: Classification, where: str
) -> dict[str, list[str]]:
    """Read named groups of municipalities, as units of the study's classification.

    Raises
    ------
    InputError
        A row without a group, or a code that is not known.
    """
    if settings.groups is None:
        return {}
    file = f"{where}/{settings.groups}"
    groups = read_csv(folder / settings.groups, GROUP_COLUMNS, name=file)
    empty = groups["group"].str.strip().eq("")
    if empty.any():
        raise InputError(f"{file}, row {first_row(empty) + 2}, column group: missing")
    units = classification.translate(groups["code"].str.strip(), f"{file}, column code")
    return {
        str(name): sorted(set(members))
        for name, members in units.groupby(groups["group"].str.strip())
    }
