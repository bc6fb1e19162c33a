"""Files that SAS itself wrote are read as their CSV twins are: parameters of the model SISU."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from kuntakokeilu.registers.adapter import Format, TableFiles
from kuntakokeilu.registers.contract import ColumnRow, Table, TableRow
from kuntakokeilu.registers.files import open_source

pytestmark = pytest.mark.real_data


def contract(name: str, columns: list[str]) -> Table:
    """A table of numbers, named in other letters than in the file, as extracts do."""
    about = TableRow(
        table=name, status="verified", files="single", disclosure="none", description="Parameters"
    )
    rows = {
        f"c{n}": ColumnRow(table=name, column=column.lower(), name=f"c{n}", type="decimal",
                           definition="A parameter")
        for n, column in enumerate(columns)
    }  # fmt: skip
    return Table(about, rows, {})


@pytest.mark.parametrize("name", ["ptturva", "ptoimtuki"])
def test_a_file_of_sas_is_its_twin(data_folder, tmp_path, name):
    path = data_folder / "sisu" / f"{name}.sas7bdat"
    twin = pd.read_csv(path.with_suffix(".csv"))
    table = contract(name, list(twin.columns))
    files = TableFiles(path=path.name, format="sas")
    with duckdb.connect() as con:
        source, found = open_source(
            con, table, files, Format(kind="sas7bdat"), path, None, tmp_path
        )
        assert source is not None and found == []
        columns = ", ".join(f'"{source.columns[c][0]}" AS {c}' for c in table.columns)
        # The twin begins in 2005.
        read = con.execute(f"SELECT {columns} FROM {source.relation} WHERE c0 >= 2005").df()
    assert len(read) > 20 and {kind for _, kind in source.columns.values()} == {"DOUBLE"}
    pd.testing.assert_frame_equal(
        read, twin.astype(float).set_axis(list(table.columns), axis=1), check_exact=True
    )


def test_half_a_file_of_sas_is_unreadable(data_folder, tmp_path):
    whole = (data_folder / "sisu" / "ptturva.sas7bdat").read_bytes()
    path = tmp_path / "ptturva.sas7bdat"
    path.write_bytes(whole[: len(whole) // 3])
    table = contract("ptturva", ["Vuosi"])
    files = TableFiles(path=path.name, format="sas")
    with duckdb.connect() as con:
        source, found = open_source(
            con, table, files, Format(kind="sas7bdat"), path, None, tmp_path
        )
    assert source is None
    assert [each.rule for each in found] == ["file_unreadable"]
