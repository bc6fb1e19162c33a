"""Where the twin lives: 309 municipalities, their size, trial areas and offices, and the months.

Two tables of facts in config/registers: `twin_municipalities.csv` (mean number of unemployed job
seekers 2017-2019, offices, trial areas as in the study open_2021, municipalities with a common
border) and `twin_calendar.csv` (unemployed job seekers of the country by month; the share of laid
off among them is that of Kangasala, the one municipality for which the data folder has it).
Source: Statistics Finland, table 12r5; National Land Survey, municipalities of 2024; TAIKA.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.municipalities import Classification
from kuntakokeilu.io import read_csv
from kuntakokeilu.twin.clock import DEFAULT, MONTHS, Clock

CLASSIFICATION = 2024  # the municipalities of the trial, Pertunmaa among them
FOLDER = Path("registers")


@dataclass(frozen=True)
class Places:
    """The municipalities, one element each.

    Attributes
    ----------
    code, region, office, trial_office : ndarray of str
        Municipality, region, state office, and trial office where there is one.
    size : ndarray of float
        Mean number of unemployed job seekers 2017-2019.
    area : ndarray of int
        Number of the trial area, -1 for none.
    areas : ndarray of str
        Names of the trial areas.
    cluster : ndarray of int
        Trial area, else sub-region: those share the area shocks.
    borders_trial : ndarray of bool
        Outside the trial, with a common border with a trial municipality.
    """

    code: np.ndarray
    region: np.ndarray
    office: np.ndarray
    trial_office: np.ndarray
    size: np.ndarray
    area: np.ndarray
    areas: np.ndarray
    cluster: np.ndarray
    borders_trial: np.ndarray

    def index(self, code: str) -> int:
        """Return the position of a municipality code."""
        return int(np.flatnonzero(self.code == code)[0])


@dataclass(frozen=True)
class Targets:
    """Unemployed job seekers of the country at the end of each month.

    Attributes
    ----------
    unemployed, laid_off : ndarray of float, shape (MONTHS,)
        Persons; the laid off are among the unemployed, as in the official count.
    """

    unemployed: np.ndarray
    laid_off: np.ndarray


def read_places(config: Path, areas: pd.DataFrame | None = None) -> Places:
    """Read the municipalities of the twin.

    Parameters
    ----------
    config : Path
        The folder config/ of the project.
    areas : DataFrame, optional
        arm, area, code (of any year) of the trial's municipalities, in place of the table's; with
        office_code, the code of the area's own office, empty for none.

    Raises
    ------
    InputError
        A municipality is missing, unknown or there twice, or has no number of unemployed; a code
        of `areas` is not known, or belongs to two areas.
    """
    path = config / FOLDER / "twin_municipalities.csv"
    columns = ("code", "unemployed", "office", "trial_area", "trial_office", "neighbours")
    table = read_csv(path, columns)
    classification = Classification(
        CLASSIFICATION,
        read_csv(config / "municipalities.csv"),
        read_csv(config / "municipality_mergers.csv"),
    )
    members = classification.members()
    twice = table.loc[table["code"].duplicated(), "code"]
    if len(twice):
        raise InputError(f"{path.name}, column code: {some(twice)} stands there twice")
    odd = set(table["code"]) ^ set(members["code"])
    if odd:
        raise InputError(
            f"{path.name}, column code: expected the municipalities of {CLASSIFICATION} and no "
            f"other; {some(sorted(odd))} differ"
        )
    size = pd.to_numeric(table["unemployed"], errors="coerce")
    if not (size > 0).all():
        rows = table.index[~(size > 0)] + 2
        raise InputError(
            f"{path.name}, row {rows[0]}, column unemployed: expected a number above 0"
        )
    facts = members.set_index("code").loc[table["code"]]
    trial_area, own = table["trial_area"], table["trial_office"]
    if areas is not None:
        trial_area, own = _areas_of(table["code"], areas, classification)
    trial = (trial_area != "").to_numpy()
    names, area = np.unique(trial_area.to_numpy(str), return_inverse=True)
    if names[0] == "":
        names, area = names[1:], area - 1
    cluster = np.where(trial, trial_area, "sub-region " + facts["sub_region"].to_numpy(str))
    trial_office = own.where(own.ne(""), table["office"].where(trial, ""))
    in_trial = set(table.loc[trial, "code"])
    borders = [not in_trial.isdisjoint(codes.split("+")) for codes in table["neighbours"]]
    return Places(
        code=table["code"].to_numpy(str),
        region=facts["region"].to_numpy(str),
        office=table["office"].to_numpy(str),
        trial_office=trial_office.to_numpy(str),
        size=size.to_numpy(float),
        area=area.astype(np.int16),
        areas=names,
        cluster=np.unique(cluster.astype(str), return_inverse=True)[1].astype(np.int16),
        borders_trial=np.array(borders) & ~trial,
    )


def _areas_of(
    codes: pd.Series, areas: pd.DataFrame, classification: Classification
) -> tuple[pd.Series, pd.Series]:
    """Name the trial area of each municipality and its own office; empty for none."""
    trial = areas[areas["arm"] == "trial"].reset_index(drop=True)
    unit = classification.translate(trial["code"], "trial areas of the twin")
    offices = trial["office_code"].fillna("") if "office_code" in trial else ""
    pairs = trial.assign(unit=unit, office=offices)[["unit", "area", "office"]].drop_duplicates()
    twice = pairs.loc[pairs["unit"].duplicated(), "unit"]
    if len(twice):
        raise InputError(f"trial areas of the twin: {some(twice)} belong to two areas")
    pairs = pairs.set_index("unit")
    return codes.map(pairs["area"]).fillna(""), codes.map(pairs["office"]).fillna("")


def read_targets(config: Path, clock: Clock = DEFAULT) -> Targets:
    """Read the national series of the twin.

    Of other years than those of the table only the season is known: each month has the mean of the
    same months of 2017-2019, without a cycle and without the lay-offs of 2020.

    Parameters
    ----------
    config : Path
        The folder config/ of the project.
    clock : Clock
        The twin's years.

    Raises
    ------
    InputError
        A month is missing or out of order, or a value is no number.
    """
    path = config / FOLDER / "twin_calendar.csv"
    table = read_csv(path, ("month", "unemployed_thousands", "laid_off_share"))
    expected = (DEFAULT.origin + np.arange(MONTHS)).astype(str)
    if list(table["month"]) != list(expected):
        raise InputError(
            f"{path.name}, column month: expected {expected[0]} to {expected[-1]}, each once"
        )
    numbers = table[["unemployed_thousands", "laid_off_share"]].apply(
        pd.to_numeric, errors="coerce"
    )
    if numbers.isna().to_numpy().any():
        row = numbers.index[numbers.isna().any(axis=1)][0] + 2
        raise InputError(f"{path.name}, row {row}: expected numbers")
    unemployed = 1000 * numbers["unemployed_thousands"].to_numpy(float)
    laid_off = unemployed * numbers["laid_off_share"].to_numpy(float)
    if clock != DEFAULT:  # ASSUME: a shape only, at the level of 2017-2019
        unemployed, laid_off = (
            np.tile(series[:36].reshape(3, 12).mean(axis=0), MONTHS // 12)
            for series in (unemployed, laid_off)
        )
    return Targets(unemployed, laid_off)
