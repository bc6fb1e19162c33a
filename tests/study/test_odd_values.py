"""Odd values at every key of study.yaml and in every cell of every table, one at a time.

Each is refused in one line that names the file, or accepted with the meaning that is listed here.
"""

from __future__ import annotations

import copy
import csv
import datetime
import random
import shutil
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
import yaml

from kuntakokeilu.errors import InputError
from kuntakokeilu.facts import read_ledger_rules, read_service_models
from kuntakokeilu.facts.rows import parse
from kuntakokeilu.io import read_csv
from kuntakokeilu.report.words.policy_calendar import read_calendar
from kuntakokeilu.study import Settings, read_price_index, read_study

ODD = {
    "true": True,
    "list": ["x"],
    "empty list": [],
    "keys": {"x": 1},
    "nothing": None,
    "huge": 10**30,
    "infinite": float("inf"),
    "no number": float("nan"),
    "negative": -1,
    "fraction": 0.5,
    "day": datetime.date(2021, 3, 1),
    "empty": "",
    "two lines": "a\nb",
    "escape": "a\x1b[0m",
    "long": "x" * 10_000,
}

# What is taken: a name that the study or the data may have, which a later check holds against them
# (`check_comparisons`, `read_areas`, `test_check_finds_what_a_job_would_refuse`), a key left out,
# which is its default, and a number that a later check compares with the list of areas.
NAMED_LATER = {
    ("comparisons.mainland.exclude_regions", "empty list"),
    ("comparisons.mainland.exclude_regions", "list"),
    ("comparisons.mainland.exclude_regions.0", "empty"),
    ("source.treated_when.trial", "empty list"),
    ("source.treated_when.trial", "list"),
    ("source.treated_when.trial.0", "empty"),
    ("source.treated_when.trial.0", "huge"),
    ("source.treated_when.trial.0", "negative"),
    ("source.unit", "list"),
}
LEFT_OUT = {
    ("source.frozen_weight", "nothing"),
    ("source.frozen_weight.period", "nothing"),
    ("start", "nothing"),
    ("trial", "nothing"),
}
COMPARED_LATER = {("trial.areas", "huge")}


def places(node, path=()):
    """Every place in a mapping, by the keys and indices that lead there."""
    for key, part in node.items() if isinstance(node, dict) else enumerate(node):
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from places(part, (*path, key))


def put(content, path, value):
    """A copy of nested content with another value at one place."""
    changed = node = copy.deepcopy(content)
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return changed


def accepted(text):
    """The odd values that a study takes: pairs of a place and a kind."""
    content, found = yaml.safe_load(text), set()
    for path in places(content):
        for kind, value in ODD.items():
            try:
                parse(Settings, put(content, path, value), "study.yaml")
            except InputError as error:
                assert str(error).startswith("study.yaml")
                assert len(str(error)) < 700, error
            else:
                found.add((".".join(map(str, path)), kind))
    return found


@pytest.mark.parametrize("study", ["mine", "panel"])
def test_an_odd_value_at_any_key_is_refused_or_means_what_is_listed(own_config, study):
    text = (own_config / "studies" / study / "study.yaml").read_text(encoding="utf-8")
    assert accepted(text) <= NAMED_LATER | LEFT_OUT | COMPARED_LATER


# Tables ------------------------------------------------------------------------------------------

OWN = ("outcomes.csv", "estimands.csv", "areas.csv")
SHARED = ("municipalities.csv", "municipality_mergers.csv", "disclosure_profiles.csv")
CELLS = ("two words", "1e999", "NaN", "-1", "")
FREE = (
    "name_",
    "label_",
    "event_",
    "region_name",
    "sub_region_name",
    "ely_name",
    "source",
    "note",
    "status",
)
# Free texts besides: units have words of their own, files and columns are looked for in the data.
FREE += ("unit", "file", "column", "area", "coder")


def read(config):
    return read_study(config, "mine")


READERS = {
    **{f"studies/mine/{name}": read for name in OWN},
    **dict.fromkeys(SHARED, read),
    "policy_calendar.csv": lambda config: read_calendar(config / "policy_calendar.csv"),
    "price_index.csv": lambda config: read_price_index(config / "price_index.csv"),
    "ledger/financing.csv": read_ledger_rules,
    "ledger/services.csv": read_ledger_rules,
    "ledger/contributions.csv": read_ledger_rules,
    "benefit_rates.csv": read_ledger_rules,
    "service_features.csv": lambda config: read_service_models(config, coded_areas()),
    "service_models.csv": lambda config: read_service_models(config, coded_areas()),
}


@cache
def coded_areas():
    """The trial areas whose service models were coded."""
    path = Path(__file__).parents[2] / "config" / "studies" / "open_2021" / "areas.csv"
    areas = read_csv(path, ["arm", "area"])
    return list(areas.loc[areas["arm"] == "trial", "area"].unique())


@pytest.fixture
def tables(own_config, config):
    """The shared tables, those of the ledger too, and the studies."""
    shutil.copytree(config / "ledger", own_config / "ledger")
    return own_config


def refused(table, config):
    """Whether a table is refused, in one line that names a file; any other error fails."""
    try:
        READERS[table](config)
    except InputError as error:
        assert ".csv" in str(error) and "\n" not in str(error)
        return True
    return False


def break_file(path, kind):
    """Spoil a whole file."""
    data = path.read_bytes()
    text = data.decode("utf-8")
    contents = {
        "empty": b"",
        "header only": text.splitlines()[0].encode() + b"\n",
        "no header": text.split("\n", 1)[1].encode(),
        "semicolons": text.replace(",", ";").encode(),
        "latin-1": (text + "Ä").encode("latin-1", errors="replace"),
        "utf-16": text.encode("utf-16"),
        "cut": data[: len(data) // 2 - 1].rstrip(b"\n") + b",",
    }
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "circle":
        path.symlink_to(path.name)
    elif kind != "gone":
        path.write_bytes(contents[kind])


@pytest.mark.filterwarnings("ignore:.*no line end")
@pytest.mark.parametrize("table", READERS)
def test_a_spoilt_table_is_refused_and_a_saved_anew_one_is_not(tables, table):
    path = tables / table
    good = path.read_bytes()
    for kind in (
        *("gone", "folder", "circle", "empty", "header only", "no header", "semicolons"),
        *("latin-1", "utf-16", "cut"),
    ):
        break_file(path, kind)
        assert refused(table, tables), kind
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        path.write_bytes(good)
    path.write_bytes(b"\xef\xbb\xbf" + good.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert not refused(table, tables)


@pytest.mark.parametrize("table", READERS)
def test_an_odd_cell_is_refused_where_it_is_no_free_text(tables, table):
    path = tables / table
    good = path.read_text(encoding="utf-8")
    header, *lines = list(csv.reader(StringIO(good)))
    draw = random.Random(table)
    closed = [place for place, name in enumerate(header) if not name.startswith(FREE)]
    cases = [(place, odd) for place in closed for odd in CELLS]
    for place, odd in draw.sample(cases, min(6, len(cases))):
        rows = [list(line) for line in lines]
        row = draw.randrange(len(rows))
        if rows[row][place] == odd:
            continue
        rows[row][place] = odd
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows([header, *rows])
        path.write_text(text.getvalue(), encoding="utf-8")
        if not refused(table, tables):
            assert odd == "", (header[place], row + 2, odd)
    path.write_text(good, encoding="utf-8")
    assert not refused(table, tables)


@pytest.mark.parametrize("table", [t for t in READERS if t not in ("policy_calendar.csv",)])
def test_a_row_twice_is_refused(tables, table):
    path = tables / table
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.splitlines()[1] + "\n", encoding="utf-8")
    assert refused(table, tables)
