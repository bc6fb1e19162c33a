"""Whether those who enter became others in the trial areas once it began.

An estimate over an inflow compares people who came before the start with others who came after it.
If the trial changed who enters, or who registers, part of the difference is who they are. The
make-up of those who enter is an outcome like any other: the shares of age groups, of levels of
education and the like are estimated by the same design, and tested together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kuntakokeilu.diagnostics.pretrends import joint_test
from kuntakokeilu.diagnostics.rows import FEWEST_PERSONS, LEVEL, check_row
from kuntakokeilu.errors import counted
from kuntakokeilu.estimation import Sample, design_of, fit, influence, t_inference
from kuntakokeilu.study import Estimand

_KEYS = ["unit", "period"]


def composition(cells: pd.DataFrame, sample: Sample) -> list[dict[str, Any]]:
    """Test together that the shares of traits among those who enter moved alike in both arms.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of the estimand's outcome, with those of its population by strata.
    sample : Sample
        Of a main effect, or a robustness check, of an inflow; of others nothing is said. With a
        contrast it is about the population itself.

    Returns
    -------
    list of dict
        A row `composition` of DIAGNOSTICS without the estimand: the p-value of Hotelling's
        T-squared, clustered by area, over the traits of all stratifications of the population, but
        for shares that the others tell. Or `composition_untested` with the number of shares and
        the reason: no_strata, few_persons (fewer than `FEWEST_PERSONS` in an arm have, or have
        not, any of the values), one_cluster, too_few_clusters, no_variation.
    """
    own = sample.populations[0]
    if own.estimand.sample != "inflow" or own.estimand.role not in ("main", "robustness"):
        return []
    shares = shares_of_traits(cells, own.estimand)
    if shares.empty:
        return [_untested(0, "no_strata")]
    plain = own.estimand.model_copy(
        update={
            "estimator": "two_way_fixed_effects",
            "transform": "none",
            "base_year": None,
            "controls": [],
            "trends": "none",
        }
    )
    frame = own.frame.merge(shares, on=_KEYS, how="inner")
    names = _told(frame, [str(name) for name in shares if name not in (*_KEYS, "entered")])
    if not names:
        return [_untested(0, "few_persons")]
    return [_tested(Sample(frame, plain), names)]


def shares_of_traits(cells: pd.DataFrame, estimand: Estimand) -> pd.DataFrame:
    """Give the shares of those who entered in a month by each value of each trait.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS, with cohorts.
    estimand : Estimand
        Whose outcome and population they are of.

    Returns
    -------
    DataFrame
        unit, period (month of entry), entered (persons), and a column of per cent for each value,
        by all stratifications of the population, in the first month since entry that there is.
        Without one, or without numbers of persons, no rows.
    """
    mine = cells["outcome"].eq(estimand.outcome) & cells["population"].eq(estimand.population)
    rows = cells[mine & cells["stratification"].ne("none") & cells["n"].notna()]
    if rows.empty:
        return pd.DataFrame(columns=[*_KEYS, "entered"])
    rows = rows[rows["elapsed"].eq(rows["elapsed"].min())]
    rows = rows.assign(period=pd.PeriodIndex(rows["cohort"], freq=estimand.frequency))
    columns: dict[str, pd.Series] = {}
    for scheme, part in rows.groupby("stratification", observed=True):
        columns |= _margins(part, str(scheme))
    return pd.DataFrame(columns).reset_index()


def _margins(rows: pd.DataFrame, scheme: str) -> dict[str, pd.Series]:
    """Give the persons who entered, and the share of each value of each trait of a scheme.

    A stratum is values of traits joined by `|` (see `cells.collapse`).
    """
    persons = rows.set_index([*_KEYS, "stratum"])["n"].astype(float).unstack(fill_value=0)
    entered = persons.sum(axis=1)
    found = {"entered": entered}
    for place, values in enumerate(zip(*(str(name).split("|") for name in persons), strict=True)):
        for value in dict.fromkeys(values):
            # several traits can be unknown; a value that two schemes have is the same
            name = f"{scheme} {place + 1} unknown" if value == "unknown" else value
            persons_of = persons.loc[:, [each == value for each in values]].sum(axis=1)
            found[name] = 100 * persons_of / entered
    return found


def _told(frame: pd.DataFrame, names: list[str]) -> list[str]:
    """Leave out values that few persons have, or all but few, and what the others tell.

    Columns that follow from others are those of traits whose values add up to everybody.
    """
    enough = []
    for name in names:
        persons = frame["entered"] * frame[name] / 100
        parts = [
            part.groupby(frame["trial"]).sum() for part in (persons, frame["entered"] - persons)
        ]
        if min(part.min() for part in parts) >= FEWEST_PERSONS:
            enough.append(name)
    kept: list[str] = []
    for name in enough:
        matrix = np.column_stack([np.ones(len(frame)), frame[[*kept, name]].to_numpy(float)])
        if np.linalg.matrix_rank(matrix, tol=1e-8 * len(frame)) == len(kept) + 2:
            kept.append(name)
    return kept


def _tested(sample: Sample, names: list[str]) -> dict[str, Any]:
    frame, design = sample.frame, design_of(sample)
    arms = [frame.loc[side, "cluster"].nunique() for side in (frame["trial"], ~frame["trial"])]
    if min(arms) < 2:
        return _untested(len(names), "one_cluster")
    found: dict[str, tuple[float, pd.Series]] = {}
    for name in names:
        rows = frame.assign(y=frame[name])
        fitted = fit(design.regressed(rows), design)
        if fitted is None or len(design.terms) != 1:
            return _untested(len(names), "no_variation")
        found[name] = float(fitted.params[0]), influence(fitted, rows["cluster"])[0]
    estimates = np.array([estimate for estimate, _ in found.values()])
    sums = np.column_stack([each.to_numpy(float) for _, each in found.values()])
    joint = joint_test(estimates, sums)
    if joint is None:
        return _untested(len(names), "too_few_clusters")
    errors = np.sqrt((sums**2).sum(axis=0))
    most = int(np.abs(estimates / errors).argmax())
    one = t_inference(estimates[most], errors[most], joint.clusters - 1)
    least = t_inference(0.0, errors.max(), joint.clusters - 1)["minimum_detectable_effect"]
    statistic = (
        f"p-value that the make-up of those who enter moved alike in both arms "
        f"({counted(len(names), 'share')} of traits, {counted(joint.clusters, 'cluster')}; the "
        f"most certain change is that of {names[most]}, {estimates[most]:+.3g} percentage points, "
        f"95 % interval {one['ci_low']:.3g} to {one['ci_high']:.3g}; of the least precise share a "
        f"true change of {least:.3g} would be found with 80 % probability)"
    )
    verdict = "warn" if joint.p_value < LEVEL else "pass"
    return check_row("composition", statistic, joint.p_value, LEVEL, verdict)


def _untested(shares: int, reason: str) -> dict[str, Any]:
    statistic = (
        "shares of traits among those who enter that are known; whether they moved alike in both "
        f"arms cannot be tested ({reason})"
    )
    return check_row("composition_untested", statistic, shares, None, "warn")
