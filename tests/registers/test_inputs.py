"""The files that a study reads of an extract."""

from __future__ import annotations

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.registers import extract_files, read_adapter


def adapter_of(extract):
    return read_adapter(extract.save_adapter(), extract.open().contract)


def test_the_files_of_the_tables_and_their_links_are_found(made):
    extract = made()
    found = extract_files(adapter_of(extract), extract.root, ["wages", "status_spells", "plans"])
    assert sorted(found) == [
        "files/link.parquet",
        "files/status_spells_2022.parquet",
        "files/status_spells_2023.parquet",
        "files/wages_2020.parquet",
        "files/wages_2021.parquet",
    ]
    assert all(path.is_file() for path in found.values())


def test_a_link_that_no_table_needs_is_not_read(made):
    extract = made()
    found = extract_files(adapter_of(extract), extract.root, ["status_spells"])
    assert not [name for name in found if "link" in name]


def test_a_missing_file_is_named_with_its_table(made):
    extract = made()
    extract.file("wages", 2020).unlink()
    with pytest.raises(InputError, match=r"table wages: file_missing \(1 of 2\).*wages_2020"):
        extract_files(adapter_of(extract), extract.root, ["wages"])
