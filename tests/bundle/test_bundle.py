"""A kit has the wheels that each machine needs, as locked, and is installed without a network."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest

from kuntakokeilu.__main__ import main
from kuntakokeilu.bundle import TARGETS, make_kit, target
from kuntakokeilu.bundle.fetch import SOURCE_ONLY
from kuntakokeilu.bundle.kit import pack_kit
from kuntakokeilu.bundle.lock import fits, not_as_locked, own_lock, pins, without_wheel
from kuntakokeilu.bundle.wheels import components, licences, read_wheel
from kuntakokeilu.errors import InputError

from ..workflow.offline import alone

WINDOWS = target("windows-3.12")


def wheel(folder, name, version="1.0", tags="py3-none-any", more=""):
    """Write a small wheel, with all that pip asks for."""
    path = folder / f"{name}-{version}-{tags}.whl"
    info = f"{name}-{version}.dist-info"
    told = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}\n"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": told,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n",
    }
    lines = []
    for file, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        lines.append(f"{file},sha256={digest.decode()},{len(text)}")
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
    with ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path


def locked(*paths):
    """The text of a lock of some wheels."""
    lines = []
    for path in paths:
        name, version, *_ = path.name.split("-")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"{name}=={version} \\\n    --hash=sha256:{digest}\n    # via somebody\n")
    return "".join(lines)


def test_every_entry_of_the_projects_lock_is_read(root):
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    found = pins(text)
    assert len(found) == sum("==" in line and line[0].isalnum() for line in text.splitlines())
    assert sum(len(pin.hashes) for pin in found) == text.count("--hash=sha256:")
    assert {pin.name for pin in found} > {"pandas", "snakemake", *SOURCE_ONLY}
    again = pins("".join(pin.text() for pin in found))
    assert again == found


def test_entries_are_wanted_where_their_condition_holds(root):
    found = pins((root / "requirements.lock").read_text(encoding="utf-8"))
    wanted = {str(each): {pin.name for pin in found if pin.needed(each)} for each in TARGETS}
    assert all("pandas" in names and "appnope" not in names for names in wanted.values())
    assert {kind.partition("-")[0] for kind, names in wanted.items() if "colorama" in names} == {
        "windows"
    }
    assert {kind.partition("-")[0] for kind, names in wanted.items() if "pexpect" in names} == {
        "linux"
    }


@pytest.mark.parametrize(
    ("tags", "machine", "expected"),
    [
        ("py3-none-any", "windows-3.13", True),
        ("py2.py3-none-any", "linux-3.11", True),
        ("cp312-cp312-win_amd64", "windows-3.12", True),
        ("cp312-cp312-win_amd64", "windows-3.13", False),
        ("cp312-cp312-win32", "windows-3.12", False),
        ("cp39-abi3-win_amd64", "windows-3.13", True),
        ("cp313-abi3-win_amd64", "windows-3.12", False),
        ("py3-none-win_amd64", "windows-3.11", True),
        ("cp313-cp313t-win_amd64", "windows-3.13", False),
        ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", "linux-3.11", True),
        ("cp311-cp311-manylinux_2_28_x86_64", "linux-3.11", True),
        ("cp311-abi3-manylinux_2_34_x86_64", "linux-3.11", False),
        ("cp311-cp311-musllinux_1_2_x86_64", "linux-3.11", False),
        ("cp311-cp311-manylinux_2_28_aarch64", "linux-3.11", False),
        ("cp311-cp311-macosx_11_0_arm64", "linux-3.11", False),
    ],
)
def test_a_wheel_fits_by_its_tags(tags, machine, expected):
    assert fits(f"a-1-{tags}.whl", target(machine)) is expected


def test_a_wheel_that_would_have_to_be_compiled_is_missed(tmp_path):
    other = wheel(tmp_path, "mixed", tags="cp311-cp311-win_amd64")
    pure = wheel(tmp_path, "pure")
    entries = pins(locked(other, pure))
    wheels = [read_wheel(path) for path in (other, pure)]
    assert [pin.name for pin in without_wheel(entries, wheels, WINDOWS)] == ["mixed"]
    assert without_wheel(entries, wheels, target("windows-3.11")) == []


def test_the_lock_of_a_kit_has_its_wheels_and_no_other(tmp_path):
    one, two = wheel(tmp_path, "one"), wheel(tmp_path, "two")
    text = locked(one, two).replace("one==1.0", "one==1.0 ; os_name == 'nt'")
    found = own_lock(pins(text), [read_wheel(one)])
    digest = hashlib.sha256(one.read_bytes()).hexdigest()
    assert found == f"one==1.0 ; os_name == 'nt' \\\n    --hash=sha256:{digest}\n"


def test_a_wheel_that_was_changed_is_refused(tmp_path):
    path = wheel(tmp_path, "one")
    entries = pins(locked(path))
    assert not_as_locked(entries, [read_wheel(path)]) == []
    changed = wheel(tmp_path, "one", more="Summary: changed\n")
    assert not_as_locked(entries, [read_wheel(changed)]) == ["one-1.0-py3-none-any.whl"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("License-Expression: MIT\nLicense: other\n", "MIT"),
        ("License: long\nClassifier: License :: OSI Approved :: BSD License\n", "BSD License"),
        ("License: Apache 2\n", "Apache 2"),
        ("", "not declared"),
    ],
)
def test_licences_are_as_declared(tmp_path, more, expected):
    found = read_wheel(wheel(tmp_path, "one", more=more))
    assert found.licence == expected
    assert list(csv.reader(io.StringIO(licences([found]))))[1] == ["one", "1.0", expected]


def test_components_follow_cyclonedx(tmp_path):
    """Keys that its schema asks for, and no host of a registry."""
    path = wheel(tmp_path, "one", more="License-Expression: MIT\n")
    told = json.loads(components([read_wheel(path)], "abc"))
    assert (told["bomFormat"], told["specVersion"], told["version"]) == ("CycloneDX", "1.6", 1)
    (each,) = told["components"]
    assert each["type"] == "library" and each["purl"].startswith("pkg:pypi/one@1.0")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert each["hashes"] == [{"alg": "SHA-256", "content": digest}]
    assert "://" not in json.dumps(told)


def test_what_is_no_wheel_or_no_machine_is_told(tmp_path, capsys):
    path = tmp_path / "one-1.0-py3-none-any.whl"
    path.write_bytes(b"none")
    with pytest.raises(InputError, match=r"one-1\.0-py3-none-any\.whl: no wheel"):
        read_wheel(path)
    assert main(["bundle", "--for", "mac-3.12"]) == 2
    assert "mac-3.12: no kind of machine; expected linux-3.11" in capsys.readouterr().err


def test_a_kit_is_made_of_a_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputError, match="expected a git repository"):
        make_kit(tmp_path, [WINDOWS], tmp_path / "dist")


@pytest.fixture
def project(tmp_path, root):
    """A repository with run.py and a lock of two wheels, which lie where a kit looks for them."""
    folder, out = tmp_path / "project", tmp_path / "dist"
    folder.mkdir()
    (out / "wheels").mkdir(parents=True)
    wheels = [wheel(out / "wheels", name) for name in ("kit_one", "kit_two")]
    (folder / "requirements.lock").write_text(locked(*wheels), encoding="utf-8", newline="\n")
    (folder / "run.py").write_bytes((root / "run.py").read_bytes())
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *command], cwd=folder, check=True, capture_output=True)
    return folder, out


def test_a_kit_is_the_same_when_made_again(project):
    folder, out = project
    machines = [target("linux-3.11"), WINDOWS]
    first = make_kit(folder, machines, out).read_bytes()
    for path in out.glob("wheels/*"):
        os.utime(path, (1_500_000_000, 1_500_000_000))
    assert make_kit(folder, machines, out).read_bytes() == first


def test_a_changed_wheel_makes_no_kit(project):
    folder, out = project
    wheel(out / "wheels", "kit_one", more="Summary: changed\n")
    with pytest.raises(InputError, match=r"kit_one-1\.0-py3-none-any\.whl not as requirements"):
        make_kit(folder, [WINDOWS], out)
    assert not list(out.glob("*.zip"))


def test_a_kit_is_installed_with_the_network_cut(project, tmp_path):
    folder, out = project
    kit = make_kit(folder, [target(f"linux-3.{sys.version_info[1]}"), WINDOWS], out)
    with ZipFile(kit) as archive:
        archive.extractall(tmp_path / "there")
    (there,) = (tmp_path / "there").iterdir()
    names = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    made = ("README.txt", "components.cdx.json", "licences.csv", "requirements.lock")
    assert names >= {"run.py", *(f"offline/{name}" for name in made)}
    left = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    left.pop("KUNTAKOKEILU_PYTHON", None)
    done = subprocess.run(
        [*alone(), sys.executable, "run.py", "install"],
        cwd=there,
        env={**left, "PIP_INDEX_URL": "https://example.invalid"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    python = there / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ask = "import kit_one, kit_two; print(kit_one.version)"
    found = subprocess.run([python, "-c", ask], capture_output=True, encoding="utf-8", check=True)
    assert found.stdout == "1.0\n"
    again = subprocess.run(
        [sys.executable, "run.py", "install", "--self-test"],
        cwd=there,
        env=left,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert again.returncode == 1
    assert "offline/self_test.zip: this kit has no numbers to test" in again.stderr


def test_a_damaged_wheel_of_a_kit_is_not_installed(project, tmp_path):
    folder, out = project
    kit = make_kit(folder, [target(f"linux-3.{sys.version_info[1]}")], out)
    with ZipFile(kit) as archive:
        archive.extractall(tmp_path / "there")
    (there,) = (tmp_path / "there").iterdir()
    wheel(there / "offline" / "wheels", "kit_two", more="Summary: another\n")
    left = {n: v for n, v in os.environ.items() if n != "KUNTAKOKEILU_PYTHON"}
    done = subprocess.run(
        [sys.executable, "run.py", "install"],
        cwd=there,
        env=left,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "the wheels of this kit could not be installed" in done.stderr
    assert not (there / ".venv" / "kuntakokeilu.stamp").exists()


def test_a_kit_has_one_time_for_all_files(tmp_path):
    day = datetime(2026, 3, 4, 5, 6, 8, tzinfo=UTC)
    path = wheel(tmp_path, "one")
    kit = pack_kit({"run.py": (b"x", 0o755)}, {"README.txt": b"y"}, [path], day, tmp_path)
    with ZipFile(kit) as archive:
        listed = archive.infolist()
    assert {info.date_time for info in listed} == {(2026, 3, 4, 5, 6, 8)}
    assert [info.external_attr >> 16 for info in listed] == [0o755, 0o644, 0o644]
