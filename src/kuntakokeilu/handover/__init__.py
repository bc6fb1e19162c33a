"""Carrying results out: the package that a checker reads, its signature, and who verifies it."""

from kuntakokeilu.handover.archive import MOST_BYTES, MOST_FILES
from kuntakokeilu.handover.make import Run, make_package
from kuntakokeilu.handover.verify import verified

__all__ = ["MOST_BYTES", "MOST_FILES", "Run", "make_package", "verified"]
