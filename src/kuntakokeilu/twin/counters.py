"""Statutory day counters of unemployment benefits, advanced month by month.

Law: Unemployment Security Act 1290/2002, chapters 5 to 7. A payment period is a calendar month
here. Days are weekdays.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np

from kuntakokeilu.twin.population import Population
from kuntakokeilu.twin.states import GROUND, REGISTERED, State

NONE, BASIC, EARNINGS = 0, 1, 2
# ASSUME: months of work for the work condition (26 weeks; 12 months from 2024-09 is left out).
WORK_CONDITION = 6
# ASSUME: five waiting days at a new allowance, none for the labour market subsidy.
WAITING_DAYS = 5
SANCTIONED = 0.02  # ASSUME: share of months without payment


@dataclass(frozen=True)
class Paid:
    """Days paid in one month, one element per person who is paid for any.

    Attributes
    ----------
    person : ndarray of int
        Position of the person.
    kind : ndarray of int8
        BASIC or EARNINGS: the allowance of `allowance`.
    allowance, subsidy : ndarray of int16, shape (n, 3)
        Days of the allowance and of labour market subsidy, by ground: unemployment, adjusted,
        service.
    allowance_counter, subsidy_counter : ndarray of int16
        Days of the running maximum, and unemployment-paid days of labour market subsidy, counted
        before the month. A counter that restarts within the month is 0.
    """

    person: np.ndarray
    kind: np.ndarray
    allowance: np.ndarray
    subsidy: np.ndarray
    allowance_counter: np.ndarray
    subsidy_counter: np.ndarray


class Counters:
    """The counters of all persons.

    Attributes
    ----------
    kind : ndarray of int8
        Allowance last granted.
    left, maximum : ndarray of int16
        Days left of it, and granted: 300 with a career under three years, else 400, 500 from 58.
    subsidy : ndarray of int16
        Days of labour market subsidy paid on the basis of unemployment (also adjusted); service
        days do not count. Back to 0 when an allowance granted after new work is used up.
    work_months : ndarray of float32
        Months of work since the last grant.
    """

    def __init__(self, population: Population, state: np.ndarray) -> None:
        n = len(state)
        self.population = population
        self.kind = np.zeros(n, np.int8)
        self.left = np.zeros(n, np.int16)
        self.maximum = np.zeros(n, np.int16)
        self.subsidy = population.prior_lms.copy()
        self.work_months = np.minimum(population.career, 120).astype(np.float32)
        self.career = population.career.astype(np.float32)
        self.member = np.zeros(n, bool)
        # ASSUME: job seekers at the start of the burn-in have a quarter of an allowance left, if
        # they have worked for five years.
        had = REGISTERED[state] & (population.career >= 60)
        self.work_months[REGISTERED[state]] = 0
        self._set_member(-1000)
        self.kind[had] = np.where(self.member[had], EARNINGS, BASIC)
        self.maximum[had], self.left[had] = 400, 100

    def copy(self) -> Counters:
        """Return counters that can be advanced apart from these."""
        other = copy(self)
        for name in ("kind", "left", "maximum", "subsidy", "work_months", "career", "member"):
            setattr(other, name, getattr(self, name).copy())
        return other

    def _set_member(self, t: int) -> None:
        people = self.population
        np.logical_and(people.fund_from <= max(t, -100), people.fund_to > t, out=self.member)

    def right(self) -> np.ndarray:
        """Allowance that a person has, or would have if unemployed now: NONE, BASIC, EARNINGS."""
        running, worked = self.left > 0, self.work_months >= WORK_CONDITION
        earnings = (running & (self.kind == EARNINGS)) | (worked & self.member)
        basic = (running & (self.kind == BASIC)) | worked
        return np.where(earnings, EARNINGS, np.where(basic, BASIC, NONE)).astype(np.int8)

    def advance(
        self,
        t: int,
        before: np.ndarray,
        after: np.ndarray,
        day: np.ndarray,
        sanction: np.ndarray,
        weekdays: np.ndarray,
    ) -> Paid:
        """Grant allowances, pay the days of month t and move the counters.

        Parameters
        ----------
        t : int
            Month.
        before, after : ndarray of int8
            States at the end of the month before and of this one.
        day : ndarray of int8
            First day of the new state where they differ.
        sanction : ndarray of float32
            Uniforms; below SANCTIONED nothing is paid.
        weekdays : ndarray of int16, shape (33,)
            `Clock.weekdays_from`.
        """
        self._set_member(t)
        new = self._grant(t, before, after)
        payable = (GROUND[before] > 0) | (GROUND[after] > 0)
        at = np.flatnonzero(payable)
        age = self.population.age_months(t)[at]
        at = at[(age >= 18 * 12) & (age < 65 * 12) & (sanction[at] >= SANCTIONED)]
        changed = before[at] != after[at]
        rest = weekdays[day[at]]
        first = np.where(changed, weekdays[1] - rest, 0)
        last = np.where(changed, np.maximum(rest - WAITING_DAYS * new[at], 0), weekdays[1])
        paid = self._pay(at, GROUND[before[at]], first, GROUND[after[at]], last)
        self.work_months += np.where(after == State.SUBSIDISED, 0.75, 0) + (after == State.WORK)
        self.career += after == State.WORK
        return paid

    def _grant(self, t: int, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Grant an allowance to those who register after enough work; return who."""
        new = ~REGISTERED[before] & REGISTERED[after] & (self.work_months >= WORK_CONDITION)
        at = np.flatnonzero(new)
        self.kind[at] = np.where(self.member[at], EARNINGS, BASIC)
        old = self.population.age_months(t)[at] >= 58 * 12
        self.maximum[at] = np.where(old, 500, np.where(self.career[at] < 36, 300, 400))
        self.left[at] = self.maximum[at]
        self.work_months[at] = 0
        return new

    def _pay(
        self,
        at: np.ndarray,
        ground1: np.ndarray,
        days1: np.ndarray,
        ground2: np.ndarray,
        days2: np.ndarray,
    ) -> Paid:
        """Pay two stretches of days, the allowance first and then labour market subsidy."""
        rows = np.arange(len(at))
        allowance = np.zeros((len(at), 3), np.int16)
        subsidy = np.zeros((len(at), 3), np.int16)
        left, counter = self.left[at], self.subsidy[at]
        used, counted = self.maximum[at] - left, counter.copy()
        for ground, stretch in ((ground1, days1), (ground2, days2)):
            days = np.where(ground > 0, stretch, 0).astype(np.int16)
            column = np.maximum(ground - 1, 0)
            from_allowance = np.minimum(days, left)
            left = left - from_allowance
            allowance[rows, column] += from_allowance
            subsidy[rows, column] += days - from_allowance
            restart = (from_allowance > 0) & (left == 0)
            counted, counter = np.where(restart, 0, counted), np.where(restart, 0, counter)
            counter = counter + np.where(ground < 3, days - from_allowance, 0)
        self.left[at], self.subsidy[at] = left, counter
        some = (allowance.sum(1) + subsidy.sum(1)) > 0
        return Paid(
            person=at[some],
            kind=self.kind[at][some],
            allowance=allowance[some],
            subsidy=subsidy[some],
            allowance_counter=used[some].astype(np.int16),
            subsidy_counter=counted[some].astype(np.int16),
        )
