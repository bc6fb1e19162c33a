"""What the typed settings are made of: names, periods, labels, and models that know their keys."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, get_args

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic import model_validator as validate_model

Frequency = Literal["M", "Q", "Y"]
PlainWeights = Literal["unit", "cluster", "persons_frozen", "persons_current"]
Weights = Literal["unit", "cluster", "municipality", "area", "persons_frozen", "persons_current"]
# What a study of municipalities calls the same weights.
_MUNICIPAL_WEIGHTS = {"unit": "municipality", "cluster": "area"}
_PLAIN_WEIGHTS = {name: plain for plain, name in _MUNICIPAL_WEIGHTS.items()}
Variance = Literal["iid", "hc1"]
Geography = Literal["region", "sub_region", "ely"]

LONGEST_TEXT = 1000
PERIOD_FORMS = {"M": "YYYY-MM", "Q": "YYYYQn", "Y": "YYYY"}

# Years that a time stamp can hold; or a number of a panel's own count, 1 to 999, in four digits,
# so that periods sort as text.
PERIOD_PATTERN = r"^((1[7-9]|2[01])\d{2}(-(0[1-9]|1[0-2])|Q[1-4])?|0(\d\d[1-9]|\d[1-9]0|[1-9]00))$"
NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
ESTIMAND_PATTERN = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
MONTH_PATTERN = r"^\d{4}-(0[1-9]|1[0-2])$"
TWO_DIGITS = r"^\d{2}$"
THREE_DIGITS = r"^\d{3}$"
# What a message says instead of the pattern.
PATTERN_WORDS = {
    MONTH_PATTERN: "expected a month such as 2021-03",
    TWO_DIGITS: "expected a code of two digits",
    THREE_DIGITS: "expected a code of three digits",
    PERIOD_PATTERN: "expected a period such as 2021-03, 2021Q1 or 2021",
    NAME_PATTERN: "expected small letters a-z, digits and _, a letter first",
    ESTIMAND_PATTERN: "expected outcome.specification, each of small letters, digits and _",
}


def _as_text(value: Any) -> Any:
    """Take 2003, which YAML reads as a number, as text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_period(value: Any) -> Any:
    """Take the number of a period as text of four digits, whatever it was written with."""
    text = _as_text(value)
    return text.zfill(4) if isinstance(text, str) and re.fullmatch(r"[1-9]\d{0,2}", text) else text


def split(value: Any) -> Any:
    """Split a list that stands in one field of a CSV table.

    Examples
    --------
    >>> split("training + counselling")
    ['training', 'counselling']
    """
    return [part.strip() for part in value.split("+")] if isinstance(value, str) else value


def _as_day(value: Any) -> Any:
    """Refuse a day that is not written as one: a number would be taken for seconds."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        raise ValueError("expected a day such as 2021-03-01")
    return value


def plain_weights(name: Any) -> Any:
    """Give the name of weights that goes with any kind of unit; other values stay."""
    return _PLAIN_WEIGHTS.get(name, name) if isinstance(name, str) else name


def weights_of(name: str, units: str) -> str:
    """Name weights as studies of a kind of unit do.

    Examples
    --------
    >>> weights_of("unit", "municipality"), weights_of("area", "other")
    ('municipality', 'cluster')
    """
    plain: str = plain_weights(name)
    return _MUNICIPAL_WEIGHTS.get(plain, plain) if units == "municipality" else plain


WeightsText = Annotated[PlainWeights, BeforeValidator(plain_weights)]
_Period = Annotated[str, StringConstraints(pattern=PERIOD_PATTERN)]
PeriodText = Annotated[_Period, BeforeValidator(_as_period, json_schema_input_type=_Period | int)]
Day = Annotated[datetime.date, BeforeValidator(_as_day)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
EstimandName = Annotated[str, StringConstraints(pattern=ESTIMAND_PATTERN)]
Text = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int)]


class Closed(BaseModel):
    """A model that knows all its keys: an unknown one is an error.

    Numbers are finite, texts are of one line, and true is no number.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True
    )

    @validate_model(mode="before")
    @classmethod
    def _are_what_they_look_like(cls, content: Any) -> Any:
        known = _known_fields(cls)
        for name, value in content.items() if isinstance(content, Mapping) else ():
            field = known.get(str(name))
            if field is None:
                continue  # an unknown key, or a model, which looks at its own
            if value == "" and field.is_text:
                raise ValueError(f"{name}: expected a text, found an empty one")
            for part in _parts(value):
                if isinstance(part, str) and len(part) > LONGEST_TEXT:
                    raise ValueError(f"{name}: expected at most {LONGEST_TEXT} characters")
                if isinstance(part, str) and not part.strip().isprintable():
                    raise ValueError(f"{name}: expected one line without control characters")
                if isinstance(part, bool) and not field.may_be_true:
                    raise ValueError(f"{name}: expected no truth value, found {str(part).lower()}")
        return content


class _Field(NamedTuple):
    """What a field of a model may hold, worked out once for each model."""

    is_text: bool
    may_be_true: bool


@cache
def _known_fields(model: type[BaseModel]) -> dict[str, _Field]:
    """Describe the fields of a model, but for those that hold models."""
    annotations = {name: field.annotation for name, field in model.model_fields.items()}
    return {
        name: _Field(annotation in (str, str | None), bool in _types(annotation))
        for name, annotation in annotations.items()
        if not any(map(_is_model, _types(annotation)))
    }


def _parts(value: Any) -> Iterator[Any]:
    """Walk through a value and, of lists and mappings, what they hold."""
    if isinstance(value, list | tuple):
        for part in value:
            yield from _parts(part)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield key
            yield from _parts(part)
    else:
        yield value


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _types(annotation: Any) -> Iterator[Any]:
    """Walk through an annotation and the types that it is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _types(part)


def _in_all(content: Any, keys: Sequence[str]) -> Any:
    """Give a label that is not in all languages in those that lack it: English goes first."""
    given = [content[key] for key in keys if key in content]
    if not given:
        raise ValueError(f"{keys[0]}: missing; expected a label in one language at least")
    return {**dict.fromkeys(keys, given[0]), **content}


class Labels(Closed):
    """One text in the three languages; a language without one takes that of another."""

    fi: str = Field(default="", min_length=1, description="Finnish")
    sv: str = Field(default="", min_length=1, description="Swedish")
    en: str = Field(default="", min_length=1, description="English")

    @validate_model(mode="before")
    @classmethod
    def _one_language_is_enough(cls, content: Any) -> Any:
        return _in_all(content, ("en", "fi", "sv")) if isinstance(content, Mapping) else content


class Labelled(Closed):
    """A row of a table with a label in the three languages, or in one that stands for all."""

    label_fi: str = Field(default="", min_length=1, description="Finnish label")
    label_sv: str = Field(default="", min_length=1, description="Swedish label")
    label_en: str = Field(default="", min_length=1, description="English label")

    @validate_model(mode="before")
    @classmethod
    def _one_language_is_enough(cls, content: Any) -> Any:
        keys = ("label_en", "label_fi", "label_sv")
        return _in_all(content, keys) if isinstance(content, Mapping) else content


def only(model: BaseModel, part: type[BaseModel]) -> dict[str, Any]:
    """Dump the fields of `model` that `part` has, as plain data."""
    return model.model_dump(mode="json", include=set(part.model_fields))


def period(text: str, frequency: str) -> pd.Period:
    """Turn the text of a period into a pandas period of the study's frequency.

    Examples
    --------
    >>> period("2021Q1", "Q") + 3
    Period('2021Q4', 'Q-DEC')
    """
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
