"""Small tables that follow the contracts, and the tables of the project's own studies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from kuntakokeilu.cells import build_cells, build_units, covariate_files, source_files
from kuntakokeilu.contracts import CELLS, COUNTS, UNITS, conform
from kuntakokeilu.facts import read_classification
from kuntakokeilu.io import read_csv
from kuntakokeilu.study import Comparison, Estimand, Study, read_study


class Cells(dict[str, pd.DataFrame]):
    """The cells of each outcome, made when a test first asks for them."""

    def __init__(self, make: Callable[[str], pd.DataFrame]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, outcome: str) -> pd.DataFrame:
        self[outcome] = self.make(outcome)
        return self[outcome]


@dataclass(frozen=True)
class Built:
    """A study with its tables, as the workflow would hand them on."""

    study: Study
    units: pd.DataFrame
    counts: pd.DataFrame
    cells: Cells

    def estimand(self, name: str, **changes) -> Estimand:
        found = next(e for e in self.study.estimands if e.estimand == name)
        return found.model_copy(update={"permutations": 99, **changes})

    def tables(self, outcome: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        return self.cells[outcome], self.units, self.counts


@cache
def build_study(config: Path, data: Path | None, name: str) -> Built:
    study = read_study(config, name)
    settings, year = study.settings, study.settings.classification
    classification = read_classification(config, year) if year else None

    def raw(outcome):
        return {n: read_csv(data / n, c) for n, c in source_files(settings, outcome).items()}

    rows = study.covariates.values()
    known = {n: read_csv(data / n, c) for n, c in covariate_files(rows).items()}
    units, counts = build_units(
        settings, raw(None) | known, study.areas, classification, covariates=rows
    )
    units, counts = conform(units, UNITS), conform(counts, COUNTS)

    def make(name):
        outcome = study.outcomes[name]
        span = study.span_of(name)
        made = build_cells(settings, outcome, span, raw(outcome), units, classification)
        return conform(made, CELLS)

    return Built(study, units, counts, Cells(make))


def spec(estimator: str = "two_way_fixed_effects", **changes) -> Estimand:
    """An estimand of the toy study."""
    basics = {
        "estimand": "y.main",
        "outcome": "y",
        "comparison": "all",
        "estimator": estimator,
        "role": "main",
        "study": "toy",
        "frequency": "Y",
        "first_period": "1900",
        "last_period": "2100",
        "unit": "points",
        "domain": "other",
        "comparison_rule": Comparison(),
        "windows": {},
        "seed": 1,
        "permutations": 99,
    }
    return Estimand(**(basics | changes))


def tables(rows: pd.DataFrame, starts: dict, clusters: dict | None = None, **units_columns):
    """CELLS, UNITS and COUNTS from rows of unit, period (text), y and perhaps n and weight.

    `starts` gives the first treated period of the trial units; all others are controls.
    """
    frequency = "M" if "-" in str(rows["period"].iloc[0]) else "Y"
    names = sorted(rows["unit"].unique())
    first = pd.PeriodIndex([starts.get(u) for u in names], freq=frequency)
    units = pd.DataFrame({"unit": names, "first_treated": first})
    units["arm"] = np.where(units["first_treated"].notna(), "trial", "control")
    units["cluster"] = units["unit"].map(clusters or {u: u for u in names})
    units["area"] = units["cluster"].where(units["arm"] == "trial")
    for column in ("name_fi", "name_sv", "name_en"):
        units[column] = units["unit"]
    units = units.assign(region=None, sub_region=None, ely=None, weight_frozen=np.nan)
    for column, values in units_columns.items():
        units[column] = units["unit"].map(values)
    cells = pd.DataFrame(
        {
            "unit": rows["unit"],
            "period": pd.PeriodIndex(rows["period"].astype(str), freq=frequency),
            "mean": rows["y"],
            "weight": rows.get("weight", 1.0),
            "n": rows.get("n", pd.Series(pd.NA, index=rows.index, dtype="Int64")),
            "sum": rows["y"] * rows.get("weight", 1.0),
        }
    ).assign(
        population="all",
        stratification="none",
        stratum="all",
        cohort=None,
        elapsed=pd.array([pd.NA] * len(rows), dtype="Int64"),
        outcome="y",
        value_kind="sum",
        sum_sq=np.nan,
        sources="toy",
    )
    persons = rows.groupby("unit")["n"].max().reindex(names).array if "n" in rows else pd.NA
    counts = pd.DataFrame({"unit": names, "n_persons": persons}).assign(
        population="all", stratification="none", stratum="all"
    )
    counts["n_persons"] = counts["n_persons"].astype("Int64")
    return conform(cells, CELLS), conform(units, UNITS), conform(counts, COUNTS)


def panel(
    starts: list[int | None],
    *,
    seed: int = 0,
    years: range = range(2000, 2008),
    effect: float = 0.0,
    per_cluster: int = 1,
    missing: float = 0.0,
) -> tuple[pd.DataFrame, dict, dict]:
    """Rows of random numbers, starts and clusters: one unit for each entry of `starts`.

    Each run of `per_cluster` units is a cluster. Missing cells fall at random, yet every unit
    keeps its first and last year.
    """
    rng = np.random.default_rng(seed)
    names = [f"u{i:02}" for i in range(len(starts))]
    first = {u: str(s) for u, s in zip(names, starts, strict=True) if s is not None}
    clusters = {u: f"c{i // per_cluster:02}" for i, u in enumerate(names)}
    rows = pd.DataFrame([(u, t) for u in names for t in years], columns=["unit", "period"])
    level, shock = (
        pd.Series(rng.normal(size=k)) for k in (len(names), len(set(clusters.values())))
    )
    code = rows["unit"].str[1:].astype(int)
    drift = shock.iloc[code // per_cluster].to_numpy() * (rows["period"] - years[0]) / len(years)
    rows["y"] = rng.normal(size=len(rows)) + level.iloc[code].to_numpy() + drift
    rows["y"] += effect * (rows["period"] >= rows["unit"].map(first).fillna("9999").astype(int))
    rows["weight"] = rng.uniform(0.2, 5.0, len(rows))
    ends = rows["period"].isin([years[0], years[-1]])
    return rows[ends | (rng.random(len(rows)) >= missing)].reset_index(drop=True), first, clusters
