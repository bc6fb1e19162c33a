"""The waist: open statistics, unit panels and simulated panels become CELLS and UNITS."""

from kuntakokeilu.cells.blinding import deal_treatment
from kuntakokeilu.cells.centres import add_centres
from kuntakokeilu.cells.collapse import collapse
from kuntakokeilu.cells.collapse_sums import cells_of_sums, counts_of_sums, opened_sums
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
from kuntakokeilu.cells.register_cells import join_cells, outcome_cells, register_units

__all__ = [
    "add_centres",
    "at_prices",
    "build_cells",
    "build_units",
    "cells_of_sums",
    "collapse",
    "counts_of_sums",
    "covariate_files",
    "deal_treatment",
    "join_cells",
    "opened_sums",
    "outcome_cells",
    "read_source",
    "register_units",
    "source_files",
    "source_notes",
    "with_rows",
]
