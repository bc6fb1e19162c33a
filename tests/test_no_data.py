"""What tools/no_data.py keeps out of git."""

from importlib import util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SPEC = util.spec_from_file_location("no_data", ROOT / "tools" / "no_data.py")
no_data = util.module_from_spec(SPEC)
SPEC.loader.exec_module(no_data)

EMPTY = b'{"cells": [{"cell_type": "code", "outputs": []}, {"cell_type": "markdown"}]}'
SHOWN = b'{"cells": [{"cell_type": "code", "outputs": [{"text": "12"}]}]}'


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("data/persons.csv", b"", "lies in data/"),
        ("results/demo_2021/release/estimates.csv", b"", "lies in results/"),
        ("tests/cells/cells.parquet", b"", ".parquet"),
        ("docs/PERSONS.SAV", b"", ".SAV"),
        ("config/big.csv", b"0" * 500_001, "500,001 bytes"),
        ("workflow/notebooks/results.ipynb", SHOWN, "outputs"),
    ],
)
def test_what_must_stay_outside_git_is_named(name, content, fault):
    (found,) = no_data.faults(name, content)
    assert fault in found


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data/README.md", b"where data lie"),
        ("src/kuntakokeilu/statfin/data.py", b""),
        ("workflow/notebooks/results.ipynb", EMPTY),
    ],
)
def test_the_rest_may_be_committed(name, content):
    assert no_data.faults(name, content) == []


def test_one_line_for_each_fault_and_no_success(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.zip").write_bytes(b"")
    (tmp_path / "b.py").write_bytes(b"")
    assert no_data.main(["a.zip", "b.py"]) == 1
    assert capsys.readouterr().out == "a.zip: .zip is a form of data or results\n"
    assert no_data.main(["b.py"]) == 0
