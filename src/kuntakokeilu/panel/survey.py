"""A survey of job seekers: who was asked, whom each answer stands for, and the scale.

Weights for non-response are made of a logistic regression (Little 1986, International Statistical
Review 54(2)). A survey asks thousands, not millions, so this step is done in memory.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from kuntakokeilu.duck import one
from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.panel.database import keep

ITEMS, REVERSED = ("q1", "q2", "q3", "q4", "q5"), ("q3",)
LOWEST, HIGHEST = 1, 5  # closed codes, so reading has refused others
# ASSUME: of five items four must be answered for their mean to stand for the scale.
LEAST_ANSWERED = 4
# ASSUME: correction factors above this quantile of a wave are cut to it: a few answers that stand
# for very many would cost more precision than they take off bias.
TRIMMED_ABOVE = 0.99
# Who answers is told from these. Never from the arm: the trial may have changed who answers, and to
# balance on what the trial changed would hide it. Response by arm is reported beside.
PREDICTORS = ("sex", "age_group", "language", "education", "eligible")
# Weights have as many decimals as the collapse adds up exactly.
DECIMALS = 6


def survey_months(con: duckdb.DuckDBPyConnection) -> None:
    """Make `survey_months`: person, month, day, frozen; who was asked in each wave.

    Of persons with a job search and waves within the study. Traits are told as of the first day of
    the wave's month.
    """
    con.execute(
        """
        CREATE OR REPLACE TABLE survey_months AS
        SELECT numbered.person, calendar.month, first_day(calendar.month) AS day, frozen
        FROM survey JOIN persons AS numbered ON survey.person = numbered.id
        JOIN calendar ON calendar.month = month_index(wave)
        """
    )


def survey_left_out(con: duckdb.DuckDBPyConnection) -> tuple[str, int, int, int]:
    """Count the rows of the survey, those in `survey_months`, and those of nobody or no month."""
    before, left_out = one(
        con,
        """
        SELECT count(*), count(*) FILTER (
            person NOT IN (SELECT id FROM persons)
            OR month_index(wave) NOT IN (SELECT month FROM calendar))
        FROM survey
        """,
    )
    (after,) = one(con, "SELECT count(*) FROM survey_months")
    return "persons asked: never job seekers and other months left out", before, after, left_out


def add_answers(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Make `answered_survey`: `skeleton_survey` with weights, response and scale.

    Parameters
    ----------
    con : DuckDBPyConnection
        With `skeleton_survey`, `persons` and the register table `survey`.

    Returns
    -------
    DataFrame
        Everyone asked: person, month, unit, the traits, the design weight `weight`, `responded`,
        the items (reversed ones turned, missing without an answer), and the new columns.

    Raises
    ------
    InputError
        A design weight is not above 0, nobody was asked, or nobody answered in a wave.
    """
    items = ", ".join(f"CAST({item} AS DOUBLE) AS {item}" for item in ITEMS)
    asked = con.execute(
        f"""
        SELECT skeleton.*, weight::DOUBLE AS weight, coalesce(responded, false) AS responded,
            {items}
        FROM skeleton_survey AS skeleton
        JOIN persons USING (person)
        JOIN survey ON survey.person = persons.id AND month_index(survey.wave) = skeleton.month
        ORDER BY skeleton.month, skeleton.person
        """
    ).df()
    _check(asked)
    asked[[*ITEMS]] = turned(asked)
    asked["asked_weight"] = asked["weight"].round(DECIMALS)
    waves = [answered_weights(wave) for _, wave in asked.groupby("month")]
    asked["answered_weight"] = pd.concat(waves)
    asked["survey_responded"] = asked["responded"]
    asked["wellbeing_scale"] = scale(asked)
    columns = ["person", "month", "asked_weight", "answered_weight"]
    keep(con, "answers", asked[[*columns, "survey_responded", "wellbeing_scale"]])
    con.execute(
        """
        CREATE OR REPLACE TABLE answered_survey AS
        SELECT skeleton.*, answers.* EXCLUDE (person, month)
        FROM skeleton_survey AS skeleton JOIN answers USING (person, month)
        """
    )
    return asked


def turned(asked: pd.DataFrame) -> pd.DataFrame:
    """Return the items of those who answered, 5 the best everywhere; missing of all others."""
    items = asked[[*ITEMS]].where(asked["responded"])
    return items.assign(**{item: LOWEST + HIGHEST - items[item] for item in REVERSED})


def scale(asked: pd.DataFrame) -> pd.Series:
    """Average the turned items of each person; missing with fewer answers than are needed."""
    items = asked[[*ITEMS]]
    return items.mean(axis=1).where(items.notna().sum(axis=1) >= LEAST_ANSWERED)


def answered_weights(wave: pd.DataFrame) -> pd.Series:
    """Weigh those who answered in one wave so that they stand for all asked.

    Parameters
    ----------
    wave : DataFrame
        One row per person asked: weight (design), responded, PREDICTORS.

    Returns
    -------
    Series
        Design weight / estimated chance to answer; the second factor is trimmed. They add up to
        the design weights of all asked. Missing of those who did not answer.

    Raises
    ------
    InputError
        Nobody answered.
    """
    answered = wave["responded"].astype(bool)
    if not answered.any():
        raise InputError(
            f"table survey: nobody answered in a wave ({counted(len(wave), 'person')} asked)"
        )
    factor = 1 / chance_to_answer(wave)[answered]
    factor = factor.clip(upper=float(factor.quantile(TRIMMED_ABOVE)))
    weight = wave.loc[answered, "weight"] * factor
    weight *= wave["weight"].sum() / weight.sum()
    return weight.round(DECIMALS).reindex(wave.index)


def chance_to_answer(wave: pd.DataFrame) -> pd.Series:
    """Estimate everyone's chance to answer by a logistic regression on PREDICTORS.

    The regression is weighted by the design, so that it describes the persons asked about, and not
    penalised. Where all answered, or all are alike, the chance is the share who did.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import

    answered = wave["responded"].astype(bool)
    known = [name for name in PREDICTORS if wave[name].nunique(dropna=False) > 1]
    if answered.all() or not known:
        share = np.average(answered, weights=wave["weight"])
        return pd.Series(share, index=wave.index)
    x = pd.get_dummies(wave[known].astype(str), drop_first=True, dtype=float)
    weights = wave["weight"] / wave["weight"].mean()
    # A large C is no penalty in every release of scikit-learn; None is not.
    model = LogisticRegression(C=1e6, max_iter=1_000, tol=1e-8).fit(x, answered, weights)
    return pd.Series(model.predict_proba(x)[:, 1], index=wave.index)


def _check(asked: pd.DataFrame) -> None:
    if asked.empty:
        raise InputError(
            "table survey: nobody asked is in the sample; expected persons with a job search, and "
            "waves in months of the study"
        )
    bad = ~(asked["weight"] > 0)
    if bad.any():
        raise InputError(
            f"table survey, column weight: expected numbers above 0, found others in "
            f"{counted(bad.sum(), 'row')}"
        )
