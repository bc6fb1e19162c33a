"""Persons of estimates' samples through the engine: no difference of two tells few.

Samples of one population differ by single municipalities, and populations add up to others. Each
count is rounded; what several rounded counts tell together of a municipality or two is worked out
here, and counts that tell too much are blank.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from kuntakokeilu.disclosure.engine import (
    EarlierRelease,
    Protected,
    Samples,
    SourceLimits,
    SourceProfile,
    protect,
)
from kuntakokeilu.study import DisclosureProfile

TABLE = "samples"
_MOST_PARTS = 3  # ASSUME: nobody knows more populations to be all parts of another


def protect_samples(
    released: pd.DataFrame,
    samples: pd.DataFrame,
    profile: DisclosureProfile,
    earlier: Sequence[EarlierRelease] = (),
) -> tuple[pd.DataFrame, Protected | None]:
    """Round the persons of estimates, and blank those that let few be worked out together.

    Parameters
    ----------
    released : DataFrame
        Contract RELEASED, as its guard lets it leave.
    samples : DataFrame
        Contract SAMPLES_COMPARED.
    profile : DisclosureProfile
        The minimum count, which is what counts are rounded to. Without one nothing is done.
    earlier : sequence of EarlierRelease
        What was released before: a count that has moved by few is shown as before.

    Returns
    -------
    estimates : DataFrame
        The same rows; `n_persons`, and with it `n_person_months`, is missing where it would tell
        too much.
    protected : Protected or None
        What the engine did; None if there is nothing to protect.
    """
    shown = released.loc[released["n_persons"].notna(), "estimand"].unique()
    mine = samples[samples["estimand"].isin(shown)]
    unknown = mine.loc[mine["used"] & mine["n_persons"].isna(), "estimand"].unique()
    mine = mine[~mine["estimand"].isin(unknown) & mine["n_persons"].notna()]
    least = profile.min_persons
    if least == 0 or mine.empty:
        return released, None
    names = names_of(mine, _named(earlier))
    rows = with_kinds(mine[mine["estimand"].isin(set(names.values()))])
    used = rows[rows["used"]]
    table = used.groupby("estimand", as_index=False)["n"].sum().assign(sources="registers")
    limits = SourceProfile(profile.profile, {"registers": SourceLimits(persons=least)}, base=least)
    parts = parts_of(rows)
    relation = Samples(TABLE, with_nobody(rows, parts), parts=parts)
    done = protect({TABLE: table}, [relation], limits, earlier)
    told = done.tables[TABLE].set_index("estimand")["n"]
    of = released["estimand"].map(names)
    counts = of.map(told).astype("Int64").where(of.notna(), released["n_persons"])
    counts = counts.mask(released["n_persons"].isna())
    months = released["n_person_months"].mask(counts.isna() & of.notna())
    return released.assign(n_persons=counts, n_person_months=months), done


def _named(earlier: Sequence[EarlierRelease]) -> set[str]:
    labels = (label for release in earlier for label in release.true)
    return {str(key[0]) for table, key, _ in labels if table == TABLE}


def names_of(samples: pd.DataFrame, known: Collection[str] = ()) -> dict[str, str]:
    """Give estimands of the same persons one name: the first of them, or of those known before.

    Earlier releases remember counts by these names, which a new estimand must not take away.
    """
    used = samples[samples["used"]].sort_values(["population", "unit"])
    texts = used["population"] + "|" + used["unit"] + "|" + used["n_persons"].astype(str)
    sets = texts.groupby(used["estimand"]).agg("\n".join).sort_index()
    sets = sets.loc[sorted(sets.index, key=lambda name: (name not in known, name))]
    first = dict(zip(reversed(sets.tolist()), reversed(sets.index.tolist()), strict=True))
    return {str(name): first[text] for name, text in sets.items()}


def with_kinds(samples: pd.DataFrame) -> pd.DataFrame:
    """Tell populations apart that are counted alike: over the same cohorts and months.

    Returns
    -------
    DataFrame
        estimand, population (with a number where it is counted in several ways), unit, used, n.
    """
    kinds: dict[str, list[dict[str, int]]] = {}
    parts = []
    for (_, population), rows in samples.groupby(["estimand", "population"], sort=True):
        persons = dict(zip(rows["unit"], rows["n_persons"].astype(int), strict=True))
        kind = _kind_of(persons, kinds.setdefault(str(population), []))
        parts.append(rows.assign(population=f"{population} {kind}" if kind else str(population)))
    made = pd.concat(parts, ignore_index=True).rename(columns={"n_persons": "n"})
    return made[["estimand", "population", "unit", "used", "n"]].astype({"n": int})


def parts_of(rows: pd.DataFrame) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Find the populations that are the sum of two or three others in every unit.

    Returns
    -------
    tuple of (str, tuple of str)
        As `engine.Samples` takes them.
    """
    persons = rows.drop_duplicates(["population", "unit"])
    grid = persons.pivot(index="unit", columns="population", values="n").fillna(0.0)
    counts = {str(name): grid[name].to_numpy() for name in grid}
    return tuple(
        (whole, parts)
        for count in range(2, _MOST_PARTS + 1)
        for parts in combinations(counts, count)
        for whole, wanted in counts.items()
        if whole not in parts and np.array_equal(sum(counts[name] for name in parts), wanted)
    )


def with_nobody(rows: pd.DataFrame, parts: tuple[tuple[str, tuple[str, ...]], ...]) -> pd.DataFrame:
    """Add the units in which none of a part are, so that parts add up to their whole."""
    added = []
    for whole, names in parts:
        units = set(rows.loc[rows["population"].eq(whole), "unit"])
        for name in names:
            lack = sorted(units - set(rows.loc[rows["population"].eq(name), "unit"]))
            added.append(pd.DataFrame({"unit": lack}).assign(population=name, used=False, n=0))
    more = [frame for frame in added if len(frame)]
    if not more:
        return rows
    none = pd.concat(more).drop_duplicates(["population", "unit"])
    return pd.concat([rows, none.assign(estimand=rows["estimand"].iloc[0])], ignore_index=True)


def _kind_of(persons: dict[str, int], known: list[dict[str, int]]) -> int:
    """Say as which of the ways known so far persons are counted, and learn more of it."""
    for at, counted in enumerate(known):
        if all(counted.get(unit, n) == n for unit, n in persons.items()):
            counted.update(persons)
            return at
    known.append(dict(persons))
    return len(known) - 1


def with_months_of(
    released: pd.DataFrame, estimates: pd.DataFrame, bases: Mapping[str, int]
) -> pd.DataFrame:
    """Make person-months those of the rounded persons, so that they tell no more of these.

    Parameters
    ----------
    released : DataFrame
        Contract RELEASED with rounded `n_persons`.
    estimates : DataFrame
        Contract ESTIMATES, the same rows in the same order.
    bases : mapping of str to int
        As `release.rounding_bases` gives them.
    """
    if not bases:
        return released
    base = bases["n_person_months"]
    released, estimates = (each.reset_index(drop=True) for each in (released, estimates))
    persons = estimates["n_persons"].astype("Float64").mask(estimates["n_persons"].eq(0))
    share = released["n_persons"].astype("Float64") / persons
    months = estimates["n_person_months"].astype("Float64") * share.fillna(1.0)
    rounded = (months / base).round().mul(base).astype("Int64")
    hidden = released["n_person_months"].isna() | (
        released["n_persons"].isna() & estimates["n_persons"].notna()
    )
    return released.assign(n_person_months=rounded.mask(hidden))
