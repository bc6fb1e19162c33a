"""The commands new-study, check and preflight of a study, as a user types them."""

from __future__ import annotations

import re
import shutil

import pandas as pd
import pytest
import yaml

from kuntakokeilu.__main__ import main
from kuntakokeilu.commands.extracts import extract_of

VARIABLE = "KUNTAKOKEILU_REGISTERS"
# Tables of each kind; tests of the twin read all of them.
WRITTEN = {"persons_yearly", "jobseekers", "search_spells", "status_spells", "wages"}


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
    my_panel(folder)
    assert main(["check", "mine"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "mine: outcomes 1, estimands 5, no fault"


def my_panel(folder, starts=("2021-06", "", "2021-06", ""), column="my_rate_pct", last="2023-12"):
    """Write the panel that the template asks for: a unit for each start."""
    months = [str(month) for month in pd.period_range("2019-01", last, freq="M")]
    rows = [
        f"u{number},{month},{start},{(number * 7 + place) % 5}"
        for number, start in enumerate(starts)
        for place, month in enumerate(months)
    ]
    text = "\n".join([f"unit,month,first_treated,{column}", *rows]) + "\n"
    (folder / "data" / "my_panel.csv").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        ({"column": "rate_of_mine"}, "my_panel.csv: column my_rate_pct is missing"),
        ({"last": "2023-11"}, "has 2019-01 to 2023-11; the study compares 2019-01 to 2023-12"),
        ({"starts": ("", "")}, "no unit is ever treated"),
        ({"starts": ("soon", "")}, "row 2: expected a period such as 2021-03 or 2021M03"),
    ],
)
def test_check_finds_what_a_job_would_refuse(folder, capsys, panel, said):
    main(["new-study", "mine"])
    (folder / "data").mkdir()
    my_panel(folder, **panel)
    assert main(["check", "mine"]) == 2
    assert said in one_error(capsys)


@pytest.mark.parametrize(
    "key", ['exclude_units: ["x"]', "exclude_areas: [x]", 'control_units: ["u1", "x"]']
)
def test_check_finds_a_name_that_the_data_do_not_have(folder, capsys, key):
    main(["new-study", "mine"])
    (folder / "data").mkdir()
    my_panel(folder)
    path = folder / "config" / "studies" / "mine" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    assert "all_units: {}" in text
    path.write_text(text.replace("all_units: {}", f"all_units: {{{key}}}"), encoding="utf-8")
    assert main(["check", "mine"]) == 2
    line = one_error(capsys)
    assert "study.yaml, comparisons.all_units: " in line
    assert f"{key.partition(':')[0]} names x, which the study does not have" in line


def test_check_names_units_whose_start_lies_outside_what_is_compared(folder, capsys):
    main(["new-study", "mine"])
    (folder / "data").mkdir()
    my_panel(folder, starts=("2021-06", "", "2030-01", "2018-01"))
    main(["check", "mine"])
    notes = [line for line in capsys.readouterr().out.splitlines() if ": note: " in line]
    assert any("1 unit starts after 2023-12" in note and note.endswith("u2") for note in notes)
    assert any("1 unit starts with 2019-01" in note and "u3" in note for note in notes)


@pytest.fixture
def whole_config(config, tmp_path, monkeypatch):
    """All settings of the project; the current folder."""
    shutil.copytree(config, tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "config"


@pytest.mark.parametrize("table", ["ledger/financing.csv", "benefit_rates.csv"])
def test_check_finds_a_hole_and_an_overlap_of_dated_rules(whole_config, capsys, table):
    path = whole_config / table
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    for changed in (rows[1:], [*rows, rows[0]]):
        path.write_text("\n".join([header, *changed]) + "\n", encoding="utf-8")
        assert main(["check", "demo_2021"]) == 2
        assert path.name in one_error(capsys)


def test_check_finds_a_date_that_is_none_in_the_policy_calendar(whole_config, capsys):
    path = whole_config / "policy_calendar.csv"
    text = path.read_text(encoding="utf-8")
    bad = "\n2021-13-45,day,a,b,c,verified,d\n2"
    path.write_text(text.replace("\n2", bad, 1), encoding="utf-8")
    assert main(["check", "demo_2021"]) == 2
    assert "policy_calendar.csv, row 2, column date: expected a date" in one_error(capsys)


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


@pytest.fixture
def twin_project(config, tmp_path, monkeypatch):
    """The settings of the project with a demonstration of 650 persons; the current folder."""
    monkeypatch.delenv(VARIABLE, raising=False)
    shutil.copytree(config, tmp_path / "config")
    path = tmp_path / "config" / "studies" / "demo_2021" / "study.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["source"]["twin"]["scale"] = 1 / 2000
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    path = tmp_path / settings["source"]["adapter"]
    adapter = yaml.safe_load(path.read_text(encoding="utf-8"))
    adapter["absent"] = sorted(set(adapter["tables"]) - WRITTEN)
    adapter["tables"] = {
        name: adapter["tables"][name] for name in adapter["tables"] if name in WRITTEN
    }
    path.write_text(yaml.safe_dump(adapter), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_preflight_of_the_demonstration_needs_no_data_and_shows_only_counts(
    twin_project, capsys, monkeypatch
):
    before = sorted(twin_project.rglob("*"))
    monkeypatch.setenv(VARIABLE, "a real extract")  # which a twin never is
    assert main(["preflight", "--study", "demo_2021"]) == 0
    out, err = capsys.readouterr()
    assert err == "" and out.splitlines()[-1] == "No fault"
    assert sorted(twin_project.rglob("*")) == before
    rows = [line.split() for line in out.splitlines() if line.strip().startswith("search_spells ")]
    assert rows[0][1:3] == ["8", "8"]  # files found and expected
    extract_of("demo_2021", None, twin_project / "again")  # the same twin once more
    files = [path for path in (twin_project / "again").rglob("*.parquet")]
    frames = [pd.read_parquet(path) for path in files if path.parent.name in ("keys", "tax")]
    columns = [values for frame in frames for name, values in frame.items() if name != "vuosi"]
    ids = {str(value) for values in columns for value in values if len(str(value)) > 6}
    assert len(ids) > 1_000
    assert ids & set(re.findall(r"[\w.-]+", out)) == set()
    counts, ratios = out.split("Sums of a year over those of the year before\n")
    assert re.findall(r"\d{4}-\d{2}-\d{2}|\d[.,]\d", counts) == []  # no day, no euro
    shown = [value.replace(".", "").lstrip("0") for value in re.findall(r": ([\d.]+)", ratios)]
    assert shown and max(map(len, shown)) <= 3  # three digits of a sum over millions


def test_preflight_of_a_real_extract_finds_its_folder_as_the_workflow_does(
    twin_project, capsys, monkeypatch
):
    path = twin_project / "config" / "studies" / "demo_2021" / "study.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    del settings["source"]["twin"]
    settings["source"]["root"] = "nowhere"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    command = ["preflight", "--study", "demo_2021"]
    assert main(command) == 2
    assert "nowhere: no such folder of register data" in one_error(capsys)
    monkeypatch.setenv(VARIABLE, "elsewhere")  # goes before the study's
    assert main(command) == 2
    assert "elsewhere: no such folder of register data" in one_error(capsys)
    assert main([*command, "--root", "third"]) == 2  # goes before both
    assert "third: no such folder of register data" in one_error(capsys)
    (twin_project / "empty").mkdir()
    assert main([*command, "--root", "empty"]) == 1
    assert "file_missing" in capsys.readouterr().out


def test_preflight_takes_an_adapter_before_a_study(twin_project, capsys):
    adapter = "config/registers/fiona.yaml"
    (twin_project / "empty").mkdir()
    assert main(["preflight", "--study", "x", "--adapter", adapter, "--root", "empty"]) == 1
    assert capsys.readouterr().out.startswith("Extract fiona")


def test_preflight_without_registers_is_one_line(twin_project, capsys):
    assert main(["preflight", "--study", "open_2021"]) == 2
    assert "open_2021: this study reads no registers" in one_error(capsys)
    assert main(["preflight", "--study", "none"]) == 2
    assert "no study named none" in one_error(capsys)
