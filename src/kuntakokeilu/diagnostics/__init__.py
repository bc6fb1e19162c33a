"""Whether an estimate deserves belief."""

from kuntakokeilu.diagnostics.balance import balance_table, compared_table, overlap_table
from kuntakokeilu.diagnostics.coverage import coverage
from kuntakokeilu.diagnostics.design import DesignTables, before_start, design_tables
from kuntakokeilu.diagnostics.diagnose import diagnose
from kuntakokeilu.diagnostics.recording import RECORDED, recording
from kuntakokeilu.diagnostics.truth import true_effects

__all__ = [
    "RECORDED",
    "DesignTables",
    "balance_table",
    "before_start",
    "compared_table",
    "coverage",
    "design_tables",
    "diagnose",
    "overlap_table",
    "recording",
    "true_effects",
]
