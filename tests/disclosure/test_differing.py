"""Estimates whose samples differ by few persons do not tell of these when subtracted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.disclosure.differing import telling, with_coarse_means

LEAST = 10


def samples(**used):
    """Forty municipalities in each arm, two trial hamlets with one person each."""
    parts = []
    for name, out in used.items():
        for arm in ("t", "c"):
            for at in range(40):
                n = 1 if (arm, at) in (("t", 0), ("t", 1)) else 60
                unit = f"{arm}{at}"
                parts.append((name, "eligible", unit, unit not in out, n))
    names = ["estimand", "population", "unit", "used", "n_persons"]
    return pd.DataFrame(parts, columns=names)


UNITS = pd.DataFrame(
    [(f"{a}{at}", arm) for a, arm in (("t", "trial"), ("c", "control")) for at in range(40)],
    columns=["unit", "arm"],
)


def estimates(names, **columns):
    rows = [
        {"estimand": name, "outcome": "jobs", "weights": "municipality", "term": "att",
         "estimate": 3.6539, "std_error": error, "ci_low": 0.3812, "ci_high": 6.9266,
         "p_value": 0.029187, "minimum_detectable_effect": 4.6612, "baseline_mean": 32.58,
         "status": "ok"}
        for name in names for error in (1.6431, np.nan)
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**columns)


@pytest.mark.parametrize(
    ("out", "tells"),
    [
        ([], False),  # the same sample
        (["t0", "t1"], True),  # two persons
        (["t2"], False),  # sixty
        (["t0", *(f"t{n}" for n in range(2, 12))], True),  # t1 is left over of what both say
        (["c3", "c4"], False),
    ],
)
def test_the_second_of_two_that_differ_by_few_tells(out, tells):
    """With t0 out beside many, no difference of the two is of few persons alone."""
    many_too = out[1:] == [f"t{n}" for n in range(2, 12)]
    found = telling(estimates(["one", "two"]), samples(one=[], two=out), UNITS, LEAST)
    assert found == ({"two"} if tells and not many_too else set())


def test_three_that_tell_together_are_found():
    """All, without a large one, and without it and a hamlet: the last two differ by one person."""
    made = samples(all=[], some=["t5"], fewer=["t5", "t0"])
    assert telling(estimates(["all", "some", "fewer"]), made, UNITS, LEAST) == {"fewer"}


def test_what_differs_in_outcome_or_weights_is_not_subtracted():
    made = samples(one=[], two=["t0"])
    frame = estimates(["one", "two"])
    frame.loc[frame["estimand"].eq("two"), "weights"] = "area"
    assert telling(frame, made, UNITS, LEAST) == set()
    placebo = estimates(["one", "two"], role=["main"] * 2 + ["placebo"] * 2)
    assert telling(placebo, samples(one=[], two=["t0"]), UNITS, LEAST) == set()
    hidden = estimates(["one", "two"])
    hidden.loc[hidden["estimand"].eq("one"), "status"] = "suppressed"
    assert telling(hidden, made, UNITS, LEAST) == set()


def test_a_telling_estimate_gives_no_sum_of_the_few():
    """n times both means, as printed: what it says of two hamlets is wider than all they can be."""
    exact = estimates(["one", "two"])
    made = with_coarse_means(exact, exact, {"two"})
    one, two = made[made["estimand"].eq("one")], made[made["estimand"].eq("two")]
    pd.testing.assert_frame_equal(one, exact[exact["estimand"].eq("one")])
    assert two["baseline_mean"].isna().all()
    assert set(two["estimate"]) == {3.5} and set(two["ci_low"]) == {0.5}
    assert set(two["p_value"]) == {0.03}
    assert two["std_error"].dropna().tolist() == [1.6]
    step = 0.5  # per cent: 38 municipalities know their sum to within 38 * 0.25 and 40 * ...
    assert 40 * step / 2 + 38 * step / 2 > 0.19 * 100
