"""The tables by which the rooms meet.

Each table is written by one room and read by the rooms below it. A schema says which columns
there are, their type, whether a value may be missing, and what the column means. Months,
quarters and years are pandas periods; codes are strings with their leading zeros.
"""

from kuntakokeilu.contracts.check import conform
from kuntakokeilu.contracts.panel import (
    CONSERVATION,
    ELIGIBILITY,
    FLOW,
    OUTCOMES,
    PAYERS,
    PERSON_MONTHS,
    SAMPLES,
    TRAITS,
    TRUTH,
    PanelColumn,
)
from kuntakokeilu.contracts.results import (
    BALANCE,
    COVERAGE,
    COVERAGE_RELEASED,
    DIAGNOSTICS,
    ESTIMATES,
    IDENTIFIED,
    INFERENCES,
    INFLUENCE,
    NUMBERS,
    OVERLAP,
    RELEASED,
    ROLES,
    STAGES,
    STATUSES,
    TERMS,
    VERDICTS,
)
from kuntakokeilu.contracts.waist import CELLS, COUNTS, UNITS

__all__ = [
    "BALANCE",
    "CELLS",
    "CONSERVATION",
    "COUNTS",
    "COVERAGE",
    "COVERAGE_RELEASED",
    "DIAGNOSTICS",
    "ELIGIBILITY",
    "ESTIMATES",
    "FLOW",
    "IDENTIFIED",
    "INFERENCES",
    "INFLUENCE",
    "NUMBERS",
    "OUTCOMES",
    "OVERLAP",
    "PAYERS",
    "PERSON_MONTHS",
    "RELEASED",
    "ROLES",
    "SAMPLES",
    "STAGES",
    "STATUSES",
    "TERMS",
    "TRAITS",
    "TRUTH",
    "UNITS",
    "VERDICTS",
    "PanelColumn",
    "conform",
]
