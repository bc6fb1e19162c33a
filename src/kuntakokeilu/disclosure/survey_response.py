"""Which numbers of the response to a survey may leave."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kuntakokeilu.contracts import SURVEY_NUMBERS, SURVEY_RESPONSE_RELEASED, conform
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
