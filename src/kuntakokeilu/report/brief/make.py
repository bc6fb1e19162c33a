"""Put a brief together from a release: the one place where its content is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from kuntakokeilu.facts.topology import Outlines
from kuntakokeilu.report.brief.area_picture import area_picture
from kuntakokeilu.report.brief.payers import payer_is_hidden, payer_table
from kuntakokeilu.report.brief.record import Brief
from kuntakokeilu.report.words.answers import all_answered, headline_of
from kuntakokeilu.report.words.attribution import known, made_on
from kuntakokeilu.report.words.grades import GradeRule
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.limits import cannot_tell, compared, rests_on
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.trace import trace_file
from kuntakokeilu.report.words.who_is_compared import own_effects_notes, twin_notes

_TOPICS = ("vintage", "contact", "cite")  # of what a reader needs; the last holds the others


def make_brief(
    release: Release,
    rules: Mapping[str, GradeRule],
    language: Language,
    outlines: Outlines | None = None,
    centres: pd.DataFrame | None = None,
) -> Brief:
    """Answer the declared questions of a study on one page.

    Parameters
    ----------
    release : Release
        A released study.
    rules : mapping of str to GradeRule
        How sure answers are, as `grades.read_grades` gives them.
    language : Language
        Of the reader, with the words for this study (`Language.about`).
    outlines : Outlines, optional
        For a map.
    centres : DataFrame, optional
        Columns east and north, kilometres, by unit: for a map of dots where there are no outlines.

    Returns
    -------
    Brief
        Order, questions and headlines are those of `study.json`, so that no result chooses them.

    Raises
    ------
    InputError
        A text is missing, or a check that a headline does not pass has no rule.
    """
    study, texts = release.study, known(release, language)
    answers = all_answered(release, rules, language)
    payers = payer_table(release, language)
    said = language.say("brief.payers.below") if payers is not None else ""
    if payers is None and not study["blinded"] and payer_is_hidden(release):
        said = language.say("brief.payers.hidden")
    if said:
        costs = (headline_of(release, "cost") or {}).get("estimand")
        answers = [
            replace(each, sentence=f"{each.sentence} {said}") if each.estimand == costs else each
            for each in answers
        ]
    more = {"workbook": f"results_{language.code}.xlsx", "trace": trace_file(language)}
    return Brief(
        language=language.code,
        name=language.say("brief.name"),
        title=language.pick(study["title"]),
        day=made_on(release).date(),
        notices=tuple(_notices(release, language)),
        compared=(language.say("brief.compared"), *compared(release, language)),
        answers=tuple(answers),
        sure=(language.say("brief.ask.sure"), *rests_on(release, language)),
        payers=payers,
        where=area_picture(release, outlines, language, centres),
        limits=(language.say("brief.limits"), *cannot_tell(release, language)),
        about_title=language.say("brief.about"),
        about=tuple(
            (language.say(f"attribution.{name}"), texts[name]) for name in _TOPICS if name in texts
        ),
        interval_name=language.say("brief.interval"),
        grade_name=language.say("brief.grade"),
        origin=language.say("brief.origin"),
        more=language.say("brief.more", **more),
        trace=more["trace"],
    )


def _notices(release: Release, language: Language) -> list[str]:
    study = release.study
    said = [language.say("study.blinded")] if study["blinded"] else []
    said += [language.say("study.simulated")] if study["simulated"] else []
    return [*said, *own_effects_notes(study, language), *twin_notes(study, language)]
