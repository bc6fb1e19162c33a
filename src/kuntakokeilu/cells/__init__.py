"""The waist: open statistics, unit panels and simulated panels become CELLS and UNITS."""

from kuntakokeilu.cells.collapse import collapse
from kuntakokeilu.cells.covariates import covariate_files
from kuntakokeilu.cells.download import STATFIN_URL, download_folder, fetch_download
from kuntakokeilu.cells.make import build_cells, build_units, source_files
from kuntakokeilu.cells.prices import at_prices
from kuntakokeilu.cells.pxweb_tables import (
    answer_files,
    read_statfin_table,
    require_download,
    statfin_tables,
)
from kuntakokeilu.cells.register_cells import outcome_cells, register_units

__all__ = [
    "STATFIN_URL",
    "answer_files",
    "at_prices",
    "build_cells",
    "build_units",
    "collapse",
    "covariate_files",
    "download_folder",
    "fetch_download",
    "outcome_cells",
    "read_statfin_table",
    "register_units",
    "require_download",
    "source_files",
    "statfin_tables",
]
