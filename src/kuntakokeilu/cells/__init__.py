"""The waist: open statistics, unit panels and simulated panels become CELLS and UNITS."""

from kuntakokeilu.cells.make import build_cells, build_units, source_files

__all__ = ["build_cells", "build_units", "source_files"]
