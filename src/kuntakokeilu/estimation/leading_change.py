"""The inference by area that leads an effect which is a regression of changes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.clustered import influence
from kuntakokeilu.estimation.designs import Design, Term
from kuntakokeilu.estimation.few_clusters import inference_by_area
from kuntakokeilu.estimation.fit import fit
from kuntakokeilu.estimation.long_differences import changes
from kuntakokeilu.estimation.synthetic import OutcomeMatrix

_KINDS = ("cr2_area", "cr2_exact_area")


def leading_change(
    matrix: OutcomeMatrix, x: np.ndarray | None = None, w: np.ndarray | None = None
) -> tuple[str, dict[str, float]]:
    """Say which inference leads a regression of changes, and give its numbers.

    In a balanced panel with one start CR2, its degrees of freedom and its exact distribution are
    those of two-way fixed effects on the panel, so that the rule of ESTIMATES
    (`few_clusters.inference_by_area`) is asked of one row per unit.

    Parameters
    ----------
    matrix : OutcomeMatrix
        The panel.
    x : ndarray, shape (n, k), optional
        Covariates of the units.
    w : ndarray, shape (n,), optional
        Weights instead of those of the panel.

    Returns
    -------
    kind : str
        cluster_area, cr2_area or cr2_exact_area.
    numbers : dict
        estimate is not among them: std_error, ci_low, ci_high, p_value and others. Those of
        `cluster_area` have the factor of one row per unit (see `long_differences` for that of the
        panel). Empty without a variance: an arm has one cluster, or no regression.
    """
    w = matrix.w if w is None else w
    used = w > 0
    cluster = pd.Series(matrix.cluster[used]).astype(str)
    treated = matrix.treated[used]
    if min(cluster[treated].nunique(), cluster[~treated].nunique()) < 2:
        return "cluster_area", {}
    frame = pd.DataFrame({"y": changes(matrix)[used], "w": w[used], "cluster": cluster})
    regressors = pd.DataFrame({"att": treated.astype(float), "const": 1.0})
    for place, column in enumerate([] if x is None else x[used].T):
        spread = column.std()
        if spread > 0:
            regressors[f"x{place}"] = (column - column.mean()) / spread
    design = Design(regressors, [Term("att", "att")], None)
    fitted = fit(frame, design)
    if fitted is None:
        return "cluster_area", {}
    sums = influence(fitted, frame["cluster"])
    found = inference_by_area(frame, design, _KINDS, sums, fitted.params, 1)
    return found.leading, found.numbers[found.leading][0]
