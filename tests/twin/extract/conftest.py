"""One extract of a twin, written and read once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.registers import open_extract, read_adapter, read_contract, read_table
from kuntakokeilu.twin import write_extract
from kuntakokeilu.twin.extract.files import COMMON, person_ids

from ...conftest import once

CONFIG = Path(__file__).resolve().parents[3] / "config"
ADAPTER = CONFIG / "registers" / "synthetic.yaml"


class Read:
    """An extract on disk, its typed tables and what reading found."""

    def __init__(self, world, paths, folder):
        self.root = folder / "extract"
        self.files = write_extract(
            world, paths, CONFIG, read_adapter(ADAPTER, read_contract(CONFIG)), self.root
        )
        self.extract = open_extract(CONFIG, ADAPTER, self.root)
        ids = person_ids(world, COMMON).to_pylist()[: world.streams.persons]
        self.number = pd.Series(range(len(ids)), index=ids)
        self.tables, self.findings = {}, {}
        for name in self.extract.adapter.tables:
            out = folder / f"{name}.parquet"
            self.findings[name] = read_table(self.extract, name, out)
            frame = pd.read_parquet(out)
            if "person" in frame:
                frame["person"] = self.number.loc[frame["person"]].to_numpy()
            dates = [column for column in frame if column.endswith("_date")]
            self.tables[name] = frame.astype(dict.fromkeys(dates, "datetime64[s]"))


@pytest.fixture(scope="session")
def read(request, tmp_path_factory):
    """Return the extract of the world with the trial, read; no test changes it."""

    def make(folder):
        world, pair = map(request.getfixturevalue, ("world", "pair"))
        return Read(world, pair[1], folder)

    return once(tmp_path_factory, "extract_of_the_twin", make)


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Hold two tables against each other, whatever the order of rows and the types."""
    assert list(found) == list(expected)

    def plain(frame: pd.DataFrame) -> pd.DataFrame:
        columns = {}
        for name, values in frame.items():
            if values.dtype.kind == "M":
                columns[name] = values.dt.strftime("%Y-%m-%d").fillna("")
            elif pd.api.types.is_numeric_dtype(values):
                columns[name] = values.astype(float).to_numpy()
            else:
                columns[name] = values.astype(object).where(values.notna(), "").astype(str)
        result = pd.DataFrame({name: np.asarray(values) for name, values in columns.items()})
        return result.sort_values(list(result), ignore_index=True)

    pd.testing.assert_frame_equal(plain(found), plain(expected), check_dtype=False)


def since_2017(spells: pd.DataFrame) -> pd.DataFrame:
    """Leave out what had ended before the first delivery."""
    return spells[~(spells["end_date"] < "2017-01-01")]


def on(spells: pd.DataFrame, date: str) -> pd.DataFrame:
    """Spells that cover a day."""
    return spells[(spells["start_date"] <= date) & ~(spells["end_date"] < date)]
