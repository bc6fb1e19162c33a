"""The study: what is evaluated. Knows areas, dates, outcomes and estimands, never data."""

from kuntakokeilu.study.basics import only, period
from kuntakokeilu.study.compared import left_out
from kuntakokeilu.study.models import (
    Balance,
    Comparison,
    Covariate,
    CovariateData,
    DataSettings,
    DisclosureProfile,
    Estimand,
    Outcome,
    OutcomeData,
    Settings,
)
from kuntakokeilu.study.municipalities import Classification
from kuntakokeilu.study.read import Study, read_classification, read_study
from kuntakokeilu.study.register_source import PanelSettings, Population, RegisterSource
from kuntakokeilu.study.sources import (
    Download,
    SimulatedOutcome,
    SimulatedSource,
    StatfinSource,
    UnitPanelSource,
)
from kuntakokeilu.study.twin import Switches, TwinSettings

__all__ = [
    "Balance",
    "Classification",
    "Comparison",
    "Covariate",
    "CovariateData",
    "DataSettings",
    "DisclosureProfile",
    "Download",
    "Estimand",
    "Outcome",
    "OutcomeData",
    "PanelSettings",
    "Population",
    "RegisterSource",
    "Settings",
    "SimulatedOutcome",
    "SimulatedSource",
    "StatfinSource",
    "Study",
    "Switches",
    "TwinSettings",
    "UnitPanelSource",
    "left_out",
    "only",
    "period",
    "read_classification",
    "read_study",
]
