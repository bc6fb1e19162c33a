"""Real euros: deflated cells are the cells of deflated person-months."""

from __future__ import annotations

import pandas as pd
import pytest

from kuntakokeilu.cells import at_prices, collapse
from kuntakokeilu.errors import InputError
from kuntakokeilu.study import read_price_index

from .test_collapse import person_months, write

AMOUNTS = ["n", "mean", "sum", "sum_sq", "sum_abs", "n_nonzero", "top1", "top2", "payer_top1"]
INDEX = {2019: 80.0, 2020: 100.0, 2022: 125.0}
OUTCOMES = {"employment": "employed", "wage": "wage_cents"}


@pytest.fixture
def frame() -> pd.DataFrame:
    """Person-months of two years whose cents stay whole at the prices of 2022."""
    frame = person_months(3)
    late = frame["period"] < "2020-03-01"
    frame["period"] = frame["period"].mask(late, frame["period"] - pd.DateOffset(years=1))
    frame["wage_cents"] = frame["wage_cents"] * 16
    return with_payers(frame, [16] * len(frame))


def with_payers(frame: pd.DataFrame, factor) -> pd.DataFrame:
    """Multiply what each payer paid, row by row."""
    paid = [
        [{"payer": one["payer"], "cents": round(one["cents"] * times)} for one in row]
        for row, times in zip(frame["wage_payers"], factor, strict=True)
    ]
    return frame.assign(wage_payers=paid)


def collapsed(frame: pd.DataFrame, folder) -> pd.DataFrame:
    path = write(frame, folder / "stock.parquet")
    return collapse(path, "some", {}, {"sex": ["sex"]}, OUTCOMES)[0]


def test_deflating_cells_is_collapsing_deflated_person_months(frame, tmp_path):
    cells = at_prices(collapsed(frame, tmp_path), {"wage": 2022}, INDEX)
    factor = frame["period"].dt.year.map({2019: 25 / 16, 2020: 5 / 4})
    assert set(factor) == {25 / 16, 5 / 4}
    real = with_payers(frame, factor)
    real["wage_cents"] = (frame["wage_cents"].astype(float) * factor).round().astype("Int64")
    expected = collapsed(real, tmp_path)
    wage = cells["outcome"] == "wage"
    pd.testing.assert_frame_equal(cells, expected, rtol=1e-9, atol=1e-9)
    assert cells.loc[wage, AMOUNTS].notna().all(axis=None)
    assert (cells.loc[wage, "payer_top1"] > 0).any()


def test_other_outcomes_and_the_price_year_itself_stay_nominal(frame, tmp_path):
    cells = collapsed(frame, tmp_path)
    real = at_prices(cells, {"wage": 2020}, INDEX)
    same = cells["outcome"].eq("employment") | cells["period"].dt.year.eq(2020)
    pd.testing.assert_frame_equal(real[same], cells[same])
    assert not real.loc[~same, "mean"].equals(cells.loc[~same, "mean"])
    pd.testing.assert_frame_equal(at_prices(cells, {}, {}), cells)


@pytest.mark.parametrize(
    ("index", "lacking"), [({2019: 80.0, 2022: 125.0}, "2020"), ({2019: 80.0, 2020: 100.0}, "2022")]
)
def test_a_year_outside_the_table_is_named(frame, tmp_path, index, lacking):
    with pytest.raises(InputError, match=rf"column year: {lacking} is missing; .* prices of wage"):
        at_prices(collapsed(frame, tmp_path), {"wage": 2022}, index)


def test_the_index_covers_the_trial_and_agrees_with_the_linked_consumer_price_index(config):
    index = read_price_index(config / "price_index.csv")
    assert list(index) == list(range(2017, 2025))
    # cost-of-living index of 8/2006 over consumer prices 2000=100 of then, and of 2010
    link = 1626 / 108.4 * 116.7
    for year, of_2010 in {2017: 110.0, 2018: 111.2, 2019: 112.3, 2020: 112.7}.items():
        # All four are published rounded, and so is the index itself.
        rounded = 0.05 / of_2010 + 0.5 / 1626 + 0.05 / 108.4 + 0.05 / 116.7 + 0.5 / index[year]
        assert index[year] == pytest.approx(of_2010 / 100 * link, rel=rounded)
    yearly = [index[year + 1] / index[year] for year in range(2017, 2024)]
    assert all(1.0 < rise < 1.08 for rise in yearly)
