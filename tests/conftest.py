"""What every room's tests share."""

from __future__ import annotations

import gc
import os
import pickle
import re
import runpy
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from kuntakokeilu import warm
from kuntakokeilu.facts import Classification, read_classification
from kuntakokeilu.io import DATA_FOLDER, DATA_VARIABLE

# Before anything imports jsonschema, as report/pages/notebook.py has it: its grammars take seconds.
sys.modules.setdefault("rfc3987_syntax", None)
ROOT = Path(__file__).resolve().parent.parent
# What is collected stays until the end: looking through it for garbage took a third of the time.
gc.disable()
# Of a property without a number of its own; Hypothesis would try 100.
settings.register_profile("tests", max_examples=40, deadline=None)
settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what was measured to be slow, and start with the longest files.

    One worker runs a file, and at the end others would wait. Of a long test with many cases some
    are tests, the others are proofs. tools/slow_tests.py writes the lists.
    """
    slow, long, first = (
        (ROOT / "tests" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        for name in ("slow", "long", "first")
    )
    place = {name: number for number, name in enumerate(first)}
    slow, long = set(slow), set(long)
    proof = pytest.mark.skip(reason="takes minutes: run by `make simulate`")
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for name, listed in cases.items():
        kept = chosen(name, [item.nodeid.partition("[")[2] for item in listed])
        for number, item in enumerate(listed):
            if name in slow:
                item.add_marker(pytest.mark.slow)
            if name in long and number not in kept:
                item.add_marker(pytest.mark.simulate)
            if item.get_closest_marker("simulate") and "KUNTAKOKEILU_SEEDS" not in os.environ:
                item.add_marker(proof)
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for garbage again, but only among what tests make, and less often than usual."""
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


# Cases that differ in nothing but the language of the reader, or in the trial of a year; or in
# weights and numbers alone, such as seeds and shares.
ALIKE = re.compile(
    r"(fi|sv|en|finnish|swedish|english|((open|registers)_)?20\d\d)(-.*)?\]"
    r"|((\d+(\.\d+)?|municipality|area|persons_\w+)[-\]])+"
)


def chosen(name: str, cases: list[str]) -> set[int]:
    """Choose the cases of a long test that stay, from one on that differs from test to test.

    Two of a few, three of more, a tenth of very many. Of languages, years and weights one, which
    over the tests of a kind is each.
    """
    few = 2 if len(cases) <= 4 else max(3, len(cases) // 10)
    few = 1 if all(map(ALIKE.fullmatch, cases)) else few
    start = zlib.crc32(name.encode()) % len(cases)
    return {(start + number * len(cases) // few) % len(cases) for number in range(few)}


Made = TypeVar("Made")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """Make something that many tests only read, once for all workers of a session.

    The first that asks makes it in a folder that it shares, others wait for it there.
    """
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / name
    done, failed = folder / "made.pickle", folder / "failed"
    try:
        folder.mkdir()
    except FileExistsError:
        while not done.exists():
            if failed.exists():
                return make(factory.mktemp(name))  # and fail with the same message
            time.sleep(0.2)
        return pickle.loads(done.read_bytes())
    try:
        made = make(folder / "made")
    except BaseException:
        failed.touch()
        raise
    part = folder / "part"
    part.write_bytes(pickle.dumps(made))
    part.replace(done)
    return made


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


@pytest.fixture(scope="session")
def root() -> Path:
    """The project folder."""
    return ROOT


@pytest.fixture(scope="session")
def config() -> Path:
    """The project's own config folder."""
    return ROOT / "config"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of public data; without it a test is skipped, or fails in strict mode."""
    folder = Path(os.environ.get(DATA_VARIABLE) or ROOT / DATA_FOLDER)
    if folder.is_dir():
        return folder
    reason = f"no public data: neither {DATA_VARIABLE} nor {DATA_FOLDER.as_posix()} is a folder"
    if os.environ.get("KUNTAKOKEILU_STRICT") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def of_2025() -> Classification:
    """The municipalities of 2025, in which 588 has become part of 507."""
    return read_classification(ROOT / "config", 2025)


@pytest.fixture(scope="session")
def of_2024() -> Classification:
    """The municipalities of 2024, in which 588 and 507 are two."""
    return read_classification(ROOT / "config", 2024)
