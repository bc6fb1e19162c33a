"""Files: strict on the way in, whole or not at all on the way out."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from kuntakokeilu.contracts import COUNTS
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import (
    data_file,
    read_csv,
    read_table,
    read_yaml,
    write_csv,
    write_json,
    write_table,
    write_text,
)

GOOD = "code,month,value\n005,2021-01,1.5\n009,2021-01,2.5\n"
COLUMNS = ("code", "month", "value")


def save(folder, content, name="file.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


# Reading CSV -------------------------------------------------------------------------------------

BAD_FILES = {
    "empty": ("", "file is empty"),
    "only line ends": ("\n\n", "file is empty"),
    "header only": ("code,month,value\n", "header but no rows"),
    "semicolons": (GOOD.replace(",", ";"), "expected a comma between columns"),
    "tabs": (GOOD.replace(",", "\t"), "expected a comma between columns"),
    "no such column": (GOOD.replace("value", "rate"), "column value is missing; found code, month"),
    "latin-1": ("code,month,value\nÄänekoski,2021-01,1\n".encode("latin-1"), "not UTF-8"),
    "utf-16": (GOOD.encode("utf-16"), "not UTF-8"),
    "cut in a field": (GOOD[:-10], "row 3: expected 3 fields as in the header, found"),
    "cut after a comma": ("code,month,value\n005,2021-01\n", "row 2: expected 3 fields"),
    "cut in quotes": (GOOD + '"005,2021-02,3.5', "not a whole CSV file"),
    "decimal comma in every row": (GOOD.replace(".", ","), "row 2: expected 3 fields"),
    "decimal comma in one row": (GOOD.replace("2.5", "2,5"), "row 3: expected 3 fields"),
}


@pytest.mark.filterwarnings("ignore:file.csv. no line end")
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_told_in_one_line(tmp_path, case):
    content, expected = BAD_FILES[case]
    with pytest.raises(InputError) as caught:
        read_csv(save(tmp_path, content), COLUMNS)
    message = str(caught.value)
    assert message.startswith("file.csv")
    assert expected in message
    assert len(message.splitlines()) == 1


def test_a_header_with_a_column_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"file.csv: column value stands in the header twice"):
        read_csv(save(tmp_path, GOOD.replace("month", "value", 1)), ["value"])


@pytest.mark.parametrize("read", [read_csv, read_yaml])
def test_a_folder_and_a_link_in_a_circle_are_told_as_such(tmp_path, read):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    with pytest.raises(InputError, match=r"folder.csv: a folder; expected a file"):
        read(tmp_path / "folder.csv")
    with pytest.raises(InputError, match=r"loop.csv: a symbolic link that leads back to itself"):
        read(tmp_path / "loop.csv")
    with pytest.raises(InputError, match=r": a name that is too long"):
        read(tmp_path / ("x" * 300))


def test_what_stands_in_place_of_a_header_is_not_quoted(tmp_path):
    row = "010190-123A,Maija,1990-01-01\n"
    with pytest.raises(InputError) as caught:
        read_csv(save(tmp_path, row * 2), COLUMNS)
    assert "Maija" not in str(caught.value) and "0101" not in str(caught.value)
    assert "found 3 other columns; is the first row a header?" in str(caught.value)


def test_a_column_in_other_letters_is_pointed_out(tmp_path):
    with pytest.raises(InputError, match=r"value is missing; found code, month, VALUE$"):
        read_csv(save(tmp_path, GOOD.replace("value", "VALUE")), COLUMNS)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_of_two_bytes_a_letter_is_not_read_as_one(tmp_path, encoding):
    with pytest.raises(InputError, match="not UTF-8"):
        read_csv(save(tmp_path, GOOD.encode(encoding)), COLUMNS)
    with pytest.raises(InputError, match="not UTF-8"):
        read_yaml(save(tmp_path, "a: 1".encode(encoding)))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"file.csv: no such file"):
        read_csv(tmp_path / "file.csv")


@pytest.mark.parametrize("cut", range(1, 32))
def test_no_cut_inside_a_row_passes_silently(tmp_path, cut):
    """A cut leaves whole rows, or is an error, or is warned of where only a number is cut."""
    path = save(tmp_path, GOOD[:-cut])
    if GOOD[:-cut].endswith("\n"):
        assert len(read_csv(path, COLUMNS)) == 1
    elif GOOD[:-cut].splitlines()[-1].count(",") == 2:
        with pytest.warns(UserWarning, match=r"file.csv: no line end after the last row"):
            read_csv(path, COLUMNS)
    else:
        with pytest.raises(InputError, match=r"file.csv, row [23]"), pytest.warns(UserWarning):
            read_csv(path, COLUMNS)


def test_fields_stay_text_and_empty_fields_stay_empty(tmp_path):
    frame = read_csv(save(tmp_path, 'a,b,c\n005,,NA\n1.0,"x, y",nan\n'))
    assert frame.to_numpy().tolist() == [["005", "", "NA"], ["1.0", "x, y", "nan"]]


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("code", "\ufeffcode")])
def test_files_from_spreadsheets_read_alike(tmp_path, change):
    plain = read_csv(save(tmp_path, GOOD), COLUMNS)
    pd.testing.assert_frame_equal(read_csv(save(tmp_path, GOOD.replace(*change)), COLUMNS), plain)


def test_the_index_counts_blank_lines(tmp_path):
    frame = read_csv(save(tmp_path, "\na\n1\n\n2\n"))
    assert (frame.index + 2).tolist() == [3, 5]


cell = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=8)


@limits(deadline=None, max_examples=40)
@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=8))
def test_what_is_written_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype=str)
    write_csv(frame, path)
    assert read_csv(path, ["a", "b"]).to_numpy().tolist() == [list(row) for row in rows]


# Reading YAML ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1", "not valid YAML"),
        ("a: 1\n\tb: 2", "file.yaml, line 2: not valid YAML"),
        ("a: 1\nb: 2\na: 3\n", "file.yaml, line 3: not valid YAML (a stands there twice)"),
        ("a: {b: 1, b: 2}", "file.yaml, line 1: not valid YAML (b stands there twice)"),
        ("a: 2021-02-30", "file.yaml: not valid YAML (day"),
        ("- a\n- b\n", "file.yaml: expected keys and values"),
        ("", "file.yaml: expected keys and values"),
        ("ä: 1".encode("latin-1"), "file.yaml: not UTF-8"),
        ("a: \x07", "not valid YAML"),
        ("a: " + "[" * 5000, "file.yaml, line 1: not valid YAML (more than 20 levels"),
        ("a:\n- 020", "file.yaml, line 2: not valid YAML (020 would become another number"),
        ("a: 0x1F", "0x1F would become another number"),
        ("a: 1_000", "1_000 would become another number"),
        ("a: 1:30.5", "1:30.5 would become another number"),
    ],
)
def test_bad_yaml_is_told_in_one_line(tmp_path, text, expected):
    with pytest.raises(InputError) as caught:
        read_yaml(save(tmp_path, text, "file.yaml"))
    assert expected in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_yaml_is_named(tmp_path):
    with pytest.raises(InputError, match=r"file.yaml: no such file"):
        read_yaml(tmp_path / "file.yaml")


# Finding data ------------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A project with the file x.csv in its own folder, ../shared/data and another folder."""
    for name in ("project", "shared/data", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
        save(tmp_path / name, name, "x.csv")
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.delenv("KUNTAKOKEILU_DATA", raising=False)
    return tmp_path


def test_the_variable_comes_before_the_shared_folder(places, monkeypatch):
    assert data_file("x.csv").read_text() == "shared/data"
    monkeypatch.setenv("KUNTAKOKEILU_DATA", str(places / "elsewhere"))
    assert data_file("x.csv").read_text() == "elsewhere"
    monkeypatch.setenv("KUNTAKOKEILU_DATA", "")
    assert data_file("x.csv").read_text() == "shared/data"


def test_a_dot_means_the_project_and_an_absolute_name_itself(places):
    assert data_file("./x.csv").read_text() == "project"
    assert data_file(str(places / "elsewhere" / "x.csv")).read_text() == "elsewhere"


@pytest.mark.parametrize("name", ["y.csv", "./y.csv", "/nowhere/y.csv"])
def test_a_missing_data_file_is_named(places, name):
    with pytest.raises(InputError, match=r"y.csv: no such file"):
        data_file(name)


@pytest.mark.parametrize("name", ["a/../../x.csv", "a/..", r"a\..\..\x.csv"])
def test_a_name_does_not_lead_out_of_the_data_folder(places, name):
    with pytest.raises(InputError, match="leads out of the data folder"):
        data_file(name)


def test_without_a_data_folder_the_message_says_where_to_get_the_data(places, monkeypatch):
    monkeypatch.setenv("KUNTAKOKEILU_DATA", str(places / "nowhere"))
    with pytest.raises(InputError) as caught:
        data_file("x.csv")
    message = str(caught.value)
    for part in ("KUNTAKOKEILU_DATA", "../shared/data", "data/README.md", "download"):
        assert part in message
    assert len(message.splitlines()) == 1


def test_the_page_that_the_message_names_is_there(root):
    assert (root / "data" / "README.md").is_file()


# Writing -----------------------------------------------------------------------------------------

COUNT = pd.DataFrame(
    {
        "population": ["all"],
        "stratification": ["none"],
        "stratum": ["all"],
        "unit": ["005"],
        "n_persons": [3],
    }
)


class Unwritable:
    """Stands for a table whose writing fails halfway."""

    def to_csv(self, path, **_):
        path.write_text("half", encoding="utf-8")
        raise OSError("disk full")


@pytest.mark.parametrize("before", [None, "old"])
def test_a_failed_write_leaves_things_as_they_were(tmp_path, before):
    target = tmp_path / "out" / "table.csv"
    if before is not None:
        write_text(before, target)
    with pytest.raises(InputError, match=r"out/table.csv: disk full"):
        write_csv(Unwritable(), target)
    left = {path.name: path.read_text() for path in target.parent.iterdir()}
    assert left == ({} if before is None else {"table.csv": before})


def test_a_table_against_its_contract_is_not_written(tmp_path):
    target = tmp_path / "counts.parquet"
    with pytest.raises(InputError, match="COUNTS"):
        write_table(COUNT.drop(columns="unit"), target, COUNTS)
    assert list(tmp_path.iterdir()) == []


def test_line_ends_are_lf_and_text_is_utf8(tmp_path):
    write_csv(pd.DataFrame({"a": ["Ä", "b"]}), tmp_path / "a.csv")
    write_json({"b": "Ö", "a": 1}, tmp_path / "a.json")
    assert (tmp_path / "a.csv").read_bytes() == "a\nÄ\nb\n".encode()
    content = (tmp_path / "a.json").read_bytes()
    assert b"\r" not in content and content.endswith(b"}\n")
    assert "Ö".encode() in content
    assert json.loads(content) == {"a": 1, "b": "Ö"}


def test_a_table_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "new" / "counts.parquet"
    write_table(COUNT, path, COUNTS)
    back = read_table(path, COUNTS)
    assert back.to_numpy().tolist() == COUNT.to_numpy().tolist()
    assert [p.name for p in path.parent.iterdir()] == ["counts.parquet"]


def test_a_file_that_is_gone_is_told_by_its_own_path(tmp_path):
    """The data folder has nothing to do with it."""
    with pytest.raises(InputError) as caught:
        data_file(str(tmp_path / "gone.csv"))
    assert str(caught.value).endswith("gone.csv: no such file")
