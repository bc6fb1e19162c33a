"""What an estimate says if the arms would have drifted apart: bounds instead of a verdict.

`EventSeries` holds the effects of an event study with their covariance, from any estimator; the
functions take it, or plain numbers, and know neither cells nor studies.
"""

from kuntakokeilu.estimation.bounds.bends import (
    breakdown_smoothness,
    smoothness,
    unavoidable_bias,
)
from kuntakokeilu.estimation.bounds.from_sample import (
    BoundedSeries,
    bounded_series,
    largest_seen,
    widened,
)
from kuntakokeilu.estimation.bounds.magnitudes import (
    MOST_BREAKDOWN,
    EventSeries,
    breakdown_relative_magnitudes,
    relative_magnitudes,
)
from kuntakokeilu.estimation.bounds.one_sided import Equivalence, equivalence
from kuntakokeilu.estimation.bounds.power import (
    power_of_any,
    power_of_joint,
    slope_for_power,
)

__all__ = [
    "MOST_BREAKDOWN",
    "BoundedSeries",
    "Equivalence",
    "EventSeries",
    "bounded_series",
    "breakdown_relative_magnitudes",
    "breakdown_smoothness",
    "equivalence",
    "largest_seen",
    "power_of_any",
    "power_of_joint",
    "relative_magnitudes",
    "slope_for_power",
    "smoothness",
    "unavoidable_bias",
    "widened",
]
