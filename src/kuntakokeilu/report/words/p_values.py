"""Sentences on p-values: what each kind of inference says, and which of them counts."""

from __future__ import annotations

import math

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import SHOWN

_FEW_CLUSTERS = ("cr2_area", "cr2_exact_area", "cr3_area", "wild_bootstrap_area")

# Its p-value is of a distribution of its own, which no degrees of freedom tell.
EXACT = "cr2_exact_area"


def degrees_text(row: Row, decimals: int, language: Language) -> str:
    """Write degrees of freedom, and that those of the exact distribution give no p-value."""
    number = language.number(row["degrees_of_freedom"], decimals)
    if row["inference"] != EXACT or pd.isna(row["degrees_of_freedom"]):
        return number
    return language.say("degrees.of_interval", number=number)


_CENTRED = 0.01  # of an interval's length: so much is rounding or draws


def off_centre(row: Row) -> bool:
    """Tell whether an estimate is not in the middle of its interval."""
    low, high = row["ci_low"], row["ci_high"]
    if pd.isna(low) or pd.isna(high):
        return False
    return bool(abs((low + high) / 2 - row["estimate"]) > _CENTRED * (high - low))


def off_centre_note(rows: pd.DataFrame, language: Language) -> str:
    """Say why estimates are not in the middle of some intervals; empty if all are."""
    mine = [row["inference"] for _, row in rows.iterrows() if off_centre(row)]
    if not mine:
        return ""
    said = [language.say("off_centre.said")]
    said += [language.say("off_centre.conley_taber")] if "conley_taber" in mine else []
    others = set(mine) - {"conley_taber"}
    return " ".join([*said, *([language.say("off_centre.others")] if others else [])])


def inference_sentence(release: Release, rows: pd.DataFrame, language: Language) -> str:
    """Give the p-values of one estimate from each kind of inference, and say which counts.

    Parameters
    ----------
    release : Release
        The study.
    rows : DataFrame
        RELEASED rows of one number, one of each kind of inference; kinds without a p-value
        are left out.
    language : Language
        Of the reader.

    Returns
    -------
    str
        The sentences of `p_values_said` and `p_values_explained`.
    """
    said = p_values_said(release, rows, language)
    return " ".join([said, *p_values_explained(release, rows, language)])


def p_values_said(release: Release, rows: pd.DataFrame, language: Language) -> str:
    """List the p-values of one estimate, each with the kind of inference behind it."""
    study = release.study
    first = rows.iloc[0]
    outcome = lb.outcome_label(first["outcome"], study, language)
    name = f"{outcome} ({lb.detail(first['estimand'], study, language)})"
    said = []
    for kind, p in _known(rows).items():
        key = f"p_values.{kind}"
        key = key if language.has(key) else f"{key}.{study['units']}"
        said.append(language.say(key, p=language.p_text(p)))
    if not said:
        return language.say("p_values.none", name=name)
    return language.say("p_values.said", name=name, said="; ".join(said))


def p_values_explained(release: Release, rows: pd.DataFrame, language: Language) -> list[str]:
    """Say what a p-value is and which one counts; nothing if the estimate has none."""
    known = _known(rows)
    if known.empty:
        return []
    which = "same" if _units_are_clusters(rows) else "first_counts"
    said = ["p_values.meaning", f"p_values.{which}.{release.study['units']}"]
    if known.index.isin(_FEW_CLUSTERS).any():
        said.append("p_values.few_clusters")
    return [language.say(key) for key in said]


def _known(rows: pd.DataFrame) -> pd.Series:
    """Take the p-values that may be shown, by kind of inference, the leading one first."""
    p = rows[rows["status"].isin(SHOWN)].set_index("inference")["p_value"].dropna()
    kinds = [*rows.loc[rows["leading"], "inference"], *lb.P_COLUMNS]
    return p.loc[[kind for kind in dict.fromkeys(kinds) if kind in p.index]]


def _units_are_clusters(rows: pd.DataFrame) -> bool:
    """Tell whether clusters are the units themselves: equal counts and p-values by both."""
    kinds = rows.set_index("inference")
    if not {"cluster_area", "cluster_municipality"} <= set(kinds.index):
        return False
    by_area, by_unit = (kinds.loc[[k]].iloc[0] for k in ("cluster_area", "cluster_municipality"))
    counts = ["n_trial_clusters", "n_control_clusters"]
    p, q = float(by_area["p_value"]), float(by_unit["p_value"])
    same = math.isclose(p, q, rel_tol=1e-9) or (pd.isna(p) and pd.isna(q))
    return same and list(by_area[counts]) == list(by_unit[counts])
