"""The rows behind a figure: what may be drawn of a series, and its simultaneous band."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import SHOWN, area_rows

BAND = {"ci_low": "band_low", "ci_high": "band_high"}


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Choose the rows whose number a reader may see."""
    return rows[rows["status"].isin(SHOWN) & rows["estimate"].notna()]


def series_of(release: Release, term: str) -> list[str]:
    """Name the estimands that have rows of a term, in order."""
    return list(release.estimates.query("term == @term")["estimand"].unique())


def series_rows(release: Release, estimand: str, term: str) -> pd.DataFrame:
    """Return an estimand's rows of a term, clustered by area.

    Raises
    ------
    InputError
        There are none.
    """
    rows = area_rows(release).query("estimand == @estimand and term == @term")
    if rows.empty:
        raise InputError(f"estimates.csv: no rows of the term {term} for the estimand {estimand}")
    return rows


def bin_start(release: Release, estimand: str, k: int) -> pd.Period | None:
    """Give the first period of a bin of an event study; None where units start at different times.

    Effects by time since entry are of all who enter after the start, and have no calendar time.
    """
    declared, study = release.study["estimands"][estimand], release.study
    start = declared.get("start") or study.get("start")
    if not start or ESTIMATORS[declared["estimator"]].figure != "event_study":
        return None
    return pd.Period(start, freq=study["frequency"]) + k * declared["periods_per_bin"]


def with_band(data: pd.DataFrame, release: Release, estimand: str, by: str) -> pd.DataFrame:
    """Add the ends of the simultaneous band; missing where it was not computed.

    Parameters
    ----------
    data : DataFrame
        Rows of one series.
    release : Release
        A released study.
    estimand : str
        The estimand of the series.
    by : {"event_time", "window"}
        What tells the rows of the series apart, which is also their term.
    """
    rows = release.estimates.query(
        "inference == 'simultaneous_area' and estimand == @estimand and term == @by"
    )
    band = shown(rows.dropna(subset=by))[[by, *BAND]].rename(columns=BAND)
    return data.merge(band, how="left", on=by)
