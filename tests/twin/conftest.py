"""Small twins, made once."""

from __future__ import annotations

import pytest

from kuntakokeilu.twin import TwinSettings, make_world, simulate_pair

from .. import twins
from ..twins import CONFIG, SCALE


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """Return a twin of 6,500 persons, its worlds, and the clean tables of that with the trial."""
    return twins.simulated(tmp_path_factory)


@pytest.fixture(scope="session")
def world(simulated):
    """Return a twin of 6,500 persons, all switches off."""
    return simulated[0]


@pytest.fixture(scope="session")
def pair(simulated):
    """Return its worlds without and with the trial."""
    return simulated[1]


@pytest.fixture(scope="session")
def tables(simulated):
    """Return the clean tables of the world with the trial."""
    return simulated[2]


@pytest.fixture
def twin():
    """Make the pair of worlds of other settings."""

    def make(scale=SCALE, **settings):
        made = make_world(TwinSettings(scale=scale, seed=7, **settings), CONFIG)
        return made, *simulate_pair(made)

    return make
