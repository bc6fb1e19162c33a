"""What false starts are summed up to, which fail an estimate, and why there may be none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kuntakokeilu.diagnostics import false_starts, most_apart
from kuntakokeilu.diagnostics.false_starts import calibration
from kuntakokeilu.estimation import estimate
from kuntakokeilu.study import FalseStarts

from ..estimation.build import panel, spec, tables

YEARS, START = range(1980, 2012), 2008
STARTS = [START] * 8 + [None] * 12
BACK = FalseStarts(first_period="1980", permutations=99)


def made(*, wave=0.0, starts=STARTS, keep=None):
    """A panel in which the treated units move up and down by `wave` over six years."""
    rows, first, clusters = panel(list(starts), seed=3, years=YEARS)
    swing = np.sin((rows["period"] - 1980) * np.pi / 6)
    rows["y"] = rows["y"] + wave * swing * (rows["unit"] < f"u{starts.count(START):02}")
    return tables(rows if keep is None else rows[keep(rows)], first, clusters)


def asked(estimator="two_way_fixed_effects", **changes):
    return spec(estimator, first_period="2006", last_period="2009", **changes)


def run(built, *estimands, settings=BACK):
    cells, units, counts = built
    estimates, _ = estimate(cells, units, counts, estimands)
    return (*false_starts(cells, units, estimates, estimands, settings), estimates)


def test_the_summary_is_counted_from_the_rows():
    rows, summary, _, estimates = run(made(wave=1.0), asked())
    real = estimates.set_index("inference")
    assert rows["start"].nunique() == 25  # 1982 to 2006; windows of four years end before 2008
    for kind, mine in rows.groupby("inference"):
        row = summary.set_index("inference").loc[kind]
        sizes, effect = mine["estimate"].abs(), abs(real["estimate"].iloc[0])
        assert row["n_false_starts"] == len(mine) == 25
        assert row["share_rejected"] == (mine["p_value"] < 0.05).mean()
        assert row["rmse"] == pytest.approx(np.sqrt((mine["estimate"] ** 2).mean()))
        assert row["std_dev"] == pytest.approx(np.std(mine["estimate"], ddof=1))
        assert abs(row["largest"]) == sizes.max()
        assert row["share_as_large"] == (sizes >= effect).mean()
        assert row["rank"] == 1 + (sizes >= effect).sum()
        assert (row["first_start"], row["last_start"]) == ("1982", "2006")
        assert row["n_apart"] == 7  # 28 years before the start hold seven windows of four
        if kind in real.index and kind != "permutation_t_area":
            smaller = mine["p_value"] <= real.loc[kind, "p_value"] * (1 + 1e-9)
            assert row["share_p_as_small"] == smaller.mean()
    leading = set(summary.loc[summary["leading"], "inference"])
    assert leading == set(estimates.loc[estimates["leading"], "inference"])


def test_most_windows_apart():
    assert most_apart([]) == 0
    assert most_apart([(0, 3), (1, 4), (4, 7), (7, 9)]) == 2
    assert most_apart((k, k + 81) for k in range(89)) == 2


def test_an_inference_that_finds_effects_where_there_are_none_fails():
    def verdict(wave):
        _, _, checks, _ = run(made(wave=wave), asked())
        row = checks.set_index("check").loc["false_starts"]
        assert row["threshold"] == 0.2
        return row["verdict"]

    assert (verdict(0.0), verdict(6.0)) == ("pass", "fail")


def test_whether_a_kind_keeps_its_level_follows_from_its_own_share():
    seen = set()
    for wave in (0.0, 6.0):
        rows, summary, _, _ = run(made(wave=wave), asked())
        for kind, mine in rows.groupby("inference"):
            row = summary.set_index("inference").loc[kind]
            seen.add(row["calibration"])
            too_often = (mine["p_value"] < 0.05).mean() > 0.1
            assert (row["calibration"] == "too_often") == too_often
            if row["calibration"] == "acceptable":
                assert row["n_apart"] >= 5
    assert "too_often" in seen
    few = FalseStarts(first_period="2001", permutations=99)
    _, summary, _, _ = run(made(wave=6.0), asked(), settings=few)
    assert set(summary["calibration"]) == {"undecided"}


def test_few_windows_show_errors_and_nothing_else():
    assert calibration(0.0, 5) == "acceptable"
    assert {calibration(0.0, n) for n in (0, 1, 2, 4)} == {"undecided"}
    assert calibration(0.11, 2) == "too_often" and calibration(0.9, 1) == "undecided"
    # all to one side, by more than they spread and than half a standard error
    assert calibration(0.0, 2, 0.19, 0.08, 0.17) == calibration(0.0, 9, -0.19, 0.08, 0.17)
    assert calibration(0.0, 2, -0.19, 0.08, 0.17) == "off_centre"
    assert calibration(0.0, 5, 0.19, 0.20, 0.17) == "acceptable"
    assert calibration(0.0, 5, 0.08, 0.01, 0.17) == "acceptable"


def test_effects_that_four_in_five_false_starts_would_have_shown():
    """Against a search over added effects, window by window."""
    rows, summary, _, _ = run(made(wave=6.0), asked())
    mine = rows[rows["inference"].eq("cluster_area")]
    row = summary.set_index("inference").loc["cluster_area"]
    critical = stats.t.ppf(0.975, mine["degrees_of_freedom"].astype(float))

    def share_found(added):
        t = (mine["estimate"] + added) / mine["std_error"]
        return (np.sign(added) * t >= critical * (1 - 1e-9)).mean()

    for sign, column in ((1, "found_rise"), (-1, "found_fall")):
        assert share_found(sign * row[column]) >= 0.8
        assert share_found(sign * row[column] * 0.999) < 0.8
    permuted = summary.set_index("inference").loc["permutation_area"]
    assert permuted[["found_rise", "found_fall"]].isna().all()


def test_windows_that_are_one_fail_nothing():
    few = FalseStarts(first_period="2001", permutations=99)  # 2001-03 ... 2004-07: one apart
    _, summary, checks, _ = run(made(wave=6.0), asked(), settings=few)
    assert set(summary["n_apart"]) == {1} and summary["share_rejected"].max() > 0.2
    assert set(checks["verdict"]) <= {"warn", "pass"}


def test_windows_that_touch_an_earlier_trial_are_told_or_left_out():
    earlier = {"earlier_trials": {"first_trial": {"first": "1990", "last": "1991"}}}
    told = FalseStarts(first_period="1980", permutations=99, **earlier)
    rows, summary, _, _ = run(made(), asked(), settings=told)
    touching = rows[rows["earlier_trials"].eq("first_trial")]
    assert set(touching["first_period"]) == {"1987", "1988", "1989", "1990", "1991"}
    assert set(summary["n_earlier_trials"]) == {5} and set(summary["n_left_out"]) == {0}
    out = told.model_copy(update={"touching": "left_out"})
    rows, summary, _, _ = run(made(), asked(), settings=out)
    assert rows["earlier_trials"].isna().all() and rows["start"].nunique() == 20
    assert set(summary["n_left_out"]) == {5}


def test_one_effect_alone_has_false_starts_and_the_others_say_why():
    placebo = spec(
        estimand="y.placebo", role="placebo", start="2003", first_period="2000", last_period="2005"
    )
    series = asked("event_study", estimand="y.by_year")
    rows, summary, checks, _ = run(made(), series, placebo)
    assert rows.empty and checks.empty
    assert summary[["estimand", "identified"]].to_numpy().tolist() == [["y.by_year", "series"]]


def test_no_window_fits_where_the_data_begin_late():
    built = made(keep=lambda rows: rows["period"] > 2005)
    rows, summary, checks, _ = run(built, asked())
    assert rows.empty and checks.empty
    assert summary["identified"].tolist() == ["no_window"]
    assert summary["share_rejected"].isna().all() and summary["leading"].all()


def test_an_estimate_that_does_not_exist_has_no_false_starts():
    built = made(keep=lambda rows: rows["unit"] < "u08")
    rows, summary, _, _ = run(built, asked())
    assert rows.empty and summary["identified"].tolist() == ["no_control"]


def test_one_treated_cluster_is_judged_by_permutation_alone():
    rows, summary, checks, _ = run(made(starts=[START] + [None] * 12), asked())
    assert set(summary["inference"]) == {"permutation_area", "permutation_t_area"}
    assert checks.empty  # no standard error leads
    assert rows["estimate"].notna().all()


def test_months_are_written_as_everywhere():
    rows = pd.DataFrame(
        [(f"u{i}", str(t), float(i * t.month % 5 + (i < 4) * t.year % 3))
         for i in range(10) for t in pd.period_range("2018-01", "2021-12", freq="M")],
        columns=["unit", "period", "y"],
    )  # fmt: skip
    built = tables(rows, {f"u{i}": "2021-03" for i in range(4)})
    months = {"frequency": "M", "first_period": "2020-12", "last_period": "2021-05"}
    settings = FalseStarts(first_period="2018-01", step=6, permutations=99)
    found, _, _, _ = run(built, spec(**months), settings=settings)
    assert found["start"].drop_duplicates().tolist() == [
        "2020-12", "2020-06", "2019-12", "2019-06", "2018-12", "2018-06",
    ]  # fmt: skip
    assert set(found.loc[found["start"] == "2020-06", "last_period"]) == {"2020-08"}


def test_errors_that_chance_does_not_allow_are_too_narrow():
    """Against the 95 % point of a mean of n squared normals, drawn."""
    rng = np.random.default_rng(1)
    for n in (2, 5):
        most = np.sqrt(np.quantile((rng.normal(size=(400_000, n)) ** 2).mean(axis=1), 0.95))
        fine = calibration(0.0, n, 0.0, 1.0, 1.0, rmse=0.99 * most)
        assert fine == ("acceptable" if n == 5 else "undecided")
        assert calibration(0.0, n, 0.0, 1.0, 1.0, rmse=1.01 * most) == "too_narrow"
    assert calibration(0.0, 1, 0.0, 1.0, 1.0, rmse=9.0) == "undecided"
    assert calibration(0.0, 5, 0.0, 1.0) == "acceptable"  # a permutation has no standard error


def drifting(slope):
    """A panel in which the treated units drift apart steadily, before the start as after it."""
    rows, first, clusters = panel(list(STARTS), seed=3, years=YEARS)
    rows["y"] = rows["y"] + slope * (rows["period"] - 1980) * (rows["unit"] < "u08")
    return tables(rows, first, clusters)


@pytest.mark.parametrize(("slope", "verdict"), [(0.0, "pass"), (1.5, "warn")])
def test_false_starts_that_lie_to_one_side_are_told_though_none_is_an_effect(slope, verdict):
    rows, summary, checks, estimates = run(drifting(slope), asked())
    lead = summary[summary["leading"]].iloc[0]
    mine = rows[rows["leading"]]["estimate"].astype(float)
    error = estimates.loc[estimates["leading"], "std_error"].iloc[0]
    assert lead["estimate_less_mean"] == pytest.approx(lead["estimate"] - mine.mean(), abs=1e-9)
    rmse = np.sqrt((mine**2).mean())
    assert lead["rmse_over_error"] == pytest.approx(rmse / error, abs=1e-9)
    row = checks.set_index("check").loc["false_starts_aside"]
    assert row["value"] == pytest.approx(abs(mine.mean()), abs=1e-9)
    allowed = max(np.std(mine, ddof=1), error / np.sqrt(7))  # seven windows apart
    assert row["threshold"] == pytest.approx(allowed, abs=1e-9)
    assert row["verdict"] == verdict
    if slope:  # a drift of 1.5 a year is 3 between the means of two years each
        assert lead["mean"] == pytest.approx(3.0, abs=0.6)
        assert abs(lead["estimate_less_mean"]) < abs(lead["estimate"])
