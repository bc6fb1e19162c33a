"""Folders of persons: closed, apart from the others, and nothing left in them by killed steps."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.job import job
from kuntakokeilu.private import own_temporary, private_file, remove_left, secret_of, secure


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX")
def test_folders_of_persons_are_closed_to_others(tmp_path):
    results = tmp_path / "results" / "study"
    (results / "restricted" / "cells").mkdir(parents=True)
    (results / "restricted").chmod(0o777)
    for _ in range(2):
        secure(results)
        for name in ("restricted", "logs"):
            assert stat.S_IMODE((results / name).stat().st_mode) == 0o700
        assert not (results / "release").exists()


@pytest.mark.parametrize("name", ["release", "report", "package", "logs", "restricted"])
def test_a_folder_that_leads_into_another_is_refused(name, tmp_path):
    results = tmp_path / "results" / "study"
    (results / "elsewhere").mkdir(parents=True)
    try:
        (results / name).symlink_to(results / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    with pytest.raises(InputError, match=f"study/{name}: a link; expected a folder of its own"):
        secure(results)


def test_results_may_lie_on_another_disk(tmp_path):
    (tmp_path / "disk").mkdir()
    try:
        (tmp_path / "results").symlink_to(tmp_path / "disk", target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    secure(tmp_path / "results" / "study")
    assert (tmp_path / "disk" / "study" / "restricted").is_dir()


def test_what_killed_steps_left_is_removed_and_nothing_else(tmp_path):
    kept = ["cells/rate.parquet", "registers/1_of_1/wages.parquet", ".preflight-1/a", "panel.part"]
    left = [".registers-x/spill/a", "cells/.rate.parquet.part", "panel/.panel-1/panel.duckdb"]
    left += ["panel/1_of_1/stock/.parts-2/0.parquet", ".tmp-3/a", ".collapse-4/a", ".reach-5/a"]
    for name in kept + left:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("persons", encoding="utf-8")
    assert remove_left(tmp_path) == len(left)
    there = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert there == set(kept)
    assert remove_left(tmp_path / "not_there") == 0


def test_a_link_is_removed_and_what_it_leads_to_is_not(tmp_path):
    outside, restricted = tmp_path / "outside", tmp_path / "restricted"
    outside.mkdir()
    restricted.mkdir()
    (outside / ".x.part").write_text("a", encoding="utf-8")
    try:
        (restricted / ".tmp-1").symlink_to(outside, target_is_directory=True)
        (restricted / "folder").symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    assert remove_left(restricted) == 1
    assert (outside / ".x.part").exists() and (restricted / "folder").exists()


def test_every_temporary_folder_of_the_program_would_be_removed(root):
    """A new prefix must be known to `remove_left`."""
    import re

    from kuntakokeilu.private import _LEFT

    found = {
        prefix
        for path in (root / "src").rglob("*.py")
        for prefix in re.findall(r'prefix="(\.[\w-]+)"', path.read_text(encoding="utf-8"))
    }
    assert found - {".preflight-"} == {name.removesuffix("*") for name in _LEFT[:-1]}


def test_temporary_files_of_a_step_lie_below_restricted_and_are_removed(tmp_path):
    study = tmp_path / "study"
    (study / "restricted").mkdir(parents=True)
    before = tempfile.gettempdir(), os.environ.get("TMPDIR")
    with pytest.raises(SystemExit), job(study / "logs" / "step.log"):
        for made in (Path(tempfile.mkdtemp()), Path(os.environ["TMPDIR"]), Path(os.environ["TMP"])):
            assert made.is_relative_to(study / "restricted")
        Path(tempfile.mkdtemp(), "persons.csv").write_text("a", encoding="utf-8")
        raise KeyError
    assert not list((study / "restricted").iterdir())
    assert before == (tempfile.gettempdir(), os.environ.get("TMPDIR"))


def test_without_a_study_the_system_s_folder_serves(tmp_path):
    before = tempfile.gettempdir()
    with own_temporary(tmp_path / "restricted"):
        assert tempfile.gettempdir() == before


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX")
def test_a_private_file_is_its_owners_alone_and_is_made_once(tmp_path):
    path = tmp_path / "restricted" / "key"
    assert private_file(path, b"one") == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o666)
    assert private_file(path, b"two") == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_private_file_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"x")
    try:
        (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
    except OSError:
        pytest.skip("no links here")
    with pytest.raises(InputError, match=r"key: a link; expected a file of its own"):
        private_file(tmp_path / "key", b"y")
    assert (tmp_path / "elsewhere").read_bytes() == b"x"


def test_the_secret_of_a_folder_stays_and_differs_from_that_of_another(tmp_path):
    first = secret_of(tmp_path / "one")
    assert len(first) == 32 and secret_of(tmp_path / "one") == first
    assert secret_of(tmp_path / "two") != first
