"""Values that cannot be, or are hard to believe, are told by column: rules of columns.csv."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.registers import preflight, read_contract

from .conftest import OPEN, TABLES, D, write

SPELLS = pd.DataFrame(
    {
        "hid_e": ["0011", "0012", "0013"],
        "alkpv1": [D(2019, 5, 1), D(2022, 6, 1), D(2022, 1, 1)],
        "loppv1": [OPEN, D(2022, 9, 30), D(2022, 2, 1)],
        "hapkd": ["", "", ""],
        "hedkd": ["", "", ""],
    }
)
WAGE = 1e9


def changed(table: str, year: int, column: str, value: object) -> dict:
    """The tables with one value of one column replaced: that of the second row."""
    tables = copy.deepcopy(TABLES) | {"search_spells": {2022: SPELLS.copy()}}
    frame = tables[table][year]
    frame[column] = [value if row == 1 else old for row, old in enumerate(frame[column])]
    return tables


# Cases of register extracts that were read in silence; those that cannot be at all stop reading.
TOLD = {
    "born after the year of the file": ("persons_yearly", 2019, "syntyv", 2031, "unusual_value"),
    "dead before born": ("persons_yearly", 2019, "kuolv", 1900, "before_another"),
    "open until 2049": ("search_spells", 2022, "loppv1", D(2049, 12, 31), "suspect_day"),
    "ends in 2140": ("search_spells", 2022, "loppv1", D(2140, 1, 1), "unusual_value"),
    "day zero of SAS": ("search_spells", 2022, "alkpv1", D(1960, 1, 1), "suspect_day"),
    "a billion in a month": ("wages", 2020, "t101", WAGE, "unusual_value"),
    "a negative counter": ("benefit_payments", 2021, "kertyma", -5.0, "unusual_value"),
    "a wage of a later year": ("wages", 2020, "vuosi", 2022, "unusual_value"),
}
STOPS = {
    "13 months in a year": ("persons_yearly", 2019, "tyke", 13.0, "out_of_range in 1 of 3"),
    "-3 months in a year": ("persons_yearly", 2019, "tyke", -3.0, "out_of_range in 1 of 3"),
    "months of work": ("persons_yearly", 2019, "tyokk", 14.0, "out_of_range in 1 of 3"),
    "starts in 2140": ("search_spells", 2022, "alkpv1", D(2140, 1, 1), "out_of_range in 1 of 3"),
}


@pytest.mark.parametrize("table", sorted({case[0] for case in TOLD.values()}))
def test_ordinary_values_are_not_wondered_at(made, table):
    found = made(tables=TABLES | {"search_spells": {2022: SPELLS}}).read(table)[1]
    assert not {"unusual_value", "suspect_day", "before_another"} & set(found["rule"])


@pytest.mark.parametrize(("table", "year", "column", "value", "rule"), TOLD.values(), ids=TOLD)
def test_a_value_that_is_hard_to_believe_is_told_by_column(made, table, year, column, value, rule):
    rows, findings = made(tables=changed(table, year, column, value)).read(table)
    found = findings[findings["rule"].eq(rule)]
    assert found[["year", "column", "count", "consequence"]].values.tolist() == [
        [year, column, 1, "kept"]
    ]
    assert len(rows)


@pytest.mark.parametrize(("table", "year", "column", "value", "said"), STOPS.values(), ids=STOPS)
def test_a_value_that_cannot_be_stops_reading(made, table, year, column, value, said):
    extract = made(tables=changed(table, year, column, value))
    with pytest.raises(InputError) as caught:
        extract.read(table)
    assert f"table {table}, {year}, column {column}: {said}" in str(caught.value)
    assert str(value) not in str(caught.value)
    extract.adapter["tables"][table]["allow"] = {"out_of_range": 1}
    _, findings = extract.read(table)
    assert findings.set_index("rule").loc["out_of_range", "consequence"] == "left_out"


def test_a_day_that_the_adapter_calls_a_sentinel_is_none_to_wonder_at(made):
    extract = made(tables=changed("search_spells", 2022, "loppv1", D(2049, 12, 31)))
    extract.adapter["formats"]["parquet"]["sentinels"] = ["2222-11-11", "2049-12-31"]
    rows, findings = extract.read("search_spells")
    assert "suspect_day" not in set(findings["rule"])
    assert rows["is_open"].sum() == 2


def wages(factor: dict[int, float]) -> dict:
    """Three years of wages, one of them in another unit."""
    one = TABLES["wages"][2020].iloc[[0]]
    frames = {}
    for year in (2019, 2020, 2021):
        amount = 2000.0 * factor.get(year, 1.0)
        frames[year] = pd.concat(
            [one.assign(vuosi=year, kuukausi=month, t101=amount + month) for month in range(1, 13)]
        )
    return {"wages": frames}


def test_a_year_of_wages_in_cents_is_told_and_preflight_shows_the_ratio(made, tmp_path):
    for factor, years in (({}, []), ({2020: 100.0}, [2020]), ({2020: 0.01}, [2020])):
        extract = made(tables=wages(factor))
        tables, findings, ratios = preflight(extract.open(), tmp_path)
        told = findings[findings["rule"] == "sum_out_of_line"]
        assert told["year"].tolist() == years and set(told["column"]) <= {"t101"}
        assert tables["faults"].sum() == 0
        (said,) = ratios.loc[ratios["column"] == "t101", "ratios"]
        if not years:
            assert said == "2020: 1, 2021: 1"
        elif factor[2020] > 1:
            assert said.startswith("2020: 99.7, 2021: 0.01")


TYPED = """
import sys
from pathlib import Path
import pandas as pd
from kuntakokeilu.registers import open_extract, read_table
config, adapter, root, out = map(Path, sys.argv[1:])
read_table(open_extract(config, adapter, root), "search_spells", out)
print(pd.read_parquet(out)["start_date"].astype(str).sort_values().tolist())
"""


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_days_of_time_stamps_do_not_move_with_the_machine(made, config, tmp_path, zone):
    """Midnight in Finland and midnight in Greenwich, both as instants of time: the same days."""
    days = [pd.Timestamp(day) for day in SPELLS["alkpv1"]]
    stamps = [day.tz_localize("Europe/Helsinki").tz_convert("UTC") for day in days[:2]]
    stamps.append(days[2].tz_localize("UTC"))
    extract = made(tables={"search_spells": {2022: SPELLS}})
    moved = SPELLS.assign(alkpv1=pd.DatetimeIndex(stamps))
    write(moved, extract.file("search_spells", 2022), "parquet")
    arguments = [str(config), str(extract.save_adapter()), str(extract.root), str(tmp_path / "o")]
    source = Path(sys.modules["kuntakokeilu"].__file__).parents[1]
    environment = {**os.environ, "TZ": zone, "PYTHONPATH": str(source)}
    done = subprocess.run(
        [sys.executable, "-c", TYPED, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(["2019-05-01", "2022-01-01", "2022-06-01"])


def test_every_rule_stands_in_the_docs(config):
    text = (config.parent / "docs" / "registers.md").read_text("utf-8")
    rules = {"out_of_range", "sum_out_of_line", *(case[-1] for case in TOLD.values())}
    assert len(rules) == 5
    assert all(f"`{rule}`" in text for rule in rules)


def test_bounds_of_the_contract_fit_their_columns(own_contract):
    own_contract("persons_yearly", "tyke", "maximum", "2020-01-01")
    with pytest.raises(InputError, match="bounds of unemployment_months do not fit"):
        own_contract.read()


def test_a_bound_that_is_none_is_one_line(own_contract):
    own_contract("persons_yearly", "tyke", "maximum", "twelve")
    with pytest.raises(InputError, match=r"column maximum: expected a number, a day, file_year"):
        own_contract.read()


def test_a_relation_to_no_column_is_one_line(own_contract):
    own_contract("persons_yearly", "kuolv", "not_before", "wedding")
    with pytest.raises(InputError, match="no column named wedding"):
        own_contract.read()


@pytest.fixture
def own_contract(config, tmp_path):
    """A copy of the contract in which one field of one column can be changed."""

    class Own:
        def __call__(self, table, column, field, value):
            folder = tmp_path / "registers"
            folder.mkdir()
            for path in (config / "registers").glob("*.csv"):
                frame = pd.read_csv(path, dtype=str, keep_default_na=False)
                if path.name == "columns.csv":
                    here = frame["table"].eq(table) & frame["column"].eq(column)
                    frame.loc[here, field] = value
                frame.to_csv(folder / path.name, index=False)

        def read(self):
            return read_contract(tmp_path)

    return Own()
