"""Two releases side by side: what moved, by how much, and what came or went."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.contracts import RELEASED
from kuntakokeilu.errors import InputError
from kuntakokeilu.report.compare import compare_releases, read_released, say


@pytest.fixture
def old() -> pd.DataFrame:
    row = dict.fromkeys(RELEASED.columns, "") | {"inference": "cluster_area", "status": "ok"}
    row |= {"term": "att", "estimate": "-0.1437", "std_error": "0.16", "p_value": "0.39"}
    names = ["rate.main", "rate.area", "rate.gone"]
    return pd.DataFrame([row | {"estimand": name} for name in names])


def test_equal_releases_have_no_difference(old: pd.DataFrame) -> None:
    moved = compare_releases(old, old.copy())
    assert moved.empty
    assert say(moved) == "No released number moved."


def test_a_moved_number_is_listed_with_its_change(old: pd.DataFrame) -> None:
    new = old.copy()
    new.loc[0, "estimate"] = "-0.2437"
    moved = compare_releases(old, new)
    assert moved[["estimand", "column"]].to_numpy().tolist() == [["rate.main", "estimate"]]
    assert moved["change"].iloc[0] == pytest.approx(-0.1, abs=1e-12)
    assert "-0.1437 -> -0.2437 (by -0.1)" in say(moved)


def test_last_digits_do_not_count_as_moved(old: pd.DataFrame) -> None:
    new = old.copy()
    new.loc[0, "estimate"] = "-0.14370000000000002"
    assert compare_releases(old, new).empty


def test_a_number_that_appears_or_vanishes_is_a_difference(old: pd.DataFrame) -> None:
    new = old.copy()
    new.loc[1, ["estimate", "status"]] = ["", "suppressed"]
    moved = compare_releases(old, new)
    assert set(moved["column"]) == {"estimate", "status"}


def test_rows_of_one_release_only_are_named(old: pd.DataFrame) -> None:
    new = old.iloc[:2].copy()
    new.loc[1, "estimand"] = "rate.new"
    moved = compare_releases(old, new).set_index("estimand")["old"].to_dict()
    assert moved == {
        "rate.area": "only in old",
        "rate.gone": "only in old",
        "rate.new": "only in new",
    }


def test_the_same_estimate_twice_is_refused(old: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="twice"):
        compare_releases(old, pd.concat([old, old.iloc[:1]]))


@pytest.mark.parametrize(("change", "code"), [(False, 0), (True, 1)])
def test_the_command_ends_with_1_if_a_number_moved(
    old: pd.DataFrame, tmp_path: Path, root: Path, change: bool, code: int
) -> None:
    new = old.assign(estimate="0.5") if change else old
    for name, frame in (("old", old), ("new", new)):
        (tmp_path / name).mkdir()
        frame.to_csv(tmp_path / name / "estimates.csv", index=False)
    folders = [str(tmp_path / "old"), str(tmp_path / "new")]
    done = subprocess.run(
        [sys.executable, "-m", "kuntakokeilu", "compare", *folders],
        cwd=root,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert ("estimate: -0.1437 -> 0.5" in done.stdout) is change


def test_a_folder_without_a_release_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"estimates\.csv"):
        read_released(tmp_path)
