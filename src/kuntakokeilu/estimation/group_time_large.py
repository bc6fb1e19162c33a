"""Doubly robust group-time effects of very many units, in the memory of their outcomes.

The numbers are those of `callaway_santanna` with never treated controls, in a panel without gaps
whose weights stay the same, with units as clusters. There a matrix of units by cells holds what
each unit adds to each error; here a group is taken at a time. Its chances of treatment are fitted
once for all periods, its regressions of controls are one product, and of what its units add to the
error of an average only sums of squares and products are kept, since they belong to no other
group. What controls add is kept for each average.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation.doubly_robust import odds_of_treatment

KINDS = ("simple", "group", "calendar", "dynamic")


@dataclass(frozen=True)
class _Averages:
    """Averages of cells: a column for each, a row for each cell.

    Attributes
    ----------
    names : list of tuple
        Kind, and key (None: overall).
    shares : ndarray, shape (K, A)
        Weight of each cell in each average.
    """

    names: list[tuple[str, int | None]]
    shares: np.ndarray

    @classmethod
    def of(cls, cells: pd.DataFrame, sizes: np.ndarray) -> _Averages:
        """Weigh cells by the size of their group; overall ones as `callaway_santanna.aggregate`."""
        after = cells["since"].to_numpy() >= 0
        names: list[tuple[str, int | None]] = [("simple", None)]
        columns = [after * sizes / (after * sizes).sum()]
        for kind, column in (("group", "group"), ("calendar", "period"), ("dynamic", "since")):
            of = cells[column].to_numpy()
            kept = np.ones(len(cells), dtype=bool) if kind == "dynamic" else after
            keys = np.unique(of[kept])
            chosen = np.column_stack([sizes * (kept & (of == key)) for key in keys])
            each = chosen / chosen.sum(axis=0)
            alike = (keys >= 0) * 1.0 if kind == "dynamic" else np.ones(len(keys))
            if kind == "group":
                alike = np.array([sizes[of == key][0] for key in keys])
            names += [(kind, None), *((kind, int(key)) for key in keys)]
            columns += [each @ (alike / alike.sum()), *each.T]
        return cls(names, np.column_stack(columns))


def many_group_times(
    y: np.ndarray, first: np.ndarray, x: np.ndarray, w: np.ndarray | None = None
) -> pd.DataFrame:
    """Estimate doubly robust effects by group and period, and their averages.

    Each period before the start is compared with the one before it, as R's `did` does (Callaway &
    Sant'Anna 2021, Journal of Econometrics 225(2)).

    Parameters
    ----------
    y : ndarray, shape (N, T)
        Outcomes, none missing.
    first : ndarray of int, shape (N,)
        Place of the first treated period of each unit; -1 if it never is treated. Units treated
        in the first period are left out.
    x : ndarray, shape (N, k)
        Covariates of before, the first column a constant.
    w : ndarray, shape (N,), optional
        Weights above zero.

    Returns
    -------
    DataFrame
        kind (`effect`, or one of `KINDS`), group, period and since (places; missing where it is
        none of one), estimate, std_error: units are clusters, and shares of groups estimated.

    Raises
    ------
    InputError
        Outcomes are missing, nobody is never treated, nobody is treated after the first period, or
        covariates leave a group no comparison.
    """
    w = np.ones(len(y)) if w is None else w
    groups = [int(g) for g in np.unique(first) if g > 0]
    free = np.flatnonzero(first < 0)
    if not groups or not len(free) or not np.isfinite(y).all():
        raise InputError(
            "group-time effects: expected outcomes without gaps, units that are never treated (-1) "
            "and units treated after the first period"
        )
    periods = y.shape[1]
    cells = pd.DataFrame(
        [(g, t, t - g) for g in groups for t in range(1, periods)],
        columns=["group", "period", "since"],
    )
    size = {g: float(w[first == g].sum()) for g in groups}
    averages = _Averages.of(cells, cells["group"].map(size).to_numpy(float))
    shares = averages.shares.reshape(len(groups), periods - 1, -1)
    of_controls = np.zeros((shares.shape[2], len(free)))
    controls = _Arm(np.ascontiguousarray(y[free].T), x[free], w[free])
    estimates, squares, kept = [], [], []
    for group, share in zip(groups, shares, strict=True):
        own = np.flatnonzero(first == group)
        treated = _Arm(np.ascontiguousarray(y[own].T), x[own], w[own])
        of_own = np.zeros((shares.shape[2], len(own)))
        for (effect, mine, theirs), counts in zip(
            _effects(treated, controls, group), share, strict=True
        ):
            estimates.append(effect)
            squares.append(mine @ mine + theirs @ theirs)
            for average in np.flatnonzero(counts):
                of_own[average] += counts[average] * mine
                of_controls[average] += counts[average] * theirs
        v = treated.w
        kept.append((np.einsum("an,an->a", of_own, of_own), of_own @ v, float(v @ v)))
    att = np.array(estimates)
    values = att @ averages.shares
    moved = _of_sizes(cells, att, values, averages, size)
    variance = np.einsum("an,an->a", of_controls, of_controls)
    for (square, product, total), c in zip(kept, moved, strict=True):
        variance += square + 2 * c * product + c**2 * total
    return _table(cells, att, np.sqrt(squares), averages, values, variance**0.5)


@dataclass(frozen=True)
class _Arm:
    """Units of one group, or those never treated.

    Attributes
    ----------
    y : ndarray, shape (T, n)
    x : ndarray, shape (n, k)
    w : ndarray, shape (n,)
    """

    y: np.ndarray
    x: np.ndarray
    w: np.ndarray


def _effects(
    treated: _Arm, controls: _Arm, group: int
) -> Iterator[tuple[float, np.ndarray, np.ndarray]]:
    """Give effect, and influence of both arms, of one group in each period from the second on.

    They are those of `doubly_robust.two_periods`, a period at a time, so that no matrix of units by
    periods is made.
    """
    n = len(treated.w)
    z = np.concatenate([treated.x, controls.x])
    odds, score = np.ones(len(z)), None
    if z.shape[1] > 1:
        d = np.repeat([1.0, 0.0], [n, len(controls.w)])
        chances = odds_of_treatment(d, np.concatenate([treated.w, controls.w]), z)
        if chances is None:
            raise InputError(
                f"group-time effects: covariates tell the group that starts at {group} from its "
                "controls, or are collinear"
            )
        odds, score = chances
    one, other = treated.w / treated.w.sum(), controls.w * odds[n:]
    other = other / other.sum()
    weighted = controls.x * controls.w[:, None]
    inverse = np.linalg.inv(weighted.T @ controls.x)
    by_odds, mean_x = controls.x * other[:, None], other @ controls.x
    # what a control's residual adds by itself, and by the regression that it is in
    counts = other + controls.w * (controls.x @ (inverse @ (one @ treated.x - mean_x)))
    for at in range(1, len(treated.y)):
        base = min(at, group) - 1
        change = controls.y[at] - controls.y[base]
        line = inverse @ (change @ weighted)
        left = change - controls.x @ line
        own = treated.y[at] - treated.y[base] - treated.x @ line
        means = float(one @ own), float(other @ left)
        mine, theirs = one * (own - means[0]), other * means[1] - counts * left
        if score is not None:
            by_chance = left @ by_odds - means[1] * mean_x
            mine, theirs = mine - score[:n] @ by_chance, theirs - score[n:] @ by_chance
        yield means[0] - means[1], mine, theirs


def _of_sizes(
    cells: pd.DataFrame,
    att: np.ndarray,
    values: np.ndarray,
    averages: _Averages,
    size: dict[int, float],
) -> np.ndarray:
    """What a unit's weight adds to each average by moving shares, shape (groups, A)."""
    groups = cells["group"].to_numpy()
    after = cells["since"].to_numpy() >= 0
    found = np.zeros((len(size), len(values)))
    columns: dict[str, list[int]] = {}
    for place, (kind, key) in enumerate(averages.names):
        columns.setdefault(kind, []).append(place)
        chosen = averages.shares[:, place] > 0
        if key is None and kind != "simple":
            continue
        total = sum(size[int(g)] for g in groups[chosen])
        for at, g in enumerate(size):
            mine = chosen & (groups == g)
            found[at, place] = (att[mine] - values[place]).sum() / total
    for kind in ("calendar", "dynamic"):
        overall, *each = columns[kind]
        counted = [at for at in each if kind == "calendar" or (averages.names[at][1] or 0) >= 0]
        found[:, overall] = found[:, counted].mean(axis=1)
    by_group = [
        place for place in columns["group"][1:] if after[averages.shares[:, place] > 0].any()
    ]
    overall = columns["group"][0]
    found[:, overall] = (values[by_group] - values[overall]) / sum(size.values())
    return found


def _table(
    cells: pd.DataFrame,
    att: np.ndarray,
    errors: np.ndarray,
    averages: _Averages,
    values: np.ndarray,
    std_errors: np.ndarray,
) -> pd.DataFrame:
    effects = cells.assign(kind="effect", estimate=att, std_error=errors)
    column = {"group": "group", "calendar": "period", "dynamic": "since"}
    rows = [
        {"kind": kind} | ({} if key is None else {column[kind]: key})
        for kind, key in averages.names
    ]
    table = pd.DataFrame(rows).assign(estimate=values, std_error=std_errors)
    table = pd.concat([effects, table], ignore_index=True)
    places = {name: "Int64" for name in ("group", "period", "since")}
    return table[["kind", *places, "estimate", "std_error"]].astype(places)
