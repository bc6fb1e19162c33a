"""The study: what is evaluated. Knows areas, dates, outcomes and estimands, never data."""

from kuntakokeilu.study.bounds import BoundsAsked
from kuntakokeilu.study.compared import common_start, in_ring, left_out, require_known
from kuntakokeilu.study.comparisons import Assignment, Balance, Comparison, Overlap
from kuntakokeilu.study.covariate_rows import Covariate, CovariateData
from kuntakokeilu.study.covariates import overlap_rule
from kuntakokeilu.study.curves import curves
from kuntakokeilu.study.declared_rules import DECISIVE, FAILS_ON, with_declared_rules
from kuntakokeilu.study.designs_judged import DesignsJudged
from kuntakokeilu.study.estimands import Estimand
from kuntakokeilu.study.false_starts import EarlierTrial, FalseStarts
from kuntakokeilu.study.limits import DisclosureProfile
from kuntakokeilu.study.models import DataSettings, Settings
from kuntakokeilu.study.money import (
    Combination,
    Money,
    ProgrammeCost,
    Ratio,
    Total,
)
from kuntakokeilu.study.outcomes import Outcome, OutcomeData
from kuntakokeilu.study.plan_lock import PlanLock, Unblinding, digest, write_lock
from kuntakokeilu.study.planned import is_as_locked, plan_of, plan_rows, plan_statuses
from kuntakokeilu.study.read import Study, read_study, require_name
from kuntakokeilu.study.read_money import read_price_index
from kuntakokeilu.study.register_source import PanelSettings, RegisterSource
from kuntakokeilu.study.service_models import ServiceModels
from kuntakokeilu.study.source import DataSource, Population
from kuntakokeilu.study.sources import (
    Download,
    SimulatedOutcome,
    SimulatedSource,
    StatfinSource,
    UnitPanelSource,
)
from kuntakokeilu.study.twin import Switches, TwinSettings
from kuntakokeilu.study.twin_effects import Effect
from kuntakokeilu.study.wanted import WHOLE, Split, splits_of, wanted_cells

__all__ = [
    "DECISIVE",
    "FAILS_ON",
    "WHOLE",
    "Assignment",
    "Balance",
    "BoundsAsked",
    "Combination",
    "Comparison",
    "Covariate",
    "CovariateData",
    "DataSettings",
    "DataSource",
    "DesignsJudged",
    "DisclosureProfile",
    "Download",
    "EarlierTrial",
    "Effect",
    "Estimand",
    "FalseStarts",
    "Money",
    "Outcome",
    "OutcomeData",
    "Overlap",
    "PanelSettings",
    "PlanLock",
    "Population",
    "ProgrammeCost",
    "Ratio",
    "RegisterSource",
    "ServiceModels",
    "Settings",
    "SimulatedOutcome",
    "SimulatedSource",
    "Split",
    "StatfinSource",
    "Study",
    "Switches",
    "Total",
    "TwinSettings",
    "Unblinding",
    "UnitPanelSource",
    "common_start",
    "curves",
    "digest",
    "in_ring",
    "is_as_locked",
    "left_out",
    "overlap_rule",
    "plan_of",
    "plan_rows",
    "plan_statuses",
    "read_price_index",
    "read_study",
    "require_known",
    "require_name",
    "splits_of",
    "wanted_cells",
    "with_declared_rules",
    "write_lock",
]
