"""Published numbers of staggered reforms, each told again by a study of the configuration alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.diagnostics.decompositions import goodman_bacon
from kuntakokeilu.estimation import design_of, draw_sample, estimate_one, fit
from kuntakokeilu.estimation.callaway_santanna import Options, aggregate, group_times
from kuntakokeilu.estimation.grid import UnitGrid

from ..estimation.build import build_study

pytestmark = pytest.mark.real_data

ADJUSTMENTS = {"dr": "doubly_robust", "ipw": "weighting", "reg": "regression"}
KINDS = ("simple", "group", "calendar", "dynamic")
# R's configurations but `rcs` and `unbal`, which are in `test_repeated_cross_sections`.
CONFIGURATIONS = (
    *(f"{x}|{c}treated|{how}" for x in ("noX", "lpop") for c in ("never", "notyet")
      for how in ADJUSTMENTS),
    *(f"lpop|nevertreated|dr|{more}" for more in ("universal", "clstate", "antic1")),
    "noX|nevertreated|dr|clstate",
)  # fmt: skip


def numbers(built, estimand, **changes):
    """Numbers of an estimand by kind of inference, and by event time if it is a series."""
    asked = built.estimand(estimand, **changes)
    rows, _ = estimate_one(*built.tables(asked.outcome), asked)
    return rows


def grid_of(config, data_folder):
    built = build_study(config, data_folder, "benchmark_mpdta")
    sample = draw_sample(*built.tables("log_employment")[:2], built.estimand("log_employment.main"))
    units = sample.frame.drop_duplicates("unit")
    return UnitGrid.of(sample.frame), units["x_lpop"].to_numpy(), units["unit"].astype(int) // 1000


def found_by(grid, x, options, clusters):
    """Every number of a configuration and its analytical error, by (what, key)."""
    effects = group_times(grid, x, options)

    def error(influence):
        sums = influence if clusters is None else np.bincount(clusters, influence)
        return float(np.sqrt((sums**2).sum()))

    numbers = {
        ("gt", f"({row.group + 1970}, {row.period + 1970})"): (
            row.estimate,
            error(effects.influence[:, place]),
        )
        for place, row in enumerate(effects.cells.itertuples())
    }
    for kind in KINDS:
        table, influence, _ = aggregate(effects, kind)
        since = 0 if kind == "dynamic" else 1970
        for key, estimate, column in zip(table["key"], table["estimate"], influence.T, strict=True):
            name = "overall" if pd.isna(key) else str(int(key) + since)
            numbers[kind, name] = (estimate, error(column))
    return numbers


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_all_numbers_of_callaway_and_santanna(config, data_folder, name):
    """Estimates to 1e-6 and errors to 1e-3 of R did 2.5.1; here they agree to 1e-9 and 1e-8."""
    grid, lpop, states = grid_of(config, data_folder)
    covariates, controls, how, *more = name.split("|")
    columns = [np.ones(len(lpop))] + ([lpop] if covariates == "lpop" else [])
    options = Options(
        ADJUSTMENTS[how],
        not_yet=controls == "notyettreated",
        anticipation=int("antic1" in more),
        base="universal" if "universal" in more else "varying",
    )
    clusters = pd.factorize(states)[0] if "clstate" in more else None
    found = found_by(grid, np.column_stack(columns), options, clusters)
    table = pd.read_csv(data_folder / "benchmarks" / "mpdta_reference_did_2.5.1.csv")
    table = table[table["cfg"] == name]
    # with a universal base R lists the base itself, which is zero by definition
    table = table[table["se"].notna() | table["est"].ne(0)]
    assert len(table) >= 21
    for row in table.itertuples():
        estimate, error = found[row.what, row.key]
        assert estimate == pytest.approx(row.est, abs=1e-9)
        assert error == pytest.approx(row.se, rel=1e-8)


def test_the_base_of_a_universal_configuration_is_zero_by_definition(data_folder):
    table = pd.read_csv(data_folder / "benchmarks" / "mpdta_reference_did_2.5.1.csv")
    zero = table[table["se"].isna()]
    assert set(zero["cfg"]) == {"lpop|nevertreated|dr|universal"}
    assert len(zero) == 4 and zero["est"].eq(0).all()
    left = table["cfg"].isin(CONFIGURATIONS)
    assert left.sum() == 475 and set(table.loc[~left, "cfg"]) == {
        "lpop|nevertreated|dr|rcs",
        "lpop|nevertreated|dr|unbal",
    }


def test_doubly_robust_through_the_study(config, data_folder):
    """Published: -0.041752 (0.011503); CR1's G/(G-1) is taken out of the error."""
    built = build_study(config, data_folder, "benchmark_mpdta")
    rows = numbers(built, "log_employment.doubly_robust").set_index("inference")
    row = rows.loc["cluster_area"]
    assert row["estimate"] == pytest.approx(-0.041752, abs=5e-7)
    assert row["std_error"] * np.sqrt(499 / 500) == pytest.approx(0.011503, abs=5e-7)
    assert row["leading"]


def test_imputation_of_borusyak_jaravel_and_spiess(config, data_folder):
    """Published: -0.04771."""
    built = build_study(config, data_folder, "benchmark_mpdta")
    rows = numbers(built, "log_employment.imputation")
    assert rows["estimate"].iloc[0] == pytest.approx(-0.04771, abs=5e-6)


def test_castle_doctrine_taken_apart(config, data_folder):
    """Two-way effects 0.0818; Bacon's weights 0.05976, 0.03190 and 0.90834."""
    built = build_study(config, data_folder, "benchmark_castle")
    sample = draw_sample(*built.tables("log_homicide")[:2], built.estimand("log_homicide.main"))
    table = goodman_bacon(sample.frame)
    weights = table.groupby("kind")["weight"].sum()
    assert weights["not_yet_treated"] == pytest.approx(0.05976, abs=5e-6)
    assert weights["already_treated"] == pytest.approx(0.03190, abs=5e-6)
    assert weights["untreated"] == pytest.approx(0.90834, abs=5e-6)
    two_way = fit(sample.frame, design_of(sample)).params[0]
    assert two_way == pytest.approx(0.0818, abs=5e-5)
    assert (table["weight"] * table["estimate"]).sum() == pytest.approx(two_way, abs=1e-12)


def test_card_and_krueger_on_the_same_restaurants(config, data_folder):
    """Published, table 3, row 4: 2.75 (1.34)."""
    built = build_study(config, data_folder, "benchmark_card_krueger_stores")
    rows = numbers(built, "employment.main").set_index("inference")
    assert rows["estimate"].iloc[0] == pytest.approx(2.75, abs=0.005)
    assert rows.loc["cluster_area", "std_error"] == pytest.approx(1.34, abs=0.005)
    assert rows["n_trial"].iloc[0] == 309 and rows["n_control"].iloc[0] == 75


def by_hand(data_folder, weights):
    """Imputation of the copayment with all dummies, years treated in part left out."""
    starts = pd.read_csv(data_folder / "trials" / "nurse_copayment_2014_2019.csv", dtype=str)
    values = pd.read_csv(data_folder / "covariates" / "municipalities_2010_2018.csv", dtype=str)
    both = values.merge(starts, left_on="no", right_on="kunta")
    both = both[both["status"].isin(["introduced", "never"])]
    year = both["year"].astype(int)
    day = pd.to_datetime(both["introduced"])
    in_part = day.notna() & ~((day.dt.month == 1) & (day.dt.day == 1))
    both = both.assign(year=year, start=(day.dt.year + in_part).fillna(9999).astype(int))
    both = both[(year >= 2013) & ~(in_part & (year == day.dt.year))]
    both["y"] = both["nurse_visits_per_capita"].astype(float)
    both["w"] = both["population"].astype(float) if weights else 1.0
    free = both[both["year"] < both["start"]]
    names = {"units": pd.get_dummies(free["no"]), "years": pd.get_dummies(free["year"])}
    x = pd.concat(names, axis=1).astype(float)
    root = np.sqrt(free["w"])
    beta = np.linalg.lstsq(x.mul(root, axis=0), free["y"] * root, rcond=None)[0]
    effects = dict(zip(x.columns, beta, strict=True))
    treated = both[(both["year"] >= both["start"]) & both["no"].isin(free["no"])]
    without = [effects["units", u] + effects["years", t] for u, t in
               zip(treated["no"], treated["year"], strict=True)]  # fmt: skip
    effect = treated["y"] - without
    since = (treated["year"] - treated["start"]).to_numpy()
    mean = {
        e: np.average(effect[since == e], weights=treated.loc[since == e, "w"]) for e in (0, 1, 2)
    }
    return (
        np.average(effect, weights=treated["w"]),
        mean,
        np.average(without, weights=treated["w"]),
    )


@pytest.mark.parametrize(
    ("estimand", "by_person", "expected"),
    [
        ("nurse_visits.persons_current_weights", True, -0.087),
        ("nurse_visits.main", False, -0.200),
    ],
)
def test_the_copayment_for_nurse_visits(config, data_folder, estimand, by_person, expected):
    """By hand: -0.087 visits by population, of 1.00 without; -0.200 each municipality alike."""
    built = build_study(config, data_folder, "open_nurse_copayment")
    row = numbers(built, estimand).iloc[0]
    hand, _, without = by_hand(data_folder, by_person)
    assert row["estimate"] == pytest.approx(expected, abs=5e-4)
    assert row["estimate"] == pytest.approx(hand, abs=1e-9)
    if by_person:
        assert without == pytest.approx(1.00, abs=0.005)
        assert -0.10 <= row["estimate"] / without <= -0.08  # the register study: 9 to 10 % fewer


def test_full_years_of_the_copayment(config, data_folder):
    """By hand, by population: -0.072, -0.092 and -0.103 in the first three full years."""
    built = build_study(config, data_folder, "open_nurse_copayment")
    rows = numbers(built, "nurse_visits.by_year", weights="persons_current")
    years = rows[rows["leading"]].set_index("event_time")["estimate"]
    _, hand, _ = by_hand(data_folder, True)
    for e, expected in enumerate((-0.072, -0.092, -0.103)):
        assert years[e] == pytest.approx(expected, abs=5e-4)
        assert years[e] == pytest.approx(hand[e], abs=1e-9)
