"""Comparison, estimator, inference: cells in, ESTIMATES and INFLUENCE out."""

from kuntakokeilu.estimation.balance import balanced_weights, mahalanobis_scale
from kuntakokeilu.estimation.bootstrap import bootstrap_weights, wild_bootstrap
from kuntakokeilu.estimation.clustered import influence, t_inference
from kuntakokeilu.estimation.cohorts import axis_offset, count_back, has_cohorts, reach
from kuntakokeilu.estimation.designs import (
    ESTIMATORS,
    Design,
    Term,
    absorbing,
    two_way_fixed_effects,
)
from kuntakokeilu.estimation.estimate import estimate, estimate_one
from kuntakokeilu.estimation.fit import fit
from kuntakokeilu.estimation.permutation import permutation_p_value, randomisation_p_value
from kuntakokeilu.estimation.sample import (
    cells_left_out,
    compared_units,
    draw_sample,
    not_identified,
    values_over_time,
)
from kuntakokeilu.estimation.small_sample import small_sample_inference, small_sample_table

__all__ = [
    "ESTIMATORS",
    "Design",
    "Term",
    "absorbing",
    "axis_offset",
    "balanced_weights",
    "bootstrap_weights",
    "cells_left_out",
    "compared_units",
    "count_back",
    "draw_sample",
    "estimate",
    "estimate_one",
    "fit",
    "has_cohorts",
    "influence",
    "mahalanobis_scale",
    "not_identified",
    "permutation_p_value",
    "randomisation_p_value",
    "reach",
    "small_sample_inference",
    "small_sample_table",
    "t_inference",
    "two_way_fixed_effects",
    "values_over_time",
    "wild_bootstrap",
]
