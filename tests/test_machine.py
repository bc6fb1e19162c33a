"""What names a machine is found in a text and hidden in a log."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from kuntakokeilu import machine


@pytest.mark.parametrize(
    "text",
    [
        "/home/meikalainen/data/a.csv",
        "see file:///home/meikalainen/a.html",
        "/Users/meikalainen/a",
        "'/scratch/project_2001/a'",
        r"C:\Users\meikalainen\a.csv",
        r'{"path": "D:\\d0123\\external\\a.csv"}',
        "D:/d0123/external",
        r"\\server\share\a",
        r'{"path": "\\\\server.domain\\share$\\a"}',
        f"in {sys.prefix}/lib",
        json.dumps(str(Path.cwd() / "a")),
    ],
)
def test_a_folder_of_a_machine_is_found(text):
    assert machine.machine_paths(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/home/page/index.html",
        "//cdn.example.org/Users/x",
        "results/demo_2021/release/estimates.csv",
        "12:30/a/b and a/b, 1/2/3",
        r'ascii:"\\x00-\\x7F",blank:" \\t",cntrl:"\\x00-\\x1F\\x7F"',
        r"new RegExp('[\\xAA\\xB5\\xC0-\\xD6]\\u02C1\\u02C6')",
        r"\\(x\\) of LaTeX, \alpha\beta",
        "the ratio n:/m",
        "data:/x",
        "M 10 10 L 20/30",
    ],
)
def test_other_texts_are_none(text):
    assert machine.machine_paths(text) == 0


def test_names_are_found_as_whole_words_only():
    patterns = machine.name_patterns({"user": ["vmeikalainen", "ann", "root"], "host": ["vm"]})
    assert set(patterns) == {"user"}
    assert patterns["user"].findall("by VMeikalainen, annual, root, x_vmeikalainen") == [
        "VMeikalainen"
    ]


def test_a_log_line_keeps_its_sense_without_the_machine(monkeypatch):
    monkeypatch.setattr(
        machine, "_own_patterns", lambda: machine.name_patterns({"user": ["vmeikalainen"]})
    )
    line = f"vmeikalainen read {Path.cwd() / 'config' / 'a.csv'} with {sys.prefix}/bin/python"
    assert machine.hidden(line).startswith(f"user read .{'/' if '/' in line else chr(92)}config")
    assert machine.machine_paths(machine.hidden(line)) == 0
    beside = f"{Path.cwd()}-other/a"  # another folder that begins alike
    assert machine.hidden(beside).endswith("-other/a")
