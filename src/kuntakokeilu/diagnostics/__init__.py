"""Whether an estimate deserves belief."""

from kuntakokeilu.diagnostics.balance import empty_balance
from kuntakokeilu.diagnostics.coverage import coverage
from kuntakokeilu.diagnostics.diagnose import diagnose

__all__ = ["coverage", "diagnose", "empty_balance"]
