"""The study: what is evaluated. Knows areas, dates, outcomes and estimands, never data."""

from kuntakokeilu.study.models import (
    Comparison,
    DataSettings,
    DisclosureProfile,
    Estimand,
    Outcome,
    OutcomeData,
    Settings,
    SimulatedOutcome,
    SimulatedSource,
    StatfinSource,
    UnitPanelSource,
    only,
    period,
)
from kuntakokeilu.study.municipalities import Classification
from kuntakokeilu.study.read import Study, read_classification, read_study

__all__ = [
    "Classification",
    "Comparison",
    "DataSettings",
    "DisclosureProfile",
    "Estimand",
    "Outcome",
    "OutcomeData",
    "Settings",
    "SimulatedOutcome",
    "SimulatedSource",
    "StatfinSource",
    "Study",
    "UnitPanelSource",
    "only",
    "period",
    "read_classification",
    "read_study",
]
