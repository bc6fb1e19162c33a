"""What moved between two builds, its log and its feed."""

from __future__ import annotations

from xml.etree import ElementTree

import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.site.changed import (
    LOG,
    Entry,
    atom,
    changes_text,
    compare_tables,
    entry_of,
    log_text,
    read_log,
)

ATOM = "{http://www.w3.org/2005/Atom}"
OLD = pd.DataFrame({"month": ["2026-05", "2026-06"], "a": ["10", "12"], "b": ["..", "5"]})
NEW = pd.DataFrame(
    {"month": ["2026-05", "2026-06", "2026-07"], "a": ["10", "11", "13"], "b": ["2", "", "4/7"]}
)


def test_new_revised_and_withdrawn_numbers():
    moved = compare_tables(OLD, NEW, "unemployed")
    rows = moved[["month", "place", "kind", "before", "after", "difference"]].values.tolist()
    assert rows == [
        ["2026-05", "b", "revised", "..", "2", ""],
        ["2026-06", "a", "revised", "12", "11", "-1"],
        ["2026-06", "b", "withdrawn", "5", "", ""],
        ["2026-07", "a", "new", "", "13", ""],
        ["2026-07", "b", "new", "", "4/7", ""],
    ]
    entry = entry_of(moved, "2026-08-25", "2026-07", "changes/x.csv")
    assert (entry.new, entry.revised, entry.withdrawn) == (2, 2, 1)
    assert entry.largest == {"indicator": "unemployed", "place": "a", "month": "2026-06",
                             "before": "12", "after": "11"}  # fmt: skip


def test_nothing_moves_between_the_same_tables():
    assert compare_tables(OLD, OLD, "unemployed").empty


LOGGED = [Entry("2026-08-25", "2026-07", 2, 2, 1, None, "changes/x.csv"),
          Entry("2026-07-25", "2026-06", first=True)]  # fmt: skip


def test_the_log_comes_back(tmp_path):
    assert read_log(tmp_path) == []
    (tmp_path / "changes").mkdir()
    (tmp_path / LOG).write_text(log_text(LOGGED), encoding="utf-8")
    assert read_log(tmp_path) == LOGGED


@pytest.mark.parametrize("text", ["", "{", '[{"day": 1}]'])
def test_a_broken_log_is_named(tmp_path, text):
    (tmp_path / "changes").mkdir()
    (tmp_path / LOG).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"changes/log\.json: not the log of a build"):
        read_log(tmp_path)


def test_changes_in_words():
    text = changes_text(LOGGED, lambda entry: [f"New numbers {entry.new}."])
    assert text == (
        "2026-08-25\n  New numbers 2.\n  changes/x.csv\n\n2026-07-25\n  New numbers 0.\n"
    )


@pytest.mark.parametrize("address", [None, "https://example.fi/a&b/"])
def test_the_feed_is_valid_atom_with_ids_that_stay(address):
    def feed(log):
        given = {"title": "A & B", "author": "C <D>", "language": "fi", "address": address}
        return ElementTree.fromstring(atom(log, lambda entry: ["x < y"], **given))

    now, before = feed(LOGGED), feed(LOGGED[1:])
    assert now.find(f"{ATOM}updated").text == "2026-08-25T00:00:00Z"
    entries = now.findall(f"{ATOM}entry")
    ids = [entry.find(f"{ATOM}id").text for entry in entries]
    assert len(set(ids)) == 2
    assert all(name.startswith("urn:uuid:") for name in ids)
    assert ids[1] == before.find(f"{ATOM}entry/{ATOM}id").text
    assert [entry.find(f"{ATOM}content").text for entry in entries] == ["x < y"] * 2
    links = [link.get("href") for link in now.iter(f"{ATOM}link")]
    assert len(links) == (3 if address else 0)
    assert all(link.startswith("https://example.fi/a&b/") for link in links)
