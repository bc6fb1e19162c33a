"""The synthetic twin: job seekers of eight years with and without a trial, its effect known.

`make_world` draws what both worlds share; `simulate_pair` runs them; `histories` turns a world
into the clean tables of `TABLES`, from which register files are written.
"""

from kuntakokeilu.study.twin import Switches, TwinSettings
from kuntakokeilu.twin.clean_tables import TABLES
from kuntakokeilu.twin.dynamics import Paths, simulate, simulate_pair
from kuntakokeilu.twin.extract import write_extract, write_pair
from kuntakokeilu.twin.histories import collect, histories, write_histories
from kuntakokeilu.twin.realism import check_realism, national_series
from kuntakokeilu.twin.truth import potential_outcomes
from kuntakokeilu.twin.world import World, make_world

__all__ = [
    "TABLES",
    "Paths",
    "Switches",
    "TwinSettings",
    "World",
    "check_realism",
    "collect",
    "histories",
    "make_world",
    "national_series",
    "potential_outcomes",
    "simulate",
    "simulate_pair",
    "write_extract",
    "write_histories",
    "write_pair",
]
