"""The synthetic twin beside the real series, as a figure and a table in docs/twin.md.

Needs the data folder (data/README.md); writes between the two markers of the page.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
from area_shocks import real_rates, twin_residuals
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kuntakokeilu.io import data_file, read_csv, write_text
from kuntakokeilu.report.figures import canvas
from kuntakokeilu.twin import (
    Paths,
    TwinSettings,
    World,
    check_realism,
    make_world,
    national_series,
    simulate,
)
from kuntakokeilu.twin.shocks import LAGS, area_residuals, moments
from kuntakokeilu.twin.states import OFFICIAL_UNEMPLOYED

SCALE, SEED = 1 / 4, 1
COUNTS = "statfin/12r5_counts_2006_2023.csv"
ONE = "statfin/12r5_all_variables_kangasala_2007_2025.csv"  # the municipality with all variables
IN_SERVICE = ["TYOLLISTETTYLOP", "TYOHARJOITTELULOP", "KOKEILULOP", "TVKOULUTUSLOP"]
IN_SERVICE += ["VALMENNUSLOP", "MTPPALVELUTLOP"]
PAGE, FIGURE = Path("docs/twin.md"), Path("docs/twin_against_real.svg")
BEGIN, END = "<!-- twin_against_real: begin -->", "<!-- twin_against_real: end -->"
QUIET = ("2017-01", "2019-12")  # before covid: the seasonal cycle and the levels of areas
REAL, TWIN = canvas.COLOURS["main"], canvas.COLOURS["robustness"]
NATIONAL = ["mean_absolute_error", "correlation_of_cycle", "summer", "correlation_of_levels"]
# Of log unemployment by area and month; within the real value and 1.96 standard errors of the
# difference of two such panels, areas drawn as a whole (benchmarks/area_shocks.py).
DRIFT = {"drift": (0.038, 0.057), "drift_of_a_year": (0.46, 0.67)}
MEANING = {
    "mean_absolute_error": "stock of unemployed, mean absolute deviation from the real one",
    "correlation_of_cycle": "correlation of monthly changes of the log stock with the real ones",
    "spring_2020": "stock of 2020-04 over that of 2020-02",
    "summer": "stock of July over that of May, 2017–2019",
    "correlation_of_levels": "correlation of log mean stocks by area, 2017–2019",
    "serial_correlation": "median serial correlation of an area's own stock",
    "exit_from_unemployment": "unemployed who leave in a month, all destinations",
    "work_0_to_2": "to work in a month, search of 0–2 months",
    "work_3_to_11": "to work in a month, search of 3–11 months",
    "work_12_on": "to work in a month, search of a year or more",
    "work_stays_work": "employed who are employed a month later",
    "long_term": "unemployed whose search has lasted a year or more (real: Kangasala)",
    "services": "in services or subsidised work, per unemployed (real: Kangasala)",
    "moves_per_year": "moves between municipalities, per person and year",
    "drift": "areas' own drift that lasts half a year, deviation of log unemployment",
    "drift_of_a_year": "covariance over a year, of that over half a year",
}


def main() -> None:
    """Simulate, compare, draw, write."""
    began = time.monotonic()
    world = make_world(TwinSettings(scale=SCALE, seed=SEED), Path("config"))
    without = simulate(world, trial=False)
    counts, one = read_counts(), read_one()
    national = national_stocks(world, without, counts).join(one["laid_off"])
    areas = area_levels(world, without, counts)
    checks = check_realism(world, without)
    real = real_values(national, one) | {"serial_correlation": own_persistence(world, counts)}
    figure = draw(national, areas, checks, real)
    real |= lasting(moments(area_residuals(real_rates(world.places))))
    checks = pd.concat([checks, own_drift(world, without)])
    write_text(canvas.svg_text(figure, alt(national, areas)), FIGURE)
    text = table(checks, real)
    seconds = f"{SCALE:g} of the persons, seed {SEED}; took {time.monotonic() - began:.0f} seconds."
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    write_text(f"{before}{BEGIN}\n{text}\n\n{seconds}\n{END}{after}", PAGE)
    print(text)


def read_counts() -> pd.DataFrame:
    """Read Statistics Finland's counts of unemployed: kunta, month, unemployed; some withheld."""
    counts = read_csv(data_file(COUNTS), ("kunta", "month", "unemployed"))
    counts["unemployed"] = pd.to_numeric(counts["unemployed"])
    return counts[["kunta", "month", "unemployed"]]


def read_one() -> pd.DataFrame:
    """Read shares of the unemployed of one municipality by month: laid off, long, services."""
    columns = ["TYOTTOMATLOPUSSA", "LOMAUTETTU", "PITKAAIKAISTYOTTOMAT", *IN_SERVICE]
    table = read_csv(data_file(ONE), ("month", *columns)).set_index("month")
    table.index = pd.PeriodIndex(table.index, freq="M")
    # ASSUME: a blank is a count too small to publish, about zero
    persons = table[columns].apply(pd.to_numeric).fillna(0)
    parts = {
        "laid_off": persons["LOMAUTETTU"],
        "long_term": persons["PITKAAIKAISTYOTTOMAT"],
        "services": persons[IN_SERVICE].sum(axis=1),
    }
    return pd.DataFrame(parts).div(persons["TYOTTOMATLOPUSSA"], axis=0)["2017-01":"2024-12"]


def national_stocks(world: World, without: Paths, counts: pd.DataFrame) -> pd.DataFrame:
    """Put the national stocks beside each other by month: thousands of persons, laid off a share.

    Real counts end in 2023-10; what the twin was calibrated to reaches 2024-12 and is not shown
    as real.
    """
    twin = national_series(world, without).set_index("month") / 1000
    real = counts.groupby("month")["unemployed"].sum() / 1000
    real.index = pd.PeriodIndex(real.index, freq="M")
    shares = {"twin": twin["twin"], "twin_laid_off": twin["twin_laid_off"] / twin["twin"]}
    return pd.DataFrame(shares).join(real.rename("real"))


def area_levels(world: World, paths: Paths, counts: pd.DataFrame) -> pd.DataFrame:
    """Mean stock by trial area or sub-region, 2017-2019: twin and real, in persons."""
    places, quiet = world.places, counts[counts["month"].between(*QUIET)]
    mean = quiet.groupby("kunta")["unemployed"].mean().reindex(places.code).fillna(2)  # ASSUME
    stock = [
        np.bincount(
            world.cluster_of(t)[OFFICIAL_UNEMPLOYED[paths.state[t]]],
            minlength=int(places.cluster.max()) + 1,
        )
        for t in range(36)
    ]
    real = np.bincount(places.cluster, mean.to_numpy())
    return pd.DataFrame({"twin": np.mean(stock, axis=0) / world.settings.scale, "real": real})


def own_persistence(world: World, counts: pd.DataFrame) -> float:
    """Median serial correlation of areas' log stocks off the national path and their own level."""
    wide = counts[counts["month"] >= QUIET[0]].pivot(index="month", columns="kunta")
    clusters = pd.Series(world.places.cluster, index=world.places.code)
    of = wide["unemployed"].columns.map(clusters)
    stock = wide["unemployed"].fillna(2).T.groupby(of).sum().T  # ASSUME: withheld are about two
    log = np.log(stock.loc[:, stock.mean() > 1500])
    own = log.sub(log.mean(axis=1), axis=0)
    own = (own - own.mean()).to_numpy()
    return float(np.median((own[1:] * own[:-1]).sum(axis=0) / (own**2).sum(axis=0)))


def own_drift(world: World, paths: Paths) -> pd.DataFrame:
    """Compare how large areas drift apart with the bands: columns as of `check_realism`.

    Halves of the persons are held against each other, so that the chance of who is unemployed in a
    small twin stays out.
    """
    values = lasting(moments(*twin_residuals(world, paths)))
    rows = [
        (name, values[name], low, high, "12r5: 36 areas, 2013-03 to 2021-02")
        for name, (low, high) in DRIFT.items()
    ]
    frame = pd.DataFrame(rows, columns=["check", "value", "low", "high", "source"])
    return frame.assign(ok=frame["value"].between(frame["low"], frame["high"]))


def lasting(values: np.ndarray) -> dict[str, float]:
    """Name what lasts: the standard deviation, and correlations over `LAGS`, say it together."""
    half, year = (values[1 + LAGS.index(lag)] for lag in (6, 12))
    return dict(zip(DRIFT, (float(values[0] * np.sqrt(half)), float(year / half)), strict=True))


def cycle(stock: pd.Series) -> pd.Series:
    """Mean deviation of the log stock from its year's mean by calendar month, in per cent."""
    quiet = np.log(stock[QUIET[0] : QUIET[1]])
    own = quiet - quiet.groupby(quiet.index.year).transform("mean")
    return 100 * own.groupby(own.index.month).mean()


def real_values(national: pd.DataFrame, one: pd.DataFrame) -> dict[str, float]:
    """Compute from the real series what can be: the national stock, and one municipality."""
    real = national["real"]
    summers = [real[f"{year}-07"] / real[f"{year}-05"] for year in (2017, 2018, 2019)]
    return {
        "mean_absolute_error": 0.0,
        "correlation_of_cycle": 1.0,
        "spring_2020": real["2020-04"] / real["2020-02"],
        "summer": float(np.mean(summers)),
        "correlation_of_levels": 1.0,
        "long_term": one["long_term"].mean(),
        "services": one["services"].mean(),
    }


def table(checks: pd.DataFrame, real: dict[str, float]) -> str:
    """Write each checked statistic as Markdown: twin, real, band, inside or not."""
    lines = [
        "| statistic | twin | real | band | inside | source of the band |",
        "|---|---|---|---|---|---|",
    ]
    for row in checks.itertuples():
        known = f"{real[row.check]:.3f}" if row.check in real else "–"
        inside = "yes" if row.ok else "**no**"
        lines.append(
            f"| {MEANING[row.check]} | {row.value:.3f} | {known} | {row.low:g} to {row.high:g} "
            f"| {inside} | {row.source} |"
        )
    return "\n".join(lines)


def draw(
    national: pd.DataFrame, areas: pd.DataFrame, checks: pd.DataFrame, real: dict[str, float]
) -> Figure:
    """Draw unemployed, laid off, seasonal cycle, areas, and the statistics within their bands."""
    with rc_context(canvas.STYLE):
        figure = canvas.page(8.35)
        panels = [
            canvas.panel(figure, left, bottom, 2.65, 1.9)
            for bottom in (5.85, 3.2)
            for left in (0.55, 3.9)
        ]
        years = national.index.year + (national.index.month - 1) / 12
        _lines(panels[0], years, national["real"], national["twin"], "a  Unemployed, thousands")
        share = 100 * national[["laid_off", "twin_laid_off"]]
        _lines(panels[1], years, share["laid_off"], share["twin_laid_off"],
               "b  Laid off, % of unemployed (real: Kangasala)")  # fmt: skip
        both = {name: cycle(national[name]) for name in ("real", "twin")}
        _lines(panels[2], range(1, 13), both["real"], both["twin"],
               "c  Seasonal cycle of unemployed 2017–2019, %")  # fmt: skip
        panels[2].set_xticks(range(1, 13))
        panels[2].set_xlabel("calendar month")
        canvas.zero(panels[2], "y")
        _areas(panels[3], areas)
        handles = [
            Line2D([], [], color=REAL, linewidth=1.4, label="real (table 12r5)"),
            Line2D([], [], color=TWIN, linewidth=1.1, linestyle="--", label="synthetic twin"),
        ]
        canvas.legend(figure, handles, 8.25)
        _bands(figure, checks[~checks["check"].isin(NATIONAL)], real)
    return figure


def alt(national: pd.DataFrame, areas: pd.DataFrame) -> str:
    """Describe the figure in words."""
    last = national["real"].last_valid_index()
    off = (national["twin"] / national["real"] - 1).abs().max()
    levels = np.corrcoef(np.log(areas["real"]), np.log(areas["twin"].clip(lower=1)))[0, 1]
    return (
        "The synthetic twin beside real series. Unemployed and laid off by month, the seasonal "
        f"cycle, and mean stocks by area. Up to {last} the twin's number of unemployed is at most "
        f"{100 * off:.1f} per cent away from the real one; the correlation of log stocks by area "
        f"is {levels:.2f}."
    )


def _lines(axes: Axes, x: object, real: pd.Series, twin: pd.Series, title: str) -> None:
    axes.plot(x, real, color=REAL, linewidth=1.4)
    axes.plot(x, twin, color=TWIN, linewidth=1.1, linestyle="--")
    axes.set_title(title, loc="left", size=8)
    if min(np.nanmin(real), np.nanmin(twin)) > 0:
        axes.set_ylim(0)
    axes.grid(axis="y", color=canvas.FAINT, linewidth=0.6)
    axes.set_axisbelow(True)


def _areas(axes: Axes, areas: pd.DataFrame) -> None:
    ends = areas["real"].min() * 0.7, areas["real"].max() * 1.5
    axes.plot(ends, ends, color=canvas.GREY, linewidth=0.8)
    axes.plot(areas["real"], areas["twin"], "o", markersize=3.5, color=TWIN, alpha=0.7)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("real")
    axes.set_ylabel("twin")
    axes.set_title("d  Mean unemployed by area 2017–2019, persons", loc="left", size=8)


def _bands(figure: Figure, checks: pd.DataFrame, real: dict[str, float]) -> None:
    """Draw each statistic within its band, every band as wide as the others."""
    row, left, wide = 0.22, 3.75, 2.3
    axes = canvas.panel(figure, left, 0.15, wide, row * len(checks))
    axes.set_ylim(len(checks), 0)
    axes.set_xlim(-0.12, 1.12)
    axes.set_axis_off()
    top = 0.15 + row * len(checks)
    head = "e  Statistics within their bands: twin \u25cf, real \u25c7"
    canvas.write(figure, canvas.MARGIN, top + 0.1, head)
    for place, check in enumerate(checks.itertuples()):
        scale = check.high - check.low
        axes.hlines(place + 0.5, 0, 1, color=canvas.FAINT, linewidth=7)
        if check.check in real:
            at = (real[check.check] - check.low) / scale
            axes.plot(at, place + 0.5, "D", markersize=4.5, markerfacecolor="white",
                      markeredgecolor=REAL)  # fmt: skip
        axes.plot((check.value - check.low) / scale, place + 0.5, "o", markersize=4.5, color=TWIN)
        y, style = top - row * (place + 0.5), {"va": "center", "size": 7}
        canvas.write(figure, canvas.MARGIN, y, MEANING[check.check], **style)
        canvas.write(figure, left + 0.15, y, f"{check.low:g}", ha="right", **style)
        canvas.write(figure, left + wide - 0.15, y, f"{check.high:g}", **style)


if __name__ == "__main__":
    main()
