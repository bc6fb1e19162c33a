"""Whose data a study rests on: config/attribution.csv, the one record of how sources are named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.basics import Labelled, Name
from kuntakokeilu.facts.rows import read_rows, unique


class Attribution(Labelled):
    """One row of config/attribution.csv."""

    source: Name = Field(description="name of the source; study.yaml lists it under attribution")
    licence: str | None = Field(default=None, description="licence of the data, if one is known")
    url: str | None = Field(default=None, description="address of the source")


def read_attribution(config: Path, names: Sequence[str], where: str) -> list[Attribution]:
    """Look up the sources that a study names, in its order.

    Raises
    ------
    InputError
        A source has no row in config/attribution.csv.
    """
    if not names:
        return []
    rows = read_rows(Path(config) / "attribution.csv", Attribution, "config")
    known = unique(rows, "source", "config/attribution.csv")
    for name in names:
        if name not in known:
            raise InputError(
                f"{where}, attribution: no source {name} in config/attribution.csv; "
                f"there are {some(known, 20)}"
            )
    return [known[name] for name in names]
