"""The result tables that every study has: effects, their series, checks, balance, overlap.

One row per number or check, `snake_case` columns, nothing rounded. A number that may not be
shown is missing and has a status; it is never zero.
"""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.tables.columns import BAND as BAND_COLUMNS
from kuntakokeilu.report.tables.columns import (
    CALIBRATION,
    COUNTS,
    DETECTABLE,
    INTERVAL,
    P_VALUE,
    Column,
    of_study,
)
from kuntakokeilu.report.tables.record import ResultTable, as_released
from kuntakokeilu.report.tables.survey_response import survey_notes
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.beyond_reach import beyond_reach_notes
from kuntakokeilu.report.words.calibration import with_calibration
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.findings import service_use
from kuntakokeilu.report.words.labels import P_COLUMNS
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import KEY, area_rows, lead_rows, p_values
from kuntakokeilu.report.words.series import bin_start

BAND = "simultaneous_area"
_IDENTITY = ["study", "estimand", "outcome", "population", "comparison", "design", "weights"]
_IDENTITY += ["estimator", "role", "term"]
_NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "inference", "p_value"]
_NUMBERS += ["band_low", "band_high"]
_FACTS = ["baseline_mean", "unit", "n_persons", "n_person_months", "n_trial", "n_control"]
_FACTS += ["n_trial_clusters", "n_control_clusters", "minimum_detectable_effect"]
_STATE = ["status", "identified", *CHECK_COLUMNS]
EFFECT_COLUMNS = [*_IDENTITY, "window", *_NUMBERS, *P_COLUMNS.values(), *_FACTS, *_STATE]
EVENT_COLUMNS = [*_IDENTITY, "event_time", "begins", *_NUMBERS, *P_COLUMNS.values(), *_FACTS]
EVENT_COLUMNS += _STATE
_VERDICTS = ("fail", "warn", "pass")
_ROLES = ("main", "benchmark", "robustness", "leave_one_out", "placebo")


def main_effects(release: Release) -> pd.DataFrame:
    """Return the main effects, or the benchmarks of a study in which nothing is main.

    Parameters
    ----------
    release : Release
        A released study.

    Returns
    -------
    DataFrame
        One row per effect, columns EFFECT_COLUMNS. Standard error, interval and `p_value` are
        those of the kind of inference that leads, `band_low` and `band_high` the simultaneous
        band, the other `p_*` the p-values of every kind; `failed_checks` and `warned_checks`
        name checks, joined by a semicolon. `calibration` says whether the leading inference kept
        its level at false starts with these weights (`calibration_of`).
    """
    rows = _numbers(release)
    found = rows.loc[_leads(rows, release), EFFECT_COLUMNS].reset_index(drop=True)
    return with_calibration(found, release)


def robustness(release: Release) -> pd.DataFrame:
    """Return all other effects of the whole time after the start or of a calendar window.

    Columns as in `main_effects`; within an outcome robustness checks come first, then effects
    with one area left out, then placebos.
    """
    rows = _numbers(release)
    rows = rows[~_leads(rows, release) & rows["term"].ne("event_time")]
    order = pd.DataFrame(
        {
            "outcome": pd.factorize(rows["outcome"])[0],
            "role": rows["role"].map(_ROLES.index),
        },
        index=rows.index,
    ).sort_values(["outcome", "role"], kind="stable")
    return rows.loc[order.index, EFFECT_COLUMNS].reset_index(drop=True)


def event_study(release: Release) -> pd.DataFrame:
    """Return every bin of every event study, columns EVENT_COLUMNS.

    The last bin before the start is the reference, zero by definition, and has no row. `begins`
    is the first period of a bin, missing where units start at different times.
    """
    rows = _numbers(release)
    rows = rows[rows["term"].eq("event_time")]
    begins = [_begins(release, row) for _, row in rows.iterrows()]
    rows = rows.assign(begins=pd.Series(begins, index=rows.index, dtype=object))
    return rows[EVENT_COLUMNS].reset_index(drop=True)


def _begins(release: Release, row: pd.Series) -> str | None:
    """Write the first period of a bin."""
    if pd.isna(row["event_time"]):
        return None
    first = bin_start(release, row["estimand"], int(row["event_time"]))
    return None if first is None else str(first)


def checks(release: Release) -> pd.DataFrame:
    """Return every check of every estimate, contract DIAGNOSTICS with the outcome."""
    outcomes = release.estimates.drop_duplicates("estimand").set_index("estimand")["outcome"]
    table = release.diagnostics.copy()
    table.insert(0, "outcome", table["estimand"].map(outcomes))
    return table


def _numbers(release: Release) -> pd.DataFrame:
    """Put each number on one row: the leading inference, the band, all p-values."""
    bands = release.estimates[release.estimates["inference"] == BAND]
    bands = bands[[*KEY, "ci_low", "ci_high"]].rename(
        columns={"ci_low": "band_low", "ci_high": "band_high"}
    )
    table = area_rows(release).merge(p_values(release.estimates), on=KEY, validate="one_to_one")
    return table.merge(bands, on=KEY, how="left", validate="one_to_one")


def _leads(rows: pd.DataFrame, release: Release) -> pd.Series:
    return rows["term"].eq("att") & rows["estimand"].isin(lead_rows(release)["estimand"])


def _of_services(release: Release, language: Language) -> list[str]:
    said = [*filter(None, [service_use(release, language)]), *survey_notes(release, language)[:1]]
    return [*said, *beyond_reach_notes(release, language)]


def _worst_first(checks: pd.DataFrame) -> pd.DataFrame:
    """Put failed checks first, then those that need care."""
    order = checks["verdict"].map(_VERDICTS.index).sort_values(kind="stable").index
    return checks.loc[order].reset_index(drop=True)


def _what_checks_ask(release: Release, language: Language) -> list[str]:
    """Say once for each check what it asks."""
    said: dict[str, str] = {}
    for _, row in _worst_first(checks(release)).iterrows():
        asks = lb.check_text(row, language)
        said.setdefault(asks, f"{lb.check_name(row, release.study, language)}: {asks}")
    return [line for asks, line in said.items() if asks]


_BEGINS = Column(
    "begins",
    words=lambda row, _, said: said.period(row["begins"]) if pd.notna(row["begins"]) else "",
    if_any=True,
)
MAIN_EFFECTS = ResultTable(
    "main_effects",
    main_effects,
    columns=(
        *("outcome", "population", "weights", "comparison", "estimator", *INTERVAL, "unit"),
        *(
            *P_VALUE,
            CALIBRATION,
            "p_permutation_area",
            "baseline_mean",
            *COUNTS,
            DETECTABLE,
            "status",
        ),
    ),
    on_screen=("estimand", "p_area", "p_cr2_area"),
    if_empty=True,
    if_several=("population", "comparison", "estimator", "inference"),
    first=_of_services,
)
EVENT_STUDY = ResultTable(
    "event_study",
    event_study,
    columns=(
        *("outcome", "specification", Column("event_time", "order"), _BEGINS, "bins"),
        *INTERVAL,
        *(*BAND_COLUMNS, "unit", *P_VALUE, "status"),
    ),
    on_screen=("estimand",),
    if_empty=True,
    if_several=("inference",),
)
ROBUSTNESS = ResultTable(
    "robustness",
    robustness,
    columns=(
        *("outcome", "role", "specification", *INTERVAL, "unit", *P_VALUE),
        *("p_wild_bootstrap_area", "p_permutation_area", *COUNTS, "status"),
    ),
    on_screen=(
        *("estimand", "p_area", "p_cr2_area", "p_cr3_area", "p_municipality"),
        *("p_permutation_municipality", *BAND_COLUMNS),
    ),
    if_empty=True,
    if_several=("inference",),
)
CHECKS = ResultTable(
    "checks",
    checks,
    columns=(
        Column(
            "verdict",
            words=lambda row, _, said: lb.sentence_case(lb.verdict_label(row["verdict"], said)),
            width=20,
        ),
        *("outcome", "specification", Column("check", words=of_study(lb.check_name), width=34)),
        *(Column("value", "alike"), Column("threshold", "alike")),
    ),
    on_screen=("estimand",),
    if_empty=True,
    alike="check",
    order=_worst_first,
    last=_what_checks_ask,
)
BALANCE = ResultTable(
    "balance",
    as_released("balance"),
    columns=(
        "comparison",
        Column(
            "stage", words=lambda row, _, said: said.say(f"workbook.stage.{row['stage']}"), width=22
        ),
        Column(
            "covariate",
            words=lambda row, release, said: lb.covariate_label(
                row["covariate"], release.study, said
            ),
            width=34,
        ),
        *(
            Column("targeted"),
            Column("mean_trial", "alike"),
            Column("mean_control", "alike"),
        ),
        *(Column("std_difference", "hundredths"), Column("variance_ratio", "places_2")),
        *("n_trial", "n_control", Column("n_control_effective", "places_1")),
    ),
    on_screen=("status",),
    if_empty=True,
    alike="covariate",
)
OVERLAP = ResultTable(
    "overlap",
    as_released("overlap"),
    columns=(
        *("comparison", "area", "n_units", Column("n_without_control", "count")),
        *(Column(name, "places_2") for name in ("distance", "caliper", "score")),
        Column("comparable"),
    ),
    on_screen=("status",),
)
