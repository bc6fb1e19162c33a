"""The only bridge from results/<study>/restricted to results/<study>/release."""

from kuntakokeilu.disclosure.manifest import provenance
from kuntakokeilu.disclosure.money import release_combinations, release_ratios, release_totals
from kuntakokeilu.disclosure.panel import release_eligibility, release_flow
from kuntakokeilu.disclosure.release import (
    release_coverage,
    release_diagnostics,
    release_estimates,
    release_units,
)
from kuntakokeilu.disclosure.service_models import (
    release_area_effects,
    release_heterogeneity,
    release_meta_regression,
)
from kuntakokeilu.disclosure.survey import release_survey_response

__all__ = [
    "provenance",
    "release_area_effects",
    "release_combinations",
    "release_coverage",
    "release_diagnostics",
    "release_eligibility",
    "release_estimates",
    "release_flow",
    "release_heterogeneity",
    "release_meta_regression",
    "release_ratios",
    "release_survey_response",
    "release_totals",
    "release_units",
]
