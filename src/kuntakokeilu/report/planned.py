"""Which figures a study has, by what it declares and before anything is estimated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kuntakokeilu.report import labels as lb
from kuntakokeilu.report.language import Language

FEWEST_SPECIFICATIONS = 4  # ASSUME: fewer are read more easily in the forest
_SERIES = ("event_study", "elapsed_effects", "window_effects")  # estimators of more than one number


def planned_figures(study: Mapping[str, Any], balanced: Iterable[str] = ()) -> dict[str, list[str]]:
    """Name the figures of a study.

    Parameters
    ----------
    study : mapping
        Content of study.json.
    balanced : iterable of str
        Comparisons that are made alike before the start.

    Returns
    -------
    dict of str to list of str
        Kind of figure to what it is drawn of: estimands, outcomes or comparisons; `forest`,
        `leave_one_out`, `area_map` and `exclusion_flow` are drawn of the whole study, once or not
        at all; the last one of registers only.
    """
    estimands = study["estimands"]
    measured = [name for name, outcome in study["outcomes"].items() if outcome["data"] != "none"]

    def of(*estimators: str) -> list[str]:
        return [
            name
            for name, row in estimands.items()
            if row["estimator"] in estimators and row["outcome"] in measured
        ]

    effects = [
        row["outcome"]
        for name, row in estimands.items()
        if row["role"] in ("main", "robustness") and name not in of(*_SERIES)
    ]
    left_out = any(row["role"] == "leave_one_out" for row in estimands.values())
    return {
        "forest": [""],
        "leave_one_out": [""] if left_out else [],
        "event_study": of("event_study"),
        "elapsed_effects": of("elapsed_effects"),
        "specification_curve": [n for n in measured if effects.count(n) >= FEWEST_SPECIFICATIONS],
        "window_chart": of("window_effects"),
        "raw_means": measured,
        "love_plot": list(balanced),
        "area_map": [""] if study["units"] == "municipality" else [],
        "exclusion_flow": [""] if study.get("populations") else [],
    }


def figure_name(kind: str, of: str) -> str:
    """Name the files of a figure."""
    return f"{kind}_{of}" if of else kind


def figure_title(kind: str, of: str, study: Mapping[str, Any], language: Language) -> str:
    """Name a figure for readers: its kind, and what it is drawn of."""
    key = f"figure.{kind}.name"
    name = language.say(key if language.has(key) else f"{key}.{study['units']}")
    if of in study["estimands"]:
        outcome = lb.outcome_label(study["estimands"][of]["outcome"], study, language)
        return f"{name}: {outcome}; {lb.detail(of, study, language)}"
    label = lb.outcome_label if of in study["outcomes"] else lb.comparison_label
    return f"{name}: {label(of, study, language)}" if of else name
