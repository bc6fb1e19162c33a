"""How the answer changes with the specification, the weights and the kind of inference."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.false_starts import (
    earlier_trials_sentence,
    false_starts_sentence,
)
from kuntakokeilu.report.words.findings import bullets
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.p_values import degrees_text, off_centre, off_centre_note
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import alike, area_rows, is_shown, lead_rows


def effects_table(release: Release, roles: Sequence[str], language: Language) -> pd.DataFrame:
    """Show the effects of some roles: what distinguishes each, estimate, interval, p-value."""
    rows = area_rows(release)
    rows = rows[rows["role"].isin(roles) & rows["term"].eq("att")]
    shown = [
        [
            lb.outcome_label(row["outcome"], release.study, language),
            lb.sentence_case(lb.detail(row["estimand"], release.study, language)),
            *_numbers(row, release, language),
            row["estimand"],
        ]
        for _, row in rows.iterrows()
    ]
    columns = ("outcome", "specification", "effect", "interval", "p", "estimand")
    return _table(shown, columns, language)


def inference_table(release: Release, language: Language) -> pd.DataFrame:
    """Show the first leading effect of each outcome under every kind of inference.

    The estimate is the same in all; standard error, degrees of freedom, interval and p-value
    are not. Permutation tests give a p-value alone, and the degrees of freedom of the exact
    distribution of CR2 are of its interval alone. The kind that leads comes first.
    """
    shown = []
    for _, group in alike(lead_rows(release)):
        lead = group.iloc[0]
        if not is_shown(lead):
            continue
        mine = release.estimates["estimand"].eq(lead["estimand"])
        rows = release.estimates[mine & release.estimates["term"].eq(lead["term"])]
        rows = rows.sort_values("leading", ascending=False, kind="stable")
        for _, row in rows.iterrows():
            shown.append(
                [
                    lb.outcome_label(row["outcome"], release.study, language),
                    lb.sentence_case(lb.inference_label(row["inference"], release.study, language)),
                    language.number(row["std_error"], _decimals(row, release) + 1),
                    degrees_text(row, _digits(row), language),
                    _marked(row, release, language),
                    language.p_number(row["p_value"]),
                    row["estimand"],
                ]
            )
    columns = ("outcome", "inference", "std_error", "degrees", "interval", "p", "estimand")
    return _table(shown, columns, language)


def _marked(row: pd.Series, release: Release, language: Language) -> str:
    """Write an interval, marked where the estimate is not in its middle."""
    interval = _numbers(row, release, language)[1]
    return language.say("off_centre.mark", interval=interval) if off_centre(row) else interval


def inference_note(release: Release, language: Language) -> str:
    """Say why some intervals of `inference_table` are not centred; empty if all are."""
    rows = release.estimates[release.estimates["estimand"].isin(lead_rows(release)["estimand"])]
    return off_centre_note(rows[rows["term"].eq("att")], language)


def with_false_starts(release: Release) -> list[str]:
    """Name the outcomes with an estimate at a false start to show."""
    rows = release.false_starts
    return list(rows.loc[rows["status"].eq("ok"), "outcome"].unique())


def false_starts_notes(release: Release, language: Language) -> str:
    """Say of each main estimate what its false starts show, as a list in Markdown."""
    lines = []
    for _, row in lead_rows(release).iterrows():
        said = false_starts_sentence(release, row["estimand"], language)
        if said and row["term"] == "att":
            outcome = lb.outcome_label(row["outcome"], release.study, language)
            name = f"{outcome} ({lb.detail(row['estimand'], release.study, language)})"
            lines.append(f"{name}: {said}")
    return bullets(lines)


def earlier_trials_notes(release: Release, language: Language) -> str:
    """Say of each outcome how many windows overlap an earlier trial, as a list in Markdown."""
    lines = []
    for outcome in with_false_starts(release):
        said = earlier_trials_sentence(release, outcome, language)
        if said:
            lines.append(f"{lb.outcome_label(outcome, release.study, language)}: {said}")
    return bullets(lines)


def declared_rules(release: Release, language: Language) -> str:
    """Name the checks that the study lets decide the status of a number."""
    declared = release.study["fails_on"]
    names = [language.say(f"rules.{name}") for name in declared]
    if not names:
        return language.say("rules.none")
    return language.say("rules.declared", checks="; ".join(names))


def _digits(row: pd.Series) -> int:
    """Clusters - 1 is whole; degrees of freedom of CR2 are not."""
    return int(pd.notna(row["degrees_of_freedom"]) and row["degrees_of_freedom"] % 1 != 0)


def weights_notes(release: Release, language: Language) -> str:
    """Say for each outcome whether the answer depends on the weights, as a list in Markdown."""
    groups = alike(lead_rows(release))
    said = [words.weights_sentence(release, group, language) for _, group in groups]
    return bullets([text for text in said if text])


def left_out_notes(release: Release, language: Language) -> str:
    """Say between what the effect lies when one area is left out, as a list in Markdown."""
    rows = area_rows(release)
    rows = rows[rows["role"].eq("leave_one_out") & rows["status"].eq("ok")]
    lines = []
    for outcome, group in rows.groupby("outcome", sort=False):
        low, high = (group.loc[group["estimate"].agg(f)] for f in ("idxmin", "idxmax"))
        decimals = _decimals(low, release)
        values = {
            "outcome": lb.outcome_label(str(outcome), release.study, language),
            "unit": lb.unit_label(low["unit"], language),
            "low": language.number(low["estimate"], decimals, sign=True),
            "high": language.number(high["estimate"], decimals, sign=True),
            "low_area": _left_out(low["estimand"], release, language),
            "high_area": _left_out(high["estimand"], release, language),
        }
        lines.append(language.say("robustness.left_out", **values))
    return bullets(lines)


def _left_out(estimand: str, release: Release, language: Language) -> str:
    area = release.study["estimands"][estimand]["leave_out_area"]
    return lb.area_name(area, release.study, language)


def _numbers(row: pd.Series, release: Release, language: Language) -> list[str]:
    """Write effect, interval and p-value; a number that failed a check says so."""
    decimals = _decimals(row, release)
    effect = lb.status_label(row["status"], language)
    if is_shown(row):
        number = language.number(row["estimate"], decimals, sign=True)
        said = cautions.short_text(row, language)
        note = f" ({said})" if said else ""
        effect = f"{number} {lb.unit_label(row['unit'], language)}{note}"
    known = pd.notna(row["ci_low"])
    interval = language.interval(row["ci_low"], row["ci_high"], decimals) if known else DASH
    return [effect, interval, language.p_number(row["p_value"])]


def _decimals(row: pd.Series, release: Release) -> int:
    return release.study["outcomes"][row["outcome"]]["decimals"]


def _table(rows: list[list[str]], columns: tuple[str, ...], language: Language) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[language.say(f"robustness.column.{c}") for c in columns])
