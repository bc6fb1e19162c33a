"""Preflight as a user starts it: counts of differences, and nothing that anybody has written."""

from __future__ import annotations

import contextlib
import copy
import io
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kuntakokeilu.__main__ import main
from kuntakokeilu.registers import preflight

from .conftest import LINK, TABLES, Made, write

CONFIG = Path(__file__).resolve().parents[2] / "config"


def run(extract) -> tuple[int, str, str]:
    """Exit code, output and error output of the command."""
    out, err = io.StringIO(), io.StringIO()
    arguments = ["--adapter", str(extract.save_adapter()), "--root", str(extract.root)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["preflight", *arguments])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def project(root, monkeypatch):
    """The command is run in the project's folder."""
    monkeypatch.chdir(root)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_an_extract_without_fault(made, kind, monkeypatch):
    extract = made(kind)
    monkeypatch.setenv("KUNTAKOKEILU_REGISTERS", "elsewhere")  # --root goes before it
    code, out, err = run(extract)
    assert (code, err) == (0, ""), out
    assert out.splitlines()[-1] == "No fault"
    table, findings, _ = preflight(extract.open(), extract.root)
    rows = table.set_index("table")
    assert rows.loc["wages"].tolist() == [2, 2, 4, 3, 0]
    assert rows.loc["status_spells"].tolist() == [2, 2, 6, 3, 0]
    assert rows["faults"].sum() == 0
    assert set(findings["consequence"]) == {"left_out", "filled", "kept"}
    assert "to be confirmed, not seen in TAIKA: benefit_payments" in out
    assert "the extract does not have: jobseeker_diagnosis, " in out
    left = {path.name for path in extract.root.iterdir()}
    assert left == {"adapter.yaml", "files"}  # nothing is written beside the data


def test_every_difference_is_counted(made):
    tables = copy.deepcopy(TABLES)
    tables["status_spells"][2022]["tyok1"] = ["x", "y", "2"]
    tables["wages"][2020]["t101"] = ["a lot", "2"]
    extract = made(tables=tables)
    extract.file("wages", 2021).unlink()
    frame = TABLES["benefit_payments"][2021]
    renamed = frame.rename(columns={"eur": "summa"}).assign(own=1, note="x").drop(columns="pv")
    write(renamed, extract.file("benefit_payments", 2021), "parquet")
    extract.adapter["tables"]["benefit_payments"]["columns"] = {"SUMMA": "eur"}
    code, _, err = run(extract)
    assert (code, err) == (1, "")
    _, findings, _ = preflight(extract.open(), extract.root)
    found = findings.set_index(["table", "column", "rule"])["count"]
    assert found["status_spells", "tyok1", "unknown_code"] == 2
    assert found["wages", "t101", "not_a_number"] == 1
    assert found["wages", "", "file_missing"] == 1
    assert found["benefit_payments", "pv", "column_missing"] == 1
    assert found["benefit_payments", "", "column_renamed"] == 1
    assert found["benefit_payments", "", "column_extra"] == 2


def test_missing_shares_are_counts(made, tmp_path):
    _, findings, _ = preflight(made().open(), tmp_path)
    missing = findings[findings["rule"] == "missing"]
    education = missing[missing["column"] == "ututku_aste"]
    assert education[["year", "count", "total"]].values.tolist() == [[2020, 2, 2]]


def test_a_wrong_adapter_or_folder_is_one_line_and_code_2(made, capsys, tmp_path, monkeypatch):
    extract = made()
    adapter = extract.save_adapter()
    monkeypatch.setenv("KUNTAKOKEILU_REGISTERS", "elsewhere")
    assert main(["preflight", "--adapter", str(adapter), "--root", str(tmp_path / "no")]) == 2
    assert main(["preflight", "--adapter", str(adapter)]) == 2
    assert main(["preflight", "--adapter", "none.yaml", "--root", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "elsewhere: no such folder of register data" in lines[1]


TOKENS = st.text(alphabet="QXZJ", min_size=7, max_size=9)
PLACES = [
    (table, year, column, row)
    for table, frames in TABLES.items()
    for year, frame in frames.items()
    for column in frame
    for row in range(len(frame))
]


@settings(max_examples=2, deadline=None)
@example(marks=[(PLACES[0], "QXZJQXZJ")], kind="csv", cut=50)
@given(
    marks=st.lists(st.tuples(st.sampled_from(PLACES), TOKENS), min_size=3, max_size=8),
    kind=st.sampled_from(["parquet", "csv"]),
    cut=st.sampled_from([0, 50]),
)
def test_no_value_and_no_id_is_ever_printed(marks, kind, cut):
    tables = copy.deepcopy(TABLES)
    for (table, year, column, row), token in marks:
        frame = tables[table][year]
        frame[column] = [
            token if number == row else value for number, value in enumerate(frame[column])
        ]
        if kind == "parquet":
            frame[column] = frame[column].map(str)
    with tempfile.TemporaryDirectory() as folder:
        extract = Made(CONFIG, Path(folder), kind, tables)
        if cut:  # a broken file, whose reader would quote the line
            path = extract.file("benefit_payments", 2021)
            path.write_bytes(path.read_bytes()[:-cut])
        _, out, err = run(extract)
    printed = out + err
    ids = [*pd.concat(TABLES["wages"].values())["incomeEarnerShnro"], *LINK["hid_e"]]
    for secret in [*(token for _, token in marks), *ids]:
        assert secret not in printed


def test_copies_of_persons_stay_in_the_restricted_folder(made, monkeypatch, tmp_path):
    """Not in the system's folder, and nothing is left where they were."""
    folders = []
    real = tempfile.TemporaryDirectory

    def seen(*given, **named):
        folders.append(Path(named["dir"]).resolve())
        return real(*given, **named)

    extract = made("csv")  # csv is copied before it is read
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").symlink_to(CONFIG)
    monkeypatch.setattr(tempfile, "TemporaryDirectory", seen)
    code, out, _ = run(extract)
    assert code == 0, out
    restricted = tmp_path / "results" / "preflight" / "restricted"
    assert len(folders) > 4
    assert all(folder.is_relative_to(restricted) for folder in folders)
    assert not restricted.exists() and not (tmp_path / "results").exists()


def test_too_full_a_disk_is_said_before_anything_is_read(made, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10}))
    code, out, err = run(made())
    assert (code, out) == (2, "")
    assert "results/preflight/restricted/" in err and "of disk are needed" in err
    assert len(err.splitlines()) == 1
