"""Lines of the sheet on costs: who pays in the end, each payer, totals, ratios, the trial."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from kuntakokeilu.report.tables.lines import SheetLine, number_line
from kuntakokeilu.report.tables.payers import (
    cost_notes,
    decimals_of_set,
    leading_set,
    payer_label,
)
from kuntakokeilu.report.tables.subtotals import payer_name, payer_subtotals
from kuntakokeilu.report.words import cautions, made_of
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.populations import how_text
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.who_is_compared import twin_notes

MILLION = 1e6  # euros, of which a whole group is told with one decimal, as in the brief


def lines(release: Release, language: Language) -> list[SheetLine]:
    """Give what a study says of costs beside the effects on single outcomes."""
    return [
        *payer_lines(release, language),
        *_ledger(release, language),
        *_made(release, language),
        *_programme(release, language),
    ]


def payer_lines(release: Release, language: Language) -> list[SheetLine]:
    """Give what each payer pays in the end, and the sum, of the widest sum of persons."""
    rows = first_layer(release)
    places = decimals_of_set(leading_set(release), release.study)
    part = language.say("part.payers")
    return [
        replace(
            number_line(
                row,
                part,
                payer_name(row["payer"], language),
                _whole_group(row["total"], language),
                release,
                language,
                places,
            ),
            care=cautions.short_text(row, language),
            total=float("nan") if row["total"] is None else float(row["total"]),
        )
        for _, row in rows.iterrows()
    ]


def first_layer(release: Release) -> pd.DataFrame:
    """Choose the rows of `payer_subtotals` of the layer of the net cost that leads."""
    rows = payer_subtotals(release)
    return rows[rows["column"].eq(rows["column"].iloc[0])] if len(rows) else rows


def cost_sheet_notes(release: Release, language: Language) -> list[str]:
    """Say what must stand by the costs: what is part of what, and what the trial itself cost."""
    said = [made_of.opposite_signs(release, language), made_of.programme_note(release, language)]
    costs = cost_notes(release, language) if len(leading_set(release)) else []
    return [*costs, *filter(None, said), *twin_notes(release.study, language)]


def _whole_group(total: Any, language: Language) -> str:
    if total is None or pd.isna(total):
        return ""
    millions = language.number(float(total) / MILLION, 1, sign=True)
    return language.say("part.whole_group", euros=millions)


def _ledger(release: Release, language: Language) -> list[SheetLine]:
    rows = leading_set(release)
    places = decimals_of_set(rows, release.study)
    return [
        number_line(
            row,
            language.say("part.ledger"),
            payer_label(row["column"], language),
            f"{language.say('payer.kind.' + row['kind'])}; "
            f"{how_text(row, release.study, language)}",
            release,
            language,
            places,
        )
        for _, row in rows.iterrows()
    ]


def _made(release: Release, language: Language) -> list[SheetLine]:
    """Give totals, ratios and combinations, each under its own name."""
    found = []
    for table in ("totals", "ratios", "combinations"):
        for _, row in getattr(release, table).iterrows():
            if table == "totals":
                how = language.say(f"total.{row['quantity']}")
            else:
                how = _interval(row, language) if table == "ratios" else ""
            name = str(row[table.removesuffix("s")])
            line = number_line(
                row.to_dict() | {"estimand": name},
                language.say(f"part.{table}"),
                made_of.made_label(table, row, release.study, language),
                how,
                release,
                language,
                _decimals(table, row, release),
            )
            found.append(line)
    return found


def _interval(row: pd.Series, language: Language) -> str:
    """Say what kind Fieller's interval is where it is no stretch between two numbers."""
    kind = row["interval"]
    if kind in (None, "bounded") or pd.isna(kind):
        return ""
    return made_of.interval_sentence(row, language)


def _decimals(table: str, row: pd.Series, release: Release) -> int:
    if table == "combinations":
        about = release.study["estimands"].get(row["first"])
        return int(release.study["outcomes"][about["outcome"]]["decimals"]) if about else 2
    each = table == "ratios" or row["quantity"] == "per_person"
    return made_of.places(row["unit"], each=each)


def _programme(release: Release, language: Language) -> list[SheetLine]:
    """Give what the trial itself cost: read in documents, no estimates."""
    return [
        SheetLine(
            language.say("part.programme"),
            lb.sentence_case(language.pick(dict(row))),
            "; ".join(
                (
                    made_of.programme_payer(row["payer"], language),
                    lb.span(row["first"], row["last"], language),
                )
            ),
            estimate=float(row["euros"]),
            unit=lb.unit_label("euros", language),
            care=lb.sentence_case(language.say(f"design.mark.{row['mark']}")),
            decimals=0,
        )
        for _, row in release.programme_costs.iterrows()
    ]
