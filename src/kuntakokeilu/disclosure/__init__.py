"""The only bridge from results/<study>/restricted to results/<study>/release."""

from kuntakokeilu.disclosure.balance import release_balance, release_overlap
from kuntakokeilu.disclosure.manifest import provenance
from kuntakokeilu.disclosure.money import release_combinations, release_ratios, release_totals
from kuntakokeilu.disclosure.panel import release_eligibility, release_flow
from kuntakokeilu.disclosure.release import (
    release_coverage,
    release_diagnostics,
    release_estimates,
    release_public,
    release_units,
)
from kuntakokeilu.disclosure.service_models import (
    release_area_effects,
    release_heterogeneity,
    release_meta_regression,
)
from kuntakokeilu.disclosure.survey import release_survey_response

# Every table of results/<study>/release and what it passed: the one record of what leaves.
# study.json says what config/ says, manifest.json holds names and hashes.
GUARDS = {
    "estimates": release_estimates,
    "diagnostics": release_diagnostics,
    "units": release_units,
    "coverage": release_coverage,
    "balance": release_balance,
    "overlap": release_overlap,
    "flow": release_flow,
    "eligibility": release_eligibility,
    "survey_response": release_survey_response,
    "ratios": release_ratios,
    "totals": release_totals,
    "combinations": release_combinations,
    "programme_costs": release_public,
    "parameters": release_public,
    "area_effects": release_area_effects,
    "meta_regression": release_meta_regression,
    "heterogeneity": release_heterogeneity,
    "service_models": release_public,
}

__all__ = [
    "GUARDS",
    "provenance",
    "release_area_effects",
    "release_balance",
    "release_combinations",
    "release_coverage",
    "release_diagnostics",
    "release_eligibility",
    "release_estimates",
    "release_flow",
    "release_heterogeneity",
    "release_meta_regression",
    "release_overlap",
    "release_public",
    "release_ratios",
    "release_survey_response",
    "release_totals",
    "release_units",
]
