"""The only bridge from results/<study>/restricted to results/<study>/release."""

from kuntakokeilu.disclosure.manifest import provenance
from kuntakokeilu.disclosure.tables import (
    GUARDED,
    Guarded,
    release_tables,
    released_tables,
    restricted_tables,
)

__all__ = [
    "GUARDED",
    "Guarded",
    "provenance",
    "release_tables",
    "released_tables",
    "restricted_tables",
]
