"""The collapse against pandas, its properties, and files that are not as they should be."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuntakokeilu.cells import collapse
from kuntakokeilu.contracts import CELLS, COUNTS, PERSON_MONTHS, conform
from kuntakokeilu.errors import InputError

CELL = ["cohort", "elapsed", "unit", "period"]
OUTCOMES = {"employment": "employed", "contacts": "contacts", "wage": "wage_cents"}
SCHEMES = {"sex": ["sex"], "sex_right": ["sex", "no_earnings_right"]}


def person_months(seed: int, cohorts: bool = True, persons: int = 60) -> pd.DataFrame:
    """Random person-months with missing outcomes, traits, recoveries and up to two payers."""
    rng = np.random.default_rng(seed)
    keys = {"person": np.arange(persons), "cohort": pd.to_datetime(["2020-01-01", "2020-03-01"])}
    frame = pd.MultiIndex.from_product(keys.values(), names=keys).to_frame(index=False)
    frame["unit"] = rng.choice(["005", "049", "091"], persons)[frame["person"]]
    frame["sex"] = rng.choice(["male", "female", None], persons)[frame["person"]]
    right = rng.choice(np.array([True, False, None], dtype=object), persons)
    frame["no_earnings_right"] = right[frame["person"]]
    frame["eligible"] = (rng.random(persons) < 0.7)[frame["person"]]
    frame = frame[rng.random(len(frame)) < 0.8].merge(pd.DataFrame({"elapsed": [0, 3]}), "cross")
    if not cohorts:
        frame = frame[frame["cohort"] == "2020-01-01"]
    frame["period"] = [c + pd.DateOffset(months=e) for c, e in frame[["cohort", "elapsed"]].values]
    n = len(frame)
    frame["employed"] = rng.choice(np.array([True, False, None], dtype=object), n)
    frame["contacts"] = np.where(rng.random(n) < 0.9, rng.integers(0, 40, n) / 4, np.nan)
    cents = rng.integers(-50_000, 400_000, (n, 2)) * (rng.random((n, 2)) < 0.6)
    payers = rng.permuted(np.tile(np.arange(6), (n, 1)), axis=1)[:, :2]
    frame["wage_payers"] = [
        [{"payer": int(p), "cents": int(c)} for p, c in zip(*row, strict=True) if c]
        for row in zip(payers, cents, strict=True)
    ]
    known = rng.random(n) < 0.9
    frame["wage_cents"] = pd.array(np.where(known, cents.sum(axis=1), 0), "Int64")
    frame["wage_cents"] = frame["wage_cents"].mask(~known)
    if not cohorts:
        frame = frame.assign(cohort=None, elapsed=None)
    return frame.reset_index(drop=True)


def write(frame: pd.DataFrame, path: Path, types: dict[str, str] | None = None) -> Path:
    """Write person-months in the contract's types."""
    types = {name: PERSON_MONTHS[name].type for name in frame} | (types or {})
    columns = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in types.items())
    with duckdb.connect() as con:
        con.register("frame", frame)
        con.execute(f"COPY (SELECT {columns} FROM frame) TO '{path.as_posix()}' (FORMAT parquet)")
    return path


def collapsed(frame: pd.DataFrame, folder: Path, members: dict | None = None) -> tuple:
    """Collapse and hold both tables against their contracts."""
    path = write(frame, folder / "stock.parquet")
    cells, counts = collapse(path, "some", members or {}, SCHEMES, OUTCOMES)
    return conform(cells, CELLS), conform(counts, COUNTS)


def by_pandas(frame: pd.DataFrame, column: str, scale: float) -> pd.DataFrame:
    """The values of cells, row by row."""
    known = frame.dropna(subset=[column])
    rows = {}
    for key, group in known.groupby([*CELL, "stratum"], dropna=False):
        y = group[column].astype(float) * scale
        rows[key] = {"n": len(y), "sum": y.sum(), "sum_sq": (y**2).sum(), "mean": y.mean()}
        if column != "wage_cents":
            continue
        paid = pd.DataFrame([each for cell in group["wage_payers"] for each in cell])
        top = np.sort(np.r_[0.0, y.abs()])[::-1]
        by_payer = paid["cents"].abs().groupby(paid["payer"]).sum() if len(paid) else pd.Series([0])
        rows[key] |= {"sum_abs": y.abs().sum(), "n_nonzero": (y != 0).sum()}
        rows[key] |= {"top1": top[0], "top2": top[1]}
        rows[key] |= {"n_payers": len(by_payer) if len(paid) else 0}
        rows[key] |= {"payer_top1": by_payer.max() * scale}
    return pd.DataFrame(rows).T


def strata(frame: pd.DataFrame, scheme: str) -> pd.Series:
    """Text of the stratum of each row."""
    sex = frame["sex"].fillna("unknown")
    words = {True: "no_earnings_right", False: "not_no_earnings_right"}
    right = frame["no_earnings_right"].map(words).fillna("no_earnings_right_unknown")
    return {"none": pd.Series("all", frame.index), "sex": sex, "sex_right": sex + "|" + right}[
        scheme
    ]


@pytest.mark.parametrize("cohorts", [True, False])
@pytest.mark.parametrize("scheme", ["none", *SCHEMES])
def test_cells_are_those_of_pandas(tmp_path, cohorts, scheme):
    frame = person_months(1, cohorts)
    cells, _ = collapsed(frame, tmp_path)
    frame["stratum"] = strata(frame, scheme)
    frame["period"] = frame["period"].dt.to_period("M")
    frame["cohort"] = pd.to_datetime(frame["cohort"]).dt.strftime("%Y-%m")
    for (outcome, column), unit in zip(OUTCOMES.items(), (100, 1, 0.01), strict=True):
        mine = cells[(cells["stratification"] == scheme) & (cells["outcome"] == outcome)]
        expected = by_pandas(frame, column, unit)
        found = mine.set_index([*CELL, "stratum"])[expected.columns].astype(float)
        assert len(found) == len(expected)
        by_text = [f.set_index(f.index.map(_text)).sort_index() for f in (found, expected)]
        pd.testing.assert_frame_equal(*by_text, check_dtype=False, rtol=1e-12)


def _text(key: tuple) -> str:
    return " ".join("-" if pd.isna(part) else str(part) for part in key)


def test_rows_say_what_they_are(tmp_path):
    cells, counts = collapsed(person_months(2), tmp_path)
    assert set(cells["population"]) == set(counts["population"]) == {"some"}
    assert set(cells["value_kind"]) == {"sum"}
    assert (cells["weight"] == cells["n"]).all()
    sources = cells.groupby("outcome")["sources"].first().to_dict()
    assert sources["wage"] == sources["employment"] == "incomes_register_wages"
    assert sources["contacts"] == "keha"
    not_euros = cells[cells["outcome"] != "wage"]
    assert (
        not_euros[["sum_abs", "n_nonzero", "top1", "n_payers", "payer_top1"]].isna().all(axis=None)
    )
    assert set(cells["cohort"]) == {"2020-01", "2020-03"}


def test_counts_are_of_distinct_persons(tmp_path):
    frame = person_months(3)
    _, counts = collapsed(frame, tmp_path)
    for scheme in ["none", *SCHEMES]:
        for (stratum, unit), group in frame.groupby([strata(frame, scheme), "unit"]):
            mine = counts[(counts["stratification"] == scheme) & (counts["stratum"] == stratum)]
            (row,) = mine[mine["unit"] == unit].to_dict("records")
            known = group[group["wage_cents"].notna()]
            assert row["n_persons"] == group["person"].nunique()
            assert row["n_spells"] == len(group[["person", "cohort"]].drop_duplicates())
            assert row["n_payers"] == len({p["payer"] for c in known["wage_payers"] for p in c})


def test_without_cohorts_or_payers_these_counts_are_missing(tmp_path):
    path = write(person_months(3, cohorts=False), tmp_path / "stock.parquet")
    cells, counts = collapse(path, "all", {}, {}, {"employment": "employed"})
    assert counts[["n_spells", "n_payers"]].isna().all(axis=None)
    assert cells[["cohort", "elapsed"]].isna().all(axis=None)


def test_members_are_chosen_by_their_traits(tmp_path):
    frame = person_months(4)
    chosen = frame[frame["eligible"] & (frame["sex"] == "female")]
    (tmp_path / "part").mkdir()
    found = collapsed(frame, tmp_path, {"eligible": True, "sex": "female"})
    expected = collapsed(chosen, tmp_path / "part")
    for left, right in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(left, right)
    without_right = collapsed(frame, tmp_path, {"no_earnings_right": False})[1]
    persons = frame.loc[frame["no_earnings_right"].eq(False), "person"].nunique()
    assert without_right.query("stratification == 'none'")["n_persons"].sum() == persons


def test_outcome_that_is_never_known_has_no_cells(tmp_path):
    cells, counts = collapsed(person_months(5).assign(employed=None), tmp_path)
    assert "employment" not in set(cells["outcome"])
    assert counts["n_persons"].notna().all()


def test_sums_are_exact_where_floats_are_not(tmp_path):
    frame = person_months(6, cohorts=False, persons=2).iloc[:1]
    rows = pd.concat([frame] * 3, ignore_index=True).assign(person=[1, 2, 3], unit="005")
    rows["wage_cents"] = pd.array([2**61, 1, -(2**61)], "Int64")
    cells, _ = collapsed(rows.assign(wage_payers=None), tmp_path)
    wage = cells[(cells["outcome"] == "wage") & (cells["stratification"] == "none")].iloc[0]
    assert wage["sum"] == 0.01
    assert wage["sum_sq"] == pytest.approx(2 * 2.0**122 / 1e4, rel=1e-15)


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.floats(0.1, 0.9), cohorts=st.booleans())
def test_strata_and_parts_of_a_file_add_up(tmp_path_factory, seed, share, cohorts):
    frame = person_months(seed, cohorts)
    whole, _ = collapsed(frame, tmp_path_factory.mktemp("whole"))
    integers = _integers(whole)
    for scheme in SCHEMES:
        added = _added(integers[integers["stratification"] == scheme].assign(stratum="all"))
        total = _added(integers[integers["stratification"] == "none"])
        pd.testing.assert_frame_equal(added, total)
    first = np.random.default_rng(seed).random(len(frame)) < share
    first[:2] = [True, False]
    parts = [collapsed(frame[m], tmp_path_factory.mktemp("part"))[0] for m in (first, ~first)]
    for scheme in ["none", *SCHEMES]:
        mine = [_integers(part[part["stratification"] == scheme]) for part in parts]
        expected = _added(integers[integers["stratification"] == scheme])
        pd.testing.assert_frame_equal(_added(pd.concat(mine)), expected)


def _integers(cells: pd.DataFrame) -> pd.DataFrame:
    """Undo the division: persons, quarters and cents, which add up exactly."""
    unit = cells["outcome"].map({"employment": 1 / 100, "contacts": 4, "wage": 100})
    powers = {"n": 0, "sum": 1, "sum_sq": 2, "sum_abs": 1, "n_nonzero": 0}
    return cells.assign(
        **{
            name: (cells[name].astype(float).fillna(0) * unit**power).round().astype("int64")
            for name, power in powers.items()
        }
    )


def _added(cells: pd.DataFrame) -> pd.DataFrame:
    keys = cells[[*CELL, "stratum", "outcome"]].astype(str).to_dict("series")
    return cells.groupby(list(keys.values()))[["n", "sum", "sum_sq", "sum_abs", "n_nonzero"]].sum()


def test_order_of_rows_does_not_matter(tmp_path):
    frame = person_months(7)
    (tmp_path / "other").mkdir()
    for left, right in zip(
        collapsed(frame, tmp_path),
        collapsed(frame.sample(frac=1, random_state=1), tmp_path / "other"),
        strict=True,
    ):
        pd.testing.assert_frame_equal(left, right, check_exact=True)


def fails(path: Path, match: str, members: dict | None = None, **asked) -> None:
    """Collapse, expect one line that fits, and nothing left behind."""
    arguments = {"stratifications": SCHEMES, "outcomes": OUTCOMES} | asked
    with pytest.raises(InputError, match=match) as error:
        collapse(path, "some", members or {}, **arguments)
    assert "\n" not in str(error.value)
    assert not list(path.parent.glob(".collapse-*"))


def test_wrong_files_are_refused(tmp_path):
    frame = person_months(8)
    path = tmp_path / "stock.parquet"
    fails(path, "stock.parquet: no such file")
    path.write_bytes(b"")
    fails(path, "stock.parquet: not a whole parquet file")
    content = write(frame, path).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    fails(path, "stock.parquet: not a whole parquet file; is it cut off?")
    middle = len(content) // 3  # data damaged, ends whole
    path.write_bytes(content[:middle] + b"\xff" * 400 + content[middle + 400 :])
    fails(path, r"^stock.parquet: ")
    fails(write(frame.iloc[:0], path), "stock.parquet: the file has no rows")
    fails(write(frame.drop(columns="sex"), path), "stock.parquet: column sex is missing")
    fails(
        write(frame, path, {"wage_cents": "DOUBLE"}),
        "stock.parquet, column wage_cents: expected the type BIGINT, found DOUBLE",
    )
    fails(write(frame.assign(unit=None), path), r"stock.parquet, column unit: missing in \d+ rows")
    not_finite = frame.assign(contacts=np.inf)
    fails(write(not_finite, path), "stock.parquet: a number is out of range")


def test_wrong_names_are_refused(tmp_path):
    path = write(person_months(9), tmp_path / "stock.parquet")
    fails(path, "stratification x: shoe is no trait", stratifications={"x": ["shoe"]})
    fails(path, "members: shoe is no trait", members={"shoe": True})
    fails(path, "found unit", outcomes={"x": "unit"})
    fails(path, "no row belongs to population some .members: sex", members={"sex": "other"})
