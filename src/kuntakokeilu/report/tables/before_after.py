"""Plain means of both arms before and after the start: what an estimate rests on, by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.tables.columns import INTERVAL, Column, of_study
from kuntakokeilu.report.tables.record import ResultTable
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.outcomes import of_cohorts, over_time
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import lead_rows

_ARMS = ("trial", "control")
_MEANS = tuple(f"{arm}_{part}" for arm in _ARMS for part in ("before", "after", "change"))
_PERIODS = ("n_before", "n_after")
_SPAN = ("first_period", "last_period", "skip_first", "skip_last")
_OF_ESTIMATE = ("estimate", "ci_low", "ci_high", "status", "identified", *CHECK_COLUMNS)
BEFORE_AFTER_COLUMNS = [
    *("study", "outcome", "estimand", "weights", "unit"),
    *(*_MEANS, "raw_difference", *_PERIODS, *_OF_ESTIMATE),
]


def before_after(release: Release) -> pd.DataFrame:
    """Compare the plain means of both arms before and after a common start.

    Parameters
    ----------
    release : Release
        A released study.

    Returns
    -------
    DataFrame
        Columns BEFORE_AFTER_COLUMNS, one row per outcome, with the estimate that leads it; payers'
        parts of the net cost are left out. Means are over the estimate's periods in which both
        arms have one, `n_before` and `n_after` of them, each unit and period equal and before any
        transform; cohorts stand in the period in which their follow-up began.
        `raw_difference` is the change of the trial arm less that of the control arm. The estimate
        is missing where it is of a transformed outcome. Empty where starts differ.
    """
    lead = lead_rows(release).drop_duplicates("outcome")
    kept = over_time(lead["outcome"], release.study)
    rows = [
        line
        for _, row in lead[lead["outcome"].isin(kept)].iterrows()
        if (line := _line(row, release)) is not None
    ]
    return pd.DataFrame(rows, columns=BEFORE_AFTER_COLUMNS)


def _line(row: pd.Series, release: Release) -> dict[str, Any] | None:
    study, about = release.study, release.study["estimands"][row["estimand"]]
    start = about["start"] or study["start"]
    if start is None:
        return None
    means = _means(release, row["outcome"], about)
    after = means.index >= pd.Period(start, study["frequency"])
    sides = {"before": means[~after], "after": means[after]}
    if any(side.empty for side in sides.values()):
        return None
    line = {f"{arm}_{name}": side[arm].mean() for arm in _ARMS for name, side in sides.items()}
    line |= {f"{arm}_change": line[f"{arm}_after"] - line[f"{arm}_before"] for arm in _ARMS}
    of_estimate = {name: row[name] for name in _OF_ESTIMATE}
    if about["transform"] != "none":
        of_estimate |= dict.fromkeys(INTERVAL)
    return {
        **{name: row[name] for name in ("study", "outcome", "estimand", "weights", "unit")},
        **line,
        "raw_difference": line["trial_change"] - line["control_change"],
        **{f"n_{name}": len(side) for name, side in sides.items()},
        **of_estimate,
    }


def _means(release: Release, outcome: str, about: dict[str, Any]) -> pd.DataFrame:
    """Give the means by period and arm, of the estimand's periods in which both arms have one."""
    rows = release.coverage[release.coverage["outcome"] == outcome]
    means = rows.pivot(index="period", columns="arm", values="mean").reindex(columns=list(_ARMS))
    frequency = release.study["frequency"]
    ends = {name: about[name] and pd.Period(about[name], frequency) for name in _SPAN}
    inside = (means.index >= ends["first_period"]) & (means.index <= ends["last_period"])
    if ends["skip_first"] is not None:
        inside &= (means.index < ends["skip_first"]) | (means.index > ends["skip_last"])
    return means[inside].dropna().astype(float)


def _unit(row: Row, study: Study, language: Language) -> str:
    """Name the unit of means, and that of changes if it is another, as with percentages."""
    level, unit = lb.level_label(row["unit"], language), lb.unit_label(row["unit"], language)
    if level == unit or study["estimands"][row["estimand"]]["transform"] != "none":
        return level
    return language.say("workbook.before_after.unit", level=level, change=unit)


def _of_followed(release: Release, language: Language) -> list[str]:
    """Say what before and after mean for persons who are followed, if any are."""
    followed = any(of_cohorts(release.study, name) for name in before_after(release)["outcome"])
    return [language.say("workbook.before_after.followed")] if followed else []


BEFORE_AFTER = ResultTable(
    "before_after",
    before_after,
    columns=(
        "outcome",
        Column("unit", words=of_study(_unit), width=26),
        *(Column(name, "signed" if name.endswith("change") else "level") for name in _MEANS),
        *(Column("raw_difference", "signed"), *INTERVAL, "weights", "status"),
    ),
    on_screen=("estimand", *(Column(name, "count") for name in _PERIODS)),
    first=_of_followed,
)
