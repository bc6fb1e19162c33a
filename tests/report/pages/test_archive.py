"""A report of Snakemake names no folder of the machine, and its pages find each other."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.report.pages.archive import clean_archive


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """An archive as Snakemake leaves it, in a project folder with data elsewhere."""
    project, data = tmp_path / "project", tmp_path / "some data"
    project.mkdir()
    data.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setenv("KUNTAKOKEILU_DATA", str(data))

    def pack(**texts):
        with ZipFile("report.zip", "w") as archive:
            for name, text in texts.items():
                archive.writestr(name.replace("__", "/") + ".html", text)
            archive.writestr("report/data/raw/9/book.xlsx", bytes(range(256)))
        return Path("report.zip"), data

    return pack


def texts(path):
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_folders_are_hidden_and_the_rest_stays(packed):
    path, data = packed(report__report="")
    with ZipFile(path, "a") as archive:
        archive.writestr("report/more.html", f'["{data.as_posix()}/rates.csv", "{Path.cwd()}/x"]')
    clean_archive(path)
    found = texts(path)
    assert found["report/more.html"] == b'["data/rates.csv", "./x"]'
    assert found["report/data/raw/9/book.xlsx"] == bytes(range(256))


def test_links_lead_to_where_the_pages_went(packed):
    link = '<a href="results.html">R</a> <a href="https://example.org/results.html">X</a>'
    path, _ = packed(report__data__raw__1__design=link, report__data__raw__2__results="R")
    clean_archive(path)
    shown = texts(path)["report/data/raw/1/design.html"].decode()
    assert '<a href="../2/results.html">' in shown
    assert 'href="https://example.org/results.html"' in shown


def test_an_archive_that_still_names_the_home_folder_is_removed(packed):
    path, _ = packed(report__report=f"see {Path.home()}/secret")
    with pytest.raises(InputError, match=r"report/report.html names a folder of this machine"):
        clean_archive(path)
    assert not path.exists()
