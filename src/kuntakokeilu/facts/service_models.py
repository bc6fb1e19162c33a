"""Service models: which trial area did what, as coded by people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from kuntakokeilu.errors import InputError, counted
from kuntakokeilu.facts.basics import Closed, Labelled, Name
from kuntakokeilu.facts.rows import read_rows, unique

UNKNOWN = "unknown"
_DATE = re.compile(r"^\d{4}-\d{2}(-\d{2})?$")


class Feature(Labelled):
    """One row of config/service_features.csv: something a trial area has or does."""

    feature: Name = Field(description="name of the feature")
    kind: Literal["binary", "number"] = Field(description="what its values are")
    description: str = Field(description="when a coder says yes, or what is counted", min_length=1)


class Coding(Closed):
    """One row of config/service_models.csv: what one coder found on one feature of one area."""

    area: str = Field(description="trial area, as in the list of areas", min_length=1)
    feature: Name = Field(description="feature in config/service_features.csv")
    value: str = Field(description="yes, no, a number, or unknown")
    date: str | None = Field(
        default=None, description="month or day of the source, or of what it says"
    )
    source: str | None = Field(default=None, description="where it is said")
    coder: str = Field(description="role of the coder", min_length=1)


def read_service_models(config: Path, areas: Sequence[str]) -> pd.DataFrame:
    """Read the matrix of areas and features, and put the coders' words together.

    Parameters
    ----------
    config : Path
        The folder with service_features.csv and service_models.csv.
    areas : sequence of str
        The study's trial areas, in the order of its list.

    Returns
    -------
    DataFrame
        Contract SERVICE_MODELS: one row per area and feature, in the order of the two lists. A
        cell on which two coders disagree is unknown. kappa is Cohen's (1960, Educational and
        Psychological Measurement 20(1)) over the cells of the feature that both coded.

    Raises
    ------
    InputError
        An area or feature that is not known, a cell that is missing or coded twice by one coder
        or by more than two, a value that does not fit its kind, a date that is none, a known
        value without date or source.
    """
    file = "config/service_models.csv"
    rows = read_rows(Path(config) / "service_features.csv", Feature, "config")
    features = unique(rows, "feature", "config/service_features.csv")
    coded = read_rows(Path(config) / "service_models.csv", Coding, "config")
    for number, row in coded.items():
        try:
            _check(row, features, areas)
        except ValueError as error:
            raise InputError(f"{file}, row {number}, column {error}") from None
    _require_each_once(coded, features, areas, file)
    codings = pd.DataFrame([row.model_dump() for row in coded.values()])
    cells = [_together(cell) for _, cell in codings.groupby(["area", "feature"], sort=False)]
    matrix = pd.DataFrame(cells)
    matrix["kappa"] = matrix["feature"].map(agreement(codings))
    for name in ("kind", "label_fi", "label_sv", "label_en"):
        matrix[name] = matrix["feature"].map({key: getattr(f, name) for key, f in features.items()})
    order = [(area, feature) for area in areas for feature in features]
    return matrix.set_index(["area", "feature"]).loc[order].reset_index()


def agreement(codings: pd.DataFrame) -> pd.Series:
    """Compute how far two coders agree beyond chance, by feature.

    Parameters
    ----------
    codings : DataFrame
        area, feature, value, coder.

    Returns
    -------
    Series
        Cohen's kappa by feature; missing where no cell has two coders, or where both gave one
        and the same value to every cell, so that chance alone would agree.

    Examples
    --------
    >>> rows = [("Turku", "yes", "no"), ("Pori", "no", "no"), ("Salo", "yes", "yes")]
    >>> codings = pd.DataFrame(
    ...     [(area, "coach", v, c) for area, *both in rows for c, v in zip("ab", both)],
    ...     columns=["area", "feature", "value", "coder"],
    ... )
    >>> float(agreement(codings)["coach"].round(2))
    0.4
    """
    found = {}
    for feature, rows in codings.groupby("feature", sort=False):
        both = rows.pivot(index="area", columns="coder", values="value")
        pairs = [tuple(row.dropna()) for _, row in both.iterrows() if row.notna().sum() == 2]
        if len({value for pair in pairs for value in pair}) > 1:
            from sklearn.metrics import cohen_kappa_score  # slow to import

            found[feature] = cohen_kappa_score(*zip(*pairs, strict=True))
    return pd.Series(found, dtype=float)


def _check(row: Coding, features: Mapping[str, Feature], areas: Sequence[str]) -> None:
    """Raise ValueError, the column first, if a row does not fit the lists or itself."""
    if row.area not in areas:
        raise ValueError(f"area: {row.area} is not a trial area of the study")
    if row.feature not in features:
        raise ValueError(f"feature: {row.feature} is not in config/service_features.csv")
    if row.date is not None and (
        not _DATE.match(row.date) or pd.isna(pd.to_datetime(row.date, errors="coerce"))
    ):
        raise ValueError(f"date: expected YYYY-MM or YYYY-MM-DD, found {row.date!r}")
    if row.value == UNKNOWN:
        return
    if features[row.feature].kind == "number":
        if not re.fullmatch(r"\d+(\.\d+)?", row.value):
            raise ValueError(f"value: expected a number or unknown, found {row.value!r}")
    elif row.value not in ("yes", "no"):
        raise ValueError(f"value: expected yes, no or unknown, found {row.value!r}")
    if row.source is None:
        raise ValueError("source: missing; a value that is known has one")
    if row.date is None:
        raise ValueError("date: missing; a value that is known has one")


def _require_each_once(
    coded: Mapping[int, Coding], features: Mapping[str, Feature], areas: Sequence[str], file: str
) -> None:
    seen: dict[tuple[str, str], list[str]] = {}
    for number, row in coded.items():
        coders = seen.setdefault((row.area, row.feature), [])
        if row.coder in coders:
            raise InputError(
                f"{file}, row {number}: {row.coder} has coded {row.feature} of {row.area} already"
            )
        coders.append(row.coder)
        if len(coders) > 2:
            raise InputError(
                f"{file}, row {number}: a third coder of {row.feature} of {row.area}; expected two"
            )
    missing = [f"{f} of {a}" for a in areas for f in features if (a, f) not in seen]
    if missing:
        lacking = counted(len(missing), "cell is", "cells are")
        raise InputError(f"{file}: {lacking} missing, first {missing[0]}")


def _together(cell: pd.DataFrame) -> dict[str, object]:
    """Make one row of the rows of an area and feature."""
    # ASSUME: where two coders disagree, nobody knows; a third opinion would be a new row of theirs
    values = cell["value"].unique()
    return {
        "area": cell["area"].iloc[0],
        "feature": cell["feature"].iloc[0],
        "value": values[0] if len(values) == 1 else UNKNOWN,
        "date": cell["date"].dropna().max() if cell["date"].notna().any() else None,
        "source": "; ".join(cell["source"].dropna().unique()) or None,
        "coders": "; ".join(cell["coder"]),
        "n_coders": len(cell),
    }
