"""The tables of results/<study>/release, one record each, for `disclosure` and `report`."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pa

from kuntakokeilu.contracts.money import (
    COMBINATIONS_RELEASED,
    LEDGER_PARAMETERS,
    PROGRAMME_COSTS,
    RATIOS_RELEASED,
    TOTALS_RELEASED,
)
from kuntakokeilu.contracts.panel_counts import ELIGIBILITY_RELEASED, FLOW_RELEASED
from kuntakokeilu.contracts.results import (
    BALANCE_RELEASED,
    COVERAGE_RELEASED,
    DIAGNOSTICS,
    OVERLAP_RELEASED,
    RELEASED,
)
from kuntakokeilu.contracts.service_models import (
    AREA_EFFECTS_RELEASED,
    HETEROGENEITY_RELEASED,
    META_REGRESSION_RELEASED,
    SERVICE_MODELS,
)
from kuntakokeilu.contracts.survey_response import SURVEY_RESPONSE_RELEASED
from kuntakokeilu.contracts.waist import UNITS_RELEASED


@dataclass(frozen=True)
class ReleasedTable:
    """One table that leaves.

    Attributes
    ----------
    name : str
        Of its file, release/<name>.csv.
    contract : DataFrameSchema
        What the file follows.
    rests_on : tuple of str
        Columns that name the estimates behind a row, so that their checks stand on it.
    everywhere : bool
        Does every study have it? If not, `disclosure` says which do.
    """

    name: str
    contract: pa.DataFrameSchema
    rests_on: tuple[str, ...] = ()
    everywhere: bool = False

    def empty(self) -> pd.DataFrame:
        """Return the table without rows, as of a study that does not have it."""
        return pd.DataFrame(columns=list(self.contract.columns))


RELEASED_TABLES = {
    table.name: table
    for table in (
        ReleasedTable("estimates", RELEASED, rests_on=("estimand",), everywhere=True),
        ReleasedTable("diagnostics", DIAGNOSTICS, everywhere=True),
        ReleasedTable("units", UNITS_RELEASED, everywhere=True),
        ReleasedTable("coverage", COVERAGE_RELEASED, everywhere=True),
        ReleasedTable("balance", BALANCE_RELEASED, everywhere=True),
        ReleasedTable("overlap", OVERLAP_RELEASED, everywhere=True),
        ReleasedTable("flow", FLOW_RELEASED),
        ReleasedTable("eligibility", ELIGIBILITY_RELEASED),
        ReleasedTable("survey_response", SURVEY_RESPONSE_RELEASED),
        ReleasedTable("ratios", RATIOS_RELEASED, rests_on=("numerator", "denominator")),
        ReleasedTable("totals", TOTALS_RELEASED, rests_on=("estimand",)),
        ReleasedTable("combinations", COMBINATIONS_RELEASED, rests_on=("first", "second")),
        ReleasedTable("programme_costs", PROGRAMME_COSTS),
        ReleasedTable("parameters", LEDGER_PARAMETERS),
        ReleasedTable("area_effects", AREA_EFFECTS_RELEASED, rests_on=("estimand",)),
        ReleasedTable("meta_regression", META_REGRESSION_RELEASED, rests_on=("estimand",)),
        ReleasedTable("service_models", SERVICE_MODELS),
        ReleasedTable("heterogeneity", HETEROGENEITY_RELEASED, rests_on=("estimand",)),
    )
}
