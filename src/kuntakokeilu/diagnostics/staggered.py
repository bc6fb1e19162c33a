"""What a regression with one effect mixes up when starts differ."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.estimation import fit, two_way_fixed_effects
from kuntakokeilu.study import Estimand


def negative_weight(frame: pd.DataFrame, estimand: Estimand) -> float:
    """Sum of the negative weights that two-way fixed effects give to treated cells.

    The estimate is a weighted sum of the effects in the treated cells whose weights add up to
    one. Where units treated earlier serve as controls for those treated later, weights can be
    negative, and an effect that grows can come out too small or with the wrong sign
    (de Chaisemartin & D'Haultfoeuille 2020, American Economic Review 110(9); Goodman-Bacon
    2021, Journal of Econometrics 225(2)).

    Parameters
    ----------
    frame : DataFrame
        A sample of `estimation`.
    estimand : Estimand
        Its estimand.

    Returns
    -------
    float
        Zero or less; zero if no cell has a negative weight.
    """
    fitted = fit(frame, two_way_fixed_effects(frame, estimand))
    if fitted is None:
        return 0.0
    weights = frame["w"].to_numpy() * fitted.residualised[:, 0]
    treated = weights[frame["treated"].to_numpy()]
    return float(treated[treated < 0].sum() / treated.sum())
