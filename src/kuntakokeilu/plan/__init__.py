"""The plan: which files a run of a study reads and makes, and what each step is told. No data."""

from kuntakokeilu.plan.attack import attack_spec
from kuntakokeilu.plan.code import ROOMS, code
from kuntakokeilu.plan.leak_scan import leak_scan
from kuntakokeilu.plan.register_files import RegisterFiles
from kuntakokeilu.plan.report_files import ReportFiles, find_report_files
from kuntakokeilu.plan.resources import asked_for
from kuntakokeilu.plan.run import Plan, make_plan
from kuntakokeilu.plan.source_files import SourceFiles

__all__ = [
    "ROOMS",
    "Plan",
    "RegisterFiles",
    "ReportFiles",
    "SourceFiles",
    "asked_for",
    "attack_spec",
    "code",
    "find_report_files",
    "leak_scan",
    "make_plan",
]
