"""Outcomes that share a sample share its right-hand side, and have the numbers they have alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.diagnostics import diagnose
from kuntakokeilu.estimation import design_of, draw_sample, estimate, fit, remember
from kuntakokeilu.estimation.cross_products import blocks_of
from kuntakokeilu.estimation.remember import Content, forget, remembered

from .followed import asked
from .populations import both, relative

ONE = {"population": "eligible", "design": "targeted"}
ASKED = [
    asked(1, 4, **ONE),
    asked(1, 4, **ONE, estimand="y.months", estimator="elapsed_effects", periods_per_bin=2),
    relative(0.0, estimand="y.relative"),
]


@pytest.fixture(scope="module")
def outcomes():
    """Cells of three outcomes, the third without a cohort of one unit, with UNITS and COUNTS."""
    cells, units, counts = both(("2018-02", "2019-02", "2021-02"), (1, 2, 3, 4))
    rng = np.random.default_rng(3)
    moved = cells["sum"] + cells["weight"] * rng.normal(size=len(cells))
    second = cells.assign(sum=moved, mean=moved / cells["weight"])
    gone = cells["unit"].eq("u03") & cells["cohort"].eq("2019-02")
    return [cells, second, second[~gone].reset_index(drop=True)], units, counts


def numbers(cells, units, counts):
    estimates, influences = estimate(cells, units, counts, ASKED)
    return estimates, influences, diagnose(cells, units, counts, estimates, influences, ASKED)


def test_every_number_is_the_one_an_outcome_has_alone(outcomes):
    each, units, counts = outcomes
    forget()
    together = [numbers(cells, units, counts) for cells in each]
    for cells, found in list(zip(each, together, strict=True))[1:]:
        forget()
        for mine, alone in zip(found, numbers(cells, units, counts), strict=True):
            pd.testing.assert_frame_equal(mine, alone, check_exact=True)


def test_outcomes_with_the_same_rows_share_what_is_factorised(outcomes):
    each, units, _ = outcomes
    samples = [draw_sample(cells, units, ASKED[2]) for cells in each]
    designs = [design_of(sample) for sample in samples]
    blocks = [
        blocks_of(sample.frame, design, sample.frame["cluster"])
        for sample, design in zip(samples, designs, strict=True)
    ]
    assert designs[0] is designs[1] and blocks[0] is blocks[1]
    assert designs[2] is not designs[0] and blocks[2] is not blocks[0]
    assert len(designs[2].regressors) < len(designs[0].regressors)
    params = [fit(s.frame, d).params[0] for s, d in zip(samples, designs, strict=True)]
    assert len(set(params)) == 3


def test_other_weights_are_another_factorisation(outcomes):
    each, units, _ = outcomes
    sample = draw_sample(each[0], units, ASKED[0])
    design, heavier = (
        design_of(sample),
        sample.frame.assign(w=np.arange(1.0, len(sample.frame) + 1)),
    )
    plain, weighted = fit(sample.frame, design), fit(heavier, design)
    forget()
    again = fit(heavier, design)
    assert weighted.params[0] == again.params[0] != plain.params[0]


def test_changes_are_regressed_anew(outcomes):
    each, units, _ = outcomes
    estimand = asked(1, 4, **ONE, estimator="first_differences")
    first, second = (design_of(draw_sample(cells, units, estimand)) for cells in each[:2])
    assert not first.rows["y"].equals(second.rows["y"])


def test_what_is_remembered(monkeypatch):
    calls = []

    @remembered
    def times(values, number, content):
        calls.append(number)
        return number * values

    forget()
    values = np.arange(100.0)
    assert times(values, 2, Content(b"a", None)) is times(values, 2, Content(b"a", "other"))
    assert calls == [2]
    times(values.copy(), 2, Content(b"a", None))  # another object may hold other numbers
    times(values, 2, Content(b"b", None))
    assert calls == [2, 2, 2]
    monkeypatch.setattr(remember, "MOST", 5 * values.nbytes)  # of two results with their arguments
    for number in (3, 4, 3, 5, 3, 4):
        times(values, number, Content(b"a", None))
    assert calls[3:] == [3, 4, 5, 4]  # what was asked for longest ago has gone
    forget()
