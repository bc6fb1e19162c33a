"""The result tables in codes and full numbers: for machines, and as the source of the workbook.

One row per number or check, `snake_case` columns, nothing rounded. A number that may not be
shown is missing and has a status; it is never zero.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from kuntakokeilu.report.tables.payers import costs
from kuntakokeilu.report.tables.service_models import area_effects
from kuntakokeilu.report.tables.spillover_shares import spillover_shares
from kuntakokeilu.report.tables.subtotals import payer_subtotals
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.labels import P_COLUMNS
from kuntakokeilu.report.words.populations import populations, windows
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import KEY, area_rows, lead_rows, p_values
from kuntakokeilu.report.words.side_by_side import designs

BAND = "simultaneous_area"
_IDENTITY = ["study", "estimand", "outcome", "population", "comparison", "design", "weights"]
_IDENTITY += ["estimator", "role", "term"]
_NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "band_low", "band_high"]
_FACTS = ["baseline_mean", "unit", "n_persons", "n_person_months", "n_trial", "n_control"]
_FACTS += ["n_trial_clusters", "n_control_clusters", "minimum_detectable_effect"]
_STATE = ["status", "identified", *CHECK_COLUMNS]
EFFECT_COLUMNS = [*_IDENTITY, "window", *_NUMBERS, *P_COLUMNS.values(), *_FACTS, *_STATE]
EVENT_COLUMNS = [*_IDENTITY, "event_time", *_NUMBERS, *P_COLUMNS.values(), *_FACTS, *_STATE]
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
        One row per effect, columns EFFECT_COLUMNS. Estimate, standard error and interval are
        those clustered by area, `band_low` and `band_high` the simultaneous band, `p_*` the
        p-values of every kind of inference; `failed_checks` and `warned_checks` name checks,
        joined by a semicolon.
    """
    rows = _numbers(release)
    return rows.loc[_leads(rows, release), EFFECT_COLUMNS].reset_index(drop=True)


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

    The last bin before the start is the reference, zero by definition, and has no row.
    """
    rows = _numbers(release)
    return rows.loc[rows["term"].eq("event_time"), EVENT_COLUMNS].reset_index(drop=True)


def checks(release: Release) -> pd.DataFrame:
    """Return every check of every estimate, contract DIAGNOSTICS with the outcome."""
    outcomes = release.estimates.drop_duplicates("estimand").set_index("estimand")["outcome"]
    table = release.diagnostics.copy()
    table.insert(0, "outcome", table["estimand"].map(outcomes))
    return table


def balance(release: Release) -> pd.DataFrame:
    """Return contract BALANCE_RELEASED as it was released."""
    return release.balance.copy()


def overlap(release: Release) -> pd.DataFrame:
    """Return contract OVERLAP_RELEASED as it was released."""
    return release.overlap.copy()


def _released(name: str) -> Callable[[Release], pd.DataFrame]:
    """Return a table as it was released."""
    return lambda release: getattr(release, name).copy()


# Tables that not every study has stand between the main effects and the rest.
RESULT_TABLES: dict[str, Callable[[Release], pd.DataFrame]] = {
    "main_effects": main_effects,
    "designs": designs,
    "spillover_shares": spillover_shares,
    "populations": populations,
    "windows": windows,
    "payers": payer_subtotals,
    "costs": costs,
    "totals": _released("totals"),
    "ratios": _released("ratios"),
    "combinations": _released("combinations"),
    "programme_costs": _released("programme_costs"),
    "area_effects": area_effects,
    "meta_regression": _released("meta_regression"),
    "service_models": _released("service_models"),
    "heterogeneity": _released("heterogeneity"),
    "survey_response": _released("survey_response"),
    "event_study": event_study,
    "robustness": robustness,
    "checks": checks,
    "balance": balance,
    "overlap": overlap,
}


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
