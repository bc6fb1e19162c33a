"""Units and outcomes of a study whose cells were collapsed from persons."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.cells.register_cells import outcome_cells, persons_before
from kuntakokeilu.contracts import CELLS, conform

START = pd.Period("2021-03", "M")


def cells_of(**columns) -> pd.DataFrame:
    """Fill in what a test does not care about."""
    frame = pd.DataFrame(columns)
    defaults = {
        "population": "all",
        "stratification": "none",
        "stratum": "all",
        "cohort": None,
        "elapsed": pd.NA,
        "outcome": "employed",
        "value_kind": "sum",
        "sum": 0.0,
        "sum_sq": 0.0,
        "mean": 0.0,
        "sources": "keha",
    }
    for name, value in defaults.items():
        if name not in frame:
            frame[name] = value
    frame["weight"] = frame["n"].astype(float)
    frame["period"] = pd.PeriodIndex(frame["period"], freq="M")
    return conform(frame, CELLS)


def test_weights_are_persons_of_the_last_month_before_the_start():
    cells = cells_of(
        unit=["091", "091", "091", "049"],
        period=["2021-01", "2021-02", "2021-03", "2021-02"],
        n=[9, 5, 7, 2],
    )
    assert persons_before(cells, "all", START).to_dict() == {"049": 2.0, "091": 5.0}


def test_weights_of_a_stock_are_its_members_when_it_was_drawn():
    cells = cells_of(
        unit=["091"] * 4,
        cohort=["2019-02", "2021-02", "2021-02", "2021-02"],
        elapsed=[0, 0, 1, 0],
        period=["2019-02", "2021-02", "2021-03", "2021-02"],
        n=[3, 8, 6, 7],
        outcome=["employed", "employed", "employed", "wages"],  # a wage is not known for one
    )
    assert persons_before(cells, "all", START).to_dict() == {"091": 8.0}


def test_strata_and_other_populations_do_not_count():
    cells = cells_of(
        unit=["091"] * 3,
        period=["2021-02"] * 3,
        n=[4, 50, 60],
        population=["all", "all", "young"],
        stratification=["none", "sex", "none"],
    )
    assert persons_before(cells, "all", START).to_dict() == {"091": 4.0}


def test_an_outcome_takes_its_own_cells():
    cells = cells_of(
        unit=["091", "091"],
        period=["2021-02", "2021-02"],
        n=[4, 4],
        outcome=["employed", "wages"],
        mean=[2.0, 1.0],
    )
    assert outcome_cells(cells, "wages")["mean"].tolist() == [1.0]


def test_an_outcome_without_cells_gives_none():
    cells = cells_of(unit=["091"], period=["2021-02"], n=[4])
    none = outcome_cells(cells, "wages")
    assert none.empty
    conform(none, CELLS)
