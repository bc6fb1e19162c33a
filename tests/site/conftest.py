"""The portal on public data, with few places, built once for all tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kuntakokeilu.site.load import Portal, load_portal

from ..conftest import once

AREAS = ("trial-kuopion-seutu", "trial-espoo", "employment-kuopio", "employment-ahvenanmaa")


@pytest.fixture(scope="session")
def portal(config, data_folder, tmp_path_factory) -> Portal:
    """The open statistics of the data folder, all places; no study was run."""
    return load_portal(config, tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="session")
def few(portal) -> Portal:
    """The same with two trial areas, two employment areas and their municipalities."""
    areas = [place for place in portal.places if place.name in AREAS]
    units = {unit for place in areas for unit in place.units}
    mine = [
        place
        for place in portal.places
        if place.kind == "whole"
        or place in areas
        or (place.kind == "municipality" and place.units[0] in units)
    ]
    return replace(portal, places=mine)


@pytest.fixture(scope="session")
def built(request, tmp_path_factory) -> Path:
    """The site of `few`, as a folder; no test changes it."""
    pytest.importorskip("vl_convert", reason="the extra `site` is not installed: no vl-convert")
    from kuntakokeilu.site.build import build_site

    def make(folder: Path) -> Path:
        build_site(request.getfixturevalue("few"), folder / "site", "2026-07-25")
        return folder / "site"

    return once(tmp_path_factory, "portal", make)
