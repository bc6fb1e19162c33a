"""Synthetic controls on a matrix of outcomes, units by periods; usable on their own.

>>> import numpy as np
>>> from kuntakokeilu.estimation.synthetic import OutcomeMatrix, synthetic_did
>>> y = np.add.outer(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 1.0, 0.0, 2.0]))
>>> y[0, 2:] += 5
>>> panel = OutcomeMatrix(y, y[:, 0] == 1, 2, np.ones(4), np.array(["a", "b", "c", "d"]))
>>> round(synthetic_did(panel).estimate, 6)
5.0
"""

from kuntakokeilu.estimation.synthetic.control import (
    augmented_control,
    by_area,
    chosen_penalty,
    synthetic_control,
)
from kuntakokeilu.estimation.synthetic.did import noise_level, plain_did, synthetic_did
from kuntakokeilu.estimation.synthetic.fitted import Method, SyntheticFit
from kuntakokeilu.estimation.synthetic.interactive import interactive_effects
from kuntakokeilu.estimation.synthetic.matrix import LACKS, OutcomeMatrix, matrix_of, outcome_matrix
from kuntakokeilu.estimation.synthetic.placebos import (
    PlaceboInference,
    control_areas,
    placebo_estimates,
    placebo_inference,
    rank_p_value,
    ratio_of_gaps,
)
from kuntakokeilu.estimation.synthetic.simplex import frank_wolfe_weights, simplex_weights

__all__ = [
    "LACKS",
    "Method",
    "OutcomeMatrix",
    "PlaceboInference",
    "SyntheticFit",
    "augmented_control",
    "by_area",
    "chosen_penalty",
    "control_areas",
    "frank_wolfe_weights",
    "interactive_effects",
    "matrix_of",
    "noise_level",
    "outcome_matrix",
    "placebo_estimates",
    "placebo_inference",
    "plain_did",
    "rank_p_value",
    "ratio_of_gaps",
    "simplex_weights",
    "synthetic_control",
    "synthetic_did",
]
