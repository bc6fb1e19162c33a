"""The tables of results/<study>/release, one record each, for `disclosure` and `report`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import pandas as pd
import pandera.pandas as pa

from kuntakokeilu.contracts.assignment import ASSIGNMENT_RELEASED, MULTIPLICITY_RELEASED
from kuntakokeilu.contracts.beyond_reach import BEYOND_REACH
from kuntakokeilu.contracts.bounds import (
    BOUNDS_RELEASED,
    EQUIVALENCE_RELEASED,
    PRE_TREND_POWER_RELEASED,
)
from kuntakokeilu.contracts.false_starts import (
    FALSE_STARTS_RELEASED,
    FALSE_STARTS_SUMMARY_RELEASED,
)
from kuntakokeilu.contracts.judged import DESIGNS_JUDGED_RELEASED, SYNTHETIC_AREAS_RELEASED
from kuntakokeilu.contracts.money import (
    COMBINATIONS_RELEASED,
    LEDGER_PARAMETERS,
    PROGRAMME_COSTS,
    RATIOS_RELEASED,
    TOTALS_RELEASED,
)
from kuntakokeilu.contracts.panel_counts import ELIGIBILITY_RELEASED, FLOW_RELEASED
from kuntakokeilu.contracts.planned import PLAN_RELEASED
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
from kuntakokeilu.contracts.specification_curve import SPECIFICATION_CURVE_TEST_RELEASED
from kuntakokeilu.contracts.survey_response import SURVEY_RESPONSE_RELEASED
from kuntakokeilu.contracts.waist import UNITS_RELEASED

_RECORD = "record"  # key of a field's metadata


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


def _of(
    contract: pa.DataFrameSchema, *rests_on: str, everywhere: bool = False
) -> dict[str, ReleasedTable]:
    """Make the metadata of the field of a table, whose name the field has."""
    return {_RECORD: ReleasedTable("", contract, rests_on, everywhere)}


@dataclass(frozen=True, kw_only=True)
class ReleasedTables:
    """The tables of one release: each field has the record of its table.

    Attributes
    ----------
    estimates : DataFrame
        Contract RELEASED.
    diagnostics : DataFrame
        Contract DIAGNOSTICS.
    units : DataFrame
        Contract UNITS_RELEASED. All text.
    coverage : DataFrame
        Contract COVERAGE_RELEASED.
    balance, overlap : DataFrame
        Contracts BALANCE_RELEASED and OVERLAP_RELEASED; without rows in a study without covariates.
    false_starts, false_starts_summary : DataFrame
        Contracts FALSE_STARTS_RELEASED and FALSE_STARTS_SUMMARY_RELEASED; without rows in a study
        that declares no false starts.
    flow, eligibility : DataFrame
        Contracts FLOW_RELEASED and ELIGIBILITY_RELEASED; without rows in a study without registers.
    survey_response : DataFrame
        Contract SURVEY_RESPONSE_RELEASED; without rows in a study without a survey.
    ratios, totals, combinations, programme_costs : DataFrame
        Contracts of `contracts.money`; without rows in a study that declares none.
    parameters : DataFrame
        Contract LEDGER_PARAMETERS; without rows in a study that counts no costs.
    bounds, pre_trend_power, equivalence : DataFrame
        Contracts of `contracts.bounds`; without rows in a study that declares no bounds, or no
        margin.
    area_effects, meta_regression, service_models, heterogeneity : DataFrame
        Contracts of `contracts.service_models`; without rows in a study that asks for none.
    assignment, multiplicity : DataFrame
        Contracts of `contracts.assignment`; without rows in a study without main effects.
    designs_judged, synthetic_areas : DataFrame
        Contracts of `contracts.judged`; without rows in a study that judges no designs.
    beyond_reach : DataFrame
        Contract BEYOND_REACH; without rows in a study in which no comparison looks for overlap.
    plan : DataFrame
        Contract PLAN_RELEASED; without rows in a study whose plan is not locked.
    specification_curve_test : DataFrame
        Contract SPECIFICATION_CURVE_TEST_RELEASED; without rows in a study with few specifications.
    """

    estimates: pd.DataFrame = field(metadata=_of(RELEASED, "estimand", everywhere=True))
    diagnostics: pd.DataFrame = field(metadata=_of(DIAGNOSTICS, everywhere=True))
    units: pd.DataFrame = field(metadata=_of(UNITS_RELEASED, everywhere=True))
    coverage: pd.DataFrame = field(metadata=_of(COVERAGE_RELEASED, everywhere=True))
    balance: pd.DataFrame = field(metadata=_of(BALANCE_RELEASED, everywhere=True))
    overlap: pd.DataFrame = field(metadata=_of(OVERLAP_RELEASED, everywhere=True))
    bounds: pd.DataFrame = field(metadata=_of(BOUNDS_RELEASED, "estimand"))
    pre_trend_power: pd.DataFrame = field(metadata=_of(PRE_TREND_POWER_RELEASED, "estimand"))
    equivalence: pd.DataFrame = field(metadata=_of(EQUIVALENCE_RELEASED, "estimand"))
    false_starts: pd.DataFrame = field(metadata=_of(FALSE_STARTS_RELEASED, "estimand"))
    false_starts_summary: pd.DataFrame = field(
        metadata=_of(FALSE_STARTS_SUMMARY_RELEASED, "estimand")
    )
    flow: pd.DataFrame = field(metadata=_of(FLOW_RELEASED))
    eligibility: pd.DataFrame = field(metadata=_of(ELIGIBILITY_RELEASED))
    survey_response: pd.DataFrame = field(metadata=_of(SURVEY_RESPONSE_RELEASED))
    ratios: pd.DataFrame = field(metadata=_of(RATIOS_RELEASED, "numerator", "denominator"))
    totals: pd.DataFrame = field(metadata=_of(TOTALS_RELEASED, "estimand"))
    combinations: pd.DataFrame = field(metadata=_of(COMBINATIONS_RELEASED, "first", "second"))
    programme_costs: pd.DataFrame = field(metadata=_of(PROGRAMME_COSTS))
    parameters: pd.DataFrame = field(metadata=_of(LEDGER_PARAMETERS))
    area_effects: pd.DataFrame = field(metadata=_of(AREA_EFFECTS_RELEASED, "estimand"))
    meta_regression: pd.DataFrame = field(metadata=_of(META_REGRESSION_RELEASED, "estimand"))
    service_models: pd.DataFrame = field(metadata=_of(SERVICE_MODELS))
    heterogeneity: pd.DataFrame = field(metadata=_of(HETEROGENEITY_RELEASED, "estimand"))
    assignment: pd.DataFrame = field(metadata=_of(ASSIGNMENT_RELEASED, "estimand", everywhere=True))
    multiplicity: pd.DataFrame = field(
        metadata=_of(MULTIPLICITY_RELEASED, "estimand", everywhere=True)
    )
    designs_judged: pd.DataFrame = field(metadata=_of(DESIGNS_JUDGED_RELEASED, "estimand"))
    beyond_reach: pd.DataFrame = field(metadata=_of(BEYOND_REACH))
    synthetic_areas: pd.DataFrame = field(metadata=_of(SYNTHETIC_AREAS_RELEASED, "estimand"))
    plan: pd.DataFrame = field(metadata=_of(PLAN_RELEASED))
    specification_curve_test: pd.DataFrame = field(metadata=_of(SPECIFICATION_CURVE_TEST_RELEASED))


RELEASED_TABLES: dict[str, ReleasedTable] = {
    each.name: replace(each.metadata[_RECORD], name=each.name) for each in fields(ReleasedTables)
}
