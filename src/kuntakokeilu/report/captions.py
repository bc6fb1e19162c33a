"""What stands in and by figures and tables: captions, notes, axis labels, texts for the blind.

English for now; see `words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kuntakokeilu.report import labels as lb
from kuntakokeilu.report.words import Row, covers_zero


def coverage_short(study: Mapping[str, Any]) -> str:
    """Say the coverage in a few words; empty if it is complete or there is no list."""
    coverage = study.get("coverage")
    if not coverage or coverage["listed"] >= coverage["total"]:
        return ""
    return f"{coverage['listed']} of {coverage['total']} municipalities"


def notes(study: Mapping[str, Any]) -> str:
    """What must stand by every figure and table: simulated data, incomplete coverage."""
    simulated = lb.SIMULATED if study["simulated"] else ""
    return "; ".join(note for note in (simulated, coverage_short(study)) if note)


def caption(study: Mapping[str, Any], text: str) -> str:
    """Close a caption with the notes of the study."""
    note = notes(study)
    return f"{text} ({note})" if note else text


def page_title(study: Mapping[str, Any]) -> str:
    """Title of the report's page."""
    return caption(study, f"{study['title']['en']}: results")


def axis_label(study: Mapping[str, Any], estimand: str) -> str:
    """Label the time axis of an event study."""
    return f"{lb.bin_label(dict(study), estimand)} since the start"


def weights_label(row: Row, study: Mapping[str, Any]) -> str:
    """Say how the units behind a row are weighted, in the words of its study."""
    return lb.weights_label(row["weights"], study["units"], study.get("frozen_weight"))


def forest_labels(row: Row, study: Mapping[str, Any]) -> tuple[str, str]:
    """Name a row of the forest: its specification, and how it was estimated."""
    name = lb.specification(row["estimand"])
    weights = weights_label(row, study).removeprefix("weighted by ")
    if row["term"] == "window" and pd.notna(row["window"]):
        label, _, dates = lb.window_label(row["window"], study.get("windows", {})).partition(", ")
        return f"{name}: {label}", ", ".join(part for part in (dates, weights) if part)
    estimator = lb.ESTIMATORS.get(row["estimator"], lb.humanise(row["estimator"]))
    return name, f"{weights}, {estimator}"


def event_study_title(row: Row, study: Mapping[str, Any]) -> str:
    """Second line of an event-study figure: specification, weights, notes of the study."""
    return caption(study, f"{lb.specification(row['estimand'])}, {weights_label(row, study)}")


def event_study_note(study: Mapping[str, Any], hidden: tuple[int, int], failed: bool) -> str:
    """Explain an event-study figure below it."""
    text = (
        "Points: difference to the last bin before the start (hollow circle, zero by "
        f"definition). Bars: 95 % interval of each point, {lb.clustering(study['units'])}."
    )
    warning = " Hollow squares: the series fails a diagnostic check." if failed else ""
    return f"{text}{warning} {hidden_note(*hidden)}".strip()


def event_study_caption(study: Mapping[str, Any], estimand: str) -> str:
    """Caption of an event-study figure in a report."""
    return caption(study, f"Differences before and after the start, {estimand}")


def forest_title(study: Mapping[str, Any], *, leave_one_out: bool = False) -> str:
    """First line of a forest figure, with the notes of the study."""
    what = "One area left out at a time" if leave_one_out else "All effects"
    return caption(study, f"{what}, with 95 % intervals")


def forest_note(study: Mapping[str, Any], hidden: tuple[int, int]) -> str:
    """Explain the forest figure below it."""
    how = lb.clustering(study["units"])
    text = f"Bars and right column: 95 % interval, {how}. Dashed line: zero."
    return f"{text} {hidden_note(*hidden)}".strip()


def difference_label(outcome: Mapping[str, Any]) -> str:
    """Label the vertical axis of an event study with its unit."""
    return f"difference, {outcome['unit']}"


def start_mark(study: Mapping[str, Any], row: Row) -> str:
    """Mark the start in an event study."""
    start = study.get("start")
    return f"start {start}" if start and row["role"] != "placebo" else "start"


def hidden_note(n_suppressed: int, n_unidentified: int) -> str:
    """Say how many numbers a figure leaves out, and why."""
    parts = []
    if n_suppressed:
        parts.append(f"{n_suppressed} suppressed")
    if n_unidentified:
        parts.append(f"{n_unidentified} that cannot be estimated")
    return f"Not shown: {' and '.join(parts)}." if parts else ""


def nothing_said(data: pd.DataFrame) -> str:
    """Say why an event study without any number to draw has none."""
    return next(filter(None, data["note"]), lb.NOTHING.rstrip(".").lower())


def event_study_alt(data: pd.DataFrame, study: Mapping[str, Any], estimand: str) -> str:
    """Describe an event-study figure to someone who cannot see it."""
    drawn = data[~data["reference"]]
    if drawn["event_time"].isna().all():
        return caption(study, f"Event study {estimand}: {nothing_said(data)}") + "."
    outcome = study["outcomes"][drawn["outcome"].iloc[0]]
    sides = {
        "before": drawn[drawn["event_time"] < 0],
        "after": drawn[drawn["event_time"] >= 0],
    }
    first, last = (int(drawn["event_time"].agg(f)) for f in ("min", "max"))
    text = [
        f"Event study of {outcome['label_en']}, in {outcome['unit']}, from "
        f"{lb.number(first, 0)} to {lb.number(last, 0)} {axis_label(study, estimand)}, "
        "relative to the last bin before the start."
    ]
    decimals = outcome["decimals"]
    text += [_side_words(when, side, decimals) for when, side in sides.items() if len(side)]
    if (drawn["status"] == "failed_diagnostic").any():
        text.append("The series fails a diagnostic check.")
    return caption(study, " ".join(text))


def forest_alt(data: pd.DataFrame, study: Mapping[str, Any], *, leave_one_out: bool = False) -> str:
    """Describe a forest figure to someone who cannot see it."""
    if data.empty:
        return caption(study, "Forest plot: no number may be shown") + "."
    left_out = ", one area left out at a time" if leave_one_out else ""
    text = [f"Forest plot with 95 % intervals{left_out}; number of estimates: {len(data)}."]
    for name, rows in data.groupby("outcome", sort=False):
        outcome = study["outcomes"][name]
        clear = sum(not covers_zero(row) for _, row in rows.iterrows())
        lead = rows[rows["role"].isin(["main", "benchmark"])]
        said = "; ".join(
            f"{row['label']}, {row['detail']}: {_with_interval(row, outcome['decimals'])}"
            + (f" ({lb.FAILED})" if row["status"] == "failed_diagnostic" else "")
            for _, row in lead.iterrows()
        )
        text.append(
            f"{outcome['label_en']}, in {outcome['unit']}: {clear} of {len(rows)} intervals "
            f"exclude zero. {said + '.' if said else ''}".strip()
        )
    return caption(study, " ".join(text))


def _with_interval(row: Row, decimals: int) -> str:
    estimate = lb.number(row["estimate"], decimals, sign=True)
    if pd.isna(row["ci_low"]):
        return f"{estimate} (no interval)"
    return f"{estimate} (95 % interval {lb.interval(row['ci_low'], row['ci_high'], decimals)})"


def _side_words(when: str, side: pd.DataFrame, decimals: int) -> str:
    low, high = (lb.number(side["estimate"].agg(f), decimals, sign=True) for f in ("min", "max"))
    clear = sum(not covers_zero(row) for _, row in side.iterrows())
    last = side.sort_values("event_time").iloc[-1]
    text = (
        f"{when.capitalize()} the start the estimates lie between {low} and {high}, and {clear} of "
        f"{len(side)} intervals exclude zero."
    )
    return text + (f" The last bin is {_with_interval(last, decimals)}." if when == "after" else "")
