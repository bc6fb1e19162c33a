"""The effect on the eligible relative to the others, over how much of theirs is a spillover.

Nothing in the data says which share of the others' difference the trial caused: it is assumed, and
the effect is shown for several shares.
"""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.tables.columns import INTERVAL, Column
from kuntakokeilu.report.tables.record import ResultTable
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.grouping import alike_but, effects
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.series import shown
from kuntakokeilu.report.words.side_by_side import group_text, number_text

FEWEST = 2  # shares make a series
_COLUMNS = ["study", "estimand", "outcome", "population", "weights", "spillover_share"]
_COLUMNS += ["estimate", "ci_low", "ci_high", "unit", "status", "identified", *CHECK_COLUMNS]


def has_series(declared: Declaration) -> bool:
    """Tell whether a study estimates the relative effect for several shares."""
    return len(declared.spillover_shares) >= FEWEST


def spillover_shares(release: Release) -> pd.DataFrame:
    """Return every estimate over assumed spillover shares.

    Returns
    -------
    DataFrame
        One row per estimand, in per cent the share of the others' difference that is taken to be
        caused by the trial: 0 takes all of it off, 100 none of it. Only series of several shares.
    """
    rows = effects(release)
    rows = rows[rows["design"] == "eligible_relative"]
    declared = release.study["estimands"]
    share = rows["estimand"].map(lambda name: 100.0 * (declared[name]["spillover_share"] or 0.0))
    rows = rows.assign(spillover_share=share.astype(float))
    groups = alike_but(rows, release, {"spillover_share"})
    parts = [g.sort_values("spillover_share") for _, g in groups if len(g) >= FEWEST]
    return pd.concat(parts or [rows.iloc[:0]], ignore_index=True)[_COLUMNS]


def spillover_shares_table(release: Release, language: Language) -> pd.DataFrame:
    """Show the effects over assumed spillover shares as text, a column for each share."""
    study, rows = release.study, spillover_shares(release)
    shares = sorted(rows["spillover_share"].unique())
    lines = []
    for _, group in _series(rows, release):
        first, by_share = group.iloc[0], group.set_index("spillover_share")
        decimals = study["outcomes"][first["outcome"]]["decimals"]
        cells = [
            number_text(by_share.loc[share], decimals, language) if share in by_share.index else ""
            for share in shares
        ]
        what = [lb.outcome_label(first["outcome"], study, language)]
        what += [group_text(first, study, language), lb.unit_label(first["unit"], language)]
        lines.append([*what, *cells])
    heads = [language.say(f"designs.column.{name}") for name in ("outcome", "group", "unit")]
    named = [language.say("designs.share", share=language.number(s, 0)) for s in shares]
    return pd.DataFrame(lines, columns=[*heads, *named])


def spillover_shares_data(release: Release) -> pd.DataFrame:
    """Return what the figure draws: of each outcome the first series, the shown numbers."""
    rows = spillover_shares(release)
    first = [group for _, group in _series(rows, release)]
    kept: dict[str, pd.DataFrame] = {}
    for group in first:
        kept.setdefault(group["outcome"].iloc[0], group)
    return shown(pd.concat([*kept.values()] or [rows], ignore_index=True)).reset_index(drop=True)


def _series(rows: pd.DataFrame, release: Release) -> list[tuple[str, pd.DataFrame]]:
    return alike_but(rows, release, {"spillover_share"})


SPILLOVER_SHARES = ResultTable(
    "spillover_shares",
    spillover_shares,
    columns=(
        *("outcome", "group", Column("spillover_share", "count"), *INTERVAL, "unit", "status"),
    ),
    on_screen=("estimand",),
    when=has_series,
)
