"""The tables by which the rooms meet.

Each table is written by one room and read by the rooms below it. A schema says which columns
there are, their type, whether a value may be missing, and what the column means. Months,
quarters and years are pandas periods; codes are strings with their leading zeros.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from kuntakokeilu.errors import InputError, some

# The first is the one that words and stars follow; docs/inference.md says what each is for.
INFERENCES = (
    "cluster_area",
    "cluster_municipality",
    "permutation_area",
    "permutation_municipality",
    "cr2_area",
    "cr3_area",
    "wild_bootstrap_area",
    "simultaneous_area",
)
TERMS = ("att", "event_time", "window")
IDENTIFIED = (
    "ok",
    "no_data",
    "no_trial",
    "no_control",
    "no_balance",
    "no_pre_period",
    "no_post_period",
    "no_variation",
)
STATUSES = ("ok", "failed_diagnostic", "not_identified", "suppressed")
ROLES = ("main", "robustness", "leave_one_out", "placebo", "benchmark")
VERDICTS = ("pass", "warn", "fail")
STAGES = ("before", "after")

# The columns of ESTIMATES that hold a number about people or about the estimate: what suppression
# blanks, and what a comparison of two releases compares.
NUMBERS = (
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "p_value",
    "degrees_of_freedom",
    "baseline_mean",
    "n_persons",
    "n_person_months",
    "minimum_detectable_effect",
)

_PERIOD = pa.Check(
    lambda s: isinstance(s.dtype, pd.PeriodDtype), error="expected a pandas period type"
)


def _text(description: str, *, nullable: bool = False, values: tuple[str, ...] = ()) -> pa.Column:
    checks = [pa.Check.isin(values)] if values else []
    return pa.Column(str, checks, nullable=nullable, coerce=True, description=description)


def _number(description: str, *, nullable: bool = True) -> pa.Column:
    return pa.Column(float, nullable=nullable, coerce=True, description=description)


def _count(description: str, *, nullable: bool = True) -> pa.Column:
    check = pa.Check.ge(0)
    return pa.Column("Int64", check, nullable=nullable, coerce=True, description=description)


def _integer(description: str) -> pa.Column:
    return pa.Column("Int64", nullable=True, coerce=True, description=description)


def _period(description: str, *, nullable: bool = False) -> pa.Column:
    return pa.Column(None, _PERIOD, nullable=nullable, description=description)


CELLS = pa.DataFrameSchema(
    {
        "population": _text("who is counted, for example all job seekers"),
        "stratification": _text("the scheme the stratum belongs to; schemes overlap"),
        "stratum": _text("the group within the scheme"),
        "cohort": _text("entry month or stock date, where the sample has one", nullable=True),
        "elapsed": _integer("periods since entry, where the sample has one"),
        "unit": _text("municipality code, or the study's own unit"),
        "period": _period("calendar time in the study's frequency"),
        "outcome": _text("name of the outcome in outcomes.csv"),
        "n": _count("persons behind the cell; missing if unpublished"),
        "weight": _number("n, survey weight, or the frozen denominator"),
        "value_kind": _text("how the value came about", values=("sum", "published_mean")),
        "sum": _number("weighted sum of the outcome"),
        "sum_sq": _number("weighted sum of squares; missing for published means"),
        "mean": _number("weighted mean of the outcome; missing if suppressed at the source"),
        "sources": _text("contributing sources, sorted and joined by ;"),
    },
    unique=[
        "population",
        "stratification",
        "stratum",
        "cohort",
        "elapsed",
        "unit",
        "period",
        "outcome",
    ],
    strict=True,
    name="CELLS",
    description=(
        "The waist: one row per population, stratum, unit, period and outcome. Written by "
        "`cells`, read by `estimation` and `diagnostics`. Restricted."
    ),
)

COUNTS = pa.DataFrameSchema(
    {
        "population": _text("who is counted"),
        "stratification": _text("the scheme the stratum belongs to"),
        "stratum": _text("the group within the scheme"),
        "unit": _text("municipality code, or the study's own unit"),
        "n_persons": _count("distinct persons over all periods; missing if unpublished"),
    },
    unique=["population", "stratification", "stratum", "unit"],
    strict=True,
    name="COUNTS",
    description=(
        "Distinct persons per domain, since persons are not additive over months. Written by "
        "`cells`, read by `estimation`. Restricted."
    ),
)

UNITS = pa.DataFrameSchema(
    {
        "unit": _text("municipality code, or the study's own unit"),
        "name_fi": _text("name in Finnish"),
        "name_sv": _text("name in Swedish"),
        "name_en": _text("name in English"),
        "arm": _text(
            "trial, control, or neither (kept out)", values=("trial", "control", "neither")
        ),
        "area": _text("trial area; missing outside the trial", nullable=True),
        "cluster": _text("trial area in the trial arm, sub-region elsewhere, or as declared"),
        "first_treated": _period("first period of treatment; missing if never", nullable=True),
        "region": _text("region code", nullable=True),
        "sub_region": _text("sub-region code", nullable=True),
        "ely": _text("ELY centre code", nullable=True),
        "weight_frozen": _number("persons before the start; missing if not declared"),
        r"^x_.+$": pa.Column(
            float,
            regex=True,
            required=False,
            nullable=True,
            coerce=True,
            description="covariate measured before the start",
        ),
    },
    unique=["unit"],
    strict=True,
    name="UNITS",
    description=(
        "One row per unit of the study. Written by `cells`, read by `estimation` and `diagnostics`."
    ),
)

_IDENTITY = {
    "study": _text("name of the study"),
    "estimand": _text("name of the estimand, one row of estimands.csv"),
    "outcome": _text("name of the outcome"),
    "domain": _text("employment, cost or wellbeing"),
    "population": _text("who is compared"),
    "comparison": _text("name of the comparison in study.yaml"),
    "design": _text("what the difference means (total, targeted, relative)"),
    "weights": _text("how units are weighted"),
    "estimator": _text("name of the estimator"),
    "role": _text("what the number is for", values=ROLES),
    "term": _text("what the row is about", values=TERMS),
    "event_time": _integer("bins since the start, 0 = first bin of treatment"),
    "window": _text("name of the calendar window", nullable=True),
}

ESTIMATES = pa.DataFrameSchema(
    {
        **_IDENTITY,
        "estimate": _number("the estimate, in `unit`"),
        "std_error": _number("standard error; missing for permutation and bootstrap rows"),
        "ci_low": _number("lower end of the 95 % interval; missing if unbounded"),
        "ci_high": _number("upper end of the 95 % interval; missing if unbounded"),
        "p_value": _number(
            "two-sided p-value of no effect; adjusted for the whole series in simultaneous rows"
        ),
        "inference": _text("where the uncertainty comes from", values=INFERENCES),
        "degrees_of_freedom": _number(
            "of the t distribution: clusters - 1, or Satterthwaite's for CR2"
        ),
        "baseline_mean": _number("weighted mean of the trial arm before the start"),
        "unit": _text("unit of the estimate"),
        "n_persons": _count("distinct persons compared; missing if unpublished"),
        "n_person_months": _count("person-months compared; missing if unpublished"),
        "n_persons_min": _count("fewest persons in an arm and period behind the number"),
        "n_trial": _count("trial units", nullable=False),
        "n_control": _count("control units", nullable=False),
        "n_trial_clusters": _count("trial clusters of this row's inference", nullable=False),
        "n_control_clusters": _count("control clusters of this row's inference", nullable=False),
        "minimum_detectable_effect": _number("(t.975 + t.80) x standard error"),
        "sources": _text("contributing sources, sorted and joined by ;"),
        "identified": _text("ok, or why the number does not exist", values=IDENTIFIED),
    },
    unique=["estimand", "term", "event_time", "window", "inference"],
    strict=True,
    name="ESTIMATES",
    description=(
        "One row per number and kind of inference. Written by `estimation`, read by "
        "`diagnostics` and `disclosure`. Carries no verdict. Restricted."
    ),
)

INFLUENCE = pa.DataFrameSchema(
    {
        "estimand": _text("name of the estimand"),
        "term": _text("what the row is about", values=TERMS),
        "event_time": _integer("bins since the start"),
        "window": _text("name of the calendar window", nullable=True),
        "cluster": _text("area cluster"),
        "value": _number(
            "cluster sum of the influence function times the root of the CR1 factor, so that "
            "products summed over clusters are the covariance of two estimates",
            nullable=False,
        ),
    },
    unique=["estimand", "term", "event_time", "window", "cluster"],
    strict=True,
    name="INFLUENCE",
    description=(
        "Where every covariance comes from. Written by `estimation`, read by `diagnostics`. "
        "Restricted."
    ),
)

DIAGNOSTICS = pa.DataFrameSchema(
    {
        "estimand": _text("the estimand that is checked"),
        "check": _text("name of the check"),
        "statistic": _text("what was computed, in words"),
        "value": _number("its value"),
        "threshold": _number("the value at which the verdict changes; missing if none"),
        "verdict": _text("does the estimate pass", values=VERDICTS),
    },
    unique=["estimand", "check"],
    strict=True,
    name="DIAGNOSTICS",
    description="One row per check of an estimate. Written by `diagnostics`, read by `disclosure`.",
)

BALANCE = pa.DataFrameSchema(
    {
        "comparison": _text("name of the comparison in study.yaml"),
        "stage": _text("with equal weights, or with those of the comparison", values=STAGES),
        "covariate": _text("name of the covariate"),
        "targeted": pa.Column(
            bool, coerce=True, description="is the comparison balanced on this covariate"
        ),
        "mean_trial": _number("mean of the trial arm"),
        "mean_control": _number("mean of the control arm"),
        "std_difference": _number(
            "difference of the means over the trial arm's standard deviation before balancing"
        ),
        "variance_ratio": _number("variance of the trial arm over that of the control arm"),
        "n_trial": _count("trial units with the covariate", nullable=False),
        "n_control": _count("control units with the covariate", nullable=False),
        "n_control_effective": _number("(sum of weights)^2 / sum of squared weights"),
    },
    unique=["comparison", "stage", "covariate"],
    strict=True,
    name="BALANCE",
    description=(
        "How alike the arms were before the start. Written by `diagnostics`, released by "
        "`disclosure`, read by `report`."
    ),
)

OVERLAP = pa.DataFrameSchema(
    {
        "comparison": _text("name of the comparison in study.yaml"),
        "area": _text("trial area"),
        "n_units": _count("trial units of the area with all covariates", nullable=False),
        "n_without_control": _count("of these, without a control within reach", nullable=False),
        "distance": _number("largest distance of its units to their nearest control"),
        "caliper": _number("distance beyond which no control is comparable"),
        "score": _number("mean propensity score of its units"),
        "comparable": pa.Column(
            bool, coerce=True, description="has every unit of the area a control within reach"
        ),
    },
    unique=["comparison", "area"],
    strict=True,
    name="OVERLAP",
    description=(
        "Which trial areas have no comparable control. Written by `diagnostics`, released by "
        "`disclosure`, read by `report`."
    ),
)

COVERAGE = pa.DataFrameSchema(
    {
        "outcome": _text("name of the outcome"),
        "arm": _text("trial or control", values=("trial", "control")),
        "period": _period("calendar time in the study's frequency"),
        "n_units": _count("units of the arm", nullable=False),
        "n_known": _count("units with a value", nullable=False),
        "n_persons": _count("persons behind the values; missing if unpublished"),
        "mean": _number("mean of the units with a value, each equal"),
    },
    unique=["outcome", "arm", "period"],
    strict=True,
    name="COVERAGE",
    description=(
        "Which cells have a value, and the mean of each arm. Written by `diagnostics`; "
        "`disclosure` releases it without `n_persons`."
    ),
)

COVERAGE_RELEASED = pa.DataFrameSchema(
    {name: column for name, column in COVERAGE.columns.items() if name != "n_persons"},
    unique=["outcome", "arm", "period"],
    strict=True,
    name="COVERAGE_RELEASED",
    description="COVERAGE without counts of persons. Written by `disclosure`, read by `report`.",
)

RELEASED = pa.DataFrameSchema(
    {
        **{name: column for name, column in ESTIMATES.columns.items() if name != "n_persons_min"},
        "status": _text("may the number be used", values=STATUSES),
    },
    unique=["estimand", "term", "event_time", "window", "inference"],
    strict=True,
    name="RELEASED",
    description=(
        "ESTIMATES with a verdict, without what must stay inside. Written by `disclosure`, "
        "read by `report`."
    ),
)


def conform(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Check a table against its contract and put its columns in the contract's order.

    Parameters
    ----------
    frame : DataFrame
        The table to check.
    schema : DataFrameSchema
        One of the contracts of this module.

    Returns
    -------
    DataFrame
        The same rows with the contract's types and order of columns.

    Raises
    ------
    InputError
        A column is missing, has the wrong type, or a key occurs twice. Only columns and counts
        are named, never a value.
    """
    frame = frame.reset_index(drop=True)
    try:
        checked = schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise InputError(f"{schema.name}: {some(_faults(error.failure_cases, schema))}") from None
    named = [name for name in schema.columns if name in checked]
    return checked[named + [name for name in checked if name not in named]]


def _faults(cases: pd.DataFrame, schema: pa.DataFrameSchema) -> list[str]:
    """Say which columns are at fault and in how many rows; a value is never named."""
    rows: dict[str, set[int]] = {}
    for case in cases.itertuples():
        if case.check == "column_in_dataframe":
            fault = f"column {case.failure_case} is missing"
        elif case.check == "column_in_schema":
            fault = f"column {case.failure_case} does not belong there"
        elif case.check == "multiple_fields_uniqueness":
            fault = f"the key {' + '.join(schema.unique or [])} occurs twice"
        elif case.check == "not_nullable":
            fault = f"column {case.column} has missing values"
        elif "dtype" in str(case.check):
            fault = f"column {case.column} has the wrong type"
        else:
            fault = f"column {case.column}: {case.check}"
        rows.setdefault(fault, set())
        if pd.notna(case.index):
            rows[fault].add(int(case.index))
    return [f"{fault} ({len(found)} rows)" if found else fault for fault, found in rows.items()]
