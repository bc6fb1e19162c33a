"""Tables of what is made of several estimates, and of what the trial itself cost."""

from __future__ import annotations

from collections.abc import Callable

from kuntakokeilu.report.tables.columns import (
    CALIBRATION,
    CLUSTERS,
    INTERVAL,
    Column,
    Words,
    of_study,
)
from kuntakokeilu.report.tables.record import ResultTable, as_released, where_released
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words import made_of
from kuntakokeilu.report.words.calibration import with_calibration
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.who_is_compared import twin_notes


def _name(table: str) -> Words:
    return lambda row, release, language: lb.sentence_case(
        made_of.made_label(table, row, release.study, language)
    )


def _if_said(say: Callable[[Release, Language], str]) -> Callable[[Release, Language], list[str]]:
    """Make a list of a sentence that may be empty."""
    return lambda release, language: list(filter(None, [say(release, language)]))


TOTALS = ResultTable(
    "totals",
    lambda release: with_calibration(release.totals, release),
    columns=(
        Column("total_name", words=_name("totals"), width=34),
        Column(
            "quantity", words=lambda row, _, said: said.say(f"total.{row['quantity']}"), width=26
        ),
        *(*INTERVAL, "unit", Column("multiplier", "count")),
        *(CALIBRATION, Column("programme_euros", "count", if_any=True), *CLUSTERS, "status"),
    ),
    on_screen=("estimand",),
    when=where_released("totals"),
    first=lambda release, language: twin_notes(release.study, language),
)
RATIOS = ResultTable(
    "ratios",
    as_released("ratios"),
    columns=(
        Column("ratio_name", words=_name("ratios"), width=30),
        *(*INTERVAL, "unit"),
        Column("in_words", words=of_study(made_of.ratio_sentence), width=46),
        *(*CLUSTERS, "status"),
    ),
    on_screen=(Column("numerator"), Column("denominator")),
    when=where_released("ratios"),
)
COMBINATIONS = ResultTable(
    "combinations",
    as_released("combinations"),
    columns=(
        Column("combination_name", words=_name("combinations"), width=34),
        *(*INTERVAL, "unit", "p_value", "first", Column("factor", "significant"), "second"),
        *(*CLUSTERS, "status"),
    ),
    when=where_released("combinations"),
    first=_if_said(made_of.opposite_signs),
)
PROGRAMME_COSTS = ResultTable(
    "programme_costs",
    as_released("programme_costs"),
    columns=(
        Column("line", words=lambda row, _, said: said.pick(dict(row)), width=34),
        Column("payer", words=lambda row, _, said: made_of.programme_payer(row["payer"], said)),
        Column("euros", "count"),
        Column("months", words=lambda row, _, said: lb.span(row["first"], row["last"], said)),
        Column("mark", words=lambda row, _, said: said.say(f"design.mark.{row['mark']}")),
        "source",
    ),
    when=where_released("programme_costs"),
    first=_if_said(made_of.programme_note),
)
