"""Persons followed from their entry on, and the cells that a plain group-by makes of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import CELLS, COUNTS, UNITS, conform
from kuntakokeilu.study import Estimand

from .build import spec, tables

START = "2021-03"
STOCKS = ("2019-02", "2021-02")


def followed(
    cohorts: tuple[str, ...],
    elapsed: tuple[int, ...],
    *,
    sample: str = "stock",
    seed: int = 0,
    n_units: int = 12,
    per_cluster: int = 1,
    effect: float = 0.0,
    attrition: float = 0.1,
) -> pd.DataFrame:
    """Person-months: unit, trial, cluster, cohort, elapsed, person, stratum, y.

    Cohorts from the start on, and stocks of the month before it, have the effect.
    """
    rng = np.random.default_rng(seed)
    place = {c: pd.Period(c, "M") + int(sample == "stock") for c in cohorts}
    rows = []
    for u in range(n_units):
        level, size = rng.normal(), rng.integers(4, 9)
        drift = rng.normal(size=len(cohorts))
        for k, cohort in enumerate(cohorts):
            treated = u % 2 == 0 and place[cohort] >= pd.Period(START, "M")
            for person in range(size + rng.integers(0, 4)):
                stratum = "young" if rng.random() < 0.3 + 0.04 * u else "old"
                own = rng.normal() + 2.0 * (stratum == "young") * (k % 2)
                for month in elapsed:
                    if month > elapsed[0] and person > 1 and rng.random() < attrition:
                        break
                    y = level + drift[k] + own + 0.1 * month + effect * treated + rng.normal()
                    rows.append((u, cohort, month, f"{u}.{cohort}.{person}", stratum, y))
    names = ["u", "cohort", "elapsed", "person", "stratum", "y"]
    frame = pd.DataFrame(rows, columns=names)
    frame["unit"] = frame["u"].map("u{:02}".format)
    frame["trial"] = frame["u"] % 2 == 0
    pair = frame["u"] // (2 * per_cluster)
    frame["cluster"] = np.where(frame["trial"], "t", "c") + pair.astype(str)
    frame["time"] = frame["cohort"].map(place)
    frame["treated"] = frame["trial"] & (frame["time"] >= pd.Period(START, "M"))
    return frame


def collapsed(people: pd.DataFrame, population: str = "people"):
    """CELLS by stratification none and by_age, UNITS and COUNTS of these persons."""
    cells = []
    for scheme, keys in (("none", []), ("by_age", ["stratum"])):
        groups = people.groupby(["unit", "cohort", "elapsed", *keys])["y"]
        part = groups.agg(n="size", sum="sum", mean="mean").reset_index()
        part["stratum"] = part["stratum"] if keys else "all"
        cells.append(part.assign(stratification=scheme, weight=part["n"].astype(float)))
    cells = pd.concat(cells, ignore_index=True)
    entry = pd.PeriodIndex(cells["cohort"], freq="M")
    cells["period"] = [p + int(e) for p, e in zip(entry, cells["elapsed"], strict=True)]
    cells["period"] = cells["period"].astype("period[M]")
    cells = cells.assign(
        population=population, outcome="y", value_kind="sum", sum_sq=np.nan, sources="keha"
    )
    rows = people.drop_duplicates("unit")[["unit"]].assign(period="2020-01", y=0.0)
    starts = {u: START for u in people.loc[people["trial"], "unit"]}
    clusters = people.drop_duplicates("unit").set_index("unit")["cluster"].to_dict()
    _, units, _ = tables(rows, starts, clusters)
    units["weight_frozen"] = people.groupby("unit")["person"].nunique().reindex(units["unit"]).array
    persons = people.groupby("unit")["person"].nunique().rename("n_persons").reset_index()
    counts = persons.assign(population=population, stratification="none", stratum="all")
    young = people[people["stratum"] == "young"].groupby("unit")["person"].nunique()
    more = young.rename("n_persons").reset_index()
    more = more.assign(population=population, stratification="by_age", stratum="young")
    counts = conform(pd.concat([counts, more], ignore_index=True), COUNTS)
    return conform(cells, CELLS), conform(units, UNITS), counts


def asked(first: int, last: int, sample: str = "stock", **changes) -> Estimand:
    """An estimand on these persons."""
    basics = {
        "population": "people",
        "frequency": "M",
        "first_period": "2010-01",
        "last_period": "2030-12",
        "sample": sample,
        "elapsed_first": first,
        "elapsed_last": last,
    }
    return spec(changes.pop("estimator", "two_way_fixed_effects"), **(basics | changes))
