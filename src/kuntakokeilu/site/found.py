"""What the evaluations found: the answers, what they are means of, and where the numbers lie."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from kuntakokeilu.report.brief.web_page import interval_bar
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.answers import answered, first_sentence, headline_of
from kuntakokeilu.report.words.attribution import about, known
from kuntakokeilu.report.words.findings import summary
from kuntakokeilu.report.words.grades import GradeRule
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.limits import cannot_tell, rests_on
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.site.place_views import Content
from kuntakokeilu.site.places import Followed
from kuntakokeilu.site.reader import SiteReader
from kuntakokeilu.site.settings import PortalSettings

FILES = ("estimates", "diagnostics")  # tables of a release that the site carries
_NAME = re.compile(r"\[([\w.]+)\]")  # of an estimand, after what is said of it


def found_view(reader: SiteReader) -> Content:
    """What was found of each trial: the answers of its brief, then depth in words of reports."""
    portal = reader.numbers.portal
    trials = []
    for name in portal.settings.evaluations:
        told = _told(reader, name, portal.releases[name], portal.rules)
        trials.append({"name": name, **told})
    return {"trials": trials}


def found_files(releases: Mapping[str, Release | None]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the released tables behind what is found, each with the name of its file."""
    for name, release in releases.items():
        if release is not None:
            for table in FILES:
                yield file_of(name, table), getattr(release, table)


def file_of(trial: str, table: str) -> str:
    """Name the file of a released table of a trial."""
    return f"{trial}-{table}.csv"


def evaluation_of(settings: PortalSettings) -> str:
    """Name the trial whose areas have pages: the one that is evaluated by the site's study."""
    names = settings.evaluations.items()
    return next((name for name, studies in names if settings.study in studies), "")


def short_answer(reader: SiteReader) -> Content | None:
    """Give the first answer on the trial whose areas have pages; None if it was not evaluated."""
    portal = reader.numbers.portal
    name = evaluation_of(portal.settings)
    release = portal.releases.get(name)
    if release is None:
        return None
    question = release.study["brief"]["questions"][0]
    answer = answered(release, question, portal.rules, reader.language.about(release.study))
    short = first_sentence(answer.sentence)
    return {"trial": name, "answer": answer, "sentence": short}


def effect_here(reader: SiteReader, place: Followed) -> Content:
    """Say what may be said of the effect in a trial area, and where the answer on the trial is.

    Parameters
    ----------
    reader : SiteReader
        The site in one language.
    place : Followed
        A trial area, or an employment area of today.

    Returns
    -------
    dict
        trial (the part of the page that tells it) and text: that the effect in the area is not
        identified where none of its municipalities has a comparable control by the study's
        declared rule, which of them have none, or that one area's effect is not estimated; of
        today's area which of its municipalities were in the trial.
    """
    portal = reader.numbers.portal
    name = evaluation_of(portal.settings)
    if place.kind != "trial":
        return {"trial": name, "text": _who_took_part(reader, place)}
    release, text = portal.releases.get(name), reader.say("site.effect.general")
    if release is not None:
        units = release.units[release.units["area"].eq(place.names["fi"])]
        out = units[units["unit"].isin(release.beyond_reach["unit"])]
        if len(out) and len(out) == len(units):
            text = reader.say("site.effect.none")
        elif len(out):
            called = sorted(map(str, out[f"name_{reader.language.code}"]), key=lb.alphabetical)
            text = reader.say("site.effect.some", names=reader.language.listed(called))
    return {"trial": name, "text": text}


def _who_took_part(reader: SiteReader, place: Followed) -> Markup:
    """Say which municipalities of today's area were in the trial, and in which of its areas."""
    numbers = reader.numbers
    compared = {unit for kind in ("trial", "controls") for unit in numbers.places[kind].units}
    if not compared & set(place.units):
        return reader.say("site.took_part.outside")
    parts = []
    for area in numbers.of_kind("trial"):
        mine = [
            numbers.places[f"municipality-{unit}"] for unit in area.units if unit in place.units
        ]
        if mine:
            names = reader.language.listed(sorted(map(reader.name, mine), key=lb.alphabetical))
            link = Markup('<a href="{}.html">{}</a>').format(area.name, reader.name(area))
            parts.append(Markup("{} ({})").format(names, link))
    if not parts:
        return reader.say("site.took_part.none")
    n = len(set(numbers.places["trial"].units) & set(place.units))
    key = "all" if n == len(place.units) else "some"
    return reader.say(f"site.took_part.{key}", names=Markup("; ").join(parts))


def _told(
    reader: SiteReader, name: str, release: Release | None, rules: Mapping[str, GradeRule]
) -> Content:
    """Answer the questions as the study's brief does, then give all else that is said."""
    if release is None:
        return {"run": False}
    said = reader.language.about(release.study)
    asked = release.study["brief"]["questions"]
    answers = [_answer(reader, name, release, each, rules, said) for each in asked]
    return {
        "run": True,
        "answers": answers,
        "sure": rests_on(release, said),
        "limits": cannot_tell(release, said),
        "rest": [(head, [linked(text, name, release, said) for text in texts])
                 for head, texts in summary(release, said)],
        "about": about(release, said),
        "files": [(file_of(name, table), f"site.found.file.{table}") for table in FILES],
    }  # fmt: skip


def _answer(
    reader: SiteReader,
    name: str,
    release: Release,
    question: Mapping[str, Any],
    rules: Mapping[str, GradeRule],
    said: Language,
) -> Content:
    """Give an answer with its bar, what it is a mean of, and a sentence to quote."""
    answer = answered(release, question, rules, said)
    row = headline_of(release, question["domain"])
    if row is None or not answer.grade:
        return {"answer": answer}
    weights = lb.weights_label(row["weights"], release.study, said)
    key = f"site.found.mean.{row['weights']}"
    known_kind = said.has(key) and release.study["units"] == "municipality"
    mean = reader.say(key) if known_kind else reader.say("site.found.mean.other", weights=weights)
    quote = reader.say(
        "site.found.quoted",
        trial=reader.say(f"site.found.{name}"),
        found=answer.found,
        sentence=first_sentence(answer.sentence),
        interval=answer.interval,
        grade=answer.grade,
        weights=weights,
    )
    return {
        "answer": answer,
        "bar": Markup(interval_bar(answer.span)),
        "mean": mean,
        "quote": quote if answer.interval else "",
        "cite": reader.say("site.found.cite", cite=known(release, said)["cite"]),
    }


def linked(text: str, trial: str, release: Release, language: Language) -> Markup:
    """Lead from the name of an estimand, or of a table, to the released table on the site."""
    found = str(escape(text))
    names = set(release.estimates["estimand"])

    def file(table: str, words: str) -> str:
        return f'<a href="../data/{file_of(trial, table)}" download>{words}</a>'

    found = _NAME.sub(
        lambda each: f"[{file('estimates', each[1])}]" if each[1] in names else each[0], found
    )
    for table in FILES:
        words = str(escape(language.say(f"site.found.table.{table}")))
        found = found.replace(words, file(table, words))
    return Markup(found)
