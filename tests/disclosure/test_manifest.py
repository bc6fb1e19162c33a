"""The manifest traces a release without saying where it was made."""

import hashlib
import json
import os
import subprocess

import pytest

from kuntakokeilu.disclosure import provenance


@pytest.fixture
def files(tmp_path):
    (tmp_path / "in").mkdir()
    written = [tmp_path / "in" / "source.csv", tmp_path / "estimates.csv", tmp_path / "units.csv"]
    for number, path in enumerate(written):
        path.write_bytes(b"a,b\n" * (number + 1))
    return written


def test_hashes_are_those_of_the_files(files):
    manifest = provenance({"source.csv": files[0]}, "abc", files[1:], seed=5)
    assert set(manifest["inputs"]) == {"source.csv"}
    assert set(manifest["files"]) == {"estimates.csv", "units.csv"}
    for path in files:
        listed = (manifest["inputs"] | manifest["files"])[path.name]
        assert listed == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (manifest["study_sha256"], manifest["seed"]) == ("abc", 5)


def test_a_changed_file_changes_its_hash_only(files):
    before = provenance({"source.csv": files[0]}, "abc", files[1:], seed=5)
    files[1].write_text("changed")
    after = provenance({"source.csv": files[0]}, "abc", files[1:], seed=5)
    assert before["files"].pop("estimates.csv") != after["files"].pop("estimates.csv")
    assert before == after


def test_no_path_no_name_of_machine_or_user(files, tmp_path):
    text = json.dumps(provenance({"source.csv": files[0]}, "abc", files[1:], seed=5))
    for private in (str(tmp_path), str(tmp_path.parent), os.sep + "home", "C:" + os.sep):
        assert private not in text
    assert "/" not in text


def test_commit_is_unknown_outside_git(files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance({}, "abc", files, seed=5)["commit"] is None


def test_commit_says_when_the_code_was_changed(files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "units.csv"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    clean = provenance({}, "abc", files, seed=5)["commit"]
    assert len(clean) == 12
    files[2].write_text("changed")
    assert provenance({}, "abc", files, seed=5)["commit"] == clean + "-dirty"


@pytest.mark.parametrize("folder", ["/home/someone/", "C:/Users/someone/", "C:\\Users\\someone\\"])
def test_an_absolute_source_is_named_without_its_folders(files, folder):
    inputs = {f"{folder}source.csv": files[0], "statfin/a.csv": files[1], "./b.csv": files[2]}
    manifest = provenance(inputs, "abc", [], seed=5)
    assert list(manifest["inputs"]) == ["source.csv", "statfin/a.csv", "./b.csv"]
