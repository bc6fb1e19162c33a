"""Which figures a study has, by what it declares and before anything is estimated."""

from __future__ import annotations

from collections.abc import Iterable

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.tables.spillover_shares import has_series
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.declared import Declared
from kuntakokeilu.report.words.grouping import same_question
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.outcomes import (
    ONE_SUM,
    column_of,
    ledger_outcomes,
    over_time,
    reading_order,
)

FEWEST_SPECIFICATIONS = 4  # ASSUME: fewer are read more easily in the forest
MOST_IN_FOREST = 80  # ASSUME: more are read more easily on several pages
MOST_ON_PAGE = 40  # effects on each of these pages, unless one outcome has more


def planned_figures(declared: Declared) -> dict[str, list[str]]:
    """Name the figures of a study.

    Parameters
    ----------
    declared : Declared
        The study.

    Returns
    -------
    dict of str to list of str
        Kind of figure to what it is drawn of: estimands, outcomes or comparisons; `forest`,
        `leave_one_out`, `area_map`, `exclusion_flow`, `spillover_shares` and `costs_by_payer` of
        the whole study, once or not at all. A study with very many effects has numbered pages of
        a forest (`forest_page`) instead of one.
    """
    study, measured = declared.study, declared.measured
    estimands = study["estimands"]
    effects = [
        row["outcome"]
        for name, row in estimands.items()
        if row["role"] in ("main", "robustness")
        and not ESTIMATORS[row["estimator"]].series
        and same_question(name, study)
    ]
    pages = [str(number) for number, _ in enumerate(forest_pages(study), start=1)]
    left_out = any(row["role"] == "leave_one_out" for row in estimands.values())
    return {
        "forest": [] if pages else [""],
        "forest_page": pages,
        "leave_one_out": [""] if left_out else [],
        "event_study": declared.drawn_as("event_study"),
        "elapsed_effects": declared.drawn_as("elapsed_effects"),
        "specification_curve": [n for n in measured if effects.count(n) >= FEWEST_SPECIFICATIONS],
        "window_chart": declared.drawn_as("window_chart"),
        "raw_means": over_time(measured, study),
        "love_plot": list(declared.balanced),
        "area_map": [""] if study["units"] == "municipality" else [],
        "exclusion_flow": [""] if study.get("populations") else [],
        "spillover_shares": [""] if has_series(declared) else [],
        "costs_by_payer": [""] if ledger_outcomes(study) else [],
        "area_effects": list(declared.by_area),
    }


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


def planned_pages(study: Study, released: Iterable[str] = ()) -> list[str]:
    """Name the notebooks of a study in reading order, without the one on synthetic data."""
    given = set(released)
    money = ledger_outcomes(study) or given & {"ratios", "totals", "combinations"}
    more = [*(["costs"] if money else [])]
    more += ["service_models"] if "area_effects" in given else []
    return ["data_quality", "design", "results", *more, "robustness"]


def figure_name(kind: str, of: str) -> str:
    """Name the files of a figure."""
    return f"{kind}_{of}" if of else kind


def figure_title(kind: str, of: str, study: Study, language: Language) -> str:
    """Name a figure for readers: its kind, and what it is drawn of."""
    key = f"figure.{kind}.name"
    name = language.say(key if language.has(key) else f"{key}.{study['units']}")
    if of in study["estimands"]:
        outcome = lb.outcome_label(study["estimands"][of]["outcome"], study, language)
        return f"{name}: {outcome}; {lb.detail(of, study, language)}"
    label = lb.outcome_label if of in study["outcomes"] else lb.comparison_label
    return f"{name}: {label(of, study, language)}" if of else name
