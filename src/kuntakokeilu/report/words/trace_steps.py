"""The first steps back from a number: what is said of it, its rows, its checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words import sentences
from kuntakokeilu.report.words.kept import kept, records, rows_with
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import DASH, NO_BREAK, Language
from kuntakokeilu.report.words.p_values import degrees_text, off_centre
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import worst_first

FEW_DEGREES = 20  # ASSUME: as estimation.few_clusters, above which the usual standard error leads
_HEADER = 2  # the first row of a table stands on the second line of its file
_DIGITS = 6
_CHECK_COLUMNS = ("check", "verdict", "value", "threshold")


@dataclass(frozen=True)
class Step:
    """One stage of the way back.

    Attributes
    ----------
    name : str
        said, rows, checks, cells, rules, data or code.
    said : list of str
        Sentences.
    facts : list of tuple of str
        What is known, each with its name.
    table : DataFrame
        Of text; no rows if there is nothing to list.
    """

    name: str
    said: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    table: pd.DataFrame = field(default_factory=pd.DataFrame)


def file_lines(index: Iterable[int]) -> str:
    """Write places of rows, counted from 0, as lines of their file.

    Examples
    --------
    >>> file_lines([0, 1, 2, 8])
    '2–4, 10'
    """
    places = np.unique(np.fromiter(index, dtype=int)) + _HEADER
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return ", ".join(
        f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs if len(run)
    )


def place(table: str, index: Iterable[int], language: Language) -> str:
    """Say on which lines of which released table some rows stand."""
    lines = file_lines(index)
    key = "trace.place.one" if lines.isdecimal() else "trace.place.many"
    return language.say(key, file=f"release/{table}.csv", lines=lines)


def said(release: Release, rows: pd.DataFrame, language: Language) -> Step:
    """Give the sentences of one estimand: of its number, or of how many numbers a series has."""
    lead = rows[rows["leading"]]
    about = release.study["estimands"][rows.iloc[0]["estimand"]]
    facts = [
        (_say("role", language), lb.role_label(about["role"], language)),
        (_say("design", language), lb.design_label(about["design"], language)),
    ]
    if about["headline"] == "yes":
        facts.append((_say("headline", language), language.say("trace.yes")))
    if lead.iloc[0]["term"] != "event_time":
        lines = [sentences.effect_sentence(release, row, language) for row in records(lead)]
    elif why := sentences.unestimated(lead, language):
        lines = [lb.sentence_case(f"{why}.")]
    else:
        every = lb.bin_label(release.study, rows.iloc[0]["estimand"], language)
        lines = [language.say("trace.series", n=len(lead), bins=every)]
    return Step("said", lines, facts)


def in_release(
    release: Release, rows: pd.DataFrame, language: Language, most: int | None = None
) -> Step:
    """Show the rows of one estimand with their lines in the file, and which inference leads why.

    One number is shown in all its kinds of inference, a series in the kind that leads; at most so
    many rows of it, if that is said.
    """
    estimand = rows.iloc[0]["estimand"]
    single = rows["event_time"].isna().all() and rows["window"].isna().all()
    listed = rows if single else rows[rows["leading"]]
    shown = listed.head(len(listed) if most is None else most)
    facts = [(_say("file", language), place("estimates", rows.index, language))]
    for name, lines_of in _resting_on(release).items():
        if estimand in lines_of:
            facts.append((_say("file", language), place(name, lines_of[estimand], language)))
    lines = [why_leading(rows, release.study, language)]
    if len(shown) < len(listed):
        lines.append(language.say("trace.more_rows", n=len(listed) - len(shown)))
    table, heading = _numbers(shown, release.study, language), _say("status", language)
    alike = table[heading].unique()
    if len(alike) == 1:  # a column that says the same in all rows
        facts.append((heading, lb.sentence_case(str(alike[0]))))
        table = table.drop(columns=heading)
    return Step("rows", lines, facts, table)


def checks(release: Release, estimand: str, language: Language) -> Step:
    """Show every check of one estimand, those that it does not pass first."""
    mine = _checks_of(release, estimand)
    if mine.empty:
        return Step("checks", [language.say("trace.no_checks")])
    failed, warned = (int(mine["verdict"].eq(verdict).sum()) for verdict in ("fail", "warn"))
    where = place("diagnostics", mine.index, language)
    rows = [
        [
            lb.check_name(row, release.study, language),
            lb.verdict_label(row["verdict"], language),
            language.significant(row["value"], 4),
            language.significant(row["threshold"], 4),
            file_lines([int(str(line))]),
        ]
        for line, row in zip(mine.index, records(mine), strict=True)
    ]
    heads = [lb.heading(c, release.study, language) for c in _CHECK_COLUMNS]
    table = pd.DataFrame(rows, columns=[*heads, _say("line", language)])
    counts = language.say("trace.checks", n=len(mine), failed=failed, warned=warned)
    return Step("checks", [counts], [(_say("file", language), where)], table)


@kept
def _checks_of(release: Release, estimand: str) -> pd.DataFrame:
    return worst_first(rows_with(release, "diagnostics", "estimand", estimand))


@kept
def _resting_on(release: Release) -> dict[str, dict[str, list[int]]]:
    """Give by table other than the estimates, then by estimand, the rows that rest on it."""
    found: dict[str, dict[str, list[int]]] = {}
    for name, released in RELEASED_TABLES.items():
        if name == "estimates" or not released.rests_on:
            continue
        found[name] = {}
        frame = getattr(release, name)
        named = frame[list(released.rests_on)].itertuples(index=False)
        for row, estimands in zip(frame.index, named, strict=True):
            for estimand in estimands:
                found[name].setdefault(estimand, []).append(row)
    return found


def why_leading(rows: pd.DataFrame, study: Study, language: Language) -> str:
    """Say which kind of inference words and stars follow, and by which rule.

    Parameters
    ----------
    rows : DataFrame
        All rows of one estimand, contract RELEASED.
    study : mapping
        Content of study.json.
    language : Language
        Of the reader.
    """
    lead = rows[rows["leading"]]
    if not lead["std_error"].notna().any():
        return language.say("trace.leads.none")
    kind = str(lead.iloc[0]["inference"])
    degrees = rows.loc[rows["inference"].eq("cr2_area"), "degrees_of_freedom"]
    values = {
        "what": lb.inference_label(kind, study, language),
        "few": FEW_DEGREES,
        "degrees": language.number(degrees.min(), 1),
    }
    alone = kind == "cluster_area" and degrees.isna().all()
    key = f"trace.leads.{'alone' if alone else kind}"
    return language.say(key if language.has(key) else "trace.leads.other", **values)


def _numbers(rows: pd.DataFrame, study: Study, language: Language) -> pd.DataFrame:
    """Write the numbers of rows with six digits, each with the line of the file it stands on."""
    lines = [
        {
            "row": _which(row, study, language),
            "estimate": language.significant(row["estimate"], _DIGITS),
            "std_error": language.significant(row["std_error"], _DIGITS),
            "interval": _interval(row, language),
            "p": language.p_number(row["p_value"]),
            "degrees": degrees_text(row, 1, language),
            "status": _status(row, language),
            "line": file_lines([int(str(line))]),
        }
        for line, row in zip(rows.index, records(rows), strict=True)
    ]
    return pd.DataFrame(lines).rename(columns=lambda name: _say(name, language))


def _interval(row: Row, language: Language) -> str:
    """Write the ends of an interval, of which a bootstrap may lack one; never over two lines."""
    if pd.isna(row["ci_low"]) and pd.isna(row["ci_high"]):
        return DASH
    low, high = (language.significant(row[end], _DIGITS) for end in ("ci_low", "ci_high"))
    interval = language.say("number.interval", low=low, high=high).replace(" ", NO_BREAK)
    return language.say("off_centre.mark", interval=interval) if off_centre(row) else interval


def _status(row: Row, language: Language) -> str:
    """Say whether a number may be used; of one that does not exist, why."""
    if row["status"] == "not_identified":
        return lb.reason_label(row["identified"], language)
    if row["status"] == "ok" and row.get("warned_checks"):
        return language.say("status.needs_care")
    return lb.status_label(row["status"], language)


def _which(row: Row, study: Study, language: Language) -> str:
    """Tell a row from the others of its estimand: its kind of inference, bin or window."""
    if pd.notna(row["event_time"]):
        return language.number(row["event_time"], 0)
    if isinstance(row["window"], str):
        return lb.window_label(row["window"], study, language, row["estimand"])
    name = lb.inference_label(row["inference"], study, language)
    return language.say("trace.leading", what=name) if row["leading"] else name


def _say(name: str, language: Language) -> str:
    return language.say(f"trace.name.{name}")
