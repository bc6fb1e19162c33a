"""Estimates whose samples differ by few persons: subtracted, their means would tell of these alone.

A mean of a known number of municipalities is a sum over them. Two estimates of an outcome that
differ by two hamlets therefore give back what those who live there earned.
"""

from __future__ import annotations

from collections.abc import Set

import numpy as np
import pandas as pd

from kuntakokeilu.disclosure.balance import tells
from kuntakokeilu.disclosure.engine.rounding import coarse, to_step
from kuntakokeilu.disclosure.precision import p_value

_ALIKE = ["outcome", "weights"]  # of estimates whose sums can be subtracted from each other
_ENDS = ("estimate", "ci_low", "ci_high")
_ERRORS = ("std_error", "minimum_detectable_effect")
_ERROR_DIGITS, _P_DIGITS = 2, 1
# ASSUME: a mean of n units known to half its error gives a sum over few of them to within n / 2
# errors, which is the square root of n times half the spread of a unit: nothing of these few.
_OF_ERROR = 0.5


def telling(
    estimates: pd.DataFrame, samples: pd.DataFrame, units: pd.DataFrame, least: int
) -> set[str]:
    """Find the estimands whose means, with those before them, tell of few persons.

    Parameters
    ----------
    estimates : DataFrame
        Contract RELEASED, as its guard lets it leave; the first of two estimands stays as it is.
    samples : DataFrame
        Contract SAMPLES_COMPARED.
    units : DataFrame
        Contract UNITS, which says the arm of each unit.
    least : int
        The minimum count.

    Returns
    -------
    set of str
        Names. Of each arm a mean over its units is taken as known, weighted in a way that anybody
        knows; an estimand tells if a combination of such means rests on fewer than twice the
        minimum, since numbers of persons are rounded to it.
    """
    shown = estimates.loc[~estimates["status"].isin(["suppressed", "not_identified"])]
    # A placebo is of other months than what it is the placebo of.
    placebo = shown["role"].eq("placebo") if "role" in shown else False
    mine = shown.assign(placebo=placebo)[["estimand", *_ALIKE, "placebo"]]
    mine = mine.drop_duplicates("estimand")
    arms = units.drop_duplicates("unit").set_index("unit")["arm"]
    used = samples[samples["used"] & samples["estimand"].isin(mine["estimand"])]
    used = used.assign(arm=used["unit"].map(arms).fillna("neither"))
    of = {str(name): rows for name, rows in used.groupby("estimand", sort=False)}
    found: set[str] = set()
    for _, group in mine.groupby([*_ALIKE, "placebo"], sort=False):
        names = [str(name) for name in group["estimand"] if name in of]
        for population in pd.concat([of[n] for n in names])["population"].unique() if names else ():
            found |= _of_population(names, of, population, 2 * least)
    return found


def with_coarse_means(released: pd.DataFrame, exact: pd.DataFrame, names: Set[str]) -> pd.DataFrame:
    """Blank the baseline of estimands that tell of few, and round their effects to half an error.

    Parameters
    ----------
    released, exact : DataFrame
        Contract RELEASED, rounded and not.
    names : set of str
        As `telling` gives them.
    """
    made = released.copy()
    rows = made["estimand"].isin(names)
    made["baseline_mean"] = made["baseline_mean"].mask(rows)
    errors = exact["std_error"].astype(float)
    of = exact.groupby(["estimand", "term"], sort=False)["std_error"].transform("median")
    steps = errors.fillna(of) * _OF_ERROR
    for name in _ENDS:
        coarser = [to_step(v, s) for v, s in zip(exact[name].astype(float), steps, strict=True)]
        made[name] = made[name].mask(rows, pd.Series(coarser, exact.index))
    for name in _ERRORS:
        digits = made[name].astype(float).map(lambda v: coarse(v, digits=_ERROR_DIGITS))
        made[name] = made[name].mask(rows, digits)
    p_values = exact["p_value"].astype(float).map(lambda v: p_value(v, _P_DIGITS))
    made["p_value"] = made["p_value"].mask(rows, p_values)
    return made


def _of_population(
    names: list[str], of: dict[str, pd.DataFrame], population: str, least: int
) -> set[str]:
    parts = {name: of[name][of[name]["population"].eq(population)] for name in names}
    persons = pd.concat(parts.values()).groupby("unit")["n_persons"].max().fillna(0).astype(int)
    shown = np.empty((0, len(persons)), dtype=bool)
    found = set()
    for name, part in parts.items():
        sets = [persons.index.isin(arm["unit"]) for _, arm in part.groupby("arm")]
        if not sets:
            continue
        more = np.unique(np.vstack([shown, *sets]), axis=0)
        # The first tells of nobody else: what rests on few alone is hidden by its own guard.
        if len(shown) and tells(more, persons.to_numpy(), least, fewest_units=1):
            found.add(name)
        else:
            shown = more
    return found
