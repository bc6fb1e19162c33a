"""One record of an estimator is all that study, estimation and reports know of it."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from kuntakokeilu.estimation import DESIGNS
from kuntakokeilu.estimation.few_clusters import KINDS
from kuntakokeilu.facts.estimators import ESTIMATORS
from kuntakokeilu.report.figures.registry import FIGURES
from kuntakokeilu.study.estimands import EstimandRow


def test_each_estimator_has_a_design_and_the_other_way_round():
    assert list(DESIGNS) == list(ESTIMATORS)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_is_explained_where_a_study_names_it(name, root):
    labels = (root / "config" / "labels" / "terms.csv").read_text(encoding="utf-8")
    assert f"\nestimator.{name}," in labels
    template = (root / "config" / "template" / "study.yaml").read_text(encoding="utf-8")
    assert re.search(rf"\b{name}\b", template)
    assert f"| `{name}` |" in (root / "docs" / "methods.md").read_text(encoding="utf-8")


def test_every_term_has_its_kinds_of_inference():
    assert set(KINDS) == {estimator.term for estimator in ESTIMATORS.values()}


def test_a_series_is_drawn_and_a_single_number_is_not():
    for name, estimator in ESTIMATORS.items():
        assert (estimator.figure in FIGURES) == estimator.series, name


def row(estimator: str, **more: str) -> EstimandRow:
    return EstimandRow(
        estimand="y.main", outcome="y", comparison="all", estimator=estimator, role="main", **more
    )


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_row_takes_the_names_of_the_records_and_knows_its_own(name):
    assert row(name).method is ESTIMATORS[name]


def test_a_name_without_a_record_is_told_those_that_there_are():
    with pytest.raises(ValidationError, match="'two_by_two', 'two_way_fixed_effects'"):
        row("magic")


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_base_goes_with_estimators_that_have_one(name):
    if ESTIMATORS[name].base:
        assert row(name, base_last="2020-12").base_last == "2020-12"
    else:
        with pytest.raises(ValidationError, match="base_last: goes with the estimator event_study"):
            row(name, base_last="2020-12")
