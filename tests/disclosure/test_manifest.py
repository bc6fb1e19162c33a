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


def test_hashes_of_persons_are_keyed(files):
    """HMAC of RFC 2104, written out: a guess of the file cannot be tried without the key."""
    secret = bytes(range(32))
    given = {"source.csv": files[0], "extract.csv": files[1]}
    listed = provenance(given, "abc", [], seed=5, keyed=["extract.csv"], secret=secret)["inputs"]
    plain = {name: hashlib.sha256(path.read_bytes()) for name, path in given.items()}
    assert listed["source.csv"] == plain["source.csv"].hexdigest()
    block = secret + bytes(32)
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + plain["extract.csv"].digest()).digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).hexdigest()
    assert listed["extract.csv"] == f"hmac-sha256:{outer}"
    other = provenance(given, "abc", [], seed=5, keyed=["extract.csv"], secret=bytes(32))
    assert other["inputs"]["extract.csv"] != listed["extract.csv"]


def test_a_key_that_could_be_guessed_is_refused(files):
    with pytest.raises(ValueError, match="32 bytes"):
        provenance({"a": files[0]}, "abc", [], seed=5, keyed=["a"], secret=b"short")
