"""Too little disk or memory is said before anything is read."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest

from kuntakokeilu import needs
from kuntakokeilu.errors import InputError
from kuntakokeilu.needs import Needs, check_room, free_memory

Usage = namedtuple("Usage", "total used free")
TEN = Needs(disk=10.0, memory=4.0, least=0.0, most=30e6)


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Fake what is free, in bytes; memory may be unknown."""

    def fake(disk: float, memory: float | None):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1e15, 0, int(disk)))
        told = tmp_path / "meminfo"
        if memory is not None:
            told.write_text(f"MemTotal: 1 kB\nMemAvailable:   {int(memory / 1024)} kB\n")
        monkeypatch.setattr(needs, "MEMORY_INFO", told)

    return fake


def files(folder, suffix: str = "parquet"):
    """Two files of five million bytes."""
    made = [folder / f"{name}.{suffix}" for name in "ab"]
    for path in made:
        with path.open("wb") as file:
            file.truncate(5_000_000)
    return made


@pytest.mark.parametrize(("disk", "memory"), [(100e6, 31e6), (100e6, None), (1e12, 1e12)])
def test_enough_is_silent(machine, tmp_path, disk, memory):
    machine(disk, memory)
    check_room(files(tmp_path), tmp_path / "restricted" / "registers", TEN)


@pytest.mark.parametrize(
    ("disk", "memory", "said"),
    [
        (99e6, 1e12, "about 0.1 GB of disk are needed for files of 0.01 GB, 0.099 GB are free"),
        (1e12, 29e6, "about 0.03 GB of memory are needed for files of 0.01 GB, 0.029 GB are free"),
    ],
)
def test_too_little_is_one_line_with_the_folder(machine, tmp_path, disk, memory, said):
    machine(disk, memory)
    folder = tmp_path / "restricted"
    with pytest.raises(InputError) as caught:
        check_room(files(tmp_path), folder, TEN)
    assert str(caught.value) == f"{folder.as_posix()}: {said}"


def test_text_counts_for_less_than_parquet(machine, tmp_path):
    machine(99e6, None)
    check_room(files(tmp_path, "csv"), tmp_path, TEN)


def test_this_machine_says_what_is_free_or_nothing():
    free = free_memory()
    assert free is None or free > 0
