"""The commands lock and unblind, as a user types them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from kuntakokeilu.__main__ import main
from kuntakokeilu.disclosure import write_design_record
from kuntakokeilu.study import digest, plan_of, read_study

STUDY = "open_2017"


@pytest.fixture
def folder(config, tmp_path, monkeypatch):
    """A project with a copy of a study that hides its effects; the current folder."""
    copied = tmp_path / "config"
    copied.mkdir()
    for path in config.glob("*.csv"):
        shutil.copy(path, copied)
    shutil.copytree(config / "studies" / STUDY, copied / "studies" / STUDY)
    file = copied / "studies" / STUDY / "study.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "blinded: true\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")  # 2026-01-01
    return copied / "studies" / STUDY


def study():
    return read_study(Path("config"), STUDY)


def edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def error(capsys):
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_a_plan_is_locked_and_not_overwritten(folder, capsys):
    assert main(["lock", STUDY]) == 0
    said = capsys.readouterr().out
    assert "plan locked on 2026-01-01: 29 estimands, 7 outcomes" in said
    first = json.loads((folder / "plan.lock.json").read_text(encoding="utf-8"))
    assert first["plan_sha256"] in said and set(first["plan"]["estimands"]["unemployed.main"]) > {
        "sha256", "weights", "comparison_rule", "seed",
    }  # fmt: skip
    assert main(["lock", STUDY, "--again"]) == 2
    assert "is as it was locked on 2026-01-01" in error(capsys)
    edit(folder / "estimands.csv", "unemployed.main,unemployed,mainland,municipality",
         "unemployed.main,unemployed,mainland,area")  # fmt: skip
    edit(folder / "estimands.csv", "unemployed.area_weights,unemployed,mainland,area",
         "unemployed.area_weights,unemployed,mainland,municipality")  # fmt: skip
    assert main(["lock", STUDY]) == 2
    assert "differs since in unemployed.main, unemployed.area_weights; --again" in error(capsys)
    assert json.loads((folder / "plan.lock.json").read_text(encoding="utf-8")) == first
    assert main(["lock", STUDY, "--again"]) == 0
    again = json.loads((folder / "plan.lock.json").read_text(encoding="utf-8"))
    assert again["history"][0]["plan_sha256"] == first["plan_sha256"] != again["plan_sha256"]


def judged(name=STUDY, plan=None):
    """What `run.py design` leaves: a page, and a record of the plan as it is now."""
    design = Path("results") / STUDY / "design"
    design.mkdir(parents=True, exist_ok=True)
    page = design / "design_en.html"
    page.write_text("<p>Detectable effects</p>", encoding="utf-8")
    plan = plan or digest(plan_of(study()))
    write_design_record(name, plan, [page], design / "record.json")
    return design


def test_effects_are_shown_once_the_plan_is_locked_and_its_design_judged(folder, capsys):
    assert study().blinded
    unblinding = ["unblind", STUDY]
    assert main(unblinding) == 2
    assert "the plan is not locked" in error(capsys)
    main(["lock", STUDY])
    capsys.readouterr()
    assert main(unblinding) == 2
    assert "record.json: no such file; before effects are shown: python run.py design" in (
        error(capsys)
    )
    judged()
    edit(folder / "study.yaml", "seed: 20170801", "seed: 20170802")
    assert main(unblinding) == 2
    assert "lock open_2017 --again" in error(capsys)
    edit(folder / "study.yaml", "seed: 20170802", "seed: 20170801")
    assert study().blinded
    assert main(unblinding) == 0
    assert not study().blinded and not study().describe()["blinded"]
    seen = study().lock.described()["unblinded"]
    record = f"results/{STUDY}/design/record.json"
    assert (seen["date"], seen["checked"]) == ("2026-01-01", record)
    assert main(unblinding) == 2
    assert "unblinded on 2026-01-01 already" in error(capsys)
    # what was seen stays seen, whatever is locked later
    edit(folder / "study.yaml", "seed: 20170801", "seed: 20170802")
    assert main(["lock", STUDY, "--again"]) == 0
    assert study().lock.unblinded.checked == record and not study().blinded


def test_no_effect_is_shown_on_anything_but_the_judged_design_of_this_plan(folder, capsys):
    main(["lock", STUDY])
    capsys.readouterr()

    def refused(file="results/open_2017/design/record.json"):
        assert main(["unblind", STUDY, "--checked", str(file)]) == 2
        assert study().blinded and study().lock.unblinded is None
        return error(capsys)

    Path("checks.txt").write_text("All checked.\n", encoding="utf-8")
    assert "checks.txt: no record of run.py design" in refused("checks.txt")
    design = judged()
    assert "design_en.html: no record of run.py design" in refused(design / "design_en.html")
    record = design / "record.json"
    edit(record, digest(plan_of(study())), "0" * 64)
    assert "record.json: no record of run.py design, or not as it wrote it" in refused()
    judged(plan="0" * 64)
    assert "of another plan than the locked one (SHA-256 000000000000, not" in refused()
    judged(name="open_2012")
    assert "the design of open_2012 was judged, expected that of open_2017" in refused()
    page = judged() / "design_en.html"
    page.write_text("<p>Something else</p>", encoding="utf-8")
    assert "design_en.html: missing beside record.json, or not as run.py design" in refused()
    page.unlink()
    assert "design_en.html: missing beside record.json" in refused()
    judged()
    assert main(["unblind", STUDY, "--checked", str(record)]) == 0


def test_a_design_that_was_judged_before_the_lock_counts_if_the_plan_is_the_same(folder):
    judged()
    assert main(["lock", STUDY]) == 0
    assert main(["unblind", STUDY]) == 0 and not study().blinded


def test_a_study_that_hides_nothing_has_nothing_to_unblind(folder, capsys):
    edit(folder / "study.yaml", "blinded: true\n", "")
    assert main(["unblind", STUDY]) == 2
    assert "hides no effects; expected blinded: true" in error(capsys)


def test_a_lock_that_was_tampered_with_stops_every_command(folder, capsys):
    main(["lock", STUDY])
    capsys.readouterr()
    edit(folder / "plan.lock.json", '"2026-01-01"', '"2020-01-01"')
    for command in (["check", STUDY], ["lock", STUDY, "--again"]):
        assert main(command) == 2
        assert "does not fit its hash" in error(capsys)
