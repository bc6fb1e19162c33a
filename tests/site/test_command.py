"""The commands site and update, as a user types them: what is wrong is one line."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

from kuntakokeilu.__main__ import main
from kuntakokeilu.site.renew import before_publishing


@pytest.fixture
def project(config, tmp_path, monkeypatch):
    """A folder with the settings, and nothing else."""
    shutil.copytree(config, tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def one_error(capsys) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("kuntakokeilu: error: ")
    return line


@pytest.mark.parametrize("command", ["site", "update"])
def test_without_what_draws_charts_the_extra_is_named(command, project, capsys, monkeypatch):
    known = importlib.util.find_spec
    missing = lambda name, *more: None if name == "vl_convert" else known(name, *more)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", missing)
    assert main([command]) == 2
    assert "the portal needs vl_convert" in one_error(capsys)
    assert not (project / "results").exists()


def test_an_address_that_is_none_is_named(project, capsys):
    pytest.importorskip("vl_convert", reason="the extra `site` is not installed: no vl-convert")
    assert main(["update", "--url", "ftp://somewhere"]) == 2
    assert "12r5.px: expected an address with https://" in one_error(capsys)
    assert not (project / "results").exists()


def test_without_the_data_folder_the_site_says_what_is_missing(project, capsys, monkeypatch):
    pytest.importorskip("vl_convert", reason="the extra `site` is not installed: no vl-convert")
    monkeypatch.setenv("KUNTAKOKEILU_DATA", str(project / "nowhere"))
    assert main(["site"]) == 2
    assert "no data folder" in one_error(capsys)
    assert not (project / "results").exists()


def test_the_publisher_is_told_on_the_command_line_what_is_missing(config, tmp_path):
    shutil.copytree(config, tmp_path / "config")
    assert "no publisher is named in config/site/site.yaml" in before_publishing(config)
    file = tmp_path / "config" / "site" / "site.yaml"
    named = "publisher:\n  name: {fi: A, sv: A, en: A}\n  contact: a@example.fi\n"
    file.write_text(f"{file.read_text(encoding='utf-8')}{named}", encoding="utf-8")
    assert "has no address" in before_publishing(tmp_path / "config")
    file.write_text(
        f"{file.read_text(encoding='utf-8')}  address: https://example.fi/s/\n", encoding="utf-8"
    )
    assert before_publishing(tmp_path / "config") == ""
