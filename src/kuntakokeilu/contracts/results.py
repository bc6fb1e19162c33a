"""What is found on cells: estimates, checks, and what of them may leave."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import (
    AMOUNTS_BEHIND,
    count,
    integer,
    number,
    period,
    released,
    text,
)
from kuntakokeilu.contracts.planned import PLANNED

# The column `leading` says which of them words and stars follow; docs/inference.md says why.
INFERENCES = (
    "cluster_area",
    "cluster_municipality",
    "permutation_area",
    "permutation_municipality",
    "cr2_area",
    "cr2_exact_area",
    "cr3_area",
    "wild_bootstrap_area",
    "two_sample",
    "iid",
    "hc1",
    "simultaneous_area",
    "permutation_t_area",
    "assignment_size_bands",
    "assignment_size_bands_matched",
    "assignment_applicants",
    "conley_taber",
    "ferman_pinto",
    "two_way_cluster",
    "conley_spatial",
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
    "no_cohort_before",
    "no_cohort_after",
    "not_covered",
    "no_variation",
    "no_overlap",
    "collinear",
    "collinear_covariates",
)
STATUSES = ("ok", "failed_diagnostic", "not_identified", "suppressed")
ROLES = ("main", "robustness", "leave_one_out", "placebo", "benchmark")
VERDICTS = ("pass", "warn", "fail")
STAGES = ("before", "after")
_SHOWN_OR_NOT = ("ok", "suppressed")

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

_IDENTITY = {
    "study": text("name of the study"),
    "estimand": text("name of the estimand, one row of estimands.csv"),
    "outcome": text("name of the outcome"),
    "domain": text("employment, cost or wellbeing"),
    "population": text("who is compared"),
    "comparison": text("name of the comparison in study.yaml"),
    "design": text("what the difference means (total, targeted, spillover, eligible_relative)"),
    "weights": text("how units are weighted"),
    "estimator": text("name of the estimator"),
    "role": text("what the number is for", values=ROLES),
    "term": text("what the row is about", values=TERMS),
    "event_time": integer("bins since the start, 0 = first bin of treatment"),
    "window": text("name of the calendar window", nullable=True),
}

ESTIMATES = pa.DataFrameSchema(
    {
        **_IDENTITY,
        "estimate": number("the estimate, in `unit`"),
        "std_error": number("standard error; missing for permutation and bootstrap rows"),
        "ci_low": number(
            "lower end of the 95 % interval; missing if unbounded. The estimate is not in the "
            "middle of intervals by conley_taber and wild_bootstrap_area"
        ),
        "ci_high": number("upper end of the 95 % interval; missing if unbounded"),
        "p_value": number(
            "two-sided p-value of no effect; adjusted for the whole series in simultaneous rows"
        ),
        "inference": text("where the uncertainty comes from", values=INFERENCES),
        "leading": pa.Column(
            bool,
            coerce=True,
            description="do words, stars and all that is made of the number follow this row",
        ),
        "degrees_of_freedom": number(
            "of the t distribution: clusters - 1, or Satterthwaite's for CR2; of cr2_exact_area "
            "those of the t whose interval is as wide, from which its p-value does not follow"
        ),
        "baseline_mean": number("weighted mean of the trial arm before the start"),
        "unit": text("unit of the estimate"),
        "n_persons": count("persons compared, once in each cohort; missing if unpublished"),
        "n_person_months": count("person-months compared; missing if unpublished"),
        "n_persons_min": count("fewest persons in an arm and period behind the number"),
        **AMOUNTS_BEHIND,
        "n_trial": count("trial units", nullable=False),
        "n_control": count("control units", nullable=False),
        "n_trial_clusters": count("trial clusters of this row's inference", nullable=False),
        "n_control_clusters": count("control clusters of this row's inference", nullable=False),
        "minimum_detectable_effect": number(
            "true effect that a 5 % test finds with 80 % power, from the noncentral t"
        ),
        "sources": text("contributing sources, sorted and joined by ;"),
        "identified": text("ok, or why the number does not exist", values=IDENTIFIED),
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
        "estimand": text("name of the estimand"),
        "term": text("what the row is about", values=TERMS),
        "event_time": integer("bins since the start"),
        "window": text("name of the calendar window", nullable=True),
        "cluster": text("area cluster"),
        "value": number(
            "cluster sum of the influence function, times the root of the CR1 factor, or adjusted "
            "as CR2 where that leads, so that products summed over clusters are the covariance of "
            "two estimates",
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
        "estimand": text("the estimand that is checked"),
        "check": text("name of the check"),
        "placebo": text(
            "estimand with a placebo start that the check is of; missing of all others",
            nullable=True,
        ),
        "statistic": text("what was computed, in words"),
        "value": number("its value"),
        "threshold": number("the value at which the verdict changes; missing if none"),
        "verdict": text("does the estimate pass", values=VERDICTS),
    },
    unique=["estimand", "check"],
    strict=True,
    name="DIAGNOSTICS",
    description="One row per check of an estimate. Written by `diagnostics`, read by `disclosure`.",
)

BALANCE = pa.DataFrameSchema(
    {
        "comparison": text("name of the comparison in study.yaml"),
        "stage": text("with equal weights, or with those of the comparison", values=STAGES),
        "covariate": text("name of the covariate"),
        "targeted": pa.Column(
            bool, coerce=True, description="is the comparison balanced on this covariate"
        ),
        "mean_trial": number("mean of the trial arm"),
        "mean_control": number("mean of the control arm"),
        "std_difference": number(
            "difference of the means over the trial arm's standard deviation before balancing"
        ),
        "variance_ratio": number("variance of the trial arm over that of the control arm"),
        "n_trial": count("trial units with the covariate", nullable=False),
        "n_control": count("control units with the covariate", nullable=False),
        "n_control_effective": number("(sum of weights)^2 / sum of squared weights"),
    },
    unique=["comparison", "stage", "covariate"],
    strict=True,
    name="BALANCE",
    description=(
        "How alike the arms were before the start. Written by `diagnostics`, released by "
        "`disclosure`, read by `report`."
    ),
)

BALANCE_RELEASED = released(
    BALANCE,
    "How alike the arms were before the start. Released by `disclosure`, read by `report`.",
    status=text("ok or suppressed", values=_SHOWN_OR_NOT),
)

COMPARED = pa.DataFrameSchema(
    {
        "comparison": text("name of the comparison in study.yaml"),
        "stage": text("with equal weights, or with those of the comparison", values=STAGES),
        "covariate": text("name of a covariate made of the study's own cells"),
        "arm": text("trial or control", values=("trial", "control")),
        "unit": text("unit of the arm with the covariate"),
        "cluster": text("its cluster; in the trial arm the area"),
        "n_persons": count("persons behind its value; missing if unpublished"),
    },
    unique=["comparison", "stage", "covariate", "unit"],
    strict=True,
    name="COMPARED",
    description=(
        "Whose values stand behind each number of BALANCE and OVERLAP that is no public "
        "statistic. Written by `diagnostics`, read by `disclosure`. Restricted."
    ),
)

OVERLAP = pa.DataFrameSchema(
    {
        "comparison": text("name of the comparison in study.yaml"),
        "area": text("trial area"),
        "n_units": count("trial units of the area", nullable=False),
        "n_without_control": count(
            "of these, without a comparable control by the study's rule; missing without a rule"
        ),
        "distance": number("largest distance of its units to their nearest control"),
        "caliper": number("distance beyond which no control is comparable by the rule"),
        "score": number("mean propensity score of its units"),
        "comparable": pa.Column(
            "boolean",
            nullable=True,
            coerce=True,
            description="has every unit of the area a comparable control by the study's rule",
        ),
    },
    unique=["comparison", "area"],
    strict=True,
    name="OVERLAP",
    description=(
        "Which trial areas have a comparable control. Written by `diagnostics`, released by "
        "`disclosure`, read by `report`."
    ),
)

OVERLAP_RELEASED = released(
    OVERLAP,
    "Which trial areas have a comparable control. Released by `disclosure`, read by `report`.",
    n_without_control=count(
        "of these, without a comparable control by the study's rule; missing without a rule or if "
        "suppressed"
    ),
    comparable=pa.Column(
        "boolean",
        coerce=True,
        nullable=True,
        description="has every unit of the area a comparable control by the study's rule; missing "
        "without a rule or if suppressed",
    ),
    status=text("ok or suppressed", values=_SHOWN_OR_NOT),
)

COVERAGE = pa.DataFrameSchema(
    {
        "outcome": text("name of the outcome"),
        "arm": text("trial or control", values=("trial", "control")),
        "period": period("calendar time in the study's frequency"),
        "n_units": count("units of the arm", nullable=False),
        "n_known": count("units with a value", nullable=False),
        "n_persons": count("persons behind the values; missing if unpublished"),
        **AMOUNTS_BEHIND,
        "mean": number("mean of the units with a value, each equal"),
    },
    unique=["outcome", "arm", "period"],
    strict=True,
    name="COVERAGE",
    description=(
        "Which cells have a value, and the mean of each arm. Written by `diagnostics`; "
        "`disclosure` releases it without `n_persons`."
    ),
)

# Of ESTIMATES, and never released.
_INSIDE = frozenset({"n_persons_min", *AMOUNTS_BEHIND})

COVERAGE_RELEASED = released(
    COVERAGE,
    "COVERAGE without counts of persons. Written by `disclosure`, read by `report`.",
    without=("n_persons", *AMOUNTS_BEHIND),
)

RELEASED = pa.DataFrameSchema(
    {
        **{name: column for name, column in ESTIMATES.columns.items() if name not in _INSIDE},
        "identified": text(
            "ok; in_part, a tenth of the trial arm's weight or more has no comparable control and "
            "no effect that could be identified (`share_without_control`); or why the number does "
            "not exist",
            values=(*IDENTIFIED, "in_part"),
        ),
        "share_without_control": number(
            "share of the trial arm's weight in units without a comparable control, by the study's "
            "rule or by size; missing of placebos, of estimates without one area, or if suppressed"
        ),
        "status": text("may the number be used", values=STATUSES),
        "plan": text("is the estimand as its plan was locked", values=PLANNED),
    },
    unique=["estimand", "term", "event_time", "window", "inference"],
    strict=True,
    name="RELEASED",
    description=(
        "ESTIMATES with a verdict, without what must stay inside. Written by `disclosure`, "
        "read by `report`."
    ),
)
