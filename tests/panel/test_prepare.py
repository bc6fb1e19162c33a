"""From typed tables to person-months in one call: files, contract, and what stops."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

import duckdb
import pandas as pd
import pytest

from kuntakokeilu.contracts import PERSON_MONTHS, REGISTER_SAMPLES
from kuntakokeilu.errors import InputError
from kuntakokeilu.panel import conservation, prepare

from .facts_tables import RULES
from .tiny import joined, registered, resident, spell, write_tables

YEARS = range(2017, 2023)
AREAS = pd.DataFrame({"arm": ["trial"], "area": ["x"], "code": ["091"], "unit": ["091"]})


def tables() -> dict:
    return joined(
        {"persons_yearly": resident("a", YEARS) + resident("b", YEARS, municipality="837")},
        registered("a", "2018-11-01", "2021-05-15"),
        registered("b", "2019-02-10", status="3"),
        {"jobseeker_office": [spell("a", "2021-03-01", office="0230")]},
        {
            "wages": [
                {"person": "b", "year": 2021, "month": month, "payer": "p", "wage_cents": 200_000}
                for month in range(5, 13)
            ]
        },
    )


@pytest.fixture
def run(tmp_path, contract, settings, classification):
    """Prepare tables: gives what is returned and the folder."""

    def prepared(rows=None, areas=AREAS, start="2021-03", offices=("0230",), **kwargs):
        # Each time into a new folder, so that no table of the time before is there.
        folder = write_tables(rows or tables(), Path(mkdtemp(dir=tmp_path)), contract)
        return prepare(
            folder,
            kwargs.pop("settings", settings),
            classification,
            RULES,
            areas,
            start,
            tmp_path / "out",
            trial_offices=frozenset(offices),
            **kwargs,
        ), tmp_path / "out"

    return prepared


def read(folder, sample: str) -> pd.DataFrame:
    frame = pd.read_parquet(folder / f"{sample}.parquet")
    return frame.sort_values(["person", "cohort", "period"]).reset_index(drop=True)


def test_files_follow_the_contract(run):
    _, folder = run()
    assert sorted(path.name for path in folder.iterdir()) == [
        "inflow.parquet",
        "job_seekers.parquet",
        "stock.parquet",
    ]
    for sample in REGISTER_SAMPLES:
        found = duckdb.sql(f"DESCRIBE FROM '{(folder / sample).as_posix()}.parquet'").fetchall()
        assert {name: kind for name, kind, *_ in found} == {
            name: column.type for name, column in PERSON_MONTHS.items()
        }
        assert [name for name, *_ in found] == list(PERSON_MONTHS)
        assert not read(folder, sample).duplicated(["person", "cohort", "period"]).any()


def test_a_stock_by_hand(run):
    prepared, folder = run()
    stock = read(folder, "stock")
    second = stock[stock["cohort"].astype(str) == "2021-02-01"]
    assert second.groupby("person").size().to_dict() == {1: 23, 2: 23}
    by_person = second.groupby("person")
    assert by_person["unit"].first().to_dict() == {1: "091", 2: "837"}
    # One leaves on 15 May, the other stays.
    assert by_person["registered"].sum().to_dict() == {1: 3, 2: 23}
    assert by_person["laid_off"].sum().to_dict() == {1: 0, 2: 23}
    assert by_person["employed"].sum().to_dict() == {1: 0, 2: 8}
    assert by_person["wage_cents"].sum().to_dict() == {1: 0, 2: 1_600_000}
    flow = prepared.flow[prepared.flow["cohort"] == "2021-02"]
    assert list(flow["n_persons"]) == [2] * 7
    assert flow["n_person_months"].iloc[-1] == len(second)


def test_a_stock_is_counted_from_the_month_after_and_entrants_from_their_own(run):
    late = {"persons_yearly": resident("c", YEARS)}
    rows = joined(tables(), late, registered("c", "2021-04-10"))
    _, folder = run(rows, samples=["stock", "inflow"])

    def days(sample: str, person: int) -> dict[int, float]:
        found = read(folder, sample).set_index("elapsed")
        return found[found["person"] == person]["unemployed_days_since_entry"].dropna().to_dict()

    stock = days("stock", 1)  # of 2021-02, unemployed until 15 May
    assert {n: stock[n] for n in sorted(stock)[:4]} == {1: 31, 2: 61, 3: 76, 4: 76}
    assert days("inflow", 3) == {0: 21, 3: 21 + 31 + 30 + 31, 12: 21 + 365}


def test_conservation_adds_up(run):
    prepared, _ = run()
    found = prepared.conservation
    assert found["check"].is_unique
    assert (found["before"] == found["after"] + found["left_out"]).all()
    assert any(check.startswith("person-months of stock") for check in found["check"])
    assert any("cents of wages" in check for check in found["check"])


def test_overlap_of_the_eligible_and_of_clients_of_trial_offices(run):
    prepared, _ = run()
    found = prepared.eligibility.set_index(["definition", "in_trial_area"])
    assert found.loc[("payments", True)].to_list() == [1, 1, 1, 1]
    assert found.loc[("payments", False)].to_list() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    "lacking",
    [
        {"areas": None},
        {"rows": {name: rows for name, rows in tables().items() if name != "jobseeker_office"}},
        pytest.param({"start": None}, marks=pytest.mark.simulate),
        pytest.param({"offices": ()}, marks=pytest.mark.simulate),
        pytest.param({"samples": ["inflow"]}, marks=pytest.mark.simulate),
    ],
)
def test_there_is_no_overlap_without_them(run, lacking):
    assert run(**({"samples": ["stock"]} | lacking))[0].eligibility.empty


def test_only_the_samples_asked_for(run):
    prepared, folder = run(samples=["inflow"])
    assert [path.name for path in folder.iterdir()] == ["inflow.parquet"]
    assert set(prepared.flow["sample"]) == {"inflow"}
    with pytest.raises(InputError, match=r"samples: expected some of .*, found outflow"):
        run(samples=["outflow"])


@pytest.mark.parametrize(
    "samples", [["inflow"], pytest.param(REGISTER_SAMPLES, marks=pytest.mark.simulate)]
)
def test_twice_gives_the_same(run, samples):
    first, again = (
        {sample: read(folder, sample) for sample in samples}
        for folder in (run(samples=samples)[1] for _ in range(2))
    )
    for sample in samples:
        pd.testing.assert_frame_equal(first[sample], again[sample])


def test_nothing_is_left_of_a_run_that_stops(run, monkeypatch):
    _, folder = run(samples=["inflow"])
    before = read(folder, "inflow")
    late = tables()
    late["persons_yearly"] = [row for row in late["persons_yearly"] if row["year"] != 2020]
    with pytest.raises(InputError, match="persons_yearly: no rows for 2020"):
        run(rows=late)

    def refuse(*_, **__):
        raise InputError("does not add up")

    monkeypatch.setattr(conservation, "check", refuse)
    with pytest.raises(InputError, match="does not add up"):
        run(samples=["inflow"])
    assert [path.name for path in folder.iterdir()] == ["inflow.parquet"]
    pd.testing.assert_frame_equal(read(folder, "inflow"), before)


def test_a_file_that_is_no_table_is_named_without_traceback(
    tmp_path, contract, settings, classification
):
    folder = write_tables(tables(), tmp_path / "tables", contract)
    (folder / "wages.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(InputError, match=r"wages\.parquet: not readable as parquet"):
        prepare(folder, settings, classification, RULES, None, None, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
