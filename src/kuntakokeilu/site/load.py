"""Everything that the site is made of, read and checked: statistics, places, outlines, releases."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import Classification, read_classification
from kuntakokeilu.facts.attribution import Attribution, read_attribution
from kuntakokeilu.facts.topology import Outlines, read_outlines, translated
from kuntakokeilu.io import data_file, read_csv
from kuntakokeilu.report.words.grades import GradeRule, read_grades
from kuntakokeilu.report.words.language import LABELS, LANGUAGES, Language, read_language
from kuntakokeilu.report.words.policy_calendar import read_calendar
from kuntakokeilu.report.words.release import Release, read_release
from kuntakokeilu.site.observed import (
    Observed,
    long_table,
    municipal,
    observe,
    refuse_partial_month,
)
from kuntakokeilu.site.places import (
    Followed,
    municipalities,
    read_employment_areas,
    trial_areas,
    wholes,
)
from kuntakokeilu.site.settings import (
    OpenFile,
    PortalSettings,
    marked_events,
    read_portal_settings,
)
from kuntakokeilu.statfin import download_folder
from kuntakokeilu.statfin.download import finished_downloads, read_answers
from kuntakokeilu.statfin.pxweb import Answer, combine, read_json_stat
from kuntakokeilu.study import read_study

DOWNLOAD = ("site", "employment")  # below data/downloads


@dataclass(frozen=True)
class Vintage:
    """A file that the site is made of.

    Attributes
    ----------
    file : str
        Its name.
    sha256 : str
        Of its content.
    first, last : str
        Its months, YYYY-MM.
    updated, retrieved : str
        When a download was published and fetched; empty of a file.
    """

    file: str
    sha256: str
    first: str
    last: str
    updated: str = ""
    retrieved: str = ""


@dataclass(frozen=True)
class Portal:
    """All that pages show.

    Attributes
    ----------
    settings : PortalSettings
        config/site/site.yaml.
    observed : Observed
        Open statistics in the municipalities of today.
    places : list of Followed
        The country and both arms, trial areas, employment areas, municipalities.
    events : DataFrame
        As `marked_events` gives them.
    vintages : list of Vintage
        Files of statistics.
    outlines : Outlines
        Of municipalities.
    releases : mapping of str to Release or None
        Trial to the release of the first of its studies that was run.
    rules : mapping of str to GradeRule
        How sure an answer of a release is.
    languages : mapping of str to Language
        fi, sv, en.
    attribution : list of Attribution
        Sources.
    """

    settings: PortalSettings
    observed: Observed
    places: list[Followed]
    events: pd.DataFrame
    vintages: list[Vintage]
    outlines: Outlines
    releases: Mapping[str, Release | None]
    rules: Mapping[str, GradeRule]
    languages: Mapping[str, Language]
    attribution: list[Attribution]


def load_portal(config: Path, results: Path) -> Portal:
    """Read what the site is made of.

    Parameters
    ----------
    config : Path
        The folder of settings.
    results : Path
        The folder with the results of studies.

    Raises
    ------
    InputError
        A file, label, municipality or outline that is not what it should be, each named.
    """
    settings = read_portal_settings(config)
    classification = read_classification(config, settings.classification)
    languages = {code: read_portal_language(code, config) for code in LANGUAGES}
    members = classification.members()
    units = list(members["code"])
    tables, vintages = read_statistics(settings, classification)
    observed = observe(tables, units, settings.first_month, settings.contents())
    refuse_partial_month(observed, units, next(iter(settings.indicators.values())).of[0])
    study = read_study(config, settings.study)
    drawn = study.settings.map
    if drawn is None or study.areas is None:
        raise InputError(
            f"config/site/site.yaml, study: {settings.study} names no map, or no areas"
        )
    step = classification.successors()
    areas = study.areas[study.areas["arm"] == "trial"]
    areas = areas.assign(unit=areas["unit"].map(lambda code: step.get(code, code)))
    names = {
        name: {code: said.say(f"site.place.{name}") for code, said in languages.items()}
        for name in ("country", "trial", "controls")
    }
    trial = list(areas["unit"].unique())
    return Portal(
        settings,
        observed,
        [
            *wholes(members, trial, settings.no_controls, names),
            *trial_areas(areas),
            *read_employment_areas(config, classification),
            *municipalities(members),
        ],
        marked_events(read_calendar(Path(config) / "policy_calendar.csv"), settings),
        vintages,
        outlines_of(data_file(drawn.path), drawn.code, classification),
        {name: _first_release(results, studies) for name, studies in settings.evaluations.items()},
        read_grades(Path(config) / "brief_grades.csv"),
        languages,
        read_attribution(config, settings.attribution, "config/site/site.yaml"),
    )


def read_portal_language(code: str, config: Path) -> Language:
    """Read the texts of reports and those of the site, which may not have the same key."""
    own, shared = read_language(code, Path(config) / "site"), read_language(code, LABELS)
    twice = sorted(set(own.texts) & set(shared.texts))
    if twice:
        raise InputError(f"config/site/texts.csv: the key {twice[0]} is in config/labels already")
    return Language(code, {**shared.texts, **own.texts})


def read_statistics(
    settings: PortalSettings, classification: Classification
) -> tuple[list[pd.DataFrame], list[Vintage]]:
    """Read the files of the data folder and the newest download, the oldest first."""
    shares = [one.published for one in settings.indicators.values() if one.published]
    tables, vintages = [], []
    found = [_file(one, settings.contents()) for one in settings.files]
    found += [each for each in [newest_download(settings)] if each is not None]
    for table, vintage in found:
        where = vintage.file
        tables.append(municipal(table, classification, shares, settings.not_municipalities, where))
        vintages.append(vintage)
    if not tables:
        raise InputError(
            "config/site/site.yaml, files: nothing to show; expected a file, or a download by "
            "`python run.py update`"
        )
    return tables, vintages


def _file(declared: OpenFile, contents: Sequence[str]) -> tuple[pd.DataFrame, Vintage]:
    path = data_file(declared.path)
    columns = declared.columns or {name: name for name in contents}
    frame = read_csv(path, [declared.area, declared.month, *columns], name=declared.path)
    table = long_table(frame, declared.area, declared.month, columns, declared.path)
    months = table["month"]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return table, Vintage(declared.path, sha256, months.min(), months.max())


def newest_download(settings: PortalSettings) -> tuple[pd.DataFrame, Vintage] | None:
    """Read the newest download of the site's table; None before the first."""
    manifests = finished_downloads(download_folder(*DOWNLOAD), settings.download.table)
    if not manifests:
        return None
    path, contents = manifests[-1], settings.contents()
    answers = read_answers(path)[1].items()
    parts = [
        read_json_stat(text, settings.download.table, name, contents) for name, text in answers
    ]
    values = pd.concat([part.values for part in parts], ignore_index=True)
    table = combine([Answer(values)], path.name)
    months = table["month"]
    day = path.name.removesuffix("_manifest.json").rpartition("_")[2]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return table, Vintage(path.name, sha256, months.min(), months.max(), parts[0].updated, day)


def outlines_of(path: Path, code: str, classification: Classification) -> Outlines:
    """Read outlines named by the municipalities of one year.

    Raises
    ------
    InputError
        The file is broken, or has an outline of what is no municipality of the year.
    """
    found = translated(read_outlines(path, code), classification.successors())
    unknown = sorted(set(found.polygons) - set(classification.members()["code"]))
    if unknown:
        raise InputError(f"{path.name}: {unknown[0]} is no municipality of {classification.year}")
    return found


def _first_release(results: Path, studies: Sequence[str]) -> Release | None:
    """Read the release of the first study that was run."""
    for study in studies:
        folder = Path(results) / study / "release"
        if (folder / "manifest.json").is_file():
            return read_release(folder)
    return None
