"""Whether an estimate deserves belief."""

from kuntakokeilu.diagnostics.balance import balance_table, compared_table
from kuntakokeilu.diagnostics.bounds import BoundsTables, bound, equivalence_table
from kuntakokeilu.diagnostics.coverage import coverage, covered
from kuntakokeilu.diagnostics.design import DesignTables, before_start, design_tables
from kuntakokeilu.diagnostics.designs_judged import judge_designs
from kuntakokeilu.diagnostics.diagnose import diagnose
from kuntakokeilu.diagnostics.false_starts import false_starts, most_apart
from kuntakokeilu.diagnostics.movers import movers
from kuntakokeilu.diagnostics.negative_controls import negative_controls
from kuntakokeilu.diagnostics.overlap import beyond_reach_table, overlap_table
from kuntakokeilu.diagnostics.recording import RECORDED, recording
from kuntakokeilu.diagnostics.truth import true_effects

__all__ = [
    "RECORDED",
    "BoundsTables",
    "DesignTables",
    "balance_table",
    "before_start",
    "beyond_reach_table",
    "bound",
    "compared_table",
    "coverage",
    "covered",
    "design_tables",
    "diagnose",
    "equivalence_table",
    "false_starts",
    "judge_designs",
    "most_apart",
    "movers",
    "negative_controls",
    "overlap_table",
    "recording",
    "true_effects",
]
