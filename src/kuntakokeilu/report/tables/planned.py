"""Which figures a study has, by what it declares and before anything is estimated."""

from __future__ import annotations

from collections.abc import Iterable

from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.tables.subtotals import has_subtotals
from kuntakokeilu.report.words import labels as lb
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
FEWEST_SHARES = 2  # of assumed spillovers make a series
# Result tables of every study, and those that stand on released tables of the same name.
ALWAYS = ("main_effects", "event_study", "robustness", "checks", "balance", "overlap")
AS_RELEASED = ("ratios", "totals", "combinations", "programme_costs", "area_effects",
               "meta_regression", "service_models", "heterogeneity",
               "survey_response")  # fmt: skip


def planned_figures(
    study: Study, balanced: Iterable[str] = (), by_area: Iterable[str] = ()
) -> dict[str, list[str]]:
    """Name the figures of a study.

    Parameters
    ----------
    study : mapping
        Content of study.json.
    balanced : iterable of str
        Comparisons that are made alike before the start.
    by_area : iterable of str
        Estimands whose effect is estimated for each trial area.

    Returns
    -------
    dict of str to list of str
        Kind of figure to what it is drawn of: estimands, outcomes or comparisons; `forest`,
        `leave_one_out`, `area_map`, `exclusion_flow`, `spillover_shares` and `costs_by_payer` of
        the whole study, once or not at all. A study with very many effects has numbered pages of
        a forest (`forest_page`) instead of one.
    """
    estimands = study["estimands"]
    measured = [name for name, outcome in study["outcomes"].items() if outcome["data"] != "none"]

    def drawn_as(kind: str) -> list[str]:
        return [
            name
            for name, row in estimands.items()
            if ESTIMATORS[row["estimator"]].figure == kind and row["outcome"] in measured
        ]

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
        "event_study": drawn_as("event_study"),
        "elapsed_effects": drawn_as("elapsed_effects"),
        "specification_curve": [n for n in measured if effects.count(n) >= FEWEST_SPECIFICATIONS],
        "window_chart": drawn_as("window_chart"),
        "raw_means": over_time(measured, study),
        "love_plot": list(balanced),
        "area_map": [""] if study["units"] == "municipality" else [],
        "exclusion_flow": [""] if study.get("populations") else [],
        "spillover_shares": [""] if len(_shares(study)) >= FEWEST_SHARES else [],
        "costs_by_payer": [""] if ledger_outcomes(study) else [],
        "area_effects": list(by_area),
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


def planned_tables(study: Study, released: Iterable[str] = ()) -> list[str]:
    """Name the result tables of a study.

    Parameters
    ----------
    study : mapping
        Content of study.json.
    released : iterable of str
        The tables that not every study releases, such as ratios.

    Returns
    -------
    list of str
        Names in RESULT_TABLES, in its order: first those that every study has.
    """
    declared, given = study["estimands"].values(), set(released)
    single = [about for about in declared if not ESTIMATORS[about["estimator"]].series]
    wanted = {
        "designs": len({about["design"] for about in single}) > 1,
        "spillover_shares": len(_shares(study)) >= FEWEST_SHARES,
        "populations": len({about["population"] for about in single}) > 1,
        "windows": bool(study.get("populations"))
        and any(ESTIMATORS[about["estimator"]].term == "window" for about in declared),
        "payers": has_subtotals(ledger_outcomes(study).values()),
        "costs": bool(ledger_outcomes(study)),
        **{name: name in given for name in AS_RELEASED},
    }
    return [*ALWAYS, *(name for name, holds in wanted.items() if holds)]


def planned_pages(study: Study, released: Iterable[str] = ()) -> list[str]:
    """Name the notebooks of a study in reading order, without the one on synthetic data."""
    given = set(released)
    money = ledger_outcomes(study) or given & {"ratios", "totals", "combinations"}
    more = [*(["costs"] if money else [])]
    more += ["service_models"] if "area_effects" in given else []
    return ["data_quality", "design", "results", *more, "robustness"]


def _shares(study: Study) -> set[float]:
    return {
        about.get("spillover_share") or 0.0
        for about in study["estimands"].values()
        if about["design"] == "eligible_relative"
    }


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
