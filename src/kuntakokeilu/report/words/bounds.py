"""What a release says of how far its assumption may fail: bounds, power, margins."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kept import rows_with
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import covers_zero, is_shown, lead_rows

FRAGILE = 0.5  # of the drift before the start: half of what was seen is enough to undo the sign
MOST = 10.0  # beyond which nobody looked; `estimation.bounds` stops there
_RELATIVE = "relative_magnitudes"
_SAME = 1.0  # as much drift after the start as before it


def sign_sentence(release: Release, row: Row, language: Language) -> str:
    """Say in one sentence how much drift the sign of a main number withstands.

    Parameters
    ----------
    release : Release
        The study.
    row : mapping
        The leading row of contract RELEASED.
    language : Language
        Of the reader.

    Returns
    -------
    str
        Empty of a number that may not be shown, and in a study without bounds.
    """
    bounds = _of(release, row["estimand"])
    if bounds.empty or not is_shown(row):
        return ""
    first = bounds.iloc[0]
    if first["status"] == "suppressed":
        return ""
    if first["identified"] != "ok":
        reason = lb.reason_label(first["identified"], language)
        return language.say("bounds.sign.unknown", reason=reason)
    said = [
        _sign(bounds, row, release, language),
        last_bin_sentence(first, release.study, language),
        line_sentence(release, row["estimand"], language),
    ]
    return " ".join(filter(None, said))


def _sign(bounds: pd.DataFrame, row: Row, release: Release, language: Language) -> str:
    first = bounds.iloc[0]
    step = step_text(first, release.study, language)
    if covers_zero(row):
        if first["breakdown"] > 0:  # its interval at no drift leaves zero out
            return language.say(
                "bounds.sign.disputed",
                step=step,
                times=language.significant(first["breakdown"], 2),
                estimate=language.number(
                    first["estimate"], _decimals(first, release.study), sign=True
                ),
                unit=lb.unit_label(first["unit"], language),
            )
        return _open(bounds, release.study, step, language)
    kind = _kind(row, first)
    times = language.significant(first["breakdown"], 2)
    return language.say(f"bounds.sign.{kind}", step=step, times=times)


def last_bin_sentence(bound: Row, study: Study, language: Language) -> str:
    """Say what the estimate is relative to the last bin before the start, where that is another.

    Parameters
    ----------
    bound : mapping
        A row of contract BOUNDS_RELEASED.
    study : mapping
        Of the release.
    language : Language
        Of the reader.

    Returns
    -------
    str
        Empty where the two are no further apart than a standard error and of one sign.
    """
    last, estimate = bound["last_bin"], bound["estimate"]
    if pd.isna(last) or (last * estimate > 0 and abs(last - estimate) <= bound["std_error"]):
        return ""
    if abs(last - estimate) <= 1e-9 * abs(estimate):
        return ""
    number = language.number(last, _decimals(bound, study), sign=True)
    return language.say(
        "bounds.last_bin", estimate=number, unit=lb.unit_label(bound["unit"], language)
    )


def line_sentence(release: Release, estimand: str, language: Language) -> str:
    """Say what is left of an estimate if the arms would have drifted on along a straight line.

    Parameters
    ----------
    release : Release
        The study.
    estimand : str
        Name of a main estimand.
    language : Language
        Of the reader.

    Returns
    -------
    str
        Empty in a study that does not ask for bounds on bends. Where too many bins stand before
        the start for so few areas, that no line can be told.
    """
    rows = rows_with(release, "bounds", "estimand", estimand)
    rows = rows[rows["restriction"].eq("smoothness") & rows["declared"].eq(0.0)]
    if rows.empty or rows.iloc[0]["status"] == "suppressed":
        return ""
    row = rows.iloc[0]
    if row["identified"] != "ok":
        return language.say(
            "bounds.line.unknown", reason=lb.reason_label(row["identified"], language)
        )
    decimals = _decimals(row, release.study)
    return language.say(
        "bounds.line.said",
        estimate=language.number(row["without_drift"], decimals, sign=True),
        interval=language.interval(row["ci_low"], row["ci_high"], decimals),
        unit=lb.unit_label(row["unit"], language),
    )


def sign_short(release: Release, row: Row, language: Language) -> str:
    """Say the same in a cell of a table; a dash where it is not known."""
    bounds = _of(release, row["estimand"])
    if bounds.empty or not is_shown(row) or bounds.iloc[0]["status"] in _HIDDEN:
        return DASH
    if covers_zero(row):
        return language.say("bounds.short.open")
    first = bounds.iloc[0]
    kind = {"most": "most", "none": "none"}.get(_kind(row, first), "times")
    return language.say(f"bounds.short.{kind}", times=language.significant(first["breakdown"], 2))


def is_fragile(release: Release, row: Row) -> bool:
    """Tell whether a number away from zero would lose its sign to less than half of the drift."""
    bounds = _of(release, row["estimand"])
    if bounds.empty or covers_zero(row) or bounds.iloc[0]["status"] in _HIDDEN:
        return False
    return _kind(row, bounds.iloc[0]) in ("fragile", "none")


def step_text(row: Row, study: Study, language: Language) -> str:
    """Say from what to what a drift goes: from one quarter to the next."""
    about = study["estimands"].get(row["estimand"], {})
    counted = study.get("counted") or about.get("stocks")  # stocks are some months apart
    key = f"bounds.step.{study['frequency']}.{int(row['periods_per_bin'])}"
    return language.say(key if not counted and language.has(key) else "bounds.step")


def equivalence_sentence(release: Release, row: Row, language: Language) -> str:
    """Say whether an effect is no larger than the margin declared; empty without one.

    Parameters
    ----------
    release : Release
        The study.
    row : mapping
        The leading row of contract RELEASED.
    language : Language
        Of the reader.
    """
    mine = rows_with(release, "equivalence", "estimand", row["estimand"])
    if mine.empty or mine.iloc[0]["status"] == "suppressed" or not is_shown(row):
        return ""
    test = mine.iloc[0]
    margin = language.significant(test["margin"])
    values = {"margin": margin, "unit": lb.unit_label(test["unit"], language)}
    if test["identified"] != "ok":
        reason = lb.reason_label(test["identified"], language)
        return language.say("equivalence.unknown", **values, reason=reason)
    kind = "shown" if test["equivalent"] else "not_shown"
    return language.say(f"equivalence.{kind}", **values, p=language.p_text(test["p_value"]))


def bounds_notes(release: Release, language: Language) -> list[str]:
    """Say of each main number how much drift its sign withstands, and if it is as good as none."""
    said = []
    for _, row in lead_rows(release).iterrows():
        parts = [
            sign_sentence(release, row, language),
            equivalence_sentence(release, row, language),
        ]
        text = " ".join(filter(None, parts))
        if text:
            outcome = lb.outcome_label(row["outcome"], release.study, language)
            detail = lb.detail(row["estimand"], release.study, language)
            said.append(f"**{outcome}** ({detail}): {text}")
    return said


def bounds_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the intervals of each main number under every bound that the study declares."""
    study, rows = release.study, _shown(release.bounds)
    lines = [
        [
            *_named(row, study, language),
            lb.sentence_case(language.say(f"bounds.restriction.{row['restriction']}")),
            language.significant(row["bound"]),
            language.interval(row["ci_low"], row["ci_high"], _decimals(row, study)),
            language.significant(row["breakdown"]),
            language.number(row["last_bin"], _decimals(row, study), sign=True),
            language.significant(row["seen"], 2),
            language.number(row["without_drift"], _decimals(row, study), sign=True),
            lb.unit_label(row["unit"], language),
        ]
        for _, row in rows.iterrows()
    ]
    names = ("outcome", "specification", "restriction", "bound", "interval", "breakdown")
    return _table(lines, (*names, "last_bin", "seen", "without_drift", "unit"), language)


def power_view(release: Release, language: Language) -> pd.DataFrame:
    """Show which drift the tests before the start would have found, and its bias."""
    study, rows, lines = release.study, _shown(release.pre_trend_power), []
    for (_, test), group in rows.groupby(["estimand", "test"], sort=False):
        first, by_power = group.iloc[0], group.set_index("power")
        numbers = []
        decimals = _decimals(first, study) + 1
        for power in (0.5, 0.8):
            slope, bias = (by_power[name].loc[power] for name in ("slope", "bias"))
            numbers.append(language.number(float(slope), decimals))
            numbers.append(language.number(float(bias), decimals, sign=True))
        lines.append(
            [
                *_named(first, study, language),
                lb.sentence_case(language.say(f"bounds.test.{test}")),
                *numbers,
                language.number(first["estimate"], _decimals(first, study), sign=True),
                lb.unit_label(first["unit"], language),
            ]
        )
    names = ("outcome", "specification", "test", "drift_50", "bias_50", "drift_80", "bias_80")
    return _table(lines, (*names, "effect", "unit"), language)


_HIDDEN = ("suppressed", "not_identified")


def _of(release: Release, estimand: str) -> pd.DataFrame:
    rows = rows_with(release, "bounds", "estimand", estimand)
    return rows[rows["restriction"].eq(_RELATIVE)]


def _kind(row: Row, bound: Row) -> str:
    """Tell which sentence goes with a breakdown of a number that differs from zero."""
    same_sign = row["estimate"] * bound["estimate"] > 0
    if not same_sign or not bound["breakdown"] > 0:
        return "none"
    if bound["breakdown"] >= MOST:
        return "most"
    return "holds" if bound["breakdown"] >= FRAGILE else "fragile"


def _open(bounds: pd.DataFrame, study: Study, step: str, language: Language) -> str:
    """Say that an interval that holds zero has no sign, and what as much drift leaves possible."""
    same = bounds[bounds["bound"].eq(_SAME)].dropna(subset=["ci_low", "ci_high"])
    if same.empty:
        return language.say("bounds.sign.open")
    row = same.iloc[0]
    return language.say(
        "bounds.sign.open_interval",
        step=step,
        interval=language.interval(row["ci_low"], row["ci_high"], _decimals(row, study)),
        unit=lb.unit_label(row["unit"], language),
    )


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[~rows["status"].isin(_HIDDEN)]


def _named(row: Row, study: Study, language: Language) -> list[str]:
    outcome = lb.outcome_label(row["outcome"], study, language)
    return [outcome, lb.sentence_case(lb.detail(row["estimand"], study, language))]


def _decimals(row: Row, study: Study) -> int:
    return int(study["outcomes"][row["outcome"]]["decimals"])


def _table(lines: list[list[Any]], names: tuple[str, ...], language: Language) -> pd.DataFrame:
    heads = [
        language.say("workbook.column.unit" if name == "unit" else f"bounds.column.{name}")
        for name in names
    ]
    return pd.DataFrame(lines, columns=heads)
