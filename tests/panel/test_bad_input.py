"""Bad register tables that only person-months can notice: one message, or counted and missing.

Every case has a row in docs/registers.md.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from kuntakokeilu.errors import InputError
from kuntakokeilu.panel import prepare
from kuntakokeilu.panel.register_reach import _filled

from .facts_tables import RULES
from .tiny import D, joined, registered, resident, spell, write_tables

DOCS = Path(__file__).resolve().parents[2] / "docs" / "registers.md"
YEARS = range(2017, 2022)
SEEKERS = 100  # the fewest of whom a month without any row is a sign


def search(last_start: str = "2022-12", end: str | None = None) -> dict:
    """Make job searches of everybody that begin in each month of 2022."""
    months = [f"2022-{month:02d}" for month in range(1, 13) if f"2022-{month:02d}" <= last_start]
    spells = [
        spell(f"p{number}", f"{month}-05", end, delivery_year=2022)
        for month in months
        for number in range(SEEKERS)
    ]
    people = [row for number in range(SEEKERS) for row in resident(f"p{number}", YEARS)]
    return {"persons_yearly": people, "search_spells": spells, "status_spells": []}


def paid(months, **values) -> dict:
    """Make wages of everybody in some months."""
    row = {"payer": "f", "wage_cents": 100_000} | values
    return {
        "wages": [
            {"person": f"p{number}", "year": year, "month": month} | row
            for year, month in months
            for number in range(SEEKERS)
        ]
    }


def months(first: str, last: str) -> list[tuple[int, int]]:
    """List months as year and month."""
    a, b = D(f"{first}-01"), D(f"{last}-01")
    numbers = range(a.year * 12 + a.month - 1, b.year * 12 + b.month)
    return [(number // 12, number % 12 + 1) for number in numbers]


@pytest.fixture
def run(tmp_path, contract, settings, classification):
    """Prepare some tables: gives the folder of the person-months and what is known of them."""

    def prepared(*parts, leave=(), rules=None, **changes):
        tables = {name: rows for name, rows in joined(*parts).items() if name not in leave}
        folder, out = write_tables(tables, tmp_path / "tables", contract), tmp_path / "out"
        changed = settings.model_copy(update=changes)
        try:
            return out, prepare(folder, changed, classification, rules, None, None, out)
        except InputError:
            assert not list(out.iterdir())  # nothing half-written
            raise

    return prepared


# Stage `person-months`: the tables, what prepare is told beside them, and the message.
FAULTS = {
    "table missing that nothing can do without": (
        [search()],
        {"leave": ("status_spells",)},
        r"register tables: status_spells is missing; nothing can do without it",
    ),
    "year of residence missing": (
        [search(), {"persons_yearly": []}],
        {
            "frozen_on": [D("2016-12-31"), D("2018-12-31"), D("2020-12-31")],
            "first_month": "2017-01",
        },
        r"persons_yearly: no rows for 2016; residence is frozen in each year",
    ),
    "search spells that end within a year": (
        [search("2022-06")],
        {},
        r"table search_spells: all but no spell begins after 2022-06, though the last delivery is "
        r"of 2022; expected last_month no later than 2022-06$",
    ),
    "no open search spell": (
        [search(end="2022-12-31")],
        {},
        r"table search_spells, column end_date: none of 1200 spells is open; expected some",
    ),
    "months missing in the middle of a register": (
        [search(), paid(months("2021-01", "2021-12") + months("2022-03", "2022-12"))],
        {},
        r"table wages: all but no rows for 2 months \(2022-01, 2022-02\) between its first and",
    ),
    "column absent of which an outcome is made": (
        [search(), paid(months("2021-01", "2021-12"), wage_cents=None)],
        {},
        r"table wages, column wage_cents: no value in 1200 rows; expected some, or the table under",
    ),
    "municipality that is none in the study's year": (
        [search(), {"persons_yearly": resident("p0", range(2018, 2019), municipality="199")}],
        {},
        r"persons_yearly, column municipality: 1 row has a code that is no municipality in 2025",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_one_message_and_no_file(run, case):
    parts, changes, expected = FAULTS[case]
    with pytest.raises(InputError, match=expected) as caught:
        run(*parts, **changes)
    assert "\n" not in str(caught.value)
    assert not {f"p{number}" for number in range(SEEKERS)} & set(str(caught.value).split())


def known(out: Path, column: str) -> list[str]:
    """List the months of all job seekers in which an outcome is known."""
    file = (out / "job_seekers.parquet").as_posix()
    query = f"""SELECT DISTINCT strftime(period, '%Y-%m') AS known FROM '{file}'
        WHERE {column} IS NOT NULL ORDER BY known"""
    return [month for (month,) in duckdb.sql(query).fetchall()]


def test_search_spells_that_end_within_a_year_do_where_the_study_ends_before(run):
    out, _ = run(search("2022-06"), last_month="2022-06")
    assert known(out, "registered")[-1] == "2022-06"


def test_a_register_that_ends_within_a_year_is_missing_and_not_zero_from_there(run):
    """Case `register that ends within a year`."""
    out, prepared = run(search(), paid(months("2021-01", "2022-08")), rules=RULES)
    assert known(out, "employed")[-1] == "2022-08"
    assert known(out, "registered")[-1] == "2022-12"
    kept = prepared.conservation.set_index("check")
    assert (kept["before"] == kept["after"] + kept["left_out"]).all()


def test_a_register_that_begins_within_a_year_is_missing_before(run):
    out, _ = run(search(), paid(months("2022-04", "2022-12")))
    assert known(out, "employed")[0] == "2022-04"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({1: 2, 4: 300, 5: 3, 11: 200, 12: 2}, None),  # 6 to 10 are a gap
        ({1: 2, **dict.fromkeys(range(4, 11), 300), 12: 2}, (4, 10)),  # a few stray rows
        ({4: 99, 8: 99}, (1, 12)),  # too few to tell
        ({}, (1, 12)),
    ],
)
def test_the_span_of_a_register_by_the_rows_of_its_months(rows, expected):
    counts = pd.DataFrame({"month": [m for m, n in rows.items() for _ in range(n)]}, dtype=int)
    with duckdb.connect() as con:
        con.register("counts", counts)
        if expected:
            assert _filled(con, "wages", "FROM counts", 1, 12) == expected
        else:
            with pytest.raises(InputError, match="all but no rows for 5 months"):
                _filled(con, "wages", "FROM counts", 1, 12)


def test_a_register_that_ends_with_an_earlier_year_is_missing_after(run):
    """Case `register that ends in an earlier year`."""
    out, _ = run(search(), registered("p0", "2021-01-10"), paid(months("2021-01", "2021-12")))
    assert known(out, "employed")[-1] == "2021-12"


def test_few_rows_end_no_register(run):
    few = {"wages": paid([(2022, 3)])["wages"][:40]}
    out, _ = run(search(), few)
    assert known(out, "employed")[-1] == "2022-12"


def test_the_table_in_the_docs_lists_these_cases():
    text = DOCS.read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    told = {row[0] for row in rows if len(row) == 3 and row[1] == "person-months"}
    elsewhere = {
        "overlapping spells",
        "person without municipality",
        "table absent that an outcome needs",
    }
    counted = {"register that ends within a year", "register that ends in an earlier year"}
    assert told == {*FAULTS, *counted, *elsewhere}
