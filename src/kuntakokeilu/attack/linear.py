"""Hidden counts as linear programmes: how little and how much each may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from kuntakokeilu.errors import InputError

Equation = Mapping[str, float]
_MOST = 1e9  # no count is larger


def ranges(
    equations: Sequence[Equation],
    known: Mapping[str, tuple[float, float]],
    wanted: Iterable[str],
) -> dict[str, tuple[float, float]]:
    """Bound unknown counts by what is known of others.

    Parameters
    ----------
    equations : sequence of mapping of str to float
        Coefficients of counts, whose products add up to zero.
    known : mapping of str to (float, float)
        Least and largest value of the counts that are shown. All others are not negative.
    wanted : iterable of str
        Counts whose range is asked for.

    Returns
    -------
    dict of str to (float, float)
        Range of each; infinite if nothing bounds it.

    Raises
    ------
    InputError
        The solver gives no answer: then nobody can say that it is safe.

    Examples
    --------
    >>> ranges([{"all": -1, "a": 1, "b": 1}], {"all": (12, 12), "a": (9, 9)}, ["b"])
    {'b': (3.0, 3.0)}
    """
    found: dict[str, tuple[float, float]] = {}
    for part in _apart(equations, known):
        mine = [name for name in wanted if name in part[1]]
        if mine:
            found |= _bounded(part[0], sorted(part[1]), known, mine)
    return found | {name: known.get(name, (0.0, np.inf)) for name in wanted if name not in found}


def _apart(
    equations: Sequence[Equation], known: Mapping[str, tuple[float, float]]
) -> list[tuple[list[Equation], set[str]]]:
    """Part the equations into those that share no count that is not exactly known."""
    parts: list[tuple[list[Equation], set[str]]] = []
    for equation in equations:
        names = {n for n in equation if n not in known or known[n][0] != known[n][1]}
        lines, joined = [equation], set(names)
        apart = []
        for part in parts:
            if part[1].isdisjoint(names):
                apart.append(part)
            else:
                lines, joined = lines + part[0], joined | part[1]
        parts = [*apart, (lines, joined)]
    return parts


def _bounded(
    equations: list[Equation],
    names: list[str],
    known: Mapping[str, tuple[float, float]],
    wanted: list[str],
) -> dict[str, tuple[float, float]]:
    place = {name: at for at, name in enumerate(names)}
    matrix, right = np.zeros((len(equations), len(names))), np.zeros(len(equations))
    for line, equation in enumerate(equations):
        for name, coefficient in equation.items():
            if name in place:
                matrix[line, place[name]] += coefficient
            else:
                right[line] -= coefficient * known[name][0]
    bounds = [known.get(name, (0.0, _MOST)) for name in names]
    # Each end of each range has unknowns of its own: one programme for all.
    ends = 2 * len(wanted)
    aim = np.zeros((ends, len(names)))
    for at, name in enumerate(wanted):
        aim[2 * at, place[name]], aim[2 * at + 1, place[name]] = 1.0, -1.0
    many: Any = bounds * ends
    from scipy import sparse  # seconds, which a plan of a run does not need
    from scipy.optimize import linprog

    copies: Any = sparse.kron(sparse.eye(ends), sparse.csr_matrix(matrix))
    solved = linprog(
        aim.ravel(),
        A_eq=copies,
        b_eq=np.tile(right, ends),
        bounds=many,
        method="highs",
    )
    if solved.status != 0 or solved.x is None:
        raise InputError("attack: the solver gives no answer; expected shown counts that fit")
    least = (np.abs(aim) * solved.x.reshape(aim.shape)).sum(axis=1).round(6) + 0.0
    least[least >= _MOST] = np.inf
    ends_of = least.reshape(-1, 2).tolist()
    return {name: (low, high) for name, (low, high) in zip(wanted, ends_of, strict=True)}
