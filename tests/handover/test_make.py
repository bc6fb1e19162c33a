"""A package holds what was released and says so; nothing leaves that is damaged or strange."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import re
import shutil
import stat
from dataclasses import replace
from fnmatch import fnmatch
from html import escape
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
import yaml

from kuntakokeilu.__main__ import main
from kuntakokeilu.errors import InputError
from kuntakokeilu.handover import make_package
from kuntakokeilu.handover.archive import MOST_FILES
from kuntakokeilu.handover.contents import WRITTEN
from kuntakokeilu.handover.form import About, form_page
from kuntakokeilu.report.pages.html_page import external_loads
from kuntakokeilu.report.words.release import read_release
from kuntakokeilu.study import DisclosureProfile, read_study
from kuntakokeilu.study.limits import read_limits

from .conftest import NOTHING, seal, with_files

FORMS = [f"checker_{code}.html" for code in ("en", "fi", "sv")]


def packed(path):
    with ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_package_holds_the_release_and_what_a_checker_needs(run):
    made = make_package(run, NOTHING)
    found = packed(made.path)
    day = json.loads(found["release/manifest.json"])["date"]
    assert made.path == run.folder / "package" / f"tiny_{day}.zip"
    about = {"MANIFEST.json", "MANIFEST.sig", "public_key.pem", "disclosure_log.csv"}
    books = {f"report/results_{code}.xlsx" for code in ("fi", "sv", "en")}
    pages = {"report/pages.html", "report/brief_fi.pdf", "report/trace_fi.html"}
    others = {*about, *FORMS, "datapackage.json", "persons_behind.csv", *pages, *books}
    assert set(found) == {*with_rows(run), *others}
    assert made.files == len(found) <= MOST_FILES
    for name in with_rows(run):
        assert found[name] == (run.folder / name).read_bytes()
    joined = found["report/pages.html"].decode("utf-8")
    assert "this is results.html" in joined and "this is results_annex.html" in joined


def with_rows(run):
    """Released files that hold something."""
    texts = {name: (run.folder / name).read_text(encoding="utf-8") for name in run.released}
    return {n for n, text in texts.items() if n.endswith(".json") or text.count("\n") > 1}


def test_no_table_without_rows_is_packed_and_the_log_and_the_dictionary_agree(run):
    empty = set(run.released) - with_rows(run)
    assert empty  # the fixture has such a table
    found = packed(make_package(run, NOTHING).path)
    assert not empty & set(found)
    left = {row["file"]: row["reason"] for row in log_of(found) if row["action"] == "left out"}
    assert {left[name] for name in empty} == {"no_rows"}
    described = json.loads(found["datapackage.json"])
    paths = {resource["path"] for resource in described["resources"]}
    assert paths == {name for name in found if re.fullmatch(r"release/\w+\.csv", name)}


def test_no_archive_lies_within_and_every_file_left_out_is_told(run):
    found = packed(make_package(run, NOTHING).path)
    assert not [
        name for name, content in found.items() if content[:2] == b"PK" and ".xlsx" not in name
    ]
    left = [row["file"] for row in log_of(found) if row["action"] == "left out"]
    for name in {*run.made, *run.released} - set(found):
        assert any(fnmatch(name, pattern) for pattern in left), name


def log_of(found):
    return list(csv.DictReader(io.StringIO(found["disclosure_log.csv"].decode("utf-8"))))


def test_the_manifest_has_the_hash_of_every_file(run):
    found = packed(make_package(run, NOTHING).path)
    told = json.loads(found["MANIFEST.json"])
    rest = {"MANIFEST.json", "MANIFEST.sig", "public_key.pem"}
    assert set(told["files"]) == set(found) - rest
    for name, entry in told["files"].items():
        assert entry["sha256"] == hashlib.sha256(found[name]).hexdigest()
        assert entry["bytes"] == len(found[name])
    assert told["inside"] == {}
    expected = json.loads(found["release/manifest.json"])
    assert told["release"] == {name: value for name, value in expected.items() if name != "files"}
    assert {"commit", "packages", "plan", "inputs", "python", "seed"} <= set(told["release"])


def test_the_signature_is_one_of_ed25519(run):
    """The public key of RFC 8410 ends with the 32 bytes of the key; a change breaks it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    found = packed(make_package(run, NOTHING).path)
    lines = found["public_key.pem"].decode("ascii").strip().splitlines()
    raw = base64.b64decode("".join(lines[1:-1]))[-32:]
    signature = base64.b64decode(found["MANIFEST.sig"])
    key = Ed25519PublicKey.from_public_bytes(raw)
    key.verify(signature, found["MANIFEST.json"])
    with pytest.raises(InvalidSignature):
        key.verify(signature, found["MANIFEST.json"].replace(b"tiny", b"tinz", 1))
    mark = json.loads(found["MANIFEST.json"])["key"]
    assert mark.replace(" ", "") == hashlib.sha256(raw).hexdigest()


def test_two_packages_of_one_run_are_equal_files(run):
    once = make_package(run, NOTHING).path.read_bytes()
    for path in run.folder.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert make_package(run, NOTHING).path.read_bytes() == once


def test_the_log_names_each_hidden_row_with_a_reason_and_no_value(run):
    found = packed(make_package(run, NOTHING).path)
    rows = list(csv.DictReader(io.StringIO(found["disclosure_log.csv"].decode("utf-8"))))
    hidden = {row["row"] for row in rows if row["action"] == "hidden"}
    suppressed = set()
    for row in csv.DictReader(io.StringIO(found["release/estimates.csv"].decode("utf-8"))):
        if row["status"] == "suppressed":
            names = ("estimand", "term", "event_time", "window", "inference")
            suppressed.add(" ".join(filter(None, (row[name].removesuffix(".0") for name in names))))
    assert suppressed
    reasons = {row["en"] for row in rows if row["action"] == "hidden"}
    assert {reason.partition(":")[0] for reason in reasons} == {"primary", "secondary"}
    assert {" ".join(x.removesuffix(".0") for x in name.split()) for name in hidden} >= suppressed
    assert all(row[name] for row in rows for name in ("reason", "fi", "sv", "en"))
    assert {row["row"] for row in rows if row["action"] != "hidden"} == {"all"}
    text = " ".join(" ".join((row["columns"], row["en"])) for row in rows)
    assert not re.search(r"\d\.\d", text)  # no number with decimals: those are values


def test_the_form_tells_of_every_file_in_three_languages_and_loads_nothing(run):
    found = packed(make_package(run, NOTHING).path)
    for name in FORMS:
        page = found[name].decode("utf-8")
        plain = page.replace("<wbr>", "")
        assert external_loads(page) == []
        assert f'<html lang="{name[8:10]}">' in page
        about = {"MANIFEST.json", "MANIFEST.sig", "public_key.pem", *FORMS}
        for file in set(found) - about:
            assert f'<th scope="row">{file}</th>' in plain, file
        assert "10" in page and "{" not in page[page.index("<main>") :]
    assert "fewer than 10 persons" in found["checker_en.html"].decode("utf-8")


def test_the_key_is_its_owners_alone_and_stays(run):
    first = make_package(run, NOTHING)
    path = run.folder / "restricted" / "signing_key.pem"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
        assert make_package(run, NOTHING).key == first.key
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"PRIVATE" not in first.path.read_bytes()
    assert not [name for name, text in packed(first.path).items() if b"PRIVATE KEY" in text]
    path.unlink()
    assert make_package(run, NOTHING).key != first.key


def refused(run, message, look_for=NOTHING):
    with pytest.raises(InputError, match=message):
        make_package(run, look_for)
    assert not list(run.folder.glob("package/*"))
    assert not list(run.folder.glob("restricted/.package-*"))


def test_a_released_file_that_was_changed_is_refused(run):
    path = run.folder / "release" / "units.csv"
    path.write_text(path.read_text(encoding="utf-8") + "999,Ö,Ö,Ö,trial,North,North,compared\n")
    refused(run, r"release/units.csv: not as the run wrote it")


def test_a_strange_file_in_the_release_is_refused(run):
    (run.folder / "release" / "persons.csv").write_text("id\n1\n")
    refused(run, r"release/persons.csv: no step of the study writes it")


def test_a_study_that_was_changed_since_is_refused(run):
    refused(replace(run, settings="e" * 64), "settings were changed since")


def test_a_missing_file_is_refused(run):
    (run.folder / "report" / "results.html").unlink()
    refused(run, r"report/results.html: no such file; run the study first")


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_link_is_not_followed(run, tmp_path):
    secret = tmp_path / "persons.csv"
    secret.write_text("secret")
    path = run.folder / "report" / "results.html"
    path.unlink()
    path.symlink_to(secret)
    refused(run, r"report/results.html: a link")


def test_a_name_that_leads_out_is_refused(run):
    refused(with_files(run, "report/../../../out.html"), "a link|no such file|expected names")


def test_an_unsafe_name_is_refused(run):
    (run.folder / "report" / "tulos ä.xlsx").write_text("x")
    refused(with_files(run, "report/tulos ä.xlsx"), "expected names of letters without accents")


def with_tables(run, number):
    """The run with more released files."""
    more = [f"release/more_{each}.json" for each in range(number)]
    for name in more:
        (run.folder / name).write_text("{}", encoding="utf-8")
    seal(run.folder)
    return replace(run, released=(*run.released, *more))


@pytest.mark.parametrize(
    ("room", "kept"),
    [(5, ["brief", "results", "trace"]), (4, ["brief", "results"]), (3, ["results"])],
)
def test_what_repeats_most_gives_way_first_if_there_are_many_tables(run, room, kept):
    """Three workbooks, then a brief, then a page that leads numbers back."""
    taken = len(with_rows(run)) + WRITTEN + 1
    made = make_package(with_tables(run, MOST_FILES - taken - room), NOTHING)
    found = packed(made.path)
    beside = {n.removeprefix("report/").partition("_")[0] for n in found if n.startswith("report/")}
    assert sorted(beside - {"pages.html"}) == kept
    assert made.files <= MOST_FILES
    left = [row["file"] for row in log_of(found) if row["reason"] == "too_many"]
    assert bool(left) == (room < 5)


def test_too_many_files_are_refused(run):
    refused(with_tables(run, MOST_FILES), r"\d+ files: a checker takes 50 at a time")


def test_too_large_a_package_is_refused(run):
    (run.folder / "report" / "results_x.xlsx").write_bytes(os.urandom(20_100_000))
    refused(with_files(run, "report/results_x.xlsx"), r"20\.\d MB: a checker takes 20 MB")


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("report/results.html", "<p>131052-308T</p>", "personal identity code"),
        ("report/trace_fi.html", "<p>131052-308T</p>", "personal identity code"),
        ("report/results_annex.html", "<p>/home/someone/data</p>", "folder"),
    ],
)
def test_what_must_not_leave_is_found_in_the_finished_package(run, name, text, kind):
    (run.folder / name).write_text(text, encoding="utf-8")
    refused(run, kind)


def test_an_old_package_stays_if_a_new_one_is_refused(run):
    made = make_package(run, NOTHING)
    before = made.path.read_bytes()
    (run.folder / "report" / "results.html").write_text("131052-308T", encoding="utf-8")
    with pytest.raises(InputError):
        make_package(run, NOTHING)
    assert made.path.read_bytes() == before


def test_a_key_that_is_none_is_named(run):
    (run.folder / "restricted" / "signing_key.pem").write_text("no key")
    refused(run, r"signing_key.pem: no Ed25519 key in PEM")


@pytest.fixture
def elsewhere(root, tmp_path, monkeypatch):
    """A folder in which studies are known and none was run."""
    shutil.copytree(root / "config", tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


def test_the_command_refuses_a_study_that_was_not_run(elsewhere, capsys):
    for study, said in {
        "no_such_study": "no_such_study",
        "../demo_2021": "demo_2021",
        "registers_2017": "registers_2017: no release in results/registers_2017; run it first",
    }.items():
        assert main(["release", study]) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1 and said in told
    assert not elsewhere.exists()


def test_a_package_that_cannot_be_searched_for_ids_is_not_made(elsewhere, capsys):
    release = elsewhere / "registers_2017" / "release"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text("{}")
    assert main(["release", "registers_2017"]) == 2
    assert "no id of the extract could be looked for" in capsys.readouterr().err


def test_hidden_numbers_are_counted(run):
    made = make_package(run, NOTHING)
    text = (run.folder / "release" / "estimates.csv").read_text(encoding="utf-8")
    assert made.hidden == sum("suppressed" in line for line in text.splitlines()) > 0


def test_no_text_of_a_study_becomes_markup(run):
    path = run.folder / "release" / "study.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["title"] = dict.fromkeys(("fi", "sv", "en"), "<script>alert(1)</script>")
    told |= {"authors": ["<b>A</b>"], "contact": '"><img src=x>'}
    path.write_text(json.dumps(told), encoding="utf-8")
    seal(run.folder)
    profile = DisclosureProfile(profile="register", min_persons=10, note="<i>note</i>")
    found = packed(make_package(replace(run, profile=profile), NOTHING).path)
    for name in FORMS:
        page = found[name].decode("utf-8")
        assert not re.search(r"<(script|b|i|img)\b", page)
        assert "&lt;script&gt;" in page


def test_counts_that_are_not_rounded_are_told(rich_run):
    found = packed(make_package(rich_run, NOTHING).path)
    page = found["checker_en.html"].decode("utf-8").replace("<wbr>", "")
    assert "they were protected together: n_persons" in page
    log = found["disclosure_log.csv"].decode("utf-8")
    assert "release/estimates.csv,all,n_persons,rounded" not in log


@pytest.mark.parametrize("min_persons", [0, 10])
def test_hidden_effects_are_said_to_be_hidden(run, min_persons):
    path = run.folder / "release" / "study.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    profile = run.profile.model_copy(update={"min_persons": min_persons})
    for blinded in (False, True):
        path.write_text(json.dumps(told | {"blinded": blinded}), encoding="utf-8")
        seal(run.folder)
        found = packed(make_package(replace(run, profile=profile), NOTHING).path)
        page = found["checker_en.html"].decode("utf-8")
        assert ("The effects are hidden for now" in page) == blinded


def test_what_an_attacker_works_out_leaves_no_package(run):
    """A hidden estimate whose degrees of freedom still stand."""
    path = run.folder / "release" / "estimates.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    next(row for row in rows if row["status"] == "suppressed")["degrees_of_freedom"] = "17"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    seal(run.folder)
    with pytest.raises(InputError, match=r"release/estimates.csv \(sisters: degrees_of_freedom\)"):
        make_package(run, NOTHING)
    assert not (run.folder / "package").exists()


@pytest.fixture
def rich_run(run):
    """The run with one count of persons that is a multiple of nothing."""
    path = run.folder / "release" / "estimates.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    next(row for row in rows if row["status"] == "ok")["n_persons"] = "1237"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    seal(run.folder)
    return run


def test_runs_are_compared_by_what_was_released_alone(run, capsys):
    """`compare` opens three files of a release by name; a folder of persons has none of them."""
    restricted = run.folder / "restricted"
    assert main(["compare", str(restricted), str(restricted)]) == 2
    assert "estimates.csv: no such file" in capsys.readouterr().err
    assert main(["compare", str(restricted / "cells.csv"), str(restricted / "cells.csv")]) == 2
    assert "expected a release folder" in capsys.readouterr().err


def test_the_form_names_what_each_data_owner_demands(root, finished, swedish):
    """A checker holds numbers against the limits, and sees which are unconfirmed."""
    limits = read_limits(root / "config", "register")
    release = read_release(finished.folder / "release")
    page = form_page(release, {}, finished.profile, About("k", limits=tuple(limits)), swedish)
    assert len(limits) > 5
    for each in limits:
        assert escape(swedish.say(f"handover.limit.{each.rule}")) in page
        assert escape(each.reference["sv"]) in page
    assert swedish.say("handover.limits.yes") in page
    without = form_page(release, {}, finished.profile, About("k"), swedish)
    assert swedish.say("handover.limits") not in without


def test_the_form_has_the_number_of_the_permit(run):
    found = packed(make_package(replace(run, permit="TK/12/07.03.00/2026 <a>"), NOTHING).path)
    for name in FORMS:
        assert "TK/12/07.03.00/2026 &lt;a&gt;" in found[name].decode("utf-8")


def test_persons_behind_shown_rows_are_told_in_bands_and_of_hidden_rows_not_at_all(run):
    found = packed(make_package(run, NOTHING).path)
    rows = list(csv.DictReader(io.StringIO(found["persons_behind.csv"].decode("utf-8"))))
    assert {row["persons"] for row in rows} == {"200 and more"}
    hidden = {row["row"] for row in log_of(found) if row["action"] == "hidden"}
    assert rows and not hidden & {row["row"] for row in rows}


@pytest.mark.parametrize("few", [9, None])
def test_a_row_that_is_shown_of_too_few_persons_is_refused(run, few):
    behind = run.made_of.tables["estimates"].copy()
    shown = behind.index[behind["status"].eq("ok")]
    behind.loc[shown[0], "n_persons_min"] = few
    made_of = replace(run.made_of, tables={"estimates": behind})
    refused(replace(run, made_of=made_of), "rests on fewer than 10 persons; run the study again")


def test_a_release_of_other_tables_is_refused(run):
    behind = run.made_of.tables["estimates"].iloc[:-1]
    made_of = replace(run.made_of, tables={"estimates": behind})
    refused(replace(run, made_of=made_of), "has a row that restricted/ has not")


def test_real_persons_are_not_packed_without_what_a_checker_asks_for(
    elsewhere, capsys, monkeypatch
):
    """Refused before anything is written; a synthetic extract needs none."""
    path = elsewhere.parent / "config" / "studies" / "registers_2017" / "study.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    del settings["source"]["twin"]
    settings["disclosure_confirmed"] = "a test"
    release = elsewhere / "registers_2017" / "release"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text("{}", encoding="utf-8")
    asked = {"permit": "TK/1", "authors": ["The Institute"], "contact": "a@example.org"}
    said = {name: f"study.yaml, {name}: missing; who checks" for name in asked} | {"-": "secured"}

    def secured(folder):
        raise InputError("secured")

    monkeypatch.setattr("kuntakokeilu.private.secure", secured)
    monkeypatch.setattr("kuntakokeilu.plan.leak_scan", lambda plan: {"ids": {}})
    for blank, message in said.items():
        told = {name: value for name, value in asked.items() if name != blank}
        path.write_text(yaml.safe_dump(settings | told), encoding="utf-8")
        study = read_study(elsewhere.parent / "config", "registers_2017")
        plan = SimpleNamespace(study=study, release=str(release))
        monkeypatch.setattr("kuntakokeilu.plan.make_plan", lambda name, plan=plan: plan)
        assert main(["release", "registers_2017"]) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1 and message in told
    assert [each.name for each in release.parent.iterdir()] == ["release"]


def test_the_permit_changes_no_number(root):
    study = read_study(root / "config", "demo_2021")
    with_permit = study.settings.model_copy(update={"permit": "TK/1/2026"})
    assert replace(study, settings=with_permit).fingerprint() == study.fingerprint()
    seeded = study.settings.model_copy(update={"seed": study.settings.seed + 1})
    assert replace(study, settings=seeded).fingerprint() != study.fingerprint()
