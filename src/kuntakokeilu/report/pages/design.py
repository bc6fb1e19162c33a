"""The design of a study: who was treated where and when, and how alike the arms were before."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.beyond_reach import beyond_reach_notes
from kuntakokeilu.report.words.findings import bullets
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.policy_calendar import date_text
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import lead_rows

ALIKE = 0.1  # ASSUME: a standardised difference below 0.1 is small (Austin 2009, Stat. Med. 28)


def areas_table(release: Release, language: Language) -> pd.DataFrame:
    """Show the trial areas with their municipalities; without rows in a study without areas."""
    name = f"name_{language.code}"
    trial = release.units[(release.units["arm"] == "trial") & release.units["area"].ne("")]
    rows = [
        [
            lb.area_name(str(area), release.study, language),
            language.number(len(units), 0),
            ", ".join(sorted(units[name], key=lb.alphabetical)),
        ]
        for area, units in trial.dropna(subset="area").groupby("area")
    ]
    rows.sort(key=lambda row: lb.alphabetical(row[0]))
    return _table(rows, ("area", "units", "members"), language)


def clusters_table(release: Release, language: Language) -> pd.DataFrame:
    """Show how many clusters each leading effect rests on, by arm."""
    lead = lead_rows(release).drop_duplicates(["outcome", "comparison"])
    lead = lead[lead["n_trial"] > 0]
    rows = [
        [
            lb.outcome_label(row["outcome"], release.study, language),
            lb.sentence_case(lb.comparison_label(row["comparison"], release.study, language)),
            *(
                language.number(row[column], 0)
                for column in ("n_trial", "n_trial_clusters", "n_control", "n_control_clusters")
            ),
        ]
        for _, row in lead.iterrows()
    ]
    columns = ("outcome", "comparison", "trial", "trial_clusters", "control", "control_clusters")
    return _table(rows, columns, language)


def cluster_notes(release: Release, language: Language) -> str:
    """Say which leading effects have few or unequal clusters, as a list in Markdown."""
    checks = release.diagnostics[
        release.diagnostics["check"].isin(["few_clusters", "largest_cluster_share"])
        & release.diagnostics["verdict"].ne("pass")
        & release.diagnostics["estimand"].isin(lead_rows(release)["estimand"])
    ]
    lines = [
        language.say(
            "design.cluster_note",
            outcome=lb.outcome_label(_outcome(row["estimand"], release), release.study, language),
            detail=lb.detail(row["estimand"], release.study, language),
            check=lb.check_name(row, release.study, language),
            verdict=lb.verdict_label(row["verdict"], language),
            value=language.significant(row["value"]),
            threshold=language.significant(row["threshold"]),
        )
        for _, row in checks.iterrows()
    ]
    return bullets(lines) or language.say("design.clusters_fine")


def windows_table(release: Release, language: Language) -> pd.DataFrame:
    """Show the calendar windows and their dates."""
    study = release.study
    names = sorted(study["windows"], key=lambda name: study["windows"][name]["first"])
    rows = [
        [
            lb.sentence_case(lb.window_name(name, study, language)),
            lb.window_dates(name, study, language),
        ]
        for name in names
    ]
    return _table(rows, ("window", "dates"), language)


def calendar_table(calendar: pd.DataFrame, release: Release, language: Language) -> pd.DataFrame:
    """Show what else happened from the first to the last period of the study.

    Parameters
    ----------
    calendar : DataFrame
        As `policy_calendar.read_calendar` returns it.
    release : Release
        A released study.
    language : Language
        Of the events and headings.
    """
    ends = [
        pd.Period(release.study[end], release.study["frequency"])
        for end in ("first_period", "last_period")
    ]
    inside = calendar["date"].between(ends[0].start_time, ends[1].end_time)
    rows = [
        [
            date_text(event, language),
            event[f"event_{language.code}"],
            language.say(f"design.mark.{event['mark']}"),
        ]
        for _, event in calendar[inside].iterrows()
    ]
    return _table(rows, ("date", "event", "mark"), language)


def outcomes(release: Release) -> list[str]:
    """Name the outcomes in the order of the plan."""
    return list(release.estimates["outcome"].unique())


def estimands_table(release: Release, outcome: str, language: Language) -> pd.DataFrame:
    """Show the plan for one outcome: every estimand, those with one area left out on one row."""
    study = release.study
    plan = release.estimates[release.estimates["outcome"] == outcome].drop_duplicates("estimand")
    left_out = plan["role"].eq("leave_one_out")
    kept = plan[~left_out | ~plan.duplicated("role")]
    rows = []
    for _, row in kept.iterrows():
        name, about = row["estimand"], study["estimands"].get(row["estimand"], {})
        detail = lb.sentence_case(lb.detail(name, study, language))
        if row["role"] == "leave_one_out":
            name = f"{outcome}.…"
            detail = language.say("design.left_out", n=int(left_out.sum()))
        rows.append(
            [
                lb.role_label(row["role"], language),
                detail,
                lb.estimator_label(row["estimator"], language),
                _span(about, language),
                name,
            ]
        )
    columns = ("role", "specification", "estimator", "span", "estimand")
    return _table(rows, columns, language)


def balance_table(release: Release, language: Language) -> pd.DataFrame:
    """Show the means of both arms before the start, as they are in the leading comparison."""
    first = release.balance["comparison"].head(1)
    rows = release.balance[
        release.balance["comparison"].isin(first) & release.balance["stage"].eq("before")
    ]
    shown = [
        [
            lb.covariate_label(row["covariate"], release.study, language),
            *(language.significant(row[name], 4) for name in ("mean_trial", "mean_control")),
            language.number(row["std_difference"], 2, sign=True),
            language.significant(row["variance_ratio"]),
        ]
        for _, row in rows.iterrows()
    ]
    columns = ("covariate", "mean_trial", "mean_control", "std_difference", "variance_ratio")
    return _table(shown, columns, language)


def balance_notes(release: Release, language: Language) -> str:
    """Say how many covariates each comparison leaves unlike, as a list in Markdown."""
    lines = []
    for comparison, rows in release.balance.groupby("comparison", sort=False):
        stage = "after" if rows["stage"].eq("after").any() else "before"
        mine = rows[rows["stage"] == stage]
        known = mine["std_difference"].abs().dropna()
        values = {
            "comparison": lb.sentence_case(
                lb.comparison_label(str(comparison), release.study, language)
            ),
            "n": len(mine),
            "unlike": int((known >= ALIKE).sum()),
            "most": language.number(known.max(), 2),
            "effective": language.number(mine["n_control_effective"].min(), 0),
            "limit": language.number(ALIKE, 1),
        }
        key = stage if len(known) else "unknown"
        lines.append(language.say(f"design.balance.{key}", **values))
    return bullets(lines) or language.say("design.no_balance")


def overlap_table(release: Release, language: Language) -> pd.DataFrame:
    """Show the trial areas of the leading comparison, those furthest from any control first."""
    rows = release.overlap[
        release.overlap["comparison"].isin(release.overlap["comparison"].head(1))
    ].sort_values("distance", ascending=False)
    shown = [
        [
            lb.area_name(row["area"], release.study, language),
            *(language.number(row[name], 0) for name in ("n_units", "n_without_control")),
            *(language.significant(row[name], 2) for name in ("distance", "caliper", "score")),
            _comparable(row, language),
        ]
        for _, row in rows.iterrows()
    ]
    columns = ("area", "units", "without", "distance", "caliper", "score", "comparable")
    return _table(shown, columns, language)


def _comparable(row: pd.Series, language: Language) -> str:
    if row["status"] == "suppressed":
        return language.say("status.suppressed")
    if pd.isna(row["comparable"]):
        return DASH
    return language.say(f"design.comparable.{'yes' if row['comparable'] else 'no'}")


def overlap_note(release: Release, language: Language) -> str:
    """Name the areas and units without a comparable control, as everywhere in the report."""
    first = release.overlap["comparison"].head(1)
    if first.empty:
        return language.say("design.no_covariates")
    rows = release.overlap[release.overlap["comparison"].isin(first)]
    if rows.loc[rows["status"].ne("suppressed"), "comparable"].isna().all():
        return language.say("design.overlap.no_rule")
    names = rows.loc[rows["comparable"].eq(False).fillna(False), "area"]
    alone = sorted(
        (lb.area_name(area, release.study, language) for area in names), key=lb.alphabetical
    )
    values = {"n": len(alone), "total": len(rows), "areas": language.listed(alone)}
    areas = language.say(f"design.overlap.{'some' if alone else 'none'}", **values)
    return " ".join([areas, *beyond_reach_notes(release, language)])


def _span(about: dict[str, Any], language: Language) -> str:
    return lb.span(about["first_period"], about["last_period"], language) if about else DASH


def _outcome(estimand: str, release: Release) -> str:
    return release.study["estimands"][estimand]["outcome"]


def _table(rows: list[list[str]], columns: tuple[str, ...], language: Language) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[language.say(f"design.column.{c}") for c in columns])
