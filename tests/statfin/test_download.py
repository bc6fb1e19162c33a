"""Fetching a table in parts, against a small server on this machine that speaks PxWeb."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import product
from math import prod
from pathlib import Path

import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.statfin.download import (
    download_table,
    fetch_download,
    finished_downloads,
    read_answers,
)
from kuntakokeilu.statfin.http import Caller, Limits
from kuntakokeilu.statfin.pxweb import combine, read_json_stat
from kuntakokeilu.statfin.query import resolve_query, split_query
from kuntakokeilu.study import Download

from .pxweb_server import PUBLISHED, Table, cut, running, sends, status

TABLE = "StatFin/tyonv/12r5.px"
DAY = "2026-09-01"
AREAS = ["SSS", "KU005", "KU009", "KU020"]
MONTHS = [f"2021M{month:02d}" for month in range(1, 6)]
CONTENTS = ["tyonv-TYOTOSUUS", "tyonv-TYOVOIMATK"]


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self):
        self.now = 0.0
        self.waits = []

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds

    def __call__(self):
        return self.now


def value(area, month, content):
    """A value tells where it stands in the table."""
    if (area, month, content) == (AREAS[0], MONTHS[0], CONTENTS[0]):
        return None
    return 100 * AREAS.index(area) + 10 * (int(month[-2:]) - 1) + CONTENTS.index(content)


@pytest.fixture
def table():
    return Table("12r5", {"Alue": AREAS, "timeperiod_m": MONTHS, "contentscode": CONTENTS}, value)


@pytest.fixture
def server(monkeypatch, table):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running({TABLE: table}) as server:
        yield server


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fetch(server, clock, tmp_path):
    def run(query=None, **options):
        given = {"retrieved": DAY, "timeout": 5.0, "sleep": clock.sleep, "clock": clock} | options
        return download_table(server.address, TABLE, query or {}, tmp_path, **given)

    return run


def frame_of(manifest):
    table, answers = read_answers(manifest)
    parts = [read_json_stat(text, table, name) for name, text in answers.items()]
    return combine(parts, table)


def message_of(run, **options):
    with pytest.raises(InputError) as caught:
        run(**options)
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    return text


# A whole download --------------------------------------------------------------------------------


def test_a_table_larger_than_the_limits_comes_in_parts(server, fetch):
    frame = frame_of(fetch())
    sizes = [prod(map(len, query.values())) for query in server.queries]
    assert sizes == [16, 16, 8]
    assert len(frame) == 4 * 5
    assert frame.loc[frame["kunta"] == "020", "TYOTOSUUS"].tolist() == [
        str(300 + 10 * month) for month in range(5)
    ]
    assert frame.set_index(["kunta", "month"]).loc[("SSS", "2021-01"), "TYOTOSUUS"] == ""


def test_the_manifest_says_what_was_fetched_and_when(server, fetch, tmp_path):
    manifest = fetch({"alue": ["005"], "Tiedot": "TYOTOSUUS", "Kuukausi": ["2021-02", "2021M01"]})
    content = json.loads(manifest.read_text(encoding="utf-8"))
    assert manifest.name == "12r5_2026-09-01_manifest.json"
    assert content["table"] == TABLE
    assert content["retrieved"] == DAY
    assert content["updated"] == PUBLISHED
    assert content["licence"] == "CC BY 4.0"
    assert content["source"] == "KEHA-keskus, Työnvälitystilasto"
    assert content["query"] == {
        "Alue": ["KU005"],
        "timeperiod_m": ["2021M01", "2021M02"],
        "contentscode": ["tyonv-TYOTOSUUS"],
    }
    assert content["limits"] == {"cells": 16, "calls": 40, "seconds": 60.0}
    named = [one["file"] for one in content["answers"]] + [content["metadata"]["file"]]
    assert sorted([*named, manifest.name]) == sorted(path.name for path in tmp_path.iterdir())


def test_progress_counts_the_parts(fetch):
    told = []
    fetch(progress=lambda done, total, text: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_an_answer_that_changed_on_disk_is_noticed(fetch, tmp_path):
    manifest = fetch()
    first = json.loads(manifest.read_text(encoding="utf-8"))["answers"][0]["file"]
    path = tmp_path / first
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(InputError, match=f"{first}: missing, or not as downloaded"):
        read_answers(manifest)
    path.unlink()
    with pytest.raises(InputError, match=f"{first}: missing, or not as downloaded"):
        read_answers(manifest)


def test_without_a_manifest_nothing_is_read(tmp_path):
    with pytest.raises(InputError, match=r"none\.json: no such file; was the download finished"):
        read_answers(tmp_path / "none.json")
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match=r"other\.json: not the manifest of a download"):
        read_answers(tmp_path / "other.json")


# A busy or broken server -------------------------------------------------------------------------


def test_calls_keep_to_the_time_window(server, fetch, clock):
    server.config |= {"maxCalls": 2, "timeWindow": 30}
    fetch()
    assert clock.waits == [30.0, 30.0]  # five calls, two in any thirty seconds


@pytest.mark.parametrize(
    ("times", "expected"), [([0, 0, 0], [10, 10]), ([0, 4, 20], [6]), ([0, 11, 22], [])]
)
def test_a_window_is_counted_from_the_oldest_call(times, expected):
    clock = Clock()
    caller = Caller("12r5", 1, 1.0, clock.sleep, clock, Limits(cells=1, calls=1, seconds=10.0))
    for when in times:
        clock.now = max(clock.now, when)
        caller._keep_pace()
    assert clock.waits == expected


def test_too_many_calls_are_repeated_after_the_time_the_server_names(server, fetch, clock):
    server.script.extend([status(429, Retry_After="7"), status(429), None])
    told = []
    frame = frame_of(fetch(progress=lambda done, total, text: told.append(text)))
    assert clock.waits == [7.0, 2.0]
    assert len(frame) == 20
    assert "waiting 7 s: the server is busy (HTTP 429)" in told


def test_the_time_to_wait_may_be_a_date(server, fetch, clock):
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    server.script.append(status(503, Retry_After=until))
    fetch()
    assert 60 < clock.waits[0] <= 90


def test_waits_grow_until_the_tries_are_used_up(server, fetch, clock, tmp_path):
    server.script.extend([status(429)] * 9)
    text = message_of(fetch, tries=4)
    assert clock.waits == [1.0, 2.0, 4.0]
    assert text.startswith(f"table {TABLE}: the server is busy (HTTP 429); run the download again")
    assert not list(tmp_path.glob("*manifest*"))


def test_a_very_long_wait_is_left_to_the_user(server, fetch, clock):
    server.script.append(status(429, Retry_After="86400"))
    text = message_of(fetch)
    assert "asks to wait 86400 s; run the download again later" in text
    assert clock.waits == []


@pytest.mark.parametrize("wrong", [cut, sends(lambda answer: b"<html>maintenance</html>")])
def test_a_cut_or_wrong_answer_is_fetched_again(server, fetch, clock, wrong):
    server.script.append(wrong)
    assert len(frame_of(fetch())) == 20
    assert clock.waits == [1.0]


WRONG = {
    "cut": (cut, "no whole answer from the server"),
    "half a text": (
        sends(lambda answer: json.dumps(answer).encode()[:200]),
        "part 1 of 3: not a whole JSON answer",
    ),
    "web page": (sends(lambda answer: b"<html>"), "part 1 of 3: a web page, not data"),
    "another table": (
        sends(lambda answer: answer | {"extension": {"px": {"tableid": "12ti"}}}),
        "part 1 of 3: expected table 12r5, found 12ti",
    ),
    "too few values": (
        sends(lambda answer: answer | {"value": answer["value"][:-1]}),
        "part 1 of 3: the sizes of the dimensions multiply to 16 values, found 15",
    ),
    "not UTF-8": (sends(lambda answer: b"\xe4"), "the answer is not UTF-8"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_server_that_goes_on_sending_something_else(server, fetch, case):
    wrong, expected = WRONG[case]
    server.script.extend([wrong] * 9)
    text = message_of(fetch, tries=2)
    assert text.startswith(f"table {TABLE}")
    assert expected in text
    assert "run the download again later" in text


def test_a_wrong_answer_is_given_up_sooner_than_a_busy_server(server, fetch, clock):
    server.script.extend([sends(lambda answer: b"<html>")] * 9)
    assert "a web page, not data" in message_of(fetch, tries=7)
    assert clock.waits == [1.0, 2.0]


def test_an_answer_with_other_codes_is_refused(server, fetch):
    def other(handler, chosen):
        answer = json.dumps(handler.table.answer(chosen)).replace("KU020", "KU021")
        handler.send(answer.encode("utf-8"))

    server.script.extend([other] * 9)
    assert "expected 4 values of Alue" in message_of(fetch, tries=2)


@pytest.mark.parametrize(
    ("code", "expected"),
    [(400, "refuses the query; has a code changed"), (403, "ask for less"), (404, "no such table")],
)
def test_a_refused_query_is_not_repeated(server, fetch, clock, code, expected):
    server.script.append(status(code))
    text = message_of(fetch)
    assert text.startswith(f"table {TABLE}: HTTP {code}: ")
    assert expected in text
    assert clock.waits == []


def test_a_table_that_is_not_there(server, clock, tmp_path):
    def run():
        options = {"retrieved": DAY, "sleep": clock.sleep, "clock": clock}
        download_table(server.address, "StatFin/tyonv/old_12r5.px", {}, tmp_path, **options)

    assert "HTTP 404: the server has no such table" in message_of(run)


def test_nobody_answers(server, clock, tmp_path):
    address = server.address
    server.server_close()

    def run():
        options = {"retrieved": DAY, "sleep": clock.sleep, "clock": clock, "tries": 2}
        download_table(address, TABLE, {}, tmp_path, **options)

    text = message_of(run)
    assert "no whole answer from the server" in text
    assert "without a network, bring the files along" in text


@pytest.mark.parametrize("config", [{"maxCalls": 4}, {"maxCells": 0, "maxCalls": 1}, []])
def test_a_server_that_does_not_tell_its_limits(server, fetch, config):
    server.config = config
    assert "limits" in message_of(fetch, tries=1)


@pytest.mark.parametrize("address", ["file:///etc", "ftp://127.0.0.1"])
def test_only_web_addresses_are_called(address, clock, tmp_path):
    with pytest.raises(InputError, match="expected an address with https://"):
        download_table(address, TABLE, {}, tmp_path, retrieved=DAY, sleep=clock.sleep)


def test_the_date_is_checked_before_any_call(server, fetch):
    assert "expected a date such as 2026-09-01" in message_of(fetch, retrieved="1.9.2026")
    assert server.calls == []


# Changed and growing tables ----------------------------------------------------------------------


def test_a_variable_code_that_changed_is_found_by_what_it_means(server, table, fetch):
    table.variables = {
        "alue_23_20260101": AREAS,
        "timeperiod_m": MONTHS,
        "Tiedot": CONTENTS,
    }
    frame = frame_of(fetch({"Alue": ["005", "ku009"], "KUUKAUSI": ["2021-03"]}))
    assert frame["kunta"].tolist() == ["005", "009"]
    assert set(server.queries[0]) == {"alue_23_20260101", "timeperiod_m", "Tiedot"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"Ikä": ["SSS"]}, "no variable Ikä; the table has Alue, timeperiod_m, contentscode"),
        ({"Alue": ["KU999"]}, "variable Alue has no value KU999; it has SSS, KU005"),
        ({"Tiedot": []}, "variable contentscode has no value"),
        ({"Kuukausi": ["2021M13"]}, "variable timeperiod_m has no value 2021M13"),
    ],
)
def test_what_the_table_no_longer_has_is_named(fetch, query, expected):
    assert f"table {TABLE}: {expected}" in message_of(fetch, query=query)


def test_a_table_that_grew_by_a_month_keeps_its_earlier_parts(server, table, fetch):
    before = frame_of(fetch())
    asked = len(server.queries)
    table.variables["timeperiod_m"] = [*MONTHS, "2021M06"]
    after = frame_of(fetch())
    assert len(server.queries) == asked + 1  # the last part only
    assert server.queries[-1]["timeperiod_m"] == ["2021M05", "2021M06"]
    assert set(after["month"]) - set(before["month"]) == {"2021-06"}
    assert after[after["month"] <= "2021-05"].to_numpy().tolist() == before.to_numpy().tolist()


def test_a_table_published_anew_on_the_same_day_is_fetched_anew(server, table, fetch):
    fetch()
    table.updated = "2026-09-01T06:00:00Z"
    table.variables["timeperiod_m"] = [*MONTHS, "2021M06"]
    manifest = fetch()
    assert len(server.queries) == 3 + 1 + 2
    _, answers = read_answers(manifest)
    assert {json.loads(text)["updated"] for text in answers.values()} == {table.updated}


def test_another_day_takes_nothing_over(server, fetch):
    earlier = fetch()
    later = fetch(retrieved="2026-10-01")
    assert len(server.queries) == 6
    assert earlier.exists() and later.exists()


# Resuming ----------------------------------------------------------------------------------------


def test_after_a_crash_only_the_missing_parts_are_fetched(server, fetch, tmp_path):
    server.script.extend([None, None, *[status(500)] * 9])
    message_of(fetch, tries=2)
    assert len(server.queries) == 2
    assert not list(tmp_path.glob("*manifest*"))
    server.script.clear()
    manifest = fetch()
    assert len(server.queries) == 3
    assert len(frame_of(manifest)) == 20


def test_a_stop_in_the_middle_leaves_no_half_file(server, fetch, tmp_path):
    def stop(done, total, text):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(progress=stop)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert len(left) == 2 and left[1].endswith("metadata.json")
    assert len(frame_of(fetch())) == 20
    assert len(server.queries) == 3


@pytest.mark.parametrize("damage", [lambda text: text[:100], lambda text: "<html>", lambda _: ""])
def test_a_damaged_part_is_fetched_again(server, fetch, damage):
    manifest = fetch()
    first = manifest.with_name(json.loads(manifest.read_text("utf-8"))["answers"][0]["file"])
    first.write_text(damage(first.read_text("utf-8")), encoding="utf-8")
    assert len(frame_of(fetch())) == 20
    assert len(server.queries) == 4


# Parts of a query --------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 16, 39, 40, 41])
def test_parts_hold_every_value_once_and_none_is_too_large(limit):
    selection = {"Alue": AREAS, "timeperiod_m": MONTHS, "contentscode": CONTENTS}
    parts = split_query(selection, limit)
    assert all(prod(map(len, part.values())) <= limit for part in parts)
    cells = [cell for part in parts for cell in product(*part.values())]
    assert sorted(cells) == sorted(product(*selection.values()))
    assert len(parts) == 1 or limit < 40


def test_the_whole_of_the_real_table_needs_few_calls():
    months = [f"{year}M{month:02d}" for year in range(2006, 2026) for month in range(1, 13)]
    selection = {
        "Alue": [f"KU{code:03d}" for code in range(421)],
        "timeperiod_m": months,
        "contentscode": [f"C{code}" for code in range(23)],
    }
    assert len(split_query(selection, 120_000)) == 20


def test_values_are_asked_for_in_the_order_of_the_table():
    variables = [
        {"code": "Kuukausi", "values": MONTHS, "time": True},
        {"code": "Alue", "values": AREAS},
        {"code": "Tiedot", "values": CONTENTS},
    ]
    chosen = resolve_query(variables, {"kuukausi": ["2021-04", "2021M02"]}, TABLE)
    assert chosen == {"Kuukausi": ["2021M02", "2021M04"], "Alue": AREAS, "Tiedot": CONTENTS}


def test_one_module_alone_opens_connections(root):
    opening = {"urllib.request", "http.client", "socket", "ssl"}
    found = set()
    for path in (root / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            found |= {Path(path).name for name in names if name in opening}
    assert found == {"http.py", "warm.py"}


def test_jobs_are_handed_over_by_a_file_of_this_machine_and_no_address(root):
    tree = ast.parse((root / "src" / "kuntakokeilu" / "warm.py").read_text(encoding="utf-8"))
    opened = [
        [ast.unparse(argument) for argument in node.args]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("socket.socket")
    ]
    assert opened
    assert all(arguments[0] == "socket.AF_UNIX" for arguments in opened)
    assert "create_connection" not in ast.unparse(tree)


# What a study declares ---------------------------------------------------------------------------


@pytest.fixture
def refresh(server, clock, tmp_path):
    """Fetch what a study declares, on a day."""
    declared = Download(table=TABLE, contents=["TYOTOSUUS"], first_period="2021-02")

    def run(day=DAY, download=declared):
        options = {"timeout": 5.0, "sleep": clock.sleep, "clock": clock}
        return fetch_download(server.address, download, tmp_path, retrieved=day, **options)

    return run


def test_a_declared_table_is_fetched_from_its_first_month(server, refresh, tmp_path):
    manifest, new = refresh()
    assert new
    assert manifest.relative_to(tmp_path).parts[0] == "12r5_2026-09-01"
    assert list(frame_of(manifest)) == ["kunta", "month", "TYOTOSUUS"]
    assert sorted(set(frame_of(manifest)["month"])) == [f"2021-{n:02d}" for n in range(2, 6)]


def test_a_table_that_has_not_changed_is_not_kept_twice(refresh, tmp_path):
    first, _ = refresh()
    assert refresh("2026-10-01") == (first, False)
    assert [path.name for path in tmp_path.iterdir()] == ["12r5_2026-09-01"]


@pytest.mark.parametrize("day", [DAY, "2026-10-01"])
def test_a_table_that_grew_keeps_the_earlier_download(table, refresh, tmp_path, day):
    first, _ = refresh()
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*.json")}
    table.variables["timeperiod_m"] = [*MONTHS, "2021M06"]
    table.updated = "2026-09-01T08:00:00Z"
    second, new = refresh(day)
    assert new
    assert finished_downloads(tmp_path, TABLE) == [first, second]
    assert {path: path.read_bytes() for path in kept} == kept
    assert "2021-06" in set(frame_of(second)["month"])
    assert "2021-06" not in set(frame_of(first)["month"])


def test_an_unfinished_download_of_the_day_is_resumed(server, refresh):
    server.config["maxCells"] = 4
    server.script.extend([None, status(400)])
    message_of(refresh)
    assert len(server.queries) == 1
    refresh()
    assert len(server.queries) == 4


def test_downloads_of_another_table_are_not_mixed_in(server, table, refresh, tmp_path):
    refresh()
    server.tables["StatFin/tyonv/12u4.px"] = replace(table, name="12u4")
    refresh(download=Download(table="StatFin/tyonv/12u4.px", contents=["TYOTOSUUS"]))
    assert [path.parent.name for path in finished_downloads(tmp_path, TABLE)] == ["12r5_2026-09-01"]


def with_ages(table, ages):
    value = table.value
    table.variables = table.variables | {"Ikä": ages}
    table.value = lambda *codes: (
        value(*codes[:3]) if codes[3] == "SSS" else 1000 + ages.index(codes[3])
    )


def test_of_a_further_variable_the_total_is_fetched(server, table, refresh):
    before = frame_of(refresh()[0])
    with_ages(table, ["15", "16", "SSS"])
    after = frame_of(refresh("2026-10-01")[0])
    assert server.queries[-1]["Ikä"] == ["SSS"]
    assert after.to_numpy().tolist() == before.to_numpy().tolist()


def test_a_further_variable_without_a_total_must_be_named(server, table, refresh):
    with_ages(table, ["15", "16"])
    text = message_of(refresh)
    assert "variable Ikä has 2 values and no total SSS; name one" in text
    one = Download(table=TABLE, contents=["TYOTOSUUS"], categories={"ikä": 16})
    assert set(frame_of(refresh(download=one)[0])["TYOTOSUUS"]) == {"1001"}


def test_months_from_one_that_is_not_there(refresh):
    late = Download(table=TABLE, contents=["TYOTOSUUS"], first_period="2030-01")
    assert "variable timeperiod_m has no value 2030-01" in message_of(refresh, download=late)
