"""The result tables, in the order of their sheets."""

from __future__ import annotations

from kuntakokeilu.report.tables import result_tables as own
from kuntakokeilu.report.tables.assignment import ASSIGNMENT, MULTIPLICITY
from kuntakokeilu.report.tables.before_after import BEFORE_AFTER
from kuntakokeilu.report.tables.bounds import (
    BOUNDS_TABLE,
    EQUIVALENCE_TABLE,
    PRE_TREND_POWER_TABLE,
)
from kuntakokeilu.report.tables.comparisons import DESIGNS_OF_OUTCOMES, POPULATIONS, WINDOWS
from kuntakokeilu.report.tables.designs_judged import JUDGED, SYNTHETIC
from kuntakokeilu.report.tables.false_starts import FALSE_STARTS
from kuntakokeilu.report.tables.made_of_estimates import (
    COMBINATIONS,
    PROGRAMME_COSTS,
    RATIOS,
    TOTALS,
)
from kuntakokeilu.report.tables.payers import COST_EFFECTS
from kuntakokeilu.report.tables.planned import PLAN
from kuntakokeilu.report.tables.service_models import (
    AREA_EFFECTS,
    HETEROGENEITY,
    META_REGRESSION,
    SERVICE_MODELS,
)
from kuntakokeilu.report.tables.spillover_shares import SPILLOVER_SHARES
from kuntakokeilu.report.tables.subtotals import PAYERS
from kuntakokeilu.report.tables.survey_response import SURVEY_RESPONSE
from kuntakokeilu.report.words.declaration import Declaration

TABLES = {
    table.name: table
    for table in (
        own.MAIN_EFFECTS,
        DESIGNS_OF_OUTCOMES,
        SPILLOVER_SHARES,
        POPULATIONS,
        WINDOWS,
        PAYERS,
        COST_EFFECTS,
        TOTALS,
        RATIOS,
        COMBINATIONS,
        PROGRAMME_COSTS,
        AREA_EFFECTS,
        META_REGRESSION,
        SERVICE_MODELS,
        HETEROGENEITY,
        SURVEY_RESPONSE,
        BEFORE_AFTER,
        own.EVENT_STUDY,
        own.ROBUSTNESS,
        BOUNDS_TABLE,
        PRE_TREND_POWER_TABLE,
        EQUIVALENCE_TABLE,
        FALSE_STARTS,
        ASSIGNMENT,
        MULTIPLICITY,
        JUDGED,
        SYNTHETIC,
        own.CHECKS,
        own.BALANCE,
        own.OVERLAP,
        PLAN,
    )
}


def planned_tables(declared: Declaration) -> list[str]:
    """Name the result tables of a study, in the order of their sheets."""
    return [name for name, table in TABLES.items() if table.when(declared)]
