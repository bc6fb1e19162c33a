"""Which columns of each result table readers get, in which order, on paper and on screen."""

from __future__ import annotations

from kuntakokeilu.report.words.side_by_side import DESIGNS

_INTERVAL = ("estimate", "ci_low", "ci_high")
_BAND = ("band_low", "band_high")
_P = ("p_area", "p_cr2_area", "p_wild_bootstrap_area", "p_permutation_area")
_MORE_P = ("p_cr3_area", "p_municipality", "p_permutation_municipality")
_COUNTS = ("n_trial", "n_control", "n_trial_clusters", "n_control_clusters")
_WHO = ("population", "design", "how")
_DETECTABLE = "minimum_detectable_effect"
PRINTED: dict[str, tuple[str, ...]] = {
    "main_effects": (
        *("outcome", "population", "weights", "comparison", "estimator", *_INTERVAL, "unit"),
        *("p_area", "p_cr2_area", "p_permutation_area", "baseline_mean", *_COUNTS),
        *(_DETECTABLE, "status"),
    ),
    "designs": (
        *("outcome", "group", "unit"),
        *(f"{part}_{design}" for design in DESIGNS for part in _INTERVAL),
        "statuses",
    ),
    "spillover_shares": ("outcome", "group", "spillover_share", *_INTERVAL, "unit", "status"),
    "populations": (
        *("outcome", *_WHO, *_INTERVAL, "unit", "p_area", "baseline_mean", _DETECTABLE, "status"),
    ),
    "windows": ("outcome", "window", *_WHO, *_INTERVAL, "unit", "p_area", _DETECTABLE, "status"),
    "payers": ("layer", "payer_name", "estimate", "unit", "total", "status"),
    "costs": (
        *("column", "kind", "price_year", *_WHO, *_INTERVAL, "unit", "p_area", "baseline_mean"),
        *(_DETECTABLE, "status"),
    ),
    "totals": (
        *("total_name", "quantity", *_INTERVAL, "unit", "multiplier", "programme_euros"),
        *("n_trial_clusters", "n_control_clusters", "status"),
    ),
    "ratios": (
        *("ratio_name", *_INTERVAL, "unit", "in_words"),
        *("n_trial_clusters", "n_control_clusters", "status"),
    ),
    "combinations": (
        *("combination_name", *_INTERVAL, "unit", "p_value", "first", "factor", "second"),
        *("n_trial_clusters", "n_control_clusters", "status"),
    ),
    "programme_costs": ("line", "payer", "euros", "months", "mark", "source"),
    "area_effects": (
        *(
            "outcome",
            "area",
            "specification",
            *_INTERVAL,
            "shrunk",
            "shrunk_ci_low",
            "shrunk_ci_high",
        ),
        *("unit", _DETECTABLE, "n_units", "total", "total_ci_low", "total_ci_high", "status"),
    ),
    "meta_regression": (
        *("outcome", "feature", *_INTERVAL, "unit", "p_value", _DETECTABLE),
        *("n_areas", "n_high", "n_low", "n_unknown", "why"),
    ),
    "service_models": ("area", "feature", "cell", "date", "source", "coders"),
    "heterogeneity": (
        *("outcome", "method", "stratum", *_INTERVAL, "unit", "p_value", "share"),
        *("n_trial_clusters", "n_control_clusters", "status"),
    ),
    "survey_response": (
        *("wave", "arm", "n_asked", "n_answered", "response_rate", "response_rate_weighted"),
        *("difference", "difference_std_error", "effective_size", "alpha", "status"),
    ),
    "event_study": (
        *("outcome", "specification", "event_time", "bins", *_INTERVAL, *_BAND, "unit"),
        *("p_area", "status"),
    ),
    "robustness": (
        *("outcome", "role", "specification", *_INTERVAL, "unit", *_P, *_COUNTS, "status"),
    ),
    "checks": ("verdict", "outcome", "specification", "check", "value", "threshold"),
    "balance": (
        *("comparison", "stage", "covariate", "targeted", "mean_trial", "mean_control"),
        *("std_difference", "variance_ratio", "n_trial", "n_control", "n_control_effective"),
    ),
    "overlap": (
        *("comparison", "area", "n_units", "n_without_control", "distance", "caliper", "score"),
        "comparable",
    ),
}
# To the right of the printed ones: a page of A4 has no room for them.
ON_SCREEN: dict[str, tuple[str, ...]] = {
    "main_effects": ("estimand",),
    "designs": tuple(f"estimand_{design}" for design in DESIGNS),
    "spillover_shares": ("estimand",),
    "populations": ("estimand",),
    "windows": ("estimand",),
    "payers": ("estimand",),
    "costs": ("estimand",),
    "totals": ("estimand",),
    "ratios": ("numerator", "denominator"),
    "area_effects": ("estimand",),
    "meta_regression": ("estimand",),
    "heterogeneity": ("estimand",),
    "event_study": ("estimand",),
    "robustness": ("estimand", *_MORE_P, *_BAND),
    "checks": ("estimand",),
    "balance": ("status",),
    "overlap": ("status",),
}
# Left out where no row has a number, and where all rows say the same, which a note then says.
IF_ANY = (
    *(*_BAND, *_P[1:], *_MORE_P, "programme_euros", "total", "total_ci_low", "total_ci_high"),
    *(f"{part}_{design}" for part in (*_INTERVAL, "estimand") for design in DESIGNS),
)
IF_SEVERAL = {"main_effects": ("population", "comparison", "estimator")}
