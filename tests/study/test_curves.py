"""The specifications that are tested together are those that the figure draws."""

from __future__ import annotations

import pytest

from kuntakokeilu.report.figures.specification_curve import SPECIFICATION_CURVE
from kuntakokeilu.report.words.declaration import Declaration
from kuntakokeilu.study import curves, read_study


@pytest.mark.parametrize(
    "name", ["open_2012", "open_2017", "registers_2017", "simulated_2021", "benchmark_castle"]
)
def test_curves_are_those_drawn(config, name):
    study = read_study(config, name)
    assert list(curves(study)) == SPECIFICATION_CURVE.when(Declaration(study.describe()))


def test_other_questions_series_and_placebos_are_no_specifications(config):
    (mine,) = curves(read_study(config, "open_2017")).values()
    names = [one.estimand.partition(".")[2] for one in mine]
    alike = ("by_size", "by_covariates", "overlap")
    assert names == [
        "main", "area_weights", "persons_frozen_weights", "two_by_two",
        *(f"{name}{weights}" for name in alike for weights in ("", "_area", "_persons")),
    ]  # fmt: skip
