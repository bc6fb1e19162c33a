"""Pages of single outcomes: every estimate, check and picture that the main pages have no room for.

The main pages show what leads; who wants the rest of an outcome follows a link here. Pictures are
the files of `figures/` beside, so that a page stays small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape

import pandas as pd

from kuntakokeilu.contracts import ROLES
from kuntakokeilu.report.figures.record import figure_name, figure_title
from kuntakokeilu.report.pages import design, robustness
from kuntakokeilu.report.pages.html_page import linked, whole_page
from kuntakokeilu.report.tables.leading import diagnostics_table, html_table
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.captions import caption
from kuntakokeilu.report.words.definitions import definition
from kuntakokeilu.report.words.headlines import told
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.populations import windows_view
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.trace import trace_file

FOLDER = "outcomes"
MOST = 4  # pictures of a kind on one of the main pages
MOST_OUTCOMES = 6  # in the tables of the main pages
Pictures = Mapping[str, Sequence[str]]  # kind of figure to what it is drawn of


def file_of(outcome: str) -> str:
    """Name the file of an outcome's page: in the packed report it must not be a main page's."""
    return f"{FOLDER}/outcome_{outcome}.html"


def outcome_page(
    release: Release, outcome: str, pictures: Pictures, names: Sequence[str], language: Language
) -> str:
    """Write the page of one outcome.

    Parameters
    ----------
    release : Release
        A released study.
    outcome : str
        Its outcome.
    pictures : mapping of str to sequence of str
        All figures of the study: kind to what each is drawn of.
    names : sequence of str
        The main pages, to which it links.
    language : Language
        Of the page.

    Returns
    -------
    str
        HTML that loads nothing but pictures of the same report.
    """
    study, label = release.study, lb.outcome_label(outcome, release.study, language)
    mine = of_outcomes(release, [outcome])
    column = study["outcomes"][outcome].get("column") or outcome
    simulated = language.say("page.simulated").replace("**", "") if study["simulated"] else ""
    blinded = language.say("study.blinded") if study["blinded"] else ""
    said = (blinded, language.pick(study["title"]), definition(column, study, language), simulated)
    parts = [f"<h1>{escape(label)}</h1>", *(f"<p>{escape(text)}</p>" for text in said if text)]
    first = {
        "annex.estimates": robustness.effects_table(mine, ROLES, language),
        "annex.windows": windows_view(mine, language),
    }
    last = {
        "annex.inference": robustness.inference_table(mine, language),
        "annex.checks": _checks(mine, language),
        "annex.estimands": design.estimands_table(release, outcome, language),
    }
    notes = {"annex.inference": robustness.inference_note(mine, language)}
    drawn = [_picture(kind, of, study, language) for kind, of in _of(pictures, outcome, study)]
    if drawn:
        drawn.insert(0, f"<h2>{escape(language.say('annex.figures'))}</h2>")
    for half in (first, last):
        for key, table in half.items():
            if len(table):
                title = caption(study, f"{language.say(key)}: {label}", language)
                parts += [f"<h2>{escape(language.say(key))}</h2>", html_table(table, title)]
                note = notes.get(key)
                parts += [f"<p>{escape(note)}</p>"] if note else []
        parts += drawn if half is first else []
    traces = f"../{trace_file(language)}"
    links = {f"../{name}.html": language.say(f"page.{name}") for name in names}
    return whole_page(
        title=f"{label}: {language.pick(study['title'])}",
        body=linked("\n".join(parts), set(study["estimands"]), traces),
        links={**links, traces: language.say("trace.page")},
        release=release,
        language=language,
    )


def main_part(release: Release) -> Release:
    """Keep the outcomes that tables of the main pages show: with a headline first, in order."""
    every = release.estimates["outcome"].unique()
    return of_outcomes(release, leading(every, release.study, MOST_OUTCOMES))


def headline_part(release: Release) -> Release:
    """Keep the outcomes that have a headline; without any, what `main_part` keeps."""
    declared = release.study["estimands"].values()
    lead = {about["outcome"] for about in declared if about["headline"] == "yes"}
    there = lead & set(release.estimates["outcome"])
    return of_outcomes(release, there) if there else main_part(release)


def told_part(release: Release) -> Release:
    """Keep the estimates that are told in words, and their checks."""
    mine = told(release)["estimand"]
    kept = {
        name: getattr(release, name)[getattr(release, name)["estimand"].isin(mine)]
        for name in ("estimates", "diagnostics", "bounds", "pre_trend_power", "designs_judged")
    }
    return replace(release, **kept)


def of_outcomes(release: Release, outcomes: Collection[str]) -> Release:
    """Keep the estimates, checks, counts of cells and strata of some outcomes."""
    named = {
        name: rows[rows["outcome"].isin(outcomes)]
        for name in ("estimates", "coverage", "heterogeneity")
        for rows in (getattr(release, name),)
    }
    checks = release.diagnostics["estimand"].isin(named["estimates"]["estimand"])
    return replace(release, diagnostics=release.diagnostics[checks], **named)


def not_passed(release: Release) -> Release:
    """Keep the checks that did not pass."""
    checks = release.diagnostics
    return replace(release, diagnostics=checks[checks["verdict"] != "pass"])


def chosen(estimands: Iterable[str], study: Study) -> list[str]:
    """Choose what is drawn on a main page: at most `MOST`, of outcomes with a headline first."""
    listed, declared = list(estimands), study["estimands"]
    kept = leading([declared[name]["outcome"] for name in listed], study)
    return [name for name in listed if declared[name]["outcome"] in kept][:MOST]


def leading(outcomes: Iterable[str], study: Study, most: int = MOST) -> list[str]:
    """Keep so many outcomes: those with a headline first, of which each domain has one."""
    declared = study["estimands"].values()
    lead = {about["outcome"] for about in declared if about["headline"] == "yes"}
    return sorted(dict.fromkeys(outcomes), key=lambda name: name not in lead)[:most]


def links(release: Release, shown: Release, language: Language) -> str:
    """Say in Markdown how many outcomes a page shows, and where the pages of all are."""
    every, some = (each.estimates["outcome"].unique() for each in (release, shown))
    listed = ", ".join(
        f"[{lb.outcome_label(name, release.study, language)}]({file_of(name)})" for name in every
    )
    said = [language.say("annex.more", links=listed)] if listed else []
    if len(some) < len(every):
        counts = {"shown": language.number(len(some), 0), "all": language.number(len(every), 0)}
        said.insert(0, language.say("annex.some", **counts))
    return " ".join(said)


def _of(pictures: Pictures, outcome: str, study: Study) -> list[tuple[str, str]]:
    """List the figures that are drawn of an outcome or of one of its estimands."""
    estimands = {n for n, about in study["estimands"].items() if about["outcome"] == outcome}
    return [
        (kind, of)
        for kind, drawn in pictures.items()
        for of in drawn
        if of in {outcome, *estimands}
    ]


def _picture(kind: str, of: str, study: Study, language: Language) -> str:
    """Show a picture of `figures/`, with a link to its numbers."""
    title, path = figure_title(kind, of, study, language), f"../figures/{figure_name(kind, of)}"
    image = f'<img src="{path}_{language.code}.svg" alt="{escape(title)}" loading="lazy">'
    numbers = f'<a href="{path}.csv">{escape(language.say("annex.numbers"))}</a>'
    return (
        f'<figure><div class="drawing" tabindex="0" role="region" aria-label="{escape(title)}">'
        f"{image}</div><figcaption>{escape(title)}. {numbers}</figcaption></figure>"
    )


def _checks(release: Release, language: Language) -> pd.DataFrame:
    """Show every check of every estimand, worst first."""
    study, rows = release.study, diagnostics_table(release, language)
    columns = {
        "specification": [lb.detail(name, study, language) for name in rows["estimand"]],
        "verdict": [lb.verdict_label(verdict, language) for verdict in rows["verdict"]],
        "text": list(rows["sentence"]),
    }
    return pd.DataFrame({lb.heading(c, study, language): v for c, v in columns.items()})
