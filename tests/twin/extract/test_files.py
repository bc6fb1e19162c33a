"""The same register files in other formats, from the same seed, and with the switches on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from kuntakokeilu.errors import InputError
from kuntakokeilu.registers import (
    Adapter,
    open_extract,
    read_adapter,
    read_contract,
    read_table,
)
from kuntakokeilu.twin import TwinSettings, collect, make_world, simulate_pair, write_extract

from .conftest import ADAPTER, CONFIG

SMALL = 1 / 800
# Tables with columns of each kind; all of them in `make simulate`.
FEW = (
    *("persons_yearly", "persons_sex", "status_spells", "jobseeker_office"),
    *("ura_plans", "wages", "survey"),
)
OF_ALL = pytest.param(None, marks=pytest.mark.simulate)
CSV = {
    "kind": "csv",
    "separator": ";",
    "encoding": "latin-1",
    "decimal": ",",
    "date_formats": ["%d.%m.%Y"],
    "missing": ["."],
}


def last_years(given: dict) -> dict:
    """Ask for the files of the last three years alone, where a table has a file a year."""
    for files in given["tables"].values():
        if "years" in files:
            files["years"] = [2022, files["years"][1]]
    return given


def some_tables(given: dict, names: Collection[str]) -> dict:
    """Ask for some tables alone."""
    given["absent"] = sorted(set(given["tables"]) - set(names))
    given["tables"] = {name: given["tables"][name] for name in names}
    return given


def as_text() -> dict:
    """The synthetic adapter with every table in Finnish csv and the older person id."""
    given = yaml.safe_load(ADAPTER.read_text(encoding="utf-8"))
    given["formats"] = {"csv": CSV}
    contract = read_contract(CONFIG)
    last_years(given)
    for files in [*given["links"].values(), *given["tables"].values()]:
        files.update(format="csv", path=files["path"].replace(".parquet", ".csv"))
    for name, files in given["tables"].items():
        if "person" in contract[name].columns:
            column = contract[name].columns["person"].column
            files.update(link="shnro", columns={"shnro": column})
    return given


def write(twin_of, adapter: Adapter, root, **options):
    """Write the world with the trial of a twin; returns the files."""
    world, _, with_trial = twin_of
    return write_extract(world, with_trial, CONFIG, adapter, root, **options)


def parsed(given: dict | None = None, tmp_path=None) -> Adapter:
    """Read an adapter from its file, or from settings."""
    if given is None:
        return read_adapter(ADAPTER, read_contract(CONFIG))
    path = tmp_path / "adapter.yaml"
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    return read_adapter(path, read_contract(CONFIG))


def hashes(root) -> dict[str, str]:
    """Give a hash for each file below a folder."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.fixture(scope="module")
def small():
    """Return a twin of 1,600 persons and its worlds."""
    world = make_world(TwinSettings(scale=SMALL, seed=5), CONFIG)
    return world, *simulate_pair(world)


@pytest.fixture(scope="module", params=[FEW, OF_ALL], ids=["few", "all"])
def names(request):
    """Return the tables that are written; None stands for all."""
    return request.param


@pytest.fixture(scope="module")
def adapter(names, tmp_path_factory):
    """Return the project's adapter, of these tables."""
    given = yaml.safe_load(ADAPTER.read_text(encoding="utf-8"))
    return parsed(some_tables(given, names) if names else given, tmp_path_factory.mktemp("asked"))


@pytest.fixture(scope="module")
def root(small, adapter, tmp_path_factory):
    """Return its extract by the project's adapter, the world with the trial."""
    folder = tmp_path_factory.mktemp("small") / "extract"
    write(small, adapter, folder)
    return folder


@pytest.fixture(scope="module")
def no_effect(adapter, tmp_path_factory):
    """Return hashes of the files without and with a trial that has no effect, of another seed."""
    world = make_world(TwinSettings(scale=SMALL, seed=7, effect_scale=0.0), CONFIG)
    found = []
    for paths in simulate_pair(world):
        folder = tmp_path_factory.mktemp("no_effect")
        write_extract(world, paths, CONFIG, adapter, folder)
        found.append(hashes(folder))
    return found


@pytest.mark.slow
def test_both_formats_give_the_same_typed_tables(small, tmp_path, names):
    def asked(given):
        return parsed(some_tables(given, names) if names else given, tmp_path)

    write(small, asked(as_text()), tmp_path / "csv", upper_case=True)
    raw = (tmp_path / "csv" / "keha" / "ytyoll_2023.csv").read_text(encoding="latin-1")
    assert raw.startswith("SHNRO;TAPPVH;TPPVM;TYOK1;TYMSYY\n")
    assert ";11.11.2222;" in raw and "-" not in raw
    assert (
        "kyllä".encode("latin-1")
        in (tmp_path / "csv" / "ura" / "suunnitelmat_2023.csv").read_bytes()
    )
    second = open_extract(CONFIG, tmp_path / "adapter.yaml", tmp_path / "csv")
    given = last_years(yaml.safe_load(ADAPTER.read_text(encoding="utf-8")))
    first = replace(second, adapter=asked(given), root=tmp_path / "parquet")
    write(small, first.adapter, first.root)
    for name in first.adapter.tables:
        tables, repairs = [], []
        for number, extract in enumerate((first, second)):
            out = tmp_path / f"{name}_{number}.parquet"
            found = read_table(extract, name, out)
            chosen = found["consequence"].isin(["left_out", "filled"])
            repairs.append(found.loc[chosen, ["year", "rule", "count", "total"]])
            frame = pd.read_parquet(out)
            tables.append(frame.sort_values(list(frame), ignore_index=True))
        assert len(tables[0]) > 10, name
        pd.testing.assert_frame_equal(*tables)
        pd.testing.assert_frame_equal(*(r.reset_index(drop=True) for r in repairs))


@pytest.mark.slow
def test_same_seed_same_bytes(small, adapter, root, no_effect, tmp_path):
    files = write(small, adapter, tmp_path / "again")
    one = hashes(root)
    assert one == hashes(tmp_path / "again")
    described = [*adapter.tables.values(), *adapter.links.values()]
    expected = {name for each in described for name in each.files().values()}
    assert set(one) == expected and len(files) == len(expected)  # and nothing half written is left
    assert not set(one.values()) & set(no_effect[1].values())  # of another seed


def test_worlds_differ_only_by_the_trial(no_effect):
    one, two = no_effect
    different = {name for name in one if one[name] != two[name]}
    # Clients change the office, and so nothing else.
    assert different == {f"keha/yhtsto_{year}.parquet" for year in range(2021, 2025)}


def test_an_effect_changes_no_id_and_no_year_before_it(small, adapter, root, tmp_path):
    world, without, _ = small
    write_extract(world, without, CONFIG, adapter, tmp_path)
    one, two = hashes(tmp_path), hashes(root)
    same = {name for name in one if one[name] == two[name]}
    assert {"keys/linkki_shnro_hide.parquet", "folk_perus/folk_perus_sukup_1.parquet"} <= same
    assert "keha/ytyoll_2023.parquet" not in same
    before = {name for name in one if any(str(year) in name for year in range(2016, 2020))}
    assert before <= same


def test_what_is_not_recorded_is_not_written(twin, tmp_path):
    world, _, paths = twin(scale=SMALL, switches={"recording": 0.5})
    given = yaml.safe_load(ADAPTER.read_text(encoding="utf-8"))
    asked = some_tables(given, ("ura_contacts", "plans", "status_spells"))
    write_extract(world, paths, CONFIG, parsed(asked, tmp_path), tmp_path)
    clean = collect(world, paths, CONFIG, ("contacts", "plans", "statuses"))
    for table, files in (
        ("contacts", "ura/yhteydenottotavat_*.parquet"),
        ("plans", "keha/ythaksu_*.parquet"),
    ):
        recorded = clean[table]["recorded"]
        rows = pd.concat([pd.read_parquet(path) for path in tmp_path.glob(files)])
        rows = rows[rows["hid_e"] != ""]
        assert not recorded.all()
        if table == "plans":
            rows = rows.drop_duplicates()
        assert len(rows) == recorded.sum()
    extract = open_extract(CONFIG, tmp_path / "adapter.yaml", tmp_path)
    read_table(extract, "status_spells", tmp_path / "out.parquet")
    found = pd.read_parquet(tmp_path / "out.parquet")
    spells = clean["statuses"]
    wrong = spells[spells["miscoded"]]
    services = spells["state"].isin([5, 6, 9]) & ~(spells["end_date"] < "2017-01-01")
    assert len(wrong) > 20
    assert (found["status"] == "7").sum() == len(wrong) + services.sum()


def test_the_adapter_decides_what_is_written(small, tmp_path):
    given = yaml.safe_load(ADAPTER.read_text(encoding="utf-8"))
    some_tables(given, ("wages", "persons_yearly", "status_spells", "training"))
    given["tables"]["wages"].update(years=[2021, 2023], path="w/{year}.parquet")
    given["tables"]["persons_yearly"].update(without=["syntyp2"], lags={"ptoim1": 2, "tyke": 0})
    given["tables"]["status_spells"]["years"] = [2020, 2022]
    adapter = parsed(given, tmp_path)
    root = tmp_path / "extract"
    write(small, adapter, root)
    found = hashes(root)
    assert not any("laakeostot" in name or "ktyokou" in name for name in found)
    assert {name for name in found if name.startswith("w/")} == {
        f"w/{year}.parquet" for year in (2021, 2022, 2023)
    }
    first = pd.read_parquet(root / "w" / "2021.parquet")
    assert set(first["vuosi"]) == {2021}
    persons = pq.read_table(root / "folk_perus" / "folk_perus_2023_1.parquet").to_pandas()
    assert "syntyp2" not in persons
    assert (persons["ptoim1"].fillna("") == "").all() and persons["tyke"].notna().any()
    extract = open_extract(CONFIG, tmp_path / "adapter.yaml", root)
    for name in ("wages", "status_spells", "persons_yearly"):
        read_table(extract, name, tmp_path / "out.parquet")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wages": {"years": [2019, 2025]}}, "table wages: the twin has the years 2017 to 2024"),
        ({"plans": {"years": [2016, 2024]}}, "table plans: the twin has the years 2017 to 2024"),
        ({"plans": {"path": "p.parquet", "years": None}}, "table plans: the twin is written in a"),
        ({"plans": {"format": "dta"}}, "table plans: the twin is written as parquet or csv only"),
    ],
)
def test_what_cannot_be_written_is_refused(small, tmp_path, change, message):
    given = yaml.safe_load(ADAPTER.read_text(encoding="utf-8"))
    given["formats"]["dta"] = {"kind": "dta"}
    for name, values in change.items():
        given["tables"][name].update(values)
    with pytest.raises(InputError, match=message):
        write(small, parsed(given, tmp_path), tmp_path / "extract")
    assert not (tmp_path / "extract").exists()
