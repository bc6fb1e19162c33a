"""Means since an earlier release: they may only be told anew if enough persons have changed.

Who knows a mean of then and of now, and how many municipalities it is of, knows the sum of what
changed. Counts can stand as they stood; means are made of the new data, so the release waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from kuntakokeilu.disclosure.engine import EarlierRelease, Protected
from kuntakokeilu.errors import InputError, counted, some

TABLE = "sums behind means"
_SAME = 1e-9  # relative: sums that differ by less are one
Sums = dict[tuple[str, str], dict[str, tuple[float, float]]]


def with_sums(done: Protected | None, samples: pd.DataFrame) -> Protected | None:
    """Keep with a release what its means are sums of, so that the next one can be held against it.

    Parameters
    ----------
    done : Protected or None
        What the engine did.
    samples : DataFrame
        Contract SAMPLES_COMPARED.
    """
    if done is None:
        return None
    kept = {
        (TABLE, (*key, unit), measure): value
        for key, units in _sums(samples).items()
        for unit, both in units.items()
        for measure, value in zip(("n", "sum"), both, strict=True)
    }
    return replace(done, release=replace(done.release, true={**done.release.true, **kept}))


def refuse_few_changes(
    samples: pd.DataFrame, earlier: Sequence[EarlierRelease], least: int
) -> None:
    """Stop a release whose means would tell what changed of few persons since an earlier one.

    Parameters
    ----------
    samples : DataFrame
        Contract SAMPLES_COMPARED of what is to be released.
    earlier : sequence of EarlierRelease
        What was released before.
    least : int
        The minimum count.

    Raises
    ------
    InputError
        Of a sample something has changed, and perhaps of fewer persons. Of each unit at least one
        person has changed if its sum has, and as many as its number of persons has moved by.
    """
    now = _sums(samples)
    few = sorted(
        {
            name
            for release in earlier
            for (name, population), before in _kept(release).items()
            if (name, population) in now and 0 < _moved(before, now[name, population]) < least
        }
    )
    if few:
        raise InputError(
            f"{some(few, 4)}: since an earlier release data of fewer than "
            f"{counted(least, 'person')} may have changed, and means then and now would tell of "
            "them alone; wait until more have, or release again from the data of then"
        )


def _sums(samples: pd.DataFrame) -> Sums:
    used = samples[samples["used"] & samples["n_persons"].notna()]
    total = used["total"] if "total" in used else pd.Series(float("nan"), used.index)
    found: Sums = {}
    for name, population, unit, n, value in zip(
        used["estimand"], used["population"], used["unit"], used["n_persons"], total, strict=True
    ):
        units = found.setdefault((str(name), str(population)), {})
        units[str(unit)] = (float(n), 0.0 if pd.isna(value) else float(value))
    return found


def _kept(release: EarlierRelease) -> Sums:
    found: Sums = {}
    for (table, key, measure), value in release.true.items():
        if table == TABLE and measure == "n":
            name, population, unit = map(str, key)
            other = release.true.get((table, key, "sum"), 0.0)
            found.setdefault((name, population), {})[unit] = (value, other)
    return found


def _moved(before: dict[str, tuple[float, float]], now: dict[str, tuple[float, float]]) -> float:
    """Say of how many persons at least something has changed."""
    least = 0.0
    for unit in before.keys() | now.keys():
        (n, total), (m, other) = (each.get(unit, (0.0, 0.0)) for each in (before, now))
        changed = n != m or abs(total - other) > _SAME * max(1.0, abs(total), abs(other))
        least += max(float(changed), abs(n - m))
    return least
