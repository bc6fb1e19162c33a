"""Tables for readers: one row per number, and short views for a report."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import pandas as pd

from kuntakokeilu.contracts import INFERENCES
from kuntakokeilu.errors import InputError
from kuntakokeilu.report import captions, words
from kuntakokeilu.report import labels as lb
from kuntakokeilu.report.release import Release

KEY = ["estimand", "term", "event_time", "window"]
P_COLUMNS = {
    "cluster_area": "p_area",
    "cluster_municipality": "p_municipality",
    "permutation_area": "p_permutation_area",
    "permutation_municipality": "p_permutation_municipality",
}
RESULT_COLUMNS = [
    *("estimand", "outcome_label", "population", "comparison", "weights", "estimator", "role"),
    *("term", "event_time", "window", "estimate", "std_error", "ci_low", "ci_high"),
    *("p_area", "stars", "p_municipality", "p_permutation_area", "p_permutation_municipality"),
    *("baseline_mean", "unit", "n_trial", "n_control", "n_trial_clusters", "n_control_clusters"),
    *("minimum_detectable_effect", "status", "sentence", "note"),
]


def results_table(release: Release) -> pd.DataFrame:
    """Put every number on one row, with the p-values of all kinds of inference.

    Parameters
    ----------
    release : Release
        A released study.

    Returns
    -------
    DataFrame
        One row per estimand and term, in the order of the estimands. Estimate, interval,
        stars, counts and sentence come from the inference clustered by area. `note` says
        whether data are simulated and coverage is incomplete, for files that travel alone.
    """
    table = area_rows(release).merge(_p_values(release.estimates), on=KEY, how="left")
    outcomes = release.study["outcomes"]
    table["outcome_label"] = table["outcome"].map(lambda name: outcomes[name]["label_en"])
    table["stars"] = table["p_area"].map(lb.stars).astype(str)
    table["sentence"] = [effect(release, row) for _, row in table.iterrows()]
    table["note"] = captions.notes(release.study)
    return table[RESULT_COLUMNS]


def diagnostics_table(release: Release) -> pd.DataFrame:
    """Give each check of each estimand with its verdict in words.

    Parameters
    ----------
    release : Release
        A released study.

    Returns
    -------
    DataFrame
        Contract DIAGNOSTICS with `outcome_label`, `sentence` and `note`; of each estimand what
        fails comes first, then what needs care.
    """
    outcomes = release.study["outcomes"]
    of = release.estimates.drop_duplicates("estimand").set_index("estimand")["outcome"]
    table = _worst_first(release.diagnostics)
    names = table["estimand"].map(of).map(lambda o: outcomes[o]["label_en"], na_action="ignore")
    table.insert(1, "outcome_label", names)
    table["sentence"] = [words.diagnostic_sentence(row) for _, row in table.iterrows()]
    table["note"] = captions.notes(release.study)
    return table


def area_rows(release: Release) -> pd.DataFrame:
    """Return the rows clustered by area: one per number, and the only ones that count."""
    rows = release.estimates[release.estimates["inference"] == "cluster_area"]
    numbers = release.estimates.drop_duplicates(KEY)
    if len(rows) != len(numbers):
        lost = len(numbers) - len(rows)
        raise InputError(f"estimates.csv: {lost} numbers lack a row with inference cluster_area")
    return rows.reset_index(drop=True)


def lead_rows(release: Release) -> pd.DataFrame:
    """Return the main effects clustered by area; the benchmarks where nothing is main."""
    rows = area_rows(release)
    effects = rows[rows["term"] == "att"]
    main = effects[effects["role"] == "main"]
    return main if len(main) else effects[effects["role"] == "benchmark"]


def effect(release: Release, row: words.Row) -> str:
    """Say one row of the release in words."""
    return words.effect_sentence(
        row,
        release.study["outcomes"][row["outcome"]],
        words.failed_checks(release.diagnostics, row["estimand"]),
        care=words.cautioned_checks(release.diagnostics, row["estimand"]),
        units=release.study["units"],
        windows=release.study.get("windows", {}),
        frozen=release.study.get("frozen_weight"),
    )


def answer(release: Release) -> str:
    """Say for each outcome how the main effects depend on the weights, then each, in Markdown."""
    parts = []
    for _, group in _alike(lead_rows(release)):
        outcome = release.study["outcomes"][group["outcome"].iloc[0]]
        how = {"units": release.study["units"], "frozen": release.study.get("frozen_weight")}
        said = words.weights_sentence(group, outcome, **how)
        each = _bullets([effect(release, row) for _, row in group.iterrows()])
        parts += [f"### {outcome['label_en']}", said, each]
    return "\n\n".join(part for part in parts if part)


def inference(release: Release) -> str:
    """Say the p-values of the first main effect of each outcome, as a list in Markdown."""
    lines = []
    for _, group in _alike(lead_rows(release)):
        row = group.iloc[0]
        mine = release.estimates["estimand"].eq(row["estimand"])
        rows = release.estimates[mine & release.estimates["term"].eq(row["term"])]
        name = release.study["outcomes"][row["outcome"]]["label_en"]
        label = captions.weights_label(row, release.study)
        said = words.inference_sentence(rows, units=release.study["units"])
        lines.append(f"**{name}** ({label}). {said}")
    return _bullets(lines)


def effects_view(release: Release) -> pd.DataFrame:
    """Show the main effects: estimate with stars, interval, mean before, units, clusters."""
    return _view(release, ["effect", "interval", "p_area", "baseline_mean", "units", "clusters"])


def inference_view(release: Release) -> pd.DataFrame:
    """Show the main effects with the p-values of each kind of inference and the power."""
    return _view(release, ["effect", *P_COLUMNS.values(), "minimum_detectable_effect"])


def diagnostics_view(release: Release) -> pd.DataFrame:
    """Show the checks of the estimands that lead the report, failed ones of others too."""
    checks = _worst_first(release.diagnostics)
    lead = checks["estimand"].isin(lead_rows(release)["estimand"])
    rows = checks[lead | (checks["verdict"] == "fail")]
    return pd.DataFrame(
        {
            lb.heading("estimand"): rows["estimand"],
            lb.heading("check"): [lb.check_label(check) for check in rows["check"]],
            lb.heading("verdict"): rows["verdict"].map(lb.VERDICTS),
            lb.heading("statistic"): rows["statistic"],
            lb.heading("value"): rows["value"].map(lb.significant),
            lb.heading("threshold"): rows["threshold"].map(lb.significant),
        }
    )


def concerns(release: Release) -> str:
    """Gather which estimands do not pass which check, as a list in Markdown, failures first."""
    if release.diagnostics.empty:
        return words.NO_CHECKS
    rows = release.diagnostics[release.diagnostics["verdict"] != "pass"]
    lines = [
        f"{lb.check_label(check)} – {lb.VERDICTS[verdict]}: "
        + ", ".join(f"`{name}`" for name in group["estimand"])
        for (verdict, check), group in rows.groupby(["verdict", "check"], sort=True)
    ]
    return _bullets(lines or [words.NO_CONCERN])


def staggered(release: Release) -> str:
    """Say which main estimates compare units whose starts differ; empty if none does."""
    checks = release.diagnostics
    names = set(checks.loc[checks["check"] == "staggered_starts", "estimand"])
    return words.staggered_sentence([n for n in lead_rows(release)["estimand"] if n in names])


def unestimated(release: Release) -> str:
    """List the estimands that cannot be estimated and why, in Markdown; empty if all can."""
    groups = area_rows(release).groupby("estimand", sort=False)
    said = {name: words.unestimated(rows) for name, rows in groups}
    return _bullets([f"`{name}` {why}." for name, why in said.items() if why])


def provenance_view(release: Release) -> pd.DataFrame:
    """Show the manifest: code, settings, inputs, packages, seed, released files."""
    rows: list[tuple[str, Any]] = []
    for key, label in lb.PROVENANCE.items():
        value = release.manifest.get(key)
        nested = value.items() if isinstance(value, dict) else [("", value)]
        rows += [(f"{label} {name}".strip(), "–" if v is None else v) for name, v in nested]
    return pd.DataFrame(rows, columns=[lb.heading("item"), lb.heading("content")]).astype(str)


def html_table(frame: pd.DataFrame, caption: str) -> str:
    """Write a frame of text as an accessible HTML table: caption, scoped headers.

    Parameters
    ----------
    frame : DataFrame
        The first column heads the rows.
    caption : str
        Title of the table.

    Returns
    -------
    str
        HTML that scrolls sideways on narrow screens.
    """
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in frame.columns)
    body = "".join(f"<tr>{_cells(row)}</tr>\n" for row in frame.itertuples(index=False))
    return (
        f'<div class="table"><table><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>"
    )


def _cells(row: tuple[Any, ...]) -> str:
    first, *rest = (_breakable(escape(str(value))) for value in row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{value}</td>" for value in rest)


def _breakable(text: str) -> str:
    """Let long names break after _ and ., and hashes every 16 characters; words never."""
    text = re.sub(r"([a-z]{2}[_.])(?=[a-z0-9]{2})", r"\1<wbr>", text)
    return re.sub(r"\b[0-9a-f]{40,}\b", lambda hash_: "<wbr>".join(_pieces(hash_[0], 16)), text)


def _pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _p_values(estimates: pd.DataFrame) -> pd.DataFrame:
    """One row per number, one column per kind of inference."""
    wide = estimates.drop_duplicates(KEY)[KEY]
    for kind in INFERENCES:
        mine = estimates.loc[estimates["inference"] == kind, [*KEY, "p_value"]]
        wide = wide.merge(mine.rename(columns={"p_value": P_COLUMNS[kind]}), on=KEY, how="left")
    return wide


def _alike(rows: pd.DataFrame) -> Any:
    """Group rows that differ only in their weights."""
    same = ["outcome", "population", "comparison", "design", "estimator"]
    return rows.groupby(same, sort=False)


def _worst_first(checks: pd.DataFrame) -> pd.DataFrame:
    """Order the checks of each estimand by verdict: fails, needs care, passes."""
    place = {name: i for i, name in enumerate(checks["estimand"].unique())}
    rank = {"fail": 0, "warn": 1, "pass": 2}
    keys = pd.DataFrame(
        {"place": checks["estimand"].map(place), "rank": checks["verdict"].map(rank)}
    )
    return checks.loc[keys.sort_values(["place", "rank"], kind="stable").index]


def _bullets(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _view(release: Release, columns: list[str]) -> pd.DataFrame:
    rows = lead_rows(release).merge(_p_values(release.estimates), on=KEY, how="left")
    units = release.study["units"]
    shown = [_shown(row, release.study["outcomes"][row["outcome"]]) for _, row in rows.iterrows()]
    view = pd.DataFrame(shown, columns=columns).rename(columns=lambda c: lb.heading(c, units))
    view.insert(0, lb.heading("estimand"), rows["estimand"])
    weights = [captions.weights_label(row, release.study) for _, row in rows.iterrows()]
    view.insert(1, lb.heading("weights"), weights)
    return view


def _shown(row: pd.Series, outcome: dict[str, Any]) -> dict[str, str]:
    decimals = outcome["decimals"]
    effect = f"{lb.number(row['estimate'], decimals, sign=True)}{lb.stars(row['p_area'])}"
    if row["status"] != "ok":
        note = lb.STATUSES[row["status"]]
        effect = f"{effect} {outcome['unit']} ({note})" if words.is_shown(row) else note
    elif words.is_shown(row):
        effect = f"{effect} {outcome['unit']}"
    known = pd.notna(row["ci_low"])
    return {
        "effect": effect,
        "interval": lb.interval(row["ci_low"], row["ci_high"], decimals) if known else "–",
        "baseline_mean": lb.number(row["baseline_mean"], decimals),
        "minimum_detectable_effect": lb.number(row["minimum_detectable_effect"], decimals),
        "units": f"{row['n_trial']} + {row['n_control']}",
        "clusters": f"{row['n_trial_clusters']} + {row['n_control_clusters']}",
        **{column: lb.p_number(row[column]) for column in P_COLUMNS.values()},
    }
