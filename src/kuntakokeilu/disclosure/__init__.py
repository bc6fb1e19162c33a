"""The only bridge from results/<study>/restricted to results/<study>/release."""

from kuntakokeilu.disclosure.design import guarded_design, released_balance_and_overlap
from kuntakokeilu.disclosure.manifest import file_hash, provenance, today
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
    "file_hash",
    "guarded_design",
    "provenance",
    "release_tables",
    "released_balance_and_overlap",
    "released_tables",
    "restricted_tables",
    "today",
]
