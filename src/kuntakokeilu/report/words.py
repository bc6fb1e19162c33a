"""Sentences that readers see. English for now.

Pure functions of released rows and of study.json. An interval that covers zero is never
reported as the absence of an effect, and a number that failed a check never stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from kuntakokeilu.report import labels as lb

FEW_CLUSTERS = 10  # ASSUME: as the diagnostic few_clusters, below this many in an arm
SHOWN = ("ok", "failed_diagnostic")
NO_CONCERN = (
    "Every check of every estimand passes, which is not proof that the trends are parallel."
)
NO_EVENT_STUDY = "This study has no event study."
Row = Mapping[str, Any] | pd.Series


def effect_sentence(
    row: Row,
    outcome: Mapping[str, Any],
    failed: Sequence[str] = (),
    *,
    units: str = "municipality",
    windows: Mapping[str, Any] | None = None,
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
    units : str
        `units` of study.json.
    windows : mapping, optional
        `windows` of study.json.

    Returns
    -------
    str
        One to four sentences; without any number if the number may not be shown.
    """
    lead = _lead(row, outcome, units, dict(windows or {}))
    if row["status"] == "suppressed":
        return f"{lead}: the number is withheld because too few persons stand behind it."
    if not is_shown(row):
        reason = lb.REASONS.get(row["identified"], "the data do not determine it")
        return f"{lead}: the number cannot be given because {reason}."
    decimals, unit = outcome["decimals"], outcome["unit"]
    estimate = lb.number(row["estimate"], decimals, sign=True)
    warning = f", which {_failed_words(failed)}," if row["status"] == "failed_diagnostic" else ""
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


def is_shown(row: Row) -> bool:
    """Tell whether the row holds a number that a reader may see."""
    return row["status"] in SHOWN and pd.notna(row["estimate"])


def covers_zero(row: Row) -> bool:
    """Tell whether the 95 % interval covers zero; missing intervals cover everything."""
    return pd.isna(row["ci_low"]) or row["ci_low"] <= 0 <= row["ci_high"]


def weights_sentence(
    rows: pd.DataFrame, outcome: Mapping[str, Any], *, units: str = "municipality"
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
    parts = "; ".join(_weighted(row, outcome, units) for row in shown)
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
    return (
        f"If the true effect were zero: {'; '.join(said)}. The first counts, because whole "
        f"{lb.plural(large)} were treated: {lb.plural(small)} of one {large} share the treatment "
        "and much of what else happened, and taking them as separate cases makes the evidence "
        "look stronger than it is."
    )


def coverage_sentence(study: Mapping[str, Any]) -> str:
    """Say how much of the trial the list of municipalities covers; empty without a list."""
    coverage = study.get("coverage")
    if not coverage:
        return ""
    listed, total, areas = (coverage[key] for key in ("listed", "total", "areas"))
    there = f"all {areas} areas are there"
    if areas < coverage["areas_total"]:
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
    compared = (
        f"Treated {lb.plural(lb.unit_noun(study['units'])[0])} are compared with others, before "
        "and after the start (difference-in-differences), over "
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


def _lead(row: Row, outcome: Mapping[str, Any], units: str, windows: dict[str, Any]) -> str:
    detail = [lb.weights_label(row["weights"], units)]
    if row["role"] not in ("main", "benchmark"):
        detail.append(lb.specification(row["estimand"]))
    if row["term"] == "window":
        detail.append(lb.window_label(row["window"], windows))
    if row["term"] == "event_time":
        detail.append(f"bin {lb.number(row['event_time'], 0)} from the start")
    return f"{outcome['label_en']} ({'; '.join(detail)})"


def _failed_words(failed: Sequence[str]) -> str:
    names = ", ".join(lb.check_label(name).lower() for name in failed)
    which = f" ({names})" if names else ""
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
            "80 % probability"
        )
    if covers_zero(row):
        fall, rise = (lb.number(abs(row[end]), decimals) for end in ("ci_low", "ci_high"))
        proof = " This is as it should be where nothing started, but no proof." if placebo else ""
        return (
            ". The data cannot tell it from zero: the interval still allows a fall of up to "
            f"{fall} or a rise of up to {rise} {unit}{found}.{proof}"
        )
    if placebo:
        return ". It differs from zero at the 5 % level although nothing started: a warning."
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


def _weighted(row: Row, outcome: Mapping[str, Any], units: str) -> str:
    decimals = outcome["decimals"]
    text = f"{lb.number(row['estimate'], decimals, sign=True)} "
    label = lb.weights_label(row["weights"], units)
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
