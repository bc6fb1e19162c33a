"""Which other numbers are hidden so that those which must be cannot be worked out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import LinearConstraint, milp

from kuntakokeilu.disclosure.engine.intervals import Cut, Knowledge, Ranges
from kuntakokeilu.disclosure.engine.system import Arrays, Label

ROUNDS = 200  # and one for each number: every round adds a cut that was not fulfilled
NODES = 20_000  # of the search: a limit of seconds would make results depend on the machine


class UnprotectableError(Exception):
    """A number is known too well whatever is hidden.

    Attributes
    ----------
    label : Label
        The number.
    """

    def __init__(self, label: Label) -> None:
        """Keep the number's name."""
        super().__init__()
        self.label = label


def hide(
    arrays: Arrays,
    known: Knowledge,
    must: np.ndarray,
    width: np.ndarray,
    cost: np.ndarray,
    follows: list[tuple[int, int]],
) -> np.ndarray:
    """Choose what is hidden at the least loss of information.

    Parameters
    ----------
    arrays : Arrays
        Variables and equations.
    known : Knowledge
        What is known of shown and of hidden numbers.
    must : ndarray of bool, shape (n,)
        Numbers that are hidden in any case.
    width : ndarray, shape (n,)
        How wide each number's range must be.
    cost : ndarray, shape (n,)
        What is lost if a number is hidden.
    follows : list of (int, int)
        If the first is hidden, the second is.

    Returns
    -------
    ndarray of bool, shape (n,)
        Hidden numbers: every range is as wide as it must be, which the last round has proved.

    Raises
    ------
    UnprotectableError
        A range stays too narrow whatever is hidden.

    Notes
    -----
    Cuts are gathered from ranges that are too narrow until a choice has none (Fischetti and
    Salazar-González, Management Science 2001). They hold whatever else is hidden, so most of them
    are found with choices that are quickly made; the cheapest is solved for when one of those is
    safe, and that one remains if the search for the cheapest does not end.
    """
    ranges = Ranges(arrays, known, width)
    cuts: list[Cut] = []

    def until_safe(choose: Callable[[], np.ndarray | None]) -> np.ndarray | None:
        for _ in range(ROUNDS + int(arrays.public.sum())):
            chosen = choose()
            if chosen is None:
                return None
            chosen = _closed(chosen, follows)
            found = ranges.plainly_narrow(~arrays.public | chosen)
            found = found or ranges.too_narrow(~arrays.public | chosen)
            if not found:
                return chosen & arrays.public
            for cut in found:
                if cut.weights.sum() < cut.lacks - 1e-9:
                    raise UnprotectableError(arrays.labels[cut.goal])
            cuts.extend(found)
        raise UnprotectableError(arrays.labels[cuts[-1].goal])

    chosen = must
    for choose in (
        lambda: _quickly(cuts, must, cost),
        lambda: _cheapest(cuts, must, cost, follows),
    ):
        found = until_safe(choose)
        chosen = chosen if found is None else found
    return chosen


def _cheapest(
    cuts: list[Cut], must: np.ndarray, cost: np.ndarray, follows: list[tuple[int, int]]
) -> np.ndarray | None:
    """Solve for the cheapest choice that fulfils all cuts; None if the search does not end."""
    if not cuts:
        return must
    weights = np.array([cut.weights for cut in cuts])
    used = np.flatnonzero((weights > 0).any(axis=0) | must)
    place = {int(j): at for at, j in enumerate(used)}
    pairs = [(place[a], place[b]) for a, b in follows if a in place and b in place]
    ties = np.zeros((len(pairs), len(used)))
    for line, (first, second) in enumerate(pairs):
        ties[line, second], ties[line, first] = 1.0, -1.0
    lines = np.vstack([weights[:, used], ties])
    floor = np.concatenate([[cut.lacks for cut in cuts], np.zeros(len(pairs))])
    # Of choices that cost the same the first in order: a little more for each later one.
    ranked = cost[used] * (1 + 1e-7 * np.arange(len(used)))
    found = milp(
        ranked,
        integrality=np.ones(len(used), dtype=int),
        bounds=(must[used].astype(float), 1.0),  # type: ignore[arg-type]
        constraints=LinearConstraint(lines, floor - 1e-9, np.inf),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if found.status != 0 or found.x is None:
        return None
    chosen = must.copy()
    chosen[used[found.x > 0.5]] = True
    return chosen


def _quickly(cuts: list[Cut], must: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Hide what helps most for its cost, one by one, until all cuts are fulfilled."""
    chosen = must.copy()
    if cuts:
        weights = np.array([cut.weights for cut in cuts])
        lacks = np.array([cut.lacks for cut in cuts]) - weights @ chosen
        while (open_ := lacks > 1e-9).any():
            helps = np.minimum(weights[open_], lacks[open_, None]).sum(axis=0) / cost
            best = int(np.argmax(np.where(chosen, -1.0, helps)))
            chosen[best] = True
            lacks -= weights[:, best]
    return chosen


def _closed(chosen: np.ndarray, follows: list[tuple[int, int]]) -> np.ndarray:
    """Add what follows from what is chosen."""
    closed = chosen.copy()
    for first, second in follows:
        closed[second] |= closed[first]
    return closed
