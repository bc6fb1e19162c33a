"""What DuckDB cannot do is told as whose fault it is; days are Finnish; spills stay near."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import duckdb
import pytest

from kuntakokeilu import duck
from kuntakokeilu.errors import InputError

SOURCE = Path(duck.__file__).parent
SECRET = "310180-123A"


def told(error):
    with duck.told("person-months", "cells.parquet: not whole ({kind})"):
        raise error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (duckdb.OutOfMemoryException(SECRET), "person-months: 4GB of memory are not enough"),
        (duckdb.IOException(f"write {SECRET}: No space left on device"), "the disk is full"),
        (duckdb.IOException(f"could not read {SECRET}"), r"not whole \(IOException\)"),
        (duckdb.InvalidInputException(f"no magic {SECRET}"), r"not whole \(InvalidInput"),
        (duckdb.ConversionException(SECRET), r"not whole \(ConversionException\)"),
    ],
)
def test_machine_and_data_are_one_line_without_the_message(error, said):
    with pytest.raises(InputError, match=said) as caught:
        told(error)
    assert SECRET not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [duckdb.ParserException, duckdb.CatalogException])
def test_a_wrong_query_is_no_fault_of_the_file(kind):
    with pytest.raises(kind):
        told(kind("no table x"))


def test_a_file_that_is_cut_off_says_so_of_the_data(tmp_path):
    con = duck.connect(tmp_path / "spill")
    path = (tmp_path / "half.parquet").as_posix()
    con.execute(f"COPY (SELECT range AS x FROM range(100000)) TO '{path}'")
    whole = Path(path).read_bytes()
    Path(path).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="not whole"), duck.told("x", "not whole"):
        con.execute(f"SELECT sum(x) FROM read_parquet('{path}')").fetchall()
    con.close()


def test_what_does_not_fit_spills_into_the_folder_given(tmp_path):
    con = duck.connect(tmp_path / "spill", memory="60MB")
    # 200 MB to sort in 60 MB: the folder must be used, and is seen while the query is open.
    con.execute("SET threads = 1")
    con.execute(
        "CREATE TEMP TABLE t AS SELECT random() AS a, repeat('x', 80) AS b FROM range(1500000)"
    )
    assert any((tmp_path / "spill").iterdir())
    con.close()


DAYS = """
import sys
from pathlib import Path
from kuntakokeilu import duck
con = duck.connect(Path(sys.argv[1]))
print(con.execute("SELECT CAST(TIMESTAMPTZ '2021-02-28 22:00:00+00' AS DATE), "
                  "strftime(TIMESTAMPTZ '2021-03-01 00:00:00+00', '%Y-%m-%d')").fetchone())
"""


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_days_do_not_depend_on_the_time_zone_of_the_machine(tmp_path, zone):
    environment = {**os.environ, "TZ": zone, "PYTHONPATH": str(SOURCE.parent)}
    command = [sys.executable, "-c", DAYS, str(tmp_path / "spill")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(datetime.date(2021, 3, 1), '2021-03-01')"


def calls(name):
    """Calls of a name in the package, with their file and keywords."""
    return [(path, given) for path, called, given in every_call() if called == name]


@cache
def every_call():
    return [
        (path.relative_to(SOURCE), ast.unparse(node.func), {each.arg for each in node.keywords})
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    ]


def test_nothing_opens_duckdb_but_by_this_policy():
    assert {path.name for path, _ in calls("duckdb.connect")} == {"duck.py"}


def test_no_temporary_folder_is_the_systems():
    """Files of persons lie beside the data they come from, on a disk that the user chose."""
    found = [*calls("tempfile.TemporaryDirectory"), *calls("TemporaryDirectory")]
    assert len(found) >= 5
    assert [path.as_posix() for path, given in found if "dir" not in given] == []
    for name in ("tempfile.mkdtemp", "tempfile.mkstemp", "tempfile.NamedTemporaryFile"):
        assert not calls(name)
