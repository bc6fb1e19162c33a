"""How often each kind of inference finds an effect where there was no trial, as a result table."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.tables.columns import Column
from kuntakokeilu.report.tables.record import ResultTable, where_released
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import lead_rows

_SHARES = ("share_rejected", "share_as_large", "share_p_as_small")


def false_starts_table(release: Release) -> pd.DataFrame:
    """Return the summary of false starts, the leading kind of inference of each estimate first.

    Returns
    -------
    DataFrame
        Contract FALSE_STARTS_SUMMARY_RELEASED with shares in per cent, in the order in which the
        study leads with its estimates.
    """
    rows = release.false_starts_summary
    order = {name: place for place, name in enumerate(dict.fromkeys(_leads(release)))}
    place = rows["estimand"].map(order).fillna(len(order))
    rows = rows.assign(place=place, behind=~rows["leading"].astype(bool))
    rows = rows.sort_values(["place", "behind"], kind="stable", ignore_index=True)
    units = {name: about["unit"] for name, about in release.study["outcomes"].items()}
    shares = {name: 100.0 * pd.to_numeric(rows[name]) for name in _SHARES}
    return rows.assign(**shares, unit=rows["outcome"].map(units)).drop(columns=["place", "behind"])


def _leads(release: Release) -> list[str]:
    return list(lead_rows(release)["estimand"])


def _specification(row: Row, release: Release, language: Language) -> str:
    return lb.sentence_case(lb.detail(row["estimand"], release.study, language))


def _kind(row: Row, release: Release, language: Language) -> str:
    return lb.sentence_case(lb.inference_label(row["inference"], release.study, language))


def _calibration(row: Row, release: Release, language: Language) -> str:
    value = row["calibration"]
    return language.say(f"calibration.{value}") if isinstance(value, str) else ""


FALSE_STARTS = ResultTable(
    "false_starts",
    false_starts_table,
    columns=(
        *("outcome", Column("specification", words=_specification, width=30)),
        Column("inference", words=_kind, width=26, head="kind_of_inference"),
        *(Column("n_false_starts", "count"), Column("n_apart", "count")),
        *(Column("n_earlier_trials", "count"), Column("share_rejected", "count")),
        Column("calibration", words=_calibration, width=18),
        *(Column(name, "signed") for name in ("mean", "largest", "estimate")),
        Column("estimate_less_mean", "signed"),
        *(Column(name, "level") for name in ("std_dev", "rmse", "rmse_over_error")),
        *(Column("share_as_large", "count"), Column("share_p_as_small", "count")),
        *("unit", "status"),
    ),
    on_screen=("estimand", Column("rank", "count"), Column("n_left_out", "count")),
    when=where_released("false_starts_summary"),
)
