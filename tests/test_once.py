"""What tests of all workers share is made once, and a fault of making it reaches all of them."""

import pytest

from .conftest import once


def test_it_is_made_by_the_first_that_asks(tmp_path_factory, tmp_path):
    made = []

    def make(folder):
        made.append(folder)
        return {"at": folder}

    first, second = (once(tmp_path_factory, f"once_{tmp_path.name}", make) for _ in range(2))
    assert first == second == {"at": made[0]} and len(made) == 1


def test_a_fault_is_told_to_each(tmp_path_factory, tmp_path):
    def make(folder):
        raise ValueError("no such thing")

    for _ in range(2):
        with pytest.raises(ValueError, match="no such thing"):
            once(tmp_path_factory, f"never_{tmp_path.name}", make)
