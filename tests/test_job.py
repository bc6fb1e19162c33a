"""A step of the workflow: one readable line for the user, everything else in the log."""

from __future__ import annotations

import errno
import logging
import warnings

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.job import job
from kuntakokeilu.machine import machine_paths


def test_bad_input_is_one_line_and_code_1(tmp_path, capsys):
    log = tmp_path / "logs" / "step.log"
    with pytest.raises(SystemExit) as ended, job(log):
        raise InputError("x.csv, row 2: wrong")
    assert ended.value.code == 1
    assert capsys.readouterr().err == "kuntakokeilu: error: x.csv, row 2: wrong\n"
    assert log.read_text(encoding="utf-8") == "ERROR x.csv, row 2: wrong\n"


def test_a_fault_of_the_program_points_to_its_log(tmp_path, capsys):
    log = tmp_path / "step.log"
    with pytest.raises(SystemExit), job(log):
        raise KeyError("unit 391")
    error = capsys.readouterr().err
    assert error.splitlines() == [
        f"kuntakokeilu: error: KeyError in this program; see {log.as_posix()}"
    ]
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_a_log_holds_no_value_of_an_error_nor_of_those_before_it(tmp_path):
    log = tmp_path / "step.log"
    with pytest.raises(SystemExit), job(log):
        try:
            float("131052-308T")
        except ValueError as error:
            raise KeyError("932811662590") from error
    text = log.read_text(encoding="utf-8")
    assert "builtins.ValueError" in text and "builtins.KeyError" in text
    assert 'float("131052-308T")' in text  # a line of code, which is no datum
    assert "could not convert" not in text and "KeyError: " not in text
    assert text.count("932811662590") == 1  # again the line of code


def test_a_log_names_nothing_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("KUNTAKOKEILU_DATA", str(tmp_path / "vault"))
    monkeypatch.setenv("KUNTAKOKEILU_REGISTERS", "D:\\registers")
    log = tmp_path / "step.log"
    with job(log) as logger:
        logger.info("%s and %s", tmp_path / "vault" / "a.csv", "D:\\registers\\wages.dta")
        logger.info("from %s", log.resolve())
        warnings.warn("of a module", stacklevel=1)
    text = log.read_text(encoding="utf-8")
    assert "INFO data/a.csv and registers\\wages.dta" in text.replace(chr(92) * 2, chr(92))
    assert machine_paths(text) == 0


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "no room left on the disk"), (errno.EACCES, "no permission to read or write")],
)
def test_what_the_system_refuses_is_no_fault_of_the_program(tmp_path, capsys, number, said):
    with pytest.raises(SystemExit), job(tmp_path / "step.log"):
        raise OSError(number, "in the system's words", "out/cells.parquet")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"kuntakokeilu: error: out/cells.parquet: {said}")


def test_a_log_that_cannot_be_written_is_told_in_one_line(tmp_path, capsys):
    (tmp_path / "logs").write_text("a file", encoding="utf-8")
    with pytest.raises(SystemExit), job(tmp_path / "logs" / "step.log"):
        pass
    (line,) = capsys.readouterr().err.splitlines()
    assert "logs" in line and "Errno" not in line


def test_a_message_is_one_line_whatever_it_names():
    assert str(InputError("row 2:\n a\tb\x1b[0m  c")) == "row 2: a b [0m c"


def test_warnings_end_in_the_log_and_leave_nothing_behind(tmp_path, capsys):
    before = list(logging.getLogger("py.warnings").handlers), list(warnings.filters)
    log = tmp_path / "step.log"
    with job(log) as logger:
        warnings.warn("mind this", stacklevel=1)
        logger.info("read %d rows", 3)
    text = log.read_text(encoding="utf-8")
    assert "mind this" in text
    assert text.endswith("INFO read 3 rows\nINFO done\n")
    assert capsys.readouterr().err == ""
    assert before == (list(logging.getLogger("py.warnings").handlers), list(warnings.filters))
