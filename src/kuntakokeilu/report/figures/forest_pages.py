"""How the effects of a study are shared out among pages of the forest."""

from __future__ import annotations

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.outcomes import ONE_SUM, column_of, reading_order

MOST_IN_FOREST = 80  # ASSUME: more are read more easily on several pages
MOST_ON_PAGE = 40  # effects on each of these pages, unless one outcome has more


def forest_pages(study: Study) -> list[list[str]]:
    """Share the outcomes out among pages of the forest; none if one figure can hold all effects.

    Effects by window count once for each window. An outcome is never divided, and unemployment,
    services and their sum stay on one page.
    """
    windows = len(study.get("windows") or {})
    rows = {"att": 1, "window": windows, "event_time": 0}
    counts = dict.fromkeys(reading_order(study["outcomes"], study), 0)
    for about in study["estimands"].values():
        if about["role"] != "leave_one_out":
            counts[about["outcome"]] += rows[ESTIMATORS[about["estimator"]].term]
    if sum(counts.values()) <= MOST_IN_FOREST:
        return []
    pages: list[list[str]] = [[]]
    for block in _blocks([name for name, n in counts.items() if n], study):
        high = sum(counts[name] for name in (*pages[-1], *block))
        if pages[-1] and high > MOST_ON_PAGE:
            pages.append([])
        pages[-1] += block
    return pages


def _blocks(names: list[str], study: Study) -> list[list[str]]:
    """Put what is read together into one block; any other outcome is one by itself."""
    parts = [name for name in names if column_of(name, study) in ONE_SUM]
    first = parts[:1]
    return [parts if name in first else [name] for name in names if name not in parts[1:]]
