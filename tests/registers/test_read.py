"""Typed reading: formats, ids, and the traps of the real tables."""

from __future__ import annotations

import copy
import datetime
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from kuntakokeilu.errors import InputError
from kuntakokeilu.registers import open_extract, read_table
from kuntakokeilu.registers.files import CHUNK_ROWS

from .conftest import FORMATS, LINK, OPEN, TABLES, D, Made, write

OTHERS = [kind for kind in FORMATS if kind != "parquet"]


def rule(findings: pd.DataFrame, name: str) -> int:
    """Rows of one rule, summed over files."""
    return int(findings.loc[findings["rule"] == name, "count"].sum())


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Read all tables of the usual extract, in parquet: the extract, and rows and findings."""
    config = Path(__file__).resolve().parents[2] / "config"
    extract = Made(config, tmp_path_factory.mktemp("plain"), "parquet", TABLES)
    return extract, {table: extract.read(table) for table in TABLES}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("table", list(TABLES))
def test_every_format_gives_the_same_typed_table(made, plain, kind, table):
    expected, noticed = plain[1][table]
    found, findings = made(kind).read(table)
    pd.testing.assert_frame_equal(found, expected)
    noticed, findings = (
        frame[frame["consequence"].isin(["left_out", "filled"])].reset_index(drop=True)
        for frame in (noticed, findings)
    )
    pd.testing.assert_frame_equal(findings, noticed)


def test_values_are_those_that_were_written(plain):
    """In parquet; the other formats give the same."""
    tables = {name: rows for name, (rows, _) in plain[1].items()}
    persons = tables["persons_yearly"]
    assert set(persons["person"]) == {"0011", "0012", "0013"}
    first = persons[(persons["person"] == "0013") & (persons["year"] == 2019)].iloc[0]
    assert (first["municipality"], first["municipality_next_year"]) == ("911", "729")
    wages = tables["wages"]
    assert sorted(wages["wage_cents"]) == [10, 199999, 260000]  # 0.1 euros is 10 cents exactly
    assert set(wages["person"]) == {"0011", "0012"}  # no id of the wage files is left
    assert sorted(wages["payer"].dropna()) == ["0007", "0007"]


@pytest.mark.parametrize("table", list(TABLES))
def test_rows_read_are_rows_kept_or_left_out(plain, table):
    kept, findings = plain[1][table]
    left_out = findings.loc[findings["consequence"] == "left_out", "count"].sum()
    assert len(kept) + left_out == sum(map(len, TABLES[table].values()))


@pytest.mark.parametrize("table", list(TABLES))
def test_the_whole_result_follows_the_pandera_schema(plain, table):
    extract, _ = plain
    out = extract.root / "out" / f"{table}.parquet"
    extract.open().contract[table].schema().validate(pd.read_parquet(out), lazy=True)


def test_an_open_spell_is_closed_by_the_later_delivery(made):
    spells, findings = made().read("status_spells")
    assert rule(findings, "repeated_in_later_delivery") == 1
    closed = spells[spells["person"] == "0011"].iloc[0]
    assert closed["end_date"] == D(2023, 3, 31)
    assert (closed["is_open"], closed["delivery_year"]) == (False, 2023)
    still = spells[spells["person"] == "0013"].iloc[0]
    assert pd.isna(still["end_date"]) and still["is_open"]  # 11.11.2222 is no date


def test_an_open_spell_that_the_last_delivery_no_longer_has_is_counted(made):
    tables = copy.deepcopy(TABLES)
    tables["status_spells"][2023] = tables["status_spells"][2023].iloc[1:]
    spells, findings = made(tables=tables).read("status_spells")
    assert rule(findings, "open_in_an_earlier_delivery") == 1
    assert spells.loc[spells["person"] == "0011", "delivery_year"].item() == 2022


def test_a_blank_has_its_meaning_but_not_in_a_year_that_is_not_yet_produced(made):
    persons, findings = made().read("persons_yearly")
    education = persons.set_index(["person", "year"])["education"]
    assert education["0012", 2019] == "2"  # basic education only
    assert education[:, 2020].isna().all()  # lag of a year
    assert rule(findings, "blank_has_a_meaning") == 2
    extract = made()
    extract.adapter["tables"]["persons_yearly"]["lags"] = {"ututku_aste": 0}
    assert set(extract.read("persons_yearly")[0].query("year == 2020")["education"]) == {"2"}


def test_a_spell_of_one_day_ends_on_the_day_it_starts(made):
    tables = copy.deepcopy(TABLES)
    tables["status_spells"][2022].loc[1, "tppvm"] = D(2022, 6, 1)
    spells, findings = made(tables=tables).read("status_spells")
    assert rule(findings, "end_before_start") == 0 and len(spells) == 3


def test_recoveries_stay_negative(made):
    paid, _ = made("csv").read("benefit_payments")
    assert paid["amount_cents"].tolist() == [72627, -6756]
    assert paid["days"].sum() == pytest.approx(19.5)


def test_code_9_is_part_time_work_and_only_since_may_2022(made):
    tables = copy.deepcopy(TABLES)
    tables["status_spells"][2022].loc[0, "tyok1"] = "9"  # began in 2019
    spells, findings = made(tables=tables).read("status_spells")
    noted = findings[findings["rule"] == "code_outside_its_days"]
    assert noted["column"].tolist() == ["tyok1"] and noted["count"].tolist() == [1]
    assert (spells["status"] == "9").sum() == 2  # kept, with z apart
    assert (spells["status"] == "z").sum() == 1


def test_an_office_code_of_the_trials_had_another_meaning_before(made):
    office = pd.DataFrame(
        {
            "hid_e": ["1", "1", "2"],
            "toinoh": ["1230", "1230", "4711"],
            "muupv7": [D(2021, 3, 1), D(2015, 1, 1), D(2020, 1, 1)],
            "paapv7": [OPEN, D(2021, 2, 28), OPEN],
        }
    )
    rows, findings = made(tables={"jobseeker_office": {2022: office}}).read("jobseeker_office")
    assert rule(findings, "code_outside_its_days") == 1
    assert rule(findings, "unlisted_code") == 1
    assert len(rows) == 3  # an open list of codes: counted and kept


def test_municipalities_of_another_classification_are_counted_and_kept(made):
    tables = copy.deepcopy(TABLES)
    # Honkajoki (099) joined Kankaanpää (214) on 1 January 2021: in the next year's column of
    # 2020 it is one too old, in the column of the year itself it is right.
    tables["persons_yearly"][2020].loc[0, ["kunta", "kunta31_12"]] = "099"
    persons, findings = made(tables=tables).read("persons_yearly")
    outside = findings[findings["rule"] == "outside_classification"]
    assert outside.loc[outside["year"] == 2020, "column"].tolist() == ["kunta"]
    assert (persons["municipality"] == "099").sum() == 1


def test_no_municipality_is_outside_in_years_before_the_first_classification(made):
    early = TABLES["persons_yearly"][2019].assign(vuosi=2011, kuolv=None, kunta31_12="283")
    tables = {"persons_yearly": {2011: early}}
    _, findings = made(tables=tables).read("persons_yearly")
    assert 2011 not in set(findings.loc[findings["rule"] == "outside_classification", "year"])


def test_living_abroad_is_known_to_the_job_seeker_register_only(made):
    living = pd.DataFrame(
        {
            "hid_e": ["1", "2"],
            "kunnoh": ["200", "091"],
            "muupv6": [D(2019, 1, 1), D(1980, 5, 5)],
            "paapv6": [OPEN, OPEN],
        }
    )
    rows, _ = made(tables={"jobseeker_residence": {2020: living}}).read("jobseeker_residence")
    assert set(rows["municipality"]) == {"200", "091"}
    tables = copy.deepcopy(TABLES)
    tables["persons_yearly"][2019].loc[0, "kunta"] = "200"
    with pytest.raises(InputError, match=r"column kunta: unknown_municipality in 1 of 3"):
        made(tables=tables).read("persons_yearly")


def test_every_delivery_of_job_seekers_is_kept(made):
    """Fund membership is the latest known, so freezing it needs the delivery of that year."""
    columns = ["hid_e", "syntyv", "sukup", "kansah", "kasno", "kiekd"]
    old = pd.DataFrame([["1", 1980, "1", "", "055", ""]], columns=columns)
    new = pd.DataFrame([["1", 1980, "1", "", "", ""]], columns=columns)
    rows, _ = made(tables={"jobseekers": {2020: old, 2021: new}}).read("jobseekers")
    assert rows["delivery_year"].tolist() == [2020, 2021]
    assert rows["unemployment_fund"].isna().tolist() == [False, True]
    assert set(rows["citizenship"]) == {"246"} and set(rows["language"]) == {"0"}


def test_sex_is_no_column_of_the_yearly_file_from_2021(made):
    frame = TABLES["persons_yearly"][2020].assign(vuosi=2021).drop(columns="sukup")
    tables = {"persons_yearly": {2020: TABLES["persons_yearly"][2020], 2021: frame}}
    persons, _ = made(tables=tables).read("persons_yearly")
    assert persons.groupby("year")["sex"].count().tolist() == [2, 0]
    tables["persons_yearly"][2020] = tables["persons_yearly"][2020].drop(columns="sukup")
    with pytest.raises(InputError, match=r"2020, column sukup: column_missing in 1 of 1"):
        made(tables=tables).read("persons_yearly")


def test_a_token_is_missing_only_where_the_adapter_says_so(made):
    tables = copy.deepcopy(TABLES)
    tables["status_spells"][2022].loc[0, "tymsyy"] = "NA"
    rows, _ = made(tables=tables).read("status_spells")
    assert rule(made(tables=tables).read("status_spells")[1], "unlisted_code") == 1
    extract = made(tables=tables)
    extract.adapter["formats"]["parquet"]["missing"] = ["NA"]
    assert rule(extract.read("status_spells")[1], "unlisted_code") == 0
    assert len(rows) == 3


def test_a_year_9999_and_a_date_9999_are_no_dates(made):
    tables = copy.deepcopy(TABLES)
    tables["persons_yearly"][2019].loc[0, "kuolv"] = 9999
    tables["status_spells"][2023].loc[0, "tppvm"] = D(9999, 12, 31)
    extract = made("csv", tables=tables)
    assert extract.read("persons_yearly")[0]["death_year"].dropna().tolist() == [2020]
    spells, _ = extract.read("status_spells")
    assert spells.loc[spells["person"] == "0011", "is_open"].item()


def test_a_decimal_point_under_a_decimal_comma_is_not_guessed(made):
    extract = made("csv")
    path = extract.file("wages", 2021)
    path.write_text(path.read_text("latin-1").replace("1999,99", "1.999"), "latin-1")
    with pytest.raises(InputError, match=r"2021, column t101: not_a_number in 1 of 2"):
        extract.read("wages")


def test_times_of_day_and_other_forms_of_dates(made):
    visits = pd.DataFrame(
        {
            "hid_e": ["1", "1", "1"],
            "kaynti_alkoi": ["1.3.2021 09:30", "15MAY2021:00:00:00", "2021-07-01"],
            "kaynti_palvelumuoto": "T11",
            "kaynti_yhteystapa": "R10",
            "kaynti_luonne": "SH",
            "kaynti_ammatti": "22",
        }
    )
    extract = made("csv", tables={"primary_care_visits": {2021: visits}})
    forms = ["%d.%m.%Y %H:%M", "%d%b%Y:%H:%M:%S", "%Y-%m-%d"]
    extract.adapter["formats"]["csv"]["date_formats"] = forms
    rows, _ = extract.read("primary_care_visits")
    assert rows["start_date"].tolist() == [D(2021, 3, 1), D(2021, 5, 15), D(2021, 7, 1)]


def test_names_and_folders_may_be_written_in_any_case(made):
    extract = made()
    frame = TABLES["benefit_payments"][2021]
    extract.file("benefit_payments", 2021).unlink()
    folder = extract.root / "FILES"
    shutil.move(extract.root / "files", folder)
    write(frame.rename(columns=str.title), folder / "Benefit_Payments_2021.parquet", "parquet")
    assert len(extract.read("benefit_payments")[0]) == 2


@pytest.mark.parametrize("last", [12, 8])
def test_months_without_rows_and_spells_of_which_none_is_open_are_counted(made, last):
    row = TABLES["wages"][2021].iloc[1:]
    parts = [row.assign(kuukausi=m, payerIdCode_s=f"{n}") for m in range(1, 13) for n in range(150)]
    whole = pd.concat(parts, ignore_index=True)
    there = whole["kuukausi"] <= last
    spells = pd.DataFrame(
        {
            "hid_e": [f"{number:05d}" for number in range(len(whole))],
            "tappvh": [D(2021, month, 1) for month in whole["kuukausi"]],
            "tppvm": OPEN if last == 12 else D(2021, 12, 31),
            "tyok1": "2",
            "tymsyy": "",
        }
    )
    tables = {
        "wages": {2020: whole.assign(vuosi=2020), 2021: whole[there]},
        "status_spells": {2021: spells[there]},
    }
    for table in tables:
        _, findings = made(tables=tables).read(table)
        assert rule(findings, "months_without_rows") == 12 - last
        closed = last == 8 and table == "status_spells"
        assert rule(findings, "no_open_spell") == (1200 if closed else 0)


def test_a_pooled_file_is_one_delivery(made):
    frame = TABLES["status_spells"][2023]
    rows, _ = made(tables={"status_spells": {None: frame}}).read("status_spells")
    assert rows["delivery_year"].isna().all() and len(rows) == 2


@pytest.mark.parametrize("kind", ["dta", "sav"])
def test_files_longer_than_a_chunk(made, kind, monkeypatch):
    monkeypatch.setattr("kuntakokeilu.registers.files.CHUNK_ROWS", 7)
    assert CHUNK_ROWS > 7
    many = pd.DataFrame(
        {
            "hid_e": [f"{i:05d}" for i in range(50)],
            "yhtottopvm": [D(2020, 1, 1) + datetime.timedelta(days=i) for i in range(50)],
            "yhtottotapa": np.where(np.arange(50) % 3, "01", ""),
        }
    )
    rows, _ = made(kind, tables={"ura_contacts": {2020: many}}).read("ura_contacts")
    assert rows["person"].tolist() == many["hid_e"].tolist()
    assert rows["start_date"].tolist() == many["yhtottopvm"].tolist()
    assert rows["kind"].isna().sum() == 17


def test_ids_that_the_link_does_not_know_are_left_out_and_counted(made):
    tables = copy.deepcopy(TABLES)
    extra = pd.concat([tables["wages"][2021].iloc[[1]]] * 40)
    tables["wages"][2021] = extra.assign(
        payerIdCode_s=[f"{i:03d}" for i in range(40)],
        incomeEarnerShnro=["s01"] * 39 + ["s99"],
    )
    rows, findings = made(tables=tables).read("wages")
    assert rule(findings, "id_not_in_link") == 1
    assert len(rows) == 2 + 39


def shipped(config, root, name, tables, years, kinds):
    """A shipped adapter, for the few tables and years of a test and formats a test can write."""
    adapter = yaml.safe_load((config / "registers" / f"{name}.yaml").read_text("utf-8"))
    for each in adapter["formats"].values():
        each["kind"] = kinds.get(each["kind"], each["kind"])
    adapter["absent"] = sorted(set(adapter["tables"]) - set(tables))
    adapter["tables"] = {table: adapter["tables"][table] for table in tables}
    for table, files in adapter["tables"].items():
        files["path"] = files["path"].replace("sas7bdat", "dta")
        files["years"] = years[table]
    path = root / f"{name}.yaml"
    path.write_text(yaml.safe_dump(adapter), encoding="utf-8")
    return adapter, path


def test_nothing_but_the_adapter_differs_between_the_twin_and_fiona(config, tmp_path, monkeypatch):
    """The same rows, laid out as each shipped adapter says, give the same typed tables."""
    monkeypatch.delenv("KUNTAKOKEILU_REGISTERS", raising=False)
    years = {name: [min(frames), max(frames)] for name, frames in TABLES.items()}
    results = {}
    for name in ("synthetic", "fiona"):
        root = tmp_path / name
        root.mkdir()
        adapter, path = shipped(config, root, name, TABLES, years, {"sas7bdat": "dta"})
        for key, columns in (("shnro", {}), ("id", {"shnro": "id"})):
            if key in adapter["links"]:
                link = adapter["links"][key]
                frame = LINK if key == "shnro" else LINK.assign(shnro=["i1", "i2"])
                kind = adapter["formats"][link["format"]]["kind"]
                write(frame.rename(columns=columns), root / link["path"], kind)
        for table, frames in TABLES.items():
            files = adapter["tables"][table]
            kind = adapter["formats"][files["format"]]["kind"]
            for year, frame in frames.items():
                own = {"0011": "i1", "0012": "i2"} if files.get("link") == "id" else {}
                back = {value: key for key, value in files.get("columns", {}).items()}
                target = root / files["path"].replace("{year}", str(year))
                write(frame.replace(own).rename(columns=back), target, kind)
        extract = open_extract(config, path, root)
        for table in TABLES:
            out = root / f"{table}.parquet"
            read_table(extract, table, out)
            frame = pd.read_parquet(out)
            results[name, table] = frame.sort_values(list(frame), ignore_index=True)
    for table in TABLES:
        pd.testing.assert_frame_equal(results["fiona", table], results["synthetic", table])


@pytest.mark.parametrize("shards", [1, 2, 7])
def test_each_row_is_in_the_file_of_its_persons_shard(plain, tmp_path, shards):
    """A person is in the same shard in every table, and all shards together are the whole."""
    extract, whole = plain
    where: dict[str, set[int]] = {}
    for table, (expected, _) in whole.items():
        paths = [tmp_path / str(number) / f"{table}.parquet" for number in range(shards)]
        read_table(extract.open(), table, *paths)
        for number, path in enumerate(paths):
            for person in pd.read_parquet(path)["person"]:
                where.setdefault(person, set()).add(number)
        together = pq.ParquetDataset(paths).read().to_pandas()
        together = together.sort_values(list(together), ignore_index=True)
        pd.testing.assert_frame_equal(together[list(expected)], expected)
    assert len(where) > 1 and all(len(numbers) == 1 for numbers in where.values())
