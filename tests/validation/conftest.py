"""The twin on its way from raw files to cells, once for all tests of docs/validation.md."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.cells import collapse
from kuntakokeilu.contracts import REGISTER_SAMPLES
from kuntakokeilu.facts import read_classification, read_ledger_rules
from kuntakokeilu.panel import TABLES, prepare
from kuntakokeilu.registers import open_extract, read_adapter, read_contract, read_table
from kuntakokeilu.study import read_study
from kuntakokeilu.twin import TwinSettings, make_world, simulate_pair, write_extract

CONFIG = Path(__file__).resolve().parents[2] / "config"
ADAPTER = CONFIG / "registers" / "synthetic.yaml"
STUDY = "demo_2021"


def make_twin(scale: float = 1 / 200, seed: int = 11, **settings):
    """Return the world and its paths without and with the trial."""
    world = make_world(TwinSettings(scale=scale, seed=seed, **settings), CONFIG)
    return world, *simulate_pair(world)


def to_tables(
    world, paths, folder: Path, adapter: Path = ADAPTER, names: Collection[str] = TABLES
) -> Path:
    """Write the register files of a world and read them back: the folder of typed tables."""
    extract, tables = folder / "extract", folder / "tables"
    whole = read_adapter(adapter, read_contract(CONFIG))
    files = {name: found for name, found in whole.tables.items() if name in names}
    asked = whole.model_copy(update={"tables": files})
    write_extract(world, paths, CONFIG, asked, extract)
    opened = replace(open_extract(CONFIG, adapter, extract), adapter=asked)
    for name in names:
        read_table(opened, name, tables / f"{name}.parquet")
    return tables


def to_person_months(
    tables: Path,
    out: Path,
    samples: Collection[str] = REGISTER_SAMPLES,
    columns: Collection[str] | None = None,
    **changes,
):
    """Make the person-months of the default study; `changes` are settings of the panel."""
    study = read_study(CONFIG, STUDY)
    panel = study.settings.source.panel.model_copy(update=changes)
    return prepare(
        tables=tables,
        settings=panel,
        classification=read_classification(CONFIG, study.settings.classification),
        rules=read_ledger_rules(CONFIG),
        areas=study.areas,
        start=study.settings.start,
        out=out,
        samples=samples,
        columns=columns,
        trial_offices=frozenset(study.trial_offices()),
    )


def to_cells(folder: Path, populations: dict, outcomes: dict[str, str]) -> pd.DataFrame:
    """Collapse populations: name to sample and members."""
    parts = [
        collapse(folder / f"{sample}.parquet", name, members, {}, outcomes)[0]
        for name, (sample, members) in populations.items()
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def twin():
    """Return a small twin with all switches off: world, without and with the trial."""
    return make_twin()


@pytest.fixture(scope="session")
def panel(twin, tmp_path_factory):
    """Return the folder of person-months of the world with the trial, and what goes with them."""
    folder = tmp_path_factory.mktemp("twin")
    world, _, observed = twin
    tables = to_tables(world, observed, folder)
    return folder / "panel", to_person_months(tables, folder / "panel")
