"""The commands new-study and check, as a user types them."""

from __future__ import annotations

import shutil

import pytest

from kuntakokeilu.__main__ import main


@pytest.fixture
def folder(config, tmp_path, monkeypatch):
    """An empty project with the shared tables and the template; the current folder."""
    for path in config.glob("*.csv"):
        (tmp_path / "config").mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / "config")
    shutil.copytree(config / "template", tmp_path / "config" / "template")
    (tmp_path / "config" / "studies").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def one_error(capsys):
    """The only line on standard error."""
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("kuntakokeilu: error: ")
    return line


def test_a_new_study_is_the_template_and_lacks_only_its_data(folder, capsys):
    assert main(["new-study", "mine"]) == 0
    assert "config/studies/mine" in capsys.readouterr().out
    copied = {path.name for path in (folder / "config" / "studies" / "mine").iterdir()}
    assert copied == {"study.yaml", "outcomes.csv", "estimands.csv"}
    assert main(["check", "mine"]) == 2
    assert "data/my_panel.csv: no such file" in one_error(capsys)


def test_a_study_with_its_data_has_no_fault(folder, capsys):
    main(["new-study", "mine"])
    (folder / "data").mkdir()
    (folder / "data" / "my_panel.csv").write_text("unit\n", encoding="utf-8")
    assert main(["check", "mine"]) == 0
    assert "mine: outcomes 1, estimands 5, no fault" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["Mine", "my study", "2mine", "../mine", "mine.yaml", "ääni"])
def test_a_name_that_cannot_be_a_folder_of_a_study_is_refused(folder, capsys, name):
    assert main(["new-study", name]) == 2
    assert "expected small letters" in one_error(capsys)
    assert not any((folder / "config" / "studies").iterdir())


def test_an_existing_study_is_not_overwritten(folder, capsys):
    main(["new-study", "mine"])
    path = folder / "config" / "studies" / "mine" / "study.yaml"
    path.write_text("mine", encoding="utf-8")
    assert main(["new-study", "mine"]) == 2
    assert "exists already" in one_error(capsys)
    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("command", ["new-study", "check"])
def test_outside_the_project_the_folder_is_to_blame(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    assert main([command, "mine"]) == 2
    assert "run this in the project's folder" in one_error(capsys)


def test_a_fault_of_the_settings_ends_with_code_2(folder, capsys):
    main(["new-study", "mine"])
    path = folder / "config" / "studies" / "mine" / "estimands.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("two_by_two", "two_by_too"), encoding="utf-8")
    assert main(["check", "mine"]) == 2
    assert "estimands.csv, row 4, column estimator" in one_error(capsys)


def test_the_schema_is_written(folder):
    assert main(["schema"]) == 0
    assert (folder / "config" / "schemas" / "study.schema.json").is_file()
