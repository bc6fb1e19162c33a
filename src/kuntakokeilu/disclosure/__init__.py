"""The only bridge from results/<study>/restricted to results/<study>/release."""

from kuntakokeilu.disclosure.design import guarded_design, released_before_estimates
from kuntakokeilu.disclosure.design_record import (
    RECORD,
    DesignRecord,
    read_design_record,
    write_design_record,
)
from kuntakokeilu.disclosure.engine import protect
from kuntakokeilu.disclosure.manifest import file_hash, provenance, today
from kuntakokeilu.disclosure.tables import (
    GUARDED,
    Disclosed,
    Guarded,
    disclose,
    released_tables,
    restricted_tables,
)

__all__ = [
    "GUARDED",
    "RECORD",
    "DesignRecord",
    "Disclosed",
    "Guarded",
    "disclose",
    "file_hash",
    "guarded_design",
    "protect",
    "provenance",
    "read_design_record",
    "released_before_estimates",
    "released_tables",
    "restricted_tables",
    "today",
    "write_design_record",
]
