"""A twin of 6,500 persons: simulated, written and read once for all tests that only look at it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.registers import open_extract, read_adapter, read_contract, read_table
from kuntakokeilu.twin import TwinSettings, collect, make_world, simulate_pair, write_extract
from kuntakokeilu.twin.extract.files import COMMON, person_ids

from .conftest import once

CONFIG = Path(__file__).resolve().parents[1] / "config"
ADAPTER = CONFIG / "registers" / "synthetic.yaml"
SCALE = 1 / 200


class Read:
    """An extract on disk, its typed tables, on disk and as frames, and what reading found."""

    def __init__(self, world, paths, folder: Path):
        self.root, self.typed = folder / "extract", folder / "typed"
        self.files = write_extract(
            world, paths, CONFIG, read_adapter(ADAPTER, read_contract(CONFIG)), self.root
        )
        self.extract = open_extract(CONFIG, ADAPTER, self.root)
        ids = person_ids(world, COMMON).to_pylist()[: world.streams.persons]
        self.number = pd.Series(range(len(ids)), index=ids)
        self.tables, self.findings = {}, {}
        for name in self.extract.adapter.tables:
            out = self.typed / f"{name}.parquet"
            self.findings[name] = read_table(self.extract, name, out)
            frame = pd.read_parquet(out)
            if "person" in frame:
                frame["person"] = self.number.loc[frame["person"]].to_numpy()
            dates = [column for column in frame if column.endswith("_date")]
            self.tables[name] = frame.astype(dict.fromkeys(dates, "datetime64[s]"))


def simulated(factory: pytest.TempPathFactory):
    """Return the world, its paths without and with the trial, and the clean tables with it."""

    def make(_: Path):
        world = make_world(TwinSettings(scale=SCALE, seed=7), CONFIG)
        pair = simulate_pair(world)
        return world, pair, collect(world, pair[1], CONFIG)

    return once(factory, "twin", make)


def read(factory: pytest.TempPathFactory) -> Read:
    """Return the extract of the world with the trial, read; no test changes it."""

    def make(folder: Path) -> Read:
        world, pair, _ = simulated(factory)
        return Read(world, pair[1], folder)

    return once(factory, "extract_of_the_twin", make)
