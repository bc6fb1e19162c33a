"""Snakemake's events become the lines that run.py shows."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest
from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

from snakemake_logger_plugin_kuntakokeilu import LogHandler, told

SNAKEFILE = """
rule good:
    output: "good.txt"
    message: "Making a {wildcards}good file"
    shell: "echo made > {output}"
rule bad:
    input: "good.txt"
    output: "bad.txt"
    log: "logs/bad.log"
    shell: "exit 3"
"""


def record(message=None, **facts):
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, message, None, None)
    vars(made).update(facts)
    return made


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        (record(event=LogEvent.JOB_INFO, rule_msg=" Collapsing "), ["note: Collapsing"]),
        (record(event=LogEvent.JOB_INFO, rule_msg=None), []),
        (record(event=LogEvent.PROGRESS, done=3, total=12), ["note: 3 of 12 steps (25%) done"]),
        (record(event=LogEvent.JOB_ERROR, log=["a.log", "b.log"]), ["log: a.log", "log: b.log"]),
        (record(event=LogEvent.ERROR, exception="WorkflowError"), []),
        (record(NOTHING_TO_BE_DONE_MSG), ["note: Everything is up to date"]),
        (record("host: desktop"), []),
    ],
)
def test_only_what_a_user_can_use_is_told(made, lines):
    assert list(told(made)) == [f"kuntakokeilu: {line}" for line in lines]


def test_a_lock_is_told_with_the_way_out():
    (line,) = told(record("LockException:", event=LogEvent.ERROR, exception="LockException"))
    assert line.startswith("kuntakokeilu: error: another run")
    assert line.endswith("run.py results --unlock`")


def test_snakemake_finds_the_plugin():
    assert LoggerPluginRegistry().get_plugin("kuntakokeilu").log_handler is LogHandler


def test_a_run_says_its_steps_and_the_log_of_the_step_that_failed(tmp_path, root):
    (tmp_path / "Snakefile").write_text(SNAKEFILE, encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--logger", "kuntakokeilu", "--cores", "1"]
    environment = dict(os.environ, PYTHONPATH=str(root / "src"))

    def lines(target):
        how = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
        done = subprocess.run([*command, target], check=False, **how)
        return done.returncode, done.stderr.splitlines()

    code, said = lines("bad.txt")
    assert code == 1
    assert "Error in rule bad:" in said
    assert [line for line in said if "None" in line] == []
    assert [line for line in said if line.startswith("kuntakokeilu: ")] == [
        "kuntakokeilu: note: Making a good file",
        "kuntakokeilu: note: 1 of 2 steps (50%) done",
        "kuntakokeilu: log: logs/bad.log",
    ]
    assert lines("good.txt")[1][-1] == "kuntakokeilu: note: Everything is up to date"
