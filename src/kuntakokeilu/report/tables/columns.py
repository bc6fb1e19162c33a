"""The columns that result tables share: what sort of number or which words, and how wide.

A column of one table only stands in the record of that table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from kuntakokeilu.report.words import cautions, made_of
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.populations import how_text, population_text
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.side_by_side import DESIGNS, group_text, of_design

Words: TypeAlias = Callable[[Row, Release, Language], str]


@dataclass(frozen=True)
class Column:
    """One column of a result table.

    Attributes
    ----------
    name : str
        Its name in the result table; config/labels has its heading, `workbook.column.<name>`.
    kind : str
        What sort of number it holds: signed, level, p, count, order, hundredths, significant,
        whole, alike, or places_1 to places_3. Empty for text.
    words : callable, optional
        How a row of it is said to readers; what is there as it is, if nothing is given.
    width : float
        Widest that a column of text may become, in characters.
    if_any : bool
        Is it left out where no row has a value?
    head : str
        Whose heading it has, if a column of the same name means something else in another table.
    """

    name: str
    kind: str = ""
    words: Words | None = None
    width: float = 16
    if_any: bool = False
    head: str = ""


def of_study(write: Callable[[Row, Study, Language], str]) -> Words:
    """Take the study out of the release for words that need no more."""
    return lambda row, release, language: write(row, release.study, language)


def status_text(row: Row, study: Study, language: Language) -> str:
    """Say whether a number may be used, why not, and which checks to read first."""
    if row["status"] == "not_identified":
        why = lb.reason_label(row["identified"], language)
        return language.say("workbook.status.not_identified", why=why)
    if row["status"] == "suppressed":
        return language.say("workbook.status.suppressed")
    if "warned_checks" not in row:  # of persons asked, not of an estimate
        return language.say("workbook.status.ok")
    failed = cautions.failed_text(row, study, language)
    warned = cautions.care_text(row, study, language)
    parts = [
        language.say("workbook.status.failed", checks=failed) if failed else "",
        language.say("workbook.status.warned", checks=warned) if warned else "",
    ]
    usual = "ok" if row["status"] == "ok" else "failed_unnamed"
    return " ".join(part for part in parts if part) or language.say(f"workbook.status.{usual}")


def _statuses(row: Row, study: Study, language: Language) -> str:
    """Say of each design in a row what `status_text` says; once if all may be used."""
    usual, said = language.say("workbook.status.ok"), []
    for design in DESIGNS:
        if isinstance(row[f"status_{design}"], str):
            text = status_text({"identified": "ok", **of_design(row, design)}, study, language)
            said.append((lb.sentence_case(lb.design_label(design, language)), text))
    if all(text == usual for _, text in said):
        return usual
    return " ".join(f"{name}: {text}" for name, text in said if text != usual)


def _specification(row: Row, study: Study, language: Language) -> str:
    said = lb.specification(row["estimand"], study, language)
    window = row.get("window")
    if isinstance(window, str) and window:
        said = f"{lb.window_label(window, study, language, row['estimand'])}; {said}"
    return lb.sentence_case(said)


def _window(row: Row, study: Study, language: Language) -> str:
    if not isinstance(row["window"], str):
        return ""
    return lb.sentence_case(lb.window_label(row["window"], study, language, row["estimand"]))


def _inference(row: Row, study: Study, language: Language) -> str:
    """Name what interval and p-value rest on; a row without a number has neither."""
    if pd.isna(row["ci_low"]) and pd.isna(row["p_value"]):
        return ""
    return lb.sentence_case(lb.inference_label(row["inference"], study, language))


def _numbers(kind: str, *names: str, if_any: bool = False) -> Iterable[Column]:
    return (Column(name, kind, if_any=if_any) for name in names)


def _text(name: str, write: Any = None, width: float = 16) -> Column:
    """Make a column of words, from a row, the study and a language."""
    return Column(name, words=of_study(write) if write else None, width=width)


def _label(name: str, label: Callable[..., str], *, declared: bool = False) -> Any:
    """Write the label of a code with a capital letter, of a code that the study declares or not."""

    def write(row: Row, study: Study, language: Language) -> str:
        given = (row[name], study, language) if declared else (row[name], language)
        return lb.sentence_case(label(*given))

    return write


INTERVAL = ("estimate", "ci_low", "ci_high")
P_VALUE = ("p_value", "inference")  # of the interval, and the kind of inference both come from
BAND = ("band_low", "band_high")
CLUSTERS = ("n_trial_clusters", "n_control_clusters")
COUNTS = ("n_trial", "n_control", *CLUSTERS)
DETECTABLE = "minimum_detectable_effect"
CALIBRATION = Column(
    "calibration",
    words=lambda row, _, said: (
        said.say(f"calibration.{row['calibration']}") if pd.notna(row["calibration"]) else ""
    ),
    width=18,
    if_any=True,
)
COLUMNS = {
    column.name: column
    for column in (
        *_numbers("signed", *INTERVAL),
        *_numbers("signed", *BAND, if_any=True),
        *(Column(f"{part}_{design}", "signed", if_any=True)
          for part in INTERVAL for design in DESIGNS),
        *(Column(f"estimand_{design}", if_any=True) for design in DESIGNS),
        *_numbers("level", "baseline_mean", DETECTABLE),
        *_numbers("p", "p_value"),
        *_numbers("p", *lb.P_COLUMNS.values(), if_any=True),
        *_numbers("count", *COUNTS, "n_units"),
        *_numbers("whole", "total", if_any=True),
        _text("outcome", lambda row, *given: lb.outcome_label(row["outcome"], *given), 30),
        _text("weights", _label("weights", lb.weights_label, declared=True), 20),
        _text("comparison", _label("comparison", lb.comparison_label, declared=True), 22),
        _text("estimator", _label("estimator", lb.estimator_label)),
        _text("inference", _inference, 22),
        _text("role", _label("role", lb.role_label), 20),
        _text("design", _label("design", lb.design_label), 20),
        _text("population", population_text, 30),
        _text("how", lambda *given: lb.sentence_case(how_text(*given)), 30),
        _text("group", group_text, 40),
        _text("specification", _specification, 40),
        _text("window", _window, 26),
        _text("bins", lambda row, study, said: lb.bin_label(study, row["estimand"], said), 17),
        _text("unit", lambda row, _, said: lb.unit_label(row["unit"], said), 21),
        _text("area", lambda row, study, said: lb.area_name(row["area"], study, said), 28),
        _text("first", lambda row, *given: made_of.estimand_text(row["first"], *given), 30),
        _text("second", lambda row, *given: made_of.estimand_text(row["second"], *given), 30),
        _text("source", lambda row, _, said: lb.source_text(row["source"], said), 50),
        _text("status", status_text, 46),
        _text("statuses", _statuses, 70),
        _text("estimand", width=30),
    )
}  # fmt: skip


def text(column: Column, row: Row, release: Release, language: Language) -> str:
    """Say in words what a row of a result table holds in a column of text."""
    if column.words is not None:
        return column.words(row, release, language)
    value = row[column.name]
    if isinstance(value, bool):
        return language.say("workbook.yes" if value else "workbook.no")
    return "" if pd.isna(value) else str(value)
