"""Tiny extracts, written by the tests in every format that an adapter may name."""

from __future__ import annotations

import copy
import datetime
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
import yaml

from kuntakokeilu.facts import read_classification
from kuntakokeilu.registers import read_adapter, read_contract, read_table
from kuntakokeilu.registers.adapter import check_root
from kuntakokeilu.registers.read import Extract

D = datetime.date
OPEN = D(2222, 11, 11)
FORMATS = {
    "parquet": {"kind": "parquet"},
    "csv": {
        "kind": "csv",
        "separator": ";",
        "encoding": "latin-1",
        "decimal": ",",
        "date_formats": ["%d.%m.%Y"],
        "missing": ["."],
    },
    "dta": {"kind": "dta"},
    "sav": {"kind": "sav"},
}

# One extract, by table and file year. Ids have leading zeros; a name never says whose it is.
TABLES: dict[str, dict[int | None, pd.DataFrame]] = {
    "persons_yearly": {
        2019: pd.DataFrame(
            {
                "vuosi": [2019, 2019, 2019],
                "hid_e": ["0011", "0012", "0013"],
                "syntyv": [1980, 1991, 2001],
                "kuolv": [None, 2020, None],
                "sukup": ["1", "2", "2"],
                "kieli_k": ["1", "3", "2"],
                "kansa1_k": ["1", "2", ""],
                "syntyp2": ["11", "22", "12"],
                "kunta": ["091", "005", "729"],
                "kunta31_12": ["091", "005", "911"],
                "ututku_aste": ["7", "", "3"],
                "ptoim1": ["12", "11", "22"],
                "tyke": [3.0, None, 0.0],
                "tyokk": [9.0, 12.0, None],
            }
        ),
        2020: pd.DataFrame(
            {
                "vuosi": [2020, 2020],
                "hid_e": ["0011", "0013"],
                "syntyv": [1980, 2001],
                "kuolv": [None, None],
                "sukup": ["1", "2"],
                "kieli_k": ["1", "2"],
                "kansa1_k": ["1", "1"],
                "syntyp2": ["11", "12"],
                "kunta": ["091", ""],
                "kunta31_12": ["091", ""],
                "ututku_aste": ["", ""],
                "ptoim1": ["", ""],
                "tyke": [None, None],
                "tyokk": [None, None],
            }
        ),
    },
    "status_spells": {
        2022: pd.DataFrame(
            {
                "hid_e": ["0011", "0012", "0012"],
                "tappvh": [D(2019, 5, 1), D(2022, 6, 1), D(2005, 1, 1)],
                "tppvm": [OPEN, D(2022, 9, 30), D(2007, 2, 1)],
                "tyok1": ["2", "9", "2"],
                "tymsyy": ["", "14", "03"],
            }
        ),
        2023: pd.DataFrame(
            {
                "hid_e": ["0011", "0013", "0013"],
                "tappvh": [D(2019, 5, 1), D(2023, 1, 15), D(2023, 1, 15)],
                "tppvm": [D(2023, 3, 31), OPEN, OPEN],
                "tyok1": ["2", "z", "z"],
                "tymsyy": ["03", "", ""],
            }
        ),
    },
    "wages": {
        2020: pd.DataFrame(
            {
                "vuosi": [2020, 2020],
                "kuukausi": [1, 2],
                "payerIdCode_s": ["0007", ""],
                "payerOtherIdCode_s": ["", ""],
                "payerShnro": ["", "s09"],
                "incomeEarnerShnro": ["s01", "s02"],
                "t101": [2500.55, 0.1],
                "KuunViimeinenViikko": ["1", ""],
            }
        ),
        2021: pd.DataFrame(  # the first row of 2020 again, revised
            {
                "vuosi": [2020, 2021],
                "kuukausi": [1, 3],
                "payerIdCode_s": ["0007", "0007"],
                "payerOtherIdCode_s": ["", ""],
                "payerShnro": ["", ""],
                "incomeEarnerShnro": ["s01", "s01"],
                "t101": [2600.0, 1999.99],
                "KuunViimeinenViikko": ["1", "0"],
            }
        ),
    },
    "benefit_payments": {
        2021: pd.DataFrame(
            {
                "hid_e": ["0011", "0011"],
                "avuosi": [2021, 2021],
                "akuuk": [4, 4],
                "maksupvm": [D(2021, 5, 3), D(2021, 9, 1)],
                "etuus": ["FM", "FM"],
                "peruste": ["1", "1"],
                "pv": [21.5, -2.0],
                "eur": [726.27, -67.56],
                "kertyma": [299.0, None],
            }
        ),
    },
}
LINK = pd.DataFrame({"shnro": ["s01", "s02"], "hid_e": ["0011", "0012"]})
SUFFIX = {"parquet": "parquet", "csv": "csv", "dta": "dta", "sav": "sav"}


def as_csv(frame: pd.DataFrame) -> pd.DataFrame:
    """Write every value as a Finnish text file has it."""

    def text(value: object) -> str:
        if value is None or value == "" or (isinstance(value, float) and pd.isna(value)):
            return "."
        if isinstance(value, D):
            return f"{value.day}.{value.month}.{value.year}"
        if isinstance(value, float):
            return repr(int(value) if value.is_integer() else value).replace(".", ",")
        return str(value)

    columns = {name.upper(): [text(value) for value in frame[name]] for name in frame}
    return pd.DataFrame(columns)


def write(frame: pd.DataFrame, path: Path, kind: str) -> None:
    """Write a frame in one of the formats."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "parquet":
        frame.to_parquet(path, index=False)
    elif kind == "csv":
        as_csv(frame).to_csv(path, sep=";", index=False, encoding="latin-1")
    else:
        writer = {"dta": pyreadstat.write_dta, "sav": pyreadstat.write_sav}[kind]
        plain = frame.copy()
        for name in plain:  # the writers take numbers as numbers, and a blank as a blank text
            if plain[name].map(lambda v: isinstance(v, str)).any():
                plain[name] = plain[name].fillna("").astype(object)
            elif not plain[name].map(lambda v: isinstance(v, D)).any():
                plain[name] = pd.to_numeric(plain[name]).astype(float)
        writer(plain, str(path))


def adapter_of(contract: dict, kind: str, tables: dict) -> dict:
    """Describe an extract of `tables` written in one format; everything else is absent."""
    named = {}
    for name, frames in tables.items():
        years = [year for year in frames if year is not None]
        path = f"{name}_{{year}}" if years else name
        named[name] = {"path": f"files/{path}.{SUFFIX[kind]}", "format": kind}
        if years:
            named[name]["years"] = [min(years), max(years)]
    if "wages" in named:
        named["wages"]["link"] = "shnro"
    return {
        "adapter": "test",
        "description": "Made by a test",
        "formats": {kind: copy.deepcopy(FORMATS[kind])},  # tests change it
        "links": {"shnro": {"path": f"files/link.{SUFFIX[kind]}", "format": kind}},
        "tables": named,
        "absent": sorted(set(contract) - set(named) - {"key_link"}),
    }


@lru_cache
def known(config: Path) -> tuple:
    """Read once what every extract here shares: the contract and the municipalities."""
    return read_contract(config), read_classification(config, 0)


class Made:
    """An extract on disk that a test can change before it opens it."""

    def __init__(self, config: Path, folder: Path, kind: str, tables: dict) -> None:
        self.config, self.root, self.kind = config, folder, kind
        self.adapter = adapter_of(known(config)[0], kind, tables)
        for name, frames in tables.items():
            for year, frame in frames.items():
                write(frame, self.file(name, year), kind)
        write(LINK, folder / "files" / f"link.{SUFFIX[kind]}", kind)

    def file(self, name: str, year: int | None) -> Path:
        """Where a table's file is."""
        stem = name if year is None else f"{name}_{year}"
        return self.root / "files" / f"{stem}.{SUFFIX[self.kind]}"

    def save_adapter(self) -> Path:
        """Write the adapter."""
        path = self.root / "adapter.yaml"
        path.write_text(yaml.safe_dump(self.adapter), encoding="utf-8")
        return path

    def open(self):
        """Open the extract, as `open_extract` does, without reading the contract each time."""
        contract, municipalities = known(self.config)
        adapter = read_adapter(self.save_adapter(), contract)
        return Extract(contract, adapter, check_root(self.root), municipalities)

    def read(self, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Read one table: its rows in a fixed order, and the findings."""
        out = self.root / "out" / f"{name}.parquet"
        findings = read_table(self.open(), name, out)
        frame = pd.read_parquet(out)
        return frame.sort_values(list(frame), ignore_index=True), findings


@pytest.fixture
def made(config, tmp_path, monkeypatch):
    """Make an extract: the tables above, or those given, in one format."""
    monkeypatch.delenv("KUNTAKOKEILU_REGISTERS", raising=False)

    def make(kind: str = "parquet", tables: dict | None = None) -> Made:
        folder = tmp_path / kind
        return Made(config, folder, kind, TABLES if tables is None else tables)

    return make
