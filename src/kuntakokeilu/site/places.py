"""The places that are followed, from the whole country to a municipality."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts import Classification
from kuntakokeilu.io import read_csv
from kuntakokeilu.report.words.language import LANGUAGES
from kuntakokeilu.site.observed import COUNTRY

KINDS = ("whole", "trial", "employment", "municipality")
AREAS = ("trial", "employment")


@dataclass(frozen=True)
class Followed:
    """A place with its municipalities.

    Attributes
    ----------
    name : str
        What its pages, files and addresses are called; stays the same from build to build.
    kind : {"whole", "trial", "employment", "municipality"}
        Whole: the country and the two arms.
    names : mapping of str to str
        fi, sv, en.
    units : tuple of str
        Codes of its municipalities.
    published : str
        The code under which the statistics give the place itself; empty if they do not.
    """

    name: str
    kind: str
    names: Mapping[str, str]
    units: tuple[str, ...]
    published: str = ""


def plain_letters(text: str) -> str:
    """Write a name in small letters without marks, as people type it in a hurry.

    Examples
    --------
    >>> plain_letters("Äänekoski")
    'aanekoski'
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def slug(text: str) -> str:
    """Write a name as a part of an address.

    Examples
    --------
    >>> slug("Jämsä–Keuruu–Saarijärvi")
    'jamsa-keuruu-saarijarvi'
    """
    return re.sub(r"[^a-z0-9]+", "-", plain_letters(text)).strip("-")


def municipalities(members: pd.DataFrame) -> list[Followed]:
    """Make a place of each municipality.

    Parameters
    ----------
    members : DataFrame
        What `Classification.members` gives.
    """
    return [
        Followed(
            f"municipality-{row['code']}",
            "municipality",
            {code: row[f"name_{code}"] for code in LANGUAGES},
            (row["code"],),
            row["code"],
        )
        for row in members.to_dict("records")
    ]


def trial_areas(areas: pd.DataFrame) -> list[Followed]:
    """Make a place of each trial area, in the order of their Finnish names.

    Parameters
    ----------
    areas : DataFrame
        areas.csv of a study: area, area_sv, area_en and unit.
    """
    return [
        Followed(
            f"trial-{slug(str(area))}",
            "trial",
            {"fi": str(area), "sv": rows["area_sv"].iloc[0], "en": rows["area_en"].iloc[0]},
            tuple(rows["unit"].unique()),
        )
        for area, rows in areas.groupby("area")
    ]


def wholes(
    members: pd.DataFrame,
    trial: Sequence[str],
    no_controls: Sequence[str],
    names: Mapping[str, Mapping[str, str]],
) -> list[Followed]:
    """Make the whole country, and the municipalities of the trial and outside it.

    Parameters
    ----------
    members : DataFrame
        What `Classification.members` gives.
    trial : sequence of str
        Codes of the trial's municipalities.
    no_controls : sequence of str
        Regions whose municipalities are not compared with those of the trial.
    names : mapping of str to mapping of str to str
        country, trial and controls, each in three languages.
    """
    mine, codes = set(trial), tuple(members["code"])
    region = dict(zip(codes, members["region"], strict=True))
    controls = [code for code in codes if code not in mine and region[code] not in no_controls]
    units = {"country": codes, "trial": tuple(c for c in codes if c in mine), "controls": controls}
    published = {"country": COUNTRY}
    return [
        Followed(name, "whole", names[name], tuple(each), published.get(name, ""))
        for name, each in units.items()
    ]


def read_employment_areas(config: Path, classification: Classification) -> list[Followed]:
    """Read config/employment_areas.csv, which says to which area each municipality belongs.

    Raises
    ------
    InputError
        A municipality that is not one of the year, is there twice or is missing, or an area with
        two names.
    """
    where = "config/employment_areas.csv"
    names = [f"name_{code}" for code in LANGUAGES]
    table = read_csv(Path(config) / "employment_areas.csv", ["code", "municipality", *names])
    units = classification.translate(table["municipality"], f"{where}, column municipality")
    table = table.assign(unit=units).drop_duplicates(["code", "unit"])  # parts that have merged
    twice = table["unit"].duplicated()
    if twice.any():
        unit = table.loc[twice, "unit"]
        raise InputError(
            f"{where}, row {unit.index[0] + 2}: {unit.iloc[0]} is in another area already"
        )
    missing = set(classification.members()["code"]) - set(units)
    if missing:
        raise InputError(f"{where}: no row for municipality {some(sorted(missing))}")
    places = []
    for code, rows in table.groupby("code", sort=False):
        if len(rows[names].drop_duplicates()) > 1:
            raise InputError(f"{where}: area {code} has two names; expected one in each language")
        named = {language: rows[f"name_{language}"].iloc[0] for language in LANGUAGES}
        place = f"employment-{slug(named['fi'])}"
        places.append(Followed(place, "employment", named, tuple(rows["unit"])))
    return places
