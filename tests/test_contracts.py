"""The contracts: every column explained, every breach told without a value."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
import pytest

from kuntakokeilu import contracts
from kuntakokeilu.contracts import CELLS, COUNTS, DIAGNOSTICS, UNITS, conform, conformity
from kuntakokeilu.errors import InputError
from kuntakokeilu.io import read_table, write_table

SCHEMAS = [
    contracts.CELLS,
    contracts.COUNTS,
    contracts.UNITS,
    contracts.ESTIMATES,
    contracts.INFLUENCE,
    contracts.DIAGNOSTICS,
    contracts.RELEASED,
    contracts.RATIOS,
    contracts.TOTALS,
    contracts.COMBINATIONS,
    contracts.PROGRAMME_COSTS,
]
SECRET = "391"  # a value that no message may hold


def counts(**changes):
    good = {
        "population": ["all", "all"],
        "stratification": ["none", "none"],
        "stratum": ["all", "all"],
        "unit": ["005", "009"],
        "n_persons": pd.array([391, None], dtype="Int64"),
    }
    return pd.DataFrame(good | changes)


def cells(frequency="M"):
    start = pd.Period("2021-03", frequency)
    return pd.DataFrame(
        {
            "population": "all",
            "stratification": "none",
            "stratum": "all",
            "cohort": None,
            "elapsed": pd.array([None, 2], dtype="Int64"),
            "unit": ["005", "009"],
            "period": pd.PeriodIndex([start, start + 1]),
            "outcome": "rate",
            "n": pd.array([5, None], dtype="Int64"),
            "weight": [5.0, 1.0],
            "value_kind": "sum",
            "sum": [1.0, None],
            "sum_sq": [1.0, None],
            "mean": [0.2, None],
            "sources": "public",
        }
    )


def units():
    return pd.DataFrame(
        {
            "unit": ["005", "009"],
            "name_fi": "a",
            "name_sv": "b",
            "name_en": "c",
            "arm": ["trial", "control"],
            "area": ["North", None],
            "cluster": ["North", "009"],
            "first_treated": pd.PeriodIndex(["2021-03", None], freq="M"),
            "region": None,
            "sub_region": None,
            "ely": None,
            "weight_frozen": [10.0, None],
            "x_age": [41.5, 39.0],
        }
    )


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_every_table_and_column_is_described(schema):
    assert schema.description
    assert [name for name, column in schema.columns.items() if not column.description] == []
    assert set(schema.unique) <= set(schema.columns)


def test_the_release_lacks_the_smallest_arm():
    assert "n_persons_min" in contracts.ESTIMATES.columns
    assert "n_persons_min" not in contracts.RELEASED.columns


BREACHES = {
    "missing column": (counts().drop(columns="unit"), "column unit is missing"),
    "extra column": (counts(name=["391", "b"]), "column name does not belong there"),
    "key twice": (counts(unit=["391", "391"]), "unit occurs twice (2 rows)"),
    "text for a number": (counts(n_persons=["391 persons", "x"]), "n_persons has the wrong type"),
    "fraction for a count": (counts(n_persons=[391.5, 1.0]), "n_persons has the wrong type"),
    "negative count": (counts(n_persons=[-391, 1]), "column n_persons: greater"),
    "missing text": (counts(unit=[None, "391"]), "column unit has missing values (1 row)"),
}


@pytest.mark.parametrize("case", BREACHES)
def test_a_breach_names_columns_and_counts_and_no_value(case):
    frame, expected = BREACHES[case]
    with pytest.raises(InputError) as caught:
        conform(frame, COUNTS)
    message = str(caught.value)
    assert message.startswith("COUNTS: ")
    assert expected in message
    assert SECRET not in message
    assert len(message.splitlines()) == 1


def test_a_value_outside_a_list_is_not_named():
    frame = pd.DataFrame(
        {
            "estimand": ["rate.main"],
            "check": ["a"],
            "statistic": ["b"],
            "value": [1.0],
            "threshold": [None],
            "verdict": ["391"],
        }
    )
    with pytest.raises(InputError, match="column verdict: isin") as caught:
        conform(frame, DIAGNOSTICS)
    assert SECRET not in str(caught.value)


def test_text_for_a_period_is_refused():
    with pytest.raises(InputError, match="column period: expected a pandas period type"):
        conform(cells().assign(period=["2021-03", "2021-04"]), CELLS)


def test_columns_come_in_the_order_of_the_contract():
    frame = counts()
    backwards = conform(frame[frame.columns[::-1]], COUNTS)
    assert list(backwards.columns) == [name for name in COUNTS.columns if name in frame]


def test_covariates_are_numbers_with_x():
    assert conform(units(), UNITS)["x_age"].tolist() == [41.5, 39.0]
    with pytest.raises(InputError, match="x_age has the wrong type"):
        conform(units().assign(x_age="old"), UNITS)
    with pytest.raises(InputError, match="column age does not belong there"):
        conform(units().rename(columns={"x_age": "age"}), UNITS)


@pytest.mark.parametrize("frequency", ["M", "Q", "Y"])
def test_periods_and_missing_integers_survive_parquet(tmp_path, frequency):
    written = conform(cells(frequency), CELLS)
    write_table(written, tmp_path / "cells.parquet", CELLS)
    read = read_table(tmp_path / "cells.parquet", CELLS)
    pd.testing.assert_frame_equal(read, written)
    assert read["period"].dtype == cells(frequency)["period"].dtype
    assert str(read["n"].dtype) == str(read["elapsed"].dtype) == "Int64"
    assert read["n"].isna().tolist() == [False, True]
    assert read["cohort"].isna().all()


def test_a_missing_first_treatment_survives_parquet(tmp_path):
    write_table(units(), tmp_path / "units.parquet", UNITS)
    read = read_table(tmp_path / "units.parquet", UNITS)
    assert read["first_treated"].tolist() == [pd.Period("2021-03", "M"), pd.NaT]
    assert read["area"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t,
        lambda t: t.iloc[:1].astype({"n_persons": "int64"}),
        lambda t: t.astype({"n_persons": "float64"}),
        lambda t: t.assign(n_persons=-1),
        lambda t: t.assign(n_persons=0.5),
        lambda t: t.assign(n_persons="many"),
        lambda t: t.assign(population=None),
        lambda t: t.assign(extra=1),
        lambda t: t.drop(columns="n_persons"),
        lambda t: pd.concat([t, t]),
        lambda t: t.iloc[:0],
        lambda t: t.astype(object),
        lambda t: t.astype(object).assign(n_persons=10**30),
        lambda t: t.astype(object).assign(n_persons="5", unit=[91, 92]),
        lambda t: t.iloc[:0].astype(object),
    ],
)
def test_a_table_that_follows_its_contract_is_one_that_pandera_leaves_as_it_is(change, monkeypatch):
    def asked():
        try:
            return conform(change(counts()), COUNTS)
        except InputError as error:
            return str(error)

    fast = asked()
    monkeypatch.setattr(conformity, "follows", lambda frame, schema: False)
    monkeypatch.setattr(conformity, "_with_types", lambda frame, schema: frame)
    slow = asked()
    if isinstance(slow, str):
        assert fast == slow
    else:
        pd.testing.assert_frame_equal(fast, slow)


RULED = pa.DataFrameSchema(
    {
        "leading": pa.Column(bool, coerce=True),
        "status": pa.Column(str, pa.Check.isin(["ok", "hidden"]), nullable=True),
        "n": pa.Column("Int64", pa.Check.ge(0), nullable=True, coerce=True),
        "error": pa.Column(float, pa.Check.ge(0), nullable=True, coerce=True),
        "month": pa.Column("int8", [pa.Check.ge(1), pa.Check.le(12)], coerce=True),
    },
    name="ruled",
)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("leading", pd.array([True, False, True], "boolean")),
        ("leading", pd.array([True, None, True], "boolean")),
        ("leading", [1, 0, 1]),
        ("leading", ["True", "False", ""]),
        ("status", ["ok", None, "hidden"]),
        ("status", ["ok", "", "hidden"]),
        ("status", [None, None, None]),
        ("n", [1, None, 0]),
        ("n", [1, None, -1]),
        ("error", [0.0, None, float("inf")]),
        ("error", [0.0, None, float("-inf")]),
        ("month", [1, 2, 13]),
        ("month", [0, 2, 12]),
    ],
)
def test_rules_and_truths_are_those_of_pandera(column, values, monkeypatch):
    table = pd.DataFrame({"leading": [True] * 3, "status": ["ok"] * 3, "n": 1, "error": 1.0})
    table["month"] = 12
    table = table.assign(**{column: values})

    def asked():
        try:
            return conform(table, RULED)
        except InputError as error:
            return str(error)

    fast = asked()
    monkeypatch.setattr(conformity, "follows", lambda frame, schema: False)
    monkeypatch.setattr(conformity, "_with_types", lambda frame, schema: frame)
    slow = asked()
    if isinstance(slow, str):
        assert fast == slow
    else:
        pd.testing.assert_frame_equal(fast, slow)


@pytest.mark.parametrize("strict", [True, False])
def test_columns_that_a_pattern_names_are_looked_at(strict):
    columns = {"a": pa.Column(float), "^x_.+$": pa.Column(float, regex=True, required=False)}
    schema = pa.DataFrameSchema(columns, strict=strict, name="covariates")
    table = pd.DataFrame({"a": [1.0], "x_size": ["large"]})
    assert not conformity.follows(table, schema)
    with pytest.raises(InputError, match=r"^covariates: .*x_size"):
        conform(table, schema)
    assert conformity.follows(table[["a"]], schema)
