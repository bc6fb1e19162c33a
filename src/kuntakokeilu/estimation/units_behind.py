"""The units of a sample with their persons, so that samples can be told apart."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from kuntakokeilu.contracts import SAMPLES_COMPARED, conform, span_text
from kuntakokeilu.estimation.cohorts import has_cohorts
from kuntakokeilu.estimation.compared import strata
from kuntakokeilu.estimation.sampler import Sampler
from kuntakokeilu.study import Estimand


def samples_table(
    counts: pd.DataFrame, estimands: Iterable[Estimand], sampler: Sampler
) -> pd.DataFrame:
    """Count the persons of every unit that an estimand compares, whether it is used or not.

    Parameters
    ----------
    counts : DataFrame
        Contract COUNTS.
    estimands : iterable of Estimand
        Of the outcome that the sampler has.
    sampler : Sampler
        Of its cells.

    Returns
    -------
    DataFrame
        Contract SAMPLES_COMPARED. The persons of used units add up to `n_persons` of ESTIMATES.
    """
    parts = [
        _of_population(part.frame, sampler.compared(part.estimand), counts, part.estimand)
        for estimand in estimands
        for part in sampler.draw(estimand).populations
    ]
    names = list(SAMPLES_COMPARED.columns)
    made = pd.concat(parts) if parts else pd.DataFrame(columns=names)
    return conform(made[names], SAMPLES_COMPARED)


def _of_population(
    frame: pd.DataFrame, compared: pd.DataFrame, counts: pd.DataFrame, estimand: Estimand
) -> pd.DataFrame:
    if has_cohorts(estimand):
        persons = _followed(frame, estimand)
        others = _followed(compared, estimand)
        persons = pd.concat([persons, others[~others.index.isin(persons.index)]])
    else:
        mine = counts["population"].eq(estimand.population) & counts["stratification"].eq("none")
        persons = counts[mine].set_index("unit")["n_persons"]
        persons = persons.reindex(sorted(set(compared["unit"]) | set(frame["unit"])))
    before = _before(frame, estimand, persons).reindex(persons.index)
    total = (frame["y"] * frame["n"].astype(float)).groupby(frame["unit"]).sum()
    return pd.DataFrame(
        {
            "unit": persons.index,
            "used": persons.index.isin(frame["unit"].unique()),
            "n_persons": persons.astype("Int64").array,
            "total": total.reindex(persons.index).array,
            **{name: before[name].array for name in before},
        }
    ).assign(estimand=estimand.estimand, population=estimand.population)


def _followed(frame: pd.DataFrame, estimand: Estimand) -> pd.Series:
    """Count the members of each unit's cohorts, once in each; missing if one is unpublished."""
    most = frame.groupby(["unit", "period", *strata(estimand)])["n_most"].max()
    unknown = frame["n_most"].isna().groupby(frame["unit"]).any()
    persons = most.groupby("unit").sum().astype("Float64")
    return persons.mask(unknown.reindex(persons.index))


def _before(frame: pd.DataFrame, estimand: Estimand, persons: pd.Series) -> pd.DataFrame:
    """Say of each trial unit what it brings to the baseline mean: when, whose, and how much."""
    own = frame[frame["trial"] & ~frame["treated"]]
    periods = own.groupby("unit")["period"]
    n = (
        _followed(own, estimand)
        if has_cohorts(estimand)
        else persons.reindex(periods.first().index)
    )
    weighted = (own["y"] * own["w"]).groupby(own["unit"]).sum()
    return pd.DataFrame(
        {
            "before": periods.agg(span_text).astype("string"),
            "n_before": n.astype("Int64"),
            "mean_before": weighted / own["w"].groupby(own["unit"]).sum(),
        }
    )
