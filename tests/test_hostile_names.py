"""Names that a user or an extract gives never become SQL, a path elsewhere, or a command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuntakokeilu.disclosure.ids import ids_of_tables
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts.basics import NAME_PATTERN
from kuntakokeilu.panel.database import load
from kuntakokeilu.plan import make_plan
from kuntakokeilu.registers.files import literal, quote, scan
from kuntakokeilu.report.tables.leading import html_table
from kuntakokeilu.study import read_study

HOSTILE = [
    "'; DROP TABLE kept; --",
    '"; DROP TABLE kept; --',
    "a' OR '1'='1",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "<script>alert(1)</script>",
    "../../pwned",
    "..\\pwned",
    "/etc/passwd",
    "C:\\pwned",
    "a\nb",
    "%s{x}",
]
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        yield con


@given(TEXT)
@settings(deadline=None)
def test_a_text_stays_a_text_in_sql(con, text):
    assert con.execute(f"SELECT {literal(text)}").fetchone() == (text,)


@given(TEXT.filter(bool))
@settings(deadline=None)
def test_a_name_stays_a_name_in_sql(con, text):
    con.execute(f"CREATE OR REPLACE TABLE t ({quote(text)} INTEGER)")
    assert con.execute("FROM t").description[0][0] == text


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", [one.replace("/", "|") for one in HOSTILE])
def test_files_in_folders_of_such_names_are_read(name, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    frame = pd.DataFrame({"person": ["932811662590"], "kind": ["x"]})
    paths = [folder / f"{name}.parquet", folder / "search_spells.parquet"]
    for path in paths:
        frame.to_parquet(path)
    for needed in ("persons_yearly", "jobseekers", "status_spells"):
        frame.to_parquet(folder / f"{needed}.parquet")
    with duckdb.connect() as con:
        con.execute("CREATE TABLE kept AS SELECT 1")
        assert con.execute(f"SELECT count(*) FROM {scan(*paths)}").fetchone() == (2,)
        paths[0].unlink()
        load(con, [folder])
        assert con.execute("SELECT count(*) FROM search_spells").fetchone() == (1,)
        assert con.execute("FROM kept").fetchone() == (1,)
    assert len(ids_of_tables({paths[1]: ["person"]}).hashes) == 1


@pytest.mark.parametrize("name", [*HOSTILE, "", ".", "..", "Demo", "a b", "é", "demo_2021/"])
def test_no_study_has_such_a_name(name, config, monkeypatch, root):
    monkeypatch.chdir(root)
    for read in (lambda: read_study(config, name), lambda: make_plan(name)):
        with pytest.raises(InputError):
            read()


@given(st.from_regex(NAME_PATTERN.rstrip("$") + r"\Z"))
def test_a_name_of_a_study_is_safe_in_paths_sql_and_commands(name):
    assert name.isascii() and name.replace("_", "a").isalnum()
    assert literal(name) == f"'{name}'" and Path(name).name == name


@pytest.mark.parametrize("name", HOSTILE)
def test_run_refuses_such_a_study_before_anything_runs(name, root, tmp_path):
    command = [sys.executable, root / "run.py", "results", "--study", name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "is no name of a study" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", HOSTILE)
def test_no_such_name_becomes_markup(name):
    html = html_table(pd.DataFrame({name: [name]}), name)
    assert "<script" not in html and "<table>" in html
