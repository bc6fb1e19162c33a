"""Effects so long after the start: the bins of a released series that hold month 6, 12 and 24."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kept import kept
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import area_rows
from kuntakokeilu.report.words.series import bin_start

MONTHS = (6, 12, 24)
_IN_A_PERIOD = {"M": 1, "Q": 3, "Y": 12}  # months


@kept
def horizons(release: Release) -> pd.DataFrame:
    """Choose the bins of series that hold the 6th, the 12th and the 24th month.

    Parameters
    ----------
    release : Release
        A released study.

    Returns
    -------
    DataFrame
        Rows of `area_rows` with `month`, of the first series that each outcome declares of a kind
        of figure: months since the start, or since entry. A bin longer than the way to a month
        stands for that month where it ends with it. No row where periods are the data's own count.
    """
    rows = area_rows(release)
    rows = rows[rows["term"].eq("event_time") & rows["event_time"].ge(0)]
    study = release.study
    size = None if study["counted"] else _IN_A_PERIOD[study["frequency"]]
    first = rows.drop_duplicates("estimand")
    kinds = first["estimator"].map(lambda name: ESTIMATORS[name].figure)
    chosen = first.assign(kind=kinds).drop_duplicates(["outcome", "kind"])["estimand"]
    found = [
        rows[rows["estimand"].eq(name) & rows["event_time"].eq(k)].assign(month=month)
        for name in chosen
        for month in MONTHS
        if size and (k := bin_of(month, size * _bin(name, study))) is not None
    ]
    return pd.concat(found or [rows.iloc[:0].assign(month=0)], ignore_index=True)


def bin_of(month: int, size: int) -> int | None:
    """Number the bin of `size` months that holds a month, the first month being 1.

    None where the first bin reaches beyond that month.

    Examples
    --------
    >>> [bin_of(month, 3) for month in (6, 12, 24)], bin_of(6, 12), bin_of(12, 12)
    ([1, 3, 7], None, 0)
    """
    return None if size > month else (month - 1) // size


def horizon_text(row: Row, release: Release, language: Language) -> str:
    """Say how long after the start or entry a row of `horizons` is, and which months its bin has.

    Dates are given where all units start at once.
    """
    size = _bin(row["estimand"], release.study)
    k, months = int(row["event_time"]), size * _IN_A_PERIOD[release.study["frequency"]]
    key = "entry" if ESTIMATORS[row["estimator"]].followed else "start"
    said = language.say(f"horizon.{key}", month=row["month"])
    if months > 1:
        said += f" ({language.say('horizon.bin', first=k * months + 1, last=(k + 1) * months)})"
    begins = bin_start(release, row["estimand"], k)
    if begins is None:
        return said
    ends = [str(begins), str(begins + size - 1)]
    when = lb.span(ends[0], ends[1], language) if size > 1 else language.period(ends[0])
    return f"{said}, {when}"


def _bin(estimand: str, study: Study) -> int:
    return int(study["estimands"][estimand].get("periods_per_bin") or 1)
