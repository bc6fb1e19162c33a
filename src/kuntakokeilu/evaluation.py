"""The engine on a data frame: cells, estimate and inference as a study has them, in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd

from kuntakokeilu.answer import answer
from kuntakokeilu.cells import build_cells, build_units, source_notes, with_rows
from kuntakokeilu.cells.parse import periods, without_decimals
from kuntakokeilu.cells.passed_over import almost_marks
from kuntakokeilu.cells.recognise import are_marks, recognise_periods
from kuntakokeilu.errors import InputError, some
from kuntakokeilu.facts.rows import parse
from kuntakokeilu.study import Estimand, Outcome, Settings
from kuntakokeilu.study.estimand_rows import resolve
from kuntakokeilu.study.estimands import EstimandRow
from kuntakokeilu.study.panel_source import MISSING
from kuntakokeilu.tabular import as_text

FRAME = "frame"  # what stands for a file's name in messages
NEVER = [*MISSING, "0", "inf", "Inf", "<NA>"]
# What messages call after keys of a study, as an argument of `evaluate`.
ARGUMENTS = {
    "expected the key start in study.yaml": "expected the argument start=",
    "source.weight in study.yaml": "the argument weight=",
    ", or a value of source.never": ", or a missing value, 0 or inf for never",
    "say treatment_ends: ignored in source": "pass treatment_ends='ignored'",
    "expected one row for each unit and period": "expected one row for each unit and period, or "
    "the argument layout='repeated_cross_section'",
    "evaluate, source: ": "evaluate, ",
    "evaluate, column ": "evaluate, ",
    " in study.yaml": ", which only a study has (docs/own_panel.md)",
}


@contextmanager
def _in_arguments() -> Iterator[None]:
    """Tell faults in the words of someone who has a data frame, and no files."""
    try:
        yield
    except InputError as error:
        told = str(error)
        for key, argument in ARGUMENTS.items():
            told = told.replace(key, argument)
        raise InputError(told) from None


@_in_arguments()
def evaluate(
    frame: pd.DataFrame,
    *,
    unit: str | Sequence[str],
    period: str,
    outcome: str,
    treated: str,
    start: Any = None,
    cluster: str | None = None,
    weight: str | None = None,
    covariates: Sequence[str] = (),
    balance: str | None = None,
    controls: Sequence[str] = (),
    region: str | None = None,
    unit_trends: bool = False,
    estimator: str = "two_way_fixed_effects",
    group: Any = None,
    control_group: str = "never_treated",
    variances: Sequence[str] = (),
    leave_one_out: bool = False,
    layout: str = "panel",
    count: str | None = None,
    std_dev: str | None = None,
    weights: str | None = None,
    first_period: Any = None,
    last_period: Any = None,
    already_treated: str = "left_out",
    treatment_ends: str = "stop",
    seed: int = 1,
) -> pd.DataFrame:
    """Evaluate a reform on a panel by difference-in-differences.

    The same code as in a study: the frame becomes cells, the cells an estimate with the inference
    that leads for its number of clusters.

    Parameters
    ----------
    frame : DataFrame
        One row for each unit and period; with `layout` repeated_cross_section, for each person or
        firm.
    unit : str or sequence of str
        Column, or columns that together name the unit.
    period : str
        Column of periods: years, quarters, months, days that stand for them, pandas periods, or a
        count. A count that holds 0, as before and after often do, is counted from 1.
    outcome : str
        Column of numbers.
    treated : str
        Column of the unit's first period of treatment (missing, 0 or infinite: never), or a column
        of 0 and 1: from when on a unit is treated, or with `start` who is treated from then on.
    start : optional
        First period of treatment, where a column of 0 and 1 does not say.
    cluster : str, optional
        Column of what the treatment was given to; default: the unit.
    weight : str, optional
        Column of weights of 0 or more.
    covariates : sequence of str, optional
        Columns whose mean before the first start has an effect of its own in every period.
    balance : {"entropy", "matching"}, optional
        Make the controls alike the treated in the covariates, by weights or by the nearest control
        of each, instead of giving covariates effects.
    controls : sequence of str, optional
        Columns that move over time, each with one effect.
    region : str, optional
        Column of groups of units whose periods have effects of their own.
    unit_trends : bool
        Give each unit a linear trend of its own.
    estimator : str
        Of the registry of `kuntakokeilu.estimation`: two_way_fixed_effects, two_by_two,
        event_study, group_time_average and others (docs/methods.md).
    group : optional
        Start of the only treated units compared, with units never treated; "each": those of each
        start by themselves. With event_study these are group-time effects.
    control_group : {"never_treated", "not_yet_treated"}
        With group_time_average, group_average and group_time_event_study: whether units that start
        later are controls until then.
    variances : sequence of {"iid", "hc1"}
        Standard errors of independent observations, in rows beside those that lead.
    leave_one_out : bool
        Give the estimates without one cluster at a time too, those that move most first.
    layout : {"panel", "repeated_cross_section", "cell_means"}
        What a row is: a unit in a period; a person or firm in it; or the mean of those in it.
    count : str, optional
        cell_means: column with the number behind each mean.
    std_dev : str, optional
        cell_means: column with the standard deviation (n - 1) behind each mean, from which
        `variances` are those of the persons or firms.
    weights : {"unit", "cluster", "persons_frozen", "persons_current"}, optional
        How units count: alike, clusters alike, by the mean of `weight` before the first start, or
        by that of each period. Default: persons_current where there is a `weight` or rows are
        persons or means of them, else unit.
    first_period, last_period : optional
        Span compared, both ends included; default: the first and last period of the frame. Units
        that start later count as not yet treated.
    already_treated : {"left_out", "compared"}
        Units treated from the first period on are left out, or are controls.
    treatment_ends : {"stop", "ignored"}
        What is done with a unit whose marks end again.
    seed : int
        Of everything random.

    Returns
    -------
    DataFrame
        One row for each number, and for each of `variances`: outcome; term; group, as asked;
        event_time (periods since the start); left_out, the cluster without which the estimate is;
        estimate, std_error, ci_low and ci_high (95 %) in the outcome's unit; p_value; inference,
        the kind that leads or is asked for; n_units, n_clusters; notes, the checks that fail, what
        was done with the data and why a number is missing.

    Raises
    ------
    InputError
        The frame has a fault; the message names the column and the first row, counted as in a
        sheet with its header in row 1.

    Examples
    --------
    >>> import pandas as pd
    >>> import kuntakokeilu
    >>> panel = pd.DataFrame(
    ...     {
    ...         "state": ["A", "A", "B", "B", "C", "C", "D", "D"],
    ...         "year": [2001, 2002] * 4,
    ...         "since": [2002, 2002, 2002, 2002, None, None, None, None],
    ...         "rate": [1.0, 4.0, 2.0, 4.0, 3.0, 4.0, 5.0, 5.0],
    ...     }
    ... )
    >>> found = kuntakokeilu.evaluate(
    ...     panel, unit="state", period="year", outcome="rate", treated="since"
    ... )
    >>> found[["term", "estimate", "n_units", "n_clusters"]]
      term  estimate  n_units  n_clusters
    0  att       2.0        4           4
    """
    if balance is not None and weights == "persons_current":
        raise InputError("evaluate, balance: goes with weights that do not move after the start")
    if std_dev is not None and layout != "cell_means":
        raise InputError("evaluate, std_dev: goes with layout cell_means")
    units_of = [unit] if isinstance(unit, str) else list(unit)
    named = [*units_of, period, outcome, treated, *covariates, *controls, cluster, weight]
    named += [count, std_dev, region]
    raw = _as_texts(frame, [name for name in dict.fromkeys(named) if name is not None])
    source = _source(raw, units_of, period, treated, covariates, cluster, weight)
    source |= {"layout": layout, "count": count, "treatment_ends": treatment_ends}
    source |= {"controls": list(controls), "region": region}
    named_ends = {"start": start, "first_period": first_period, "last_period": last_period}
    span = _span(raw, period, named_ends | {"group": None if group == "each" else group})
    one = span.pop("group", None)
    rule: dict[str, Any] = {"already_treated": already_treated}
    if balance is not None:
        rule["balance"] = {"method": balance, "covariates": list(covariates)}
    settings = parse(
        Settings,
        {
            "title": {"en": FRAME},
            "units": "other",
            **span,
            "source": source | span["source"],
            "comparisons": {"all": rule},
            "disclosure": "public",
            "seed": seed,
        },
        "evaluate",
    )
    if weights is None:
        rows_count = (weight is not None or layout != "panel") and balance is None
        weights = "persons_current" if rows_count else "unit"
    asked: dict[str, Any] = {
        "estimator": estimator,
        "weights": weights,
        "covariates": [] if balance else list(covariates),
    }
    kinds = [variances] if isinstance(variances, str) else list(variances)
    asked |= {"variances": kinds, "controls": list(controls)}
    asked |= {"trends": "unit" if unit_trends else "none"}
    asked |= {"effects_by_period": "region"} if region else {}
    asked |= {"group": one, "control_group": control_group}
    row, estimand = _estimand({"column": outcome, "std_dev": std_dev}, asked, settings)
    units, counts = build_units(settings, {FRAME: raw}, None, None)
    ends = (estimand.first_period, estimand.last_period)
    cells = build_cells(settings, row, ends, {FRAME: raw}, units, None)
    notes = source_notes(settings, {FRAME: raw}, [])
    tables = (cells, units, counts)
    groups = _groups(units, estimand) if group == "each" else [one]
    with with_rows(settings, {FRAME: raw}):
        parts = [
            answer(
                tables, estimand.model_copy(update={"group": each}), outcome, notes, leave_one_out
            )
            for each in groups
        ]
    return pd.concat(parts, ignore_index=True)


def _groups(units: pd.DataFrame, estimand: Estimand) -> list[str]:
    """List the starts after the first period and within the span."""
    starts = units["first_treated"].dropna().astype(str)
    inside = (starts > estimand.first_period) & (starts <= estimand.last_period)
    return sorted(starts[inside].unique())


def _as_texts(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Write the columns needed as the texts that a file would hold."""
    missing = [name for name in columns if name not in frame]
    if missing:
        raise InputError(
            f"{FRAME}: column {some(missing)} is missing; there are {some(frame.columns, 12)}"
        )
    if frame.empty:
        raise InputError(f"{FRAME}: has no rows")
    texts = {name: [as_text(value) for value in frame[name].tolist()] for name in columns}
    return pd.DataFrame(texts, dtype=str)


def _source(
    raw: pd.DataFrame,
    unit: Sequence[str],
    period: str,
    treated: str,
    covariates: Sequence[str],
    cluster: str | None,
    weight: str | None,
) -> dict[str, Any]:
    marked = are_marks(raw[treated]) or almost_marks(raw[treated]) is not None
    how = {"treated": treated} if marked else {"first_treated": treated, "never": NEVER}
    return {
        "reader": "unit_panel",
        "path": FRAME,
        "unit": list(unit),
        "period": period,
        "cluster": cluster,
        "weight": weight,
        "covariates": list(covariates),
        "balanced": False,
        **how,
    }


def _span(raw: pd.DataFrame, column: str, named: dict[str, Any]) -> dict[str, Any]:
    """Read the periods of a frame, and those that the caller names.

    Returns
    -------
    dict
        frequency; source, the keys that say how periods are written; and a text for each name:
        first_period and last_period default to those of the frame.
    """
    values = without_decimals(raw[column])
    waves: dict[str, str] = {}
    if "0" in set(values) and pd.to_numeric(values, errors="coerce").between(0, 998).all():
        # a count from 0, such as before and after, is counted from 1
        waves = {text: f"{int(text) + 1:04}" for text in sorted(values.unique(), key=int)}
        frequency, form = "Y", "number"
    else:
        frequency, form = recognise_periods(values, f"{FRAME}, column {column}")

    def read(texts: list[str], where: str) -> pd.Series:
        told = [waves.get(text, text).lstrip("0") if waves else text for text in texts]
        return periods(pd.Series(told, dtype=str), frequency, where, form=form)

    there = read(list(values.unique()), f"{FRAME}, column {column}")
    told: dict[str, Any] = {"first_period": str(there.min()), "last_period": str(there.max())}
    for name, value in named.items():
        if value is not None:
            told[name] = _one_period(read, value, name)
    declared = {"waves": waves} if waves else {"period_form": form}
    return {"frequency": frequency, "source": declared, **told}


def _one_period(read: Callable[[list[str], str], pd.Series], value: Any, name: str) -> str:
    """Read a period that the caller names; an argument has no row."""
    try:
        return str(read([as_text(value)], f"evaluate, {name}")[0])
    except InputError as error:
        raise InputError(str(error).replace(", row 2", "").removesuffix(" (1 such row)")) from None


def _estimand(
    columns: dict[str, str | None], asked: dict[str, Any], settings: Settings
) -> tuple[Outcome, Estimand]:
    """Make the one outcome and estimand of a study of a frame."""
    about = {"outcome": "outcome", "unit": columns["column"], "domain": "other"}
    row = parse(Outcome, about | columns | {"label_en": columns["column"]}, "evaluate")
    estimand = {"estimand": "outcome.main", "outcome": "outcome", "comparison": "all"}
    declared = parse(EstimandRow, estimand | {"role": "main"} | asked, "evaluate")
    return row, resolve(declared, settings, {"outcome": row}, {}, FRAME, "evaluate")
