"""Whole cents in arrays: exact where 64 bits are too few, and rounded as the law rounds."""

from __future__ import annotations

import numpy as np

from kuntakokeilu.panel.ledger.days import merged, month_bounds, weekdays_before
from kuntakokeilu.panel.ledger.rows import order_of
from kuntakokeilu.panel.ledger.whole import nearest, portion, rounded, up_to


def test_products_that_64_bits_do_not_hold_are_exact():
    cents = np.array([10**15 + 1, -(10**15) - 1, 7])
    assert portion(cents, 10**6 + 1, 10**6).tolist() == [
        (n * (10**6 + 1) + 5 * 10**5) // 10**6 * sign
        for n, sign in ((10**15 + 1, 1), (10**15 + 1, -1), (7, 1))
    ]
    of, whole = np.array([10**9, 10**9, 1]), np.array([10**9 + 1, 10**9 + 1, 2])
    assert nearest(cents, of, whole).tolist() == [
        (2 * int(c) * int(o) + int(w)) // (2 * int(w))
        for c, o, w in zip(cents, of, whole, strict=True)
    ]


def test_halves_go_away_from_zero():
    numbers = np.array([0.5, -0.5, 1.5, -2.5, 0.49999999999999994, 2.4, -2.6])
    assert rounded(numbers).tolist() == [1, -1, 2, -3, 0, 2, -3]


def test_a_limit_has_the_sign_of_what_it_limits():
    cents, most = np.array([5, -5, 5, -5, 0]), np.array([3, -3, -3, -9, 3])
    assert up_to(cents, most).tolist() == [3, -3, 0, -5, 0]


def test_rows_are_sorted_by_numbers_too_far_apart_for_one():
    rng = np.random.default_rng(1)
    keys = [rng.choice([0, 1, 1 << 40], 50) for _ in range(3)]
    order = order_of(*keys)
    rows = list(zip(*(key[order].tolist() for key in keys), strict=True))
    assert rows == sorted(rows)


def test_spells_of_a_person_that_overlap_or_touch_are_one():
    person = np.array([1, 0, 0, 0, 1, 0])
    began, ended = np.array([0, 5, 1, 9, 1, 2]), np.array([0, 6, 4, 9, 3, 2])
    spans = zip(*(column.tolist() for column in merged(person, began, ended)), strict=True)
    assert list(spans) == [(0, 1, 6), (0, 9, 9), (1, 0, 3)]


def test_february_2021_has_twenty_weekdays():
    first, after = month_bounds(2021 * 12 + 1, 1)
    assert weekdays_before(np.array([after])) - weekdays_before(np.array([first])) == 20
