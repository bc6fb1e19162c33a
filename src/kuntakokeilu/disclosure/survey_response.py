"""Which numbers of the response to a survey may leave."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import SURVEY_NUMBERS, SURVEY_RESPONSE_RELEASED, conform
from kuntakokeilu.disclosure.engine.rounding import nice_step
from kuntakokeilu.study import DisclosureProfile


def release_survey_response(response: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """Blank the waves in which an arm has too few persons who answered, or too few who did not.

    Both arms add up to the row of all, so that one of them could be told from the other two: a
    wave is shown whole or not at all. Rates and reliability are blanked with the counts.

    Parameters
    ----------
    response : DataFrame
        Contract SURVEY_RESPONSE.
    profile : DisclosureProfile
        The minimum count. None who did not answer is not too few; none who did is, of a survey.

    Returns
    -------
    DataFrame
        Contract SURVEY_RESPONSE_RELEASED.
    """
    silent = response["n_asked"] - response["n_answered"]
    few = (response["n_answered"] < profile.min_persons) | silent.between(
        1, profile.min_persons - 1
    )
    hidden = response["wave"].isin(response.loc[few, "wave"])
    released = response.assign(**{n: response[n].mask(hidden) for n in SURVEY_NUMBERS})
    released["status"] = np.where(hidden, "suppressed", "ok")
    return conform(released, SURVEY_RESPONSE_RELEASED)


def no_finer_than_counts(released: pd.DataFrame, true: pd.DataFrame, base: int) -> pd.DataFrame:
    """Make rates those of the shown counts, and round what is weighted no finer than these tell.

    Parameters
    ----------
    released : DataFrame
        Contract SURVEY_RESPONSE_RELEASED, its counts as they leave: as an earlier release showed
        them, where few have come or gone since.
    true : DataFrame
        Contract SURVEY_RESPONSE, the same rows in the same order.
    base : int
        Persons that may come or go between two releases without being told.

    Returns
    -------
    DataFrame
        The same rows. What is weighted is moved as the rate without weights is by the shown counts.
        Weighted rates and differences, in percentage points, have a step of 1, 2 or 5 times a power
        of ten that is no less than what `base` persons make; effective sizes are multiples of
        `base`.
    """
    asked, answered = (released[n].astype("Float64") for n in ("n_asked", "n_answered"))
    known = true.reset_index(drop=True)
    rate, before = 100 * answered / asked, 100 * known["n_answered"] / known["n_asked"]
    moved, wave = (rate - before).fillna(0.0), released["wave"]
    control = moved.where(released["arm"].eq("control")).groupby(wave).transform("max").fillna(0.0)
    size = released["effective_size"] * (answered / known["n_answered"])
    steps = (100 * base / answered).astype(float).map(nice_step, na_action="ignore")
    fewest = steps.groupby(wave).transform("max")
    made = {
        "response_rate": rate,
        "response_rate_weighted": _to(released["response_rate_weighted"] + moved, steps),
        "difference": _to(released["difference"] + moved - control, fewest),
        "difference_std_error": _to(released["difference_std_error"], fewest / 10),
        "effective_size": _to(size, steps * 0 + base),
        "alpha": _to(released["alpha"], steps / 100),
    }
    return released.assign(
        **{n: v.astype("Float64").astype(float).where(released[n].notna()) for n, v in made.items()}
    )


def _to(values: pd.Series, steps: pd.Series) -> pd.Series:
    return (values.astype(float) / steps).round() * steps
