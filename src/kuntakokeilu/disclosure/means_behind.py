"""What each mean of estimates and coverage is over: units, their persons and their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from kuntakokeilu.contracts import span_text
from kuntakokeilu.disclosure.known_sums import UnitPart, UnitParts

EQUAL = "municipality"  # how coverage weights units
Key = tuple[str, ...]  # a table and what its row is called
GroupOfMeans = tuple[str, str]
OF_MAIN, OF_COVERAGE, OF_OTHERS = range(3)  # the order in which means are shown


@dataclass(frozen=True)
class Mean:
    """A mean and what it is over.

    Attributes
    ----------
    key : tuple of str
        Table and row; of several periods of coverage together the last of them decides.
    group : tuple of str
        Means of one group are sums of the same values: outcome and weights.
    place : tuple of int
        Its place in the declared order.
    parts : mapping of str to UnitPart
        Its units, each with population and time.
    """

    key: Key
    group: tuple[str, str]
    place: tuple[int, int]
    parts: UnitParts


def means_of(
    released: Mapping[str, pd.DataFrame], restricted: Mapping[str, pd.DataFrame]
) -> list[Mean]:
    """Give the shown means with what they are over.

    Parameters
    ----------
    released : mapping of str to DataFrame
        Contracts RELEASED and COVERAGE_RELEASED by `estimates` and `coverage`; what is missing has
        no means.
    restricted : mapping of str to DataFrame
        Contracts SAMPLES_COMPARED and COVERED by `samples` and `covered`.
    """
    found: list[Mean] = []
    if "estimates" in released and "before" in restricted.get("samples", ()):
        found += _baselines(released["estimates"], restricted["samples"])
    if "coverage" in released and "covered" in restricted:
        found += _of_coverage(released["coverage"], restricted["covered"])
    return found


def _baselines(estimates: pd.DataFrame, samples: pd.DataFrame) -> list[Mean]:
    """Say what each baseline is over: of a contrast, the units of the population itself."""
    mine = estimates[estimates["baseline_mean"].notna()].drop_duplicates("estimand")
    of = samples[samples["before"].notna()]
    by_sample = dict(tuple(of.groupby(["estimand", "population"], sort=False)))
    found = []
    for at, row in enumerate(mine.itertuples(index=False)):
        rows = by_sample.get((row.estimand, row.population))
        if rows is not None:
            place = (OF_MAIN if row.role == "main" else OF_OTHERS, at)
            parts = _parts(rows, rows["before"], rows["n_before"], rows["mean_before"])
            group = (str(row.outcome), str(row.weights))
            found.append(Mean(("estimates", str(row.estimand)), group, place, parts))
    return found


def _of_coverage(coverage: pd.DataFrame, covered: pd.DataFrame) -> list[Mean]:
    mine = coverage[coverage["mean"].notna()]
    by_row = dict(tuple(covered.groupby(["outcome", "arm", "period"], sort=False)))
    found = []
    for at, key in enumerate(keys_of("coverage", mine)):
        rows = by_row.get(key[1:])
        if rows is not None:
            times = pd.Series(span_text([key[3]]), index=rows.index)
            parts = _parts(rows, times, rows["n_persons"], rows["mean"])
            found.append(Mean(key, (key[1], EQUAL), (OF_COVERAGE, at), parts))
    return found


def _parts(
    rows: pd.DataFrame, times: pd.Series, persons: pd.Series, values: pd.Series
) -> dict[str, UnitPart]:
    return {
        f"{population}|{unit}|{time}": UnitPart(int(n), float(value))
        for population, unit, time, n, value in zip(
            rows["population"], rows["unit"], times, persons.fillna(0), values, strict=True
        )
    }


def keys_of(name: str, frame: pd.DataFrame) -> list[Key]:
    """Give the key of each row of a table."""
    columns = ["estimand"] if name == "estimates" else ["outcome", "arm", "period"]
    texts = [frame[column].astype(str) for column in columns]
    return [(name, *row) for row in zip(*texts, strict=True)]


def over_spans(
    means: Iterable[Mean], shown: Mapping[Key, UnitParts], group: GroupOfMeans
) -> list[Mean]:
    """Add up what is shown of single periods, over the periods before the start of baselines.

    Parameters
    ----------
    means : iterable of Mean
        All of a group.
    shown : mapping of tuple of str to mapping of str to UnitPart
        What is shown, by row.
    group : tuple of str
        Outcome and weights.

    Returns
    -------
    list of Mean
        One for each span of several periods of which every period is shown, by the key of the last.
    """
    means = list(means)
    times = {name.rpartition("|")[2] for mean in means for name in mean.parts}
    spans = {tuple(time.split("/")) for time in times if not time.endswith("/1")}
    single = [mean for mean in means if mean.key[0] == "coverage" and mean.key[2] == "trial"]
    found = []
    for first, last, _ in sorted(spans):
        mine = sorted((m for m in single if first <= m.key[3] <= last), key=lambda m: m.key[3])
        if mine and all(mean.key in shown for mean in mine):
            parts = _added_up([shown[mean.key] for mean in mine])
            found.append(Mean(mine[-1].key, group, mine[-1].place, parts))
    return found


def _added_up(periods: Sequence[UnitParts]) -> dict[str, UnitPart]:
    known: dict[str, list[tuple[str, UnitPart]]] = {}
    for parts in periods:
        for name, part in parts.items():
            unit, _, time = name.rpartition("|")
            known.setdefault(unit, []).append((time.partition("/")[0], part))
    return {
        f"{unit}|{span_text(time for time, _ in each)}": UnitPart(
            max(part.n for _, part in each), sum(part.value for _, part in each) / len(each)
        )
        for unit, each in known.items()
    }
