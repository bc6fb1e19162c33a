"""Which design the years before the trial favour, in words."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.contracts import BY_PLACEBO
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release

PLAIN = "two_way"


def candidate_label(candidate: str, language: Language) -> str:
    """Name a candidate design."""
    return language.say(f"candidate.{candidate}")


def candidate_inference(row: Row, study: Study, language: Language) -> str:
    """Say what interval and p-value of a candidate rest on, and which counts if they disagree."""
    if pd.isna(row["p_value"]):
        return ""
    if row["candidate"] in BY_PLACEBO:
        return language.say("judged.inference.placebo")
    return lb.inference_label(str(row["inference"]), study, language)


def judged_notes(release: Release, language: Language) -> list[str]:
    """Say of each estimand which design came nearest to zero before the trial."""
    groups = release.designs_judged.groupby("estimand", sort=False)
    return [_sentence(rows, release, language) for _, rows in groups]


def _sentence(rows: pd.DataFrame, release: Release, language: Language) -> str:
    first = rows.iloc[0]
    about = {
        "outcome": lb.outcome_label(first["outcome"], release.study, language),
        "weights": lb.weights_label(first["weights"], release.study, language),
    }
    best = rows[rows["favoured"]]
    if best.empty:
        return language.say("judged.none", **about)
    row = best.iloc[0]
    about |= {
        "n": language.number(row["n_starts"], 0),
        "apart": language.number(row["n_apart"], 0),
        "best": candidate_label(row["candidate"], language),
        "rmse": _size(row, release, language),
        "unit": lb.unit_label(row["unit"], language),
    }
    if row["candidate"] == PLAIN:
        return language.say("judged.plain_favoured", **about)
    plain = rows[rows["candidate"] == PLAIN].iloc[0]
    decimals = int(release.study["outcomes"][row["outcome"]]["decimals"])
    return language.say(
        "judged.favoured",
        plain=candidate_label(PLAIN, language),
        plain_rmse=_size(plain, release, language),
        estimate=language.number(row["estimate"], decimals, sign=True),
        interval=_interval(row, decimals, language),
        **about,
    )


def _interval(row: Row, decimals: int, language: Language) -> str:
    """Write an interval in brackets; nothing without one."""
    if pd.isna(row["ci_low"]):
        return ""
    return f"({language.interval(row['ci_low'], row['ci_high'], decimals)})"


def _size(row: Row, release: Release, language: Language) -> str:
    return language.number(row["rmse"], release.study["outcomes"][row["outcome"]]["decimals"])


def judged_view(release: Release, language: Language) -> pd.DataFrame:
    """Show each candidate design of each estimand: its errors before the trial, its estimate."""
    study, lines = release.study, []
    for _, row in release.designs_judged.iterrows():
        decimals = study["outcomes"][row["outcome"]]["decimals"]
        estimate = language.number(row["estimate"], decimals, sign=True)
        known = pd.notna(row["ci_low"])
        interval = language.interval(row["ci_low"], row["ci_high"], decimals) if known else ""
        lines.append(
            [
                lb.sentence_case(lb.weights_label(row["weights"], study, language)),
                lb.sentence_case(candidate_label(row["candidate"], language)),
                language.number(row["rmse"], decimals),
                language.number(row["bias"], decimals, sign=True),
                language.number(100 * row["rejected"], 0),
                f"{estimate} {interval}".strip(),
                language.p_number(row["p_value"]),
                candidate_inference(row, study, language),
            ]
        )
    names = ("weights", "candidate", "rmse", "bias", "rejected", "estimate", "p", "inference")
    return pd.DataFrame(lines, columns=[language.say(f"judged.column.{name}") for name in names])
