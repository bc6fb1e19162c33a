"""What a twin had to be found, and what was: no word says more than interval and truth do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuntakokeilu.contracts import TRUTH, conform
from kuntakokeilu.report.tables import found, validation

KEY = ["estimand", "term", "event_time", "window"]


def row(truth, low, high, detectable=1.0, status="ok"):
    return {
        "truth": truth,
        "estimate": (low + high) / 2,
        "ci_low": low,
        "ci_high": high,
        "minimum_detectable_effect": detectable,
        "status": status,
    }


@pytest.mark.parametrize(
    ("given_row", "word"),
    [
        (row(2.0, 1.0, 3.0), "found"),
        (row(0.5, 0.1, 0.9), "found"),  # smaller than the detectable one, and yet found
        (row(2.0, -1.0, 3.0), "missed"),
        (row(0.5, -1.0, 2.0), "too_small"),
        (row(0.0, -1.0, 1.0), "none"),
        (row(0.0, 0.2, 1.0), "false_alarm"),
        (row(-2.0, 0.2, 1.0), "wrong_sign"),
        (row(2.0, 1.0, 3.0, status="failed_diagnostic"), "failed_check"),
        (row(2.0, np.nan, np.nan, status="suppressed"), "hidden"),
        (row(2.0, -1.0, 3.0, detectable=np.nan), "too_small"),
    ],
)
def test_each_case_has_its_word(given_row, word):
    assert found.verdict(given_row) == word


@given(
    st.floats(-5, 5),
    st.floats(-5, 5),
    st.floats(0.01, 5),
    st.floats(0.01, 5),
)
def test_an_interval_that_covers_zero_is_never_a_finding(truth, middle, half, detectable):
    one = row(truth, middle - half, middle + half, detectable)
    word = found.verdict(one)
    if one["ci_low"] <= 0 <= one["ci_high"]:
        assert word in ("missed", "too_small", "none")
        assert word != "none" or abs(truth) <= detectable / 1_000
    else:
        assert word in ("found", "false_alarm", "wrong_sign")


def test_one_row_of_those_that_differ_in_weights_alone(make, english):
    release = make.build(
        [
            *make.number("main", -0.14, 0.33),
            *make.number("persons", 0.6, 0.3, weights="persons_frozen"),
            *make.number("placebo", 0.05, 0.3, 0.7, role="placebo"),
        ]
    )
    rows = release.estimates.drop_duplicates(KEY)[KEY]
    compared = validation.against_truth(release, conform(rows.assign(truth=0.2), TRUTH))
    table = found.found_table(release, compared, english)
    assert len(table) == 1
    assert table.iloc[0, 3] == "+0.20"
    sentence = found.found_sentence(release, compared, english)
    assert sentence.startswith("True effects that were found: ")
