"""Two extracts of one twin, written in different ways: the same cells to the last person."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from kuntakokeilu.contracts import ANSWERS
from kuntakokeilu.panel import TABLES
from kuntakokeilu.registers import open_extract, read_adapter, read_contract, read_table
from kuntakokeilu.study import read_study
from kuntakokeilu.twin import write_extract

from .conftest import ADAPTER, CONFIG, STUDY, to_cells, to_person_months

CSV = {
    "kind": "csv",
    "separator": ";",
    "encoding": "latin-1",
    "decimal": ",",
    "date_formats": ["%d.%m.%Y"],
    "missing": ["."],
}


def as_text(path: Path) -> Path:
    """Write an adapter of the twin in Finnish csv: names in upper case, the older person id."""
    contract = read_contract(CONFIG)
    given = yaml.safe_load(ADAPTER.read_text(encoding="utf-8"))
    given["formats"] = {"csv": CSV}
    for files in [*given["links"].values(), *given["tables"].values()]:
        files.update(format="csv", path=files["path"].replace(".parquet", ".csv"))
    for name, files in given["tables"].items():
        if "person" in contract[name].columns:
            person = contract[name].columns["person"].column
            files.update(link="shnro", columns={"shnro": person})
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    return path


def sorted_cells(folder: Path) -> pd.DataFrame:
    """Make the cells of a population of each sample, with all outcomes, in a fixed order."""
    study = read_study(CONFIG, STUDY)
    first = {}
    for name, each in study.settings.source.populations.items():
        if each.sample != "survey":  # a table of its own, asked of few
            first.setdefault(each.sample, (name, each.members))
    populations = {name: (sample, members) for sample, (name, members) in first.items()}
    outcomes = {
        name: each.column for name, each in study.outcomes.items() if each.column not in ANSWERS
    }
    cells = to_cells(folder, populations, outcomes)
    assert set(cells["population"]) == set(populations)
    assert set(cells["outcome"]) == set(outcomes)
    key = ["population", "stratum", "cohort", "elapsed", "unit", "period", "outcome"]
    assert not cells.duplicated(key).any()
    return cells.sort_values(key, ignore_index=True)


@pytest.mark.simulate
@pytest.mark.slow
@pytest.mark.xdist_group("twin")
def test_another_way_of_writing_the_files_gives_the_same_cells(twin, panel, tmp_path):
    world, _, observed = twin
    adapter = as_text(tmp_path / "text.yaml")
    described = read_adapter(adapter, read_contract(CONFIG))
    files, tables = tmp_path / "extract", tmp_path / "tables"
    write_extract(world, observed, CONFIG, described, files, upper_case=True)
    opened = open_extract(CONFIG, adapter, files)
    for name in TABLES:
        read_table(opened, name, tables / f"{name}.parquet")
    first = files / "keha" / "ytyoll_2023.csv"
    assert first.read_text(encoding="latin-1").startswith("SHNRO;TAPPVH;TPPVM;TYOK1;TYMSYY\n")
    to_person_months(tables, tmp_path / "panel")
    mine, theirs = sorted_cells(tmp_path / "panel"), sorted_cells(panel[0])
    assert len(mine) > 50_000 and (mine["sum"] != 0).sum() > 5_000
    pd.testing.assert_frame_equal(mine, theirs, check_exact=True)


def adapters() -> list[Path]:
    """List the adapters of the project."""
    return sorted((CONFIG / "registers").glob("*.yaml"))


def test_every_adapter_fits_the_one_contract():
    contract = read_contract(CONFIG)
    assert {path.stem for path in adapters()} >= {"synthetic", "fiona"}
    for path in adapters():
        assert read_adapter(path, contract).adapter == path.stem


def test_no_code_knows_an_adapter_by_its_name():
    """No module or rule holds the name or the file of an adapter, or compares a name with it."""
    names = "|".join(path.stem for path in adapters())
    named = re.compile(rf"({names})|.*\b({names})\.yaml", re.IGNORECASE)
    root, found = CONFIG.parent, []
    modules = [*(root / "src").rglob("*.py"), *(root / "workflow").rglob("*.py"), root / "run.py"]
    assert len(modules) > 100
    for path in modules:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {id(each) for node in ast.walk(tree) if _explains(node) for each in ast.walk(node)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            named_here = isinstance(text, str) and named.fullmatch(text) and id(node) not in told
            compared = isinstance(node, ast.Compare) and ".adapter.adapter" in ast.unparse(node)
            if named_here or compared:
                found.append(f"{path.relative_to(root).as_posix()}, line {node.lineno}")
    for path in [root / "Snakefile", *(root / "workflow" / "rules").glob("*.smk")]:
        quoted = re.findall(r"[\"']([^\"']*)[\"']", path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {text}" for text in quoted if named.fullmatch(text)]
    assert found == []


def _explains(node: ast.AST) -> bool:
    """Tell the examples and descriptions of settings, which decide nothing."""
    return isinstance(node, ast.keyword) and node.arg in ("examples", "description")
