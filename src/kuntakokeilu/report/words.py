"""Sentences that readers see. English for now.

Pure functions of released rows and of study.json. An interval that covers zero is never
reported as the absence of an effect, and a number that failed a check never stands alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

import pandas as pd

from kuntakokeilu.report import labels as lb

FEW_CLUSTERS = 10  # ASSUME: as the diagnostic few_clusters, below this many in an arm
SHOWN = ("ok", "failed_diagnostic")
NO_CONCERN = (
    "Every check of every estimand passes, which is not proof that the trends are parallel."
)
NO_CHECKS = "There are no checks: nothing has tested whether these estimates deserve belief."
NO_EVENT_STUDY = "This study has no event study."
Row = Mapping[str, Any] | pd.Series


def effect_sentence(
    row: Row,
    outcome: Mapping[str, Any],
    failed: Sequence[str] = (),
    *,
    care: Sequence[str] = (),
    units: str = "municipality",
    windows: Mapping[str, Any] | None = None,
    frozen: str | None = None,
) -> str:
    """Say what one estimate says, and what it cannot say.

    Parameters
    ----------
    row : mapping
        The `cluster_area` row of contract RELEASED.
    outcome : mapping
        The outcome's entry in study.json.
    failed : sequence of str
        Names of the checks that the estimate failed.
    care : sequence of str
        Names of the checks for which the estimate needs care.
    units : str
        `units` of study.json.
    windows : mapping, optional
        `windows` of study.json.
    frozen : str, optional
        `frozen_weight` of study.json: what units are weighted by before the start.

    Returns
    -------
    str
        One to four sentences; without any number if the number may not be shown.
    """
    lead = _lead(row, outcome, lb.weights_label(row["weights"], units, frozen), windows or {})
    if row["status"] == "suppressed":
        return f"{lead}: the number is withheld because too few persons stand behind it."
    if not is_shown(row):
        return f"{lead}: {_what(row)} cannot be estimated because {_reason(row)}."
    decimals, unit = outcome["decimals"], outcome["unit"]
    estimate = lb.number(row["estimate"], decimals, sign=True)
    warning = f" (needs care: {_check_names(care)})" if care else ""
    if row["status"] == "failed_diagnostic":
        warning += f", which {_failed_words(failed)},"
    start = f"{lead}: the estimate{warning} is {estimate} {unit}"
    if pd.isna(row["std_error"]):
        return f"{start}; {_no_error_words(row, units)}."
    span = lb.interval(row["ci_low"], row["ci_high"], decimals)
    start += f" (95 % interval {span}, {lb.p_text(row['p_value'])})"
    return " ".join([start + _verdict(row, outcome), *_cautions(row, units)])


def failed_checks(diagnostics: pd.DataFrame, estimand: str) -> list[str]:
    """Name the checks that an estimand failed."""
    mine = diagnostics[(diagnostics["estimand"] == estimand) & (diagnostics["verdict"] == "fail")]
    return list(mine["check"])


def cautioned_checks(diagnostics: pd.DataFrame, estimand: str) -> list[str]:
    """Name the checks of movement before the start and of clusters that ask for care."""
    mine = diagnostics[(diagnostics["estimand"] == estimand) & (diagnostics["verdict"] == "warn")]
    return [check for check in mine["check"] if check in lb.CAUTIONS]


def unestimated(rows: pd.DataFrame) -> str:
    """Say why none of these numbers could be estimated; empty if one could, or is withheld."""
    if rows.empty or not rows["status"].eq("not_identified").all():
        return ""
    reasons = dict.fromkeys(_reason(row) for _, row in rows.iterrows())
    return f"cannot be estimated because {', and '.join(reasons)}"


def staggered_sentence(estimands: Sequence[str]) -> str:
    """Say what is compared where starts differ, in Markdown; empty without such estimands."""
    if not estimands:
        return ""
    names = ", ".join(f"`{name}`" for name in estimands)
    return (
        f"**Starts differ** in {names}: units that are already treated also serve as comparison "
        "for those that start later. The estimate then mixes comparisons, and it can mislead if "
        "the effect changes with time since the start (Goodman-Bacon 2021)."
    )


def is_shown(row: Row) -> bool:
    """Tell whether the row holds a number that a reader may see."""
    return row["status"] in SHOWN and pd.notna(row["estimate"])


def covers_zero(row: Row) -> bool:
    """Tell whether the 95 % interval covers zero; missing intervals cover everything."""
    return pd.isna(row["ci_low"]) or row["ci_low"] <= 0 <= row["ci_high"]


def weights_sentence(
    rows: pd.DataFrame,
    outcome: Mapping[str, Any],
    *,
    units: str = "municipality",
    frozen: str | None = None,
) -> str:
    """Compare the same main estimate under different weights.

    Parameters
    ----------
    rows : DataFrame
        RELEASED rows of one outcome, comparison and estimator; only main effects clustered
        by area are used.
    outcome : mapping
        The outcome's entry in study.json.
    units : str
        `units` of study.json.
    frozen : str, optional
        `frozen_weight` of study.json.

    Returns
    -------
    str
        Whether the sign depends on the weights, with every interval and minimum detectable
        effect; empty with fewer than two estimates to show.
    """
    use = rows.query("inference == 'cluster_area' and role == 'main' and term == 'att'")
    shown = [row for _, row in use.iterrows() if is_shown(row)]
    if len(shown) < 2:
        return ""
    signs = {float(row["estimate"]) > 0 for row in shown}
    lead = "The sign depends on" if len(signs) > 1 else "The sign does not depend on"
    labels = [lb.weights_label(row["weights"], units, frozen) for row in shown]
    parts = "; ".join(map(_weighted, shown, repeat(outcome), labels))
    hidden = len(use) - len(shown)
    more = f" Under {hidden} more the number cannot be shown." if hidden else ""
    return f"{lead} the weights, in {outcome['unit']}: {parts}. {_how_many_differ(shown)}{more}"


def inference_sentence(rows: pd.DataFrame, *, units: str = "municipality") -> str:
    """Give the p-values of one estimate from each kind of inference, and say which counts."""
    small, large = lb.unit_noun(units)
    p = rows[rows["status"].isin(SHOWN)].set_index("inference")["p_value"]
    declared = large if units == "municipality" else "declared cluster"
    kinds = {
        "cluster_area": f"with each {declared} as one case",
        "cluster_municipality": f"with each {small} as one case",
        "permutation_area": f"with {lb.plural(large)} permuted",
        "permutation_municipality": f"with {lb.plural(small)} permuted",
    }
    said = [f"{lb.p_text(p[kind])} {text}" for kind, text in kinds.items() if pd.notna(p.get(kind))]
    if not said:
        return "No p-value can be given."
    start = f"If the true effect were zero: {'; '.join(said)}."
    if _units_are_clusters(rows):
        return (
            f"{start} No clusters larger than a {small} are declared: each {small} is a cluster "
            f"of its own, so the p-value by {declared} and the p-value by {small} are the same."
        )
    return (
        f"{start} The first counts, because whole {lb.plural(large)} were treated: "
        f"{lb.plural(small)} of one {large} share the treatment and much of what else happened, "
        "and taking them as separate cases makes the evidence look stronger than it is."
    )


def coverage_sentence(study: Mapping[str, Any]) -> str:
    """Say how much of the trial the list of municipalities covers; empty without a list."""
    coverage = study.get("coverage")
    if not coverage:
        return ""
    listed, total, areas = (coverage[key] for key in ("listed", "total", "areas"))
    there = f"all {areas} areas are there"
    if areas < coverage.get("areas_total", areas):
        there = f"{areas} of {coverage['areas_total']} areas are there"
    if listed >= total:
        text = f"The trial arm holds all {total} municipalities, in {areas} areas."
    else:
        text = (
            f"The trial arm holds {listed} of {total} municipalities; {there}, "
            f"but {total - listed} municipalities of the trial are not in the list."
        )
    if coverage["units"] < listed:
        text += (
            f" The {listed} are {coverage['units']} units in today's classification, because some "
            "have merged."
        )
    neither = coverage.get("neither") or 0
    if neither:
        who, verb = ("municipality", "is") if neither == 1 else ("municipalities", "are")
        text += f" {neither} {who} whose membership is not known {verb} in neither arm."
    return text


def headline(study: Mapping[str, Any]) -> str:
    """Open a report, in Markdown: title, warning if simulated, what is compared, coverage."""
    parts = [f"# {study['title']['en']}"]
    if study["simulated"]:
        parts.append(
            f"**This report shows {lb.SIMULATED}.** The numbers show how the method works and say "
            "nothing about any real municipality or trial."
        )
    start = study.get("start")
    begins = f"Treatment starts in {start}." if start else "Units start at different times."
    many = lb.plural(lb.unit_noun(study["units"])[0])
    compared = (
        f"Treated {many} are compared with all other {many} of the comparison that an estimand "
        "names, before and after the start (difference-in-differences), over "
        f"{study['first_period']} to {study['last_period']} unless a row says otherwise. {begins}"
    )
    outcomes = "; ".join(outcome["label_en"] for outcome in study["outcomes"].values())
    parts += [compared, f"Outcomes: {outcomes}.", coverage_sentence(study)]
    return "\n\n".join(part for part in parts if part)


def diagnostic_sentence(row: Row) -> str:
    """Say the verdict of one check, and what a pass does not prove."""
    name = lb.check_label(row["check"])
    verdict = lb.VERDICTS[row["verdict"]]
    if pd.isna(row["value"]):
        return f"{name}: {verdict}; the value is not shown."
    limit = f", threshold {lb.significant(row['threshold'])}" if pd.notna(row["threshold"]) else ""
    text = f"{name}: {verdict}; {row['statistic']}: {lb.significant(row['value'])}{limit}."
    if row["check"].startswith("pre_trend") and row["verdict"] == "pass":
        text += " Not significant is not parallel: a drift too small to be found may remain."
    return text


def _lead(row: Row, outcome: Mapping[str, Any], weights: str, windows: Mapping[str, Any]) -> str:
    detail = [weights]
    if row["role"] not in ("main", "benchmark"):
        detail.append(lb.specification(row["estimand"]))
    if row["term"] == "window" and pd.notna(row["window"]):
        detail.append(lb.window_label(row["window"], dict(windows)))
    if row["term"] == "event_time" and pd.notna(row["event_time"]):
        detail.append(f"bin {lb.number(row['event_time'], 0)} from the start")
    return f"{outcome['label_en']} ({'; '.join(detail)})"


def _what(row: Row) -> str:
    """Name what a row would hold: one number, or all numbers of a kind that has none."""
    for term, where, text in (
        ("event_time", "event_time", "the event study"),
        ("window", "window", "the effects by calendar window"),
    ):
        if row["term"] == term and pd.isna(row[where]):
            return text
    return "the number"


def _reason(row: Row) -> str:
    return lb.REASONS.get(row["identified"], "the data do not determine it")


def _check_names(checks: Sequence[str]) -> str:
    return "; ".join(lb.check_label(name).lower() for name in checks)


def _units_are_clusters(rows: pd.DataFrame) -> bool:
    """Tell whether clusters are the units themselves: equal counts and p-values by both."""
    kinds = rows.set_index("inference")
    if not {"cluster_area", "cluster_municipality"} <= set(kinds.index):
        return False
    by_area, by_unit = kinds.loc["cluster_area"], kinds.loc["cluster_municipality"]
    counts = ["n_trial_clusters", "n_control_clusters"]
    p, q = by_area["p_value"], by_unit["p_value"]
    same = math.isclose(p, q, rel_tol=1e-9) or (pd.isna(p) and pd.isna(q))
    return same and list(by_area[counts]) == list(by_unit[counts])


def _failed_words(failed: Sequence[str]) -> str:
    which = f" ({_check_names(failed)})" if failed else ""
    return f"fails a diagnostic check{which} and must not be read as the effect"


def _no_error_words(row: Row, units: str) -> str:
    large = lb.unit_noun(units)[1]
    if min(row["n_trial_clusters"], row["n_control_clusters"]) <= 1:
        return (
            f"no standard error, interval or p-value can be given, because an arm has only one "
            f"{large}"
        )
    return "no standard error, interval or p-value can be given for it"


def _verdict(row: Row, outcome: Mapping[str, Any]) -> str:
    decimals, unit = outcome["decimals"], outcome["unit"]
    placebo = row["role"] == "placebo"
    found = ""
    if pd.notna(row["minimum_detectable_effect"]):
        mde = lb.number(row["minimum_detectable_effect"], decimals)
        found = (
            f"; an effect of {mde} {unit} or more in either direction would have been found with "
            "at least 80 % probability"
        )
    if covers_zero(row):
        fall, rise = (lb.number(abs(row[end]), decimals) for end in ("ci_low", "ci_high"))
        started = (
            " This is as it should be where this trial had not started (an earlier trial may lie "
            "in the period), but no proof."
        )
        return (
            ". The data cannot tell it from zero: the interval still allows a fall of up to "
            f"{fall} or a rise of up to {rise} {unit}{found}.{started if placebo else ''}"
        )
    if placebo:
        return (
            ". It differs from zero at the 5 % level although this trial had not started (an "
            "earlier trial may lie in the period): a warning."
        )
    better = outcome.get("better", "neither")
    good = "" if better == "neither" else f"; for this outcome {better} is better"
    return f", which differs from zero at the 5 % level{good}."


def _cautions(row: Row, units: str) -> list[str]:
    trial, control = row["n_trial_clusters"], row["n_control_clusters"]
    if min(trial, control) >= FEW_CLUSTERS:
        return []
    large = lb.plural(lb.unit_noun(units)[1])
    return [
        f"With only {trial} trial and {control} control {large}, the interval and the p-value are "
        "rough."
    ]


def _weighted(row: Row, outcome: Mapping[str, Any], label: str) -> str:
    decimals = outcome["decimals"]
    text = f"{lb.number(row['estimate'], decimals, sign=True)} "
    text += f"with {label}" if label.endswith("equal") else label
    if pd.isna(row["ci_low"]):
        return f"{text} (no interval)"
    mde = lb.number(row["minimum_detectable_effect"], decimals)
    failed = f"; {lb.FAILED}" if row["status"] == "failed_diagnostic" else ""
    span = lb.interval(row["ci_low"], row["ci_high"], decimals)
    return f"{text} (95 % interval {span}; detectable from {mde}{failed})"


def _how_many_differ(shown: Sequence[Row]) -> str:
    k, n = sum(not covers_zero(row) for row in shown), len(shown)
    if k == 0:
        who = "Neither" if n == 2 else "None of them"
        return f"{who} differs from zero at the 5 % level, so the data do not settle the direction."
    if k == n:
        return f"{'Both' if n == 2 else 'All of them'} differ from zero at the 5 % level."
    return f"{k} of {n} differ{'s' if k == 1 else ''} from zero at the 5 % level."
