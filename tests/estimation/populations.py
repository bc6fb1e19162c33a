"""Two populations of the same areas, and estimands on one relative to the other."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.study.comparisons import Window

from .build import panel, spec, tables
from .followed import asked, collapsed, followed

WINDOWS = {
    "early": Window(first="2021-03", last="2021-08"),
    "late": Window(first="2021-09", last="2022-03"),
}


def both(cohorts, elapsed, keep=lambda people: people["u"] >= 0, **how):
    """CELLS, UNITS and COUNTS of two populations of the same areas."""
    eligible = followed(cohorts, elapsed, seed=11, effect=0.7, **how)
    others = followed(cohorts, elapsed, seed=12, effect=0.4, **how)
    others = others[keep(others)]
    (cells, units, counts), (more, _, persons) = (
        collapsed(eligible, "eligible"), collapsed(others, "others"),
    )  # fmt: skip
    return (
        pd.concat([cells, more], ignore_index=True), units,
        pd.concat([counts, persons], ignore_index=True),
    )  # fmt: skip


def relative(share, first=1, last=4, sample="stock", **changes):
    how = {"design": "eligible_relative", "contrast": "others", "spillover_share": share}
    return asked(
        first, last, sample, **(how | {"population": "eligible", "windows": WINDOWS} | changes)
    )


def alone(estimand, population):
    how = {"design": "targeted", "contrast": None, "spillover_share": None}
    return estimand.model_copy(update=how | {"population": population})


def balanced(share):
    """CELLS of two populations, and of one whose outcome is their difference; UNITS and COUNTS."""
    starts = [2006] * 12 + [None] * 16
    rows, first, clusters = panel(starts, seed=7, years=range(2000, 2010), per_cluster=2)
    more, *_ = panel(starts, seed=8, years=range(2000, 2010), per_cluster=2)
    made = {
        "eligible": rows,
        "others": more,
        "all": rows.assign(y=rows["y"] - (1 - share) * more["y"]),
    }
    built = {name: tables(each, first, clusters) for name, each in made.items()}
    cells = pd.concat([each[0].assign(population=name) for name, each in built.items()])
    return cells.reset_index(drop=True), *built["all"][1:]


def one_of_two(share, estimator="two_way_fixed_effects", **changes):
    """The estimand of two populations, and the plain one of their difference."""
    windows = {"w": Window(first="2006", last="2007"), "v": Window(first="2008", last="2009")}
    plain = spec(estimator, windows=windows, **changes)
    how = {"population": "eligible", "contrast": "others", "spillover_share": share}
    return plain.model_copy(update=how | {"design": "eligible_relative"}), plain
