"""The study: what is evaluated. Knows areas, dates, outcomes and estimands, never data."""

from kuntakokeilu.study.models import (
    Comparison,
    DisclosureProfile,
    Estimand,
    Outcome,
    Settings,
    SimulatedOutcome,
    SimulatedSource,
    StatfinSource,
    UnitPanelSource,
    period,
)
from kuntakokeilu.study.municipalities import Classification
from kuntakokeilu.study.read import Study, read_classification, read_study

__all__ = [
    "Classification",
    "Comparison",
    "DisclosureProfile",
    "Estimand",
    "Outcome",
    "Settings",
    "SimulatedOutcome",
    "SimulatedSource",
    "StatfinSource",
    "Study",
    "UnitPanelSource",
    "period",
    "read_classification",
    "read_study",
]
