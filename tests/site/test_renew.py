"""The month's update against a server on this machine that speaks PxWeb."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import read_classification
from kuntakokeilu.io import DATA_VARIABLE
from kuntakokeilu.site.settings import read_portal_settings

from ..statfin.pxweb_server import Table, running, status

pytest.importorskip("vl_convert", reason="the extra `site` is not installed: no vl-convert")
from kuntakokeilu.site import build, renew

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CODES = read_classification(ROOT / "config", 2026).members()["code"].tolist()
CONTENTS = read_portal_settings(ROOT / "config").contents()
FOLLOWED = ("trial-espoo", "employment-rovaseutu")
MONTHS = ["2026M05", "2026M06", "2026M07"]
TABLE = "StatFin/tyonv/12r5.px"


def made_up(area, month, content):
    if content.endswith("TYOVOIMATK"):
        return 1000 + int(area[-3:]) if area.startswith("KU") else 9e5
    return sum(map(ord, area)) + MONTHS.index(month) + len(content)


def table(months, value=made_up):
    areas = ["SSS", "MK01", "KU199", *(f"KU{code}" for code in CODES)]
    contents = [f"tyonv-{name}" for name in CONTENTS]
    variables = {"Alue": areas, "timeperiod_m": months, "contentscode": contents}
    return Table("12r5", variables, value)


@pytest.fixture
def server():
    with running({TABLE: table(MONTHS[:2])}) as started:
        started.config = {"maxCells": 50_000, "maxCalls": 1000, "timeWindow": 1}
        yield started


@pytest.fixture
def project(tmp_path, monkeypatch, data_folder):
    """A copy of the settings in which the download is all there is, and few places."""
    monkeypatch.setenv(DATA_VARIABLE, str(data_folder))
    shutil.copytree(ROOT / "config", tmp_path / "config")
    settings = tmp_path / "config" / "site" / "site.yaml"
    text = settings.read_text(encoding="utf-8")
    start, end = text.index("files:\n"), text.index("download:")
    text = text[:start] + text[end:].replace("2006-01", "2026-05")
    text = text.replace("first_month: 2006-01", "first_month: 2026-05")
    settings.write_text(text, encoding="utf-8")
    whole = renew.load_portal

    def few(*folders):
        portal = whole(*folders)
        areas = [place for place in portal.places if place.name in FOLLOWED]
        units = {unit for place in areas for unit in place.units}
        towns = [one for one in portal.places if one.name.startswith("municipality-")]
        mine = [one for one in towns if one.units[0] in units]
        wholes = [one for one in portal.places if one.kind == "whole"]
        return replace(portal, places=[*wholes, *areas, *mine])

    monkeypatch.setattr(renew, "load_portal", few)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def update(server, day, **options):
    return renew.renew_site(Path("config"), Path("results"), day, url=server.address, **options)


def content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_month_comes_is_revised_fails_and_comes_again(server, project):
    site = Path("results/site")
    first = update(server, "2026-07-25")
    assert (first.first, first.newest) == (True, "2026-06")
    assert "Latest month: 2026-06." in (site / "en/index.html").read_text(encoding="utf-8")
    before = content(site)

    assert update(server, "2026-07-26") is None  # nothing new
    assert content(site) == before

    half = set(CODES[::2])  # a month that is not whole yet

    def partial(area, month, name):
        hidden = month == MONTHS[2] and area[2:] in half
        return None if hidden else made_up(area, month, name)

    server.tables[TABLE] = table(MONTHS, partial)
    with pytest.raises(InputError, match=r"2026-07: TYOTTOMATLOPUSSA has no value for 154 of 308"):
        update(server, "2026-08-25")
    assert content(site) == before
    assert len(list(Path("data/downloads/site").rglob("*_manifest.json"))) == 1

    server.script.append(status(404))  # a server that fails
    with pytest.raises(InputError, match=r"12r5\.px"):
        update(server, "2026-08-25")
    assert content(site) == before
    server.script.clear()

    def revised(area, month, name):
        moved = (area, month, name) == ("KU049", "2026M06", "tyonv-TYOTTOMATLOPUSSA")
        return made_up(area, month, name) + (7 if moved else 0)

    server.tables[TABLE] = table(MONTHS, revised)
    entry = update(server, "2026-08-26")
    assert entry.newest == "2026-07"
    moved = pd.read_csv(site / entry.file, dtype=str, keep_default_na=False)
    kinds = moved["kind"].value_counts().to_dict()
    assert kinds == {"new": entry.new, "revised": entry.revised}
    assert set(moved.loc[moved["kind"] == "new", "month"]) == {"2026-07"}
    places = 3 + len(FOLLOWED) + 1 + 2
    assert entry.new == places * 7
    again = moved[(moved["kind"] == "revised") & (moved["indicator"] == "unemployed")]
    # Espoo is a municipality, a trial area, and one of all trial municipalities
    assert sorted(again["place"]) == ["municipality-049", "trial", "trial-espoo"]
    assert set(again["difference"]) == {"+7"}
    changes = (site / "CHANGES").read_text(encoding="utf-8")
    assert changes.startswith("2026-08-26\n  New numbers")
    assert changes.count("2026-07-25") == 1
    assert not list(Path("results").glob(".site*"))


def test_a_build_that_fails_leaves_the_old_site(server, project):
    site = Path("results/site")
    update(server, "2026-07-25")
    before = content(site)
    texts = Path("config/site/texts.csv")
    kept = texts.read_text(encoding="utf-8")
    lines = [line for line in kept.splitlines() if not line.startswith("site.read.5.p")]
    texts.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no text site\.read\.5\.p"):
        update(server, "2026-07-26", rebuild=True)
    assert content(site) == before
    assert not list(Path("results").glob(".site*"))

    server.tables[TABLE] = table(MONTHS)  # fetched, and then the build fails
    with pytest.raises(InputError, match=r"no text site\.read\.5\.p"):
        update(server, "2026-08-25")
    assert content(site) == before

    texts.write_text(kept, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:  # stopped between the two steps of putting in place

        def stopped(fresh, target):
            target.rename(target.with_name(".site.old"))
            raise KeyboardInterrupt

        patch.setattr(build, "swap", stopped)
        with pytest.raises(KeyboardInterrupt):
            update(server, "2026-08-26")
    assert not site.exists()
    entry = update(server, "2026-08-27")  # what was fetched before is built now
    assert not entry.first  # the old site was brought back, and compared with
    assert (entry.newest, entry.revised) == ("2026-07", 0)
    assert entry.new > 0
    assert update(server, "2026-08-28") is None
    assert (site / "fi/index.html").is_file()


def test_charts_that_did_not_change_are_not_drawn_again(server, project):
    told = []
    update(server, "2026-07-25", tell=told.append)
    update(server, "2026-07-26", rebuild=True, tell=told.append)
    first, second = (int(line.rpartition(" ")[2]) for line in told if "charts drawn" in line)
    assert first > 20
    assert second == 0


def test_a_folder_that_is_no_site_is_not_touched(server, project):
    Path("results/site").mkdir(parents=True)
    Path("results/site/thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="results/site: not a site that was built here"):
        update(server, "2026-07-25")
    assert Path("results/site/thesis.txt").read_text(encoding="utf-8") == "mine"
