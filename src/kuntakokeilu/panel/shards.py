"""What is known of the persons of each shard, put together: counts add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
import pandera.pandas as pa

from kuntakokeilu.contracts import (
    CONSERVATION,
    ELIGIBILITY,
    ELIGIBILITY_DEFINITIONS,
    FLOW,
    SURVEY_RESPONSE,
    conform,
)
from kuntakokeilu.panel.prepare import PanelReports


def put_together(shards: Sequence[PanelReports], survey: PanelReports | None) -> PanelReports:
    """Add up what is known of the persons of all shards.

    Parameters
    ----------
    shards : sequence of PanelReports
        Of each shard, whose persons are in no other.
    survey : PanelReports or None
        Of those asked in a survey, who are in the shards as well: of it is kept what concerns the
        survey alone.

    Returns
    -------
    PanelReports
        The same for any number of shards.
    """
    flow = _added((each.flow for each in shards), ["sample", "cohort", "position", "step"])
    checks = _added((each.conservation for each in shards), ["check"])
    eligibility = _added(
        (each.eligibility for each in shards), ["definition", "in_trial_area"]
    ).sort_values(
        ["definition", "in_trial_area"],
        key=lambda column: (
            ~column.astype(bool)
            if column.name == "in_trial_area"
            else column.map(ELIGIBILITY_DEFINITIONS.index)
        ),
        ignore_index=True,
    )
    response = pd.DataFrame(columns=list(SURVEY_RESPONSE.columns))
    if survey is not None:
        flow = pd.concat([flow, survey.flow], ignore_index=True)
        asked = survey.conservation
        asked = asked[~asked["check"].isin(checks["check"])]
        checks = pd.concat([checks, asked], ignore_index=True)
        response = survey.survey_response
    return PanelReports(
        _conformed(flow, FLOW),
        _conformed(eligibility, ELIGIBILITY),
        _conformed(checks, CONSERVATION),
        _conformed(response, SURVEY_RESPONSE),
    )


def _added(frames: Iterable[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Add counts up by keys, in the order of the first shard; a count missing in all is missing."""
    rows = pd.concat(list(frames), ignore_index=True)
    return rows.groupby(keys, sort=False, dropna=False, as_index=False).sum(min_count=1)


def _conformed(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    return conform(frame.reset_index(drop=True), schema)
