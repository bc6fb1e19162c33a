"""Which modules a step's result depends on: an edit anywhere else reruns nothing."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path("src/kuntakokeilu")
# What every step reads and writes with. Of the ground floor the rest decides no number.
GROUND = ("duck.py", "errors.py", "io.py", "tabular.py")
_STUDY = ("contracts", "facts", "study")
_ESTIMATION = (*_STUDY, "estimation")
_DIAGNOSTICS = (*_ESTIMATION, "diagnostics")
_CELLS = (*_STUDY, "cells")
_STATFIN = (*_STUDY, "statfin")
_REPORT = ("contracts", "facts", "report")
# The rooms that each script of workflow/scripts calls, and those on which they stand.
ROOMS = {
    "area_effects": _ESTIMATION,
    "attack": ("attack", "contracts"),
    "balance": _DIAGNOSTICS,
    "bounds": _DIAGNOSTICS,
    "brief": _REPORT,
    "cells": _CELLS,
    "collapse": _CELLS,
    "combinations": _ESTIMATION,
    "coverage": _DIAGNOSTICS,
    "designs_judged": _DIAGNOSTICS,
    "design": (*_DIAGNOSTICS, "disclosure", "report"),
    "diagnose": _DIAGNOSTICS,
    "diagnose_across": _DIAGNOSTICS,
    "estimate": _ESTIMATION,
    "false_starts": _DIAGNOSTICS,
    "fetch": _STATFIN,
    "figures": _REPORT,
    "heterogeneity": _ESTIMATION,
    "leaks": (*_STUDY, "disclosure"),
    "multiplicity": _ESTIMATION,
    "notebook": _REPORT,
    "outcome_pages": _REPORT,
    "panel": (*_STUDY, "panel"),
    "panel_reports": (*_STUDY, "panel"),
    "ratios": _ESTIMATION,
    "register_reach": (*_STUDY, "panel"),
    "register_tables": (*_STUDY, "registers"),
    "register_units": _CELLS,
    "release": (*_STUDY, "disclosure"),
    "result_tables": _REPORT,
    "specification_curve": _ESTIMATION,
    "statfin_table": _STATFIN,
    "totals": _ESTIMATION,
    "trace": _REPORT,
    "truth": _DIAGNOSTICS,
    "twin": (*_STUDY, "registers", "twin"),
    "units": _CELLS,
    "workbook": _REPORT,
}


def code(script: str) -> list[str]:
    """List the modules that the result of a script of the workflow depends on.

    Parameters
    ----------
    script : str
        Name of a file of workflow/scripts, without its ending.

    Returns
    -------
    list of str
        Paths relative to the project, sorted.
    """
    modules = [path for room in ROOMS[script] for path in (PACKAGE / room).rglob("*.py")]
    return sorted(path.as_posix() for path in [*(PACKAGE / name for name in GROUND), *modules])
