"""Telling trial units from control units by what was known before the start."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.estimation import remembered

_FOLDS = 5


def pre_start_features(frame: pd.DataFrame) -> pd.DataFrame:
    """Describe each unit before the first start: level, drift, and log size where known.

    Parameters
    ----------
    frame : DataFrame
        A sample of `estimation`.

    Returns
    -------
    DataFrame
        Indexed by unit: trial, cluster, w (mean weight), and one column per feature.
    """
    before = frame[frame["period"] < frame["first_treated"].dropna().min()]
    time = before["period"].astype("int64")
    centred = time - time.groupby(before["unit"]).transform("mean")
    groups = before.assign(ty=centred * before["y"], tt=centred**2).groupby("unit")
    features = groups[["trial", "cluster", "weight_frozen"]].first()
    features["w"] = groups["w"].mean()
    features["level"] = groups["y"].mean()
    if before["period"].nunique() > 1:
        features["drift"] = groups["ty"].sum() / groups["tt"].sum()
    size = features.pop("weight_frozen")
    if size.gt(0).all():
        features["log_size"] = np.log(size)
    return features.dropna()


def distinguishability(frame: pd.DataFrame) -> float | None:
    """Cross-validated area under the ROC curve of a logistic regression of arm on features.

    Units count as much as in the estimate, within each arm.

    0.5 means that trial and control units looked alike before the start, 1 that no control
    unit looked like a trial unit. Whole areas are held out together, and only units held out
    together are ranked against each other: across folds, arms alike would fall below 0.5, since
    a fold rich in trial units is scored by a model that saw few. None with fewer than ten units
    or five clusters in an arm.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import
    from sklearn.metrics import roc_auc_score
    from sklearn.preprocessing import StandardScaler

    features = pre_start_features(frame)
    arms = features.groupby("trial")
    if len(arms) < 2 or arms.size().min() < 10 or arms["cluster"].nunique().min() < _FOLDS:
        return None
    trial = features["trial"].to_numpy(bool)
    x = features.drop(columns=["trial", "cluster", "w"]).to_numpy(float)
    w = features["w"].to_numpy(float)
    w = w / np.where(trial, w[trial].sum(), w[~trial].sum())
    clusters = features["cluster"].to_numpy(str)
    areas, pairs = [], []
    for train, test in _folds(trial.tobytes(), clusters.tobytes(), clusters.dtype.str):
        held = trial[test]
        if held.any() and not held.all() and trial[train].any() and not trial[train].all():
            scaled = StandardScaler().fit(x[train]).transform(x)
            model = LogisticRegression()
            model.fit(scaled[train], trial[train], sample_weight=len(x) * w[train])
            scores, mine = model.predict_proba(scaled[test])[:, 1], w[test]
            areas.append(roc_auc_score(held, scores, sample_weight=mine))
            pairs.append(mine[held].sum() * mine[~held].sum())
    return float(np.average(areas, weights=pairs)) if areas else None


@remembered
def _folds(trial: bytes, clusters: bytes, dtype: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split units into folds that hold whole areas, the same for every outcome of a sample."""
    from sklearn.model_selection import StratifiedGroupKFold

    arms = np.frombuffer(trial, dtype=bool).astype(int)
    groups = np.frombuffer(clusters, dtype)
    return list(StratifiedGroupKFold(_FOLDS).split(arms, arms, groups))


def outside_sizes(frame: pd.DataFrame) -> float | None:
    """Share of the trial arm's weight in units larger, or smaller, than every control.

    Parameters
    ----------
    frame : DataFrame
        A sample of `estimation`; the size of a unit is its persons before the start.

    Returns
    -------
    float or None
        None where a size is not known.
    """
    units = frame.groupby("unit").agg(
        trial=("trial", "first"), size=("weight_frozen", "first"), w=("w", "mean")
    )
    if units["size"].isna().any() or units["trial"].nunique() < 2:
        return None
    trial, control = units[units["trial"]], units.loc[~units["trial"], "size"]
    outside = (trial["size"] > control.max()) | (trial["size"] < control.min())
    return float(trial.loc[outside, "w"].sum() / trial["w"].sum())
