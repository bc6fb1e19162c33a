"""What is told in words: the estimate that the study declared for each domain; the others after."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.outcomes import payers_of
from kuntakokeilu.report.words.populations import population_text
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import alike, is_shown, lead_rows
from kuntakokeilu.report.words.side_by_side import number_text


def told(release: Release) -> pd.DataFrame:
    """Choose the leading rows that are told in words.

    Returns
    -------
    DataFrame
        The row of `lead_rows` that the study declares as the headline of each domain, in reading
        order. It is declared, so no result can choose what is read first.
    """
    rows, declared = lead_rows(release), release.study["estimands"]
    leads = {name for name, about in declared.items() if about["headline"] == "yes"}
    mine = rows[rows["estimand"].isin(leads)]
    order = mine["domain"].map(lb.DOMAINS.index).sort_values(kind="stable").index
    return mine.loc[order]


def others(release: Release) -> pd.DataFrame:
    """Return the leading rows that are not told in words, but for those of payers."""
    rows = _without_payers(release)
    return rows[~rows["estimand"].isin(told(release)["estimand"])]


def same_but_weights(release: Release, row: Any) -> pd.DataFrame:
    """Return the leading rows that differ from one in their weights alone, itself included."""
    groups = (rows for _, rows in alike(lead_rows(release)))
    return next(rows for rows in groups if row["estimand"] in set(rows["estimand"]))


def others_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the outcomes that are not told: one row for each group of persons and design.

    Returns
    -------
    DataFrame
        Domain, outcome, whom it is about, the first effect that may be shown with its interval,
        what other weights say, and the names of the estimands behind the row.
    """
    lines = []
    for _, rows in alike(others(release)):
        row = _first_shown(rows)
        lines.append(
            [
                lb.domain_label(release.study["outcomes"][row["outcome"]]["domain"], language),
                lb.outcome_label(row["outcome"], release.study, language),
                population_text(row, release.study, language),
                effect_text(row, release.study, language),
                lb.weights_label(row["weights"], release.study, language),
                weights_text(same_but_weights(release, row), language),
                ", ".join(rows["estimand"]),
            ]
        )
    names = ("domain", "outcome", "population", "effect", "weights", "by_weights", "estimand")
    return pd.DataFrame(lines, columns=[language.say(f"others.column.{name}") for name in names])


def chosen_sentence(release: Release, language: Language) -> str:
    """Say how the estimates that are told were chosen; empty if there are no others."""
    if others(release).empty:
        return ""
    if release.manifest["plan"] is None:
        said = language.say("summary.told.not_locked")
    else:
        said = language.say("summary.told.locked")
    return language.say("summary.told", n=len(release.study["outcomes"]), locked=said)


def others_lines(release: Release, language: Language) -> list[str]:
    """Say in one line the first effect of each outcome that is not told, and where the rest is."""
    lines = []
    rest = others(release)
    rest = rest[~rest["outcome"].isin(told(release)["outcome"])]
    for name, rows in rest.groupby("outcome", sort=False):
        mine = next(group for _, group in alike(rows))
        row = _first_shown(mine)
        values = {
            "outcome": lb.outcome_label(str(name), release.study, language),
            "effect": effect_text(row, release.study, language),
            "weights": weights_text(mine, language),
            "estimand": row["estimand"],
        }
        key = "others.line_weights" if values["weights"] else "others.line"
        lines.append(language.say(key, **values))
    return [language.say("others.about"), *lines] if lines else []


def effect_text(row: words.Row, study: Study, language: Language) -> str:
    """Write an effect with interval and unit, or why there is none."""
    outcome = study["outcomes"][row["outcome"]]
    unit = lb.unit_label(outcome["unit"], language)
    return number_text(row, outcome["decimals"], language, unit)


def weights_text(rows: pd.DataFrame, language: Language) -> str:
    """Say whether the sign depends on the weights and how many differ from zero; empty of one."""
    shown = [row for _, row in rows.iterrows() if is_shown(row)]
    if len(shown) < 2:
        return ""
    signs = {float(row["estimate"]) > 0 for row in shown}
    k = sum(words.differs(row) for row in shown)
    key = "others.sign_depends" if len(signs) > 1 else "others.sign_same"
    return language.say(key, k=k, n=len(shown))


def _without_payers(release: Release) -> pd.DataFrame:
    lead = lead_rows(release)
    mine = lead[~lead["outcome"].isin(payers_of(release.study))]
    return mine if len(mine) else lead


def _first_shown(rows: pd.DataFrame) -> Any:
    """Choose the first row that may be shown; the first of all if none may."""
    return next((row for _, row in rows.iterrows() if is_shown(row)), rows.iloc[0])
