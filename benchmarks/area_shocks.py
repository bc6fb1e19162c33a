"""How large and how lasting the shocks are that the people of an area share: real and synthetic.

    python benchmarks/area_shocks.py [--seeds 3] [--scale 0.1]

Takes area x month residuals of the real unemployment rate (table 12r5) and of the twin's stocks
(`kuntakokeilu.twin.shocks`), and says which standard deviation of the twin's shocks gives the real
one, for some persistences. Two halves of the twin's persons are held against each other, so that
the chance of who is unemployed stays out. Writes between two markers of docs/twin.md; the chosen
row is typed into config/registers/twin_shocks.csv.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from kuntakokeilu.io import data_file, read_csv, write_text
from kuntakokeilu.twin import Paths, TwinSettings, World, make_world, simulate
from kuntakokeilu.twin.places import Places, read_places
from kuntakokeilu.twin.shocks import LAGS, area_residuals, moments
from kuntakokeilu.twin.states import OFFICIAL_UNEMPLOYED

COUNTS = "statfin/12r5_counts_2006_2023.csv"
FIRST, LAST = "2013-03", "2021-02"  # as many months as the twin has, before the trial of 2021
QUIET = ("2017-01", "2019-12")
LARGE = 1500  # unemployed: below it who happens to be unemployed moves an area more than shocks do
PERSISTENCES = (0.85, 0.90, 0.95)
TRIED = 0.07  # stocks answer in proportion, nearly
LASTING = 1 + LAGS.index(6)  # the moment that must be alike
DRAWS = 1000  # of whole areas, for the standard errors of the real moments
ALAND = "21"
PAGE = Path("docs/twin.md")
BEGIN, END = "<!-- area_shocks: begin -->", "<!-- area_shocks: end -->"


def main() -> None:
    """Measure both, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=0.1, help="persons per person in Finland")
    options = parser.parse_args()
    places = read_places(Path("config"))
    residuals = area_residuals(real_rates(places))
    real, error = moments(residuals), standard_errors(residuals)
    found = twin_moments(range(1, 1 + options.seeds), options.scale)
    text = table(real, error, found)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", PAGE)
    print(text)


def large_areas(places: Places) -> np.ndarray:
    """Mark the mainland's trial areas and sub-regions in which chance is small beside shocks."""
    mainland = np.array([region != ALAND for region in places.region])
    return np.bincount(places.cluster, places.size * mainland) > LARGE


def real_rates(places: Places) -> np.ndarray:
    """Unemployment rates of the large areas by month: months x areas."""
    counts = read_csv(data_file(COUNTS), ("kunta", "month", "unemployed", "labour_force"))
    area = counts["kunta"].map(pd.Series(places.cluster, index=places.code))
    numbers = counts[["unemployed", "labour_force"]].apply(pd.to_numeric)
    numbers["unemployed"] = numbers["unemployed"].fillna(2)  # ASSUME: withheld are about two
    within = counts["month"].between(FIRST, LAST) & area.notna()
    sums = numbers[within].groupby([counts["month"], area.astype("Int64")]).sum()
    rate = (sums["unemployed"] / sums["labour_force"]).unstack()
    return rate.to_numpy()[:, large_areas(places)]


def standard_errors(residuals: np.ndarray) -> np.ndarray:
    """Standard errors of the moments, by drawing whole areas with replacement."""
    rng = np.random.default_rng(1)
    areas = residuals.shape[1]
    draws = [moments(residuals[:, rng.integers(areas, size=areas)]) for _ in range(DRAWS)]
    return np.std(draws, axis=0)


def twin_residuals(world: World, paths: Paths) -> list[np.ndarray]:
    """Residuals of the large areas' stocks, of two halves of the persons: months x areas."""
    large, half = large_areas(world.places), np.arange(world.streams.persons) % 2 == 0
    residuals = []
    for people in (half, ~half):
        at = [OFFICIAL_UNEMPLOYED[state] & people for state in paths.state]
        stocks = [
            np.bincount(world.cluster_of(t)[who], minlength=len(large)) for t, who in enumerate(at)
        ]
        residuals.append(area_residuals(np.maximum(np.array(stocks)[:, large], 0.5)))
    return residuals


def twin_moments(seeds: range, scale: float) -> dict[float, np.ndarray]:
    """Moments of what shocks of size TRIED do to stocks, by persistence; the mean over seeds."""
    found = {}
    for persistence in PERSISTENCES:
        values = []
        for seed in seeds:
            shocks = {"shock_sd": TRIED, "shock_persistence": persistence}
            world = make_world(TwinSettings(seed=seed, scale=scale, **shocks), Path("config"))
            values.append(moments(*twin_residuals(world, simulate(world, trial=False))))
        found[persistence] = np.mean(values, axis=0)
    return found


def table(real: np.ndarray, error: np.ndarray, found: dict[float, np.ndarray]) -> str:
    """Write the moments as Markdown: real, and the twin's with the deviation that fits.

    The deviation that fits gives the real covariance over half a year: what passes within a month
    or two, and the chance of who is unemployed, are in the real residuals alone.

    Parameters
    ----------
    real, error : ndarray
        Moments of the real panel and their standard errors.
    found : dict of float to ndarray
        Moments of the twin by persistence, of shocks of size TRIED.
    """
    heads = " | ".join(f"over {lag} months" if lag > 1 else "over 1 month" for lag in LAGS)
    lines = [
        f"| | deviation of the shocks | deviation of the residuals | {heads} |",
        "|---|---|---|" + "---|" * len(LAGS),
        f"| real, {FIRST} to {LAST} | – | {_cells(real)} |",
        f"| its standard error | – | {_cells(error)} |",
    ]
    lasting = real[0] ** 2 * real[LASTING]  # covariance over some months
    for persistence, values in found.items():
        ratio = np.sqrt(lasting / (values[0] ** 2 * values[LASTING]))
        shown = np.array([ratio * values[0], *values[1:]])
        lines.append(
            f"| twin, persistence {persistence:.2f} | {ratio * TRIED:.3f} | {_cells(shown)} |"
        )
    return "\n".join(lines)


def _cells(values: np.ndarray) -> str:
    return " | ".join(f"{value:.3f}" for value in values)


if __name__ == "__main__":
    main()
