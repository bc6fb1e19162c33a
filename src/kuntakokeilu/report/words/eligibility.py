"""Who was meant to be a client and who became one: eligibility before the start, by definition."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release


def eligibility_table(release: Release, language: Language) -> pd.DataFrame:
    """Show of each definition and arm how eligibility and being a client agree.

    Returns
    -------
    DataFrame
        Definition, municipality in the trial or not, persons, the eligible, clients, and the
        overlap as a share of the clients and of the eligible. Suppressed rows are dashes.
    """
    rows = [
        [
            language.say(f"eligibility.definition.{row['definition']}"),
            language.say(f"eligibility.{'in_trial' if row['in_trial_area'] else 'not_in_trial'}"),
            language.number(row["n_persons"], 0),
            _share(row["n_eligible"], row["n_persons"], language),
            _share(row["n_clients"], row["n_persons"], language),
            _share(row["n_both"], row["n_clients"], language),
            _share(row["n_both"], row["n_eligible"], language),
        ]
        for _, row in release.eligibility.iterrows()
    ]
    names = ("definition", "area", "persons", "eligible", "clients",
             "clients_eligible", "eligible_clients")  # fmt: skip
    columns = [language.say(f"eligibility.column.{name}") for name in names]
    return pd.DataFrame(rows, columns=columns)


def eligibility_note(release: Release, language: Language) -> str:
    """Say how many rows are suppressed and why; empty if none is."""
    hidden = int(release.eligibility["status"].eq("suppressed").sum())
    return language.say("eligibility.hidden", n=hidden) if hidden else ""


def _share(part: float, whole: float, language: Language) -> str:
    """Write a count and what it is of another in per cent."""
    if pd.isna(part) or not whole:
        return language.number(part, 0)
    share = language.number(100 * part / whole, 1)
    return language.say("eligibility.share", n=language.number(part, 0), share=share)
