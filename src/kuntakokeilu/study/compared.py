"""Which units a comparison leaves out."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.study.comparisons import Comparison


def require_known(rule: Comparison, units: pd.DataFrame, where: str) -> None:
    """Stop at a unit or area that a comparison names and the study does not have."""
    known = {
        "exclude_units": units["unit"],
        "control_units": units["unit"],
        "exclude_areas": units["area"].dropna(),
    }
    for key, there in known.items():
        unknown = sorted(set(getattr(rule, key)) - set(there))
        if unknown:
            raise InputError(f"{where}: {key} names {some(unknown)}, which the study does not have")


def common_start(units: pd.DataFrame, declared: str | None) -> str | None:
    """Return the start of all treated units: as declared, else as UNITS has it; None if several."""
    starts = units["first_treated"].dropna().unique()
    return declared or (str(starts[0]) if len(starts) == 1 else None)


def left_out(rule: Comparison, units: pd.DataFrame) -> pd.Series:
    """Tell which rows of UNITS a comparison, spelt out, leaves out of both arms."""
    out = units["arm"].eq("neither")
    out |= units["unit"].isin(rule.exclude_units) | units["region"].isin(rule.exclude_regions)
    out |= units["area"].isin(rule.exclude_areas)
    if rule.control_units:
        out |= units["arm"].eq("control") & ~units["unit"].isin(rule.control_units)
    if rule.exclude_ring:
        out |= in_ring(units)
    return out


def in_ring(units: pd.DataFrame) -> pd.Series:
    """Tell which rows of UNITS are controls in the sub-region of a trial municipality.

    Statistics Finland forms sub-regions by commuting, so that these are the municipalities whose
    people are likeliest to look for work where the trial was.
    """
    near = units.loc[units["arm"].eq("trial"), "sub_region"].dropna()
    return units["arm"].eq("control") & units["sub_region"].isin(near)
