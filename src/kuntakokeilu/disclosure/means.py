"""Means beside a number of units, in estimates and coverage: none tells of few with the others.

Two estimands that differ by two hamlets give back what those who live there earned, and so do two
releases between which one person moved in. Which of two such means is shown is declared, so that
the next release shows the same: those of main estimands in the order of the study, then those of
coverage, then all others. Of a mean that may not be told anew the earlier one is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.disclosure.engine import EarlierRelease
from kuntakokeilu.disclosure.known_sums import KnownSums, UnitPart, UnitParts
from kuntakokeilu.disclosure.means_behind import (
    EQUAL,
    OF_COVERAGE,
    GroupOfMeans,
    Key,
    Mean,
    keys_of,
    means_of,
    over_spans,
)

# By table: its mean, and what stands with it and was of the same units.
SHOWN = {"estimates": ("baseline_mean",), "coverage": ("mean", "n_known")}
_SAME = 1e-3  # relative: a factor that is the ratio of two means, rounded


@dataclass(frozen=True)
class MeansTold:
    """What was done with means.

    Attributes
    ----------
    tables : dict of str to DataFrame
        With hidden means missing, and earlier ones where they stand.
    hidden, earlier : frozenset of tuple of str
        Rows whose mean is hidden, or is that of an earlier release.
    kept : dict of str to Any
        What the next release must know; for `EarlierRelease.beside`.
    """

    tables: dict[str, pd.DataFrame]
    hidden: frozenset[Key] = frozenset()
    earlier: frozenset[Key] = frozenset()
    kept: dict[str, Any] = field(default_factory=dict)


def tell_means(
    released: Mapping[str, pd.DataFrame],
    restricted: Mapping[str, pd.DataFrame],
    least: int,
    earlier: Sequence[EarlierRelease] = (),
) -> MeansTold:
    """Hide means that tell of few with others, or show them as an earlier release did.

    Parameters
    ----------
    released : mapping of str to DataFrame
        Contracts RELEASED, COVERAGE_RELEASED and COMBINATIONS_RELEASED by `estimates`, `coverage`
        and `combinations`, rounded; what is missing has no means.
    restricted : mapping of str to DataFrame
        `samples` and `covered`, which say what the means are over, and `estimates`.
    least : int
        Fewest persons; without a limit nothing is done.
    earlier : sequence of EarlierRelease
        What was released before, the oldest first.

    Returns
    -------
    MeansTold
        A combination whose factor is the ratio of such means is suppressed with them.
    """
    if not least:
        return MeansTold({})
    means = means_of(released, restricted)
    past = [release.beside.get("means", {}) for release in earlier]
    hidden, stands, parts = _decide(means, past, least)
    made = {name: released[name].copy() for name in SHOWN if name in released}
    for name, frame in made.items():
        keys = keys_of(name, frame)
        columns = list(SHOWN[name])
        gone = pd.Series([key in hidden for key in keys], index=frame.index, dtype=bool)
        frame[columns[0]] = frame[columns[0]].mask(gone)
        for at, key in zip(frame.index, keys, strict=True):
            if key in stands:
                frame.loc[at, columns] = [stands[key]["shown"][c] for c in columns]
    if "combinations" in released and "estimates" in made:
        shown = made["estimates"].dropna(subset="baseline_mean")["estimand"]
        touched = set(made["estimates"]["estimand"]) - set(shown)
        touched |= {key[1] for key in stands if key[0] == "estimates"}
        made["combinations"] = _without_ratios(
            released["combinations"], restricted["estimates"], touched
        )
    kept = _kept(made, parts)
    return MeansTold(made, frozenset(hidden), frozenset(stands), {"means": kept} if kept else {})


def remembering(release: EarlierRelease | None, told: MeansTold) -> EarlierRelease | None:
    """Add to what is kept of a release what its means were over; None of nothing."""
    if release is None:
        return EarlierRelease("release", {}, {}, told.kept) if told.kept else None
    return replace(release, beside={**release.beside, **told.kept})


def _decide(
    means: Sequence[Mean], past: Sequence[Mapping[str, Any]], least: int
) -> tuple[set[Key], dict[Key, Any], dict[Key, UnitParts]]:
    """Take means in their order; say which are hidden, which stand as before, over what."""
    hidden: set[Key] = set()
    stands: dict[Key, Any] = {}
    shown: dict[Key, UnitParts] = {}
    groups: dict[GroupOfMeans, list[Mean]] = {}
    for mean in means:
        groups.setdefault(mean.group, []).append(mean)
    before = _by_group(past)
    for group, mine in groups.items():
        known = KnownSums(least)
        for parts in before.get(group, []):
            known.show(parts)

        def take(mean: Mean, known: KnownSums = known) -> None:
            if not known.tells(mean.parts):
                known.show(mean.parts)
                shown.setdefault(mean.key, mean.parts)
                return
            old = next((p[_text(mean.key)] for p in reversed(past) if _text(mean.key) in p), None)
            shown.pop(mean.key, None)
            if old is None:
                hidden.add(mean.key)
            else:
                stands[mean.key], shown[mean.key] = old, _parts_of(old)

        mine.sort(key=lambda each: each.place)
        for mean in (each for each in mine if each.place[0] <= OF_COVERAGE):
            take(mean)
        for mean in over_spans(mine, shown, group):
            take(mean)
        for mean in (each for each in mine if each.place[0] > OF_COVERAGE):
            take(mean)
    return hidden, stands, shown


def _without_ratios(
    combinations: pd.DataFrame, estimates: pd.DataFrame, touched: set[str]
) -> pd.DataFrame:
    """Suppress combinations by whose factor a mean that is hidden follows from another."""
    means = estimates.drop_duplicates("estimand").set_index("estimand")["baseline_mean"]
    ratio = combinations["first"].map(means) / combinations["second"].map(means)
    factor = combinations["factor"].astype(float)
    is_ratio = np.isclose(factor, ratio.astype(float), rtol=_SAME, atol=0)
    either = combinations["first"].isin(touched) | combinations["second"].isin(touched)
    gone = either & is_ratio
    blank = [str(c) for c in combinations if pd.api.types.is_float_dtype(combinations[c].dtype)]
    made = combinations.assign(**{c: combinations[c].mask(gone) for c in blank})
    return made.assign(status=made["status"].mask(gone, "suppressed"))


def _kept(made: Mapping[str, pd.DataFrame], parts: Mapping[Key, UnitParts]) -> dict[str, Any]:
    """Write down means as they are shown, with what they are over, as JSON can hold it."""
    kept: dict[str, Any] = {}
    for name, columns in SHOWN.items():
        frame = made.get(name)
        if frame is None:
            continue
        groups = frame["weights"] if name == "estimates" else pd.Series(EQUAL, frame.index)
        rows = frame.assign(_weights=groups)[["outcome", "_weights", *columns]]
        for key, row in zip(keys_of(name, frame), rows.itertuples(index=False), strict=True):
            if key in parts and not pd.isna(row[2]):
                kept[_text(key)] = {
                    "group": [str(row[0]), str(row[1])],
                    "shown": {c: float(v) for c, v in zip(columns, row[2:], strict=True)},
                    "over": {c: [part.n, part.value] for c, part in parts[key].items()},
                }
    return kept


def _by_group(past: Sequence[Mapping[str, Any]]) -> dict[GroupOfMeans, list[UnitParts]]:
    found: dict[GroupOfMeans, list[UnitParts]] = {}
    for release in past:
        for record in release.values():
            outcome, weights = record["group"]
            found.setdefault((outcome, weights), []).append(_parts_of(record))
    return found


def _parts_of(record: Mapping[str, Any]) -> UnitParts:
    return {name: UnitPart(int(n), float(value)) for name, (n, value) in record["over"].items()}


def _text(key: Key) -> str:
    return "|".join(key)
