"""Which pages a study has."""

from __future__ import annotations

from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.report.words.outcomes import ledger_outcomes


def planned_pages(declared: Declaration) -> list[str]:
    """Name the notebooks of a study in reading order, without the one on synthetic data."""
    given = set(declared.released)
    money = ledger_outcomes(declared.study) or given & {"ratios", "totals", "combinations"}
    more = [*(["costs"] if money else [])]
    more += ["service_models"] if "area_effects" in given else []
    return ["data_quality", "design", "results", *more, "robustness"]
