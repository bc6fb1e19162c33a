"""Which units a comparison leaves out."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.study.models import Comparison


def left_out(rule: Comparison, units: pd.DataFrame) -> pd.Series:
    """Tell which rows of UNITS a comparison, spelt out, leaves out of both arms."""
    out = units["arm"].eq("neither")
    out |= units["unit"].isin(rule.exclude_units) | units["region"].isin(rule.exclude_regions)
    out |= units["area"].isin(rule.exclude_areas)
    if rule.control_units:
        out |= units["arm"].eq("control") & ~units["unit"].isin(rule.control_units)
    return out
