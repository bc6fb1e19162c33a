"""Shared facts: municipalities, dated rules, service models; knows neither study nor data.

Each module reads tables below `config/` into typed rows, which hold for every study.
"""

from kuntakokeilu.facts.basics import only, period
from kuntakokeilu.facts.ledger import LedgerRules, read_ledger_rules
from kuntakokeilu.facts.municipalities import Classification, read_classification
from kuntakokeilu.facts.parameters import ledger_parameters
from kuntakokeilu.facts.service_models import read_service_models

__all__ = [
    "Classification",
    "LedgerRules",
    "ledger_parameters",
    "only",
    "period",
    "read_classification",
    "read_ledger_rules",
    "read_service_models",
]
