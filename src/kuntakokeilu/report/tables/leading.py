"""Tables for readers: one row per number, and short views for a report."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import pandas as pd

from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words import sentences as words
from kuntakokeilu.report.words.bounds import sign_short
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.findings import (
    answer,
    concerns,
    inference,
    staggered,
    summary,
    unestimated,
)
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.labels import P_COLUMNS
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import KEY, area_rows, lead_rows, p_values, worst_first
from kuntakokeilu.report.words.who_is_compared import notes

__all__ = [
    "KEY",
    "P_COLUMNS",
    "RESULT_COLUMNS",
    "answer",
    "area_rows",
    "concerns",
    "diagnostics_table",
    "diagnostics_view",
    "effects_view",
    "html_table",
    "inference",
    "inference_view",
    "lead_rows",
    "provenance_view",
    "results_table",
    "staggered",
    "summary",
    "unestimated",
]

RESULT_COLUMNS = [
    *("estimand", "outcome_label", "population", "comparison", "weights", "estimator", "role"),
    *("term", "event_time", "window", "estimate", "std_error", "ci_low", "ci_high"),
    *("inference", "p_value", "stars", "p_area", "p_municipality"),
    *("p_permutation_area", "p_permutation_municipality", "p_cr2_area"),
    *("p_cr2_exact_area", "p_cr3_area", "p_wild_bootstrap_area"),
    *("baseline_mean", "unit", "n_trial", "n_control", "n_trial_clusters", "n_control_clusters"),
    *("minimum_detectable_effect", "status", *CHECK_COLUMNS, "sentence", "note"),
]
PROVENANCE = (
    "project_version",
    "commit",
    "study_sha256",
    "python",
    "seed",
    "packages",
    "inputs",
    "files",
)


def results_table(release: Release, language: Language) -> pd.DataFrame:
    """Put every number on one row, with the p-values of all kinds of inference.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of the texts; names of columns, estimands and kinds stay as they are, for machines.

    Returns
    -------
    DataFrame
        One row per estimand and term, in the order of the estimands. Interval, `p_value`,
        stars, counts and sentence come from the inference that leads. `note` says
        whether data are simulated and coverage is incomplete, for files that travel alone.
    """
    study = release.study
    table = area_rows(release).merge(p_values(release.estimates), on=KEY, how="left")
    names = {name: lb.outcome_label(name, study, language) for name in study["outcomes"]}
    table["outcome_label"] = table["outcome"].map(names)
    table["stars"] = table["adjusted_p_value"].map(lb.stars).astype(str)
    table["sentence"] = [
        words.effect_sentence(release, row, language) for _, row in table.iterrows()
    ]
    table["note"] = notes(study, language)
    return table[RESULT_COLUMNS]


def diagnostics_table(release: Release, language: Language) -> pd.DataFrame:
    """Give each check of each estimand with its verdict in words.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of the sentence, the note and the outcome's label.

    Returns
    -------
    DataFrame
        Contract DIAGNOSTICS with `outcome_label`, `sentence` and `note`; of each estimand what
        fails comes first, then what needs care.
    """
    study = release.study
    of = release.estimates.drop_duplicates("estimand").set_index("estimand")["outcome"]
    table = worst_first(release.diagnostics)
    names = {name: lb.outcome_label(name, study, language) for name in study["outcomes"]}
    table.insert(1, "outcome_label", table["estimand"].map(of).map(names))
    table["sentence"] = [
        words.diagnostic_sentence(release, row, language) for _, row in table.iterrows()
    ]
    table["note"] = notes(study, language)
    return table


def effects_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the main effects: estimate with stars, interval, mean before, units, clusters."""
    how = ["inference"] if lead_rows(release)["inference"].nunique() > 1 else []
    columns = ["effect", "interval", "p_value", *how, "baseline_mean", "units", "clusters"]
    columns += ["sign_holds"] if len(release.bounds) else []
    return _view(release, [*columns, "estimand"], language)


def inference_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the main effects with the p-values of each kind of inference and the power."""
    there = [lb.P_COLUMNS[k] for k in lb.P_COLUMNS if release.estimates["inference"].eq(k).any()]
    return _view(release, ["effect", *there, "minimum_detectable_effect", "estimand"], language)


def diagnostics_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the checks of the estimands that lead the report, failed ones of others too.

    What was computed is technical text in English; others read what the check asks instead.
    """
    checks, study = worst_first(release.diagnostics), release.study
    lead = checks["estimand"].isin(lead_rows(release)["estimand"])
    rows = checks[lead | (checks["verdict"] == "fail")]
    of = release.estimates.drop_duplicates("estimand").set_index("estimand")["outcome"]
    columns = {
        "outcome": [lb.outcome_label(of[name], study, language) for name in rows["estimand"]],
        "specification": [lb.detail(name, study, language) for name in rows["estimand"]],
        "check": [lb.check_name(row, study, language) for _, row in rows.iterrows()],
        "verdict": [lb.verdict_label(verdict, language) for verdict in rows["verdict"]],
        "statistic": list(rows["statistic"]),
        "text": [lb.check_text(row, language) for _, row in rows.iterrows()],
        "value": [language.significant(value) for value in rows["value"]],
        "threshold": [language.significant(value) for value in rows["threshold"]],
        "estimand": list(rows["estimand"]),
    }
    del columns["text" if language.code == "en" else "statistic"]
    return pd.DataFrame({lb.heading(c, study, language): v for c, v in columns.items()})


def provenance_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the manifest: code, settings, inputs, packages, seed, released files."""
    rows: list[tuple[str, Any]] = []
    for key in PROVENANCE:
        label, value = language.say(f"provenance.{key}"), release.manifest.get(key)
        nested = value.items() if isinstance(value, dict) else [("", value)]
        rows += [(f"{label} {name}".strip(), DASH if v is None else v) for name, v in nested]
    heads = [lb.heading(column, release.study, language) for column in ("item", "content")]
    return pd.DataFrame(rows, columns=heads).astype(str)


def html_table(frame: pd.DataFrame, caption: str) -> str:
    """Write a frame of text as an accessible HTML table: caption, scoped headers.

    Parameters
    ----------
    frame : DataFrame
        The first column heads the rows.
    caption : str
        Title of the table.

    Returns
    -------
    str
        HTML that scrolls sideways on narrow screens, by keyboard too (WCAG 2.1.1).
    """
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in frame.columns)
    body = "".join(f"<tr>{_cells(row)}</tr>\n" for row in frame.itertuples(index=False, name=None))
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>"
    )


def _cells(row: tuple[Any, ...]) -> str:
    first, *rest = (_breakable(escape(str(value))) for value in row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{value}</td>" for value in rest)


def _breakable(text: str) -> str:
    """Let long names break after _ and ., hashes every 16 characters; words and months never."""
    text = re.sub(r"\b\d{4}-\d{2}(-\d{2})?\b", r'<span class="whole">\g<0></span>', text)
    text = re.sub(r"([a-z]{2}[_.])(?=[a-z0-9]{2})", r"\1<wbr>", text)
    return re.sub(r"\b[0-9a-f]{40,}\b", lambda hash_: "<wbr>".join(_pieces(hash_[0], 16)), text)


def _pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _view(release: Release, columns: list[str], language: Language) -> pd.DataFrame:
    """Show the rows that lead the report, a row of text each."""
    study = release.study
    rows = lead_rows(release).merge(p_values(release.estimates), on=KEY, how="left")
    shown = [
        {
            "outcome": lb.outcome_label(row["outcome"], study, language),
            "specification": lb.detail(row["estimand"], study, language),
            **_shown(row, study, language),
            "sign_holds": sign_short(release, row, language),
        }
        for _, row in rows.iterrows()
    ]
    view = pd.DataFrame(shown, columns=["outcome", "specification", *columns])
    return view.rename(columns=lambda column: lb.heading(column, study, language))


def _shown(row: pd.Series, study: Study, language: Language) -> dict[str, str]:
    outcome = study["outcomes"][row["outcome"]]
    decimals = outcome["decimals"]
    effect = lb.status_label(row["status"], language)
    if words.is_shown(row):
        number = language.number(row["estimate"], decimals, sign=True) + lb.stars(
            row["adjusted_p_value"]
        )
        said = cautions.short_text(row, language)
        note = f" ({said})" if said else ""
        effect = f"{number} {lb.unit_label(outcome['unit'], language)}{note}"
    known = pd.notna(row["ci_low"])
    interval = language.interval(row["ci_low"], row["ci_high"], decimals) if known else DASH
    return {
        "effect": effect,
        "interval": interval,
        "p_value": language.p_number(row["p_value"]),
        "inference": lb.inference_label(row["inference"], study, language),
        "baseline_mean": language.number(row["baseline_mean"], decimals),
        "minimum_detectable_effect": language.number(row["minimum_detectable_effect"], decimals),
        "units": f"{row['n_trial']} + {row['n_control']}",
        "clusters": f"{row['n_trial_clusters']} + {row['n_control_clusters']}",
        "estimand": row["estimand"],
        **{column: language.p_number(row[column]) for column in lb.P_COLUMNS.values()},
    }
