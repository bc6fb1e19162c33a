"""Every command takes its study as its first word or by --study, wherever that stands."""

from __future__ import annotations

from importlib import util
from pathlib import Path

import pytest

from kuntakokeilu.commands.line import parser

SPEC = util.spec_from_file_location("run_words", Path(__file__).resolve().parents[1] / "run.py")
run = util.module_from_spec(SPEC)
SPEC.loader.exec_module(run)


@pytest.mark.parametrize("command", ["results", "design", "fetch"])
@pytest.mark.parametrize(
    "words",
    [["open_2017"], ["--study", "open_2017"], ["--study=open_2017"]],
)
def test_a_study_is_named_in_either_way(command, words):
    assert run.parser().parse_args(run.study_first([command, *words])).study == "open_2017"


def test_options_may_stand_before_and_behind():
    for words in (
        ["results", "open_2017", "--cores", "2", "--only", "release"],
        ["results", "--cores", "2", "--study", "open_2017", "--only", "release"],
        ["results", "--cores", "2", "--only", "release", "open_2017"],
    ):
        found = run.parser().parse_args(run.study_first(words))
        assert (found.study, found.cores, found.only) == ("open_2017", 2, "release")


def test_without_a_study_the_demonstration_is_made_and_no_other_command_guesses(capsys):
    assert run.parser().parse_args(run.study_first(["results"])).study == "demo_2021"
    for command in ("design", "fetch"):
        with pytest.raises(SystemExit):
            run.parser().parse_args(run.study_first([command]))
        assert "required: STUDY" in capsys.readouterr().err


def test_several_studies_of_an_update():
    for words in (["--study", "a", "b", "--url", "x"], ["--url", "x", "--study", "a", "b"]):
        found = run.parser().parse_args(run.study_first(["update", *words]))
        assert (found.study, found.url) == (["a", "b"], "x")


def test_two_studies_are_one_too_many(capsys):
    with pytest.raises(SystemExit):
        run.parser().parse_args(run.study_first(["results", "open_2012", "--study", "open_2017"]))
    assert "unrecognized arguments: open_2012" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["check"], "name"),
        (["lock", "--again"], "name"),
        (["unblind"], "name"),
        (["leaks"], "study"),
        (["attack", "--earlier", "old"], "study"),
        (["release"], "study"),
        (["pack-report"], "study"),
        (["preflight", "--root", "files"], "study"),
    ],
)
def test_commands_of_the_package_take_it_too(words, name):
    found = parser().parse_args(run.study_first([*words, "--study", "open_2017"]))
    assert getattr(found, name) == "open_2017"


def test_what_stands_beside_a_study_stays_beside_it():
    words = ["trace", "--study", "open_2017", "unemployed.main"]
    found = parser().parse_args(run.study_first(words))
    assert (found.study, found.estimand) == ("open_2017", "unemployed.main")
    found = parser().parse_args(run.study_first(["leaks", "a.csv", "--study", "open_2017"]))
    assert (found.study, found.files) == ("open_2017", ["a.csv"])
