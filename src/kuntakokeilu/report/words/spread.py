"""How far the areas' effects lie apart: their mean, and where another area's might lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.report.words.beyond_reach import areas_beyond_reach
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.labels import alphabetical, area_name
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import SHOWN

_LEVEL = 0.975
_LOST = 2  # degrees of freedom that a prediction interval loses, for the mean and for the spread


@dataclass(frozen=True)
class Spread:
    """The mean of the areas' effects and how they differ.

    Attributes
    ----------
    estimate, ci_low, ci_high : float
        Mean of all areas with its interval.
    low, high : float
        Prediction interval: where the true effect of one more area of their kind would lie with
        95 % probability.
    tau : float
        Standard deviation of the true effects.
    q_p_value, i_squared : float
        P-value of no differences, and the share of the variation that is more than chance.
    n_areas : int
        Areas behind the numbers.
    status, identified : str
        May the numbers be used, and if not why.
    """

    estimate: float
    ci_low: float
    ci_high: float
    low: float
    high: float
    tau: float
    q_p_value: float
    i_squared: float
    n_areas: int
    status: str
    identified: str


@kept
def spread_of(release: Release, estimand: str) -> Spread | None:
    """Return the mean and spread of the areas' effects; None if the study does not have them.

    Notes
    -----
    Higgins, Thompson & Spiegelhalter (2009, Journal of the Royal Statistical Society A 172(1)):
    mean +- t(k - 2) sqrt(tau squared + variance of the mean), for k areas.
    """
    rows = release.meta_regression
    rows = rows[rows["estimand"].eq(estimand) & rows["feature"].isna()]
    if rows.empty:
        return None
    from scipy import stats  # slow to import

    row = rows.iloc[0]
    n_areas, tau_squared = int(row["n_areas"]), float(row["tau_squared"])
    reach = np.nan
    if n_areas > _LOST:
        scale = np.sqrt(tau_squared + float(row["std_error"]) ** 2)
        reach = float(stats.t(n_areas - _LOST).ppf(_LEVEL) * scale)
    return Spread(
        estimate=float(row["estimate"]),
        ci_low=float(row["ci_low"]),
        ci_high=float(row["ci_high"]),
        low=float(row["estimate"]) - reach,
        high=float(row["estimate"]) + reach,
        tau=float(np.sqrt(tau_squared)),
        q_p_value=float(row["q_p_value"]),
        i_squared=float(row["i_squared"]),
        n_areas=n_areas,
        status=str(row["status"]),
        identified=str(row["identified"]),
    )


_NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "own_std_error", "shrunk",
            "shrunk_std_error", "shrunk_ci_low", "shrunk_ci_high", "minimum_detectable_effect",
            "total", "total_ci_low", "total_ci_high"]  # fmt: skip
_BEYOND = ["not_identified", "area_beyond_reach"]


def by_area(release: Release) -> list[str]:
    """Name the estimands that have an effect for each area, in order."""
    return list(release.area_effects["estimand"].unique())


def area_rows_of(release: Release, estimand: str, language: Language | None = None) -> pd.DataFrame:
    """Return the areas' effects of an estimand in alphabetical order, never by size.

    With a language there is a column `name` too, and the order is that of the names. Of an area
    with units beyond reach no number is shown, and its row says so.
    """
    rows = release.area_effects[release.area_effects["estimand"] == estimand].copy()
    beyond = rows["area"].isin(areas_beyond_reach(release))
    rows.loc[beyond, [name for name in _NUMBERS if name in rows]] = float("nan")
    rows.loc[beyond & rows["status"].isin(SHOWN), ["status", "identified"]] = _BEYOND
    if language is None:
        names = rows["area"]
    else:
        names = rows["area"].map(lambda area: area_name(area, release.study, language))
        rows = rows.assign(name=names)
    order = names.map(alphabetical).sort_values(kind="stable")
    return rows.loc[order.index].reset_index(drop=True)
