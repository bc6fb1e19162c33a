"""Could one tell trial units from control units by what was known before the start?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

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
        Indexed by unit: trial, cluster, and one column per feature.
    """
    before = frame[frame["period"] < frame["first_treated"].dropna().min()]
    time = before["period"].astype("int64")
    centred = time - time.groupby(before["unit"]).transform("mean")
    groups = before.assign(ty=centred * before["y"], tt=centred**2).groupby("unit")
    features = groups[["trial", "cluster", "weight_frozen"]].first()
    features["level"] = groups["y"].mean()
    features["drift"] = groups["ty"].sum() / groups["tt"].sum()
    size = features.pop("weight_frozen")
    if size.gt(0).all():
        features["log_size"] = np.log(size)
    return features.dropna()


def distinguishability(frame: pd.DataFrame) -> float | None:
    """Cross-validated area under the ROC curve of a logistic regression of arm on features.

    0.5 means that trial and control units looked alike before the start, 1 that no control
    unit looked like a trial unit. Whole areas are held out together. None with fewer than ten
    units or five clusters in an arm.
    """
    features = pre_start_features(frame)
    arms = features.groupby("trial")
    if len(arms) < 2 or arms.size().min() < 10 or arms["cluster"].nunique().min() < _FOLDS:
        return None
    x = features.drop(columns=["trial", "cluster"])
    y = features["trial"].astype(int)
    folds = GroupKFold(_FOLDS)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    scores = cross_val_predict(
        model, x, y, groups=features["cluster"], cv=folds, method="predict_proba"
    )
    return float(roc_auc_score(y, scores[:, 1]))
