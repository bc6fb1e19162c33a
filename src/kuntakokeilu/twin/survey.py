"""A survey of job seekers in two waves: a stratified sample, non-response, answers on a scale.

ASSUME throughout: sampling rates, response and answers are round numbers. Who answers depends on
age, sex, language and, in the second wave, on living in a trial area, but not on wellbeing itself.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.states import IN_SERVICE, REGISTERED, State
from kuntakokeilu.twin.walk import Month, walk
from kuntakokeilu.twin.world import World

WAVES = (-4, 19)  # months from the start: November 2020 and October 2022
# Share asked by arm (control, trial) and target group (outside, inside). Larger twins ask as many
# persons as one of the scale WHOLE does.
ASKED, WHOLE = np.array([[0.4, 0.65], [0.4, 0.8]]), 0.03
RESPONSE, TRIAL_AREA = -0.2, 0.3  # log odds, and what is added in trial areas in the second wave
ITEMS, REVERSED = ("q1", "q2", "q3", "q4", "q5"), "q3"
LOADING, THRESHOLDS, LEFT_BLANK = 0.7, (-1.3, -0.5, 0.3, 1.1), 0.02
MOOD = np.where(IN_SERVICE, -0.1, 0.0)
MOOD[[State.UNEMPLOYED, State.LAID_OFF]] = -0.3
MOOD[[State.WORK, State.SUBSIDISED, State.PART_TIME]] = 0.2


def survey(world: World, paths: Paths) -> pd.DataFrame:
    """Everyone asked in each wave (table `survey`), with the answers also of those who gave none.

    The frame of a wave is the adults registered at the end of the month before it. The chance of
    being asked is known and does not depend on the trial, though who is registered may.
    """
    waves = [world.start + wave for wave in WAVES]
    parts = [_wave(world, paths, now) for now in walk(world, paths) if now.t in waves]
    return pd.concat(parts, ignore_index=True)


def wellbeing(world: World, paths: Paths, now: Month) -> np.ndarray:
    """Wellbeing of everyone in a month, in standard deviations or so: what the items measure."""
    people, everyone = world.population, np.arange(world.streams.persons)
    own = world.streams.generator("wellbeing").standard_normal(len(everyone))
    moment = world.streams.generator("wellbeing", now.t).standard_normal(len(everyone))
    effect = world.effects_on(
        ("wellbeing",), now.client_area, everyone, now.t, now.elapsed, paths.trial
    )["wellbeing"]
    ill = 0.2 * (np.minimum(people.care_factor, 3) - 1)
    return 0.7 * own + 0.6 * moment - ill + MOOD[now.after] + effect


def _wave(world: World, paths: Paths, now: Month) -> pd.DataFrame:
    people, t = world.population, now.t
    age = people.age_months(t - 1)
    frame = REGISTERED[now.before] & (now.after < State.ABROAD)
    frame &= (age >= 18 * 12) & (age < 65 * 12)
    target = world.target_group(t - 1, paths.right[t - 1], now.elapsed)
    trial = world.area_of(t - 1) >= 0
    chance = ASKED[trial.astype(int), target.astype(int)] * min(1, WHOLE / world.settings.scale)
    at = np.flatnonzero(frame & (world.streams.uniform("survey", t) < chance))
    odds = RESPONSE + 0.25 * (age[at] / 120 - 4) + 0.3 * (people.sex[at] == 2)
    odds += -0.5 * (people.language[at] == 3) + TRIAL_AREA * (trial[at] & (t > world.start))
    answers = _answers(world, t, at, wellbeing(world, paths, now)[at])
    return pd.DataFrame(
        {
            "person": at.astype(np.int32),
            "wave": world.clock.dates(np.full(len(at), t), 1),
            "weight": np.round(1 / chance[at], 4),  # as reading keeps of numbers in text
            "responded": world.streams.uniform("response", t)[at] < 1 / (1 + np.exp(-odds)),
            **answers,
        }
    )


def _answers(world: World, t: int, at: np.ndarray, latent: np.ndarray) -> dict[str, np.ndarray]:
    """Answers of those asked: 1 to 5, 0 where an item is left blank."""
    answers = {}
    for item in ITEMS:
        own = world.streams.generator(f"answer {item}", t).standard_normal(world.streams.persons)
        felt = LOADING * latent + np.sqrt(1 - LOADING**2) * own[at]
        answer = 1 + np.searchsorted(THRESHOLDS, felt)
        answer = 6 - answer if item == REVERSED else answer
        blank = world.streams.uniform(f"blank {item}", t)[at] < LEFT_BLANK
        answers[item] = np.where(blank, 0, answer).astype(np.int8)
    return answers
