"""Tests from how areas were chosen: treatments re-drawn over whole areas, with t as statistic.

Areas are re-drawn among all, within bands of size, or among those that applied. The statistic is
the t of CR1 by area: an estimate would be compared with estimates of other variance where areas
differ in size (Young 2019, Quarterly Journal of Economics 134(2); MacKinnon & Webb 2020, Journal
of Econometrics 218(2)). What is not re-drawn keeps the treatment that it has.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from kuntakokeilu.estimation.permutation import starts_of
from kuntakokeilu.estimation.remember import remembered
from kuntakokeilu.estimation.studentised import OfDeals

# In this order in the rows of an estimate.
REDRAWN = (
    "permutation_t_area",
    "assignment_size_bands",
    "assignment_size_bands_matched",
    "assignment_applicants",
)
FEWEST = 20  # assignments without which no p-value can be 5 %
_CHUNK = 1000
_TIE = 1e-9
_BandsOf = Callable[[tuple[str, ...], np.ndarray], np.ndarray]  # names and labels to bands


@dataclass(frozen=True)
class Redrawing:
    """Who is re-drawn among whom.

    Attributes
    ----------
    groups : Series, shape (rows,)
        What is dealt a start together, by row of a sample; each lies within one cluster.
    names : tuple of str
        The groups, in the order in which they first appear.
    labels : tuple of int
        Number of the start (0, 1, ...) of each group, -1 for never.
    bands : tuple of int
        Groups of one number are re-drawn among each other; -1 for those that stay as they are.
    fixed : tuple of str
        Names of those that stay because none of another arm is in their band, treated ones first.
    reason : str
        ok, or why nothing is re-drawn.
    """

    groups: pd.Series = field(compare=False)
    names: tuple[str, ...]
    labels: tuple[int, ...]
    bands: tuple[int, ...]
    fixed: tuple[str, ...] = ()
    reason: str = "ok"

    @property
    def n_dealt(self) -> int:
        """Groups that are re-drawn."""
        return sum(band >= 0 for band in self.bands)

    @property
    def n_treated(self) -> int:
        """Of these, treated ones."""
        pairs = zip(self.bands, self.labels, strict=True)
        return sum(band >= 0 and label >= 0 for band, label in pairs)

    @property
    def fixed_treated(self) -> tuple[str, ...]:
        """Treated groups that stay as they are."""
        treated = {n for n, label in zip(self.names, self.labels, strict=True) if label >= 0}
        return tuple(name for name in self.fixed if name in treated)

    @property
    def n_bands(self) -> int:
        """Bands in which something is re-drawn."""
        return len({band for band in self.bands if band >= 0})

    @property
    def assignments(self) -> float:
        """Different assignments that there are, the observed one among them."""
        labels, bands = np.array(self.labels), np.array(self.bands)
        return _as_float(math.prod(_deals(labels[bands == b]) for b in set(self.bands) - {-1}))


def assignments_of(labels: Iterable[object]) -> float:
    """Count the different ways to deal labels over as many groups.

    Examples
    --------
    >>> assignments_of(["2021", "2021", "", ""])
    6.0
    """
    return _as_float(_deals(np.array([str(each) for each in labels])))


def _deals(labels: np.ndarray) -> int:
    left, total = len(labels), 1
    for n in np.unique(labels, return_counts=True)[1].tolist():
        total *= math.comb(left, n)
        left -= n
    return total


def _as_float(count: int) -> float:
    return float(min(count, int(sys.float_info.max)))


def whole_areas(frame: pd.DataFrame) -> Redrawing:
    """Re-draw starts over all clusters of a sample.

    Parameters
    ----------
    frame : DataFrame
        A sample: unit, cluster and first_treated.

    Returns
    -------
    Redrawing
        Reasons: `mixed_starts`, a cluster holds units with different starts; `one_cluster`, an arm
        has one cluster, whose variance no t can tell; `few_assignments`, fewer than 20 are there.
    """
    return _over(frame, frame["cluster"], lambda names, labels: np.zeros(len(names), dtype=int))


def within_size_bands(frame: pd.DataFrame, edges: Sequence[float] = ()) -> Redrawing:
    """Re-draw starts over clusters within bands of their size before the start.

    Parameters
    ----------
    frame : DataFrame
        A sample, with `weight_frozen`, the persons of each unit before the start.
    edges : sequence of float
        Sizes at which a band ends; by default bands halve from the largest untreated area down,
        and one band holds all that is larger.

    Returns
    -------
    Redrawing
        Clusters in a band without another arm stay as they are and are listed in `fixed`. Reasons
        besides those of `whole_areas`: `no_sizes`, sizes are not known; `no_band`, no band
        holds both arms.
    """
    sizes = sizes_of(frame, frame["cluster"])
    if sizes is None:
        return _none(frame, frame["cluster"], "no_sizes")
    return _over(frame, frame["cluster"], lambda names, labels: size_bands(sizes, labels, edges))


def among_applicants(frame: pd.DataFrame, applicants: Sequence[str]) -> Redrawing:
    """Re-draw starts among those that applied: those chosen, and those refused or withdrawn.

    Parameters
    ----------
    frame : DataFrame
        A sample.
    applicants : sequence of str
        Units that applied and were not treated. Those of one cluster are taken for one applicant.

    Returns
    -------
    Redrawing
        All other units are untreated in every deal. Reasons besides those of `whole_areas`:
        `no_applicants`, none is named or compared.
    """
    # ASSUME: applicants of one sub-region applied together; the lists of applications name
    # municipalities only.
    applied = frame["unit"].isin(applicants) & ~frame["trial"]
    groups = frame["cluster"].astype(str).where(~applied, frame["cluster"].astype(str) + " *")
    if not applied.any():
        return _none(frame, groups, "no_applicants")
    there = set(groups[applied | frame["trial"]])
    return _over(
        frame, groups, lambda names, labels: np.array([0 if n in there else -1 for n in names])
    )


def matched_again(frame: pd.DataFrame, redrawing: Redrawing) -> Redrawing:
    """Re-draw within the same bands in a sample of what `without_fixed` leaves."""
    bands = dict(zip(redrawing.names, redrawing.bands, strict=True))
    return _over(frame, frame["cluster"], lambda names, _: np.array([bands[n] for n in names]))


def size_bands(sizes: np.ndarray, labels: np.ndarray, edges: Sequence[float] = ()) -> np.ndarray:
    """Number the band of each group by size.

    Parameters
    ----------
    sizes : ndarray, shape (groups,)
        Persons before the start, positive.
    labels : ndarray of int, shape (groups,)
        Number of the start, -1 for never.
    edges : sequence of float
        See `within_size_bands`.

    Returns
    -------
    ndarray of int, shape (groups,)
        0, 1, ... from the smallest band up, whoever is in it.

    Examples
    --------
    >>> size_bands(np.array([900.0, 400.0, 300.0, 90.0]), np.array([0, -1, 0, -1])).tolist()
    [3, 2, 2, 0]
    """
    # ASSUME: bands halve from the largest untreated group down, so that those of one band differ
    # at most twofold; what is larger than any untreated group has none to be compared with.
    if not len(edges):
        largest = float(sizes[labels < 0].max(initial=sizes.min()))
        halvings = max(math.ceil(math.log2(largest / sizes.min())), 1)
        edges = [largest * 2.0**-k for k in range(halvings)]
    return np.searchsorted(np.sort(np.array(edges, float)), sizes, side="left")


def sizes_of(frame: pd.DataFrame, groups: pd.Series) -> np.ndarray | None:
    """Add up the persons before the start of each group, as they appear; None if unknown."""
    units = frame.drop_duplicates("unit")
    if "weight_frozen" not in units or not (units["weight_frozen"] > 0).all():
        return None
    codes, names = pd.factorize(groups[units.index])
    return np.bincount(codes, units["weight_frozen"].to_numpy(float), len(names))


def deals_of(redrawing: Redrawing, draws: int, seed: int) -> list[np.ndarray]:
    """Re-draw the labels of groups within their bands.

    Parameters
    ----------
    redrawing : Redrawing
        Whose labels.
    draws, seed : int
        Number of deals; the same for all outcomes of a sample.

    Returns
    -------
    list of ndarrays, shapes (at most 1000, groups)
    """
    return _dealt(redrawing.labels, redrawing.bands, draws, seed)


@remembered
def _dealt(
    labels: tuple[int, ...], bands: tuple[int, ...], draws: int, seed: int
) -> list[np.ndarray]:
    rng = np.random.default_rng([seed, 11])
    places = [np.flatnonzero(np.array(bands) == band) for band in sorted(set(bands) - {-1})]
    row, found = np.array(labels, dtype=np.int16), []
    for done in range(0, draws, _CHUNK):
        deals = np.tile(row, (min(_CHUNK, draws - done), 1))
        for place in places:
            deals[:, place] = rng.permuted(deals[:, place], axis=1)
        found.append(deals)
    return found


def redrawn_p_value(statistic: OfDeals, redrawing: Redrawing, draws: int, seed: int) -> float:
    """Share of deals whose t is as far from zero as the observed one, (1 + k) / (1 + draws).

    Parameters
    ----------
    statistic : callable
        What `studentised` gives for the groups of the redrawing.
    redrawing : Redrawing
        With reason ok.
    draws, seed : int
        Number of deals, and their seed.

    Returns
    -------
    float
        Two-sided. A deal without a t counts as extreme; missing if the observed one has none.
    """
    observed = float(statistic(np.array([redrawing.labels])).t[0])
    if np.isnan(observed):
        return np.nan
    found = np.concatenate([statistic(deals).t for deals in deals_of(redrawing, draws, seed)])
    return share_as_extreme(found, observed)


def share_as_extreme(found: np.ndarray, observed: float) -> float:
    """Share of statistics, the observed one among them, as far from zero; missing ones count."""
    smaller = np.abs(found) < abs(observed) * (1 - _TIE)
    return float((1 + len(found) - smaller.sum()) / (1 + len(found)))


def without_fixed(frame: pd.DataFrame, redrawing: Redrawing) -> pd.DataFrame:
    """Leave the rows of groups that are not re-drawn out of a sample."""
    stay = [name for name, band in zip(redrawing.names, redrawing.bands, strict=True) if band < 0]
    return frame[~redrawing.groups.isin(stay)].reset_index(drop=True)


def _over(frame: pd.DataFrame, groups: pd.Series, bands_of: _BandsOf) -> Redrawing:
    """Make a redrawing from a rule that gives each group a band; bands of one arm stay."""
    groups = groups.astype(str)
    units = frame.drop_duplicates("unit")
    codes, found = pd.factorize(groups[units.index])
    names, by_unit = tuple(map(str, found)), starts_of(frame)
    labels = np.full(len(names), -1)
    labels[codes] = by_unit
    if (labels[codes] != by_unit).any():
        return _none(frame, groups, "mixed_starts")
    bands = np.asarray(bands_of(names, labels))
    one_arm = [b for b in np.unique(bands[bands >= 0]) if len(np.unique(labels[bands == b])) < 2]
    alone = np.isin(bands, one_arm)
    fixed = tuple(names[at] for at in np.argsort(labels < 0, kind="stable") if alone[at])
    bands = np.where(alone, -1, bands)
    made = Redrawing(groups, names, tuple(labels.tolist()), tuple(bands.tolist()), fixed)
    arms = [frame.loc[side, "cluster"].nunique() for side in (frame["trial"], ~frame["trial"])]
    if min(arms) < 2:
        return replace(made, reason="one_cluster")
    if made.n_dealt == 0:
        return replace(made, reason="no_band")
    return made if made.assignments >= FEWEST else replace(made, reason="few_assignments")


def _none(frame: pd.DataFrame, groups: pd.Series, reason: str) -> Redrawing:
    groups = groups.astype(str)
    names = tuple(map(str, groups.unique()))
    return Redrawing(groups, names, (-1,) * len(names), (-1,) * len(names), (), reason)
