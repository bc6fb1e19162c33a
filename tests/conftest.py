"""What every room's tests share."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kuntakokeilu import warm
from kuntakokeilu.facts import Classification, read_classification
from kuntakokeilu.io import DATA_FOLDER, DATA_VARIABLE

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what was measured to be slow, and start with the longest files.

    One worker runs a file, and at the end others would wait. Of a long test with many cases the
    first, the middle and the last are tests, those between are proofs. tools/slow_tests.py writes
    the lists.
    """
    slow, long = (
        set((ROOT / "tests" / f"{name}.txt").read_text(encoding="utf-8").splitlines())
        for name in ("slow", "long")
    )
    proof = pytest.mark.skip(reason="takes minutes: run by `make simulate`")
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for name, listed in cases.items():
        kept = {0, len(listed) // 2, len(listed) - 1}  # so that all of three languages are tests
        for place, item in enumerate(listed):
            if name in slow:
                item.add_marker(pytest.mark.slow)
            if name in long and place not in kept:
                item.add_marker(pytest.mark.simulate)
            if item.get_closest_marker("simulate") and "KUNTAKOKEILU_SEEDS" not in os.environ:
                item.add_marker(proof)
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.fixture(scope="session")
def server_of_jobs() -> Iterator[str]:
    """The socket of a process with all imports done, as a run of a study has it."""
    with runpy.run_path(str(ROOT / "run.py"))["warm"](Path(sys.executable), "reports"):
        yield os.environ.pop(warm.SOCKET, "")
        os.environ[warm.SOCKET] = ""  # where `warm` expects it at the end


@pytest.fixture(scope="module")
def warm_jobs(server_of_jobs: str) -> Iterator[None]:
    """Notebooks and steps of workflows that a module runs start at once."""
    with pytest.MonkeyPatch.context() as patch:
        if server_of_jobs:
            patch.setenv(warm.SOCKET, server_of_jobs)
        yield


@pytest.fixture
def root() -> Path:
    """The project folder."""
    return ROOT


@pytest.fixture
def config() -> Path:
    """The project's own config folder."""
    return ROOT / "config"


@pytest.fixture
def data_folder() -> Path:
    """The folder of public data; without it a test is skipped, or fails in strict mode."""
    folder = Path(os.environ.get(DATA_VARIABLE) or ROOT / DATA_FOLDER)
    if folder.is_dir():
        return folder
    reason = f"no public data: neither {DATA_VARIABLE} nor {DATA_FOLDER.as_posix()} is a folder"
    if os.environ.get("KUNTAKOKEILU_STRICT") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def of_2025(config) -> Classification:
    """The municipalities of 2025, in which 588 has become part of 507."""
    return read_classification(config, 2025)


@pytest.fixture
def of_2024(config) -> Classification:
    """The municipalities of 2024, in which 588 and 507 are two."""
    return read_classification(config, 2024)
