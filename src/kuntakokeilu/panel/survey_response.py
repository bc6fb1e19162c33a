"""Who answered a survey, by wave and arm: what weights can and cannot make good."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import SURVEY_RESPONSE, conform
from kuntakokeilu.facts import Classification
from kuntakokeilu.facts.dated import month_text
from kuntakokeilu.panel.survey import ITEMS


def survey_response(
    asked: pd.DataFrame, areas: pd.DataFrame, classification: Classification
) -> pd.DataFrame:
    """Describe the response to each wave in the trial arm, the control arm and both.

    Parameters
    ----------
    asked : DataFrame
        Everyone asked, as `survey.add_answers` returns them.
    areas : DataFrame
        The trial's areas: arm, area, unit.
    classification : Classification
        The study's municipalities.

    Returns
    -------
    DataFrame
        Contract SURVEY_RESPONSE. Municipalities that are in neither arm are left out; what a
        single comparison excludes is not. Clusters are those of the estimates: trial areas,
        and sub-regions elsewhere.
    """
    placed = asked.assign(**_places(asked["unit"], areas, classification))
    placed = placed[placed["arm"] != "neither"]
    rows: list[dict[str, Any]] = []
    month: Any
    for month, wave in placed.groupby("month"):
        for arm, part in [*wave.groupby("arm"), ("all", wave)]:
            rows.append({"wave": month_text(month), "arm": arm} | _row(part))
            rows[-1] |= _difference(wave) if arm == "trial" else {}
    frame = pd.DataFrame(rows, columns=list(SURVEY_RESPONSE.columns))
    return conform(frame, SURVEY_RESPONSE)


def cronbach_alpha(items: pd.DataFrame) -> float:
    """Return Cronbach's alpha of items turned the same way, of rows without a missing one.

    k/(k-1) x (1 - sum of the items' variances / variance of their sum); Cronbach 1951,
    Psychometrika 16(3). Missing where nothing varies.
    """
    whole = items.dropna()
    total = whole.sum(axis=1).var()
    if len(whole) < 2 or not total > 0:
        return np.nan
    k = whole.shape[1]
    return float(k / (k - 1) * (1 - whole.var().sum() / total))


def _places(
    units: pd.Series, areas: pd.DataFrame, classification: Classification
) -> dict[str, pd.Series]:
    """Tell the arm and the cluster of each unit, as UNITS does."""
    listed = areas.drop_duplicates("unit").set_index("unit")
    arm = units.map(listed["arm"]).fillna("control")
    sub_region = units.map(classification.members().set_index("code")["sub_region"])
    cluster = units.map(listed["area"]).where(arm == "trial", sub_region)
    return {"arm": arm, "cluster": arm + "|" + cluster}


def _row(part: pd.DataFrame) -> dict[str, float]:
    answered = part["responded"].astype(bool)
    weights = part.loc[answered, "answered_weight"]
    return {
        "n_asked": len(part),
        "n_answered": int(answered.sum()),
        "response_rate": 100 * answered.mean(),
        "response_rate_weighted": 100 * np.average(answered, weights=part["weight"]),
        "effective_size": weights.sum() ** 2 / (weights**2).sum() if answered.any() else 0.0,
        "alpha": cronbach_alpha(part[[*ITEMS]]),
    }


def _difference(wave: pd.DataFrame) -> dict[str, float]:
    """Compare the weighted response rates of the arms, with the CR1 standard error.

    The cluster sums of the influence function of a difference of two weighted means, which is
    weighted least squares on a constant and the arm (Cameron & Miller 2015).
    """
    trial = (wave["arm"] == "trial").to_numpy()
    if trial.all():
        return {}
    y, w = 100.0 * wave["responded"].to_numpy(float), wave["weight"].to_numpy(float)
    means = [np.average(y[arm], weights=w[arm]) for arm in (~trial, trial)]
    share = w / np.where(trial, w[trial].sum(), w[~trial].sum()) * np.where(trial, 1.0, -1.0)
    pull = pd.Series(share * (y - np.where(trial, means[1], means[0])), index=wave.index)
    sums = pull.groupby(wave["cluster"]).sum()
    rows, clusters = len(wave), len(sums)
    factor = clusters / (clusters - 1) * (rows - 1) / (rows - 2) if rows > 2 else np.nan
    return {
        "difference": means[1] - means[0],
        "difference_std_error": float(np.sqrt(factor * (sums**2).sum())),
    }
