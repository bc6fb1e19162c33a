"""What stands in a cell of a result table: a label, or a number with the format that shows it.

Numbers keep all their digits. A number format is written in the notation of ECMA-376 (part 1,
18.8.31); a spreadsheet shows it with the separators of its own language.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd

from kuntakokeilu.report.tables import service_models as views
from kuntakokeilu.report.tables.payers import payer_label
from kuntakokeilu.report.words import cautions, made_of
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import MINUS, NO_BREAK, Language
from kuntakokeilu.report.words.populations import how_text, population_text
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.side_by_side import DESIGNS, group_text, of_design

# What sort of number a column holds; a column that is not here holds text.
KINDS = {
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "band_low", "band_high"), "signed"),
    **dict.fromkeys(("baseline_mean", "minimum_detectable_effect"), "level"),
    **dict.fromkeys(lb.P_COLUMNS.values(), "p"),
    **dict.fromkeys(("n_trial", "n_control", "n_trial_clusters", "n_control_clusters"), "count"),
    **dict.fromkeys(("n_units", "n_without_control"), "count"),
    "event_time": "order",
    "std_difference": "hundredths",
    **dict.fromkeys(("value", "threshold", "mean_trial", "mean_control"), "significant"),
    **dict.fromkeys(("variance_ratio", "n_control_effective"), "significant"),
    **dict.fromkeys(("distance", "caliper", "score", "share", "factor"), "significant"),
    **{f"{part}_{design}": "signed"
       for part in ("estimate", "ci_low", "ci_high") for design in DESIGNS},
    **dict.fromkeys(("shrunk", "shrunk_ci_low", "shrunk_ci_high"), "signed"),
    **dict.fromkeys(("total", "total_ci_low", "total_ci_high"), "whole"),
    **dict.fromkeys(("spillover_share", "multiplier", "programme_euros", "euros"), "count"),
    **dict.fromkeys(("n_areas", "n_high", "n_low", "n_unknown"), "count"),
    **dict.fromkeys(("n_asked", "n_answered"), "count"),
    **dict.fromkeys(("response_rate", "response_rate_weighted", "difference_std_error"), "level"),
    **{"difference": "signed", "effective_size": "significant", "alpha": "significant"},
    "p_value": "p",
}  # fmt: skip
_PLACES = {"count": 0, "order": 0, "hundredths": 2, "whole": 0}
_LEAST = 1e-6  # below it six places would show a zero that is none
_PLUS = ("signed", "order", "hundredths", "whole")


def say(key: str, study: Study, language: Language, /, **values: object) -> str:
    """Fetch a text, or its neutral form `<key>.other` where units are no municipalities."""
    neutral = f"{key}.{study['units']}"
    return language.say(neutral if language.has(neutral) else key, **values)


def heading(column: str, study: Study, language: Language) -> str:
    """Head a column of a sheet; one of several designs says of which."""
    for design in DESIGNS:
        part = column.removesuffix(f"_{design}")
        if part != column:
            what = language.say(f"workbook.column.{part}")
            name = language.say(f"designs.short.{design}")
            return language.say("workbook.column.of_design", design=name, what=what)
    return say(f"workbook.column.{column}", study, language)


def decimals_of(row: Row, study: Study) -> int:
    """Give the decimals of a row's numbers: those of its outcome, or of its amounts."""
    if "outcome" in row:
        return int(study["outcomes"][row["outcome"]]["decimals"])
    if "first" in row and row["first"] in study["estimands"]:
        outcome = study["estimands"][row["first"]]["outcome"]
        return int(study["outcomes"][outcome]["decimals"])
    if "ratio" in row or "quantity" in row:
        each = "ratio" in row or row["quantity"] == "per_person"
        return made_of.places(row["unit"], each=each)
    return 1 if "response_rate" in row else 2


def number_format(column: str, value: Any, decimals: int, language: Language) -> str:
    """Choose the number format of a cell.

    Parameters
    ----------
    column : str
        Name of its column.
    value : Any
        Its value.
    decimals : int
        Decimals of the outcome.
    language : Language
        Whose decimal sign stands in the text that a small p-value shows.

    Returns
    -------
    str
        Empty for text. Estimates show their sign, with a true minus, and what rounds to zero
        none; a p-value below 0.001 stays the number it is and shows as such.
    """
    kind = KINDS.get(column)
    if kind is None:
        return ""
    tiny = kind == "significant" and pd.notna(value) and 0 < value < _LEAST
    if kind == "p" or tiny:
        return f'[<0.001]"<{NO_BREAK}{language.number(0.001, 3)}";0.000'
    places = _significant_places(value) if kind == "significant" else _PLACES.get(kind, decimals)
    plain = "#,##0" + ("." + "0" * places if places else "")
    if pd.notna(value) and abs(value) < 0.5 * 10**-places:
        return f"{plain};{plain};{plain}"
    plus = "+" if kind in _PLUS else ""
    return f'{plus}{plain};"{MINUS}"{plain};{plain}'


def text(column: str, row: Row, release: Release, language: Language) -> str:
    """Say in words what a row of a result table holds in a column of text."""
    if column == "feature":
        return views.feature_text(row, release, language)
    study, write = release.study, _TEXTS.get(column)
    if write is not None:
        return write(row, study, language)
    value = row[column]
    if isinstance(value, bool):
        return language.say("workbook.yes" if value else "workbook.no")
    return "" if pd.isna(value) else str(value)


def _specification(row: Row, study: Study, language: Language) -> str:
    said = lb.specification(row["estimand"], study, language)
    window = row.get("window")
    if isinstance(window, str) and window:
        return f"{lb.window_label(window, study, language, row['estimand'])}; {said}"
    return said


def _status(row: Row, study: Study, language: Language) -> str:
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
    """Say of each design in a row what `_status` says; once if all may be used."""
    usual, said = language.say("workbook.status.ok"), []
    for design in DESIGNS:
        if isinstance(row[f"status_{design}"], str):
            text = _status({"identified": "ok", **of_design(row, design)}, study, language)
            said.append((lb.sentence_case(lb.design_label(design, language)), text))
    if all(text == usual for _, text in said):
        return usual
    return " ".join(f"{name}: {text}" for name, text in said if text != usual)


def _why(row: Row, study: Study, language: Language) -> str:
    """Say of a row that may rest on no estimate why it has no number, or what checks say."""
    if row["status"] == "not_identified":
        return views.reason_text(row, language)
    return _status(row, study, language)


_TEXTS: dict[str, Callable[[Row, Study, Language], str]] = {
    "outcome": lambda row, study, said: lb.outcome_label(row["outcome"], study, said),
    "weights": lambda row, study, said: lb.sentence_case(
        lb.weights_label(row["weights"], study, said)
    ),
    "comparison": lambda row, study, said: lb.sentence_case(
        lb.comparison_label(row["comparison"], study, said)
    ),
    "estimator": lambda row, _, said: lb.sentence_case(lb.estimator_label(row["estimator"], said)),
    "role": lambda row, _, said: lb.sentence_case(lb.role_label(row["role"], said)),
    "specification": lambda *given: lb.sentence_case(_specification(*given)),
    "bins": lambda row, study, said: lb.bin_label(study, row["estimand"], said),
    "unit": lambda row, _, said: lb.unit_label(row["unit"], said),
    "status": _status,
    "check": lb.check_name,
    "verdict": lambda row, _, said: lb.sentence_case(lb.verdict_label(row["verdict"], said)),
    "covariate": lambda row, study, said: lb.covariate_label(row["covariate"], study, said),
    "stage": lambda row, _, said: said.say(f"workbook.stage.{row['stage']}"),
    "group": group_text,
    "statuses": _statuses,
    "population": population_text,
    "design": lambda row, _, said: lb.sentence_case(lb.design_label(row["design"], said)),
    "how": lambda *given: lb.sentence_case(how_text(*given)),
    "window": lambda row, study, said: lb.sentence_case(
        lb.window_label(row["window"], study, said, row["estimand"])
        if isinstance(row["window"], str)
        else ""
    ),
    "column": lambda row, _, said: payer_label(row["column"], said),
    "layer": lambda row, _, said: payer_label(row["column"], said),
    "payer_name": lambda row, _, said: said.say(f"payers.{row['payer']}"),
    "kind": lambda row, _, said: said.say(f"payer.kind.{row['kind']}"),
    "price_year": lambda row, _, said: _prices(row["price_year"], said),
    "total_name": lambda *given: lb.sentence_case(made_of.made_label("totals", *given)),
    "ratio_name": lambda *given: lb.sentence_case(made_of.made_label("ratios", *given)),
    "combination_name": lambda *given: lb.sentence_case(made_of.made_label("combinations", *given)),
    "quantity": lambda row, _, said: said.say(f"total.{row['quantity']}"),
    "in_words": made_of.ratio_sentence,
    "first": lambda row, study, said: made_of.estimand_text(row["first"], study, said),
    "second": lambda row, study, said: made_of.estimand_text(row["second"], study, said),
    "line": lambda row, _, said: said.pick(dict(row)),
    "payer": lambda row, _, said: made_of.programme_payer(row["payer"], said),
    "months": lambda row, _, said: lb.span(row["first"], row["last"], said),
    "source": lambda row, _, said: lb.source_text(row["source"], said),
    "mark": lambda row, _, said: said.say(f"design.mark.{row['mark']}"),
    "area": lambda row, study, said: lb.area_name(row["area"], study, said),
    "coders": lambda row, _, __: row["coders"].replace(";", ", "),
    "cell": lambda row, _, said: views.value_text(row, said),
    "stratum": lambda row, _, said: views.stratum_text(row["stratum"], said),
    "method": lambda row, _, said: said.say(f"areas.method.{row['method']}"),
    "date": lambda row, _, said: views.date_text(row, said),
    "wave": lambda row, _, said: said.period(row["wave"]),
    "arm": lambda row, _, said: said.say(f"survey.arm.{row['arm']}"),
    "why": _why,
}


def _prices(year: Any, language: Language) -> str:
    if pd.isna(year):
        return lb.sentence_case(language.say("costs.nominal"))
    return lb.sentence_case(language.say("costs.real", year=int(year)))


def _significant_places(value: Any) -> int:
    """Decimals that show three significant digits, without zeros at the end."""
    if pd.isna(value):
        return 0
    exponent = Decimal(f"{value:.3g}").normalize().as_tuple().exponent
    return min(max(-int(exponent), 0), 6)
