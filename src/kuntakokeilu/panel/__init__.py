"""Registers to person-months or their sums: who was what in which month, frozen before the start.

Knows persons; never who is compared with whom.
"""

from kuntakokeilu.panel.prepare import Prepared, prepare
from kuntakokeilu.panel.register_tables import TABLES

__all__ = ["TABLES", "Prepared", "prepare"]
