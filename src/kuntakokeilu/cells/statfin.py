"""Statistics Finland's employment service statistics, table 12r5, as long CSV files."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from kuntakokeilu.cells.parse import (
    NOT_MUNICIPALITIES,
    municipality_codes,
    numbers,
    periods,
    require_complete,
    require_once,
)
from kuntakokeilu.cells.reader import Reader, complete, require_range
from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts import Classification, period
from kuntakokeilu.study import OutcomeData, StatfinSource


class StatfinReader(Reader[StatfinSource]):
    """Reads a month's published value of each municipality."""

    def units(
        self, raw: Mapping[str, pd.DataFrame], known: pd.DataFrame | None
    ) -> tuple[pd.DataFrame, pd.Series | None]:
        """Give the municipalities the weight frozen before the start, if the study names one."""
        assert known is not None
        return known.assign(weight_frozen=self._frozen_weight(raw, known)), None

    def cells(
        self,
        raw: Mapping[str, pd.DataFrame],
        outcome: OutcomeData,
        span: pd.PeriodIndex,
        units: pd.DataFrame,
    ) -> pd.DataFrame:
        """Read the outcome; the sum of a unit is its mean times its frozen weight."""
        ((file, text),) = raw.items()
        require_range(text, outcome, self.source.missing, file)
        values = read_statfin(
            text,
            str(outcome.column),
            self.source,
            outcome.merge,
            span,
            self.municipalities,
            file,
            outcome.suppressed_as,
        )
        cells = values.rename(columns={"value": "mean"})
        cells["weight"] = cells["unit"].map(units.set_index("unit")["weight_frozen"])
        if outcome.denominator == "frozen":
            cells["mean"] = _per_cent(cells, f"{file}, column {outcome.column}")
        cells["sum"] = cells["mean"] * cells["weight"]
        return complete(cells, outcome.outcome, "published_mean", "public")

    def _frozen_weight(self, raw: Mapping[str, pd.DataFrame], units: pd.DataFrame) -> pd.Series:
        frozen = self.source.frozen_weight
        if frozen is None:
            return pd.Series(np.nan, index=units.index)
        frequency = self.settings.frequency
        last_before = period(str(self.settings.start), frequency) - 1
        at = period(frozen.period, frequency) if frozen.period else last_before
        values = read_statfin(
            raw[frozen.path],
            frozen.column,
            self.source,
            "sum",
            pd.PeriodIndex([at]),
            self.municipalities,
            frozen.path,
        )
        return units["unit"].map(values.set_index("unit")["value"])


def _per_cent(cells: pd.DataFrame, where: str) -> pd.Series:
    """Divide counts by the persons before the start, the same in every month."""
    without = cells.loc[cells["mean"].notna() & ~cells["weight"].gt(0), "unit"].unique()
    if len(without):
        raise InputError(
            f"{where}: no persons before the start of unit {some(without)}, by whom "
            "denominator: frozen would divide"
        )
    return 100 * cells["mean"] / cells["weight"]


def read_statfin(
    raw: pd.DataFrame,
    column: str,
    source: StatfinSource,
    merge: str,
    span: pd.PeriodIndex,
    classification: Classification,
    file: str,
    suppressed_as: float | None = None,
) -> pd.DataFrame:
    """Read one column of the long CSV as unit x period values.

    Parameters
    ----------
    raw : DataFrame of str
        The file as text.
    column : str
        Column to read.
    source : StatfinSource
        Names of the code and month columns, and the tokens of suppressed cells.
    merge : {"sum", "never"}
        How the values of municipalities that have merged since are put together. A sum with a
        suppressed part is suppressed.
    span : PeriodIndex
        Months that every municipality must have.
    classification : Classification
        The target classification.
    file : str
        File name, for messages.
    suppressed_as : float, optional
        Value put in for suppressed cells before mergers, for a bound.

    Returns
    -------
    DataFrame
        unit, period, value (missing where suppressed), complete over `span`.

    Raises
    ------
    InputError
        Unknown code, duplicated or missing month, text in the number column, or a merger of
        published rates.

    Notes
    -----
    Source: Statistics Finland / KEHA Centre, Employment Service Statistics, table 12r5.
    """
    frame = raw[~raw[source.unit_column].str.match(NOT_MUNICIPALITIES)]
    data = pd.DataFrame(
        {
            "code": municipality_codes(frame[source.unit_column]),
            "period": periods(
                frame[source.period_column], "M", f"{file}, column {source.period_column}"
            ),
            "value": numbers(frame[column], source.missing, f"{file}, column {column}"),
        }
    )
    if suppressed_as is not None:
        data["value"] = data["value"].fillna(suppressed_as)
    data["unit"] = classification.translate(data["code"], f"{file}, column {source.unit_column}")
    require_once(data.drop(columns="unit").rename(columns={"code": "unit"}), file)
    data = data[data["period"].isin(span)]
    merged = _merge(data, merge, f"{file}, column {column}")
    require_complete(merged, classification.members()["code"], span, file)
    return merged


def _merge(data: pd.DataFrame, merge: str, where: str) -> pd.DataFrame:
    groups = data.groupby(["unit", "period"], sort=True)["value"]
    sizes = groups.size()
    if merge == "never" and (sizes > 1).any():
        unit, _ = sizes.index[sizes > 1][0]
        raise InputError(
            f"{where}: the municipalities that now form {unit} would have to be merged, but a "
            "published rate cannot be added up; use a file in the study's classification"
        )
    whole = groups.count() == groups.size()
    return groups.sum().where(whole).rename("value").reset_index()
