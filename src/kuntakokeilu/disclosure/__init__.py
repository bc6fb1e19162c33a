"""The only bridge from results/<study>/restricted to results/<study>/release."""

from kuntakokeilu.disclosure.manifest import provenance
from kuntakokeilu.disclosure.panel import release_eligibility, release_flow
from kuntakokeilu.disclosure.release import (
    release_coverage,
    release_diagnostics,
    release_estimates,
    release_units,
)

__all__ = [
    "provenance",
    "release_coverage",
    "release_diagnostics",
    "release_eligibility",
    "release_estimates",
    "release_flow",
    "release_units",
]
