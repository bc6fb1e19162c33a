"""Comparison, estimator, inference: cells in, ESTIMATES and INFLUENCE out."""

from kuntakokeilu.estimation.clustered import influence, t_inference
from kuntakokeilu.estimation.designs import ESTIMATORS, Design, Term, absorbing
from kuntakokeilu.estimation.estimate import estimate, estimate_one
from kuntakokeilu.estimation.fit import fit
from kuntakokeilu.estimation.permutation import permutation_p_value, randomisation_p_value
from kuntakokeilu.estimation.sample import draw_sample, not_identified

__all__ = [
    "ESTIMATORS",
    "Design",
    "Term",
    "absorbing",
    "draw_sample",
    "estimate",
    "estimate_one",
    "fit",
    "influence",
    "not_identified",
    "permutation_p_value",
    "randomisation_p_value",
    "t_inference",
]
