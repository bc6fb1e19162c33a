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


DIGITS = "010203999"  # a code given for a time, which is nobody's; not written out, as it counts
CODE = f"{DIGITS[:6]}A{DIGITS[6:]}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(DIGITS) % 31]}"


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("data/persons.csv", b"", "lies in data/"),
        ("results/demo_2021/release/estimates.csv", b"", "lies in results/"),
        ("tests/cells/cells.parquet", b"", ".parquet"),
        ("docs/PERSONS.SAV", b"", ".SAV"),
        ("config/big.csv", b"0" * 500_001, "500,001 bytes"),
        ("workflow/notebooks/results.ipynb", SHOWN, "outputs"),
        ("docs/notes.md", f"the client {CODE} said".encode(), "a personal identity code"),
        ("docs/notes.txt", f"the client {CODE} sade ä".encode("latin-1"), "a personal identity"),
        (f"docs/{CODE}.md", b"", "a personal identity code"),
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
        ("docs/safe_working.md", b"such as 131052-308T, the authority's example"),
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


def test_a_link_out_of_the_project_and_a_name_that_tells_are_refused(tmp_path, monkeypatch, capsys):
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    (tmp_path / "persons.csv").write_bytes(b"")
    (project / f"{CODE}.txt").write_bytes(b"")
    try:
        (project / "a.csv").symlink_to(tmp_path / "persons.csv")
        (project / "b.txt").symlink_to(project / f"{CODE}.txt")
    except OSError:
        pytest.skip("no links here")
    assert no_data.main(["a.csv", "b.txt", f"{CODE}.txt"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "a.csv: is a link that leads out of the project",
        "a file: has a personal identity code",
    ]


def test_nothing_that_git_keeps_is_refused(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert no_data.main([]) == 0, capsys.readouterr().out
