"""The plan beside what was done with it, and what readers are told of it first."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.tables.columns import Column, of_study
from kuntakokeilu.report.tables.record import ResultTable, as_released, where_released
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.planned import plan_sentences
from kuntakokeilu.report.words.release import Release

_ORDER = ("changed", "added", "dropped", "locked")


def _name(row: Row, study: Study, language: Language) -> str:
    """Name what was planned, as far as it has a label."""
    name = row["item"]
    if row["kind"] == "estimand" and name in study["estimands"]:
        outcome = lb.outcome_label(study["estimands"][name]["outcome"], study, language)
        return f"{outcome}; {lb.detail(name, study, language)}"
    labels = {"outcome": "outcomes", "covariate": "covariates", "ratio": "ratios",
              "total": "totals", "combination": "combinations"}  # fmt: skip
    known = study.get(labels.get(row["kind"], "")) or {}
    return language.pick(known.get(name), lb.humanise(name))


def _reason(row: Row, study: Study, language: Language) -> str:
    """Give the reason for a change; a change without one says so."""
    if row["plan"] == "locked":
        return ""
    said = row[f"reason_{language.code}"]
    return said if isinstance(said, str) else language.say("plan.no_reason")


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Put what is not as planned first."""
    return rows.sort_values("plan", key=lambda plan: plan.map(_ORDER.index), kind="stable")


def _notes(release: Release, language: Language) -> list[str]:
    return plan_sentences(release, language)


PLAN = ResultTable(
    "plan",
    as_released("plan"),
    columns=(
        Column("plan_state", words=lambda row, _, said: said.say(f"plan.state.{row['plan']}")),
        Column("plan_kind", words=lambda row, _, said: said.say(f"plan.kind.{row['kind']}")),
        Column("plan_item", words=of_study(_name), width=40),
        Column("changes", width=44),
        Column("plan_reason", words=of_study(_reason), width=40),
        Column("done", words=lambda row, _, said: said.say(f"plan.done.{row['done']}")),
    ),
    on_screen=(Column("item", width=30),),
    when=where_released("plan"),
    order=_ordered,
    first=_notes,
)
