"""What run.py says of a release."""

from __future__ import annotations

from importlib import util
from pathlib import Path

import pytest

from kuntakokeilu.commands.line import parser as main_parser

SPEC = util.spec_from_file_location("run_lines", Path(__file__).resolve().parents[1] / "run.py")
run = util.module_from_spec(SPEC)
SPEC.loader.exec_module(run)


def estimate(name):
    numbers = {"estimate": "0.08181", "std_error": "0.0589", "ci_low": "", "ci_high": ""}
    return {"estimand": name, "leading": "True", "term": "att", "inference": "cr2_area"} | numbers


def check(verdict, name, placebo=""):
    return {"estimand": "y.main", "check": name, "verdict": verdict, "placebo": placebo}


def test_options_of_new_study_lead_to_it(capsys):
    for option in run.OF_NEW_STUDY:
        for given in ([option, "x"], [f"{option}=x"]):
            with pytest.raises(SystemExit):
                run.parser().parse_args(["results", *given])
            said = capsys.readouterr().err
            assert said.endswith(
                f"; {option} is an option of run.py new-study, which makes a study\n"
            )
    with pytest.raises(SystemExit):
        run.parser().parse_args(["results", "--wait", "x"])
    assert capsys.readouterr().err.endswith("unrecognized arguments: --wait; see run.py --help\n")


def test_every_option_of_new_study_is_known():
    asked = main_parser()._subparsers._group_actions[0].choices["new-study"]._actions
    there = {option for action in asked for option in action.option_strings}
    assert set(run.OF_NEW_STUDY) == there - {"-h", "--help"}


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
