"""What a study may ask of judged designs, and of overlap, and what it is told where it may not."""

import re
import shutil

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.study import read_study

NAME = "open_2017"


@pytest.fixture
def changed(config, tmp_path):
    """Read the study with some text of study.yaml replaced."""

    def read(old, new):
        copy = tmp_path / "config"
        shutil.copytree(config, copy)
        path = copy / "studies" / NAME / "study.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return read_study(copy, NAME)

    return read


def test_cells_reach_back_to_the_years_before(config):
    study = read_study(config, NAME)
    assert study.span_of("unemployment_rate")[0] == "2007-01"
    assert study.compared_span_of("unemployment_rate")[0] == "2013-08"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[unemployment_rate.main,", "[unemployment_rate.none,", "no row unemployment_rate.none"),
        (
            "[unemployment_rate.main,",
            "[unemployment_rate.by_month,",
            "has the estimator event_study; expected two_way_fixed_effects",
        ),
        (
            "[unemployment_rate.main,",
            "[unemployment_rate.by_size,",
            "unemployment_rate.by_size has covariates; expected none",
        ),
        (
            "[unemployment_rate.main,",
            "[unemployment_rate.placebo_2015,",
            "unemployment_rate.placebo_2015 has start; expected none",
        ),
        ("aged_15_64, morbidity]", "morbidity_trend]", "morbidity_trend is a trend"),
        ("aged_15_64, morbidity]", "weather]", "weather is not a covariate"),
        ("size: population", "size: weather", "weather is not a covariate"),
        ("first_period: 2007-01", "first_period: 2016-01", "expected a period before 2015-08"),
        (
            "covariates: [population, unemployment, tertiary, unemployment_trend]}",
            "covariates: [weather]}",
            "comparisons.overlap.overlap.covariates: weather is no covariate",
        ),
        (
            "designs_judged: #",
            "  other: {overlap: {size: true}}\ndesigns_judged: #",
            "comparisons.other.overlap: differs from that of another comparison",
        ),
    ],
)
def test_what_does_not_fit_is_told_by_its_place(changed, old, new, said):
    with pytest.raises(InputError, match=re.escape(said)):
        changed(old, new)
