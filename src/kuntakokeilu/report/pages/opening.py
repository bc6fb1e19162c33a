"""How a page opens: its question, the answer of this study, and what the answer rests on.

The same in Finnish and Swedish above pages that are in English, a click away.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pandas as pd

from kuntakokeilu.report.tables.answer import certainty, meanings
from kuntakokeilu.report.tables.cost_lines import payer_lines
from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.headlines import told
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import covers_zero, is_shown
from kuntakokeilu.report.words.whom_and_when import whom_and_when

Answers = Callable[[Release, Language], list[str]]


def opening(
    name: str, release: Release, language: Language, others: list[Language], answers: Answers
) -> str:
    """Write question, answer and evidence of a page as HTML, and in other languages folded.

    Parameters
    ----------
    name : str
        Of the page.
    release : Release
        What it shows.
    language : Language
        Of the page.
    others : list of Language
        Of the summaries.
    answers : callable
        Says the answer in a few sentences, as those of `ANSWERS` do.
    """
    parts = [f'<div class="opening">{_told(name, release, language, answers)}</div>']
    for other in others:
        summary = escape(other.say("open.summary"))
        said = _told(name, release, other, answers)
        parts.append(
            f'<details class="opening" lang="{other.code}"><summary>{summary}</summary>\n'
            f"{said}</details>"
        )
    return "\n".join(parts)


def _told(name: str, release: Release, language: Language, answers: Answers) -> str:
    said = {
        "question": language.say(f"open.question.{name}"),
        "answer": " ".join(answers(release, language)),
        "evidence": language.say(f"open.evidence.{name}"),
    }
    return "\n".join(
        f"<p><strong>{escape(language.say(f'open.{key}'))}:</strong> {escape(text)}</p>"
        for key, text in said.items()
    )


def _results(release: Release, language: Language) -> list[str]:
    return meanings(release, language)


def _costs(release: Release, language: Language) -> list[str]:
    """Say what the headline of costs means, and what each payer pays of it in the end."""
    said = meanings(release, language, domain="cost")
    lines = payer_lines(release, language)
    if not lines:
        return said
    named = [f"{line.what} {language.number(line.estimate, line.decimals, sign=True)}"
             for line in lines[:-1]]  # fmt: skip
    values = {"payers": "; ".join(named), "unit": lines[-1].unit}
    return [*said, language.say("open.payers", **values)]


def _data_quality(release: Release, language: Language) -> list[str]:
    """Count the outcomes that lack values, and the share of all cells that do."""
    cells = release.coverage.groupby("outcome", sort=False)[["n_units", "n_known"]].sum()
    if cells.empty or not cells["n_units"].sum():
        return [language.say("open.no_cells")]
    gone = cells["n_units"] - cells["n_known"]
    share = 100 * float(gone.sum()) / float(cells["n_units"].sum())
    counts = {
        "outcomes": language.number(len(cells), 0),
        "lacking": language.number(int((gone > 0).sum()), 0),
        "share": language.number(share, 1),
    }
    return [language.say("open.cells", **counts)]


def _design(release: Release, language: Language) -> list[str]:
    """Say who is compared in the headline of each domain, once if it is the same."""
    rows = [row for _, row in told(release).iterrows() if is_shown(row)]
    said = [whom_and_when(row, release.study, language) for row in rows[:1]]
    return said or [language.say("open.no_number")]


def _robustness(release: Release, language: Language) -> list[str]:
    """Count main effects by what checks say, and name the strongest caveat of each headline."""
    said = certainty(release, language)[:1]
    for _, row in told(release).iterrows():
        strongest = cautions.strongest_text(row, release.study, language)
        if strongest and is_shown(row):
            domain = lb.domain_label(row["domain"], language)
            said.append(f"{domain}: {language.say('beside.caveat', caveat=strongest)}")
    return said


def _service_models(release: Release, language: Language) -> list[str]:
    """Count the areas and associations whose interval leaves out zero."""
    said = []
    for key, rows in (("areas", release.area_effects), ("features", release.meta_regression)):
        shown = [row for _, row in rows.iterrows() if is_shown(row) and pd.notna(row["ci_low"])]
        clear = sum(not covers_zero(row) for row in shown)
        counts = {"n": language.number(len(shown), 0), "clear": language.number(clear, 0)}
        said.append(language.say(f"open.{key}", **counts))
    return said


ANSWERS: dict[str, Answers] = {
    "results": _results,
    "costs": _costs,
    "data_quality": _data_quality,
    "design": _design,
    "robustness": _robustness,
    "service_models": _service_models,
}
