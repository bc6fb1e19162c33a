"""No municipality's value follows from released comparisons of the arms, alone or together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kuntakokeilu.contracts import BALANCE, OVERLAP, RELEASED_TABLES, UNITS, conform
from kuntakokeilu.diagnostics import balance_table, compared_table, overlap_table
from kuntakokeilu.disclosure.balance import (
    FEWEST_UNITS,
    release_balance,
    release_overlap,
    tells,
)
from kuntakokeilu.study import Comparison, DisclosureProfile, Estimand, Overlap

REGISTER = DisclosureProfile(profile="register", min_persons=10, note="-")
PUBLIC = DisclosureProfile(profile="public", min_persons=0, note="-")
NAMES = ["size", "jobless"]
RULE = Overlap(size=False, covariates=NAMES)
NO_EFFECTS = RELEASED_TABLES["area_effects"].empty()
_N = 40


def units(seed=0):
    """Forty municipalities, twelve of them in three trial areas, each of 30 to 900 persons."""
    draw = np.random.default_rng(seed)
    persons = draw.integers(30, 900, _N)
    area = pd.Series([f"area {k // 4}" if k < 12 else None for k in range(_N)])
    names = [f"{k:03d}" for k in range(_N)]
    frame = pd.DataFrame(
        {
            "unit": names, "name_fi": names, "name_sv": names, "name_en": names,
            "arm": np.where(area.notna(), "trial", "control"), "area": area,
            "cluster": area.fillna(pd.Series(names)),
            "first_treated": pd.PeriodIndex(["2021-03"] * 12 + [None] * (_N - 12), freq="M"),
            "region": "01", "sub_region": names, "ely": "01", "weight_frozen": 1.0,
            "x_size": np.log(persons), "x_jobless": draw.uniform(2, 30, _N),
            "persons_size": persons, "persons_jobless": persons,
        }
    )  # fmt: skip
    return conform(frame, UNITS)


def estimand(comparison, **rule):
    return Estimand(
        estimand=f"y.{comparison}", outcome="y", comparison=comparison, role="main", study="s",
        estimator="two_way_fixed_effects", frequency="M", first_period="2019-01",
        last_period="2022-12", unit="points", domain="employment", windows={}, seed=1,
        comparison_rule=Comparison(**rule), permutations=99,
    )  # fmt: skip


def released(frame, *estimands, profile=REGISTER):
    balance = balance_table(frame, estimands, NAMES)
    return balance, release_balance(balance, compared_table(frame, estimands, NAMES), profile)


def solved(table, sets, name):
    """What a reader finds for single municipalities: least squares on sums with known sets."""
    rows = table[table["covariate"].eq(name) & table["stage"].eq("before")]
    sums, totals = [], []
    for _, row in rows.iterrows():
        for arm in ("trial", "control"):
            if pd.notna(row[f"mean_{arm}"]):
                inside = sets[row["comparison"]][arm]
                sums.append(np.isin(np.arange(_N), inside).astype(float))
                totals.append(row[f"mean_{arm}"] * len(inside))
    if not sums:
        return {}
    matrix, totals = np.array(sums), np.array(totals)
    found = {}
    for unit in range(_N):
        weights, *_ = np.linalg.lstsq(matrix.T, np.eye(_N)[unit], rcond=None)
        if np.allclose(matrix.T @ weights, np.eye(_N)[unit], atol=1e-9):
            found[unit] = float(weights @ totals)
    return found


def sets_of(**left_out):
    trial, control = set(range(12)), set(range(12, _N))
    return {
        name: {"trial": sorted(trial - set(out)), "control": sorted(control - set(out))}
        for name, out in left_out.items()
    }


def test_two_comparisons_that_differ_by_one_municipality_do_not_give_it_back():
    frame = units()
    sets = sets_of(all=[], less=[20])
    raw, safe = released(frame, estimand("all"), estimand("less", exclude_units=["020"]))
    for name in NAMES:
        attack = solved(raw, sets, name)  # on the table as it was computed the attack succeeds
        assert attack == {20: pytest.approx(frame[f"x_{name}"].iloc[20], abs=1e-9)}
        assert solved(safe, sets, name) == {}
    assert safe.loc[safe["comparison"].eq("all"), "status"].eq("ok").all()
    hidden = safe[safe["comparison"] == "less"]
    assert hidden["status"].eq("suppressed").all()
    numbers = ["mean_trial", "mean_control", "std_difference", "variance_ratio"]
    assert hidden[[*numbers, "n_control_effective"]].isna().all(axis=None)
    assert raw["mean_control"].notna().all()


def test_a_difference_of_enough_municipalities_and_persons_is_shown():
    frame = units()
    some = ["020", "021", "022"]
    _, safe = released(frame, estimand("all"), estimand("less", exclude_units=some))
    assert safe["status"].eq("ok").all()
    few = frame.assign(persons_size=frame["persons_size"].mask(frame["unit"].isin(some), 3))
    _, safe = released(few, estimand("all"), estimand("less", exclude_units=some))
    less = safe[safe["comparison"] == "less"].set_index("covariate")["status"]
    assert less.to_dict() == {"size": "suppressed", "jobless": "ok"}


def test_one_municipality_between_three_comparisons_is_protected():
    """Less {20, 21, 22} and less {20, 21, 22, 23} differ by 23, though each from all by enough."""
    frame = units()
    three, four = ["020", "021", "022"], ["020", "021", "022", "023"]
    raw, safe = released(
        frame,
        estimand("all"),
        estimand("three", exclude_units=three),
        estimand("four", exclude_units=four),
    )
    sets = sets_of(all=[], three=[20, 21, 22], four=[20, 21, 22, 23])
    assert set(solved(raw, sets, "size")) == {23}
    assert solved(safe, sets, "size") == {}
    status = safe[safe["covariate"] == "size"].set_index("comparison")["status"]
    assert status.to_dict() == {"all": "ok", "three": "ok", "four": "suppressed"}


@pytest.mark.parametrize("seed", range(25))
def test_random_sets_of_comparisons_give_no_municipality_back(seed):
    draw = np.random.default_rng(seed)
    frame = units(seed)
    outs = {f"c{k}": sorted(draw.choice(_N, draw.integers(0, 7), replace=False)) for k in range(5)}
    rules = [estimand(name, exclude_units=[f"{k:03d}" for k in out]) for name, out in outs.items()]
    raw, safe = released(frame, *rules)
    sets = sets_of(**outs)
    assert solved(safe, sets, "jobless") == {}
    assert safe["status"].eq("ok").any()
    for at, value in solved(raw, sets, "jobless").items():
        assert value == pytest.approx(frame["x_jobless"].iloc[at], abs=1e-6)


def test_what_is_told_is_told_by_brute_force_too():
    """The rank rule against a search over small whole-number combinations of the sums."""
    draw = np.random.default_rng(3)
    seen = set()
    for _ in range(300):
        sums = draw.random((3, 9)) < 0.6
        persons = draw.integers(1, 15, 9)
        found = False
        for w in np.array(np.meshgrid(*[range(-3, 4)] * 3)).reshape(3, -1).T:
            support = (w @ sums.astype(int)) != 0
            small = support.sum() < FEWEST_UNITS or persons[support].sum() < 10
            found |= bool(support.any() and small)
        assert tells(sums, persons, 10) == found
        seen.add(found)
    assert seen == {True, False}


def test_public_statistics_and_public_profiles_are_shown_whole():
    frame = units()
    pair = (estimand("all"), estimand("less", exclude_units=["020"]))
    raw, safe = released(frame, *pair, profile=PUBLIC)
    pd.testing.assert_frame_equal(safe[list(BALANCE.columns)], raw)
    bare = frame.drop(columns=["persons_size", "persons_jobless"])
    raw, safe = released(bare, *pair)
    pd.testing.assert_frame_equal(safe[list(BALANCE.columns)], raw)


def test_shown_numbers_have_no_more_digits_than_readers_see():
    _, safe = released(units(), estimand("all"))
    assert {float(f"{v:.4g}") for v in safe["mean_trial"]} == set(safe["mean_trial"])


def test_distances_of_areas_of_few_persons_or_with_suppressed_effects_do_not_leave():
    frame = units()
    small = frame["area"].eq("area 1")
    frame["persons_size"] = frame["persons_size"].mask(small, 2)
    rules = [estimand("all")]
    overlap = overlap_table(frame, rules, NAMES, RULE)
    compared = compared_table(frame, rules, NAMES)
    assert overlap["distance"].notna().all()
    effects = pd.DataFrame({"area": ["area 0", "area 2"], "status": ["ok", "suppressed"]})
    safe = release_overlap(overlap, compared, effects, REGISTER).set_index("area")
    assert safe["status"].to_dict() == {
        "area 0": "ok", "area 1": "suppressed", "area 2": "suppressed"
    }  # fmt: skip
    blank = safe.loc[["area 1", "area 2"], ["distance", "score", "n_without_control", "comparable"]]
    assert blank.isna().all(axis=None)
    assert safe.loc["area 0", "distance"] == float(f"{overlap['distance'].iloc[0]:.2g}")
    public = release_overlap(overlap, compared, effects, PUBLIC)
    assert public["status"].eq("ok").all()
    np.testing.assert_array_equal(public["distance"], overlap["distance"])


def test_distances_have_no_more_digits_than_readers_see():
    frame = units()
    overlap = overlap_table(frame, [estimand("all")], NAMES, RULE)
    compared = compared_table(frame, [estimand("all")], NAMES)
    safe = release_overlap(overlap, compared, NO_EFFECTS, REGISTER)
    for name in ("distance", "caliper", "score"):
        assert list(safe[name]) == [float(f"{v:.2g}") for v in overlap[name]]
        assert list(safe[name]) != list(overlap[name])
    assert list(safe.columns) == [*OVERLAP.columns, "status"]


def test_the_units_behind_a_row_are_those_of_its_counts():
    frame = units()
    frame.loc[30, "x_jobless"] = np.nan
    rules = [estimand("all"), estimand("less", exclude_units=["020"])]
    table = balance_table(frame, rules, NAMES).set_index(["comparison", "stage", "covariate"])
    found = compared_table(frame, rules, NAMES)
    counts = found.groupby(["comparison", "stage", "covariate", "arm"]).size().unstack()
    for arm in ("trial", "control"):
        assert counts[arm].to_dict() == table[f"n_{arm}"].to_dict()
