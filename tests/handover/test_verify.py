"""A reader sees whether a package is whole, who signed it, and whether a table is of it."""

from __future__ import annotations

import hashlib
import json
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kuntakokeilu.__main__ import main
from kuntakokeilu.errors import InputError
from kuntakokeilu.handover import recompute, verified
from kuntakokeilu.handover.recompute import differences, recomputed
from kuntakokeilu.handover.signing import fingerprint, public_text, signed
from kuntakokeilu.handover.verify import Verified, found_in
from kuntakokeilu.study import read_study

ESTIMATES = "release/estimates.csv"


def rewritten(path, target, **changes):
    """Write a package with files changed, added or (None) left out."""
    with ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files |= changes
    with ZipFile(target, "w") as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return target


def test_a_whole_package_is_verified_with_the_key_that_one_expects(package):
    known = verified(package.path, package.key)
    assert known.key == package.key and known.manifest["study"] == "tiny"
    assert verified(package.path, package.key.replace(" ", "").upper()).key == package.key
    with pytest.raises(InputError, match="signed by another key"):
        verified(package.path, "0" * 64)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({ESTIMATES: b"changed\n"}, f"{ESTIMATES}: changed since it was signed"),
        ({ESTIMATES: None}, f"{ESTIMATES}: missing"),
        ({"release/more.csv": b"x"}, "release/more.csv: not in MANIFEST.json"),
        ({"report/pages.html": b"x"}, "report/pages.html: changed"),
        ({"MANIFEST.sig": b"AAAA"}, "MANIFEST.sig does not fit MANIFEST.json"),
        ({"MANIFEST.sig": b"\xff\xfe"}, "MANIFEST.sig does not fit MANIFEST.json"),
        ({"MANIFEST.sig": None}, "no MANIFEST.sig"),
        ({"public_key.pem": b"none"}, "no Ed25519 public key"),
        ({"MANIFEST.json": b"{}"}, "expected JSON of the form"),
        ({"../out.csv": b"x"}, "expected names of letters"),
    ],
)
def test_any_change_is_named(package, tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        verified(rewritten(package.path, tmp_path / "changed.zip", **changes))


def test_who_signs_a_changed_package_anew_has_another_key(package, tmp_path):
    """The package is whole, but its key is not the one that the authors published."""
    other = Ed25519PrivateKey.generate()
    told = json.loads(ZipFile(package.path).read("MANIFEST.json"))
    public = public_text(other)
    told["key"] = fingerprint(public)
    told["files"] = {n: e for n, e in told["files"].items() if n != ESTIMATES}
    text = json.dumps(told).encode()
    changes = {"MANIFEST.json": text, "MANIFEST.sig": signed(text, other), ESTIMATES: None}
    forged = rewritten(
        package.path, tmp_path / "forged.zip", **changes, **{"public_key.pem": public}
    )
    assert verified(forged).key != package.key
    with pytest.raises(InputError, match="signed by another key"):
        verified(forged, package.key)


def test_a_manifest_that_names_another_key_is_refused(package, tmp_path):
    other = Ed25519PrivateKey.generate()
    text = ZipFile(package.path).read("MANIFEST.json")
    changes = {"MANIFEST.sig": signed(text, other), "public_key.pem": public_text(other)}
    with pytest.raises(InputError, match=r"is not the key that MANIFEST\.json names"):
        verified(rewritten(package.path, tmp_path / "other.zip", **changes))


def test_a_table_is_found_in_the_release_that_it_is_of(package, run, tmp_path):
    known = verified(package.path)
    page, mine = run.folder / "report/trace_fi.html", tmp_path / "mine.csv"
    mine.write_bytes((run.folder / ESTIMATES).read_bytes() + b"\n")
    found = found_in(known, [run.folder / ESTIMATES, page, mine])
    assert list(found.values()) == [[ESTIMATES], ["report/trace_fi.html"], []]


def test_the_command_says_who_signed_and_what_is_not_of_it(package, run, tmp_path, capsys):
    path, table = str(package.path.resolve()), str((run.folder / ESTIMATES).resolve())
    assert main(["verify", path, table, "--key", package.key]) == 0
    said = capsys.readouterr().out
    assert "whole" in said and package.key in said and ESTIMATES in said
    strange = tmp_path / "strange.csv"
    strange.write_text("x")
    assert main(["verify", path, str(strange)]) == 1
    assert "strange.csv: not in this package, or changed" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut off"])
def test_what_is_no_package_is_told_in_one_line(tmp_path, capsys, content):
    path = tmp_path / "none.zip"
    path.write_bytes(content)
    assert main(["verify", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "none.zip: no whole zip file" in said


def test_a_zip_that_unpacks_to_too_much_is_refused(package, tmp_path, monkeypatch):
    monkeypatch.setattr("kuntakokeilu.handover.archive.LARGEST", 1_000)
    with pytest.raises(InputError, match="unpacks to more than"):
        verified(package.path)


# --- Numbers that were computed again ---

OLD = (
    b"estimand,term,event_time,window,inference,estimate,status\n"
    b"a.b,att,,,c,1.5,ok\n"
    b"a.c,att,,,c,,ok\n"
)


def rows(old, new, tolerance=1e-6):
    found = differences({"estimates": old}, {"estimates": new}, tolerance)
    return found[["row", "column", "released", "computed"]].values.tolist()


def test_equal_tables_differ_nowhere():
    assert rows(OLD, OLD) == []


@pytest.mark.parametrize(
    ("number", "differs"), [(b"1.5000014", False), (b"1.50001", True), (b"-1.5", True), (b"", True)]
)
def test_numbers_agree_within_the_tolerance_that_is_stated(number, differs):
    new = OLD.replace(b"1.5,", number + b",")
    told = [["a.b att c", "estimate", "1.5", number.decode()]] if differs else []
    assert rows(OLD, new) == told


def test_last_digits_of_a_zero_are_no_difference():
    old = OLD.replace(b"c,,ok", b"c,1e-17,ok")
    assert rows(old, OLD.replace(b"c,,ok", b"c,-3e-17,ok")) == []
    assert len(rows(old, OLD.replace(b"c,,ok", b"c,-3e-7,ok"))) == 1


def test_rows_in_another_order_are_the_same_rows_and_others_are_named():
    header, first, second = OLD.splitlines(keepends=True)
    assert rows(OLD, header + second + first) == []
    assert rows(OLD, header + first) == [["a.c att c", "row", "only released", ""]]
    assert rows(header + first, OLD) == [["a.c att c", "row", "only computed", ""]]


def test_a_text_or_a_table_that_differs_is_named():
    assert rows(OLD, OLD.replace(b"1.5,ok", b"1.5,suppressed")) == [
        ["a.b att c", "status", "ok", "suppressed"]
    ]
    found = differences({"estimates": OLD, "units": b"unit\n1\n"}, {"estimates": OLD}, 1e-6)
    assert found.iloc[0][["file", "row", "column", "released"]].tolist() == [
        "units.csv",
        "all",
        "row",
        "only released",
    ]


def test_rows_of_one_name_are_held_against_each_other_in_their_order():
    old, new = (f"comparison,unit,n\nx,y,1\nx,y,{n}\n".encode() for n in (2, 3))
    found = differences({"beyond_reach": old}, {"beyond_reach": new}, 1e-6)
    assert found[["row", "column", "computed"]].values.tolist() == [["x y (2)", "n", "3"]]


# --- Studies that can be computed again, and those that cannot ---

UNITS = b"unit,name_fi,name_sv,name_en,arm,area,cluster,status\n091,a,a,a,trial,A,A,compared\n"


@pytest.fixture
def of_open_study(monkeypatch, config):
    """A package of a study of this project, and what computing it again would give."""
    study = read_study(config, "simulated_2021")
    again = {"units": UNITS, "estimates": OLD}
    monkeypatch.setattr(recompute, "_run", lambda study, folder: again)
    told = {
        "study": study.name,
        "release": {"study_sha256": study.fingerprint(), "commit": "abc", "inputs": {}},
    }
    files = {"release/units.csv": UNITS, ESTIMATES: OLD, "report/pages.html": b"x"}
    return Verified(told, files, "key"), again


def test_equal_numbers_are_told_with_the_tolerance(of_open_study, config):
    package, _ = of_open_study
    found = recomputed(package, config, 1e-6)
    assert not found.differs
    assert found.said == (
        "Computed again: 2 tables, 3 rows; none differs by more than 1e-06 of its value",
    )


def test_what_differs_is_named(of_open_study, config):
    package, again = of_open_study
    again["estimates"] = OLD.replace(b"1.5,", b"1.6,")
    again["units"] = UNITS.replace(b"trial", b"control")
    found = recomputed(package, config, 1e-6)
    assert found.differs
    assert found.said[0].endswith("2 places differ:")
    assert "  estimates.csv, a.b att c, estimate: 1.5, computed 1.6" in found.said
    assert "  units.csv, 091, arm: trial, computed control" in found.said


def test_a_table_without_rows_is_not_missed_and_one_with_rows_is(of_open_study, config):
    package, again = of_open_study
    again["ratios"] = b"ratio,estimate\n"
    assert not recomputed(package, config, 1e-6).differs
    again["ratios"] += b"a,1\n"
    found = recomputed(package, config, 1e-6)
    assert found.differs and any("ratios.csv" in line for line in found.said)


def test_a_source_file_that_is_another_is_named(of_open_study, config):
    package, _ = of_open_study
    own = hashlib.sha256((config / "municipalities.csv").read_bytes()).hexdigest()
    inputs = {"config/municipalities.csv": own, "config/municipality_mergers.csv": "0" * 64}
    package.manifest["release"]["inputs"] = inputs | {"config/no_such.csv": own}
    found = recomputed(package, config, 1e-6)
    assert found.differs
    assert [line.split(":")[0] for line in found.said[:-1]] == [
        "source file config/municipality_mergers.csv",
        "source file config/no_such.csv",
    ]


def test_another_plan_is_told_with_the_commit_to_take(of_open_study, config):
    package, _ = of_open_study
    package.manifest["release"]["study_sha256"] = "0" * 64
    with pytest.raises(InputError, match="take the commit abc of the project"):
        recomputed(package, config, 1e-6)


def test_numbers_of_real_registers_are_not_computed_again(of_open_study, config, monkeypatch):
    package, _ = of_open_study
    source = SimpleNamespace(registers=SimpleNamespace(twin=None))
    study = SimpleNamespace(settings=SimpleNamespace(source=source))
    monkeypatch.setattr(recompute, "read_study", lambda config, name: study)
    found = recomputed(package, config, 1e-6)
    assert not found.differs and "nothing was computed again" in found.said[0]


@pytest.mark.parametrize("value", ["nan", "-1", "2", "much"])
def test_a_tolerance_that_is_none_is_refused(package, value, capsys):
    assert main(["verify", str(package.path), "--tolerance", value]) == 2
    assert f"{value} is no number from 0 to 1" in capsys.readouterr().err
