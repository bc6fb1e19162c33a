"""The page on a design before its data are seen, which goes into a plan."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.report.figures.power_curves import power_curves_alt, power_curves_figure
from kuntakokeilu.report.pages import design
from kuntakokeilu.report.pages.html_page import whole_page
from kuntakokeilu.report.tables.leading import html_table
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release


def file_name(code: str) -> str:
    """Name the page of a language."""
    return f"design_{code}.html"


def as_release(
    study: Study, manifest: dict[str, Any], tables: Mapping[str, pd.DataFrame]
) -> Release:
    """Take a study for released of which there is nothing but what is known before its data.

    Parameters
    ----------
    study : mapping
        Content of study.json.
    manifest : dict
        Content of manifest.json.
    tables : mapping of str to DataFrame
        Released tables by name, such as `balance`, `overlap`, `beyond_reach` and `units`; the
        others have no rows.
    """
    empty = {name: table.empty() for name, table in RELEASED_TABLES.items()}
    return Release(study=study, manifest=manifest, **{**empty, **tables})


def design_plan_page(
    release: Release, numbers: pd.DataFrame, limits: pd.DataFrame, language: Language
) -> str:
    """Write the page: detectable effects, power, size of inference, balance, overlap, limits.

    Parameters
    ----------
    release : Release
        As `as_release` makes it.
    numbers : DataFrame
        Contract DESIGN_RELEASED.
    limits : DataFrame
        Contract DESIGN_LIMITS.
    language : Language
        Of the page, about the study.

    Returns
    -------
    str
        HTML that loads nothing and links nowhere.
    """
    study, say = release.study, language.say
    title = f"{say('page.design_plan')}: {language.pick(study['title'])}"
    parts = [f"<h1>{escape(title)}</h1>"]
    parts += [_text(say("design_plan.about")), _text(say("design_plan.reading"))]
    parts += [_heading("detectable", language), _text(say("design_plan.detectable.text"))]
    parts += [_table(detectable_table(numbers, study, language), "detectable", language)]
    for outcome in dict.fromkeys(numbers["outcome"]):
        drawn = power_curves_figure(numbers, outcome, study, language)
        alt = power_curves_alt(numbers, outcome, study, language)
        name = lb.outcome_label(outcome, study, language)
        caption = f"{say('figure.power_curves.name')}: {name}"
        parts.append(canvas.html_figure(drawn, alt, caption, language))
    parts += [_heading("size", language), _text(say("design_plan.size.text"))]
    parts += [_table(size_table(numbers, study, language), "size", language)]
    parts += [_heading("limits", language), _text(say("design_plan.limits.text"))]
    parts += [_table(limits_table(limits, study, language), "limits", language)]
    if limits.empty:
        parts.append(_text(say("design_plan.limits.none")))
    parts += [_heading("balance", language)]
    parts += [_table(design.balance_table(release, language), "balance", language)]
    parts += [_heading("overlap", language), _text(design.overlap_note(release, language))]
    parts += [_table(design.overlap_table(release, language), "overlap", language)]
    if release.balance.empty:
        parts.append(_text(say("design.no_balance")))
    return whole_page(title, "\n".join(filter(None, parts)), {"": say("page.design_plan")},
                      release, language)  # fmt: skip


def detectable_table(numbers: pd.DataFrame, study: Study, language: Language) -> pd.DataFrame:
    """Show for each main estimand what is detectable, by the t distribution and on false starts."""
    rows = []
    for name, mine in numbers.groupby("estimand", sort=False):
        known = mine[mine["effect"].isna() & mine["inference"].isna()]
        values = known.drop_duplicates("quantity").set_index("quantity")["value"]
        first = mine.iloc[0]
        decimals = study["outcomes"][first["outcome"]]["decimals"] + 1
        said = {q: language.number(values.get(q, float("nan")), decimals)
                for q in ("detectable", "detectable_history", "std_error", "spread")}  # fmt: skip
        rows.append(
            [
                lb.outcome_label(first["outcome"], study, language),
                lb.sentence_case(lb.detail(str(name), study, language)),
                lb.unit_label(first["unit"], language),
                *said.values(),
                language.number(values.get("degrees_of_freedom", float("nan")), 1),
                language.say("design_plan.windows", n=int(first["n_starts"]),
                             before=int(first["n_before"]), after=int(first["n_after"])),
            ]
        )  # fmt: skip
    columns = ("outcome", "specification", "unit", "detectable", "history", "std_error", "spread",
               "degrees", "windows")  # fmt: skip
    return _frame(rows, columns, language)


def size_table(numbers: pd.DataFrame, study: Study, language: Language) -> pd.DataFrame:
    """Show how often each kind of inference finds an effect at false starts."""
    sizes = numbers[numbers["quantity"] == "size"]
    rows = [
        [
            lb.outcome_label(row["outcome"], study, language),
            lb.sentence_case(lb.detail(row["estimand"], study, language)),
            lb.sentence_case(lb.inference_label(row["inference"], study, language)),
            language.number(100 * row["value"], 0),
            language.number(row["n_starts"], 0),
        ]
        for _, row in sizes.iterrows()
    ]
    return _frame(rows, ("outcome", "specification", "inference", "size", "starts"), language)


def limits_table(limits: pd.DataFrame, study: Study, language: Language) -> pd.DataFrame:
    """Show what cannot be identified, and why."""
    rows = [
        [
            language.say(f"plan.kind.{row['kind']}"),
            _item(row, study, language),
            _beside(row, study, language),
            lb.sentence_case(_reason(row["reason"], language)),
        ]
        for _, row in limits.iterrows()
    ]
    return _frame(rows, ("kind", "item", "beside", "reason"), language)


def _item(row: pd.Series, study: Study, language: Language) -> str:
    if row["kind"] == "area":
        return lb.area_name(row["item"], study, language)
    if row["kind"] == "outcome":
        return lb.outcome_label(row["item"], study, language)
    return _estimand(row["item"], study, language)


def _beside(row: pd.Series, study: Study, language: Language) -> str:
    if not isinstance(row["beside"], str):
        return ""
    if row["beside"] in study["estimands"]:
        return _estimand(row["beside"], study, language)
    return lb.sentence_case(lb.comparison_label(row["beside"], study, language))


def _estimand(name: str, study: Study, language: Language) -> str:
    outcome = lb.outcome_label(study["estimands"][name]["outcome"], study, language)
    return f"{outcome}; {lb.detail(name, study, language)}"


def _reason(reason: str, language: Language) -> str:
    key = f"design_plan.reason.{reason}"
    return language.say(key) if language.has(key) else lb.reason_label(reason, language)


def _frame(rows: list[list[str]], columns: tuple[str, ...], language: Language) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[language.say(f"design_plan.column.{c}") for c in columns])


def _table(frame: pd.DataFrame, key: str, language: Language) -> str:
    return html_table(frame, language.say(f"design_plan.{key}.caption")) if len(frame) else ""


def _heading(key: str, language: Language) -> str:
    return f"<h2>{escape(language.say(f'design_plan.{key}'))}</h2>"


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>"
