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
from kuntakokeilu.report.words.compare import COMPARED, compare_releases, read_released, say

Release = dict[str, pd.DataFrame]


@pytest.fixture
def old() -> Release:
    row = dict.fromkeys(RELEASED.columns, "") | {"inference": "cluster_area", "status": "ok"}
    row |= {"term": "att", "estimate": "-0.1437", "std_error": "0.16", "p_value": "0.39"}
    names = ["rate.main", "rate.area", "rate.gone"]
    check = {"check": "pre_trend", "statistic": "p", "value": "0.4", "threshold": "0.05"}
    unit = dict.fromkeys(("name_fi", "name_sv", "name_en"), "A")
    return {
        "estimates.csv": pd.DataFrame([row | {"estimand": name} for name in names]),
        "diagnostics.csv": pd.DataFrame(
            [{"estimand": name, **check, "verdict": "pass"} for name in names]
        ),
        "units.csv": pd.DataFrame(
            [
                {"unit": "049", **unit, "arm": "control", "area": "", "cluster": "011"},
                {"unit": "091", **unit, "arm": "trial", "area": "North", "cluster": "North"},
            ]
        ),
    }


def changed(release: Release, file: str, row: int, **values: str) -> Release:
    """A copy of a release with one row of one file changed."""
    frame = release[file].copy()
    for column, value in values.items():
        frame.loc[row, column] = value
    return {**release, file: frame}


def save(release: Release, folder: Path) -> Path:
    folder.mkdir(parents=True)
    for file, frame in release.items():
        frame.to_csv(folder / file, index=False)
    return folder


def test_equal_releases_have_no_difference(old: Release) -> None:
    moved = compare_releases(old, {file: frame.copy() for file, frame in old.items()})
    assert moved.empty
    assert say(moved) == "No released number, verdict or arm moved."


def test_a_moved_number_is_listed_with_its_change(old: Release) -> None:
    moved = compare_releases(old, changed(old, "estimates.csv", 0, estimate="-0.2437"))
    assert moved[["file", "row", "column"]].to_numpy().tolist() == [
        ["estimates.csv", "rate.main att cluster_area", "estimate"]
    ]
    assert moved["change"].iloc[0] == pytest.approx(-0.1, abs=1e-12)
    assert "-0.1437 -> -0.2437 (by -0.1)" in say(moved)


def test_last_digits_do_not_count_as_moved(old: Release) -> None:
    new = changed(old, "estimates.csv", 0, estimate="-0.14370000000000002")
    new = changed(new, "diagnostics.csv", 0, value="0.40000000000000002")
    assert compare_releases(old, new).empty


def test_a_number_that_appears_or_vanishes_is_a_difference(old: Release) -> None:
    new = changed(old, "estimates.csv", 1, estimate="", status="suppressed")
    assert set(compare_releases(old, new)["column"]) == {"estimate", "status"}


def test_every_changed_verdict_is_listed(old: Release) -> None:
    new = {**old, "diagnostics.csv": old["diagnostics.csv"].assign(verdict="fail")}
    moved = compare_releases(old, new)
    assert len(moved) == 3
    assert set(moved["column"]) == {"verdict"}
    assert "diagnostics.csv, rate.main pre_trend, verdict: pass -> fail" in say(moved)


def test_value_and_threshold_of_a_check_are_compared_as_numbers(old: Release) -> None:
    moved = compare_releases(old, changed(old, "diagnostics.csv", 2, value="0.3", threshold="0.1"))
    assert dict(zip(moved["column"], moved["change"].round(9), strict=True)) == {
        "value": -0.1, "threshold": 0.05,
    }  # fmt: skip


def test_units_that_change_arm_area_or_cluster_are_listed(old: Release) -> None:
    new = changed(old, "units.csv", 0, arm="trial", area="North", cluster="North")
    moved = compare_releases(old, new)
    assert list(moved["row"]) == ["049"] * 3
    assert "units.csv, 049, arm: control -> trial" in say(moved)
    renamed = changed(old, "units.csv", 0, name_fi="B")
    assert compare_releases(old, renamed).empty


@pytest.mark.parametrize(
    ("file", "column", "gone"),
    [
        ("estimates.csv", "estimand", "rate.gone att cluster_area"),
        ("diagnostics.csv", "estimand", "rate.gone pre_trend"),
        ("units.csv", "unit", "091"),
    ],
)
def test_rows_of_one_release_only_are_named(
    old: Release, file: str, column: str, gone: str
) -> None:
    new = changed(old, file, len(old[file]) - 1, **{column: "0.new"})
    moved = compare_releases(old, new).set_index("row")
    assert moved["column"].eq("row").all()
    assert moved["old"].to_dict() == {
        gone: "only in old", gone.replace(gone.split(" ", maxsplit=1)[0], "0.new"): "only in new",
    }  # fmt: skip


@pytest.mark.parametrize("file", list(COMPARED))
def test_the_same_row_twice_is_refused(old: Release, file: str) -> None:
    new = {**old, file: pd.concat([old[file], old[file].iloc[:1]])}
    with pytest.raises(InputError, match="twice"):
        compare_releases(old, new)


def test_text_in_a_column_of_numbers_is_refused(old: Release) -> None:
    with pytest.raises(InputError, match=r"diagnostics\.csv: column value holds text"):
        compare_releases(old, changed(old, "diagnostics.csv", 0, value="much"))


def test_a_folder_is_not_compared_with_one_of_its_files(old: Release, tmp_path: Path) -> None:
    folder = save(old, tmp_path / "old")
    alone = read_released(folder / "estimates.csv")
    assert compare_releases(alone, alone).empty
    with pytest.raises(InputError, match="two release folders"):
        compare_releases(alone, read_released(folder))


def test_a_release_without_checks_is_compared(old: Release, tmp_path: Path) -> None:
    none = {**old, "diagnostics.csv": old["diagnostics.csv"].iloc[:0]}
    new = read_released(save(none, tmp_path / "new"))
    assert compare_releases(new, new).empty
    moved = compare_releases(read_released(save(old, tmp_path / "old")), new)
    assert list(moved["old"]) == ["only in old"] * 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (None, ""),
        (("estimates.csv", "estimate", "0.5"), "estimate: -0.1437 -> 0.5"),
        (("diagnostics.csv", "verdict", "fail"), "verdict: pass -> fail"),
    ],
)
def test_the_command_ends_with_1_if_anything_moved(
    old: Release, tmp_path: Path, root: Path, change: tuple[str, str, str] | None, said: str
) -> None:
    new = changed(old, change[0], 0, **{change[1]: change[2]}) if change else old
    folders = [str(save(old, tmp_path / "old")), str(save(new, tmp_path / "new"))]
    done = subprocess.run(
        [sys.executable, "-m", "kuntakokeilu", "compare", *folders],
        cwd=root,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        check=False,
    )
    assert done.returncode == (1 if change else 0), done.stderr
    assert said in done.stdout


def test_a_folder_without_a_release_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"estimates\.csv"):
        read_released(tmp_path)
