"""The contract's tables agree with themselves, with TAIKA and with the shipped adapters."""

from __future__ import annotations

import csv
import shutil

import pandas as pd
import pytest
import yaml

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import read_classification
from kuntakokeilu.registers import extract_root, read_adapter, read_contract
from kuntakokeilu.registers.contract import SQL_TYPES, ColumnType
from kuntakokeilu.registers.findings import ALLOWED_FILES, ALLOWED_ROWS, FATAL

ADAPTERS = ("synthetic", "fiona")


@pytest.fixture
def contract(config):
    """The contract."""
    return read_contract(config)


@pytest.mark.real_data
def test_verified_columns_are_those_of_taika(contract, data_folder):
    path = data_folder.parent / "domain" / "taika_schema.csv"
    with path.open(encoding="utf-8", newline="") as file:
        taika = {(row["dataset"], row["identifier"]): row for row in csv.DictReader(file)}
    seen = 0
    for table in contract.values():
        if table.about.status != "verified" or not table.about.taika_id:
            continue
        for column in table.columns.values():
            row = taika[table.about.taika_id, column.column]  # exact, case and all
            assert column.name_fi == " ".join(row["name_fi"].split())
            groups = row["variable_group"].lower().replace(" ", "").split(",")
            if table.about.taika_group and column.type != "person":
                assert table.about.taika_group.lower() in groups
            seen += 1
    assert seen > 80


def test_tables_that_taika_lacks_are_unverified(contract):
    names = {name for name, table in contract.items() if table.about.status == "unverified"}
    assert names == {name for name, t in contract.items() if not t.about.taika_id} - {"key_link"}


def test_types_are_listed_once(contract):
    assert set(SQL_TYPES) == set(ColumnType.__args__)
    assert set(FATAL) >= ALLOWED_ROWS | ALLOWED_FILES


def test_what_a_blank_stands_for_is_a_code_of_the_column(contract):
    for table in contract.values():
        for name, column in table.columns.items():
            codes = {code.code for code in table.codes[name]}
            if column.missing_as is not None and column.codes == "closed":
                assert column.missing_as in codes
            if column.type == "code" and column.codes is None:
                assert not codes


def test_codes_that_clash_between_tables_differ_as_documented(contract):
    def meaning(table, name, code):
        return [c for c in contract[table].codes[name] if c.code == code]

    (nine,) = meaning("status_spells", "status", "9")
    assert nine.meaning == "part-time work" and str(nine.valid_from) == "2022-05-01"
    assert meaning("status_spells", "status", "z")[0].meaning == "unknown"
    assert not meaning("ura_job_offers", "status", "9")
    assert {len(c.code) for c in contract["ura_job_offers"].codes["status"]} == {2}
    assert len(meaning("jobseeker_office", "office", "1230")) == 2


def test_every_listed_municipality_code_is_outside_the_classification(contract, config):
    known = set(read_classification(config, 2021).municipalities["code"])
    for table in contract.values():
        for name, column in table.columns.items():
            if column.type == "municipality":
                assert not known & {code.code for code in table.codes[name]}


@pytest.mark.parametrize("name", ADAPTERS)
def test_shipped_adapters_describe_every_table(contract, config, name):
    adapter = read_adapter(config / "registers" / f"{name}.yaml", contract)
    assert adapter.adapter == name and not adapter.absent
    assert set(adapter.tables) == set(contract) - {"key_link"}
    assert adapter.tables["wages"].link == "shnro"
    assert adapter.tables["wages"].years[0] == 2019
    paths = [path for files in adapter.tables.values() for path in files.files().values()]
    assert len(paths) == len({path.lower() for path in paths})


@pytest.mark.parametrize(("trial", "first"), [(2012, 2008), (2017, 2011)])
def test_adapters_of_earlier_trials_differ_in_years_only(contract, config, trial, first):
    """Their files are those of the twin, of its eight years and without the Incomes Register."""
    folder = config / "registers"
    shipped = read_adapter(folder / "synthetic.yaml", contract)
    earlier = read_adapter(folder / f"synthetic_{trial}.yaml", contract)
    assert set(shipped.tables) - set(earlier.tables) == {"wages"} == set(earlier.absent)
    for name, files in earlier.tables.items():
        assert files.model_copy(update={"years": None}) == shipped.tables[name].model_copy(
            update={"years": None}
        )
        if files.years is not None:
            back = contract[name].about.covers_from or 0
            began = shipped.tables[name].years[0] - 2017 + first
            assert files.years == (max(began, back), first + 7)


def test_a_typed_table_names_its_columns(contract):
    assert list(contract["status_spells"].output())[-2:] == ["is_open", "delivery_year"]
    assert contract["wages"].output()["wage_cents"] == "BIGINT"
    assert "delivery_year" not in contract["persons_yearly"].output()


def test_the_pandera_schema_refuses_a_code(contract):
    frame = pd.DataFrame({"person": ["1"], "sex": ["3"]})
    with pytest.raises(Exception, match="isin"):
        contract["persons_sex"].schema().validate(frame)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("columns.csv", "wages,t101,wage_cents,euros", "wages,t101,wage_cents,gold", "row"),
        ("columns.csv", "wages,t101,wage_cents", "wages,t101,month", "name month stands there"),
        ("columns.csv", "wages,t101,", "loans,t101,", "no table loans"),
        ("codes.csv", "status_spells,tyok1,9", "status_spells,tyok9,9", "no column tyok9"),
        ("tables.csv", "person+year+month+payer+", "person+year+month+boss+", "named boss"),
        ("tables.csv", "wages,TAX", "plans,TAX", "plans stands there twice"),
    ],
)
def test_a_wrong_contract_is_one_line(config, tmp_path, file, old, new, expected):
    shutil.copytree(config / "registers", tmp_path / "registers")
    path = tmp_path / "registers" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=expected):
        read_contract(tmp_path)


def edited(content: dict, keys: str, value: object) -> dict:
    """Set one key, given as a path of keys."""
    place = content
    *way, last = keys.split(".")
    for key in way:
        place = place.setdefault(key, {})
    place[last] = value
    return content


@pytest.mark.parametrize(
    ("keys", "value", "expected"),
    [
        ("tables.wages.fromat", "x", "tables.wages.fromat: unknown key"),
        ("tables.wages.format", "x", "no format x; expected parquet"),
        ("tables.wages.link", "x", "no link x in the adapter"),
        ("tables.training_courses.link", "shnro", "the table has no persons"),
        ("tables.wages.years", [2021, 2020], "2021 is after 2020"),
        ("tables.wages.years", [2018, 2020], "the register begins in 2019"),
        ("tables.wages.path", "wages.parquet", "years belong to a path with"),
        ("tables.wages.path", "../{year}.parquet", "expected one below the root"),
        ("tables.wages.path", "a/../../{year}.parquet", "expected one below the root"),
        ("tables.wages.path", "/etc/{year}.parquet", "expected one below the root"),
        ("tables.wages.path", "D:/other/{year}.parquet", "expected one below the root"),
        ("tables.wages.path", "a\\..\\..\\{year}.parquet", "expected one below the root"),
        ("tables.wages.columns", {"pay": "salary"}, "no column salary"),
        ("tables.wages.without", ["vuosi"], "no row can be used without vuosi"),
        ("tables.wages.allow", {"file_missing": 1}, "tables.wages.allow"),
        ("tables.dogs.path", "x", "dogs.format: missing"),
        ("absent", ["wages"], "wages is both given and absent"),
        ("absent", ["dogs"], "no table dogs in the contract"),
        ("formats.parquet.separator", ";", "separator belongs to kind csv"),
        ("formats.parquet.date_formats", ["%m/%Y"], "lacks the day"),
        ("formats.parquet.sentinels", ["2222-13-01"], "2222-13-01 is no day"),
        ("formats.parquet.kind", "xlsx", "formats.parquet.kind"),
    ],
)
def test_a_wrong_adapter_is_one_line(contract, config, tmp_path, keys, value, expected):
    content = yaml.safe_load((config / "registers" / "synthetic.yaml").read_text("utf-8"))
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(edited(content, keys, value)), "utf-8")
    with pytest.raises(InputError) as caught:
        read_adapter(path, contract)
    assert expected in str(caught.value) and "mine.yaml" in str(caught.value)


def test_a_table_must_be_given_or_said_to_be_absent(contract, config, tmp_path):
    content = yaml.safe_load((config / "registers" / "synthetic.yaml").read_text("utf-8"))
    del content["tables"]["plans"]
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(InputError, match=r"table plans is missing; describe it"):
        read_adapter(path, contract)
    path.write_text(yaml.safe_dump(content | {"absent": ["plans"]}), "utf-8")
    with pytest.raises(InputError, match=r"table plans: table_missing"):
        read_adapter(path, contract).files_of("plans")


def test_the_root_is_the_variable_else_what_is_configured(tmp_path, monkeypatch):
    monkeypatch.delenv("KUNTAKOKEILU_REGISTERS", raising=False)
    assert extract_root(tmp_path) == tmp_path
    with pytest.raises(InputError, match="no folder of register data: set"):
        extract_root(None)
    monkeypatch.setenv("KUNTAKOKEILU_REGISTERS", str(tmp_path / "none"))
    with pytest.raises(InputError, match="no such folder of register data"):
        extract_root(tmp_path)
