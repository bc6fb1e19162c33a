"""What must stand beside every main number of a study follows from its configuration alone."""

from pathlib import Path

import pytest

from kuntakokeilu.estimation.estimate import CLUSTERS, PERMUTATIONS
from kuntakokeilu.estimation.few_clusters import kinds_of
from kuntakokeilu.study import read_study

STUDIES = ("open_2012", "open_2017", "open_2021", "open_nurse_copayment", "demo_2021")
FEWEST = 4  # kinds of inference


@pytest.fixture(params=STUDIES)
def study(request):
    return read_study(Path("config"), request.param)


def main(study):
    return [one for one in study.estimands if one.role == "main"]


def inferences(estimand):
    """Name the kinds that an estimand has wherever its data bear them."""
    method = estimand.method
    dealt = PERMUTATIONS if method.dealt and estimand.comparison_rule.balance is None else {}
    return {*CLUSTERS, *kinds_of(method), *dealt}


def test_main_numbers_are_single_ones_with_several_inferences(study):
    assert main(study)
    for one in main(study):
        assert not one.method.series, one.estimand
        assert len(inferences(one)) >= FEWEST, one.estimand


def test_main_numbers_have_bounds_and_false_starts(study):
    """Where the data leave none, the released tables then say why."""
    asked = study.settings.bounds
    assert any(value <= 1 for value in asked.relative_magnitudes) and asked.smoothness
    assert study.settings.false_starts is not None


def test_main_numbers_can_be_held_against_the_size_of_their_controls(study):
    """Overlap is told of what is known of units before the start: their weight at least."""
    source = study.settings.source
    known = [getattr(source, name, None) for name in ("frozen_weight", "weight", "panel")]
    assert any(known)
    weights = {one.weights for one in main(study)}
    assert "persons_frozen" in weights


def test_an_estimator_without_dealing_would_have_too_few_kinds(study):
    """What the count above is about: the kinds of imputation without deals are three."""
    one = main(study)[0].model_copy(update={"estimator": "callaway_santanna_average"})
    assert len(inferences(one)) < FEWEST
