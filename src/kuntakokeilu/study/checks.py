"""What must hold between the files of a study: names that refer, and dates that follow."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.municipalities import Classification, hint
from kuntakokeilu.study.estimands import Estimand, EstimandRow
from kuntakokeilu.study.models import Settings


def with_headlines(estimands: list[Estimand], where: str) -> list[Estimand]:
    """Check that one row with role main leads each domain; an only one leads unasked.

    Where nothing is main, published benchmarks lead.
    """
    chosen = set()
    for domain in dict.fromkeys(estimand.domain for estimand in estimands):
        mine = [estimand for estimand in estimands if estimand.domain == domain]
        role = "main" if any(e.role == "main" for e in mine) else "benchmark"
        leading = [e.estimand for e in mine if e.role == role]
        said = [e.estimand for e in mine if e.headline == "yes"]
        wrong = [name for name in said if name not in leading]
        if wrong:
            raise InputError(
                f"{where}, column headline: expected yes on a row with role main, found "
                f"{some(wrong)}"
            )
        lead = said or (leading if len(leading) == 1 else [])
        if len(lead) != 1:
            raise InputError(
                f"{where}, column headline: expected yes on one row with role main in the domain "
                f"{domain}, found {some(lead) if lead else 'none'}"
            )
        chosen.update(lead)
    return [
        e.model_copy(update={"headline": "yes" if e.estimand in chosen else "no"})
        for e in estimands
    ]


def check_distinct(estimands: Mapping[int, Estimand], where: str) -> None:
    """Stop at a row that asks for the same number as another, under another name."""
    seen: dict[str, str] = {}
    for number, estimand in estimands.items():
        asked = estimand.model_dump_json(exclude={"estimand", "role", "headline", "variances"})
        if asked in seen:
            raise InputError(
                f"{where}, row {number}: {estimand.estimand} asks for the same number as "
                f"{seen[asked]}"
            )
        seen[asked] = estimand.estimand


def check_comparisons(
    settings: Settings, classification: Classification, areas: set[str], where: str
) -> None:
    """Stop if a comparison names a region, unit or area that there is not."""
    members = classification.members()
    codes = f"of {classification.year} in config/municipalities.csv"
    known = {
        "exclude_regions": ("region " + codes, set(members["region"])),
        "exclude_units": ("code " + codes, set(members["code"])),
        "control_units": ("code " + codes, set(members["code"])),
        "exclude_areas": (f"area of {settings.areas}", areas),
    }
    for name, rule in settings.comparisons.items():
        for key, (what, values) in known.items():
            unknown = [code for code in getattr(rule, key) if code not in values]
            if unknown:
                lost = f"; {hint(unknown[0], values)}" if unknown[0].zfill(3) in values else ""
                raise InputError(
                    f"{where}, comparisons.{name}.{key}: {some(unknown)} is no {what}{lost}"
                )


def check_groups(settings: Settings, groups: dict[str, list[str]], where: str) -> None:
    """Stop if a comparison names a group that the study does not have."""
    for name, rule in settings.comparisons.items():
        for key in ("exclude_groups", "control_groups"):
            unknown = [group for group in getattr(rule, key) if group not in groups]
            if unknown:
                there = f"there are {some(groups)}" if groups else "the study names no groups"
                raise InputError(f"{where}, comparisons.{name}.{key}: {some(unknown)}; {there}")
    applied = settings.assignment.applicants
    if applied is not None and applied not in groups:
        there = f"there are {some(groups)}" if groups else "the study names no groups"
        raise InputError(f"{where}, assignment.applicants: {applied}; {there}")


def check_left_out(rows: dict[int, EstimandRow], areas: pd.DataFrame | None, where: str) -> None:
    """Stop if an estimand leaves out an area that is not listed; units of a file are read later."""
    if areas is None:
        return
    known = set(areas["area"])
    for number, row in rows.items():
        if row.leave_out_area is not None and row.leave_out_area not in known:
            raise InputError(
                f"{where}, row {number}, column leave_out_area: no area {row.leave_out_area}"
            )
