"""California's Proposition 99: published numbers of three estimators.

Abadie, Diamond & Hainmueller (2010, Journal of the American Statistical Association 105(490));
Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021, American Economic Review 111(12)), whose R
package synthdid prints -27.349, -19.620 and -15.604.
"""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.estimation.synthetic import (
    frank_wolfe_weights,
    noise_level,
    outcome_matrix,
    plain_did,
    simplex_weights,
    synthetic_control,
    synthetic_did,
)

pytestmark = pytest.mark.real_data
PRINTED = 5e-4  # half of the last printed digit


@pytest.fixture
def california(data_folder):
    rows = pd.read_csv(data_folder / "benchmarks" / "california_prop99.csv")
    frame = pd.DataFrame(
        {
            "unit": rows["State"],
            "period": pd.PeriodIndex(rows["Year"].astype(str), freq="Y"),
            "y": rows["PacksPerCapita"].astype(float),
            "w": 1.0,
            "trial": rows["State"].eq("California"),
            "cluster": rows["State"],
        }
    )
    matrix, lacks = outcome_matrix(frame, pd.Period("1989", freq="Y"))
    assert lacks == "ok"
    assert matrix.y.shape == (39, 31)
    return matrix


def as_published(matrix):
    """The stopping rule of synthdid."""
    return partial(frank_wolfe_weights, gain=1e-5 * noise_level(matrix))


def test_difference_in_differences(california):
    assert plain_did(california).estimate == pytest.approx(-27.349, abs=PRINTED)


def test_synthetic_did(california):
    fit = synthetic_did(california, as_published(california))
    assert fit.estimate == pytest.approx(-15.604, abs=PRINTED)


def test_synthetic_control(california):
    tiny = (1e-6 * noise_level(california)) ** 2 * california.before
    fit = synthetic_control(california, as_published(california), tiny)
    assert fit.estimate == pytest.approx(-19.620, abs=PRINTED)


def test_exact_weights_are_nearer_than_those_of_the_published_rule(california):
    """Where the search that was published stops, the objective still falls."""
    before = california.before
    donors, target = california.donors[:, :before].T, california.target[:before]
    exact = simplex_weights(donors, target)
    published = as_published(california)(donors, target)
    missed = [float(((donors @ weights - target) ** 2).sum()) for weights in (exact, published)]
    assert missed[0] < missed[1]
    assert synthetic_control(california).estimate == pytest.approx(-19.514, abs=PRINTED)
    assert synthetic_did(california).estimate == pytest.approx(-15.605, abs=PRINTED)
    assert np.flatnonzero(exact > 1e-6).size == 6
