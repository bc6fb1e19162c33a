"""Sums of sorted runs against plain Python numbers, which have no bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuntakokeilu.panel.adding import HALF, LETTERS, Sums, run_starts, sum_by_key

CELLS = 5
# Amounts of persons, and of firms by mistake: their squares do not fit into 64 bits.
amounts = st.one_of(st.integers(-300_000, 300_000), st.integers(-(10**12), 10**12), st.just(0))
rows = st.lists(st.tuples(st.integers(0, CELLS - 1), amounts, st.booleans()), max_size=40)


def plain(kind: str, values: list[tuple[int, int, bool]]) -> dict[str, list[int]]:
    """What the letters of each cell should be."""
    found = {letter: [0] * CELLS for letter in LETTERS[kind]} | {"squares": [0] * CELLS}
    for cell in range(CELLS):
        mine = [(value, known) for where, value, known in values if where == cell]
        known = [value for value, told in mine if told]
        largest = [*sorted(map(abs, known), reverse=True), 0, 0]
        told = {
            "facts": len(mine),
            "n": len(known),
            "total": sum(known),
            "squares": sum(value**2 for value in known),
            "absolute": sum(map(abs, known)),
            "nonzero": sum(value != 0 for value in known),
            "top1": largest[0],
            "top2": largest[1],
        }
        for name in found.keys() & told:
            found[name][cell] = told[name]
    return found


@pytest.mark.parametrize("kind", list(LETTERS))
@given(batches=st.lists(rows, max_size=4))
@settings(max_examples=60, deadline=None)
def test_sums_of_batches_are_those_of_all_values(kind, batches):
    if kind == "share":
        batches = [[(cell, value % 2, known) for cell, value, known in rows] for rows in batches]
    sums = Sums(kind, CELLS)
    for batch in filter(None, batches):
        ordered = sorted(batch)
        cell, value, known = (np.array(each) for each in zip(*ordered, strict=True))
        starts = run_starts(cell.astype(np.int64))
        missing = None if known.all() else known
        values = np.where(known, value, 0)
        if kind == "share":
            values = values.astype(np.int8)
        sums.add(cell[starts].astype(np.int64), starts, values, missing)
    expected = plain(kind, [row for batch in batches for row in batch])
    for letter in set(LETTERS[kind]) - {"high", "low"}:
        assert sums.parts[letter].tolist() == expected[letter], letter
    if kind != "share":
        halves = zip(sums.parts["high"].tolist(), sums.parts["low"].tolist(), strict=True)
        assert [(high << HALF) + low for high, low in halves] == expected["squares"]
        assert sums.parts["low"].max() < 1 << HALF


@given(pairs=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 10**9)), max_size=30))
def test_values_of_equal_keys_are_added(pairs):
    keys = np.array([key for key, _ in pairs], np.int64)
    found = sum_by_key(keys, np.array([value for _, value in pairs], np.int64))
    expected: dict[int, int] = {}
    for key, value in pairs:
        expected[key] = expected.get(key, 0) + value
    assert dict(zip(*(each.tolist() for each in found), strict=True)) == expected
    assert found[0].tolist() == sorted(expected)
