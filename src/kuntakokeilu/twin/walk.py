"""Walking through a finished world month by month, for what happens within months."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from kuntakokeilu.twin.clock import MONTHS
from kuntakokeilu.twin.dynamics import Paths
from kuntakokeilu.twin.states import REGISTERED
from kuntakokeilu.twin.world import World


@dataclass(frozen=True)
class Month:
    """One month of one world, one element per person.

    Attributes
    ----------
    t : int
        Month.
    before, after : ndarray of int8
        States at the end of the month before and of this one.
    day : ndarray of int8
        First day of the state `after` where it differs from `before`.
    length : int
        Days in the month.
    elapsed : ndarray of int16
        Completed months of job search; of meaning where registered at the end.
    client_area : ndarray of int16
        Trial area that served the person at the end of this month or the one before, -1 for none.
    """

    t: int
    before: np.ndarray
    after: np.ndarray
    day: np.ndarray
    length: int
    elapsed: np.ndarray
    client_area: np.ndarray

    @property
    def registered(self) -> np.ndarray:
        """Registered throughout the month."""
        return REGISTERED[self.before] & REGISTERED[self.after]

    @property
    def new(self) -> np.ndarray:
        """Registered in the course of the month."""
        return ~REGISTERED[self.before] & REGISTERED[self.after]


Months = Iterable[Month]


def walk(world: World, paths: Paths, months: Months | None = None) -> Iterator[Month]:
    """Yield the months in order; those of another walk through the same world, if there is one."""
    if months is not None:
        yield from months
        return
    before, since = paths.state_before, paths.registered_before.copy()
    served = np.zeros(world.streams.persons, bool)
    for t in range(MONTHS):
        after, length = paths.state[t], int(world.clock.days_in(t))
        since[~REGISTERED[before] & REGISTERED[after]] = t
        client = paths.client[t] | served
        yield Month(
            t=t,
            before=before,
            after=after,
            day=world.streams.day("day", t, length),
            length=length,
            elapsed=(t - since).astype(np.int16),
            client_area=np.where(client, world.area_of(t), -1).astype(np.int16),
        )
        before, served = after, paths.client[t]
