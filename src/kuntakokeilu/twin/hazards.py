"""Monthly hazards of the twin: what people do next, by state, elapsed months and traits.

ASSUME throughout: round numbers chosen so that stocks, flows and durations lie within the bands
of `realism`; none is an estimate from register data.
"""

from __future__ import annotations

import numpy as np

from kuntakokeilu.twin.states import SERVICES, State

# Unemployed: job finding by completed months of job search, and the chance of starting a service.
JOB_FINDING = ((1, 0.19), (3, 0.145), (6, 0.11), (12, 0.08), (24, 0.055), (999, 0.038))
SERVICE_START = ((1, 0.025), (3, 0.045), (12, 0.06), (999, 0.08))
LEAVE_LABOUR_FORCE = 0.022
PART_TIME_START = 0.011
LAID_OFF_RECALL, LAID_OFF_LOST_JOB = 0.30, 0.03
PART_TIME_TO_WORK, PART_TIME_LOST = 0.06, 0.06
WORK_TO_OUTSIDE, OUTSIDE_TO_WORK = 0.004, 0.025
OLDEST = 65 * 12  # months of age at which everyone leaves the labour force
YOUNGEST = 17 * 12
ENTRY_CAP = 0.5

# By kind: share of service starts before and after a year of search, mean months, share that ends
# in work, share that ends outside the labour force.
KINDS = (*SERVICES, State.SUBSIDISED)
KIND_SHARE = np.array([[0.19, 0.25, 0.20, 0.17, 0.02, 0.17], [0.14, 0.18, 0.16, 0.10, 0.20, 0.22]])
_MEAN_MONTHS = dict(zip(KINDS, (2.8, 1.6, 4.5, 9.0, 8.0, 6.5), strict=True))
_ENDS_IN_WORK = dict(zip(KINDS, (0.30, 0.15, 0.32, 0.25, 0.05, 0.35), strict=True))
END_OF_KIND = np.zeros(13, np.float32)
WORK_AFTER_KIND = np.zeros(13, np.float32)
for _kind in KINDS:
    END_OF_KIND[_kind] = 1 / _MEAN_MONTHS[_kind]
    WORK_AFTER_KIND[_kind] = _ENDS_IN_WORK[_kind]
OUTSIDE_AFTER_KIND = 0.06


def by_elapsed(table: tuple[tuple[int, float], ...], elapsed: np.ndarray) -> np.ndarray:
    """Look up a hazard by elapsed months; each row of the table holds below its first number."""
    limits = np.array([limit for limit, _ in table])
    values = np.array([value for _, value in table], np.float32)
    last = len(table) - 1
    return values[np.minimum(np.searchsorted(limits, elapsed, side="right"), last)]


def cycle(target: np.ndarray) -> np.ndarray:
    """How much faster or slower people leave unemployment in each month.

    A falling stock is shared between more exits and fewer entries.

    Parameters
    ----------
    target : ndarray of float
        Stock at the end of each month; the first element only starts the ratio.

    Returns
    -------
    ndarray of float, one shorter
    """
    return np.clip((target[1:] / target[:-1]) ** -1.5, 0.4, 2.0)


def entry_weight(
    state: np.ndarray, months_in_state: np.ndarray, age: np.ndarray, entry_factor: np.ndarray
) -> np.ndarray:
    """Relative chance of registering as unemployed; 0 for those who cannot."""
    recent = np.where(months_in_state < 12, 1.8, 1.0)
    base = np.select([state == State.WORK, state == State.OUTSIDE], [recent, 1.0], 0.0)
    young = np.where(age < 25 * 12, 1.3, 1.0)
    return base * young * entry_factor * ((age >= YOUNGEST) & (age < OLDEST))


def next_state(
    state: np.ndarray,
    u: np.ndarray,
    probabilities: dict[State, np.ndarray],
) -> np.ndarray:
    """Choose the next state by one uniform.

    Work comes first among the chances, so that a higher chance of work never moves anyone out.

    Parameters
    ----------
    state : ndarray of int8
        States now.
    u : ndarray of float
        Uniforms.
    probabilities : dict
        Chance of each other state, in the order in which the unit interval is cut.
    """
    new, edge = state.copy(), np.zeros(len(state))
    for target, chance in probabilities.items():
        new[(u >= edge) & (u < edge + chance)] = target
        edge = edge + chance
    return new
