"""Whose data, computed when, by whom, and how to cite: what stands by every result of a study."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.whom_and_when import last_periods

_DAY = re.compile(r"_(\d{4}-\d{2}-\d{2})(?:_\d{2})?/")  # the folder of a download


def source_line(study: Study, language: Language) -> str:
    """Name the sources of a study with their licences; empty if it declares none."""
    named = [_named(source, language) for source in study["attribution"]]
    return language.say("attribution.source", sources="; ".join(named)) if named else ""


def made_line(release: Release, language: Language) -> str:
    """Say when the numbers were computed."""
    return language.say("attribution.made", date=day_text(release.manifest["date"], language))


def below_line(release: Release, language: Language) -> str:
    """Give sources and date in one line."""
    return " ".join(
        filter(None, [source_line(release.study, language), made_line(release, language)])
    )


def made_on(release: Release) -> datetime:
    """Give the day of the run for the properties of a file, so that equal releases agree."""
    return datetime.fromisoformat(release.manifest["date"])


def about(release: Release, language: Language) -> list[tuple[str, str]]:
    """List what a reader needs to cite a study: topic and text, only what is known.

    Returns
    -------
    list of tuple of str
        Sources, data vintage, date of the run, authors, contact, how to cite.
    """
    texts = known(release, language)
    return [(language.say(f"attribution.{name}"), text) for name, text in texts.items()]


def known(release: Release, language: Language) -> dict[str, str]:
    """Give the texts of `about` by sources, vintage, date, authors, contact and cite."""
    study, manifest = release.study, release.manifest
    authors = ", ".join(study["authors"])
    texts = {
        "sources": "; ".join(_named(s, language, url=True) for s in study["attribution"]),
        "vintage": _vintage(release, language),
        "date": day_text(manifest["date"], language),
        "authors": authors,
        "contact": study["contact"] or "",
        "cite": _citation(release, authors, language),
    }
    return {name: text for name, text in texts.items() if text}


def retrieved_on(name: str) -> str:
    """Tell from the folder of a downloaded file when it was retrieved; empty of another file."""
    found = _DAY.search(name)
    return found[1] if found else ""


def day_text(day: str, language: Language) -> str:
    """Write a date YYYY-MM-DD as the language does."""
    given = date.fromisoformat(day)
    return language.say("figure.date", day=given.day, month=given.month, year=given.year)


def _named(source: Mapping[str, Any], language: Language, *, url: bool = False) -> str:
    parts = [language.pick(dict(source)), source.get("licence"), source.get("url") if url else ""]
    return ", ".join(part for part in parts if part)


def _vintage(release: Release, language: Language) -> str:
    """Say until when the data reach and, of downloads, when they were retrieved."""
    # cells of persons who are followed have the period in which that began
    periods = [*map(str, release.coverage["period"]), *last_periods(release.study)]
    said = []
    if periods:
        said.append(language.say("attribution.reach", last=language.period(max(periods))))
    days = sorted({day for name in release.manifest["inputs"] if (day := retrieved_on(name))})
    if days:
        when = language.listed([day_text(day, language) for day in days])
        said.append(language.say("attribution.retrieved", date=when))
    return " ".join(said)


def _citation(release: Release, authors: str, language: Language) -> str:
    study, manifest = release.study, release.manifest
    title = language.pick(study["title"])
    version = " ".join(filter(None, [manifest["project_version"], manifest["commit"]]))
    software = language.say("attribution.software", version=version)
    year = manifest["date"][:4]
    lead = f"{authors} ({year}): {title}." if authors else f"{title} ({year})."
    return " ".join(part for part in (lead, software, below_line(release, language)) if part)
