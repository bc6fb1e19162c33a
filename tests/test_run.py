"""What run.py says of a release."""

from __future__ import annotations

from importlib import util
from pathlib import Path

import pytest

SPEC = util.spec_from_file_location("run_lines", Path(__file__).resolve().parents[1] / "run.py")
run = util.module_from_spec(SPEC)
SPEC.loader.exec_module(run)


def estimate(name):
    numbers = {"estimate": "0.08181", "std_error": "0.0589", "ci_low": "", "ci_high": ""}
    return {"estimand": name, "leading": "True", "term": "att", "inference": "cr2_area"} | numbers


def check(verdict, name, placebo=""):
    return {"estimand": "y.main", "check": name, "verdict": verdict, "placebo": placebo}


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([check("warn", "pre_trend"), check("pass", "few_clusters")], ""),
        (
            [check("fail", "few_clusters"), check("fail", "placebo", "y.placebo_2004")],
            "; fails: few clusters; y.placebo_2004 (diagnostics.csv)",
        ),
        ([check("fail", "of_tomorrow")], "; fails: of_tomorrow (diagnostics.csv)"),
    ],
)
def test_a_number_that_fails_a_check_says_so_beside_it(checks, said):
    lines = run.numbers([estimate("y.main"), estimate("y.other")], run.failures(checks))
    number = "0.0818, standard error 0.0589, interval none to none (cr2_area)"
    assert lines == [f"y.main: {number}{said}", f"y.other: {number}"]
