"""An attacker with the source and two releases: who joined or left between them?

Counts that moved by few are shown as before, and others as they are. Whoever adds up what is
shown now and subtracts what was shown then must not learn of a change of few.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.attack import ranges
from kuntakokeilu.disclosure.engine import AddsUp, SourceLimits, SourceProfile, protect

LEAST = 10
PROFILE = SourceProfile("strict", {"register": SourceLimits(persons=LEAST)})
RELATIONS = [AddsUp("clients", "area", "all"), AddsUp("clients", "sex", "all")]
SEXES = ("f", "m")


def with_sums(cells):
    """Clients by area and sex with all sums, as a table of the engine."""
    areas = [*sorted({area for area, _ in cells}), "all"]
    rows = []
    for area in areas:
        for sex in (*SEXES, "all"):
            inside = [n for (a, s), n in cells.items() if area in (a, "all") and sex in (s, "all")]
            n, k = (int(sum(values)) for values in zip(*inside, strict=True))
            rows.append((area, sex, n, k, "register"))
    return pd.DataFrame(rows, columns=["area", "sex", "n", "k", "sources"])


def told(safe):
    """What each release shows, by cell and measure."""
    return {
        f"{row.area}|{row.sex}|{m}": int(getattr(row, m))
        for row in safe.tables["clients"].itertuples() for m in ("n", "k")
        if not pd.isna(getattr(row, m))
    }  # fmt: skip


def true(table):
    found = {}
    for row in table.itertuples():
        at = f"{row.area}|{row.sex}"
        found |= {f"{at}|n": row.n, f"{at}|k": row.k, f"{at}|rest": row.n - row.k}
    return found


def changes_of_few(before, later, first, second):
    """Say which changes of few the attacker knows to within less than the limit."""
    areas = sorted(set(before["area"]) - {"all"})
    equations = []
    for measure in ("n", "k"):
        for area in (*areas, "all"):
            equations.append({f"{area}|{s}|{measure}": 1 for s in SEXES}
                             | {f"{area}|all|{measure}": -1})  # fmt: skip
        for sex in (*SEXES, "all"):
            equations.append({f"{a}|{sex}|{measure}": 1 for a in areas}
                             | {f"all|{sex}|{measure}": -1})  # fmt: skip
    old, new = true(before), true(later)
    for name in new:
        if name.endswith("|rest"):
            at = name.removesuffix("rest")
            equations.append({f"{at}n": 1, f"{at}k": -1, name: -1})
    was, now, known = told(first), told(second), {}
    for name, n in now.items():  # shown as before: it may have moved by as much as the limit
        slack = LEAST if name in was and was[name] == n and new[name] != n else 0
        known[name] = (max(0, n - slack), n + slack)
    seen = {name: was.get(name) for name in old}
    for name in old:
        if name.endswith("|rest"):
            n, k = (was.get(name.removesuffix("rest") + m) for m in ("n", "k"))
            seen[name] = None if n is None or k is None else n - k
    few = [name for name, n in seen.items() if n is not None and 0 < abs(new[name] - n) < LEAST]
    found = ranges(equations, known, few)
    return [name for name, (low, high) in found.items() if high - low < LEAST - 1e-4]


def test_one_who_joins_beside_many_is_not_found():
    """Eleven join in A and one in B: all less A would tell the one."""
    before = {
        ("A", "f"): (60, 20),
        ("A", "m"): (70, 25),
        ("B", "f"): (50, 18),
        ("B", "m"): (40, 16),
    }
    later = before | {("A", "f"): (71, 20), ("B", "f"): (51, 18)}
    one, other = with_sums(before), with_sums(later)
    first = protect({"clients": one}, RELATIONS, PROFILE)
    second = protect({"clients": other}, RELATIONS, PROFILE, earlier=[first.release])
    assert changes_of_few(one, other, first, second) == []
    careless = protect({"clients": other}, RELATIONS, PROFILE)
    assert changes_of_few(one, other, first, careless)  # who forgets the first release tells


@pytest.mark.parametrize("seed", range(12))
def test_no_change_of_few_follows_from_two_releases_a_month_apart(seed):
    rng = np.random.default_rng(seed)
    cells = {}
    for area in "ABCD"[: rng.integers(3, 5)]:
        for sex in SEXES:
            n = int(rng.choice([rng.integers(0, 12), rng.integers(20, 60), rng.integers(60, 300)]))
            cells[area, sex] = (n, int(rng.binomial(n, 0.4)))
    later = {}
    for cell, (n, k) in cells.items():
        joined = int(rng.choice([0, 0, 1, -2, 12, 25]))
        n_now = max(0, n + joined)
        later[cell] = (n_now, min(n_now, max(0, k + int(rng.choice([0, 1, joined])))))
    one, other = with_sums(cells), with_sums(later)
    first = protect({"clients": one}, RELATIONS, PROFILE)
    second = protect({"clients": other}, RELATIONS, PROFILE, earlier=[first.release])
    assert changes_of_few(one, other, first, second) == []
