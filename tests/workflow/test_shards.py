"""A study whose persons are cut into shards: same files, and a lost shard is made alone."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pytest
import yaml

from kuntakokeilu.registers import read_contract

from . import tiny_registers as tiny
from .conftest import ROOT, copy_project, snakemake

RESTRICTED = Path("results") / tiny.STUDY / "restricted"
TARGETS = [
    *(RESTRICTED / "cells" / f"{name}.parquet" for name in ("employed", "unemployed")),
    *(RESTRICTED / f"{name}.parquet" for name in ("counts", "flow", "conservation")),
]


class Study:
    """A copy of the project with the study `tiny` and its extract."""

    def __init__(self, folder: Path) -> None:
        self.folder = copy_project(ROOT, folder / "project")
        tiny.write_study(self.folder)
        tiny.write_extract(tiny.extract(), folder / "files")
        self.files = folder / "files"
        known = set(read_contract(ROOT / "config")) - {"key_link"}
        adapter = tiny.adapter()
        adapter["absent"] = sorted(known - set(adapter["tables"]))
        (self.folder / tiny.ADAPTER).write_text(yaml.safe_dump(adapter), encoding="utf-8")

    def run(self, *arguments: str, by=snakemake):
        with mock.patch.dict(os.environ, {"KUNTAKOKEILU_REGISTERS": str(self.files)}):
            targets = (path.as_posix() for path in TARGETS)
            return by(self.folder, *targets, "--config", f"study={tiny.STUDY}", *arguments)

    def made(self, shards: int, by=snakemake) -> dict[Path, bytes]:
        """Make the targets with the persons in so many shards."""
        path = self.folder / "config" / "studies" / tiny.STUDY / "study.yaml"
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        settings["source"]["shards"] = shards
        path.write_text(yaml.safe_dump(settings), encoding="utf-8")
        done = self.run(by=by)
        assert done.returncode == 0, done.stderr[-2000:]
        return {target: (self.folder / target).read_bytes() for target in TARGETS}


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    return Study(tmp_path_factory.mktemp("shards"))


@pytest.mark.simulate
def test_files_are_the_same_and_a_lost_shard_is_made_alone(study):
    one = study.made(1)
    three = study.made(3)
    assert [path.name for path in TARGETS if one[path] != three[path]] == []
    parts = study.folder / RESTRICTED / "panel"
    assert {f"{k}_of_3" for k in (1, 2, 3)} <= {path.name for path in parts.iterdir()}
    # As when the run was killed in the second shard.
    (parts / "2_of_3" / "stock" / "sums.parquet").unlink()
    for path in TARGETS:
        (study.folder / path).unlink()
    told = study.run("--dry-run")
    told = told.stdout + told.stderr
    assert told.count("Making the sums") == 1 and "shard 2_of_3" in told
    assert "Reading the register tables" not in told
