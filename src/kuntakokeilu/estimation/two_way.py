"""Standard errors clustered in two ways: by area, and by period.

Cameron, Gelbach & Miller (2011, Journal of Business & Economic Statistics 29(2)): the variance by
area plus that by period less that by both, each with the factor of its own number of clusters.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.clustered import influence, t_inference
from kuntakokeilu.estimation.fit import Fit

FEWEST_PERIODS = 10  # ASSUME: with fewer periods their variance is a guess


def two_way_inference(fitted: Fit, areas: pd.Series, periods: pd.Series) -> dict[str, float] | str:
    """Test the first coefficient of a regression, clustered by area and by period.

    Parameters
    ----------
    fitted : Fit
        A fitted regression.
    areas, periods : Series, shape (rows,)
        Clusters of each row, in both ways.

    Returns
    -------
    dict or str
        What `t_inference` gives, with the smaller number of clusters less one as degrees of
        freedom. Or why there is none: `one_cluster`; `few_periods`, fewer than 10; `not_positive`,
        the variance by both is larger than those by each together.
    """
    if periods.nunique() < FEWEST_PERIODS:
        return "few_periods"
    both = areas.astype(str) + "|" + periods.astype(str)
    one, other, joint = (
        float((influence(fitted, clusters)[0] ** 2).sum(min_count=1))
        for clusters in (areas, periods.astype(str), both)
    )
    variance = one + other - joint
    if np.isnan(variance):
        return "one_cluster"
    if variance <= 0:
        return "not_positive"
    degrees = min(areas.nunique(), periods.nunique()) - 1
    return t_inference(float(fitted.params[0]), float(np.sqrt(variance)), degrees)
