"""What steps ask an executor for follows the size of what they read."""

from __future__ import annotations

import pytest

from kuntakokeilu.needs import ADDING, COLLAPSING, READING, Needs
from kuntakokeilu.plan import asked_for

NEEDS = Needs(disk=1.0, memory=4.0, least=1e9, most=5e9, minutes=30)


def files(folder, *sizes: int) -> list[str]:
    made = []
    for number, size in enumerate(sizes):
        path = folder / f"{number}.parquet"
        with path.open("wb") as file:
            file.truncate(size)
        made.append(str(path))
    return made


@pytest.mark.parametrize(
    ("sizes", "memory", "minutes"),
    [((), 1000, 10), ((200_000_000, 50_000_000), 2000, 18), ((3_000_000_000,), 5000, 100)],
)
def test_memory_and_time_grow_with_the_input(tmp_path, sizes, memory, minutes):
    asked = asked_for(NEEDS)
    given = files(tmp_path, *sizes)
    assert asked["mem_mb"](None, given) == memory
    assert asked["runtime"](None, given) == minutes


def test_of_a_folder_its_files_count(tmp_path):
    files(tmp_path, 100_000_000, 150_000_000)
    assert asked_for(NEEDS)["mem_mb"](None, [str(tmp_path)]) == 2000


@pytest.mark.parametrize("needs", [READING, ADDING, COLLAPSING])
def test_a_nation_fits_into_a_small_machine(needs):
    assert needs.least < needs.of_memory(0.5e9) <= needs.of_memory(50e9) <= 6e9
    assert 10 < needs.of_time(5e9) <= 360
