"""Comparison, estimator, inference: cells in, ESTIMATES and INFLUENCE out."""

from kuntakokeilu.estimation.designs import ESTIMATORS, Design, Term
from kuntakokeilu.estimation.estimate import estimate, estimate_one
from kuntakokeilu.estimation.fit import fit
from kuntakokeilu.estimation.sample import draw_sample, not_identified

__all__ = [
    "ESTIMATORS",
    "Design",
    "Term",
    "draw_sample",
    "estimate",
    "estimate_one",
    "fit",
    "not_identified",
]
