"""From what a study declares to the long tables that are made of PxWeb answers."""

from __future__ import annotations

import json

import pytest

from kuntakokeilu.cells import source_files
from kuntakokeilu.errors import InputError
from kuntakokeilu.statfin import answer_files, read_statfin_table, statfin_tables
from kuntakokeilu.statfin.download import download_folder, fetch_download
from kuntakokeilu.study import DataSettings, Download, OutcomeData

from .pxweb_server import Table, running

TABLE = "StatFin/tyonv/12r5.px"
FIRST, SECOND = "2026-08-25T05:00:00Z", "2026-09-22T05:00:00Z"


def settings(form, **source):
    content = {"reader": "statfin_long", "form": form} | source
    return DataSettings.model_validate(
        {
            "units": "municipality",
            "classification": 2025,
            "frequency": "M",
            "start": "2021-02",
            "seed": 1,
            "source": content,
        }
    )


DOWNLOADS = {"jobless": {"table": TABLE, "contents": ["TYOTOSUUS", "TYOVOIMATK"]}}
WEIGHT = {"path": "jobless", "column": "TYOVOIMATK"}
OUTCOMES = [
    OutcomeData(outcome="rate", file="jobless", column="TYOTOSUUS"),
    OutcomeData(outcome="later", data="none"),
]


@pytest.fixture
def table():
    variables = {"Alue": ["KU005", "KU020"], "timeperiod_m": ["2021M01", "2021M02"]}
    variables["contentscode"] = ["tyonv-TYOTOSUUS", "tyonv-tyovoimatk", "tyonv-AVPAIKATLOPUSSA"]
    known = {("KU020", "2021M01", "tyonv-TYOTOSUUS"): 7.5}
    made = Table("12r5", variables, lambda *codes: known.get(codes, 9.1), updated=FIRST)
    made.known = known
    return made


@pytest.fixture
def fetch(table, tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    with running({TABLE: table}) as server:
        folder = download_folder("mine", "jobless")

        def run(day, **changes):
            download = Download(**DOWNLOADS["jobless"] | changes)
            fetch_download(server.address, download, folder, retrieved=day, tries=1)

        yield run


def tables_of(read, outcomes):
    return statfin_tables(read, [source_files(read, each) for each in (None, *outcomes)], "mine")


def spec_of(**source):
    given = {"downloads": DOWNLOADS, "frozen_weight": WEIGHT} | source
    (spec,) = tables_of(settings("download", **given), OUTCOMES).values()
    return spec


def read(spec):
    return read_statfin_table(spec, answer_files(spec))


def test_long_files_need_no_table_made():
    assert tables_of(settings("long_csv"), OUTCOMES) == {}


def test_a_table_holds_what_outcomes_and_weights_read():
    spec = spec_of()
    assert spec["contents"] == ["TYOTOSUUS", "TYOVOIMATK"]
    assert spec["key"] == "jobless"
    download = settings("download", downloads=DOWNLOADS, frozen_weight=WEIGHT)
    assert source_files(download, None) == {"jobless": ["kunta", "month", "TYOVOIMATK"]}
    assert json.loads(json.dumps(spec)) == spec


def test_files_of_the_same_key_are_refused():
    outcomes = [
        OutcomeData(outcome=name, file=file, column="TYOTOSUUS")
        for name, file in (("one", "a/b.json"), ("two", "a_b.json"))
    ]
    with pytest.raises(InputError, match=r"files a/b\.json, a_b\.json: expected names that differ"):
        tables_of(settings("json_stat2"), outcomes)


def test_before_the_first_download_the_command_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"jobless: table StatFin/tyonv/12r5\.px is not") as caught:
        read(spec_of())
    assert "python run.py fetch --study mine" in str(caught.value)
    assert "data/downloads/mine/jobless" in str(caught.value)


def test_a_download_becomes_the_long_table(fetch):
    fetch("2026-09-01")
    frame, changes = read(spec_of())
    assert list(frame) == ["kunta", "month", "TYOTOSUUS", "TYOVOIMATK"]
    assert frame["TYOTOSUUS"].tolist() == ["9.1", "9.1", "7.5", "9.1"]
    assert changes.empty


def test_of_two_downloads_the_newest_is_used_and_the_change_listed(fetch, table):
    fetch("2026-09-01")
    table.known["KU020", "2021M01", "tyonv-TYOTOSUUS"] = 7.7
    table.variables["timeperiod_m"] = ["2021M01", "2021M02", "2021M03"]
    table.updated = SECOND
    fetch("2026-10-01")
    assert len(answer_files(spec_of())) == 2
    frame, changes = read(spec_of())
    assert frame["month"].tolist() == ["2021-01", "2021-02", "2021-03"] * 2
    assert frame["TYOTOSUUS"].tolist()[3] == "7.7"
    assert changes.to_dict("records") == [
        {
            "kunta": "020",
            "month": "2021-01",
            "content": "TYOTOSUUS",
            "earlier": "7.5",
            "later": "7.7",
            "published": SECOND,
        }
    ]


def test_a_merger_between_downloads_leaves_the_newest_whole(fetch, table):
    fetch("2026-09-01")
    table.variables["Alue"] = ["KU020"]
    table.updated = SECOND
    fetch("2026-10-01")
    frame, changes = read(spec_of())
    assert set(frame["kunta"]) == {"020"}
    assert changes.empty


def test_a_content_declared_after_the_download(fetch):
    fetch("2026-09-01")
    downloads = {"jobless": {"table": TABLE, "contents": ["TYOTOSUUS", "AVPAIKATLOPUSSA"]}}
    weight = {"path": "jobless", "column": "AVPAIKATLOPUSSA"}
    spec = spec_of(downloads=downloads, frozen_weight=weight)
    with pytest.raises(InputError, match="the newest download has no AVPAIKATLOPUSSA; run"):
        read(spec)
    fetch("2026-10-01", contents=["TYOTOSUUS", "AVPAIKATLOPUSSA"])
    frame, changes = read(spec)
    assert list(frame) == ["kunta", "month", "AVPAIKATLOPUSSA", "TYOTOSUUS"]
    assert changes.empty


def test_an_answer_changed_on_disk_names_its_folder(fetch):
    fetch("2026-09-01")
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in download_folder("mine", "jobless").rglob("*.json")
    }
    (answer,) = (path for path, text in texts.items() if "7.5" in text)
    answer.write_text(texts[answer].replace("7.5", "5.7"), encoding="utf-8")
    with pytest.raises(InputError, match="remove the folder 12r5_2026-09-01 and run"):
        read(spec_of())


@pytest.mark.parametrize(
    ("form", "data", "expected"),
    [
        ("json_stat2", b"<html>", "saved: a web page, not data"),
        ("json_stat2", b'{"version": "2.0"', "saved: not a whole JSON answer"),
        ("json_stat2", b"\xe4", "saved: not UTF-8; save the answer as it came"),
        ("pxweb_csv", b"<html>", "saved: a web page, not data"),
        ("pxweb_csv", b"12ti -- x\n\nAlue,2021M01 TYOTOSUUS\n005,1\n", "saved: expected table"),
        ("pxweb_csv", b"Alue,2021M01 TYOTOSUUS\n005,1\nKU005,2\n", "saved: TYOTOSUUS of area 005"),
        ("pxweb_csv", b"Alue,2021M01 UUDETAVP\n005,1\n", "saved: no content TYOTOSUUS"),
    ],
)
def test_a_bad_saved_answer_is_told_in_one_line(tmp_path, form, data, expected):
    path = tmp_path / "saved"
    path.write_bytes(data)
    outcome = OutcomeData(outcome="rate", file="saved", column="TYOTOSUUS")
    (spec,) = tables_of(settings(form), [outcome]).values()
    with pytest.raises(InputError) as caught:
        read_statfin_table(spec, [path])
    assert str(caught.value).startswith(expected)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("form", "source", "expected"),
    [
        ("download", {}, "downloads: missing"),
        ("long_csv", {"downloads": DOWNLOADS}, "downloads: goes with form: download"),
        ("download", {"downloads": DOWNLOADS, "unit_column": "x"}, "unit_column: goes with form"),
        ("json_stat2", {"missing": ["x"]}, "missing: goes with form: long_csv"),
        ("long_csv", {"table": "12u4"}, "table: goes with form: json_stat2 or pxweb_csv"),
        (
            "download",
            {"downloads": DOWNLOADS, "frozen_weight": {"path": "x.csv", "column": "n"}},
            "frozen_weight.path: expected a name in source.downloads, found x.csv",
        ),
        (
            "download",
            {"downloads": DOWNLOADS, "frozen_weight": {"path": "jobless", "column": "n"}},
            "frozen_weight.column: expected one of the contents of jobless, found n",
        ),
        (
            "download",
            {"downloads": {"jobless": {"table": "12r5", "contents": ["X"]}}},
            "table: expected a path such as StatFin/tyonv/12r5.px, found 12r5",
        ),
    ],
)
def test_settings_that_do_not_go_with_the_form(form, source, expected):
    with pytest.raises(ValueError, match=expected.replace(".", r"\.")):
        settings(form, **source)
