"""A design is judged from the time before the start, and from nothing after it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import OVERLAP
from kuntakokeilu.diagnostics import before_start, design_tables
from kuntakokeilu.diagnostics.design import false_start_estimates, false_starts
from kuntakokeilu.disclosure import guarded_design
from kuntakokeilu.study import Balance, Comparison, DisclosureProfile

from ..estimation.followed import asked as followed_over
from ..estimation.followed import collapsed, followed


def _build():
    """The builders of toy tables, which lie with the tests of estimation."""
    path = Path(__file__).parents[1] / "estimation" / "build.py"
    found = importlib.util.spec_from_file_location("toy_build", path)
    module = importlib.util.module_from_spec(found)
    sys.modules["toy_build"] = module
    found.loader.exec_module(module)
    return module


build = _build()
STARTS = [*[2012] * 6, *[None] * 14]
NO_OVERLAP = pd.DataFrame(columns=list(OVERLAP.columns))


def toy(seed=3, starts=STARTS, effect=5.0, **options):
    rows, first, clusters = build.panel(
        starts, seed=seed, years=range(2000, 2020), effect=effect, per_cluster=2, **options
    )
    return build.tables(rows, first, clusters)


def asked(**changes):
    return build.spec(**{"first_period": "2006", "last_period": "2017", **changes})


def judged(cells, units, counts, *estimands, overlap=NO_OVERLAP):
    return design_tables({"y": cells}, units, counts, estimands, overlap)


def test_nothing_after_the_start_is_read():
    cells, units, counts = toy()
    one = judged(cells, units, counts, asked())
    rng = np.random.default_rng(9)
    later = cells["period"] >= pd.Period("2012", "Y")
    moved = cells.assign(mean=cells["mean"].mask(later, rng.normal(0, 1e6, len(cells))))
    other = judged(moved, units, counts, asked())
    pd.testing.assert_frame_equal(one.numbers, other.numbers)
    earlier = cells.assign(mean=cells["mean"].mask(~later, rng.normal(0, 10, len(cells))))
    assert not judged(earlier, units, counts, asked()).numbers.equals(one.numbers)


def test_false_starts_lie_wholly_before_the_start_and_are_spread_over_it():
    cells, units, _ = toy()
    known = before_start(cells, units)
    windows = false_starts(known, asked(), units["first_treated"].min())
    assert len(windows) == 5 and len(set(windows)) == 5
    assert windows[0].first == pd.Period("2000", "Y")
    assert windows[-1].last == pd.Period("2011", "Y")
    lengths = {((w.treated_from - w.first).n, (w.last - w.treated_from).n + 1) for w in windows}
    assert lengths == {(4, 4)}  # two thirds of twelve years, halves as in the study


def test_each_false_start_is_the_estimate_at_that_time():
    cells, units, counts = toy()
    known = before_start(cells, units)
    found = false_start_estimates(known, units, counts, asked())
    first = found[found["leading"]].iloc[0]
    frame = cells.merge(units[["unit", "arm"]], on="unit")
    frame = frame[frame["period"].between(pd.Period("2000", "Y"), pd.Period("2007", "Y"))]
    after = frame["period"] >= pd.Period("2004", "Y")
    mean = frame.groupby([frame["arm"], after])["mean"].mean()
    change = mean["trial"][True] - mean["trial"][False]
    change -= mean["control"][True] - mean["control"][False]
    assert first["estimate"] == pytest.approx(change, abs=1e-10)


def test_numbers_are_those_of_the_false_starts():
    cells, units, counts = toy()
    numbers = judged(cells, units, counts, asked()).numbers
    found = false_start_estimates(before_start(cells, units), units, counts, asked())
    lead = found[found["leading"]]
    values = numbers[numbers["effect"].isna() & numbers["inference"].isna()]
    values = values.set_index("quantity")["value"]
    assert values["detectable"] == pytest.approx(lead["minimum_detectable_effect"].median())
    assert values["spread"] == pytest.approx(lead["estimate"].std())
    sizes = numbers[numbers["quantity"] == "size"].set_index("inference")["value"]
    for kind, rows in found[found["p_value"].notna()].groupby("inference"):
        assert sizes[kind] == pytest.approx((rows["p_value"] < 0.05).mean())
    curve = numbers[numbers["quantity"] == "power"]
    assert curve["value"].is_monotonic_increasing
    assert curve["value"].iloc[0] == pytest.approx(0.05, abs=1e-8)


@pytest.mark.parametrize(
    ("change", "starts", "kind", "reason"),
    [
        ({}, [2001] * 3 + [None] * 3, "estimand", "no_pre_period"),
        ({}, [2000] * 3 + [None] * 3, "outcome", "no_pre_period"),
        ({}, [2012] * 6, "estimand", "no_control"),
        (
            {"comparison_rule": Comparison(balance=Balance(method="entropy", covariates=["age"]))},
            STARTS,
            "estimand",
            "balance",
        ),
    ],
)
def test_what_cannot_be_judged_is_listed_with_its_reason(change, starts, kind, reason):
    made = judged(*toy(starts=starts), asked(**change))
    assert made.numbers.empty
    (row,) = made.limits.to_dict("records")
    assert (row["kind"], row["reason"]) == (kind, reason)


def test_an_outcome_without_cells_or_without_values_is_listed():
    cells, units, counts = toy()
    empty = cells.assign(mean=np.nan)
    made = judged(empty, units, counts, asked())
    assert made.limits["reason"].tolist() == ["no_pre_period"]
    made = design_tables({}, units, counts, [asked()], NO_OVERLAP)
    assert made.limits[["item", "reason"]].to_numpy().tolist() == [["y", "no_data"]]


def test_an_outcome_that_is_constant_has_no_silent_number():
    cells, units, counts = toy()
    made = judged(cells.assign(mean=1.0, sum=cells["weight"]), units, counts, asked())
    sizes = made.numbers[made.numbers["quantity"] == "detectable"]["value"]
    assert made.limits["reason"].tolist() != [] or sizes.eq(0).all()


def test_areas_without_a_comparable_control_are_listed():
    overlap = pd.DataFrame(
        [["all", "c00", 2, 1, 3.0, 1.0, 0.9, False], ["all", "c01", 2, 0, 0.5, 1.0, 0.5, True]],
        columns=["comparison", "area", "n_units", "n_without_control", "distance", "caliper",
                 "score", "comparable"],
    )  # fmt: skip
    made = judged(*toy(), asked(), overlap=overlap)
    assert made.limits[["kind", "item", "beside"]].to_numpy().tolist() == [["area", "c00", "all"]]


def test_areas_that_effects_explain_whole_are_listed():
    cells, units, counts = toy()
    regions = units["cluster"].map({"c00": "alone"}).fillna("others")
    made = judged(cells, units.assign(region=regions), counts, asked(effects_by_period="region"))
    assert made.limits[["kind", "item", "reason"]].to_numpy().tolist() == [
        ["area", "c00", "no_weight"]
    ]


def test_numbers_of_too_few_persons_do_not_leave():
    cells, units, counts = toy()
    cells["n"] = pd.array([3] * len(cells), dtype="Int64")
    numbers = judged(cells, units, counts, asked()).numbers
    strict = DisclosureProfile(profile="register", min_persons=1000, note="-")
    hidden = guarded_design(numbers, strict)
    assert (
        hidden[["value", "effect"]].isna().all(axis=None)
        and hidden["status"].eq("suppressed").all()
    )
    loose = DisclosureProfile(profile="public", min_persons=0, note="-")
    shown = guarded_design(numbers, loose)
    assert len(shown) == len(numbers) and shown["status"].eq("ok").all()


def test_a_design_of_persons_who_are_followed_knows_nothing_of_the_time_after_the_start():
    """Months of follow-up from the start on are left out, also of stocks from before it."""
    stocks = ("2016-08", "2017-08", "2018-08", "2019-08", "2020-08", "2021-01", "2021-02")
    cells, units, counts = collapsed(followed(stocks, (1, 2, 3), n_units=24))
    one = followed_over(1, 3, first_period="2016-08", last_period="2021-02")
    late = cells["period"] >= pd.Period("2021-03", "M")
    assert late.any() and (~late).any() and cells.loc[late, "cohort"].nunique() == 2
    rng = np.random.default_rng(4)
    other = cells.assign(
        mean=cells["mean"].mask(late, rng.normal(size=len(cells))),
        sum=cells["sum"].mask(late, rng.normal(size=len(cells))),
        n=cells["n"].mask(late, 3),
    )
    tables = [design_tables({one.outcome: each}, units, counts, [one], NO_OVERLAP)
              for each in (cells, other, cells[~late])]  # fmt: skip
    assert len(tables[0].numbers)
    for each in tables[1:]:
        pd.testing.assert_frame_equal(each.numbers, tables[0].numbers)
        pd.testing.assert_frame_equal(each.limits, tables[0].limits)


def test_stocks_years_apart_leave_no_false_start_and_say_so():
    cells, units, counts = collapsed(followed(("2019-02", "2021-02"), (1, 2, 3)))
    one = followed_over(1, 3, first_period="2019-02", last_period="2021-02")
    made = design_tables({one.outcome: cells}, units, counts, [one], NO_OVERLAP)
    assert made.numbers.empty and made.limits["reason"].tolist() == ["no_window"]
