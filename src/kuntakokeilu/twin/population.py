"""The persons of the twin: fixed traits, and events that do not depend on the trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from kuntakokeilu.twin.clock import BURN_IN, MONTHS
from kuntakokeilu.twin.places import Places
from kuntakokeilu.twin.streams import Streams

NEVER = np.int16(MONTHS)
# ASSUME: shares and rates below are round numbers near those of unemployed job seekers (table
# 12r5, June 2026: 15 % foreign citizens, 12 % with a recorded limitation, 26-45 % in a fund).
FOREIGN_LANGUAGE = (0.08, 0.26)  # smallest and largest municipalities
FUND_MEMBER = 0.75
LIMITED = 0.10
MOVES_PER_YEAR = {30: 0.12, 45: 0.05, 200: 0.025}  # below the age
SAME_REGION = 0.6


@dataclass(frozen=True)
class Population:
    """Persons, one element each; months count from month 0 of the twin.

    Attributes
    ----------
    birth : ndarray of int16
        Month of birth (negative).
    sex : ndarray of int8
        1 male, 2 female.
    language : ndarray of int8
        1 Finnish, 2 Swedish, 3 other.
    finnish : ndarray of bool
        Finnish citizen.
    education : ndarray of int8
        Level of degree 3 to 8; 0 basic education only.
    fund_from, fund_to : ndarray of int16
        First month in an unemployment fund and first month out of it.
    limited_from : ndarray of int16
        Month from which a limitation of work ability is on record; NEVER.
    home : ndarray of int16
        Municipality (position in Places) in month 0.
    moved, home_after, moved_again, home_last : ndarray of int16
        Months of up to two moves (NEVER) and the municipalities after them.
    death, emigration : ndarray of int16
        Month; NEVER.
    career : ndarray of int16
        Months in work before the burn-in.
    job_factor, entry_factor, care_factor : ndarray of float32
        Frailties of mean 1 or so: finding work, losing it, use of care.
    wage : ndarray of int32
        Full-time wage of a month at the level of 2021, cents.
    prior_lms : ndarray of int16
        Days of labour market subsidy paid on the basis of unemployment before the burn-in.
    complier : ndarray of bool
        Would be served by the trial when eligible; others stay with the state office.
    """

    birth: np.ndarray
    sex: np.ndarray
    language: np.ndarray
    finnish: np.ndarray
    education: np.ndarray
    fund_from: np.ndarray
    fund_to: np.ndarray
    limited_from: np.ndarray
    home: np.ndarray
    moved: np.ndarray
    home_after: np.ndarray
    moved_again: np.ndarray
    home_last: np.ndarray
    death: np.ndarray
    emigration: np.ndarray
    career: np.ndarray
    job_factor: np.ndarray
    entry_factor: np.ndarray
    care_factor: np.ndarray
    wage: np.ndarray
    prior_lms: np.ndarray
    complier: np.ndarray

    @property
    def foreign(self) -> np.ndarray:
        """Foreign-language speaker or not a Finnish citizen: one of the grounds of eligibility."""
        return (self.language == 3) | ~self.finnish

    def residence(self, t: int) -> np.ndarray:
        """Municipality at the end of month t."""
        now = np.where(t >= self.moved, self.home_after, self.home)
        return np.where(t >= self.moved_again, self.home_last, now)

    def age_months(self, t: int) -> np.ndarray:
        """Completed months of age at the end of month t."""
        return (t - self.birth).astype(np.int16)

    def part(self, chosen: slice | np.ndarray) -> Population:
        """Return some of the persons."""
        return Population(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


def draw_population(places: Places, streams: Streams) -> Population:
    """Draw the persons; the size of a municipality is its number of unemployed job seekers.

    Composition differs between municipalities in language only, so that the paths of trial and
    other municipalities are parallel when no switch is on.
    """
    u, n = streams.uniform, streams.persons
    share = places.size / places.size.sum()
    home = np.searchsorted(np.cumsum(share), u("home") * 0.9999999).astype(np.int16)
    home = np.minimum(home, len(share) - 1).astype(np.int16)
    birth = _births(u("birth"))
    age = -birth / 12.0  # in month 0
    large = np.clip(np.log(places.size[home] / 100) / np.log(300), 0, 1)
    foreign = u("language") < FOREIGN_LANGUAGE[0] + large * np.diff(FOREIGN_LANGUAGE)[0]
    language = np.where(foreign, 3, np.where(u("swedish") < 0.05, 2, 1)).astype(np.int8)
    finnish = np.where(foreign, u("citizen") < 0.35, u("citizen") < 0.99)
    sex = np.where(u("sex") < 0.46, 2, 1).astype(np.int8)
    levels = np.array([0, 3, 4, 5, 6, 7, 8], np.int8)
    education = levels[np.searchsorted([0.27, 0.72, 0.74, 0.81, 0.91, 0.99], u("education"))]
    limited = np.where(u("limited") < LIMITED * (1 + (age > 50)), 1, 0)
    limited_from = np.where(limited, u("limited_month") * 150 - 100, NEVER).astype(np.int16)
    job = streams.generator("job_factor").gamma(4.0, 0.25, n)  # coefficient of variation 0.5
    job *= np.select([age < 30, age < 50, age < 55], [1.15, 1.0, 0.8], 0.55)
    job *= np.select([education == 0, education < 6], [0.8, 1.0], 1.2)
    job *= np.where(foreign, 0.85, 1.0) * np.where(limited, 0.6, 1.0)
    entry = streams.generator("entry_factor").gamma(1.8, 1 / 1.8, n)
    wage = 245_000 * np.exp(0.28 * _normal(streams, "wage") - 0.04)
    wage *= np.select([education == 0, education < 6, education == 6], [0.9, 1.0, 1.2], 1.5)
    career = np.clip((age - 20) * 12, 0, 360) * u("career") ** 0.7
    fund_from, fund_to = _membership(u, age, foreign)
    moves = _moves(places, streams, birth, home)
    return Population(
        birth=birth,
        sex=sex,
        language=language,
        finnish=finnish,
        education=education,
        fund_from=fund_from,
        fund_to=fund_to,
        limited_from=limited_from,
        home=home,
        **moves,
        death=_event(u("death"), 0.0012 * np.exp(0.07 * (age - 30))),
        emigration=_event(u("emigration"), np.where(finnish, 0.002, 0.01)),
        career=career.astype(np.int16),
        job_factor=job.astype(np.float32),
        entry_factor=entry.astype(np.float32),
        care_factor=streams.generator("care_factor").gamma(1.2, 1 / 1.2, n).astype(np.float32),
        wage=wage.astype(np.int32),
        prior_lms=(
            np.maximum(u("prior_lms") * 1.6 - 0.9, 0) * 1800 * np.clip(age / 40, 0, 1)
        ).astype(np.int16),
        complier=u("complier") < 0.97,
    )


def _births(u: np.ndarray) -> np.ndarray:
    """Draw months of birth: from 62 years old to 10 in month 0, the young more often."""
    age = 62 - 52 * u**0.9
    return np.floor(-age * 12).astype(np.int16)


def _normal(streams: Streams, purpose: str) -> np.ndarray:
    return streams.generator(purpose).standard_normal(streams.persons, dtype=np.float32)


def _event(u: np.ndarray, per_year: np.ndarray) -> np.ndarray:
    """Turn a uniform into the month of an event of constant yearly rate, or NEVER."""
    at = -np.log1p(-u.astype(float)) / per_year * 12
    return np.where(at < MONTHS, np.floor(at), NEVER).astype(np.int16)


def _membership(
    u: Callable[[str], np.ndarray], age: np.ndarray, foreign: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the months in an unemployment fund; some join or leave in the course of the years."""
    likely = FUND_MEMBER * np.clip((age - 16) / 14, 0.25, 1.2) * np.where(foreign, 0.6, 1)
    member, change, when = u("fund") < likely, u("fund_change"), u("fund_month")
    at = np.floor(when * MONTHS).astype(np.int16)
    early = np.int16(-BURN_IN - 120)
    joined = np.where(member, early, np.where(change < 0.10, at, NEVER))
    left = np.where(member & (change > 0.96), at, NEVER)
    return joined.astype(np.int16), left.astype(np.int16)


def _moves(
    places: Places, streams: Streams, birth: np.ndarray, home: np.ndarray
) -> dict[str, np.ndarray]:
    """Draw up to two moves; within the region more often, else to anywhere by size."""
    age = np.clip(-birth / 12.0 + 4, 16, None)  # in the middle of the years
    rate = np.select([age < limit for limit in MOVES_PER_YEAR], list(MOVES_PER_YEAR.values()))
    u = streams.uniform
    first = _event(u("move"), rate)
    again = _event(u("move_again"), rate) + first + 1
    after = _destination(places, home, u("move_near"), u("move_to"))
    last = _destination(places, after, u("move_near_again"), u("move_to_again"))
    # A move to where one lives is none.
    first = np.where(after == home, NEVER, first)
    again = np.where((last == after) | (first == NEVER), NEVER, np.minimum(again, NEVER))
    return {
        "moved": first.astype(np.int16),
        "home_after": after,
        "moved_again": again.astype(np.int16),
        "home_last": last,
    }


def _destination(
    places: Places, origin: np.ndarray, near: np.ndarray, to: np.ndarray
) -> np.ndarray:
    """Draw a municipality by size, in the region of origin or anywhere."""
    order = np.argsort(places.region, kind="stable")
    cumulative = np.concatenate([[0.0], np.cumsum(places.size[order])])
    low, high = np.zeros(len(order)), np.full(len(order), cumulative[-1])
    for region in np.unique(places.region):
        at = np.flatnonzero(places.region[order] == region)
        low[order[at]], high[order[at]] = cumulative[at[0]], cumulative[at[-1] + 1]
    within = near < SAME_REGION
    start = np.where(within, low[origin], 0.0)
    end = np.where(within, high[origin], cumulative[-1])
    point = start + to.astype(float) * (end - start)
    position = np.searchsorted(cumulative, point, side="right") - 1
    return order[np.clip(position, 0, len(order) - 1)].astype(np.int16)
