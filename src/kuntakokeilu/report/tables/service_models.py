"""Service models as tables: areas, the matrix, what goes with it, and for whom effects differ."""

from __future__ import annotations

from functools import partial

import pandas as pd

from kuntakokeilu.report.tables.columns import (
    CLUSTERS,
    DETECTABLE,
    INTERVAL,
    Column,
    status_text,
)
from kuntakokeilu.report.tables.record import ResultTable, as_released, where_released
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.beyond_reach import areas_beyond_reach
from kuntakokeilu.report.words.cautions import CHECK_COLUMNS
from kuntakokeilu.report.words.kept import rows_with
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown
from kuntakokeilu.report.words.side_by_side import number_text
from kuntakokeilu.report.words.spread import area_rows_of
from kuntakokeilu.report.words.who_is_compared import twin_notes

WORDS = ("yes", "no", "unknown")


def area_effects(release: Release) -> pd.DataFrame:
    """Return contract AREA_EFFECTS_RELEASED, the areas of each estimand in alphabetical order."""
    names = release.area_effects["estimand"].unique()
    parts = [area_rows_of(release, name) for name in names]
    return pd.concat(parts, ignore_index=True) if parts else release.area_effects.copy()


def area_effects_view(release: Release, estimand: str, language: Language) -> pd.DataFrame:
    """Show the areas' effects as text, raw and shrunk, in alphabetical order."""
    lines, study, beyond = [], release.study, areas_beyond_reach(release)
    for _, row in area_rows_of(release, estimand, language).iterrows():
        decimals = study["outcomes"][row["outcome"]]["decimals"]
        shrunk = {"estimate": row["shrunk"], "ci_low": row["shrunk_ci_low"]}
        shrunk |= {
            "ci_high": row["shrunk_ci_high"],
            **{name: row[name] for name in ("status", *CHECK_COLUMNS)},
        }
        known = is_shown(row) and pd.notna(row["shrunk"])
        lines.append(
            [
                language.say("areas.beyond", area=row["name"])
                if row["area"] in beyond
                else row["name"],
                effect_text(row, decimals, language),
                number_text(shrunk, decimals, language) if known else DASH,
                lb.unit_label(row["unit"], language),
                language.number(row["minimum_detectable_effect"], decimals),
                language.number(row["n_units"], 0),
            ]
        )
    names = ("area", "raw", "shrunk", "unit", "detectable", "units")
    return _table(lines, names, language)


def date_text(row: Row, language: Language) -> str:
    """Write since when a cell of the matrix is known: a day, month or year; empty if unknown."""
    if not isinstance(row["date"], str) or not row["date"]:
        return ""
    year, *rest = row["date"].split("-")
    if len(rest) < 2:
        return language.period(row["date"])
    return language.say("figure.date", day=int(rest[1]), month=int(rest[0]), year=year)


def coders_text(coders: str, language: Language) -> str:
    """Name who coded a cell: a number in order has a label, anyone else a name of their own."""
    names = [name.strip() for name in coders.split(";")]
    keys = [f"areas.coder.{name.replace(' ', '_')}" for name in names]
    said = [language.say(k) if language.has(k) else n for k, n in zip(keys, names, strict=True)]
    return ", ".join(said)


def _of_totals(release: Release, language: Language) -> list[str]:
    sums = release.area_effects.get("total")
    return twin_notes(release.study, language) if sums is not None and sums.notna().any() else []


def matrix_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the matrix: a row for each area by name, a column for each feature, in words."""
    rows = _named(release, language)
    if rows.empty:
        return pd.DataFrame()
    features = rows.drop_duplicates("feature")
    wide = rows.assign(said=[value_text(row, language) for _, row in rows.iterrows()])
    wide = wide.pivot(index="area", columns="feature", values="said")[list(features["feature"])]
    wide = wide.loc[sorted(wide.index, key=lb.alphabetical)]
    heads = [lb.sentence_case(language.pick(dict(row))) for _, row in features.iterrows()]
    wide.columns = pd.Index(heads)
    return wide.rename_axis(language.say("areas.column.area")).reset_index()


def features_view(release: Release, language: Language) -> pd.DataFrame:
    """Show of each feature how many areas are known, and how far coders agree."""
    lines = []
    for _, rows in release.service_models.groupby("feature", sort=False):
        counts = rows["value"].value_counts()
        binary = rows["kind"].iloc[0] == "binary"
        known = int(rows["value"].ne("unknown").sum())
        lines.append(
            [
                lb.sentence_case(language.pick(dict(rows.iloc[0]))),
                *(language.number(counts.get(word, 0), 0) if binary else DASH
                  for word in ("yes", "no")),
                language.number(known, 0),
                language.number(len(rows) - known, 0),
                language.number(rows["n_coders"].max(), 0),
                language.number(rows["kappa"].iloc[0], 2),
            ]
        )  # fmt: skip
    names = ("feature", "yes", "no", "known", "unknown", "coders", "kappa")
    return _table(lines, names, language)


def sources_view(release: Release, language: Language) -> pd.DataFrame:
    """Show where each known cell of the matrix was read."""
    rows = _named(release, language)
    rows = rows[rows["value"].ne("unknown")]
    order = rows["area"].map(lb.alphabetical).sort_values(kind="stable").index
    lines = [
        [
            row["area"],
            lb.sentence_case(language.pick(dict(row))),
            value_text(row, language),
            date_text(row, language) or DASH,
            lb.source_text(row["source"], language) or DASH,
            coders_text(row["coders"], language),
        ]
        for _, row in rows.loc[order].iterrows()
    ]
    return _table(lines, ("area", "feature", "value", "date", "source", "coded_by"), language)


def meta_regression_view(release: Release, language: Language) -> pd.DataFrame:
    """Show how the areas' effects go with features: association, interval, power, areas."""
    lines, study = [], release.study
    for _, row in release.meta_regression.iterrows():
        decimals = study["outcomes"][row["outcome"]]["decimals"]
        both = pd.notna(row["n_high"])
        sides = f"{language.number(row['n_high'], 0)} + {language.number(row['n_low'], 0)}"
        lines.append(
            [
                lb.outcome_label(row["outcome"], study, language),
                feature_text(row, release, language),
                effect_text(row, decimals, language),
                lb.unit_label(row["unit"], language),
                language.p_number(row["p_value"]),
                language.number(row["minimum_detectable_effect"], decimals),
                sides if both else language.number(row["n_areas"], 0),
                language.number(row["n_unknown"], 0),
            ]
        )
    names = ("outcome", "feature", "association", "unit", "p", "detectable", "sides", "unknown")
    return _table(lines, names, language)


def heterogeneity_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the exploratory annex: effects by stratum, alone and by honest trees, and the test."""
    lines, study = [], release.study
    for _, row in release.heterogeneity.iterrows():
        decimals = study["outcomes"][row["outcome"]]["decimals"]
        test = row["method"] == "omnibus"
        lines.append(
            [
                lb.outcome_label(row["outcome"], study, language),
                stratum_text(row["stratum"], language),
                language.say(f"areas.method.{row['method']}"),
                DASH
                if test and row["identified"] == "ok"
                else effect_text(row, decimals, language),
                lb.unit_label(row["unit"], language),
                language.p_number(row["p_value"]),
                language.number(100 * row["share"], 1),
                f"{row['n_trial_clusters']} + {row['n_control_clusters']}",
            ]
        )
    names = ("outcome", "stratum", "method", "effect", "unit", "p", "share", "clusters")
    return _table(lines, names, language)


def effect_text(row: Row, decimals: int, language: Language) -> str:
    """Write an effect with its interval, or why there is none."""
    if row["status"] == "not_identified":
        return reason_text(row, language)
    return number_text(row, decimals, language)


def value_text(row: Row, language: Language) -> str:
    """Write a cell of the matrix: yes, no, unknown, or the number."""
    value = row["value"]
    if value in WORDS:
        return language.say(f"areas.value.{value}")
    return language.significant(float(value), 4)


def feature_text(row: Row, release: Release, language: Language) -> str:
    """Name a feature; the row without one is the mean of all areas."""
    if not isinstance(row["feature"], str):
        return language.say("areas.mean")
    known = rows_with(release, "service_models", "feature", row["feature"])
    if known.empty:
        return lb.sentence_case(lb.humanise(row["feature"]))
    return lb.sentence_case(language.pick(dict(known.iloc[0])))


def reason_text(row: Row, language: Language) -> str:
    """Say why there is no number."""
    why = lb.reason_label(row["identified"], language)
    return lb.sentence_case(language.say("areas.because", why=why))


def stratum_text(stratum: str | None, language: Language) -> str:
    """Name a stratum: the values of its traits; without one, all of them."""
    if not isinstance(stratum, str):
        return language.say("areas.all_strata")
    said = [
        language.say(f"stratum.{part}") if language.has(f"stratum.{part}") else lb.humanise(part)
        for part in stratum.split("|")
    ]
    return lb.sentence_case(", ".join(said))


def feature_notes(release: Release, language: Language, *, asked: bool = False) -> list[str]:
    """Say what a reader must know of single features, a sentence each.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of every text.
    asked : bool
        Of the features with which effects were associated, instead of all of the matrix.
    """
    rows = release.meta_regression if asked else release.service_models
    keys = (f"areas.note.{name}" for name in rows["feature"].dropna().unique())
    return [language.say(key) for key in keys if language.has(key)]


def clients_view(clients: pd.DataFrame, release: Release, language: Language) -> pd.DataFrame:
    """Show how many clients moved to each area at the start, as far as a source says.

    Parameters
    ----------
    clients : DataFrame
        config/clients_moved.csv as text: area, clients, counted (stated, about, over or nearly),
        part (code of the one municipality that is counted; empty for the whole area), source.
    release : Release
        A released study; areas that it does not have are left out.
    language : Language
        Of every text.
    """
    units = release.units.set_index("unit")[f"name_{language.code}"]
    known = clients[clients["area"].isin(set(release.study["areas"]))]
    lines = [
        [
            lb.area_name(row["area"], release.study, language),
            language.say(
                f"areas.clients.{row['counted']}", n=language.number(float(row["clients"]), 0)
            ),
            units.get(row["part"], row["part"])
            if row["part"]
            else language.say("areas.clients.whole"),
            row["source"],
        ]
        for _, row in known.iterrows()
    ]
    lines.sort(key=lambda line: lb.alphabetical(line[0]))
    heads = [language.say("areas.column.area")]
    heads += [language.say(f"areas.clients.column.{name}") for name in ("clients", "of", "source")]
    return pd.DataFrame(lines, columns=heads)


def _named(release: Release, language: Language) -> pd.DataFrame:
    """Return the matrix with areas by their name."""
    rows = release.service_models
    names = [lb.area_name(area, release.study, language) for area in rows["area"]]
    return rows.assign(area=names)


def _table(lines: list[list[str]], names: tuple[str, ...], language: Language) -> pd.DataFrame:
    return pd.DataFrame(lines, columns=[language.say(f"areas.column.{name}") for name in names])


def _why(row: Row, release: Release, language: Language) -> str:
    """Say of a row that may rest on no estimate why it has no number, or what checks say."""
    return status_text(row, release.study, language)


_FEATURE = Column("feature", words=feature_text, width=30)
AREA_EFFECTS = ResultTable(
    "area_effects",
    area_effects,
    columns=(
        *("outcome", "area", "specification", *INTERVAL),
        *(
            Column(name, "signed", if_any=True)
            for name in ("shrunk", "shrunk_ci_low", "shrunk_ci_high")
        ),
        *("unit", DETECTABLE, "n_units", "total"),
        *(Column(name, "whole", if_any=True) for name in ("total_ci_low", "total_ci_high")),
        "status",
    ),
    on_screen=("estimand",),
    when=where_released("area_effects"),
    first=_of_totals,
)
META_REGRESSION = ResultTable(
    "meta_regression",
    as_released("meta_regression"),
    columns=(
        *("outcome", _FEATURE, *INTERVAL, "unit", "p_value", DETECTABLE),
        *(Column(name, "count") for name in ("n_areas", "n_high", "n_low", "n_unknown")),
        Column("why", words=_why, width=28),
    ),
    on_screen=("estimand",),
    when=where_released("meta_regression"),
    first=partial(feature_notes, asked=True),
)
SERVICE_MODELS = ResultTable(
    "service_models",
    as_released("service_models"),
    columns=(
        *("area", _FEATURE, Column("cell", words=lambda row, _, said: value_text(row, said))),
        *(Column("date", words=lambda row, _, said: date_text(row, said)), "source"),
        Column("coders", words=lambda row, _, said: coders_text(row["coders"], said)),
    ),
    when=where_released("service_models"),
    first=feature_notes,
)
HETEROGENEITY = ResultTable(
    "heterogeneity",
    as_released("heterogeneity"),
    columns=(
        "outcome",
        Column("method", words=lambda row, _, said: said.say(f"areas.method.{row['method']}")),
        Column("stratum", words=lambda row, _, said: stratum_text(row["stratum"], said), width=26),
        *(*INTERVAL, "unit", "p_value", Column("share", "places_3"), *CLUSTERS, "status"),
    ),
    on_screen=("estimand",),
    when=where_released("heterogeneity"),
)
