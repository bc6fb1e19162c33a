"""The states of the twin: each person is in exactly one at the end of each month."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class State(IntEnum):
    """Labour market state on the last day of a month."""

    WORK = 0  # open labour market, not registered
    OUTSIDE = 1  # outside the labour force, not registered
    UNEMPLOYED = 2
    LAID_OFF = 3
    PART_TIME = 4  # registered, part-time work with adjusted benefit
    WORK_TRIAL = 5
    COACHING = 6
    TRAINING = 7  # labour market training
    STUDY = 8  # self-motivated study with benefit
    REHABILITATION = 9  # rehabilitative work activity
    SUBSIDISED = 10
    ABROAD = 11
    DEAD = 12


SERVICES = (
    State.WORK_TRIAL,
    State.COACHING,
    State.TRAINING,
    State.STUDY,
    State.REHABILITATION,
)
# Lookups by state, for whole arrays at once.
OFFICIAL_UNEMPLOYED = np.isin(np.arange(13), (State.UNEMPLOYED, State.LAID_OFF))
IN_SERVICE = np.isin(np.arange(13), SERVICES)
REGISTERED = (np.arange(13) >= State.UNEMPLOYED) & (np.arange(13) <= State.SUBSIDISED)
# Ground of benefit days by state: 1 unemployment, 2 adjusted, 3 service, 0 none (codes.csv).
# ASSUME: no adjusted benefit beside subsidised work.
GROUND = np.zeros(13, np.int8)
GROUND[[State.UNEMPLOYED, State.LAID_OFF]] = 1
GROUND[State.PART_TIME] = 2
GROUND[list(SERVICES)] = 3
