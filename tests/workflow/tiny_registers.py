"""A register extract of sixty invented persons, and a study that reads it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import yaml

STUDY = "tiny"
ADAPTER = "config/registers/tiny.yaml"
OUTCOMES = ["employed", "unemployed", "social_assistance"]
DOMAINS = ["employment", "wellbeing"]
YEARS = range(2016, 2025)
DELIVERIES = (2023, 2024)
OPEN = datetime.date(2222, 11, 11)
TRIAL, OTHER = ("091", "837", "049"), ("286", "444", "694")
UNITS = [*TRIAL, *OTHER]
IDS = [f"8800{n:04d}" for n in range(60)]
Extract = dict[str, pd.DataFrame]
Edit = Callable[[Extract, dict], None]


def unit_of(number: int) -> str:
    """Municipality of a person."""
    return UNITS[number % len(UNITS)]


def extract() -> Extract:
    """Make the files by path below the root, as frames; all without a fault."""
    day = datetime.date
    files = {f"persons_{year}.parquet": _persons(year) for year in YEARS}
    first = pd.DataFrame(
        {
            "hid_e": IDS,
            "alkpv1": [day(2017, 1 + n % 12, 3) for n in range(60)],
            "loppv1": [day(2019, 1 + n % 12, 20) for n in range(60)],
            "hapkd": "",
            "hedkd": "",
        }
    )
    second = first.assign(alkpv1=day(2020, 6, 1), loppv1=OPEN)
    search = pd.concat([first, second], ignore_index=True)
    status = search.rename(columns={"alkpv1": "tappvh", "loppv1": "tppvm"})
    status = status[["hid_e", "tappvh", "tppvm"]].assign(tyok1="2", tymsyy="")
    seekers = pd.DataFrame(
        {"hid_e": IDS, "syntyv": 1980, "sukup": "1", "kansah": "", "kasno": "055", "kiekd": ""}
    )
    for year in DELIVERIES:
        files |= {
            f"seekers_{year}.parquet": seekers.copy(),
            f"search_{year}.parquet": search.copy(),
            f"status_{year}.parquet": status.copy(),
        }
    return files | {f"wages_{year}.csv": _wages(year) for year in YEARS if year >= 2019}


def _persons(year: int) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "vuosi": year,
            "hid_e": IDS,
            "syntyv": 1980,
            "kuolv": None,
            "sukup": "1",
            "kieli_k": ["3" if n % 4 else "1" for n in range(60)],
            "kansa1_k": "1",
            "syntyp2": "11",
            "kunta": [unit_of(n) for n in range(60)],
            "kunta31_12": [unit_of(n) for n in range(60)],
            "ututku_aste": "3",
            "ptoim1": "12",
            "tyke": 1,
            "tyokk": 1,
        }
    )
    return frame if year <= 2020 else frame.drop(columns="sukup")


def _wages(year: int) -> pd.DataFrame:
    earners = [(each, month) for each in IDS[::3] for month in range(1, 13)]
    return pd.DataFrame(
        {
            "vuosi": year,
            "kuukausi": [month for _, month in earners],
            "payerIdCode_s": "0007",
            "payerOtherIdCode_s": "",
            "payerShnro": "",
            "incomeEarnerShnro": [each for each, _ in earners],
            "t101": "1500.50",
            "KuunViimeinenViikko": "1",
        }
    )


def adapter() -> dict:
    """Describe the extract."""
    files = {
        "persons_yearly": ("persons_{year}.parquet", [2016, 2024]),
        "jobseekers": ("seekers_{year}.parquet", list(DELIVERIES)),
        "search_spells": ("search_{year}.parquet", list(DELIVERIES)),
        "status_spells": ("status_{year}.parquet", list(DELIVERIES)),
        "wages": ("wages_{year}.csv", [2019, 2024]),
    }
    return {
        "adapter": "tiny",
        "description": "Made by a test",
        "formats": {
            "parquet": {"kind": "parquet"},
            "csv": {"kind": "csv", "separator": ";"},
        },
        "tables": {
            name: {"path": path, "years": years, "format": path.rpartition(".")[2]}
            for name, (path, years) in files.items()
        },
    }


def write_extract(files: Extract, root: Path) -> None:
    """Write the files of an extract."""
    root.mkdir(parents=True)
    for name, frame in files.items():
        if name.endswith(".csv"):
            frame.to_csv(root / name, sep=";", index=False)
        else:
            frame.to_parquet(root / name, index=False)


def write_study(project: Path) -> None:
    """Make a study of the extract out of the demonstration: no twin, few outcomes."""
    given, own = (project / "config" / "studies" / name for name in ("demo_2021", STUDY))
    own.mkdir()
    settings = yaml.safe_load((given / "study.yaml").read_text(encoding="utf-8"))
    del settings["source"]["twin"]
    settings["disclosure_confirmed"] = "these tests, for an extract of their own"
    settings["source"]["adapter"] = ADAPTER
    del settings["service_models"], settings["covariates"], settings["brief"]
    settings["comparisons"] = {"mainland": settings["comparisons"]["mainland"]}
    (own / "study.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    for name, key in (("outcomes.csv", "outcome"), ("estimands.csv", "outcome")):
        table = pd.read_csv(given / name, dtype=str, keep_default_na=False)
        kept = table[table[key].isin(OUTCOMES)]
        if "estimand" in kept:
            kept = kept[kept["estimand"].str.endswith(".main")]
            leads = kept["estimand"].isin(["employed.main", "social_assistance.main"])
            kept = kept.assign(headline=leads.map({True: "yes", False: ""}))
        kept.to_csv(own / name, index=False, encoding="utf-8")


def put(file: str, column: str, value: object, row: int = 0) -> Edit:
    """Write a value into a cell."""

    def edit(files: Extract, _: dict) -> None:
        values = list(files[file][column])
        values[row] = value
        files[file][column] = values

    return edit


def again(file: str, **changed: object) -> Edit:
    """Repeat the first row with some values changed."""

    def edit(files: Extract, _: dict) -> None:
        row = files[file].iloc[:1].assign(**changed)
        files[file] = pd.concat([files[file], row], ignore_index=True)

    return edit


def without(file: str, column: str) -> Edit:
    """Leave a column out."""

    def edit(files: Extract, _: dict) -> None:
        files[file] = files[file].drop(columns=column)

    return edit


def setting(path: str, value: object) -> Edit:
    """Change a setting of the adapter; the keys of `path` are separated by dots."""

    def edit(_: Extract, adapter: dict) -> None:
        *keys, last = path.split(".")
        for key in keys:
            adapter = adapter[key]
        adapter[last] = value

    return edit


def cut(file: str) -> Edit:
    """Mark a file to be cut in half once it is written."""

    def edit(files: Extract, _: dict) -> None:
        files[file].attrs["cut"] = True

    return edit
