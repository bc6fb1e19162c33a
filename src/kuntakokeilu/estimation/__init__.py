"""Comparison, estimator, inference: cells in, ESTIMATES and INFLUENCE out."""

from kuntakokeilu.estimation.amounts import amounts_by_arm
from kuntakokeilu.estimation.area_effects import area_effects
from kuntakokeilu.estimation.bootstrap import bootstrap_weights, wild_bootstrap
from kuntakokeilu.estimation.by_assignment import assignment_table
from kuntakokeilu.estimation.clustered import influence, t_inference
from kuntakokeilu.estimation.cohorts import axis_offset, count_back, has_cohorts, reach
from kuntakokeilu.estimation.combinations import estimate_combinations
from kuntakokeilu.estimation.compared import (
    cells_by_population,
    compared_units,
    each_population,
    other_groups,
    treated_before,
    values_over_time,
)
from kuntakokeilu.estimation.contrast import design_of, stacked
from kuntakokeilu.estimation.designs import (
    Design,
    Term,
    absorbing,
    reference_bin,
    two_way_fixed_effects,
)
from kuntakokeilu.estimation.entropy_balance import balanced_weights, mahalanobis_scale
from kuntakokeilu.estimation.estimate import estimate, estimate_one
from kuntakokeilu.estimation.false_starts import (
    as_seen,
    estimate_false_starts,
    moved_back,
    possible_lags,
    units_moved_back,
)
from kuntakokeilu.estimation.fit import fit
from kuntakokeilu.estimation.heterogeneity import heterogeneity
from kuntakokeilu.estimation.identification import not_identified
from kuntakokeilu.estimation.joint import shared_degrees
from kuntakokeilu.estimation.leading_effect import LeadingEffect, difference_of, leading_effect
from kuntakokeilu.estimation.meta_regression import meta_regression
from kuntakokeilu.estimation.multiplicity import multiplicity
from kuntakokeilu.estimation.overlap import Reach, beyond_reach, find_reach, nearest_controls
from kuntakokeilu.estimation.permutation import permutation_p_value, randomisation_p_value
from kuntakokeilu.estimation.ratios import estimate_ratios, fieller
from kuntakokeilu.estimation.registry import DESIGNS
from kuntakokeilu.estimation.remember import forget, remembered
from kuntakokeilu.estimation.sample import (
    Sample,
    draw_sample,
    missing_cells,
    seen_on_one_side,
)
from kuntakokeilu.estimation.sampler import Sampler
from kuntakokeilu.estimation.small_sample import (
    rests_on_one,
    small_sample_inference,
    small_sample_table,
    without_each_cluster,
)
from kuntakokeilu.estimation.specification_curve import specification_curve_test
from kuntakokeilu.estimation.totals import estimate_totals, treated_person_months
from kuntakokeilu.estimation.units_behind import samples_table

__all__ = [
    "DESIGNS",
    "Design",
    "LeadingEffect",
    "Reach",
    "Sample",
    "Sampler",
    "Term",
    "absorbing",
    "amounts_by_arm",
    "area_effects",
    "as_seen",
    "assignment_table",
    "axis_offset",
    "balanced_weights",
    "beyond_reach",
    "bootstrap_weights",
    "cells_by_population",
    "compared_units",
    "count_back",
    "design_of",
    "difference_of",
    "draw_sample",
    "each_population",
    "estimate",
    "estimate_combinations",
    "estimate_false_starts",
    "estimate_one",
    "estimate_ratios",
    "estimate_totals",
    "fieller",
    "find_reach",
    "fit",
    "forget",
    "has_cohorts",
    "heterogeneity",
    "influence",
    "leading_effect",
    "mahalanobis_scale",
    "meta_regression",
    "missing_cells",
    "moved_back",
    "multiplicity",
    "nearest_controls",
    "not_identified",
    "other_groups",
    "permutation_p_value",
    "possible_lags",
    "randomisation_p_value",
    "reach",
    "reference_bin",
    "remembered",
    "rests_on_one",
    "samples_table",
    "seen_on_one_side",
    "shared_degrees",
    "small_sample_inference",
    "small_sample_table",
    "specification_curve_test",
    "stacked",
    "t_inference",
    "treated_before",
    "treated_person_months",
    "two_way_fixed_effects",
    "units_moved_back",
    "values_over_time",
    "wild_bootstrap",
    "without_each_cluster",
]
