"""Who answered a survey, by wave and arm: read before any effect on what it asks."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.tables.columns import Column, text
from kuntakokeilu.report.tables.record import ResultTable, as_released, where_released
from kuntakokeilu.report.tables.sheet_cells import heading
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.release import Release

_RATES = ("response_rate", "response_rate_weighted")
_WAVE = Column("wave", words=lambda row, _, said: said.period(row["wave"]))
_ARM = Column("arm", words=lambda row, _, said: said.say(f"survey.arm.{row['arm']}"))
_COLUMNS = ("wave", "arm", "n_asked", "n_answered", *_RATES, "difference", "effective_size",
            "alpha")  # fmt: skip


def survey_table(release: Release, language: Language) -> pd.DataFrame:
    """Show the response to a survey as text.

    Returns
    -------
    DataFrame
        Wave, arm, persons asked and who answered, response rates in per cent, the difference of
        the arms in percentage points with its standard error, the effective number of answers,
        and Cronbach's alpha. Suppressed waves are dashes.
    """
    rows = [
        [
            *(text(column, row, release, language) for column in (_WAVE, _ARM)),
            *(language.number(row[column], 0) for column in ("n_asked", "n_answered")),
            *(language.number(row[column], 1) for column in _RATES),
            _difference(row, language),
            language.number(row["effective_size"], 0),
            language.number(row["alpha"], 2),
        ]
        for _, row in release.survey_response.iterrows()
    ]
    heads = [heading(column, release.study, language) for column in _COLUMNS]
    return pd.DataFrame(rows, columns=heads)


def survey_notes(release: Release, language: Language) -> list[str]:
    """Say whom an effect on a survey is of, and how many waves are suppressed; perhaps nothing."""
    rows = release.survey_response
    if rows.empty:
        return []
    hidden = rows.loc[rows["status"] == "suppressed", "wave"].nunique()
    more = [language.say("survey.hidden", n=hidden)] if hidden else []
    return [language.say("survey.answered"), *more]


def _difference(row: pd.Series, language: Language) -> str:
    if pd.isna(row["difference"]):
        return DASH
    values = {
        "difference": language.number(row["difference"], 1, sign=True),
        "error": language.number(row["difference_std_error"], 1),
    }
    return language.say("survey.difference", **values)


SURVEY_RESPONSE = ResultTable(
    "survey_response",
    as_released("survey_response"),
    columns=(
        *(_WAVE, _ARM, Column("n_asked", "count"), Column("n_answered", "count")),
        *(Column(name, "level") for name in _RATES),
        *(Column("difference", "signed"), Column("difference_std_error", "level")),
        *(Column("effective_size", "places_1"), Column("alpha", "places_2"), "status"),
    ),
    when=where_released("survey_response"),
    first=survey_notes,
)
