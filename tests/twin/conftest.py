"""Small twins, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuntakokeilu.twin import TwinSettings, collect, make_world, simulate_pair

CONFIG = Path(__file__).resolve().parents[2] / "config"
SCALE = 1 / 200


@pytest.fixture(scope="session")
def world():
    """Return a twin of 6,500 persons, all switches off."""
    return make_world(TwinSettings(scale=SCALE, seed=7), CONFIG)


@pytest.fixture(scope="session")
def pair(world):
    """Return its worlds without and with the trial."""
    return simulate_pair(world)


@pytest.fixture(scope="session")
def tables(world, pair):
    """Return the clean tables of the world with the trial."""
    return collect(world, pair[1], CONFIG)


@pytest.fixture
def twin():
    """Make the pair of worlds of other settings."""

    def make(scale=SCALE, **settings):
        made = make_world(TwinSettings(scale=scale, seed=7, **settings), CONFIG)
        return made, *simulate_pair(made)

    return make
