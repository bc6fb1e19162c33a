"""What is known of trial areas one by one: their service models, their effects, and who differs."""

from __future__ import annotations

import pandera.pandas as pa

from kuntakokeilu.contracts.columns import AMOUNTS_BEHIND, count, number, released, text
from kuntakokeilu.contracts.results import IDENTIFIED, STATUSES

# Why a number by area, by feature or by stratum may not exist, besides the reasons of ESTIMATES.
AREA_IDENTIFIED = (*IDENTIFIED, "too_few_controls", "too_few_areas", "too_few_strata")
METHODS = ("stratum", "honest_tree", "omnibus")

# The columns that suppression blanks.
AREA_NUMBERS = (
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "p_value",
    "degrees_of_freedom",
    "minimum_detectable_effect",
    "own_std_error",
    "shrunk",
    "shrunk_std_error",
    "shrunk_ci_low",
    "shrunk_ci_high",
    "n_person_months",
    "total",
    "total_ci_low",
    "total_ci_high",
)
META_NUMBERS = (
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "p_value",
    "degrees_of_freedom",
    "minimum_detectable_effect",
    "tau_squared",
    "q",
    "q_p_value",
    "i_squared",
)
STRATUM_NUMBERS = (
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "p_value",
    "degrees_of_freedom",
    "share",
)

_STATUS = text("may the number be used", values=STATUSES)
_WHAT = {
    "study": text("name of the study"),
    "estimand": text("the estimand of estimands.csv whose specification this is"),
    "outcome": text("name of the outcome"),
    "population": text("who is compared"),
}
_T = {
    "std_error": number("standard error"),
    "ci_low": number("lower end of the 95 % interval"),
    "ci_high": number("upper end of the 95 % interval"),
    "p_value": number("two-sided p-value of none"),
    "degrees_of_freedom": number("of the t distribution"),
}
_MDE = {"minimum_detectable_effect": number("(t.975 + t.80) x standard error")}
_IDENTIFIED = {
    "identified": text("ok, or why the number does not exist", values=AREA_IDENTIFIED),
}

SERVICE_MODELS = pa.DataFrameSchema(
    {
        "area": text("trial area"),
        "feature": text("name of the feature"),
        "value": text("yes, no, a number, or unknown; unknown where two coders disagree"),
        "date": text("month or day of the source, or of what it says", nullable=True),
        "source": text("where it is said", nullable=True),
        "coders": text("roles of the coders, joined by ;"),
        "n_coders": count("coders of the cell", nullable=False),
        "kappa": number("Cohen's kappa of the feature's two coders; missing with one"),
        "kind": text("what the feature's values are", values=("binary", "number")),
        "label_fi": text("the feature in Finnish"),
        "label_sv": text("the feature in Swedish"),
        "label_en": text("the feature in English"),
    },
    unique=["area", "feature"],
    strict=True,
    name="SERVICE_MODELS",
    description=(
        "What each trial area has or does. Read from config/ by `study`, released as it is, read "
        "by `estimation` and `report`."
    ),
)

AREA_EFFECTS = pa.DataFrameSchema(
    {
        **_WHAT,
        "domain": text("employment, cost or wellbeing"),
        "comparison": text("name of the comparison in study.yaml"),
        "design": text("what the difference means (total, targeted, spillover)"),
        "weights": text("how units are weighted"),
        "unit": text("unit of the estimate"),
        "area": text("trial area"),
        "estimate": number("effect in the area, relative to all controls, in `unit`"),
        **_T,
        **_MDE,
        "own_std_error": number("of the area alone, without the controls that all areas share"),
        "shrunk": number("the effect drawn towards the mean of all areas (empirical Bayes)"),
        "shrunk_std_error": number("its standard error"),
        "shrunk_ci_low": number("lower end of its 95 % interval"),
        "shrunk_ci_high": number("upper end of its 95 % interval"),
        "n_units": count("compared municipalities of the area", nullable=False),
        "n_control_clusters": count("control clusters that the variance is from", nullable=False),
        "n_person_months": count("treated person-months of the area; missing if unpublished"),
        "n_persons_min": count("fewest persons in the area or the controls in a period"),
        **AMOUNTS_BEHIND,
        "total": number("estimate x treated person-months, for costs: euros in the area"),
        "total_ci_low": number("lower end of its 95 % interval, the person-months as given"),
        "total_ci_high": number("upper end of its 95 % interval"),
        **_IDENTIFIED,
    },
    unique=["estimand", "area"],
    strict=True,
    name="AREA_EFFECTS",
    description=(
        "One row per estimand and trial area, in the order of the areas, never by size. Written "
        "by `estimation`, read by `disclosure`. Restricted."
    ),
)

AREA_EFFECTS_RELEASED = released(
    AREA_EFFECTS,
    "AREA_EFFECTS without the areas of too few persons. Written by `disclosure`, read by `report`.",
    without=("n_persons_min", *AMOUNTS_BEHIND),
    status=_STATUS,
)

META_REGRESSION = pa.DataFrameSchema(
    {
        **_WHAT,
        "unit": text("unit of the estimate"),
        "feature": text("feature of the areas; missing: the mean of all areas", nullable=True),
        "estimate": number("difference of effects with the feature, or by one of its units"),
        **_T,
        **_MDE,
        "n_areas": count("areas compared", nullable=False),
        "n_unknown": count("areas left out because a feature is unknown", nullable=False),
        "n_high": count("areas compared with the feature, or above its median"),
        "n_low": count("areas compared without it, or not above its median"),
        "tau_squared": number("variance of true effects that is left between areas (REML)"),
        "q": number("Cochran's Q of effects that do not differ beyond the regression"),
        "q_p_value": number("its p-value"),
        "i_squared": number("share of Q that is more than sampling error"),
        **_IDENTIFIED,
    },
    unique=["estimand", "feature"],
    strict=True,
    name="META_REGRESSION",
    description=(
        "How areas' effects go with features of their service models: an association, not an "
        "effect of the feature. Written by `estimation`, released by `disclosure`."
    ),
)

META_REGRESSION_RELEASED = released(
    META_REGRESSION,
    "META_REGRESSION without what would tell of a suppressed area. Written by `disclosure`, read "
    "by `report`.",
    status=_STATUS,
)

HETEROGENEITY = pa.DataFrameSchema(
    {
        **_WHAT,
        "unit": text("unit of the estimate"),
        "strata": text("stratification of study.yaml"),
        "method": text(
            "stratum: effect in the stratum; honest_tree: median over trees grown on one half of "
            "the areas and estimated on the other; omnibus: test that no stratum differs",
            values=METHODS,
        ),
        "stratum": text("the group; missing for the omnibus test", nullable=True),
        "estimate": number("effect in the stratum, in `unit`"),
        **_T,
        "share": number("share of the stratum in the compared weight"),
        "n_persons_min": count("fewest persons of the stratum in an arm and period"),
        **AMOUNTS_BEHIND,
        "n_trial_clusters": count("trial areas with the stratum", nullable=False),
        "n_control_clusters": count("control clusters with the stratum", nullable=False),
        **_IDENTIFIED,
    },
    unique=["estimand", "method", "stratum"],
    strict=True,
    name="HETEROGENEITY",
    description=(
        "Exploratory: for whom the effect may differ. Written by `estimation`, read by "
        "`disclosure`. Restricted."
    ),
)

HETEROGENEITY_RELEASED = released(
    HETEROGENEITY,
    "HETEROGENEITY without the strata of too few persons. Written by `disclosure`, read by "
    "`report`.",
    without=("n_persons_min", *AMOUNTS_BEHIND),
    status=_STATUS,
)
