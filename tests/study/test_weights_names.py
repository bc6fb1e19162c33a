"""Weights have one name in a study, that of its kind of unit, whichever a row uses."""

from __future__ import annotations

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.study import read_study

ROW = "rate.main,rate,{comparison},{weights},{estimator}"
MINE = {"comparison": "mainland", "estimator": "two_way_fixed_effects"}
PANEL = {"comparison": "all", "estimator": "two_by_two"}


def weights(folder, replace, study, row, written):
    old = ROW.format(weights="municipality", **row)
    replace(f"{study}/estimands.csv", old, ROW.format(weights=written, **row))
    return read_study(folder, study).estimands[0].weights


@pytest.mark.parametrize(
    ("written", "municipal", "other"),
    [
        ("unit", "municipality", "unit"),
        ("municipality", "municipality", "unit"),
        ("", "municipality", "unit"),
        ("cluster", "area", "cluster"),
        ("area", "area", "cluster"),
    ],
)
def test_weights_are_called_as_the_kind_of_unit_calls_them(
    own_config, replace, written, municipal, other
):
    assert weights(own_config, replace, "mine", MINE, written) == municipal
    assert weights(own_config, replace, "panel", PANEL, written) == other


@pytest.mark.parametrize(("study", "row"), [("mine", MINE), ("panel", PANEL)])
def test_a_message_lists_names_that_go_with_any_unit(own_config, replace, study, row):
    with pytest.raises(InputError) as caught:
        weights(own_config, replace, study, row, "equal")
    told = str(caught.value)
    assert "expected 'unit', 'cluster', 'persons_frozen' or 'persons_current'" in told
    assert "municipality" not in told.partition("expected")[2]
