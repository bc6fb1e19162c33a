"""Municipalities for small examples: those of the project."""

from __future__ import annotations

import pytest

from kuntakokeilu.facts import Classification, read_classification


@pytest.fixture
def of_2025(config) -> Classification:
    """The municipalities of 2025, in which 588 has become part of 507."""
    return read_classification(config, 2025)


@pytest.fixture
def of_2024(config) -> Classification:
    """The municipalities of 2024, in which 588 and 507 are two."""
    return read_classification(config, 2024)
