"""The demonstration recovers the effects that were put into it."""

from functools import cache

import pytest

from kuntakokeilu.cells import build_cells
from kuntakokeilu.contracts import CELLS, conform
from kuntakokeilu.estimation import estimate

from .build import build_study

OUTCOMES = ["employment_rate", "benefit_cost", "social_assistance_rate"]
WEIGHTS = ["main", "area_weights", "persons_frozen_weights"]


@pytest.fixture
def demo(config):
    return build_study(config, None, "demo_2021")


@cache
def estimates(config, outcome, flip=False):
    """The main estimates of an outcome and their standard errors, perhaps with flipped arms."""
    built = build_study(config, None, "demo_2021")
    units = flipped(built.units) if flip else built.units
    estimands = [built.estimand(f"{outcome}.{name}") for name in WEIGHTS]
    rows, _ = estimate(built.cells[outcome], units, built.counts, estimands)
    rows = rows[rows["inference"] == "cluster_area"]
    return rows["estimate"].to_numpy(float), rows["std_error"].to_numpy(float)


def flipped(units):
    trial, other = (units["arm"] == arm for arm in ("trial", "control"))
    start = units.loc[trial, "first_treated"].iloc[0]
    arm = units["arm"].replace({"trial": "control", "control": "trial"})
    return units.assign(
        arm=arm, first_treated=units["first_treated"].mask(trial).mask(other, start)
    )


def far(config, outcome, truth, flip=False):
    """Distance of each main estimate from the truth, in standard errors."""
    found, std_errors = estimates(config, outcome, flip)
    return abs(found - truth) / std_errors


def effect(built, outcome):
    return built.study.settings.source.outcomes[outcome].effect


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_effect_is_within_two_standard_errors(config, demo, outcome):
    assert far(config, outcome, effect(demo, outcome)).max() <= 2


@pytest.mark.parametrize(
    ("outcome", "other"),
    [
        ("employment_rate", "benefit_cost"),
        ("benefit_cost", "social_assistance_rate"),
        ("social_assistance_rate", "employment_rate"),
    ],
)
def test_the_effect_of_another_outcome_is_not_recovered(config, demo, outcome, other):
    assert far(config, outcome, effect(demo, other)).min() > 2


@pytest.mark.parametrize("outcome", ["employment_rate", "benefit_cost"])
def test_arms_that_change_places_are_noticed(config, demo, outcome):
    assert far(config, outcome, effect(demo, outcome), flip=True).min() > 2


def test_noise_free_panel_returns_the_effect_to_rounding(demo):
    settings = demo.study.settings
    quiet = settings.source.outcomes["employment_rate"].model_copy(
        update={"area_shock_sd": 0.0, "unit_shock_sd": 0.0, "person_sd": 0.0}
    )
    source = settings.source.model_copy(update={"outcomes": {"employment_rate": quiet}})
    settings = settings.model_copy(update={"source": source})
    outcome = demo.study.outcomes["employment_rate"]
    span = demo.study.span_of("employment_rate")
    cells = conform(build_cells(settings, outcome, span, {}, demo.units, None), CELLS)
    estimands = [demo.estimand(f"employment_rate.{name}") for name in [*WEIGHTS, "two_by_two"]]
    rows, _ = estimate(cells, demo.units, demo.counts, estimands)
    assert rows["estimate"].to_numpy() == pytest.approx(quiet.effect, abs=1e-9)
