"""Settings of a second file of a panel: on which day each unit started, and who decided."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kuntakokeilu.facts.basics import Closed, Text


class PanelStarts(Closed):
    """A file with one row for each unit; units that it does not list are left out."""

    path: str = Field(description="file, written and found as source.path")
    unit: list[Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, description="columns that together name the unit, as source.unit does"
    )
    date: str = Field(
        description="column with the first day of treatment, 2016-04-01 or 1.4.2016; never "
        "treated: a value of source.never"
    )
    cluster: str | None = Field(
        default=None, description="column with area clusters, such as who decided"
    )
    left_out: dict[str, list[Text]] = Field(
        default={},
        description="column and values of units that are left out, such as of an unknown day",
    )
    partly_treated: Literal["left_out", "treated"] = Field(
        default="left_out",
        description="the period that holds the first day, unless it begins with that day: "
        "left_out, treatment starts with the next period; treated, with this one",
    )

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""
        optional = [self.cluster] if self.cluster else []
        return [*self.unit, self.date, *optional, *self.left_out]
