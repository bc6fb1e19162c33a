"""Both worlds written at once: the same files as one after the other."""

from __future__ import annotations

import filecmp
import os

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.registers import read_adapter, read_contract
from kuntakokeilu.twin import write_extract, write_pair
from kuntakokeilu.twin.extract.processes import beside

from .conftest import ADAPTER, CONFIG

TABLES = ("wages", "status_spells", "plans")


def test_files_are_those_of_each_world_on_its_own(twin, tmp_path):
    world, *pair = twin(scale=1 / 4000)
    whole = read_adapter(ADAPTER, read_contract(CONFIG))
    asked = whole.model_copy(update={"tables": {name: whole.tables[name] for name in TABLES}})
    alone = [
        write_extract(world, paths, CONFIG, asked, tmp_path / f"alone {number}")
        for number, paths in enumerate(pair)
    ]
    roots = tmp_path / "untreated", tmp_path / "observed"
    both = write_pair(world, tuple(pair), CONFIG, asked, roots, processes=2)
    for expected, found in zip(alone, both, strict=True):
        assert len(expected) == len(found) > 0
        assert all(filecmp.cmp(*two, shallow=False) for two in zip(expected, found, strict=True))


def test_a_fault_beside_is_raised_here():
    def fail() -> None:
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        beside(fail)()


def test_a_process_that_was_killed_is_no_result():
    with pytest.raises(MemoryError):
        beside(lambda: os._exit(9))()
