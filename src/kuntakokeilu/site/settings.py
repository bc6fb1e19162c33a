"""What config/site/site.yaml says: indicators, files, events, evaluations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic import model_validator as validate_model

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.rows import parse
from kuntakokeilu.io import read_yaml
from kuntakokeilu.report.words.language import LANGUAGES

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
DAY = r"^\d{4}-\d{2}-\d{2}$"

Month = Annotated[str, BeforeValidator(str), Field(pattern=MONTH)]
EventDay = Annotated[str, BeforeValidator(str), Field(pattern=DAY)]
Contents = Annotated[list[str], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Indicator(_Part):
    """One number that is followed by month."""

    of: Contents = Field(description="content codes, added up")
    per: list[str] = Field(default=[], description="a share in per cent: what it is a share of")
    published: str | None = Field(default=None, description="content that gives a published share")
    map: list[float] = Field(
        default=[], description="bounds of the classes of the map; none: no map"
    )

    @validate_model(mode="after")
    def _shares_alone(self) -> Self:
        if not self.per and (self.published or self.map):
            raise ValueError("published and map: expected of a share alone, with per")
        if self.map != sorted(set(self.map)):
            raise ValueError("map: expected bounds in rising order")
        return self

    def contents(self) -> list[str]:
        """List every content that the number rests on."""
        published = [self.published] if self.published else []
        return list(dict.fromkeys([*self.of, *self.per, *published]))


class OpenFile(_Part):
    """A file of open statistics: areas and months in rows, contents in columns."""

    path: str = Field(min_length=1, description="within the data folder")
    area: str = Field(min_length=1, description="column of the area")
    month: str = Field(default="month", description="column of the month")
    columns: dict[str, str] = Field(
        default={}, description="column to content code; default: columns are called as contents"
    )


class PortalDownload(_Part):
    """The table that the month's update fetches."""

    table: str = Field(
        pattern=r"\.px$", description="path of the table, such as StatFin/tyonv/12r5.px"
    )
    first_period: Month = Field(description="first month")


class MonthSpan(_Part):
    """A span of months."""

    first: Month
    last: Month


class Publisher(_Part):
    """Who publishes the site, for the accessibility statement and the feed."""

    name: dict[str, str] = Field(description="fi, sv, en")
    contact: str = Field(min_length=1, description="an address of mail or of a form for feedback")
    address: str | None = Field(
        default=None,
        pattern=r"^https?://\S+/$",
        description="where the site is published, ends in /",
    )

    @validate_model(mode="after")
    def _in_three_languages(self) -> Self:
        if set(self.name) != set(LANGUAGES) or not all(self.name.values()):
            raise ValueError("name: expected fi, sv and en")
        return self


class PortalSettings(_Part):
    """config/site/site.yaml."""

    study: str
    classification: int
    first_month: Month
    not_municipalities: list[str] = []
    no_controls: list[str] = []
    indicators: dict[str, Indicator] = Field(min_length=1)
    files: list[OpenFile] = []
    download: PortalDownload
    attribution: list[str] = []
    publisher: Publisher | None = None
    evaluations: dict[str, Contents] = {}
    covid: MonthSpan
    events: list[EventDay] = []
    breaks: list[Month] = []

    def contents(self) -> list[str]:
        """List every content that some indicator rests on."""
        found = [name for one in self.indicators.values() for name in one.contents()]
        return list(dict.fromkeys(found))


def read_portal_settings(config: Path) -> PortalSettings:
    """Read config/site/site.yaml.

    Raises
    ------
    InputError
        A key that is missing, unknown or not what it should be, named with its place.
    """
    return parse(
        PortalSettings, read_yaml(Path(config) / "site" / "site.yaml"), "config/site/site.yaml"
    )


def marked_events(calendar: pd.DataFrame, settings: PortalSettings) -> pd.DataFrame:
    """Choose the events that charts mark.

    Parameters
    ----------
    calendar : DataFrame
        config/policy_calendar.csv as `read_calendar` gives it.
    settings : PortalSettings
        Those of the site.

    Returns
    -------
    DataFrame
        number (1, 2, ...), month (YYYY-MM), date, event_fi, event_sv, event_en; one row per day.

    Raises
    ------
    InputError
        A day that the calendar does not have.
    """
    first = calendar.assign(day=calendar["date"].dt.strftime("%Y-%m-%d")).drop_duplicates("day")
    lacking = sorted(set(settings.events) - set(first["day"]))
    if lacking:
        raise InputError(
            f"config/site/site.yaml, events: {lacking[0]} is no day of config/policy_calendar.csv"
        )
    mine = first[first["day"].isin(settings.events)].reset_index(drop=True)
    return mine.assign(number=mine.index + 1, month=mine["day"].str[:7])
