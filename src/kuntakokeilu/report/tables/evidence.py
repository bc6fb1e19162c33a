"""Lines of the sheets on areas and on checks: where the answer differs, and how well it holds."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from kuntakokeilu.report.tables.lines import (
    SheetLine,
    effect_lines,
    number_line,
    outcome_decimals,
)
from kuntakokeilu.report.tables.service_models import area_effects, feature_notes, feature_text
from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.beyond_reach import beyond_reach_notes
from kuntakokeilu.report.words.bounds import sign_sentence
from kuntakokeilu.report.words.false_starts import false_starts_sentence
from kuntakokeilu.report.words.grouping import same_question
from kuntakokeilu.report.words.headlines import told
from kuntakokeilu.report.words.judged import judged_notes
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import area_rows, is_shown, lead_rows
from kuntakokeilu.report.words.size_bands import size_bands_sentence

_VERDICTS = ("fail", "warn")


def area_lines(release: Release, language: Language) -> list[SheetLine]:
    """Give the effect in each area, how effects go with features, what is known of the areas."""
    effects = [_of_area(row, release, language) for _, row in area_effects(release).iterrows()]
    associations = [
        number_line(
            row,
            language.say("part.meta_regression"),
            feature_text(row, release, language),
            _of_areas(row, release, language),
            release,
            language,
            outcome_decimals(row["outcome"], release),
        )
        for _, row in release.meta_regression.dropna(subset="estimate").iterrows()
    ]
    return [*effects, *associations, *_features(release, language)]


def _of_area(row: pd.Series, release: Release, language: Language) -> SheetLine:
    """Give the effect in an area; where no control is like it, there is none."""
    return number_line(
        row,
        language.say("part.area_effects"),
        lb.area_name(row["area"], release.study, language),
        f"{lb.outcome_label(row['outcome'], release.study, language)}; "
        f"{lb.detail(row['estimand'], release.study, language)}",
        release,
        language,
        outcome_decimals(row["outcome"], release),
    )


def area_notes(release: Release, language: Language) -> list[str]:
    """Say what an effect of a single area can tell, and what is known of features."""
    said = [language.say("part.area_effects.note")] if len(release.area_effects) else []
    without = int(release.meta_regression["estimate"].isna().sum())
    said += [language.say("part.meta_regression.without", n=without)] if without else []
    said += [language.say("part.features.note")] if len(release.service_models) else []
    return [*said, *beyond_reach_notes(release, language), *feature_notes(release, language)]


def check_lines(release: Release, language: Language) -> list[SheetLine]:
    """Give what did not pass, the answers estimated in other ways, and under bounds on drift."""
    rows, answers = area_rows(release), told(release)
    mine = rows[rows["outcome"].isin(answers["outcome"]) & rows["term"].eq("att")]
    asked = [same_question(name, release.study) for name in mine["estimand"]]
    same = mine[pd.Series(asked, index=mine.index, dtype=bool)]
    left_out = mine[mine["role"].eq("leave_one_out")]
    parts = {
        "other_ways": same[same["role"].eq("robustness")],
        "placebo": mine[mine["role"].eq("placebo")],
        "left_out": _ends(left_out),
    }
    effects = [
        line
        for name, chosen in parts.items()
        for line in effect_lines(chosen, language.say(f"part.{name}"), release, language)
    ]
    return [*counted_by_check(release, language), *effects, *_bounds(answers, release, language)]


def check_notes(release: Release, language: Language) -> list[str]:
    """Say how often tests err, what drift the answers withstand, what false starts show, and more.

    Last comes which design is favoured.
    """
    said = []
    for _, row in told(release).iterrows():
        parts = [
            size_bands_sentence(release, row, language),
            sign_sentence(release, row, language),
            false_starts_sentence(release, row["estimand"], language),
        ]
        text = " ".join(filter(None, parts))
        if text:
            said.append(f"{lb.outcome_label(row['outcome'], release.study, language)}: {text}")
    if release.diagnostics.empty:
        said.insert(0, language.say("diagnostic.none"))
    elif not release.diagnostics["verdict"].isin(_VERDICTS).any():
        said.insert(0, language.say("diagnostic.all_pass"))
    return [*said, *judged_notes(release, language)]


def counted_by_check(release: Release, language: Language) -> list[SheetLine]:
    """Give a line for each check that any estimate does not pass, failures first."""
    checks = release.diagnostics.assign(name=release.diagnostics["placebo"])
    checks["name"] = checks["name"].fillna(checks["check"])
    main = set(lead_rows(release)["estimand"])
    found = []
    for verdict in _VERDICTS:
        mine = checks[checks["verdict"].eq(verdict)]
        for name in cautions.strongest_first(mine["name"]):
            rows = mine[mine["name"].eq(name)]
            counts = {
                "all": language.number(rows["estimand"].nunique(), 0),
                "main": language.number(rows.loc[rows["estimand"].isin(main), "estimand"]
                                        .nunique(), 0),
            }  # fmt: skip
            found.append(
                SheetLine(
                    language.say(f"part.{verdict}"),
                    lb.sentence_case(cautions.check_name(rows.iloc[0], release.study, language)),
                    lb.sentence_case(language.say("part.not_passed", **counts)),
                    care=lb.check_text(rows.iloc[0], language),
                    marked=verdict == "fail",
                )
            )
    return found


def _bounds(answers: pd.DataFrame, release: Release, language: Language) -> list[SheetLine]:
    """Give the intervals of the answers if the arms would have drifted apart.

    They bound the effect; an estimate, which is centred elsewhere, may lie outside and is left out.
    """
    rows = release.bounds[release.bounds["estimand"].isin(answers["estimand"])]
    rows = rows.dropna(subset=["ci_low", "ci_high"])
    lines = [
        number_line(
            row,
            language.say("part.bounds"),
            lb.outcome_label(row["outcome"], release.study, language),
            f"{language.say('bounds.restriction.' + row['restriction'])}: "
            f"{language.significant(row['bound'])}",
            release,
            language,
            outcome_decimals(row["outcome"], release),
        )
        for _, row in rows.iterrows()
    ]
    return [replace(line, estimate=float("nan")) for line in lines]


def _ends(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep of each outcome the smallest and the largest estimate with one area left out."""
    shown = rows[[is_shown(row) for _, row in rows.iterrows()]] if len(rows) else rows
    ends = [
        group["estimate"].agg(end)
        for _, group in shown.groupby("outcome", sort=False)
        for end in ("idxmin", "idxmax")
    ]
    return shown.loc[list(dict.fromkeys(ends))]


def _of_areas(row: pd.Series, release: Release, language: Language) -> str:
    """Say of which effect an association is, and how many areas have the feature."""
    outcome = lb.outcome_label(row["outcome"], release.study, language)
    if pd.isna(row["n_high"]):
        count = language.number(row["n_areas"], 0)
        return f"{outcome}; {language.say('part.mean_of_areas', n=count)}"
    counts = {name: language.number(row[f"n_{name}"], 0) for name in ("high", "low", "unknown")}
    return f"{outcome}; {language.say('part.with_feature', **counts)}"


def _features(release: Release, language: Language) -> list[SheetLine]:
    """Say of each feature of how many areas it is known; the sources are in the CSV file."""
    found = []
    for _, rows in release.service_models.groupby("feature", sort=False):
        known = int(rows["value"].ne("unknown").sum())
        counts = {"known": language.number(known, 0), "all": language.number(len(rows), 0)}
        said = language.say("part.known", **counts)
        if rows["kind"].iloc[0] == "binary" and known:
            yes = language.number(int(rows["value"].eq("yes").sum()), 0)
            said = f"{said}; {language.say('part.yes', n=yes)}"
        name = language.pick(dict(rows.iloc[0]))
        found.append(
            SheetLine(language.say("part.features"), lb.sentence_case(name), lb.sentence_case(said))
        )
    return found
