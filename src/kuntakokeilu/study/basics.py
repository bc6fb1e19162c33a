"""What the typed settings are made of: names, periods, labels, and models that know their keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Frequency = Literal["M", "Q", "Y"]
Estimator = Literal[
    "two_by_two", "two_way_fixed_effects", "event_study", "window_effects", "elapsed_effects"
]
Weights = Literal["municipality", "area", "persons_frozen", "persons_current"]
Geography = Literal["region", "sub_region", "ely"]

PERIOD_FORMS = {"M": "YYYY-MM", "Q": "YYYYQn", "Y": "YYYY"}

PERIOD_PATTERN = r"^\d{4}(-(0[1-9]|1[0-2])|Q[1-4])?$"
NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
ESTIMAND_PATTERN = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
# What a message says instead of the pattern.
PATTERN_WORDS = {
    PERIOD_PATTERN: "expected a period such as 2021-03, 2021Q1 or 2021",
    NAME_PATTERN: "expected small letters a-z, digits and _, a letter first",
    ESTIMAND_PATTERN: "expected outcome.specification, each of small letters, digits and _",
}


def _as_text(value: Any) -> Any:
    """Take 2003, which YAML reads as a number, as text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def split(value: Any) -> Any:
    """Split a list that stands in one field of a CSV table."""
    return [part.strip() for part in value.split("+")] if isinstance(value, str) else value


_Period = Annotated[str, StringConstraints(pattern=PERIOD_PATTERN)]
PeriodText = Annotated[_Period, BeforeValidator(_as_text, json_schema_input_type=_Period | int)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
EstimandName = Annotated[str, StringConstraints(pattern=ESTIMAND_PATTERN)]
Text = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int)]


class Closed(BaseModel):
    """A model that knows all its keys: an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Labels(Closed):
    """One text in the three languages."""

    fi: str = Field(min_length=1, description="Finnish")
    sv: str = Field(min_length=1, description="Swedish")
    en: str = Field(min_length=1, description="English")


class Labelled(Closed):
    """A row of a table with a label in the three languages."""

    label_fi: str = Field(description="Finnish label", min_length=1)
    label_sv: str = Field(description="Swedish label", min_length=1)
    label_en: str = Field(description="English label", min_length=1)


def only(model: BaseModel, part: type[BaseModel]) -> dict[str, Any]:
    """Dump the fields of `model` that `part` has, as plain data."""
    return model.model_dump(mode="json", include=set(part.model_fields))


def period(text: str, frequency: str) -> pd.Period:
    """Turn the text of a period into a pandas period of the study's frequency."""
    return pd.Period(text, freq=frequency)


def check_form(name: str, text: str | None, frequency: str) -> None:
    """Raise ValueError if the text of a period does not fit the frequency."""
    lengths = {"M": 7, "Q": 6, "Y": 4}
    if text is None:
        return
    if len(text) != lengths[frequency] or ("Q" in text) != (frequency == "Q"):
        raise ValueError(f"{name}: expected {PERIOD_FORMS[frequency]}, found {text}")


def check_order(early: str, early_text: str, late: str, late_text: str) -> None:
    """Raise ValueError if the first period is after the second."""
    if early_text > late_text:  # all forms sort as text
        raise ValueError(f"{early} ({early_text}) is after {late} ({late_text})")
