"""Samples drawn once for many estimands are those drawn for each alone."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.estimation import (
    Sampler,
    draw_sample,
    estimate_one,
    missing_cells,
    samples_table,
)

from .followed import asked
from .populations import both, relative

ONE = {"population": "eligible", "design": "targeted"}
ASKED = [
    asked(1, 4, **ONE),
    asked(1, 4, **ONE, weights="persons_frozen", seed=7),
    asked(1, 4, **ONE, estimator="event_study"),
    asked(1, 4, **ONE, estimator="elapsed_effects", periods_per_bin=2),
    asked(1, 4, **ONE, estimator="elapsed_effects", periods_per_bin=4),
    asked(1, 3, **ONE),
    asked(1, 4, **ONE, strata="by_age"),
    asked(1, 4, **ONE, first_period="2019-02", last_period="2021-02"),
    relative(0.0),
    relative(0.5),
    asked(1, 4, population="others", design="spillover"),
]


@pytest.fixture(scope="module")
def tabled():
    cells, units, _ = both(("2018-02", "2019-02", "2021-02"), (1, 2, 3, 4))
    gone = cells["unit"].eq("u03") & cells["cohort"].eq("2018-02") & cells["elapsed"].eq(2)
    return cells.assign(mean=cells["mean"].mask(gone)), units


def test_a_sample_is_the_same_whoever_asked_before(tabled):
    sampler = Sampler(*tabled)
    for estimand in [*ASKED, *reversed(ASKED)]:
        drawn, alone = sampler.draw(estimand), draw_sample(*tabled, estimand)
        pd.testing.assert_frame_equal(drawn.frame, alone.frame, check_exact=True)
        assert drawn.estimand == estimand
        assert sampler.missing(estimand) == missing_cells(*tabled, estimand)


def test_what_is_not_of_the_rows_draws_no_sample_again(tabled):
    sampler = Sampler(*tabled)
    first = sampler.draw(ASKED[0]).frame
    named = {"estimand": "y.again", "seed": 9, "role": "robustness", "spillover_share": None}
    assert sampler.draw(ASKED[0].model_copy(update=named)).frame is first
    placebo = ASKED[0].model_copy(update={"role": "placebo", "start": "2020-03"})
    with pytest.raises(InputError, match="a placebo must end before"):
        sampler.draw(placebo)


def test_the_units_before_the_start_have_the_baseline_mean():
    """Of a contrast they are those of the population itself."""
    cells, units, counts = both(("2018-02", "2019-02", "2021-02"), (1, 2, 3, 4))
    for at in (0, 8):
        estimand = ASKED[at]
        table = samples_table(counts, [estimand], Sampler(cells, units))
        own = table[table["population"].eq(estimand.population) & table["before"].notna()]
        trial = units.loc[units["arm"].eq("trial"), "unit"]
        assert len(own) and set(own["unit"]) <= set(trial)
        assert own["before"].nunique() == 1 and (own["n_before"] <= own["n_persons"]).all()
        found = estimate_one(cells, units, counts, estimand)[0]["baseline_mean"].dropna().unique()
        assert found == pytest.approx([own["mean_before"].mean()])
