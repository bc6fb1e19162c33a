"""A plan on registers from its design to its effects, command by command, as docs/plan.md says."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from kuntakokeilu.__main__ import main
from kuntakokeilu.registers import read_contract

from . import tiny_registers as tiny
from .conftest import copy_project, snakemake

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("plan_walk"),
    pytest.mark.usefixtures("warm_jobs"),
]

ROOT = Path(__file__).resolve().parents[2]
OUTCOME = "unemployed"
ESTIMANDS = f"config/studies/{tiny.STUDY}/estimands.csv"
RESULTS = Path("results") / tiny.STUDY


def municipalities() -> list[str]:
    """One of each of twenty trial areas, and forty that were not in the trial."""
    listed = pd.read_csv(ROOT / "config/studies/open_2021/areas.csv", dtype=str)
    known = pd.read_csv(ROOT / "config/municipalities.csv", dtype=str)
    trial = listed[listed["arm"] == "trial"].drop_duplicates("area")["code"].head(20)
    here = known[known["valid_to"].isna() & known["region"].ne("21")]
    others = here.loc[~here["code"].isin(listed["code"])].drop_duplicates("sub_region")["code"]
    more = here.loc[~here["code"].isin([*listed["code"], *others]), "code"]
    return [*trial, *[*others, *more][:40]]


def one_outcome(project: Path) -> None:
    """Ask of one outcome, twice, hide the effects, and say who has a comparable control."""
    folder = project / "config" / "studies" / tiny.STUDY
    settings = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    del settings["false_starts"]
    settings |= {"blinded": True, "permutations": 99}
    settings["comparisons"]["overlap"] = {"exclude_regions": ["21"], "overlap": {"size": True}}
    (folder / "study.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    for name in ("outcomes", "estimands"):
        table = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        table = table[table["outcome"] == OUTCOME]
        if name == "estimands":
            main_row = table.assign(headline="yes")
            again = table.assign(estimand=f"{OUTCOME}.area", weights="area", headline="")
            table = pd.concat([main_row, again])
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project with a register study of sixty invented persons in as many municipalities."""
    monkeypatch.setattr(tiny, "UNITS", municipalities())
    folder = copy_project(ROOT, tmp_path / "project")
    tiny.write_study(folder)
    one_outcome(folder)
    files, adapter = tiny.extract(), tiny.adapter()
    adapter["absent"] = sorted(
        set(read_contract(ROOT / "config")) - {"key_link", *adapter["tables"]}
    )
    (folder / tiny.ADAPTER).write_text(yaml.safe_dump(adapter), encoding="utf-8")
    tiny.write_extract(files, tmp_path / "files")
    monkeypatch.setenv("KUNTAKOKEILU_REGISTERS", str(tmp_path / "files"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")  # 2026-01-01
    return folder


def run(project: Path, target: str) -> None:
    done = snakemake(project, target, "--config", f"study={tiny.STUDY}")
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]


def command(project: Path, *arguments: str) -> int:
    with contextlib.chdir(project):
        return main(list(arguments))


def released(project: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(project / RESULTS / "release" / f"{name}.csv", keep_default_na=False)


def estimates(project: Path) -> pd.Series:
    rows = pd.read_parquet(project / RESULTS / "restricted" / "estimates" / "employment.parquet")
    return rows[rows["leading"]].set_index("estimand")["estimate"]


def told(project: Path, name: str) -> dict:
    path = project / RESULTS / "release" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def change(project: Path, old: str, new: str) -> None:
    path = project / ESTIMANDS
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_design_lock_blinded_results_checks_and_effects(project):
    # the design, of the areas that were treated
    run(project, "design")
    page = project / RESULTS / "design" / "design_en.html"
    text = page.read_text(encoding="utf-8")
    assert "effects hidden" not in text and "have no comparable control" not in text
    alone = pd.read_csv(project / RESULTS / "design" / "limits.csv")
    assert set(alone["reason"]) <= {"no_window", "no_comparable_control", "no_weight"}

    # the plan, before any number
    assert command(project, "lock", tiny.STUDY) == 0
    first_text = (project / ESTIMANDS).read_text(encoding="utf-8")

    # results with hidden effects: every row of the plan, and none of the real numbers
    run(project, "release")
    blind, rows = estimates(project), released(project, "estimates")
    assert set(rows["plan"]) == {"locked"}
    assert told(project, "study")["blinded"]
    assert told(project, "manifest")["plan"]["unblinded"] is None
    units = [
        project / RESULTS / "restricted" / f"units{end}.parquet" for end in ("", "_as_treated")
    ]
    dealt, given = (pd.read_parquet(path).set_index("unit")["arm"] for path in units)
    assert (dealt != given).any() and given["091"] == "trial"

    # no effect is shown on anything but the record of this plan's design
    (project / "checks.txt").write_text("All checked.\n", encoding="utf-8")
    for other in ("checks.txt", page.relative_to(project).as_posix()):
        assert command(project, "unblind", tiny.STUDY, "--checked", other) == 2
    record = (RESULTS / "design" / "record.json").as_posix()
    assert command(project, "unblind", tiny.STUDY) == 0

    # what is changed and added from then on says so, beside what was locked
    change(project, f"{OUTCOME}.area,", f"{OUTCOME}.added,")
    lines = (project / ESTIMANDS).read_text(encoding="utf-8").splitlines()
    locked = next(line for line in first_text.splitlines() if line.startswith(f"{OUTCOME}.area,"))
    moved = locked.replace(",area,two_way", ",persons_frozen,two_way")
    assert moved != locked
    (project / ESTIMANDS).write_text("\n".join([*lines, moved]) + "\n", encoding="utf-8")
    run(project, "release")
    seen = told(project, "manifest")["plan"]
    assert seen["locked"] == seen["unblinded"]["date"] == "2026-01-01"
    assert seen["unblinded"]["checked"] == record
    statuses = released(project, "estimates").groupby("estimand")["plan"].agg(set).to_dict()
    main_one = f"{OUTCOME}.main"
    assert statuses == {
        main_one: {"locked"},
        f"{OUTCOME}.area": {"changed"},
        f"{OUTCOME}.added": {"added"},
    }
    plan = released(project, "plan").set_index("item")
    assert plan.loc[f"{OUTCOME}.area", "changes"] == "weights: area → persons_frozen"
    assert not json.loads((project / RESULTS / "release" / "study.json").read_text("utf-8"))[
        "blinded"
    ]
    real = estimates(project)
    assert abs(blind[main_one] - real[main_one]) > 1e-6
