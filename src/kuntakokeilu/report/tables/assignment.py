"""How main numbers were tested beside the leading row, and p-values read together."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.tables.columns import Column
from kuntakokeilu.report.tables.record import ResultTable, where_released
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kept import rows_with
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.size_bands import size_bands_sentence


def assignment_rows(release: Release) -> pd.DataFrame:
    """Put each test of a main number beside its p-value, or the reason why it has none."""
    numbers = release.estimates.drop_duplicates("estimand")
    p_values = release.estimates.loc[
        release.estimates["term"].eq("att"), ["estimand", "inference", "p_value", "status"]
    ]
    about = numbers[["estimand", "outcome", "weights", "unit"]]
    table = release.assignment.merge(about, on="estimand", how="left")
    return table.merge(p_values, on=["estimand", "inference"], how="left")


def multiplicity_rows(release: Release) -> pd.DataFrame:
    """Put each p-value of a family beside the adjusted ones."""
    about = release.estimates.drop_duplicates("estimand")[["estimand", "outcome", "weights"]]
    return release.multiplicity.merge(about, on="estimand", how="left")


def reason_text(row: Row, language: Language) -> str:
    """Say why a kind of inference has no number; empty if it has one."""
    reason = row["reason"]
    return "" if reason == "ok" else lb.sentence_case(language.say(f"assignment.reason.{reason}"))


def family_text(row: Row, release: Release, language: Language) -> str:
    """Name the numbers that are read together."""
    if row["numbers"] == "main":
        return lb.sentence_case(lb.domain_label(row["family"], language))
    return language.say("multiplicity.subgroups", strata=lb.humanise(row["family"]))


def _kind(row: Row, release: Release, language: Language) -> str:
    return lb.sentence_case(lb.inference_label(row["inference"], release.study, language))


def _fixed(row: Row, release: Release, language: Language) -> str:
    if pd.isna(row["fixed"]):
        return ""
    names = str(row["fixed"]).split("; ")
    return ", ".join(lb.area_name(name, release.study, language) for name in names)


def _size(row: Row, release: Release, language: Language) -> str:
    """Say once for each estimate how often tests err if large areas are chosen."""
    first = rows_with(release, "assignment", "estimand", row["estimand"]).iloc[0]
    if row["inference"] != first["inference"]:
        return ""
    rows = rows_with(release, "estimates", "estimand", row["estimand"])
    lead = rows[rows["leading"]]
    return size_bands_sentence(release, lead.iloc[0], language) if len(lead) == 1 else ""


ASSIGNMENT = ResultTable(
    "assignment",
    assignment_rows,
    columns=(
        *("outcome", "specification"),
        Column("test", words=_kind, width=34),
        *("estimate", "p_value"),
        *(Column(name, "count") for name in ("n_dealt", "n_treated", "n_bands", "n_fixed")),
        Column("fixed", words=_fixed, width=30),
        Column("reason", words=lambda row, _, said: reason_text(row, said), width=46),
    ),
    on_screen=(
        Column("draws", "count"),
        Column("size_of_tests", words=_size, width=70),
        "estimand",
    ),
    when=where_released("assignment"),
)
MULTIPLICITY = ResultTable(
    "multiplicity",
    multiplicity_rows,
    columns=(
        Column("family", words=family_text, width=26),
        *("outcome", "specification"),
        Column("stratum", width=20),
        "p_value",
        *(Column(name, "p") for name in ("westfall_young", "romano_wolf", "q_value")),
        Column("n_family", "count"),
    ),
    on_screen=("estimand",),
    when=where_released("multiplicity"),
)
