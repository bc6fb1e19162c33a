"""Effects per person-month made totals: per person, and for the whole group followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import TOTALS, conform
from kuntakokeilu.estimation.compared import each_population
from kuntakokeilu.estimation.joint import single_row
from kuntakokeilu.estimation.sample import draw_sample
from kuntakokeilu.study import Estimand, Total

_CLUSTERS = ("degrees_of_freedom", "n_trial_clusters", "n_control_clusters")


def estimate_totals(
    estimates: pd.DataFrame, person_months: Mapping[str, int | None], totals: Iterable[Total]
) -> pd.DataFrame:
    """Multiply estimates into totals.

    Parameters
    ----------
    estimates : DataFrame
        Contract ESTIMATES, with the estimands of all totals.
    person_months : mapping of str to int or None
        By estimand, what `treated_person_months` gives; only for totals of the whole group.
    totals : iterable of Total
        What is multiplied to what.

    Returns
    -------
    DataFrame
        Contract TOTALS. Estimate and interval are multiplied alike: months and person-months are
        counts of the data and taken as given, programme costs are known euros that move both
        ends. Where persons are not published, the total is not identified (`no_data`).
    """
    rows = [_row(estimates, person_months, total) for total in totals]
    return conform(pd.DataFrame(rows), TOTALS)


def treated_person_months(
    cells: pd.DataFrame, units: pd.DataFrame, estimand: Estimand
) -> int | None:
    """Count the person-months of the trial arm's population after the start, within the span.

    Parameters
    ----------
    cells : DataFrame
        Contract CELLS of the estimand's outcome.
    units : DataFrame
        Contract UNITS.
    estimand : Estimand
        Whose population, comparison and span it is. Areas that the comparison leaves out, and
        person-months whose outcome is unknown, are not counted.

    Returns
    -------
    int or None
        None if a cell's number of persons is not published.
    """
    own = each_population(estimand)[0]  # not its contrast, which is taken off
    frame = draw_sample(cells, units, own).frame
    treated = frame.loc[frame["treated"], "n"]
    return None if treated.isna().any() else int(treated.sum())


def _row(
    estimates: pd.DataFrame, person_months: Mapping[str, int | None], total: Total
) -> dict[str, object]:
    found = single_row(estimates, total.estimand)
    months = total.months if total.quantity == "per_person" else person_months[total.estimand]
    known = months is not None
    identified = found["identified"] if found["identified"] != "ok" or known else "no_data"
    # ASSUME: the mean effect over persons holds for each person-month that it is multiplied by.
    times = total.factor * (np.nan if months is None else float(months))
    programme = total.programme_euros or 0.0
    numbers = {name: times * found[name] + programme for name in ("estimate", "ci_low", "ci_high")}
    return {
        **total.model_dump(include={"total", "estimand", "quantity", "role", "unit"}),
        **(numbers if identified == "ok" else dict.fromkeys(numbers, np.nan)),
        "multiplier": months,
        "programme_euros": total.programme_euros,
        **{name: found[name] for name in _CLUSTERS},
        "identified": identified,
    }
