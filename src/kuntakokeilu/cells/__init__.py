"""The waist: open statistics, unit panels and simulated panels become CELLS and UNITS."""

from kuntakokeilu.cells.collapse import collapse
from kuntakokeilu.cells.covariates import covariate_files
from kuntakokeilu.cells.make import (
    build_cells,
    build_units,
    read_source,
    source_files,
    source_notes,
    with_rows,
)
from kuntakokeilu.cells.prices import at_prices
from kuntakokeilu.cells.register_cells import outcome_cells, register_units

__all__ = [
    "at_prices",
    "build_cells",
    "build_units",
    "collapse",
    "covariate_files",
    "outcome_cells",
    "read_source",
    "register_units",
    "source_files",
    "source_notes",
    "with_rows",
]
