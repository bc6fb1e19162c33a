"""The parameters of the ledger that travel with a release: every row of config/, none lost."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from kuntakokeilu.contracts import LEDGER_PARAMETERS, conform
from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import ledger_parameters

BESIDE = ("benefit_rates", "price_index")


def test_every_row_of_every_table_is_there(config):
    found = ledger_parameters(config)
    assert conform(found, LEDGER_PARAMETERS)["mark"].isin(["verified", "unverified"]).all()
    paths = [*(config / "ledger").glob("*.csv"), *(config / f"{name}.csv" for name in BESIDE)]
    assert set(found["table"]) == {path.stem for path in paths}
    for path in paths:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        mine = found[found["table"] == path.stem]
        assert len(mine) >= len(rows), path.stem
        assert set(mine["source"]) == set(rows["source"]), path.stem
    # A row is told by its table, what tells it apart, its months and, of several values, which.
    keys = ["table", "parameter", "valid_from", "valid_to"]
    assert not found[found["table"] != "income_tax_brackets"].duplicated(keys).any()


def test_a_row_says_what_stands_in_its_table(config):
    found = ledger_parameters(config)
    one = found[(found["parameter"] == "pension employer municipalities")
                & (found["valid_from"] == "2021-01")].iloc[0]  # fmt: skip
    assert (one["value"], one["unit"], one["valid_to"]) == ("0.2072", "share", "2021-12")
    one = found[(found["parameter"] == "municipal_rate") & (found["valid_from"] == "2021-01")]
    assert one[["value", "unit"]].to_numpy().tolist() == [["0.2002", "share"]]
    one = found[(found["table"] == "benefit_rates") & (found["value"] == "3378")].iloc[0]
    assert (one["parameter"], one["unit"]) == ("daily_allowance", "cents a day")
    chosen = found[found["parameter"] == "share_follows_from"].iloc[0]
    assert (chosen["value"], chosen["unit"], chosen["valid_from"]) == ("period_start", "", "")


def test_a_table_that_would_not_be_told_is_refused(config, tmp_path):
    shutil.copytree(config / "ledger", tmp_path / "ledger")
    for name in BESIDE:
        shutil.copy(config / f"{name}.csv", tmp_path)
    new = "what,level,mark,source\na,1,verified,b\n"
    (tmp_path / "ledger" / "other.csv").write_text(new, encoding="utf-8")
    with pytest.raises(InputError, match=r"other\.csv: no column of values"):
        ledger_parameters(tmp_path)
