"""Means of a later release do not tell what changed of few persons since an earlier one."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.disclosure.engine import (
    AddsUp,
    SourceLimits,
    SourceProfile,
    append,
    protect,
    read_earlier,
)
from kuntakokeilu.disclosure.since import refuse_few_changes, with_sums
from kuntakokeilu.errors import InputError

LEAST = 10
PROFILE = SourceProfile("strict", {"register": SourceLimits(persons=LEAST)})


def samples(moved=(), joined=0, new=False):
    """Thirty municipalities of fifty persons; `moved` have another sum, the first `joined` more."""
    rows = [
        ("jobs.main", "eligible", f"u{at}", True, 50 + (joined if at == 0 else 0),
         800.0 + 3.0 * (at in moved))
        for at in range(30)
    ]  # fmt: skip
    rows += [("jobs.main", "eligible", "nobody before", True, 1, 45.8)] if new else []
    names = ["estimand", "population", "unit", "used", "n_persons", "total"]
    return pd.DataFrame(rows, columns=names)


def first():
    frame = pd.DataFrame({"area": ["A", "B", "all"], "n": [40, 50, 90], "sources": "register"})
    return with_sums(protect({"t": frame}, [AddsUp("t", "area", "all")], PROFILE), samples())


@pytest.mark.parametrize(
    ("now", "stops"),
    [
        (samples(), False),  # nothing has changed
        (samples(moved=[4]), True),  # a late month of one person
        (samples(joined=1), True),
        (samples(new=True), True),  # one person where nobody was
        (samples(moved=range(9)), True),
        (samples(moved=range(10)), False),  # of ten municipalities, so of ten persons at least
        (samples(joined=10), False),
        (samples(moved=range(1, 8), joined=3), False),
    ],
)
def test_few_changes_stop_a_release(now, stops):
    earlier = [first().release]
    if stops:
        with pytest.raises(InputError, match=r"jobs\.main: since an earlier release"):
            refuse_few_changes(now, earlier, LEAST)
    else:
        refuse_few_changes(now, earlier, LEAST)


def test_each_earlier_release_counts():
    """Nine now and nine before: from the first to the third eighteen, from the second only nine."""
    second = with_sums(first(), samples(moved=range(9)))
    both = [first().release, second.release]
    with pytest.raises(InputError, match="may have changed"):
        refuse_few_changes(samples(moved=range(18)), both, LEAST)
    refuse_few_changes(samples(moved=range(18)), both[:1], LEAST)


def test_sums_survive_the_file_of_releases(tmp_path):
    release = first().release
    append(tmp_path / "releases.jsonl", release)
    (again,) = read_earlier(tmp_path / "releases.jsonl")
    assert again == release
    with pytest.raises(InputError, match="may have changed"):
        refuse_few_changes(samples(moved=[0]), [again], LEAST)
