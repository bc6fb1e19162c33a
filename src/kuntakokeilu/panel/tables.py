"""Which register tables the person-months are made of, and what must be known of their codes."""

from __future__ import annotations

import pandas as pd

TABLES = (
    "persons_yearly",
    "persons_sex",
    "jobseekers",
    "jobseeker_office",
    "jobseeker_diagnosis",
    "search_spells",
    "status_spells",
    "subsidised_placements",
    "work_trials",
    "training",
    "training_courses",
    "plans",
    "ura_plans",
    "ura_contacts",
    "wages",
    "benefit_payments",
    "social_assistance",
    "sickness_allowance",
    "medicine_purchases",
    "primary_care_visits",
    "pensions",
    "survey",
)


def trial_offices(codes: pd.DataFrame, start: str | None) -> frozenset[str]:
    """Select the offices of the trials of 2021-24.

    Parameters
    ----------
    codes : DataFrame
        config/registers/codes.csv as text: table, column, code, meaning, valid_from and more.
    start : str or None
        First month of the study's trial, YYYY-MM.

    Returns
    -------
    frozenset of str
        Office codes, four digits; none for an earlier trial, which had no offices of its own.
    """
    offices = codes[codes["table"] == "jobseeker_office"]
    trial = offices["meaning"].str.startswith("trial office of 2021")
    trial &= offices["valid_from"].str[:7] <= (start or "")
    return frozenset(offices.loc[trial, "code"])
