"""Another specification on the cells of a study: plain means agree, and one line for each fault."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from tests.estimation import plain
from tests.estimation.build import build_study

import kuntakokeilu
from kuntakokeilu import contracts
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import write_table

MAIN = ("open_2017", "unemployment_rate.main")


@pytest.fixture(scope="module")
def project(tmp_path_factory, config, data_folder):
    """Lay out the cells of one outcome as a run does."""
    made = tmp_path_factory.mktemp("project")
    (made / "config").symlink_to(config, target_is_directory=True)
    folder = made / "results" / "open_2017" / "restricted"
    (folder / "cells").mkdir(parents=True)
    cells, units, counts = build_study(config, data_folder, "open_2017").tables("unemployment_rate")
    write_table(cells, folder / "cells" / "unemployment_rate.parquet", contracts.CELLS)
    write_table(units, folder / "units.parquet", contracts.UNITS)
    write_table(counts, folder / "counts.parquet", contracts.COUNTS)
    return made


@pytest.mark.real_data
def test_a_shorter_window_is_that_of_four_plain_means(project, config, data_folder):
    found = kuntakokeilu.respecify(*MAIN, project=project, first_period="2016-08")
    declared, changed = found.to_dict("records")
    assert declared["estimate"] == pytest.approx(-0.935103, abs=5e-7)
    frame = plain.unemployment(data_folder, config, "open_2017", "2016-08", "2018-12")
    post = frame["month"] >= "2017-08"
    means = plain.four_means(frame["y"], frame["trial"], post, np.ones(len(frame)))
    assert changed["estimate"] == pytest.approx(means, abs=1e-9)
    assert abs(changed["estimate"] - declared["estimate"]) > 0.01
    assert [declared["specification"], changed["specification"]] == [
        "declared",
        "first_period='2016-08'",
    ]


@pytest.mark.real_data
def test_other_weights_are_those_of_the_row_that_declares_them(project):
    found = kuntakokeilu.respecify(*MAIN, project=project, weights="area")
    assert found["estimate"].iloc[1] == pytest.approx(-0.629245, abs=5e-7)


@pytest.mark.real_data
def test_nothing_changed_is_the_same_number_twice(project):
    found = kuntakokeilu.respecify(*MAIN, project=project)
    assert found["estimate"].nunique() == 1
    assert found["specification"].tolist() == ["declared", "unchanged"]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("estimand", "changes", "said"),
    [
        ("unemployment_rate.mian", {}, "no estimand of open_2017"),
        (MAIN[1], {"outcome": "vacancies"}, "outcome cannot be changed"),
        (MAIN[1], {"wieghts": "area"}, "wieghts cannot be changed"),
        (MAIN[1], {"weights": "votes"}, "column weights"),
        (MAIN[1], {"first_period": "1999-01"}, "the cells of unemployment_rate are of"),
        (MAIN[1], {"first_period": "soon"}, "first_period"),
        (MAIN[1], {"population": "eligible"}, "population"),
        (MAIN[1], {"comparison": "nobody"}, "comparison"),
        (MAIN[1], {"covariates": ["height"]}, "height"),
        ("vacancies.main", {}, "run `python run.py results --study open_2017`"),
    ],
)
def test_what_cannot_be_tried_is_told_in_one_line(project, estimand, changes, said):
    with pytest.raises(InputError) as caught:
        kuntakokeilu.respecify("open_2017", estimand, project=project, **changes)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_the_study_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="inside the project"):
        kuntakokeilu.respecify(*MAIN)


@pytest.mark.parametrize(
    "name", ["results", pytest.param("robustness", marks=pytest.mark.simulate)]
)
def test_a_notebook_sent_by_mail_says_in_one_line_what_it_lacks(root, tmp_path, name):
    """Its cells are run as a kernel without the release, or without the package, runs them."""
    import nbformat

    notebook = nbformat.read(root / "workflow" / "notebooks" / f"{name}.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"][:2]
    run = (
        "from IPython.testing.globalipapp import start_ipython as s\n"
        "shell = s()\n"
        f"for cell in {cells!r}:\n"
        "    if not shell.run_cell(cell).success:\n"
        "        break\n"
    )
    gone = "import sys, importlib.util as u\nu.find_spec = lambda name: None\n"
    env = {key: text for key, text in os.environ.items() if key != "KUNTAKOKEILU_NOTEBOOK"}
    env |= {"PYTHONPATH": str(root / "src"), "IPYTHONDIR": str(tmp_path)}
    for before, said in (("", "study.json"), (gone, "needs the package kuntakokeilu")):
        done = subprocess.run(
            [sys.executable, "-c", before + run],
            capture_output=True,
            cwd=tmp_path,
            text=True,
            check=False,
            env=env,
        )
        told = done.stdout + done.stderr
        assert said in told
        assert "Traceback" not in told
