"""Registers to person-months or their sums: who was what in which month, frozen before the start.

Knows persons; never who is compared with whom.
"""

from kuntakokeilu.panel.prepare import PanelReports, prepare
from kuntakokeilu.panel.register_reach import reach_of_registers
from kuntakokeilu.panel.register_tables import TABLES
from kuntakokeilu.panel.shards import put_together

__all__ = ["TABLES", "PanelReports", "prepare", "put_together", "reach_of_registers"]
