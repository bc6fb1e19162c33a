"""What stands beside a main number: at most three sentences, and apart from them all the rest.

A reader who stops after the first three must not quote anything wrong: the number with its
interval, what it means, and the strongest caveat.
"""

from __future__ import annotations

from dataclasses import dataclass

from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.beyond_reach import identified_notes
from kuntakokeilu.report.words.bounds import equivalence_sentence, sign_sentence
from kuntakokeilu.report.words.headlines import same_but_weights, told
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown
from kuntakokeilu.report.words.size_bands import size_bands_sentence
from kuntakokeilu.report.words.whom_and_when import whom_and_when

MOST = 3  # sentences beside a number


@dataclass(frozen=True)
class Beside:
    """The words that go with a main number.

    Attributes
    ----------
    row : mapping
        Its row of contract RELEASED.
    title : str
        Its domain and outcome.
    said : list of str
        At most `MOST` sentences.
    more : list of str
        All other sentences: whom it is about, every check, other weights, other tests.
    """

    row: Row
    title: str
    said: list[str]
    more: list[str]


def main_numbers(release: Release, language: Language) -> list[Beside]:
    """Give the headline of each domain in reading order, with the words that go with it."""
    return [beside_number(release, row, language) for _, row in told(release).iterrows()]


def beside_number(release: Release, row: Row, language: Language) -> Beside:
    """Divide what is said of one number into what stands beside it and what is a click away.

    Parameters
    ----------
    release : Release
        A released study.
    row : mapping
        The leading row of one effect, contract RELEASED.
    language : Language
        Of the reader.
    """
    study = release.study
    domain = lb.domain_label(row["domain"], language)
    title = f"{domain}: {lb.outcome_label(row['outcome'], study, language)}"
    verdict = words.weights_verdict(release, same_but_weights(release, row), language)
    if not is_shown(row):
        said = [words.hidden_sentence(release, row, language)]
        return Beside(row, title, said, list(filter(None, [verdict])))
    number = words.estimate_sentence(release, row, language, checks=False)
    meaning, *found = words.meaning_sentences(release, row, language)
    strongest = cautions.strongest_text(row, study, language)
    said = [number, meaning]
    said += [language.say("beside.caveat", caveat=strongest)] if strongest else []
    drift = [say(release, row, language)
             for say in (size_bands_sentence, sign_sentence, equivalence_sentence)]  # fmt: skip
    more = [
        whom_and_when(row, study, language),
        *found,
        _checks(row, release, language),
        *words.caveat_sentences(release, row, language),
        *drift,
        verdict,
        *identified_notes(release, row, language),
    ]
    return Beside(row, title, said, list(filter(None, more)))


def _checks(row: Row, release: Release, language: Language) -> str:
    """Name every check that the number does not pass, where there are several."""
    texts = (
        cautions.failed_text(row, release.study, language, within=True),
        cautions.care_text(row, release.study, language, within=True),
    )
    named = "; ".join(text for text in texts if text)
    return language.say("beside.checks", checks=named) if "; " in named else ""
