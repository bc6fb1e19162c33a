"""Equivalence tests: whether an effect is smaller than a margin that matters.

An interval that holds zero does not show that there is no effect. Two one-sided tests do: an effect
is no larger than the margin if it is found to be above its negative and below it (Schuirmann
1987, Journal of Pharmacokinetics and Biopharmaceutics 15(6)).
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy import special

from kuntakokeilu.estimation.clustered import t_quantile

LEVEL = 0.05


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests of one estimate.

    Attributes
    ----------
    p_value : float
        The larger of the two.
    low, high : float
        Ends of the 90 % interval, which lies within the margin where both tests reject at 5 %.
    """

    p_value: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether the effect is no larger than the margin."""
        return self.p_value < LEVEL


def equivalence(estimate: float, std_error: float, degrees: float, margin: float) -> Equivalence:
    """Test that an effect lies between a margin and its negative.

    Parameters
    ----------
    estimate, std_error : float
        In the outcome's unit.
    degrees : float
        Of freedom, of Student's t.
    margin : float
        Above zero, in the outcome's unit, declared before the estimate was seen.

    Examples
    --------
    >>> round(equivalence(0.2, 0.5, 1e9, 1.1).p_value, 3)  # (1.1 - 0.2) / 0.5 = 1.8
    0.036
    """
    nearest = (margin - abs(estimate)) / std_error
    reach = t_quantile(degrees, 1 - LEVEL) * std_error
    return Equivalence(
        p_value=float(special.stdtr(degrees, -nearest)),
        low=estimate - reach,
        high=estimate + reach,
    )
